#!/bin/sh
# Makes livekit.pb.go from livekit.proto, with protoc (Debian: protobuf-compiler) and the plug-in that go.mod pins.
set -eu
plugin=$(mktemp -d)
trap 'rm -rf "$plugin"' EXIT
go build -o "$plugin/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go
protoc --plugin="$plugin/protoc-gen-go" --go_out=. --go_opt=paths=source_relative livekit.proto

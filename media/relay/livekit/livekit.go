// Package livekit holds the few messages of LiveKit's signalling and data protocol that the relay client needs.
//
// LiveKit's own protocol module brings in so much that a trivial program grows to 28 MB. So livekit.proto writes the
// messages down again, with the same field numbers and an own package name (two files of one name in one program
// panic at start), and livekit.pb.go is made from it by go generate.
package livekit

//go:generate sh generate.sh

# Greenroom's commands. `make help` lists them. Everything that is fetched or built lands in ignored folders: .bin, .vm, var,
# web/node_modules, web/dist and web/var. FUZZTIME and BENCHTIME say how long make test and make bench take for each
# target (.ci/test, .ci/bench).

LIVEKIT_VERSION := v1.11.0
BIN             := .bin

# What differs between the programs: C code lives in greenroom-capture alone.
PURE_PROGRAMS := greenroomd greenroomctl greenroom-hub greenroom-demo

WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/dist-guest/*' -not -path 'web/var/*' 2>/dev/null)

# The steps share the machine, and what they say is read in order.
.NOTPARALLEL:

say = @printf '==> %s\n' $(1)

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: demo
demo: packages livekit web build ## two rooms meet, end-to-end encrypted; CHECK=1 watches one screen and tells whether all was right
	$(call say,"starting the demo")
	@exec $(BIN)/greenroom-demo $(if $(CHECK),--check)

.PHONY: test
test: packages livekit web build ## set up what is missing, then every check and test
	@.ci/test

.PHONY: test-encoder
test-encoder: packages ## H.264's encoder on the kernel's own that needs no chip, in a virtual machine (needs root; 150 MB of Debian's kernel source the first time)
	$(call say,"a stateful encoder of Video4Linux in a virtual machine")
	@.ci/encoder

.PHONY: test-vm
test-vm: packages livekit web build ## a room on a kernel's own camera and sound card, in a virtual machine (needs root, 10 minutes the first time)
	$(call say,"a room on real kernel devices in a virtual machine")
	@.ci/vm

.PHONY: bench
bench: packages livekit web build ## the figures: ratios in one run where a ratio makes sense
	@.ci/bench

.PHONY: bench-network
bench-network: packages livekit web build ## what a room sees and hears over bad networks, as a table (needs root, 6 minutes)
	@.ci/bench-network

.PHONY: soak
soak: packages livekit web build ## half an hour of a day's comings and goings, and what the daemon takes meanwhile (SOAK=30m)
	@go test -run '^$$' -bench '^BenchmarkSoak$$' -benchtime 1x -timeout 12h ./daemon/lab -soak $(or $(SOAK),30m)

.PHONY: packages
packages: ## the Debian packages that are missing (named before they are installed)
	@.ci/packages

.PHONY: livekit
livekit: $(BIN)/livekit-server-$(LIVEKIT_VERSION) ## LiveKit, built into .bin
	@ln -sfn livekit-server-$(LIVEKIT_VERSION) $(BIN)/livekit-server

$(BIN)/livekit-server-$(LIVEKIT_VERSION):
	$(call say,"building LiveKit $(LIVEKIT_VERSION) (about 2 minutes the first time)")
	@mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/livekit/livekit-server/cmd/server@$(LIVEKIT_VERSION) \
		|| { echo "LiveKit $(LIVEKIT_VERSION) could not be built: see the lines above. The Go module proxy must be reachable."; exit 1; }
	@mv $(BIN)/server $@

.PHONY: web
web: web/dist/screen.html ## the pages, built into web/dist

web/node_modules/.package-lock.json: web/package-lock.json
	$(call say,"installing the pages' npm packages")
	@cd web && npm ci --no-audit --no-fund --loglevel=error \
		|| { echo "npm ci failed in web/: see the lines above. Node 20.19 and the npm registry are needed."; exit 1; }
	@touch $@

# The meeting core as browsers run it. The same source and Go give the same bytes: no paths, no build ids.
GUEST_SOURCES := $(shell find meeting -name '*.go' -not -name '*_test.go' 2>/dev/null) go.mod

web/var/guest.wasm: $(GUEST_SOURCES)
	$(call say,"building the meeting core for browsers")
	@mkdir -p web/var
	@CGO_ENABLED=0 GOOS=js GOARCH=wasm go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' -o $@ ./meeting/guest/wasm \
		|| { echo "The meeting core could not be built for browsers: see the lines above. Go 1.26 is needed."; exit 1; }
	@cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" web/var/

web/dist/screen.html: web/node_modules/.package-lock.json web/var/guest.wasm $(WEB_SOURCES)
	$(call say,"building the pages")
	@cd web && npm run --silent build || { echo "The pages could not be built: see the lines above."; exit 1; }
	@touch $@

.PHONY: build
build: web ## the programs, built into .bin
	$(call say,"building the programs")
	@mkdir -p $(BIN)
	@CGO_ENABLED=0 go build -o $(BIN)/ $(addprefix ./cmd/,$(PURE_PROGRAMS)) \
		|| { echo "The programs could not be built: see the lines above. Go 1.26 is needed."; exit 1; }
	@CGO_ENABLED=1 go build -o $(BIN)/ ./cmd/greenroom-capture \
		|| { echo "greenroom-capture could not be built: see the lines above. It needs a C compiler and libvpx-dev."; exit 1; }

.PHONY: proto
proto: ## the generated code of the .proto files again (needs protobuf-compiler)
	@go generate ./media/relay/...

.PHONY: reproducible
reproducible: web ## build the guest page twice from the committed source, and compare
	@.ci/reproducible

.PHONY: clean
clean: ## remove what was built here (LiveKit and npm packages stay)
	@rm -rf var web/var && find web/dist web/dist-guest -mindepth 1 -not -name .gitkeep -delete
	@cd $(BIN) 2>/dev/null && rm -f $(PURE_PROGRAMS) greenroom-capture || true

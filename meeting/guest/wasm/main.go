//go:build js && wasm

// Command wasm is the meeting core as a browser runs it.
package main

import (
	"syscall/js"

	"greenroom/meeting/guest"
)

func main() {
	js.Global().Call("greenroomCoreStarted", bridge(guest.New()))
	select {} // the page's calls come in on this goroutine
}

// Greenroom-capture captures and encodes one camera or microphone for greenroomd, which starts it. Package
// media/capture says how.
package main

import (
	"os"

	"greenroom/media/capture"
)

func main() { os.Exit(capture.Main(os.Args[1:], os.Stderr)) }

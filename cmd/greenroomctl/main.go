// Command greenroomctl asks the room's daemon for its state and gives it commands, over the daemon's unix socket.
//
//	cli.go       the usage, the exit codes, and what is said when something went wrong
//	request.go   the command line
//	commands.go  what it leads to
//	keys.go      what is asked about the room's key
//	equipment.go the camera's head, the display and the room's own buttons
//	show.go      the State in words
//	passcode.go  where a passcode comes from: never from the command line, which every user of the machine can read
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// Command agent runs as root in the lab's virtual machine, and lets the test outside run commands there and reach the
// room's socket. It serves a network of two, which the test has made, and nobody else: it asks nobody who they are.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os/exec"
	"time"
)

// Answer is what a command came to.
type Answer struct {
	Output string `json:"output"` // both streams
	Error  string `json:"error"`  // empty: it ended with 0
}

func main() {
	commands := flag.String("commands", "", "address for commands, by HTTP")
	socket := flag.String("socket", "", "address for connections to the unix socket that the argument names")
	flag.Parse()
	failed := make(chan error, 2)
	go func() {
		server := http.Server{Addr: *commands, Handler: http.HandlerFunc(run), ReadHeaderTimeout: time.Minute}
		failed <- server.ListenAndServe()
	}()
	go func() { failed <- forward(*socket, flag.Arg(0)) }()
	log.Fatal(<-failed)
}

// run runs the request's body as a shell script.
func run(w http.ResponseWriter, r *http.Request) {
	cmd := exec.CommandContext(r.Context(), "sh", "-euc", "exec 2>&1; . /dev/stdin")
	cmd.Stdin = r.Body
	var a Answer
	out, err := cmd.CombinedOutput()
	if a.Output = string(out); err != nil {
		a.Error = err.Error()
	}
	_ = json.NewEncoder(w).Encode(a)
}

// forward connects whoever comes with a unix socket.
func forward(address, path string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		outside, err := l.Accept()
		if err != nil {
			return errors.Join(err, l.Close())
		}
		go func() {
			defer outside.Close()
			inside, err := net.Dial("unix", path)
			if err != nil {
				return
			}
			defer inside.Close()
			go func() {
				_, _ = io.Copy(inside, outside)
				_ = inside.(*net.UnixConn).CloseWrite()
			}()
			_, _ = io.Copy(outside, inside)
		}()
	}
}

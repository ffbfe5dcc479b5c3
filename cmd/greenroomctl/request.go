package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// request is a command line that was understood.
type request struct {
	words    []string
	socket   string
	json     bool
	passcode bool // ask for it
	noWait   bool
}

// errUsage is a command line that was not.
type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

// parse takes flags before and after the words.
func (p program) parse(args []string) (request, error) {
	var req request
	flags := flag.NewFlagSet("greenroomctl", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&req.socket, "socket", p.env("GREENROOM_SOCKET"), "")
	flags.BoolVar(&req.json, "json", false, "")
	flags.BoolVar(&req.passcode, "passcode", false, "")
	flags.BoolVar(&req.noWait, "no-wait", false, "")
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return req, err
		} else if err != nil {
			return req, errUsage{err.Error()}
		}
		if flags.NArg() == 0 {
			break
		}
		req.words = append(req.words, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if req.socket == "" {
		req.socket = defaultSocket
	}
	return req, req.check()
}

func (r request) check() error {
	if len(r.words) == 0 {
		return errUsage{"there is no command"}
	}
	joins := r.words[0] == "join"
	switch {
	case r.passcode && !joins:
		return errUsage{"--passcode goes with join"}
	case r.noWait && !joins && r.words[0] != "meet-now":
		return errUsage{"--no-wait goes with join and meet-now"}
	}
	_, known := arguments[r.words[0]]
	switch {
	case !known && r.words[0] == "help":
		return flag.ErrHelp
	case !known:
		return errUsage{fmt.Sprintf("there is no command %q", r.words[0])}
	case len(r.words)-1 > arguments[r.words[0]] && joins:
		return errUsage{"join takes the meeting's number in one word; the passcode does not belong on the command line"}
	case len(r.words)-1 != arguments[r.words[0]]:
		return errUsage{fmt.Sprintf("%s takes %s", r.words[0], counted(arguments[r.words[0]], "word"))}
	}
	return nil
}

// arguments says how many words follow a command.
var arguments = map[string]int{
	"status": 0, "watch": 0, "join": 1, "meet-now": 0, "leave": 0, "mute": 1, "camera": 1, "compare": 1, "version": 0,
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"

	"greenroom/daemon/room"
)

// request is a command line that was understood.
type request struct {
	words    []string
	socket   string
	json     bool
	passcode bool // ask for it
	noWait   bool
	to       string // keys move
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
	flags.StringVar(&req.to, "to", "", "")
	for {
		if len(args) > 0 && negative(args[0]) {
			req.words, args = append(req.words, args[0]), args[1:]
			continue
		}
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

// negative reports whether a word is a negative number, and so no flag.
func negative(word string) bool {
	n, err := strconv.Atoi(word)
	return err == nil && n < 0
}

func (r request) check() error {
	if len(r.words) == 0 {
		return errUsage{"there is no command"}
	}
	joins, keys := r.words[0] == "join", r.words[0] == "keys"
	switch {
	case r.to != "" && !keys:
		return errUsage{"--to goes with keys move"}
	case r.passcode && !joins:
		return errUsage{"--passcode goes with join"}
	case r.noWait && !begins(room.CommandName(r.words[0])) && !keys:
		return errUsage{"--no-wait goes with join, meet-now, call, answer and keys"}
	}
	wanted, known := arguments[r.words[0]]
	given := len(r.words) - 1
	switch {
	case !known && r.words[0] == "help":
		return flag.ErrHelp
	case !known:
		return errUsage{fmt.Sprintf("there is no command %q", r.words[0])}
	case given > wanted.most && joins:
		return errUsage{"join takes the meeting's number in one word; the passcode does not belong on the command line"}
	case given > wanted.most && wanted.least < wanted.most:
		return errUsage{fmt.Sprintf("%s takes at most %s", r.words[0], counted(wanted.most, "word"))}
	case given < wanted.least && wanted.least < wanted.most:
		return errUsage{fmt.Sprintf("%s takes at least %s", r.words[0], counted(wanted.least, "word"))}
	case given < wanted.least, given > wanted.most:
		return errUsage{fmt.Sprintf("%s takes %s", r.words[0], counted(wanted.least, "word"))}
	case keys:
		return r.checkKeys()
	}
	return nil
}

// begins reports whether a command brings the room into a meeting, which takes a while.
func begins(c room.CommandName) bool {
	switch c {
	case room.CommandJoin, room.CommandMeetNow, room.CommandCall, room.CommandAnswer:
		return true
	}
	return false
}

// span is how many words may follow a command.
type span struct{ least, most int }

// many is more words than anybody writes: names, codes and lines of chat need no quotes.
const many = 1000

var arguments = map[string]span{
	"status": {}, "devices": {}, "metrics": {}, "watch": {}, "people": {}, "version": {}, "meet-now": {}, "leave": {}, "answer": {}, "decline": {}, "upgrade": {},
	"lock": {}, "unlock": {}, "end": {},
	"keys": {1, 1}, "join": {1, 1}, "join-booking": {1, many}, "mute": {1, 1}, "camera": {1, many}, "share": {1, 1}, "volume": {1, 1}, "layout": {1, 1}, "hand": {1, 1}, "react": {1, 1},
	wordAdjust: {2, 2}, wordTurn: {1, 2}, wordPreset: {1, many}, wordPresetStore: {1, many}, wordDisplay: {1, many}, wordPress: {1, many},
	"compare": {1, 9}, "chat": {0, many}, "call": {1, many},
	"admit": {1, many}, "deny": {1, many}, "remove": {1, many}, "hand-over": {1, many}, "ask-mute": {1, many},
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
)

const usage = `greenroomctl talks to the room's daemon on this machine.

  greenroomctl status                     what the room is doing
  greenroomctl watch                      the same, and every change, until Ctrl-C
  greenroomctl join [--passcode] NUMBER   join a meeting, and wait until the room is in
  greenroomctl join-booking TITLE|ID|next join what the room is booked for, as status lists it, and wait
  greenroomctl meet-now                   start a meeting
  greenroomctl leave
  greenroomctl mute on|off
  greenroomctl camera on|off
  greenroomctl camera NAME                use another camera (its name, as devices lists them), until the meeting ends
  greenroomctl volume 0-100               how loud the others are played
  greenroomctl layout grid|speaker        all faces of one size on the wall, or who speaks large
  greenroomctl share on|off               the picture of the computer that is connected
  greenroomctl compare match|mismatch [CODE]
                                          everybody reads the same security code, or not; CODE: the 40 digits
                                          that were compared, else those that status shows now
  greenroomctl hand up|down
  greenroomctl react EMOJI
  greenroomctl chat [TEXT]                write to everybody; without TEXT, a line from standard input
  greenroomctl people                     who is in the meeting, who waits, and who can be called
  greenroomctl devices                    how each device is, since when, what was tried, and what became of the frames
  greenroomctl metrics                    the same and more for Prometheus, in its text format
  greenroomctl version

  What stands in the room:
  greenroomctl adjust NAME VALUE|default  adjust the camera that is open, as devices lists it (brightness, focus, zoom)
  greenroomctl turn left|right|up|down|in|out|stop [SPEED]
                                          turn the camera for 2 seconds, or zoom; SPEED in percent, else 50
  greenroomctl preset NAME                send the camera to a preset (NAME or number, as devices lists them)
  greenroomctl preset-store NAME          keep where it looks now as that preset
  greenroomctl display on|off|mute|unmute
  greenroomctl display input NAME
  greenroomctl display volume 0..100
  greenroomctl press NAME                 press one of the room's own buttons, and wait for what comes of it

  Calls, to a NAME that people lists:
  greenroomctl call NAME                  call, and wait until it is answered
  greenroomctl answer
  greenroomctl decline
  greenroomctl upgrade                    from enhanced to end-to-end encryption, for everybody and for good

  For hosts, about a PERSON that people lists (the name, or the id or its beginning):
  greenroomctl admit PERSON               let in who waits
  greenroomctl deny PERSON                refuse who waits
  greenroomctl remove PERSON
  greenroomctl hand-over PERSON           who leads from then on
  greenroomctl ask-mute PERSON
  greenroomctl lock
  greenroomctl unlock
  greenroomctl end                        the meeting, for everybody

  The room's identity key; all but the first two for root, the daemon's user, and the members of control.admin_group:
  greenroomctl keys show                  which key it is, and where
  greenroomctl keys export-public         the public key, in PEM
  greenroomctl keys rotate                a new key in the same place, signed by the old one, and known to the server
  greenroomctl keys move --to tpm|file    the same, in another place
  greenroomctl keys reset                 a new key that nobody knows; asks for the room's name, or reads it from standard
                                          input

  --socket PATH   the daemon's socket (default: $GREENROOM_SOCKET, or ` + defaultSocket + `)
  --json          answer in JSON: the State, or {"command","code","text"} of what went wrong
  --passcode      with join: ask for the passcode, or read it from the first line of standard input.
                  Without it $GREENROOM_PASSCODE counts.
  --no-wait       with join, meet-now, call and answer: do not wait until the room is in;
                  with keys: do not wait for the new key

Exit codes: 0 done, 1 refused or failed, 2 used wrongly.
`

// defaultSocket is where greenroomd listens unless its configuration says otherwise (control.socket).
const defaultSocket = "/run/greenroom/greenroomd.sock"

// Exit codes: done; refused or failed; used wrongly.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// program is what a run of greenroomctl has to do with.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
}

// run carries out one command line and returns the exit code.
func (p program) run(ctx context.Context, args []string) int {
	req, err := p.parse(args)
	if err == nil {
		err = p.carryOut(ctx, req)
	}
	var wrong errUsage
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.stdout, usage)
		return exitDone
	case errors.As(err, &wrong):
		fmt.Fprintf(p.stderr, "greenroomctl: %s\n\n%s", wrong.text, usage)
		return exitUsage
	}
	p.complain(req, err)
	return exitFailed
}

// complain says what went wrong, on standard error; in JSON on standard output.
func (p program) complain(req request, err error) {
	if !req.json {
		fmt.Fprintf(p.stderr, "greenroomctl: %v\n", err)
		return
	}
	var refusal *room.Refusal
	if !errors.As(err, &refusal) {
		refusal = &room.Refusal{Code: "failed", Text: err.Error()}
		switch {
		case errors.Is(err, localapi.ErrNotRunning):
			refusal.Code = "not-running"
		case errors.Is(err, localapi.ErrDenied), errors.Is(err, os.ErrPermission):
			refusal.Code = "not-permitted"
		}
	}
	// Standard output may be gone; there is nobody else to tell.
	_ = json.NewEncoder(p.stdout).Encode(refusal)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"greenroom/cmd/internal/version"
	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
)

// carryOut does what the command line asks for.
func (p program) carryOut(ctx context.Context, req request) error {
	client := localapi.NewClient(req.socket)
	defer client.Close()
	switch req.words[0] {
	case "version":
		return p.version(ctx, client)
	case "status":
		st, err := client.State(ctx)
		if err != nil {
			return err
		}
		return p.show(req, st, describe)
	case "devices":
		st, err := client.State(ctx)
		if err != nil {
			return err
		}
		return p.show(req, st, devices)
	case "metrics":
		return client.Metrics(ctx, p.stdout)
	case "people":
		st, err := client.State(ctx)
		if err != nil {
			return err
		}
		return p.show(req, st, people)
	case "keys":
		return p.keys(ctx, client, req)
	case "watch":
		return p.watch(ctx, client, req)
	}
	command, err := p.command(ctx, client, req)
	if err != nil {
		return err
	}
	st, err := client.Do(ctx, command)
	if err != nil {
		return err
	}
	if command.Do == room.CommandPress {
		return p.pressed(ctx, client, req, command.Text)
	}
	if begins(command.Do) && !req.noWait {
		return p.wait(ctx, client, req, st.Revision)
	}
	return p.show(req, st, summary)
}

// command makes the room's command of the words.
func (p program) command(ctx context.Context, client *localapi.Client, req request) (room.Command, error) {
	c := room.Command{Do: room.CommandName(req.words[0])}
	rest := strings.Join(req.words[1:], " ")
	var err error
	switch c.Do {
	case wordAdjust:
		return adjust(ctx, client, req.words)
	case wordTurn, wordPreset, wordPresetStore, wordDisplay, wordPress:
		return operates(ctx, client, req.words)
	case room.CommandJoin:
		c.Number = req.words[1]
		c.Passcode, err = p.passcode(ctx, req.passcode)
	case room.CommandCamera:
		return camera(ctx, client, rest)
	case room.CommandMute, room.CommandShare:
		c.On, err = choice(req.words, "on", "off")
	case room.CommandVolume:
		if c.Volume, err = strconv.Atoi(req.words[1]); err != nil || c.Volume < 0 || c.Volume > 100 {
			err = errUsage{fmt.Sprintf("volume takes a number from 0 to 100, not %q", req.words[1])}
		}
	case room.CommandHand:
		c.On, err = choice(req.words, "up", "down")
	case room.CommandLock:
		c.On = true
	case "unlock":
		c.Do = room.CommandLock
	case room.CommandCompare:
		return compare(ctx, client, req.words)
	case room.CommandLayout:
		c.Text = rest
		_, err = choice(req.words, string(room.LayoutGrid), string(room.LayoutSpeaker))
	case room.CommandBooked:
		var st room.State
		if st, err = client.State(ctx); err == nil {
			c.Text, err = findBooking(st, rest)
		}
	case room.CommandReact:
		c.Text = rest
	case room.CommandChat:
		if c.Text = rest; rest == "" {
			c.Text, err = p.line(ctx, "no line of chat")
		}
	case room.CommandAdmit, room.CommandDeny, room.CommandRemove, room.CommandHandOver, room.CommandAskMute, room.CommandCall:
		var st room.State
		if st, err = client.State(ctx); err == nil {
			c.Person, err = find(st, c.Do, rest)
		}
	}
	return c, err
}

// compare says which code it is about: the one given, or the one that is shown now.
func compare(ctx context.Context, client *localapi.Client, words []string) (room.Command, error) {
	c := room.Command{Do: room.CommandCompare, Code: strings.Join(words[2:], "")}
	var err error
	if c.Matches, err = choice(words, "match", "mismatch"); err != nil || c.Code != "" {
		return c, err
	}
	st, err := client.State(ctx)
	if err == nil && st.Meeting != nil {
		c.Code = strings.Join(st.Meeting.Encryption.Code, "")
	}
	return c, err
}

func choice(words []string, yes, no string) (bool, error) {
	if words[1] != yes && words[1] != no {
		return false, errUsage{fmt.Sprintf("%s takes %s or %s, not %q", words[0], yes, no, words[1])}
	}
	return words[1] == yes, nil
}

// wait tells what the join waits for, until the room is in the meeting or is not let in. Ctrl-C ends the waiting alone.
func (p program) wait(ctx context.Context, client *localapi.Client, req request, since uint64) error {
	told := ""
	for st, err := range client.Watch(ctx) {
		if err != nil {
			return err
		}
		if st.Revision < since {
			continue
		}
		switch st.Phase {
		case room.PhaseMeeting:
			return p.show(req, st, summary)
		case room.PhaseJoining:
			if line := joining(st); line != told && !req.json {
				fmt.Fprintln(p.stderr, line)
				told = line
			}
			continue
		case room.PhaseStarting, room.PhaseIdle, room.PhaseFault:
		}
		if st.Refusal != nil {
			return st.Refusal
		}
		return errors.New("the room left the meeting before it was in")
	}
	return errors.New("not waiting any longer; the room goes on joining (greenroomctl leave ends that)")
}

// watch tells every change: in words when the words change, in JSON every State.
func (p program) watch(ctx context.Context, client *localapi.Client, req request) error {
	told := ""
	for st, err := range client.Watch(ctx) {
		if err != nil {
			return err
		}
		line := summary(st)
		if line == told && !req.json {
			continue
		}
		told = line
		if !req.json {
			line = st.Time.Local().Format("15:04:05 ") + line
		}
		if err := p.show(req, st, func(room.State) string { return line }); err != nil {
			return err
		}
	}
	return nil
}

func (p program) version(ctx context.Context, client *localapi.Client) error {
	fmt.Fprintf(p.stdout, "greenroomctl %s\n", version.String())
	if st, err := client.State(ctx); err == nil {
		fmt.Fprintf(p.stdout, "greenroomd %s\n", st.Room.Version)
	}
	return nil
}

func (p program) show(req request, st room.State, words func(room.State) string) error {
	if req.json {
		return json.NewEncoder(p.stdout).Encode(st)
	}
	_, err := fmt.Fprintln(p.stdout, words(st))
	return err
}

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
	"greenroom/keystore"
)

// keys carries out greenroomctl keys.
func (p program) keys(ctx context.Context, client *localapi.Client, req request) error {
	st, err := client.State(ctx)
	if err != nil {
		return err
	}
	c := room.Command{}
	switch req.words[1] {
	case "show":
		return p.show(req, st, showKeys)
	case "export-public":
		return p.exportPublic(st)
	case "rotate":
		c.Do = room.CommandKeyRotate
	case "move":
		c.Do, c.Text = room.CommandKeyMove, req.to
	case "reset":
		c.Do = room.CommandKeyReset
		fmt.Fprintf(p.stderr, "This gives the room's key up: nobody will know the room by it any more, and the server has to be given the new key.\n"+
			"The old key is set aside, not deleted. To go on, type the room's name (%s): ", st.Room.Name)
		if c.Text, err = p.line(ctx, "no name"); err != nil {
			return err
		}
	}
	taken, err := client.Do(ctx, c)
	if err != nil {
		return err
	}
	if req.noWait {
		return p.show(req, taken, showKeys)
	}
	return p.awaitKey(ctx, client, req, st, taken.Revision)
}

// awaitKey waits for what comes of a command about the key: another key, one that waits for the hub, or a refusal.
func (p program) awaitKey(ctx context.Context, client *localapi.Client, req request, before room.State, since uint64) error {
	for st, err := range client.Watch(ctx) {
		switch {
		case err != nil:
			return err
		case st.Revision < since:
		case st.Refusal != nil:
			return st.Refusal
		case st.Phase == room.PhaseFault && !sameFault(st, before):
			return fmt.Errorf("%s %s %s", st.Faults[0].Code, st.Faults[0].Text, st.Faults[0].Do)
		case st.Identity.Fingerprint != "" && st.Identity.Fingerprint != before.Identity.Fingerprint,
			st.Identity.Next != nil && st.Identity.Next.Text != "":
			return p.show(req, st, showKeys)
		}
	}
	return errors.New("not waiting any longer; the room goes on by itself (greenroomctl keys show)")
}

// sameFault reports whether the gravest fault is the one that was there before.
func sameFault(st, before room.State) bool {
	if len(st.Faults) == 0 || len(before.Faults) == 0 {
		return len(st.Faults) == 0
	}
	return st.Faults[0].Code == before.Faults[0].Code && st.Faults[0].Since.Equal(before.Faults[0].Since)
}

// showKeys says all that is known of the room's key, one thing a line.
func showKeys(st room.State) string {
	id := st.Identity
	if id.Fingerprint == "" {
		return st.Room.Name + ": the key is not there (greenroomctl status says why)"
	}
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "\n  %-11s %s", name, text) }
	fmt.Fprintf(&b, "%s: %s", st.Room.Name, place(id))
	line("fingerprint", id.Fingerprint)
	line("public key", id.PublicKey)
	if next := id.Next; next != nil {
		line("next", next.Fingerprint+" ("+place(room.Identity{Backend: next.Backend})+")")
		waits := "the server has not acknowledged it yet; until then the room goes on with the key above"
		if next.Text != "" {
			waits += ". " + next.Text
		}
		line("", waits)
	}
	return b.String()
}

// exportPublic prints the public key as other programs read it: in PEM, as a SubjectPublicKeyInfo.
func (p program) exportPublic(st room.State) error {
	if st.Identity.PublicKey == "" {
		return errors.New("the key is not there; greenroomctl status says why")
	}
	point, err := base64.StdEncoding.DecodeString(st.Identity.PublicKey)
	if err != nil {
		return fmt.Errorf("the room told of a key that is not in base64: %w", err)
	}
	text, err := keystore.ExportPublic(point)
	if err != nil {
		return fmt.Errorf("the room told of a key that is none: %w", err)
	}
	_, err = p.stdout.Write(text)
	return err
}

// checkKeys says what is wrong with the words after keys.
func (r request) checkKeys() error {
	word := ""
	if len(r.words) > 1 {
		word = r.words[1]
	}
	switch word {
	case "show", "rotate", "export-public", "reset":
	case "move":
		if r.to != "tpm" && r.to != "file" {
			return errUsage{"keys move takes --to tpm or --to file"}
		}
	default:
		return errUsage{"keys takes show, rotate, move, export-public or reset"}
	}
	return nil
}

package lab

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/meeting/directory"
)

func inTPM(s RoomSpec) RoomSpec {
	s.TPM = true
	return s
}

// TestATPMFailsInAMeeting: the meeting goes on without it, past the time after which the hub gives up a place that is not
// renewed; a new one waits until it is back.
func TestATPMFailsInAMeeting(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{inTPM(small(aspenSpec)), small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	if s := await(t, ctx, aspen, "its key", idle); s.Identity.Backend != "tpm" || s.Identity.Protection != "tpm" {
		t.Fatalf("Aspen's key is in the %s", s.Identity.Backend)
	}
	if s := await(t, ctx, birch, "its key", idle); s.Identity.Backend != "file" || s.Identity.Protection != "credential" {
		t.Fatalf("Birch's key is in the %s", s.Identity.Backend)
	}
	join := meet(t, ctx, birch, aspen)
	aspen.KillTPM()

	// Renewed without it: the hub has heard of the room since.
	s := await(t, ctx, aspen, "the hub", func(s room.State) bool { return s.Hub.State == room.HubUp })
	epoch := s.Meeting.Encryption.Epoch
	code := strings.Join(s.Meeting.Encryption.Code, "")
	do(t, ctx, birch, room.Command{Do: room.CommandCompare, Matches: false, Code: code}) // makes the leader change the key
	await(t, ctx, aspen, "a new key, without the TPM", func(s room.State) bool {
		return s.Phase == room.PhaseMeeting && s.Meeting.Encryption.Epoch > epoch && pictures(s) == 1 && s.Hub.State == room.HubUp
	})

	// Nobody is let in whose identity key does not sign.
	do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
	await(t, ctx, aspen, "the end", idle)
	do(t, ctx, aspen, join)
	await(t, ctx, aspen, "word of the key", func(s room.State) bool {
		return s.Phase == room.PhaseFault && hasFault(room.FaultTPMGone)(s) && s.Refusal != nil && s.Refusal.Code == room.CodeFault
	})
	if err := aspen.StartTPM(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the fault to go by itself", idle)
	do(t, ctx, aspen, join)
	await(t, ctx, aspen, "the meeting again", func(s room.State) bool { return s.Phase == room.PhaseMeeting && pictures(s) == 1 })
}

// TestATPMThatIsAwayAtTheStart: the room says so on the screen, makes no other identity, and is ready by itself when the
// TPM is back.
func TestATPMThatIsAwayAtTheStart(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{inTPM(small(aspenSpec))})
	aspen := l.Room("Aspen")
	aspen.KillTPM()
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the fault", func(s room.State) bool { return s.Phase == room.PhaseFault && hasFault(room.FaultTPMGone)(s) })
	files := must[[]string](t)(filepath.Glob(filepath.Join(aspen.StateDir(), "keystore", "*.key")))
	if len(files) != 0 {
		t.Errorf("another identity was made: %q", files)
	}
	if err := aspen.StartTPM(ctx); err != nil {
		t.Fatal(err)
	}
	s := await(t, ctx, aspen, "the room, ready", idle)
	if s.Identity.Backend != "tpm" || len(s.Faults) > 0 && s.Faults[0].Code == room.FaultTPMGone {
		t.Errorf("%s", describe(s))
	}
	await(t, ctx, aspen, "the hub, which knows the room's key", func(s room.State) bool { return s.Hub.State == room.HubUp })
	log := must[[]byte](t)(os.ReadFile(aspen.Log()))
	if !bytes.Contains(log, []byte("the keystore cannot be used")) {
		t.Error("the log does not say that the keystore could not be used")
	}
}

// The place in a meeting outlives a TPM by the mandate of the room's request key, and that is longer than any lease.
const _ = uint(directory.MandateValidity/2 - 10*directory.Lease - time.Second)

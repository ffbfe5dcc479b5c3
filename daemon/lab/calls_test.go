package lab

import (
	"context"
	"slices"
	"testing"

	"greenroom/daemon/room"
)

// calling starts two rooms that know each other, and returns them and the command with which the first calls the second.
func calling(t testing.TB) (ctx context.Context, l *Lab, aspen, birch *Room, call room.Command) {
	t.Helper()
	ctx, l = newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Aspen", "Birch")
	aspen, birch = l.Room("Aspen"), l.Room("Birch")
	var id string
	await(t, ctx, aspen, "Birch among those who can be called", func(s room.State) bool {
		for _, c := range s.Callees {
			if c.Name == "Birch" {
				id = c.ID
			}
		}
		return id != ""
	})
	// Birch hears of calls as soon as it knows whom it can call itself.
	await(t, ctx, birch, "its list of rooms", func(s room.State) bool { return len(s.Callees) == 1 })
	return ctx, l, aspen, birch, room.Command{Do: room.CommandCall, Person: id}
}

func rings(s room.State) bool { return s.Ringing != nil }

func quiet(s room.State) bool { return s.Phase == room.PhaseIdle && s.Ringing == nil }

// talks reports whether a room is in a call, shows the other's picture, and the call is encrypted like that.
func talks(kind room.Kind) func(room.State) bool {
	return func(s room.State) bool {
		m := s.Meeting
		return s.Phase == room.PhaseMeeting && m.Kind == room.MeetingCall && len(m.People) == 2 && m.Link.Up && pictures(s) == 1 && m.Encryption.Kind == kind
	}
}

// TestCall: two rooms call, ring, answer, talk with enhanced encryption, upgrade in the call, and hang up.
func TestCall(t *testing.T) {
	ctx, _, aspen, birch, call := calling(t)
	do(t, ctx, aspen, call)
	s := await(t, ctx, birch, "a call", rings)
	if s.Ringing.From != "Aspen" || s.Ringing.Encryption != room.KindEnhanced {
		t.Errorf("it rings as %+v", s.Ringing)
	}
	s = await(t, ctx, aspen, "the ringing at the other end", func(s room.State) bool { return s.Joining != nil && s.Joining.Step == room.StepRinging })
	if s.Joining.Title != "Birch" {
		t.Errorf("the caller sees %+v", s.Joining)
	}
	do(t, ctx, birch, room.Command{Do: room.CommandAnswer})
	both := []*Room{aspen, birch}
	for _, r := range both {
		s := await(t, ctx, r, "the other's picture, encrypted", talks(room.KindEnhanced))
		if e := s.Meeting.Encryption; e.Shield != room.ShieldEncrypted || len(e.Code) != 0 {
			t.Errorf("%s shows the shield %s and the code %v", r.Spec.Name, e.Shield, e.Code)
		}
		if s.Meeting.Title == r.Spec.Name || s.Meeting.Number != "" || s.Meeting.Passcode != "" {
			t.Errorf("%s shows the call as %q %q %q", r.Spec.Name, s.Meeting.Title, s.Meeting.Number, s.Meeting.Passcode)
		}
	}

	do(t, ctx, birch, room.Command{Do: room.CommandUpgrade})
	var codes [2][]string
	for i, r := range both {
		s := await(t, ctx, r, "end-to-end encryption with a code", func(s room.State) bool {
			return talks(room.KindE2EE)(s) && len(s.Meeting.Encryption.Code) == 8
		})
		if codes[i] = s.Meeting.Encryption.Code; s.Meeting.Encryption.Shield != room.ShieldE2EE {
			t.Errorf("%s shows the shield %s", r.Spec.Name, s.Meeting.Encryption.Shield)
		}
	}
	if !slices.Equal(codes[0], codes[1]) {
		t.Errorf("the codes are %v and %v", codes[0], codes[1])
	}

	do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
	for _, r := range both {
		if s := await(t, ctx, r, "the end of the call", quiet); s.Refusal != nil {
			t.Errorf("%s complains: %+v", r.Spec.Name, s.Refusal)
		}
	}
}

// refused waits until a call of Aspen's has come to nothing, and checks what is said about it.
func refused(t *testing.T, ctx context.Context, aspen *Room, code string) {
	t.Helper()
	s := await(t, ctx, aspen, "the end of the call: "+code, func(s room.State) bool { return quiet(s) && s.Refusal != nil })
	if s.Refusal.Code != code || s.Refusal.Text == "" {
		t.Errorf("the caller is told %+v, want %s", s.Refusal, code)
	}
}

// TestCallsThatComeToNothing: declined, given up, busy; each in words, and the next call goes through.
func TestCallsThatComeToNothing(t *testing.T) {
	ctx, _, aspen, birch, call := calling(t)
	do(t, ctx, aspen, call)
	await(t, ctx, birch, "a call", rings)
	do(t, ctx, birch, room.Command{Do: room.CommandDecline})
	refused(t, ctx, aspen, room.CodeCallDeclined)

	do(t, ctx, aspen, call)
	await(t, ctx, birch, "a call", rings)
	do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
	await(t, ctx, birch, "the end of the ringing", quiet)

	host(t, ctx, birch)
	do(t, ctx, aspen, call)
	refused(t, ctx, aspen, room.CodeCallBusy)
	do(t, ctx, birch, room.Command{Do: room.CommandLeave})
	await(t, ctx, birch, "the end of its meeting", quiet)

	// A call still goes through after all that.
	do(t, ctx, aspen, call)
	await(t, ctx, birch, "a call", rings)
	do(t, ctx, birch, room.Command{Do: room.CommandAnswer})
	await(t, ctx, aspen, "the other's picture", talks(room.KindEnhanced))
}

// TestCallsWithoutTheHub: the hub goes while it rings, and is away when a call is placed; the next hub knows who is there.
func TestCallsWithoutTheHub(t *testing.T) {
	ctx, l, aspen, birch, call := calling(t)
	do(t, ctx, aspen, call)
	await(t, ctx, birch, "a call", rings)
	if err := l.Hub.Stop(); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, birch, "the end of the ringing", quiet)
	do(t, ctx, aspen, room.Command{Do: room.CommandLeave})
	do(t, ctx, aspen, call)
	refused(t, ctx, aspen, room.CodeHubUnreachable)

	if err := l.Hub.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for answered := false; !answered; { // Birch may not have come back yet; the call that nobody ended may ring once more
		do(t, ctx, aspen, call)
		s := await(t, ctx, aspen, "the ringing, or a refusal", func(s room.State) bool {
			return s.Phase == room.PhaseIdle && s.Refusal != nil || s.Joining != nil && s.Joining.Step == room.StepRinging
		})
		answered = s.Refusal == nil
	}
	await(t, ctx, birch, "a call", rings)
	do(t, ctx, birch, room.Command{Do: room.CommandDecline})
	refused(t, ctx, aspen, room.CodeCallDeclined)
}

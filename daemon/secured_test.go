package daemon

import (
	"log/slog"
	"testing"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/meeting"
	"greenroom/meeting/directory"
	"greenroom/meeting/wire"
)

// A room that was in with end-to-end encryption, left, and comes back takes the hub's keys no longer; in other instances
// it does.
func TestComingBackTakesNothingLess(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	d := &Daemon{loop: newLoop(&room.Room{}, time.Now, log)}
	d.capture = newCapture(t.Context(), config.Config{
		Camera: config.Camera{Source: config.SourceNone}, Microphone: config.Microphone{Source: config.SourceNone},
	}, d.post, &levels{}, nil, log)
	here := wire.InstanceID{1}
	o := &observer{attempt: &attempt{d: d, instance: here}}
	ticket := func(i wire.InstanceID) directory.Ticket {
		t := directory.Ticket{Instance: i, Enhanced: make([]byte, directory.EnhancedSize)}
		d.secured.hold(&t)
		return t
	}
	for _, e := range []meeting.Encryption{meeting.EncryptionUnknown, meeting.EncryptionEnhanced} {
		if o.Core(meeting.View{Encryption: e}); ticket(here).Enhanced == nil {
			t.Errorf("after %v the secret is gone", e)
		}
	}
	if o.Core(meeting.View{Encryption: meeting.EncryptionE2EE}); ticket(here).Enhanced != nil {
		t.Error("after end-to-end encryption the hub's keys are taken again")
	}
	for i := range 2 * maxSecured {
		if other := (wire.InstanceID{2, byte(i), byte(i >> 8)}); ticket(other).Enhanced == nil {
			t.Error("another instance lost its secret")
		} else {
			d.secured.note(other)
		}
	}
	if len(d.secured.instances) != maxSecured {
		t.Errorf("%d instances are remembered", len(d.secured.instances))
	}
}

package hotplug

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func message(lines ...string) []byte { return []byte(strings.Join(lines, "\x00") + "\x00") }

func TestParse(t *testing.T) {
	const path = "/devices/platform/vivid.0/video4linux/video0"
	for _, tt := range []struct {
		message []byte
		want    Event
	}{
		{
			message("add@"+path, "ACTION=add", "DEVPATH="+path, "SUBSYSTEM=video4linux", "MAJOR=81", "MINOR=0", "DEVNAME=video0", "SEQNUM=1923"),
			Event{"add", Cameras, "video0", path},
		},
		{
			message("remove@/devices/x/sound/card1", "ACTION=remove", "DEVPATH=/devices/x/sound/card1", "SUBSYSTEM=sound", "SEQNUM=1"),
			Event{"remove", Sound, "", "/devices/x/sound/card1"},
		},
	} {
		if got, err := Parse(tt.message); err != nil || got != tt.want {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	for name, m := range map[string][]byte{
		"empty":          nil,
		"no path":        message("add", "SUBSYSTEM=sound"),
		"no action":      message("@/devices", "SUBSYSTEM=sound"),
		"two actions":    message("add@/devices", "ACTION=remove", "SUBSYSTEM=sound"),
		"no subsystem":   message("add@/devices", "ACTION=add"),
		"udev's message": append([]byte("libudev\x00\xfe\xed\xca\xfe"), message("ACTION=add", "SUBSYSTEM=sound")...),
	} {
		if e, err := Parse(m); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

// The kernel sends a change again when it is asked to, which root may do in a container too.
func TestListen(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	events := make(chan Event, 64)
	ended := make(chan error, 1)
	go func() {
		ended <- Listen(ctx, func(e Event) {
			if e.Path == "/devices/virtual/mem/full" {
				events <- e
			}
		}, func() {})
	}()
	for {
		if err := os.WriteFile("/sys/devices/virtual/mem/full/uevent", []byte("change"), 0); err != nil {
			t.Fatalf("ask the kernel for a message, which takes root and a writable /sys: %v", err)
		}
		select {
		case e := <-events:
			if want := (Event{"change", "mem", "full", "/devices/virtual/mem/full"}); e != want {
				t.Errorf("got %+v", e)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			return
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		case <-time.After(50 * time.Millisecond): // it may not listen yet
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(message("add@/devices/a", "ACTION=add", "SUBSYSTEM=video4linux", "DEVNAME=video0"))
	f.Add([]byte("libudev\x00"))
	f.Fuzz(func(t *testing.T, m []byte) {
		e, err := Parse(m)
		if err != nil {
			if e != (Event{}) || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v with %v", e, err)
			}
			return
		}
		again := message(e.Action+"@"+e.Path, "ACTION="+e.Action, "SUBSYSTEM="+e.Subsystem, "DEVNAME="+e.Device)
		if b, err := Parse(again); err != nil || b != e {
			t.Errorf("%+v becomes %+v, %v", e, b, err)
		}
	})
}

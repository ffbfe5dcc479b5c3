package daemon_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/lab"
	"greenroom/daemon/room"
)

// TestRelayRefusalIsTold: a hub and a relay that do not share a key leave the room idle, with a sentence.
func TestRelayRefusalIsTold(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := lab.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	}()
	none := map[string]any{"source": "none"}
	if err := l.Start(ctx, lab.RoomSpec{Name: "Aspen", Camera: none, Microphone: none}); err != nil {
		t.Fatal(err)
	}
	if err := l.Hub.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.Dir, "hub", "relay-secret"), []byte(strings.Repeat("wrong", 10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Hub.Start(ctx); err != nil {
		t.Fatal(err)
	}
	aspen := l.Room("Aspen")
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := aspen.Do(ctx, room.Command{Do: room.CommandMeetNow}); err != nil {
		t.Fatal(err)
	}
	if _, err := aspen.Await(ctx, "the refusal", func(s room.State) bool {
		return s.Phase == room.PhaseIdle && s.Refusal != nil && s.Refusal.Code == room.CodeRelayRefused && s.Refusal.Text != ""
	}); err != nil {
		t.Error(err)
	}
}

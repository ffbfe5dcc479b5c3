package lab

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// patience bounds the waits of one test. Everything is waited for by events; it only ends a test that has failed.
const patience = 4 * time.Minute

// Looks and words of the rooms.
var (
	aspenSpec = RoomSpec{Name: "Aspen", Look: Look{"0x16324f", "0x2a9d8f"}, Words: "Hello Birch, this is Aspen. Please read me your security code."}
	birchSpec = RoomSpec{Name: "Birch", Look: Look{"0x3d1f4e", "0xd1495b"}, Words: "Hello Aspen, this is Birch. I see the same forty digits as you do."}
	cedarSpec = RoomSpec{Name: "Cedar", Look: Look{"0x2b3a1f", "0x8fb339"}, Words: "Good morning, this is Cedar."}
)

// small makes a room's picture cheap, for tests that are not about it.
func small(s RoomSpec) RoomSpec {
	s.Width, s.Height, s.FPS = 320, 180, 15
	return s
}

// newLab starts LiveKit and a hub that knows the rooms, and the rooms with their names in start.
func newLab(t testing.TB, specs []RoomSpec, start ...string) (context.Context, *Lab) {
	t.Helper()
	return newLabFor(t, patience, specs, start...)
}

// newLabFor is newLab for what lasts that long.
func newLabFor(t testing.TB, limit time.Duration, specs []RoomSpec, start ...string) (context.Context, *Lab) {
	t.Helper()
	return newLabAt(t, limit, "", specs, start...)
}

// newLabAt is newLabFor where the servers listen at another address than the loopback's, unless address is empty.
func newLabAt(t testing.TB, limit time.Duration, address string, specs []RoomSpec, start ...string) (context.Context, *Lab) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	l, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l.Address = cmp.Or(address, l.Address)
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Errorf("the lab did not stop cleanly: %v", err)
		}
		if t.Failed() {
			showLogs(t, l.Dir)
		}
	})
	if err := l.Start(ctx, specs...); err != nil {
		t.Fatal(err)
	}
	for _, name := range start {
		if err := l.Room(name).Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return ctx, l
}

// showLogs puts the end of each program's log into the test's output.
func showLogs(t testing.TB, dir string) {
	const lines = 25
	logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, path := range logs {
		text, _ := os.ReadFile(path)
		all := strings.Split(strings.TrimSpace(string(text)), "\n")
		t.Logf("%s:\n%s", filepath.Base(path), strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func do(t testing.TB, ctx context.Context, r *Room, c room.Command) {
	t.Helper()
	if err := r.Do(ctx, c); err != nil {
		t.Fatalf("%s: %s: %v", r.Spec.Name, c, err)
	}
}

func await(t testing.TB, ctx context.Context, r *Room, what string, ok func(room.State) bool) room.State {
	t.Helper()
	state, err := r.Await(ctx, what, ok)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// awaiting waits for a State from now on, for one that may pass. The function that it returns tells how it went.
func awaiting(ctx context.Context, r *Room, what string, ok func(room.State) bool) func() error {
	done := make(chan error, 1)
	go func() {
		_, err := r.Await(ctx, what, ok)
		done <- err
	}()
	return func() error { return <-done }
}

// host lets a room start a meeting, and returns the command to join it.
func host(t testing.TB, ctx context.Context, r *Room) room.Command {
	t.Helper()
	do(t, ctx, r, room.Command{Do: room.CommandMeetNow})
	s := await(t, ctx, r, "its own meeting", func(s room.State) bool { return s.Phase == room.PhaseMeeting })
	return room.Command{Do: room.CommandJoin, Number: s.Meeting.Number, Passcode: s.Meeting.Passcode}
}

// sees reports whether a room is in a meeting and shows the pictures of n others, end-to-end encrypted.
func sees(n int) func(room.State) bool {
	return func(s room.State) bool {
		if s.Phase != room.PhaseMeeting || !s.Meeting.Link.Up || len(s.Meeting.People) != n+1 {
			return false
		}
		if e := s.Meeting.Encryption.Shield; e != room.ShieldE2EE && e != room.ShieldVerified {
			return false
		}
		return pictures(s) == n
	}
}

// pictures counts the tiles of others that show a picture.
func pictures(s room.State) int {
	if s.Meeting == nil {
		return 0
	}
	n := 0
	for _, tile := range s.Meeting.Tiles {
		if tile.Slot >= 0 && tile.Show == room.ShowPicture {
			n++
		}
	}
	return n
}

// meet lets the first room start a meeting and the others join it, and waits until all see all.
func meet(t testing.TB, ctx context.Context, rooms ...*Room) room.Command {
	t.Helper()
	join := host(t, ctx, rooms[0])
	for _, r := range rooms[1:] {
		do(t, ctx, r, join)
	}
	for _, r := range rooms {
		await(t, ctx, r, "everybody's picture", sees(len(rooms)-1))
	}
	return join
}

// personOf returns the id of somebody in a meeting.
func personOf(t testing.TB, s room.State, name string) string {
	t.Helper()
	for _, p := range s.Meeting.People {
		if p.Name == name {
			return p.ID
		}
	}
	t.Fatalf("there is no %s in %+v", name, s.Meeting.People)
	return ""
}

// tracksOf returns the ids of what is published in the only meeting.
func tracksOf(t *testing.T, ctx context.Context, l *Lab) map[string][]string {
	t.Helper()
	rooms := must[[]string](t)(l.Relay.Rooms(ctx))
	if len(rooms) != 1 {
		t.Fatalf("the relay has the rooms %v, where one was expected", rooms)
	}
	return must[map[string][]string](t)(l.Relay.Tracks(ctx, rooms[0]))
}

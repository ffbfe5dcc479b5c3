package daemon

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/daemon/room"
)

// startLoop runs a loop with a room that is ready, and returns what ends it.
func startLoop(t *testing.T, l *loop) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx) })
	l.post(room.Ready{})
	return func() { cancel(); wg.Wait() }
}

func testLoop(effect func(room.Effect)) *loop {
	l := newLoop(room.New(room.Info{Name: "Aspen"}, room.Identity{}, 9, time.Now()), time.Now, slog.New(slog.DiscardHandler))
	l.effect = effect
	return l
}

func TestLoopCommandsAndWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var effects []room.Effect
		l := testLoop(func(e room.Effect) { effects = append(effects, e) })
		defer startLoop(t, l)()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		states := l.Watch(ctx)
		synctest.Wait()

		var refusal *room.Refusal
		if _, err := l.Do(ctx, room.OriginScreen, room.Command{Do: room.CommandMeetNow}); !errors.As(err, &refusal) || refusal.Code != room.CodeNotAllowed {
			t.Errorf("the screen may not start a meeting: %v", err)
		}
		if _, err := l.Do(ctx, room.OriginPanel, room.Command{Do: room.CommandMeetNow}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(effects) != 1 {
			t.Fatalf("effects: %v", effects)
		}
		if _, ok := effects[0].(room.RequestTicket); !ok {
			t.Errorf("effect %T", effects[0])
		}
		// A watcher that was slow gets an old State once, and then the newest.
		<-states
		if s := <-states; s.Phase != room.PhaseJoining {
			t.Errorf("a slow watcher's second State is %s", s.Phase)
		}
		cancel()
		for range states { // Watch closes it
		}
	})
}

// TestLoopFeedsTheWatchdog: a loop that works feeds it in time, one that hangs does not.
func TestLoopFeedsTheWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		l := testLoop(func(room.Effect) { <-hang })
		beats := 0
		l.beatEvery, l.beat = time.Second, func() { beats++ }
		stop := startLoop(t, l)
		time.Sleep(10*time.Second + time.Millisecond) // virtual
		synctest.Wait()
		if beats != 10 {
			t.Errorf("%d beats in 10 s", beats)
		}
		l.post(room.Commanded{Origin: room.OriginPanel, Command: room.Command{Do: room.CommandMeetNow}})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if beats > 11 {
			t.Errorf("a loop that hangs went on feeding: %d beats", beats)
		}
		close(hang)
		stop()
	})
}

func TestMeter(t *testing.T) {
	for level, want := range map[uint8]int{127: 0, 60: 0, 35: 50, 10: 100, 0: 100} {
		if got := meter(level); got != want {
			t.Errorf("meter(%d) = %d, want %d", level, got, want)
		}
	}
}

package sim

import (
	"flag"
	"testing"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

var crowd = flag.Int("sim.crowd", 30, "how many participants TestCrowd has, up to 1000")

// One large meeting: everybody comes, somebody is removed, the leader crashes, and everybody opens everybody.
func TestCrowd(t *testing.T) {
	p := profileNamed("honest")
	p.Actions = []weighted{{1, func(*story) {}}}
	w := newWorld(NewCast(), p, 1, nil)
	w.story.w, w.story.over, w.story.most = w, true, *crowd
	w.story.newcomer(wire.RoleHost)
	for i := 1; i < *crowd; i++ {
		w.after(time.Second+between(w.rng, 0, 10*time.Second), func() { w.story.newcomer(wire.RoleCoHost) })
	}
	w.run(25 * time.Second)
	mustBeOne(t, w, *crowd)
	leader, last := w.participants[0], w.participants[*crowd-1]
	w.check.asks(leader, wire.ActionRemove, last)
	leader.do(meeting.Remove{ID: last.id})
	w.run(2 * time.Second)
	if last.view.Phase != meeting.PhaseRemoved {
		t.Errorf("who was removed is %v", last.view.Phase)
	}
	mustBeOne(t, w, *crowd-1)
	w.crash(leader, true)
	w.run(5 * time.Second)
	mustBeOne(t, w, *crowd-2)
	w.finish()
	if w.err != nil {
		t.Error(w.err)
	}
	t.Logf("%d steps, %d messages sent, %d keys opened", w.steps, w.stats["sent"], w.stats["keys opened"])
}

func mustBeOne(t *testing.T, w *world, n int) {
	t.Helper()
	if w.err != nil {
		t.Fatal(w.err)
	}
	groups, order, _ := w.groups()
	if len(order) != 1 || len(groups[order[0]]) != n {
		t.Fatalf("%d meetings, want one of %d", len(order), n)
	}
	if why := w.apart(); why != "" {
		t.Fatal(why)
	}
}

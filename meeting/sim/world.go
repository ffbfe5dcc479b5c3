package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"greenroom/meeting/wire"
)

// world is one simulated meeting: its time, who is in it, and what lies between them.
type world struct {
	cast    *Cast
	profile Profile
	seed    uint64
	rng     *rand.Rand // what people and the adversary do
	dice    *rand.Rand // what the network does

	start    time.Time
	instance wire.InstanceID

	now   time.Duration // since start
	queue queue
	steps int

	participants []*participant
	byID         map[wire.ParticipantID]*participant
	sessions     map[*person]int

	net   network
	relay relay
	evil  adversary
	story story
	check checker
	trace trace
	stats map[string]int

	err *Violation
}

// maxSteps bounds a meeting: a Core that is never done is a violation too.
const maxSteps = 2_000_000

// Violation is something that must not happen.
type Violation struct {
	Rule string // which invariant
	At   time.Duration
	Text string
}

// Error returns what happened, and when.
func (v *Violation) Error() string { return fmt.Sprintf("%s, after %v: %s", v.Rule, v.At, v.Text) }

// violate ends the meeting with a violation; the first one counts.
func (w *world) violate(rule, format string, args ...any) {
	if w.err == nil {
		w.err = &Violation{Rule: rule, At: w.now, Text: fmt.Sprintf(format, args...)}
		w.note("VIOLATION: %v", w.err)
	}
}

// Result is what came of a meeting.
type Result struct {
	// Violation is nil if all was well.
	Violation *Violation
	// Steps counts the calls of Cores.
	Steps int
	// Stats counts events, actions and attacks by name.
	Stats map[string]int
}

// Run runs the meeting of a profile and a seed to its end, and writes what happens to trace, if there is one.
func Run(cast *Cast, p Profile, seed uint64, traceTo io.Writer) (r Result) {
	w := newWorld(cast, p, seed, traceTo)
	defer func() {
		if why := recover(); why != nil { // so that the seed is named
			w.violate("nothing panics", "%v\n%s", why, debug.Stack())
		}
		r = Result{Violation: w.err, Steps: w.steps, Stats: w.stats}
	}()
	w.run(w.story.begin(w))
	w.heal()
	w.finish()
	return r
}

func newWorld(cast *Cast, p Profile, seed uint64, traceTo io.Writer) *world {
	w := &world{
		cast: cast, profile: p, seed: seed, start: startTime(), instance: thisInstance,
		rng: rand.New(rand.NewPCG(seed, 1)), dice: rand.New(rand.NewPCG(seed, 2)),
		byID: make(map[wire.ParticipantID]*participant), sessions: make(map[*person]int),
		trace: trace{out: traceTo, last: -1}, stats: make(map[string]int),
	}
	w.check = newChecker()
	w.net.conditions = p.Network.draw(w.dice)
	return w
}

// queue is a heap of what is to happen, by time and then in the order in which it was asked for.
type queue struct {
	heap  []event
	order uint64
}

type event struct {
	at    time.Duration
	order uint64
	do    func()
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.order < f.order }

func (q *queue) push(at time.Duration, do func()) {
	q.order++
	q.heap = append(q.heap, event{at, q.order, do})
	for i := len(q.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.heap[i].before(q.heap[up]) {
			return
		}
		q.heap[i], q.heap[up] = q.heap[up], q.heap[i]
		i = up
	}
}

func (q *queue) pop() event {
	top, n := q.heap[0], len(q.heap)-1
	q.heap[0] = q.heap[n]
	q.heap[n] = event{}
	q.heap = q.heap[:n]
	for i := 0; ; {
		least := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < n && q.heap[down].before(q.heap[least]) {
				least = down
			}
		}
		if least == i {
			return top
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}

// after has something happen later.
func (w *world) after(d time.Duration, do func()) { w.queue.push(w.now+d, do) }

// run lets time pass.
func (w *world) run(d time.Duration) {
	end := w.now + d
	for w.err == nil && len(w.queue.heap) > 0 && w.queue.heap[0].at <= end {
		e := w.queue.pop()
		w.now = max(w.now, e.at)
		e.do()
		if w.steps > maxSteps {
			w.violate("it ends", "%d steps, and there is no end of it", w.steps)
		}
	}
	w.now = end
}

// between draws a duration.
func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(r.Int64N(int64(hi-lo)))
}

func chance(r *rand.Rand, p float64) bool { return p > 0 && r.Float64() < p }

package sim

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	meetings    = flag.Int("sim.meetings", 210, "how many meetings TestMeetings runs")
	runFor      = flag.Duration("sim.for", 0, "how long TestMeetings runs, instead of sim.meetings")
	seedFlag    = flag.Int64("sim.seed", -1, "the one seed that TestMeetings runs; with -v it tells every step")
	firstSeed   = flag.Uint64("sim.first", 0, "the seed of the first meeting of each profile")
	profileFlag = flag.String("sim.profile", "", "the one profile that TestMeetings runs")
	keepGoing   = flag.Bool("sim.all", false, "go on after a failure, and count what fails")
)

// Random meetings of every kind, with everything that must hold checked after every step.
func TestMeetings(t *testing.T) {
	profiles := chosen(t)
	cast := NewCast()
	if *seedFlag >= 0 {
		for _, p := range profiles {
			one(t, cast, p, uint64(*seedFlag))
		}
		return
	}
	began := time.Now()
	var next, steps atomic.Int64
	var failures failures
	stats := make(chan map[string]int, 64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for !failures.enough() {
				n := next.Add(1) - 1
				if *runFor > 0 && time.Since(began) > *runFor || *runFor == 0 && n >= int64(*meetings) {
					return
				}
				p := profiles[n%int64(len(profiles))]
				seed := *firstSeed + uint64(n/int64(len(profiles)))
				r := Run(cast, p, seed, nil)
				steps.Add(int64(r.Steps))
				stats <- r.Stats
				if r.Violation != nil {
					failures.add(p, seed, r.Violation)
				}
			}
		})
	}
	go func() { workers.Wait(); close(stats) }()
	sum := make(map[string]int)
	ran := 0
	for s := range stats {
		ran++
		for k, v := range s {
			sum[k] += v
		}
	}
	t.Logf("%d meetings, %d steps in %v: %v", ran, steps.Load(), time.Since(began).Round(time.Millisecond), sum)
	failures.report(t, cast)
	if *profileFlag == "" && ran >= 200 && len(failures.found) == 0 {
		mustHaveHappened(t, sum)
	}
}

// mustHaveHappened: meetings in which nothing goes wrong prove nothing.
func mustHaveHappened(t *testing.T, stats map[string]int) {
	t.Helper()
	for _, what := range []string{
		"lost", "duplicated", "partitions", "restarts", "transports lost", "withheld", "slowed", "flipped", "injected", "lies", "ghosts", "forged",
		"MemberJoined", "MemberLeft", "MemberRemoved", "LeaderChanged", "LockChanged", "Upgraded", "Knocked", "Admit", "Deny", "HandOver", "End",
		"ChatReceived", "HandChanged", "Reacted", "MuteAsked", "CodeCompared", "CodeMismatch", "the hub's keys", "Divided", "QuietChanged", "Refused", "Removed", "Dropped",
	} {
		if stats[what] == 0 {
			t.Errorf("%q never happened", what)
		}
	}
}

func chosen(t *testing.T) []Profile {
	t.Helper()
	if *profileFlag == "" {
		return Profiles()
	}
	p := profileNamed(*profileFlag)
	if p.Name == "" {
		t.Fatalf("there is no profile %q", *profileFlag)
	}
	return []Profile{p}
}

// one runs a single meeting, and tells it with -v.
func one(t *testing.T, cast *Cast, p Profile, seed uint64) {
	t.Helper()
	var told bytes.Buffer
	r := Run(cast, p, seed, &told)
	if testing.Verbose() {
		t.Logf("meeting %d, %s:\n%s", seed, p.Name, &told)
	}
	if r.Violation != nil {
		t.Errorf("%s, seed %d: %v", p.Name, seed, r.Violation)
	}
}

// command is what repeats a meeting.
func command(p Profile, seed uint64) string {
	return fmt.Sprintf("go test ./meeting/sim -run 'TestMeetings$' -sim.profile=%s -sim.seed=%d -v", p.Name, seed)
}

// failures gathers what went wrong in many meetings at once.
type failures struct {
	mu    sync.Mutex
	found []failure
}

type failure struct {
	profile Profile
	seed    uint64
	err     *Violation
}

func (f *failures) add(p Profile, seed uint64, err *Violation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, failure{p, seed, err})
}

func (f *failures) enough() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.found) > 0 && !*keepGoing
}

// report tells each kind of failure once, with the end of its trace and the command that repeats it.
func (f *failures) report(t *testing.T, cast *Cast) {
	t.Helper()
	kinds := make(map[string][]uint64)
	for _, x := range f.found {
		kind := x.profile.Name + ": " + x.err.Rule
		if kinds[kind] = append(kinds[kind], x.seed); len(kinds[kind]) > 1 {
			continue
		}
		var told bytes.Buffer
		Run(cast, x.profile, x.seed, &told)
		lines := bytes.Split(told.Bytes(), []byte("\n"))
		t.Errorf("%s, seed %d: %v\n%s\nTo repeat it, with all that happens:\n\t%s", x.profile.Name, x.seed, x.err,
			bytes.Join(lines[max(0, len(lines)-25):], []byte("\n")), command(x.profile, x.seed))
	}
	for kind, seeds := range kinds {
		if *keepGoing {
			slices.Sort(seeds)
			t.Logf("%d times %s: seeds %v", len(seeds), kind, seeds[:min(len(seeds), 12)])
		}
	}
}

// The same profile and seed give the same meeting, whatever the system's randomness.
func TestTheSameSeedGivesTheSameMeeting(t *testing.T) {
	for _, p := range Profiles() {
		for seed := range uint64(3) {
			var sums [2][32]byte
			var told [2]bytes.Buffer
			for i := range sums {
				Run(NewCast(), p, seed, &told[i])
				sums[i] = sha256.Sum256(told[i].Bytes())
			}
			if sums[0] != sums[1] {
				a, b := bytes.Split(told[0].Bytes(), []byte("\n")), bytes.Split(told[1].Bytes(), []byte("\n"))
				for i := range a {
					if i >= len(b) || !bytes.Equal(a[i], b[i]) {
						t.Fatalf("%s, seed %d: line %d is %q, and then %q", p.Name, seed, i, a[i], b[min(i, len(b)-1)])
					}
				}
				t.Fatalf("%s, seed %d: two different meetings", p.Name, seed)
			}
		}
	}
}

package daemon

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/media/relay/relaytest"
	"greenroom/media/relay/relaytest/badnet"
	"greenroom/meeting/wire"
)

var networkOnly = flag.String("network.only", "", "of the bad networks, try only those whose name contains this, as in \"the sender's link 20%\"")

var networkLong = flag.Bool("network.long", false, "try every bad network, for 10 s each, and measure the table")

// The lives of a trial.
const (
	calm     = 4 * time.Second
	recovery = 5 * time.Second // within which all must be well again
	patience = 20 * time.Second
	growing  = time.Minute // in which the picture is to be as large as before, for the table
)

// bad is one bad network. The rooms and the relay have a processor between them, so it is not much.
type bad struct {
	name string
	badnet.Conditions
	busy bool // the network is good, but others use the processor twice over
}

func badNetworks() []bad {
	const ms = time.Millisecond
	return []bad{
		{"1% lost", badnet.Conditions{Loss: 0.01}, false},
		{"5% lost", badnet.Conditions{Loss: 0.05}, false},
		{"20% lost", badnet.Conditions{Loss: 0.20}, false},
		{"50 ms longer", badnet.Conditions{Delay: 50 * ms}, false},
		{"200 ms longer", badnet.Conditions{Delay: 200 * ms}, false},
		{"1 Mbit/s", badnet.Conditions{Rate: 1_000_000}, false},
	}
}

// TestBadNetworks: a room sends its camera (720p30) and its microphone to another, each behind a link of its own to a
// real relay. One link is made bad for a while, and good again. What the other sees and hears is in the table; within 5 s of
// the end all is as before.
func TestBadNetworks(t *testing.T) {
	networks, during := badNetworks(), 10*time.Second
	if !*networkLong {
		networks, during = []bad{networks[2], networks[5]}, 4*time.Second
	}
	n := startNetwork(t)
	n.await(t, "a large picture", patience, func(s sample) bool { return s.Height == 720 && s.Pictures > 0 })
	t.Log("| link | network | pictures a second | freezes | longest | lines | sound | longest gap | all well in | full size in |")
	t.Log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, side := range []struct {
		name string
		link *badnet.Link
	}{{"the sender's", n.sender}, {"the viewer's", n.viewer}} {
		for _, b := range networks {
			if !strings.Contains(side.name+" link "+b.name, *networkOnly) {
				continue
			}
			n.try(t, row{side.name, b.name}, side.link, b, during)
		}
	}
	if busy := (bad{name: "a busy machine", busy: true}); *networkLong && strings.Contains(busy.name, *networkOnly) {
		n.try(t, row{"none", busy.name}, n.sender, busy, during)
	}
}

// row is what a row of the table begins with.
type row struct{ link, network string }

// network is two rooms, a relay, and the links between them.
type network struct {
	sender, viewer *badnet.Link

	mu      sync.Mutex
	samples []sample // of the viewer
	came    chan struct{}
	uplink  int // of the sender
}

// try makes a link bad for a while.
func (n *network) try(t *testing.T, r row, link *badnet.Link, b bad, during time.Duration) {
	t.Helper()
	name := r.link + " link, " + r.network
	before := n.phase(t, name, "before", calm)
	link.Set(b.Conditions)
	idle := func() {}
	if b.busy {
		idle = loadMachine(t)
	}
	bad := n.phase(t, name, "during", during)
	link.Set(badnet.Conditions{})
	idle()
	ended := time.Now()
	back := -time.Second
	for time.Since(ended) < recovery {
		if n.well(ended, before) {
			back = time.Since(ended)
			break
		}
		n.next(t)
	}
	after := n.phase(t, name, "after", max(recovery-time.Since(ended), 0)+2*time.Second)
	if back < 0 || after.Reason != "" {
		t.Errorf("%s: not well %v after the end: %+v", name, recovery, after)
		return
	}
	t.Logf("| %s | %s | %.0f | %d | %.1f s | %s | %d%% | %d ms | %.1f s | %s |", r.link, r.network,
		float64(bad.Pictures)/during.Seconds(), bad.Freezes, bad.Longest.Seconds(), bad.heights(), 100*bad.Sound/max(bad.Sound+bad.Missing, 1),
		bad.Silence.Milliseconds(), back.Seconds(), n.grown(t, ended, before))
}

// grown waits, for the table alone, until the picture is as large as before, and tells how long that took.
func (n *network) grown(t *testing.T, ended time.Time, before summary) string {
	t.Helper()
	if !*networkLong {
		return "not measured"
	}
	for time.Since(ended) < growing {
		n.mu.Lock()
		grown := slices.IndexFunc(n.samples, func(s sample) bool { return s.At.After(ended) && s.Height >= before.highest })
		at := time.Time{}
		if grown >= 0 {
			at = n.samples[grown].At
		}
		n.mu.Unlock()
		if grown >= 0 {
			return fmt.Sprintf("%.1f s", at.Sub(ended).Seconds())
		}
		n.next(t)
	}
	return "more than " + growing.String()
}

// loadMachine has two loops for each processor use what they get of it, until idle is called.
func loadMachine(t *testing.T) (idle func()) {
	t.Helper()
	var loops []*exec.Cmd
	var once sync.Once
	idle = func() {
		once.Do(func() {
			for _, l := range loops {
				_ = l.Process.Kill()
				_ = l.Wait()
			}
		})
	}
	t.Cleanup(idle)
	for range 2 * runtime.NumCPU() {
		l := exec.Command("sh", "-c", "while :; do :; done")
		if err := l.Start(); err != nil {
			t.Fatal(err)
		}
		loops = append(loops, l)
	}
	return idle
}

// well reports whether since then a second was seen as good as before: a busy machine is not a good one on any network.
func (n *network) well(since time.Time, before summary) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.samples) < 10 {
		return false
	}
	last := n.samples[len(n.samples)-10:]
	if last[0].At.Before(since) {
		return false
	}
	pictures := 0
	for _, s := range last {
		if s.Longest > max(freeze, 2*before.Longest) || s.Reason != "" {
			return false
		}
		pictures += s.Pictures
	}
	return pictures >= max(1, before.Pictures/2/int(calm/time.Second))
}

// summary is what was seen in a phase.
type summary struct {
	sample
	lowest, highest int // pictures
}

func (s summary) heights() string {
	if s.lowest == s.highest {
		return fmt.Sprint(s.lowest)
	}
	return fmt.Sprintf("%d-%d", s.lowest, s.highest)
}

// phase watches for a while and prints what was seen.
func (n *network) phase(t *testing.T, name, phase string, d time.Duration) (sum summary) {
	t.Helper()
	began := time.Now()
	n.mu.Lock()
	first := len(n.samples)
	n.mu.Unlock()
	for time.Since(began) < d {
		n.next(t)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	sum.lowest = 1 << 16
	for _, s := range n.samples[first:] {
		sum.Pictures += s.Pictures
		sum.Freezes += s.Freezes
		sum.Longest = max(sum.Longest, s.Longest)
		sum.Sound += s.Sound
		sum.Missing += s.Missing
		sum.Silence = max(sum.Silence, s.Silence)
		sum.Reason = s.Reason
		sum.lowest, sum.highest = min(sum.lowest, s.Height), max(sum.highest, s.Height)
	}
	t.Logf("%s, %s: %d pictures, %d freezes, longest %v, %s lines, sound %d%%, uplink %d kbit/s %s", name, phase, sum.Pictures, sum.Freezes,
		sum.Longest.Round(time.Millisecond), sum.heights(), 100*sum.Sound/max(sum.Sound+sum.Missing, 1), n.uplink/1000, sum.Reason)
	return sum
}

// next waits for the next sample.
func (n *network) next(t *testing.T) {
	t.Helper()
	select {
	case <-n.came:
	case <-time.After(patience):
		t.Fatal("the viewer's process says nothing any more")
	}
}

func (n *network) await(t *testing.T, what string, limit time.Duration, ok func(sample) bool) {
	t.Helper()
	for began := time.Now(); ; n.next(t) {
		n.mu.Lock()
		done := len(n.samples) > 0 && ok(n.samples[len(n.samples)-1])
		n.mu.Unlock()
		if done {
			return
		}
		if time.Since(began) > limit {
			n.mu.Lock()
			defer n.mu.Unlock()
			t.Fatalf("%s did not come; %d samples, the last: %+v", what, len(n.samples), n.samples[max(len(n.samples)-3, 0):])
		}
	}
}

// startNetwork starts everything.
func startNetwork(t *testing.T) *network {
	t.Helper()
	made := badnet.New()
	t.Cleanup(func() {
		if err := made.Close(); err != nil {
			t.Error(err)
		}
	})
	spaces := map[string]string{}
	for _, label := range []string{"relay", "sender", "viewer"} {
		name, err := made.Namespace(label)
		if err != nil {
			t.Fatal(err)
		}
		spaces[label] = name
	}
	n := &network{came: make(chan struct{}, 1)}
	var err error
	if n.sender, err = made.Link(spaces["sender"], spaces["relay"]); err != nil {
		t.Fatal(err)
	}
	if n.viewer, err = made.Link(spaces["viewer"], spaces["relay"]); err != nil {
		t.Fatal(err)
	}
	// LiveKit tells one address, which both reach over their own link.
	address := n.sender.Addresses[1]
	if err := n.viewer.Route(address); err != nil {
		t.Fatal(err)
	}
	host, err := made.Reach(spaces["relay"])
	if err != nil {
		t.Fatal(err)
	}
	server, err := relaytest.Start(t.Context(), relaytest.Options{
		Prefix: badnet.Command(spaces["relay"]), Host: host, Addresses: []string{address},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	_, hub, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{relay: server, hub: hub}
	_, _ = rand.Read(c.meeting[:])
	_, _ = rand.Read(c.instance[:])
	n.start(t, spaces["sender"], c.networkPass(t, "Sender", wire.RoleHost, address), func(s sample) { n.uplink = s.Uplink })
	n.start(t, spaces["viewer"], c.networkPass(t, "Viewer", wire.RoleParticipant, address), func(s sample) { n.samples = append(n.samples, s) })
	return n
}

func (c *crowd) networkPass(t *testing.T, name string, role wire.Role, address string) networkPass {
	t.Helper()
	binary, err := relaytest.FindBinary()
	if err != nil {
		t.Fatal(err)
	}
	p := networkPass{pass: c.pass(t, name, role), Program: filepath.Join(filepath.Dir(binary), "greenroom-capture")}
	p.Ticket.RelayURL = c.relay.URLAt(address)
	size := "1280x720"
	if role != wire.RoleHost {
		size = "64x36" // nobody looks at the viewer
	}
	p.Camera = strings.Fields("ffmpeg -hide_banner -loglevel error -nostdin -re -f lavfi -i testsrc2=size=" + size + ":rate=30 -pix_fmt yuv420p -f yuv4mpegpipe -")
	p.Microphone = strings.Fields("ffmpeg -hide_banner -loglevel error -nostdin -re -f lavfi -i sine=frequency=440:sample_rate=48000 -f s16le -ac 1 -")
	return p
}

// start starts a room in a namespace. take is given its samples, with the network's lock held.
func (n *network) start(t *testing.T, space string, p networkPass, take func(sample)) {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	command := append(badnet.Command(space), os.Args[0])
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), networkProcess+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var s sample
			if json.Unmarshal(lines.Bytes(), &s) != nil {
				continue
			}
			n.mu.Lock()
			take(s)
			n.mu.Unlock()
			select {
			case n.came <- struct{}{}:
			default:
			}
		}
	})
	t.Cleanup(func() {
		_ = in.Close()
		stopped := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		reading.Wait()
		_ = cmd.Wait()
		stopped.Stop()
	})
	if _, err := in.Write(text); err != nil {
		t.Fatal(err)
	}
}

package daemon

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/webrtc/v3"

	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/playout"
	"greenroom/meeting/wire"
)

// BenchmarkReceiveTen measures what receiving nine pictures of 360 lines and one of 720, each with its sound, costs a
// room: from a real relay, put together, opened, and handed to a page, whose browser is not counted. The senders and the page
// are another process. Targets: under half a core; 95% of the frames opened within 5 ms of their last packet.
func BenchmarkReceiveTen(b *testing.B) {
	const watch = 10 * time.Second
	r := startReceiver(b, 10)
	r.awaitAll(b)
	began, used := time.Now(), processorTime(b)
	r.mu.Lock()
	r.ages = r.ages[:0]
	r.mu.Unlock()
	<-time.After(watch) // what passes meanwhile is what is measured
	seconds := time.Since(began).Seconds()
	used = processorTime(b) - used
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.ages)
	b.ReportMetric(100*used.Seconds()/seconds, "%core")
	b.ReportMetric(float64(len(r.ages))/seconds, "frames/s")
	b.ReportMetric(float64(r.ages[len(r.ages)/2].Microseconds()), "relay-in-to-opened-p50-µs")
	b.ReportMetric(float64(r.ages[len(r.ages)*95/100].Microseconds()), "relay-in-to-opened-p95-µs")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// receiver is a room that shows everybody.
type receiver struct {
	mute
	stage *stage

	mu       sync.Mutex
	people   []string
	pictures map[string]int
	ages     []time.Duration // from a frame's last packet to its being opened
}

func (r *receiver) PeerMedia(person string, s media.Stream, published, _ bool) {
	if s != media.Camera || !published {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.people, person) {
		return
	}
	r.people = append(r.people, person)
	var uses []room.SlotUse
	for i, p := range r.people {
		uses = append(uses, room.SlotUse{Slot: i, Person: p, Stream: s.String()})
	}
	r.stage.assign(uses)
}

func (r *receiver) Play(person string, s media.Stream, f media.Frame) {
	r.mu.Lock()
	r.ages = append(r.ages, time.Since(f.Captured))
	if s == media.Camera {
		r.pictures[person]++
	}
	r.mu.Unlock()
	_ = r.stage.play(person, s, f)
}

func (r *receiver) awaitAll(b *testing.B) {
	b.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		r.mu.Lock()
		seen := 0
		for _, n := range r.pictures {
			if n >= 30 {
				seen++
			}
		}
		r.mu.Unlock()
		if seen == 10 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.Fatalf("the pictures of %d came", seen)
		}
	}
}

func startReceiver(b *testing.B, senders int) *receiver {
	b.Helper()
	c := newCrowd(b)
	self := c.pass(b, "Receiver", wire.RoleHost)
	all := sendersPass{Slots: senders}
	for range senders {
		all.Passes = append(all.Passes, c.pass(b, "Sender", wire.RoleParticipant))
	}
	p, err := playout.New(playout.Config{Slots: senders})
	if err != nil {
		b.Fatal(err)
	}
	r := &receiver{
		stage:    &stage{playout: p, slots: map[feed]int{}, shown: make([]place, senders)},
		pictures: map[string]int{},
	}
	conf, err := newPlainConference(self, r, true, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.stage.toldTo(conf.Show)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) })
	running.Go(func() { _ = conf.Run(ctx) })
	b.Cleanup(func() { cancel(); running.Wait() })
	startSenders(b, all, p)
	return r
}

// startSenders starts the senders' process and connects its page.
func startSenders(b *testing.B, all sendersPass, p *playout.Playout) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sendersProcess+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	said := json.NewDecoder(out)
	b.Cleanup(func() {
		_ = in.Close()
		var packets int64
		if err := said.Decode(&packets); err != nil || packets == 0 {
			b.Errorf("the page got %d packets (%v)", packets, err)
		}
		_ = cmd.Wait()
	})
	say := json.NewEncoder(in)
	if err := say.Encode(all); err != nil {
		b.Fatal(err)
	}
	var offer webrtc.SessionDescription
	if err := said.Decode(&offer); err != nil {
		b.Fatal(err)
	}
	answer, err := p.Answer(b.Context(), offer.SDP)
	if err != nil {
		b.Fatal(err)
	}
	if err := say.Encode(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		b.Fatal(err)
	}
}

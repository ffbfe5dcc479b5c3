package lab

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"greenroom/daemon/room"
)

var soakTime = flag.Duration("soak", 2*time.Minute, "how long BenchmarkSoak runs")

// soakEvery is how often somebody comes and goes and the camera is unplugged and plugged in.
const soakEvery = 20 * time.Second

// soaked is what may grow in a daemon, and what it has lived through.
type soaked struct {
	at                        time.Duration
	memory, goroutines, files float64
	processor                 float64 // seconds
	opened, odd               uint64
	lived
}

// lived counts comings and goings. Away and back are how long others waited at most to see that a camera is unplugged, and
// that it is back.
type lived struct {
	rounds     uint64
	away, back time.Duration
}

// BenchmarkSoak lets a room live through what happens in a day: every 20 seconds another room joins, the room's camera is
// unplugged and plugged in, and the other leaves. It prints what the daemon takes of the machine, and fails if that grows.
func BenchmarkSoak(b *testing.B) {
	spec, plugs := light(aspenSpec), newSocket(b)
	spec.Camera = map[string]any{
		"source": "pipe", "command": plugs.camera(PictureCommand(spec.Name, spec.Look, spec.Width, spec.Height, spec.FPS)),
		"width": spec.Width, "height": spec.Height, "fps": spec.FPS,
	}
	ctx, l := newLabFor(b, *soakTime+5*time.Minute, []RoomSpec{spec, light(birchSpec)}, "Aspen", "Birch")
	aspen := l.Room("Aspen")
	browser, err := OpenBrowser(ctx, l.Dir)
	if err != nil {
		b.Fatal(err)
	}
	defer browser.Close()
	if _, err := browser.OpenScreen(ctx, must[string](b)(aspen.ScreenURL())); err != nil {
		b.Fatal(err)
	}
	join := host(b, ctx, aspen)
	every := *soakTime / 30
	began := time.Now()
	rounds := time.NewTicker(soakEvery) // the point of a soak is that time passes
	defer rounds.Stop()
	var table []soaked
	var life lived
	for time.Since(began) < *soakTime {
		life.round(b, ctx, l, join, plugs)
		if len(table) == 0 || time.Since(began)-table[len(table)-1].at >= every {
			s := sample(b, ctx, aspen)
			s.at, s.lived = time.Since(began), life
			table = append(table, s)
		}
		<-rounds.C
	}
	fmt.Println("\n" + tabled(table)) // a benchmark's log is cut after ten lines
	judge(b, table)
	b.ReportMetric(float64(life.rounds), "rounds")
	b.ReportMetric(0, "ns/op")
}

// round has Birch come, see Aspen's camera go and come back, and leave.
func (life *lived) round(b *testing.B, ctx context.Context, l *Lab, join room.Command, plugs socket) {
	b.Helper()
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	do(b, ctx, birch, join)
	await(b, ctx, birch, "Aspen", sees(1))
	await(b, ctx, aspen, "Birch", sees(1))
	for _, change := range []struct {
		what   string
		happen func()
		shown  func(room.State) bool
		took   *time.Duration
	}{
		{"the placeholder", func() { plugs.unplug(b, aspen) }, func(s room.State) bool { return withOthers(s, 1) && pictures(s) == 0 }, &life.away},
		{"the picture again", func() { plugs.plug(b) }, sees(1), &life.back},
	} {
		began := time.Now()
		change.happen()
		await(b, ctx, birch, change.what, change.shown)
		*change.took = max(*change.took, time.Since(began))
	}
	do(b, ctx, birch, room.Command{Do: room.CommandLeave})
	await(b, ctx, birch, "the end", idle)
	await(b, ctx, aspen, "Birch to be gone", func(s room.State) bool { return withOthers(s, 0) })
	life.rounds++
}

// withOthers reports whether a room is in a meeting with n others.
func withOthers(s room.State, n int) bool {
	return s.Phase == room.PhaseMeeting && len(s.Meeting.People) == n+1
}

// sample reads a daemon's own account.
func sample(b *testing.B, ctx context.Context, r *Room) soaked {
	b.Helper()
	var text bytes.Buffer
	if err := r.client.Metrics(ctx, &text); err != nil {
		b.Fatal(err)
	}
	values := map[string]float64{}
	for line := range strings.Lines(text.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = v
		}
	}
	s := soaked{
		memory: values["process_resident_memory_bytes"] / 1e6, goroutines: values["go_goroutines"],
		files: values["process_open_fds"], processor: values["process_cpu_seconds_total"],
		opened: uint64(values[`greenroom_frames_opened_total{stream="camera"}`]),
	}
	for _, reason := range []string{"wrong-key", "replay", "not-encrypted"} {
		s.odd += uint64(values[fmt.Sprintf(`greenroom_frames_refused_total{reason=%q,stream="camera"}`, reason)])
	}
	if s.memory == 0 || s.goroutines == 0 || s.files == 0 {
		b.Fatalf("the daemon's account is not whole:\n%s", &text)
	}
	return s
}

func tabled(table []soaked) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "after\trounds\tmemory MB\tgoroutines\tfiles\tprocessor s\tpictures opened\trefused\taway s\tback s\t")
	for _, s := range table {
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%.0f\t%.0f\t%.1f\t%d\t%d\t%.2f\t%.2f\t\n", s.at.Round(time.Second), s.rounds, s.memory, s.goroutines, s.files,
			s.processor, s.opened, s.odd, s.away.Seconds(), s.back.Seconds())
	}
	w.Flush()
	return out.String()
}

// judge compares the last third with the second: in the first, caches fill.
func judge(b *testing.B, table []soaked) {
	b.Helper()
	third := len(table) / 3
	if third < 2 {
		b.Logf("%d samples are too few to tell what grows", len(table))
		return
	}
	mean := func(part []soaked, of func(soaked) float64) float64 {
		sum := 0.0
		for _, s := range part {
			sum += of(s)
		}
		return sum / float64(len(part))
	}
	for _, c := range []struct {
		what  string
		of    func(soaked) float64
		share float64 // may be more
		count float64
	}{
		{"memory in MB", func(s soaked) float64 { return s.memory }, 0.10, 2},
		{"goroutines", func(s soaked) float64 { return s.goroutines }, 0.02, 2},
		{"files", func(s soaked) float64 { return s.files }, 0.02, 2},
	} {
		before, after := mean(table[third:2*third], c.of), mean(table[2*third:], c.of)
		if after > before*(1+c.share)+c.count {
			b.Errorf("%s grew from %.1f to %.1f", c.what, before, after)
		}
	}
	if odd := table[len(table)-1].odd; odd > 0 {
		b.Errorf("%d pictures did not open", odd)
	}
}

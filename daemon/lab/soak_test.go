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

// soaked is what may grow in a daemon.
type soaked struct {
	at                        time.Duration
	memory, goroutines, files float64
	processor                 float64 // seconds
	joined, opened, odd       uint64
}

// BenchmarkSoak lets a room live through what happens in a day: its camera goes and comes back every 65 seconds (what
// ends sooner is taken for broken, and tried less and less often), and
// another room joins and leaves without end. It prints what the daemon takes of the machine, and fails if that grows.
func BenchmarkSoak(b *testing.B) {
	spec := light(aspenSpec)
	camera := PictureCommand(spec.Name, spec.Look, spec.Width, spec.Height, spec.FPS)
	spec.Camera = map[string]any{
		"source": "pipe", "command": append([]string{"timeout", "65"}, camera...),
		"width": spec.Width, "height": spec.Height, "fps": spec.FPS,
	}
	ctx, l := newLabFor(b, *soakTime+5*time.Minute, []RoomSpec{spec, light(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
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
	var table []soaked
	joined := uint64(0)
	for time.Since(began) < *soakTime {
		do(b, ctx, birch, join)
		await(b, ctx, birch, "Aspen", sees(1))
		await(b, ctx, aspen, "Birch", sees(1))
		joined++
		stay := time.NewTimer(8 * time.Second) // the point of a soak is that time passes
		<-stay.C
		do(b, ctx, birch, room.Command{Do: room.CommandLeave})
		await(b, ctx, birch, "the end", idle)
		await(b, ctx, aspen, "Birch to be gone", func(s room.State) bool { return len(s.Meeting.People) == 1 })
		if len(table) == 0 || time.Since(began)-table[len(table)-1].at >= every {
			s := sample(b, ctx, aspen)
			s.at, s.joined = time.Since(began), joined
			table = append(table, s)
		}
	}
	fmt.Println("\n" + tabled(table)) // a benchmark's log is cut after ten lines
	judge(b, table)
	b.ReportMetric(float64(joined), "joins")
	b.ReportMetric(0, "ns/op")
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
	fmt.Fprintln(w, "after\tjoins\tmemory MB\tgoroutines\tfiles\tprocessor s\tpictures opened\trefused\t")
	for _, s := range table {
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%.0f\t%.0f\t%.1f\t%d\t%d\t\n", s.at.Round(time.Second), s.joined, s.memory, s.goroutines, s.files, s.processor, s.opened, s.odd)
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

package lab

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// The figures of whole rooms, with their targets beside them. Each benchmark does its own number of rounds, whatever b.N
// is: they last seconds.

// BenchmarkJoin measures from the command to the first picture of the other on the joining room's screen.
func BenchmarkJoin(b *testing.B) {
	const rounds = 20
	ctx, l := newLab(b, []RoomSpec{aspenSpec, birchSpec}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	browser, err := OpenBrowser(ctx, l.Dir)
	if err != nil {
		b.Fatal(err)
	}
	defer browser.Close()
	screen, err := browser.OpenScreen(ctx, must[string](b)(aspen.ScreenURL()))
	if err != nil {
		b.Fatal(err)
	}
	join := host(b, ctx, birch)
	var opened, drawn []float64
	for range rounds {
		began := time.Now()
		do(b, ctx, aspen, join)
		s := await(b, ctx, aspen, "Birch's picture", sees(1))
		opened = append(opened, ms(time.Since(began)))
		if err := screen.AwaitPicture(ctx, personOf(b, s, "Birch")); err != nil {
			b.Fatal(err)
		}
		drawn = append(drawn, ms(time.Since(began)))
		do(b, ctx, aspen, room.Command{Do: room.CommandLeave})
		await(b, ctx, aspen, "the end", idle)
		await(b, ctx, birch, "Aspen to be gone", func(s room.State) bool { return len(s.Meeting.People) == 1 })
	}
	report(b, opened, "to-opened")
	report(b, drawn, "to-drawn")
	b.Logf("to-drawn, 95th percentile of %d: %.0f ms; target: under 1,500 ms", rounds, percentile(drawn, 95))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func report(b *testing.B, values []float64, what string) {
	b.ReportMetric(percentile(values, 50), what+"-p50-ms")
	b.ReportMetric(percentile(values, 95), what+"-p95-ms")
	b.ReportMetric(0, "ns/op")
}

// percentile returns the smallest of the values that p percent of them do not exceed (nearest rank).
func percentile(values []float64, p int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Ceil(float64(p*len(sorted))/100))-1]
}

func TestPercentile(t *testing.T) {
	var twenty []float64
	for i := range 20 {
		twenty = append(twenty, float64(20-i)) // 20 to 1
	}
	for p, want := range map[int]float64{1: 1, 50: 10, 95: 19, 96: 20, 100: 20} {
		if got := percentile(twenty, p); got != want {
			t.Errorf("percentile %d of 1 to 20: %v, want %v", p, got, want)
		}
	}
}

// BenchmarkIdle measures the resident memory of a daemon that does nothing: no meeting, no camera, no microphone.
func BenchmarkIdle(b *testing.B) {
	spec := aspenSpec
	spec.Camera, spec.Microphone = map[string]any{"source": "none"}, map[string]any{"source": "none"}
	ctx, l := newLab(b, []RoomSpec{spec}, "Aspen")
	aspen := l.Room("Aspen")
	await(b, ctx, aspen, "the hub", func(s room.State) bool { return s.Hub.State == room.HubUp })
	memory := resident(b, aspen.PID())
	b.ReportMetric(memory, "daemon-MB")
	b.ReportMetric(0, "ns/op")
	b.Logf("resident memory when idle: %.1f MB; target: under 60 MB", memory)
}

// BenchmarkMeeting measures what a meeting of two at 720p30 costs a room: the daemon (seal, send, receive, open, play
// out) and the capture of its camera, in percent of one core.
func BenchmarkMeeting(b *testing.B) {
	const watch = 10 * time.Second
	ctx, l := newLab(b, []RoomSpec{aspenSpec, birchSpec}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(b, ctx, aspen, birch)
	both := load(b, ctx, aspen, watch)
	b.ReportMetric(both.daemon, "daemon-%core")
	b.ReportMetric(both.capture, "capture-%core")

	// Only sending, then only receiving: the difference is what each costs.
	do(b, ctx, birch, room.Command{Do: room.CommandCamera, On: false})
	do(b, ctx, birch, room.Command{Do: room.CommandMute, On: true})
	await(b, ctx, aspen, "Birch to be silent", func(s room.State) bool { return pictures(s) == 0 })
	b.ReportMetric(load(b, ctx, aspen, watch).daemon, "daemon-sending-%core")
	b.ReportMetric(load(b, ctx, birch, watch).daemon, "daemon-receiving-%core")
	b.ReportMetric(resident(b, aspen.PID()), "daemon-MB")
	b.ReportMetric(0, "ns/op")
}

// cpu is how much of one core programs have used, in percent.
type cpu struct{ daemon, capture float64 }

// load measures a room's programs for a while. It is the one place that waits for time to pass: that is what it
// measures.
func load(b *testing.B, ctx context.Context, r *Room, d time.Duration) cpu {
	b.Helper()
	captures := func() (sum float64) {
		found := 0
		for _, pid := range must[[]int](b)(descendants(r.PID())) {
			// By what it was started as: after a rebuild /proc/PID/exe tells of a deleted file.
			line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if program, _, _ := strings.Cut(string(line), "\x00"); filepath.Base(program) == "greenroom-capture" {
				found++
				sum += cpuSeconds(b, pid)
			}
		}
		if found == 0 {
			b.Fatalf("%s has no greenroom-capture", r.Spec.Name)
		}
		return sum
	}
	began, daemon, capture := time.Now(), cpuSeconds(b, r.PID()), captures()
	select {
	case <-time.After(d):
	case <-ctx.Done():
		b.Fatal(ctx.Err())
	}
	seconds := time.Since(began).Seconds()
	return cpu{100 * (cpuSeconds(b, r.PID()) - daemon) / seconds, 100 * (captures() - capture) / seconds}
}

// cpuSeconds is the processor time that a process has used.
func cpuSeconds(b *testing.B, pid int) float64 {
	b.Helper()
	const ticks = 100 // a second, on every Linux that Go runs on
	text := string(must[[]byte](b)(os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))))
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / ticks
}

// resident is a process's resident memory in megabytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	for line := range strings.Lines(string(must[[]byte](b)(os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))))) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kB) / 1000
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

// BenchmarkReady measures from the start of the program to a room that can be used, with its key in a TPM and in a file.
func BenchmarkReady(b *testing.B) {
	const rounds = 10
	for _, spec := range []RoomSpec{inTPM(small(aspenSpec)), small(birchSpec)} {
		where := map[bool]string{true: "tpm", false: "file"}[spec.TPM]
		b.Run(where, func(b *testing.B) {
			ctx, l := newLab(b, []RoomSpec{spec})
			r := l.Room(spec.Name)
			var ready []float64
			for range rounds {
				began := time.Now()
				if err := r.Start(ctx); err != nil {
					b.Fatal(err)
				}
				await(b, ctx, r, "the room, ready", idle)
				ready = append(ready, ms(time.Since(began)))
				if err := r.Stop(); err != nil {
					b.Fatal(err)
				}
			}
			report(b, ready, "to-ready")
			b.Logf("target: under 1,000 ms")
		})
	}
}

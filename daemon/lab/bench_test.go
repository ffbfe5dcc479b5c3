package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// The figures of whole rooms. Each benchmark does its own number of rounds, whatever b.N is: they last seconds.

// BenchmarkJoin measures from the command to the first picture of the other on the joining room's screen.
func BenchmarkJoin(b *testing.B) {
	const rounds = 20
	ctx, l := newLab(b, []RoomSpec{aspenSpec, birchSpec}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	browser, err := OpenBrowser(l.Dir)
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
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func report(b *testing.B, values []float64, what string) {
	slices.Sort(values)
	b.ReportMetric(values[len(values)/2], what+"-p50-ms")
	b.ReportMetric(values[len(values)*95/100], what+"-p95-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkIdle measures the resident memory of a daemon that does nothing.
func BenchmarkIdle(b *testing.B) {
	ctx, l := newLab(b, []RoomSpec{aspenSpec}, "Aspen")
	aspen := l.Room("Aspen")
	await(b, ctx, aspen, "the hub", func(s room.State) bool { return s.Hub.State == room.HubUp })
	b.ReportMetric(resident(b, aspen.PID()), "daemon-MB")
	b.ReportMetric(0, "ns/op")
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
		for _, pid := range must[[]int](b)(descendants(r.PID())) {
			if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); filepath.Base(exe) == "greenroom-capture" {
				sum += cpuSeconds(b, pid)
			}
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

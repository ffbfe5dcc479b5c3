package lab

import (
	"fmt"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// BenchmarkMeetingFullHD measures what a meeting of two costs a room that sends 1080p30 in its three layers, all
// included but the test picture's own program. There is no target: it is what it is.
func BenchmarkMeetingFullHD(b *testing.B) {
	spec := aspenSpec
	spec.Width, spec.Height = 1920, 1080
	ctx, l := newLab(b, []RoomSpec{spec, birchSpec}, "Aspen", "Birch")
	aspen := l.Room("Aspen")
	meet(b, ctx, aspen, l.Room("Birch"))
	all := load(b, ctx, aspen, 10*time.Second)
	b.ReportMetric(all.daemon, "daemon-%core")
	b.ReportMetric(all.capture, "capture-%core")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCanvas measures how old the pictures of a 720p30 camera are when the other room's screen draws them: from the
// camera's command to the canvas, by the time code in the picture. Target: a median under 80 ms.
func BenchmarkCanvas(b *testing.B) {
	viewer := aspenSpec
	viewer.Camera = map[string]any{"source": "none"} // nobody looks at it; the browser draws without a GPU
	ctx, l := newLab(b, []RoomSpec{viewer, birchSpec}, "Aspen", "Birch")
	aspen := l.Room("Aspen")
	browser, err := OpenBrowser(ctx, l.Dir)
	if err != nil {
		b.Fatal(err)
	}
	defer browser.Close()
	screen, err := browser.OpenScreen(ctx, must[string](b)(aspen.ScreenURL()))
	if err != nil {
		b.Fatal(err)
	}
	join := host(b, ctx, l.Room("Birch"))
	do(b, ctx, aspen, join)
	s := await(b, ctx, aspen, "Birch's picture", sees(1))
	person := personOf(b, s, "Birch")
	if err := screen.AwaitPicture(ctx, person); err != nil {
		b.Fatal(err)
	}
	w, err := screen.Watch(ctx, person, 10*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	if len(w.Ages) == 0 {
		b.Fatal("no picture with a time code was drawn")
	}
	report(b, w.Ages, "capture-to-canvas")
	told := await(b, ctx, aspen, "the screen's account", func(s room.State) bool { return s.Counters.Screen.Apart != nil })
	b.ReportMetric(float64(*told.Counters.Screen.Apart), "sound-ahead-ms")
	b.ReportMetric(float64(len(w.Ages)), "pictures")
	b.Logf("%s; target: a median under 80 ms", fmt.Sprintf("%d pictures decoded, %d drawn", w.Frames, w.Shown))
	do(b, ctx, aspen, room.Command{Do: room.CommandLeave})
}

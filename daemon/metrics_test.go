package daemon

import (
	"log/slog"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/daemon/tally"
	"greenroom/media"
	"greenroom/media/relay"
)

// Two meetings one after the other, the second begun before the first has ended.
func TestCountsGoOnFromMeetingToMeeting(t *testing.T) {
	var c counting
	first, second := relay.Counters{FramesSent: 3}, relay.Counters{FramesSent: 10}
	stopFirst := c.meeting(func() relay.Counters { return first })
	first.FramesSent = 4
	if got := c.read().Relay.Sent; got != 4 {
		t.Errorf("%d frames sent in the first meeting, want 4", got)
	}
	stopSecond := c.meeting(func() relay.Counters { return second })
	stopFirst()
	if got := c.read().Relay.Sent; got != 14 {
		t.Errorf("%d frames sent in both meetings, want 14", got)
	}
	stopSecond()
	if got := c.read().Relay.Sent; got != 14 {
		t.Errorf("%d frames sent after both meetings, want 14", got)
	}
}

// Every field of relay.Counters is summed.
func TestSumsOfARelaysCounters(t *testing.T) {
	var fill func(v reflect.Value, n uint64)
	fill = func(v reflect.Value, n uint64) {
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Struct {
				fill(f, n)
			} else {
				f.SetUint(n)
			}
		}
	}
	var two, three, five relay.Counters
	fill(reflect.ValueOf(&two).Elem(), 2)
	fill(reflect.ValueOf(&three).Elem(), 3)
	fill(reflect.ValueOf(&five).Elem(), 5)
	if got := two.Plus(three); got != five {
		t.Errorf("the sum is %+v", got)
	}
}

func TestMetrics(t *testing.T) {
	d := &Daemon{log: slog.New(slog.DiscardHandler)}
	r := room.New(room.Info{Name: "As\"pen", Version: "1"}, room.Identity{}, 9, time.Now())
	r.Apply(time.Now(), room.DeviceChanged{Stream: "camera", State: room.DeviceFailed, Reason: "It was unplugged."})
	r.Apply(time.Now(), room.DeviceChanged{Stream: "microphone", State: room.DeviceFailed, Reason: "It was unplugged."})
	r.Apply(time.Now(), room.Equipped{Head: true, Display: true, Controls: []string{"Lights on"}})
	r.Apply(time.Now(), room.LineChanged{Equipment: room.EquipmentHead, State: room.DeviceFailed, Reason: "It was unplugged."})
	r.Apply(time.Now(), room.MuteButtonChanged{ID: "1", Name: "Example Speak", State: room.DeviceRunning})
	r.Apply(time.Now(), room.DisplayTold{Power: "on", Volume: -1})
	d.loop = newLoop(r, time.Now, d.log)
	d.counts.frames.Add(media.Camera, tally.Sealed)
	d.counts.frames.Add(media.Microphone, tally.WrongKey)
	apart := -20
	d.counts.page(room.ScreenCounters{FreezeMS: 1500, Apart: &apart})
	w := httptest.NewRecorder()
	d.metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if kind := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Fatalf("%d %s: %s", w.Code, kind, w.Body)
	}
	for _, line := range []string{
		`greenroom_info{room="As\"pen",version="1"} 1`,
		`greenroom_device_state{device="camera",state="failed"} 1`,
		`greenroom_device_state{device="camera",state="running"} 0`,
		`greenroom_device_state{device="head",state="failed"} 1`,
		`greenroom_device_state{device="mute button Example Speak",state="running"} 1`,
		`greenroom_device_state{device="control Lights on",state="starting"} 1`,
		`greenroom_display_power{power="on"} 1`,
		`greenroom_frames_sealed_total{stream="camera"} 1`,
		`greenroom_frames_refused_total{reason="wrong-key",stream="microphone"} 1`,
		`greenroom_screen_freeze_seconds_total 1.5`,
		`greenroom_screen_apart_seconds -0.02`,
		`greenroom_phase{phase="starting"} 1`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	for _, name := range []string{"process_resident_memory_bytes", "process_open_fds", "go_goroutines"} {
		if !strings.Contains(w.Body.String(), "\n"+name+" ") {
			t.Errorf("no %s", name)
		}
	}
	if t.Failed() {
		t.Log(w.Body)
	}
}

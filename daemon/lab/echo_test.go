package lab

import (
	"context"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"greenroom/daemon/room"
	"greenroom/systemd/soundtest"
)

// TestEchoIsCancelled: a room beside PipeWire with the units' configuration takes the microphone without echo by itself,
// hears people through it, and says so; a room that was told to take the plain one says that nothing cancels its echo.
func TestEchoIsCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	sound := must[*soundtest.Sound](t)(soundtest.Start(ctx, t.TempDir(), filepath.Join(must[*Lab](t)(New(t.TempDir())).Root, "systemd", "units")))
	t.Cleanup(sound.Stop)
	beside := func(name string, microphone map[string]any) RoomSpec {
		s := small(aspenSpec)
		s.Name, s.Microphone = name, microphone
		s.Environment = []string{"PULSE_SERVER=" + sound.Server(), "XDG_RUNTIME_DIR=" + sound.RuntimeDir()}
		return s
	}
	ctx, l := newLab(t, []RoomSpec{
		beside("Aspen", map[string]any{"source": "microphone"}),
		beside("Birch", map[string]any{"source": "microphone", "device": soundtest.Microphone}),
	}, "Aspen", "Birch")
	microphone := func(echo room.Echo) func(room.State) bool {
		return func(s room.State) bool {
			m := s.Devices.Microphone
			return m.State == room.DeviceRunning && m.Echo == echo && m.Name != ""
		}
	}
	s := await(t, ctx, l.Room("Aspen"), "the microphone without echo", microphone(room.EchoPipeWire))
	t.Logf("%q", s.Devices.Microphone.Name)
	await(t, ctx, l.Room("Birch"), "the plain microphone", microphone(room.EchoHeard))

	words := filepath.Join(t.TempDir(), "words.wav")
	if out, err := exec.CommandContext(ctx, "ffmpeg", "-loglevel", "error", "-f", "lavfi",
		"-i", "flite=text='We have read them here in the room, and we are content.'", "-ar", "48000", words).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	speaking, stop := context.WithCancel(ctx)
	var people sync.WaitGroup
	people.Go(func() {
		for speaking.Err() == nil {
			if _, err := sound.Run(speaking, "paplay", "--device="+soundtest.Air, words); err != nil && speaking.Err() == nil {
				t.Errorf("nobody speaks: %v", err)
				return
			}
		}
	})
	defer people.Wait()
	defer stop()
	await(t, ctx, l.Room("Aspen"), "people in the room", func(s room.State) bool { return s.Devices.Microphone.Level > 0 })
}

package systemd_test

import (
	"context"
	"encoding/binary"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/systemd/soundtest"
)

// What the others say, and what people in the room say.
const (
	farWords  = "The quarterly numbers are ready, and the team would like to hear what you think of them. We have looked at every line twice. The new office opens in May."
	nearWords = "Thank you. We have read them here in the room, and we are content."
)

// speak writes words as a sound file.
func speak(t *testing.T, words, voice string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speech.wav")
	out, err := exec.Command("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "flite=text='"+words+"':voice="+voice, "-ar", "48000", "-ac", "1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	return path
}

// heard is what a microphone and the canceller made of what was played: loudness in dB of each 200 ms in which the
// microphone heard something, the loudest part of them.
type heard struct{ microphone, cancelled []float64 }

// listen records both while play runs.
func listen(t *testing.T, s *soundtest.Sound, play func()) heard {
	t.Helper()
	record := func(source string) func() ([]byte, error) {
		stop, err := s.Record(source)
		if err != nil {
			t.Fatal(err)
		}
		return stop
	}
	microphone, cancelled := record(soundtest.Microphone), record(soundtest.Cancelled)
	play()
	a, err1 := microphone()
	b, err2 := cancelled()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return heard{loud(a), loud(b)}
}

// loud returns the loudness of 200 ms each, without what is nearly silent.
func loud(samples []byte) []float64 {
	const window = 2 * 48_000 / 5
	var all []float64
	for ; len(samples) >= window; samples = samples[window:] {
		sum := 1.0
		for i := 0; i < window; i += 2 {
			v := float64(int16(binary.LittleEndian.Uint16(samples[i:])))
			sum += v * v
		}
		all = append(all, 10*math.Log10(sum/(window/2)))
	}
	return all
}

// level is the loudness that a quarter of the time exceeds: speech has pauses, and before and after it is silence.
func level(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*3/4]
}

// TestEcho: the units' PipeWire takes out of what the microphone hears what the loudspeaker plays, and leaves what people in
// the room say. A busy machine does not keep up with sound at times, and then nothing can be cancelled: what counts is the
// best of some tries. Without the canceller each of them fails.
func TestEcho(t *testing.T) {
	const (
		tries  = 6
		wanted = 15 // dB of the echo
		lost   = 3  // dB of what people say, at most
		talk   = 12 // the same, while the others speak too
	)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	far, near := speak(t, farWords, "slt"), speak(t, nearWords, "kal")
	s, err := soundtest.Start(ctx, t.TempDir(), "units")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if info, err := s.Run(ctx, "pactl", "info"); err != nil || !strings.Contains(info, "Default Source: "+soundtest.Cancelled) {
		t.Errorf("the microphone without echo is not the first choice: %v\n%s", err, info)
	}
	keep, err := s.Record(soundtest.Cancelled) // it forgets what it has learnt when nobody listens
	if err != nil {
		t.Fatal(err)
	}
	defer keep()
	play := func(device, file string) func() {
		return func() {
			if _, err := s.Run(ctx, "paplay", "--device="+device, file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for try := range tries {
		echo := listen(t, s, play(soundtest.Loudspeaker, far))
		people := listen(t, s, play(soundtest.Air, near))
		both := listen(t, s, func() {
			others := make(chan struct{})
			go func() {
				defer close(others)
				if _, err := s.Run(ctx, "paplay", "--device="+soundtest.Loudspeaker, far); err != nil {
					t.Error(err)
				}
			}()
			play(soundtest.Air, near)()
			play(soundtest.Air, near)() // the others' words are as long
			<-others
		})
		cancelled := level(echo.microphone) - level(echo.cancelled)
		quieter := level(people.microphone) - level(people.cancelled)
		doubled := level(people.microphone) - level(both.cancelled)
		t.Logf("try %d: the echo of %.0f dB is %.1f dB quieter; people at %.0f dB are %.1f dB quieter, and %.1f dB while the others speak",
			try+1, level(echo.microphone), cancelled, level(people.microphone), quieter, doubled)
		if cancelled >= wanted && quieter <= lost && doubled <= talk && level(people.microphone) > 40 {
			return
		}
	}
	t.Errorf("no try had %d dB of the echo cancelled, and at most %d dB of what people say, %d dB while the others speak", wanted, lost, talk)
}

package source

import (
	"bytes"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
)

// FuzzSession: whatever a child writes, nothing panics, and what is handed on is sound.
func FuzzSession(f *testing.F) {
	format := pipe.AppendFormat(nil, pipe.Format{Codec: media.VP8, Width: 1280, Height: 720, Device: "camera"})
	frame := pipe.AppendFrame(nil, media.Frame{
		Codec: media.VP8, Captured: time.UnixMicro(1 << 62), Duration: time.Hour, Data: []byte{0x10, 2, 3},
	})
	status := pipe.AppendStatus(nil, pipe.Status{Code: pipe.Off, Text: "off"})
	f.Add(append(bytes.Clone(format), frame...))
	f.Add(frame)
	f.Add(append(append(status, format...), pipe.AppendLevel(pipe.AppendAlive(nil, 30), 200, true)...))
	f.Add(pipe.AppendStop(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(Config{
			Spec: Spec{Stream: media.Camera, Kind: Camera},
			Frame: func(f media.Frame) {
				age := time.Since(f.Captured)
				if f.Codec != media.VP8 || len(f.Data) == 0 || f.Duration > time.Second || age < 0 || age > 2*time.Minute {
					t.Errorf("handed on: %+v", f)
				}
			},
			Status: func(s Status) {
				if s.String() == "" {
					t.Errorf("a status without words: %+v", s)
				}
			},
		})
		run := newSession(s, nil, s.spec, wanted{on: true})
		reader := pipe.NewReader(bytes.NewReader(b))
		kind, body, err := reader.Next()
		for err == nil {
			if err = run.handle(kind, body); err == nil {
				kind, body, err = reader.Next()
			}
		}
		if fault := run.fault(err); fault.Text == "" && len(b) > 0 && err == nil {
			t.Errorf("no reason for the end")
		}
	})
}

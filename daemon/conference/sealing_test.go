package conference

import (
	"bytes"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/media/pipe"
	"greenroom/meeting/wire"
)

// From the capture's pipe to the sealed frame nothing is allocated; package peer holds the same for the way on.
func TestReadingAndSealingAFrameAllocatesNothing(t *testing.T) {
	h := newHall(t)
	g := h.enter("Aspen", wire.RoleHost)
	g.awaitMembers(t, 1)
	message := pipe.AppendFrame(nil, media.Frame{Codec: media.VP8, Captured: time.Now(), Data: append([]byte{0x11, 0, 0}, make([]byte, 8_300)...)})
	source := &repeat{message: message}
	reader := pipe.NewReader(source)
	if n := testing.AllocsPerRun(100, func() {
		_, body, err := reader.Next()
		if err != nil {
			t.Fatal(err)
		}
		f, err := pipe.ParseFrame(body)
		if err == nil {
			_, err = g.sealer.seal(media.Camera, f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a frame", n)
	}
}

// repeat reads as the same message for ever.
type repeat struct {
	message []byte
	rest    bytes.Reader
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.rest.Len() == 0 {
		r.rest.Reset(r.message)
	}
	return r.rest.Read(p)
}

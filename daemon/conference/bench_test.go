package conference

import (
	"slices"
	"testing"
	"time"

	"greenroom/media"
	"greenroom/meeting/wire"
)

// BenchmarkOpenDelay measures what opening adds to a frame that came from the relay: from the handler's call with the
// assembled, sealed frame to the opened one, for a picture of 6,250 bytes (30 a second at 1.5 Mbit/s).
func BenchmarkOpenDelay(b *testing.B) {
	h := newHall(b)
	aspen, birch := h.enter("Aspen", wire.RoleHost), h.enter("Birch", wire.RoleParticipant)
	aspen.awaitMembers(b, 2)
	birch.awaitMembers(b, 2)
	plain := make([]byte, 6250)
	plain[0] = 1 // a picture that is no keyframe
	var delays []time.Duration
	for b.Loop() {
		f := media.Frame{Codec: media.VP8, Data: slices.Clone(plain)}
		sealed, err := aspen.sealer.seal(media.Camera, f)
		if err != nil {
			b.Fatal(err)
		}
		f.Data = slices.Clone(sealed)
		began := time.Now()
		if _, err := birch.opener.open(aspen.id, media.Camera, f); err != nil {
			b.Fatal(err)
		}
		delays = append(delays, time.Since(began))
	}
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Nanoseconds())/1000, "opened-p50-µs")
	b.ReportMetric(float64(delays[len(delays)*99/100].Nanoseconds())/1000, "opened-p99-µs")
}

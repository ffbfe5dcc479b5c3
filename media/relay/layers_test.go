package relay

import (
	"testing"

	"greenroom/media"
)

// LiveKit tells what arrives of the pictures, so that the estimate rests on something.
func TestTheRelayTellsWhatArrives(t *testing.T) {
	srv := startRelay(t)
	a, b := join(t, srv, "room", "aspen", both()...), join(t, srv, "room", "birch")
	defer a.send(media.Camera)()
	b.wait("pictures", func(h *observer) bool { return h.intact["aspen"][media.Camera] >= 3 })
	a.wait("reports on what arrived", func(*observer) bool { return a.current().uplink.Reports() >= 5 })
}

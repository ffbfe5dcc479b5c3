package meeting

import (
	"crypto"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

const cryptoSHA256 = crypto.SHA256

func TestFirstMeeting(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	if v := aspen.core.View(); v.Phase != PhaseIn || v.Epoch != 1 || len(v.Code.String()) != 40 {
		t.Fatalf("a host alone: %+v", v)
	}
	w.run(time.Second)
	birch := w.add("birch", wire.RoleParticipant).join()
	w.run(300 * time.Millisecond)
	w.mustBeIn(aspen, birch)
	w.mustOpenEachOther(aspen, birch)
}

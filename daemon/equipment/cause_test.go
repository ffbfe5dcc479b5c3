package equipment

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"greenroom/daemon/room"
	"greenroom/devices/controls"
	"greenroom/devices/display"
	"greenroom/devices/display/cec"
	"greenroom/devices/display/pjlink"
	"greenroom/devices/serial"
	"greenroom/devices/visca"
)

func TestCauses(t *testing.T) {
	for _, c := range []struct {
		err  error
		want room.CauseCode
	}{
		{serial.ErrGone, room.CausePortGone},
		{serial.ErrInUse, room.CausePortInUse},
		{serial.ErrForbidden, room.CausePortForbidden},
		{fs.ErrPermission, room.CausePortForbidden},
		{serial.ErrNoPort, room.CauseNoPort},
		{visca.ErrSilent, room.CauseSilent},
		{controls.ErrSilent, room.CauseSilent},
		{fmt.Errorf("pjlink: %w: %w", display.ErrSilent, errors.New("connection refused")), room.CauseSilent},
		{fmt.Errorf("cec: %w: %w", display.ErrSilent, cec.ErrNoDisplay), room.CauseNoCEC},
		{pjlink.ErrPassword, room.CausePassword},
		{visca.ErrMalformed, room.CauseStrange},
		{pjlink.ErrMalformed, room.CauseStrange},
		{cec.ErrMalformed, room.CauseStrange},
		{errors.New("something else"), room.CauseOther},
	} {
		if got := cause(fmt.Errorf("open the port: %w", c.err), "/dev/ttyUSB0"); got != (room.Cause{Code: c.want, About: "/dev/ttyUSB0"}) {
			t.Errorf("%v: %+v, want %s", c.err, got, c.want)
		}
	}
}

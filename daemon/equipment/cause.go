package equipment

import (
	"errors"
	"os"

	"greenroom/daemon/room"
	"greenroom/devices/controls"
	"greenroom/devices/display"
	"greenroom/devices/display/cec"
	"greenroom/devices/display/pjlink"
	"greenroom/devices/serial"
	"greenroom/devices/visca"
)

// cause says in the room's words what keeps a device from being told anything. about is its port, file or address.
func cause(err error, about string) room.Cause {
	c := room.Cause{Code: room.CauseOther, About: about}
	for _, known := range []struct {
		err  error
		code room.CauseCode
	}{
		{serial.ErrGone, room.CausePortGone},
		{serial.ErrInUse, room.CausePortInUse},
		{serial.ErrForbidden, room.CausePortForbidden},
		{os.ErrPermission, room.CausePortForbidden},
		{serial.ErrNoPort, room.CauseNoPort},
		{cec.ErrNoDisplay, room.CauseNoCEC},
		{pjlink.ErrPassword, room.CausePassword},
		{visca.ErrMalformed, room.CauseStrange},
		{pjlink.ErrMalformed, room.CauseStrange},
		{cec.ErrMalformed, room.CauseStrange},
		{visca.ErrSilent, room.CauseSilent},
		{display.ErrSilent, room.CauseSilent},
		{controls.ErrSilent, room.CauseSilent},
	} {
		if errors.Is(err, known.err) {
			c.Code = known.code
			break
		}
	}
	return c
}

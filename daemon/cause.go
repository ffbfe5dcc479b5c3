package daemon

import (
	"cmp"
	"errors"
	"time"

	"greenroom/daemon/room"
	"greenroom/media/pipe"
	"greenroom/media/source"
	"greenroom/meeting/directory"
)

// captureCause says in the room's words why a source failed. wanted is the device that the configuration names.
func captureCause(s source.Status, wanted string) room.Cause {
	about := cmp.Or(s.Device, wanted)
	switch s.Code {
	case pipe.NoDevice:
		return room.Cause{Code: room.CauseNotThere, About: wanted}
	case pipe.DeviceFailed:
		return room.Cause{Code: room.CauseDeviceFailed, About: about}
	case pipe.CommandEnded:
		return room.Cause{Code: room.CauseCommandEnded, About: about}
	case pipe.BadInput:
		return room.Cause{Code: room.CauseCommandOutput, About: about}
	case pipe.EncodeFailed:
		return room.Cause{Code: room.CauseEncoder}
	case pipe.Unprotected:
		return room.Cause{Code: room.CauseUnprotected}
	case pipe.Opening, pipe.Off, pipe.Weak, pipe.BadArguments:
	}
	return room.Cause{Code: room.CauseCapture}
}

// hubCause says in the room's words why the hub did not answer.
func hubCause(err error) room.Cause {
	var away *directory.Unreachable
	if !errors.As(err, &away) {
		return room.Cause{Code: room.CauseOther}
	}
	c := room.Cause{Code: room.CauseHubSilent, About: away.Host}
	switch away.Why {
	case directory.WhyName:
		c.Code = room.CauseHubNameUnknown
	case directory.WhyRefused:
		c.Code = room.CauseHubNotRunning
	case directory.WhyExpired:
		c.Code = room.CauseHubExpired
	case directory.WhyEarly:
		c.Code = room.CauseClockBehind
	case directory.WhyAuthority:
		c.Code = room.CauseHubAuthority
	case directory.WhyOtherName:
		c.Code = room.CauseHubOtherName
	case directory.WhyNotTLS:
		c.Code = room.CauseHubNotTLS
	case directory.WhyBroken:
		c.Code = room.CauseHubBroke
	case directory.WhyNoHub:
		c.Code = room.CauseHubOther
	case directory.WhyTimeout, directory.WhySilent:
	}
	return c
}

// clockCause says which way the room's clock is wrong, for a hub that told its own time.
func clockCause(here, hub time.Time) room.Cause {
	switch {
	case hub.IsZero():
		return room.Cause{}
	case here.Before(hub):
		return room.Cause{Code: room.CauseClockBehind}
	}
	return room.Cause{Code: room.CauseClockAhead}
}

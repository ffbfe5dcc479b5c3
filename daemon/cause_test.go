package daemon

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/media/pipe"
	"greenroom/media/source"
	"greenroom/meeting/directory"
)

func TestCausesOfCaptureAndHub(t *testing.T) {
	for code, want := range map[pipe.Code]room.Cause{
		pipe.NoDevice:     {Code: room.CauseNotThere, About: "wanted"},
		pipe.DeviceFailed: {Code: room.CauseDeviceFailed, About: "found"},
		pipe.CommandEnded: {Code: room.CauseCommandEnded, About: "found"},
		pipe.BadInput:     {Code: room.CauseCommandOutput, About: "found"},
		pipe.EncodeFailed: {Code: room.CauseEncoder},
		pipe.BadArguments: {Code: room.CauseCapture},
		pipe.Unprotected:  {Code: room.CauseUnprotected},
		0:                 {Code: room.CauseCapture}, // the program could not be started
	} {
		if got := captureCause(source.Status{State: source.Failed, Code: code, Device: "found"}, "wanted"); got != want {
			t.Errorf("%v: %+v, want %+v", code, got, want)
		}
	}
	for why, want := range map[directory.Why]room.CauseCode{
		directory.WhyName: room.CauseHubNameUnknown, directory.WhyRefused: room.CauseHubNotRunning, directory.WhyExpired: room.CauseHubExpired,
		directory.WhyEarly: room.CauseClockBehind, directory.WhyAuthority: room.CauseHubAuthority, directory.WhyOtherName: room.CauseHubOtherName,
		directory.WhyNotTLS: room.CauseHubNotTLS, directory.WhyTimeout: room.CauseHubSilent, directory.WhyBroken: room.CauseHubBroke,
		directory.WhyNoHub: room.CauseHubOther, directory.WhySilent: room.CauseHubSilent,
	} {
		err := fmt.Errorf("ask the hub: %w", &directory.Unreachable{Why: why, Host: "hub.example.org"})
		if got := hubCause(err); got != (room.Cause{Code: want, About: "hub.example.org"}) {
			t.Errorf("%s: %+v, want %s", why, got, want)
		}
	}
	if got := hubCause(errors.New("its answer was strange")); got.Code != room.CauseOther {
		t.Errorf("anything else: %+v", got)
	}
	now := time.Unix(1_772_366_400, 0)
	if got := clockCause(now, now.Add(time.Hour)); got.Code != room.CauseClockBehind {
		t.Errorf("an hour behind the hub: %+v", got)
	}
	if got := clockCause(now, now.Add(-time.Hour)); got.Code != room.CauseClockAhead {
		t.Errorf("an hour before the hub: %+v", got)
	}
	if got := clockCause(now, time.Time{}); got != (room.Cause{}) {
		t.Errorf("a hub that tells no time: %+v", got)
	}
}

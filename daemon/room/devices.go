package room

import "time"

func (e DeviceChanged) apply(r *Room, now time.Time) []Effect {
	var d *Device
	switch e.Stream {
	case streamCamera:
		d = &r.devices.Camera
	case streamMicrophone:
		d = &r.devices.Microphone
	case streamContent:
		d = &r.devices.Content
	default:
		return nil
	}
	if d.lost() && e.State == DeviceStarting {
		d.Tries++ // it counts as lost until it works: a fault that comes and goes with each try helps nobody
		return nil
	}
	was := *d
	d.State = e.State
	if d.State != was.State && !(d.lost() && was.lost()) {
		d.Since, d.Tries = now, 0
	}
	d.Name = cleanName(e.Name)
	d.Reason, d.Cause = clean(e.Reason, maxTextLen), e.Cause.fit()
	d.Echo = e.Echo
	if d.State != DeviceRunning {
		d.Level = 0
	}
	return nil
}

func (e VolumeAtStart) apply(r *Room, _ time.Time) []Effect {
	r.devices.Speaker.Volume = percent(e.Volume)
	return nil
}

// lost reports whether the device is missing or fails.
func (d Device) lost() bool { return d.State == DeviceAbsent || d.State == DeviceFailed }

// setLevel sets the own microphone's level. A muted microphone is silent.
func (r *Room) setLevel(level int) {
	mic := &r.devices.Microphone
	if !mic.On || mic.State != DeviceRunning {
		level = 0
	}
	mic.Level = percent(level)
}

// share begins or ends to share what is connected, in a meeting.
func (r *Room) share(on bool) ([]Effect, string) {
	switch {
	case !on:
		return r.stopSharing(), ""
	case r.devices.Content.State == DeviceNone:
		return nil, CodeNothingToShare
	case r.session == nil || !r.session.in:
		return nil, CodeNotInMeeting
	}
	r.devices.Content.On = true
	return []Effect{SetContent{On: true}}, ""
}

// stopSharing ends with the meeting, too: the next one begins without somebody's slides.
func (r *Room) stopSharing() []Effect {
	if !r.devices.Content.On {
		return nil
	}
	r.devices.Content.On = false
	return []Effect{SetContent{}}
}

func (e HubChanged) apply(r *Room, now time.Time) []Effect {
	if r.hub.State != e.State {
		r.hub.State, r.hub.Since = e.State, now
	}
	r.hub.Text, r.hub.Cause = clean(e.Text, maxTextLen), e.Cause.fit()
	if e.State == HubUp {
		r.hub.Text, r.hub.Cause = "", Cause{}
	}
	return nil
}

package room

import "time"

func (e DeviceChanged) apply(r *Room, now time.Time) []Effect {
	var d *Device
	switch e.Stream {
	case streamCamera:
		d = &r.devices.Camera
	case streamMicrophone:
		d = &r.devices.Microphone
	default:
		return nil
	}
	if d.State != e.State {
		d.State, d.Since = e.State, now
	}
	d.Name = clean(e.Name, maxNameLen)
	d.Reason = clean(e.Reason, maxTextLen)
	if d.State != DeviceRunning {
		d.Level = 0
	}
	return nil
}

// setLevel sets the own microphone's level. A muted microphone is silent.
func (r *Room) setLevel(level int) {
	mic := &r.devices.Microphone
	if !mic.On || mic.State != DeviceRunning {
		level = 0
	}
	mic.Level = percent(level)
}

func (e HubChanged) apply(r *Room, now time.Time) []Effect {
	if r.hub.State != e.State {
		r.hub.State, r.hub.Since = e.State, now
	}
	r.hub.Text = clean(e.Text, maxTextLen)
	if e.State == HubUp {
		r.hub.Text = ""
	}
	return nil
}

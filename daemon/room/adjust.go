package room

import (
	"slices"
	"time"
)

// Adjustment is one thing about the camera's picture that can be adjusted now. The numbers are the driver's own.
type Adjustment struct {
	Name    string `json:"name"` // "brightness", "contrast", "saturation", "sharpness", "autofocus", "focus", "zoom"
	Least   int    `json:"least"`
	Most    int    `json:"most"`
	Step    int    `json:"step"`
	Default int    `json:"default"`
	Value   int    `json:"value"`
	// Idle is set while it has no effect: the focus while the camera focuses by itself.
	Idle bool `json:"idle,omitempty"`
}

// AdjustmentsChanged: what can be adjusted about the camera that is in use, and how it is now. None can while it is closed.
type AdjustmentsChanged struct{ Adjustments []Adjustment }

// AdjustCamera: adjust something about the camera that is in use. What comes of it is AdjustmentsChanged.
type AdjustCamera struct {
	Name  string
	Value int
}

func (AdjustCamera) effect() {}

// maxAdjustments bounds the list.
const maxAdjustments = 16

// apply shows what can be adjusted. A camera that is opened again is given what it was adjusted to before: it may have
// been without power.
func (e AdjustmentsChanged) apply(r *Room, _ time.Time) []Effect {
	opened := len(r.adjustments) == 0
	r.adjustments = slices.Clone(e.Adjustments[:min(len(e.Adjustments), maxAdjustments)])
	if !opened {
		return nil
	}
	return r.adjustAsBefore()
}

// adjustAsBefore gives the camera in use what it was adjusted to before, where it is not so.
func (r *Room) adjustAsBefore() []Effect {
	var effects []Effect
	r.adjustments = slices.Clone(r.adjustments) // a State may hold them
	for i := range r.adjustments {
		a := &r.adjustments[i]
		if value, ok := r.adjustedTo(a.Name); ok && value != a.Value && value >= a.Least && value <= a.Most {
			a.Value = value
			effects = append(effects, AdjustCamera{Name: a.Name, Value: value})
		}
	}
	return effects
}

// adjust adjusts something, and shows it as asked until the camera tells how it is.
func (r *Room) adjust(name string, value int) ([]Effect, string) {
	i := slices.IndexFunc(r.adjustments, func(a Adjustment) bool { return a.Name == name })
	if i < 0 {
		return nil, CodeNotAdjustable
	}
	if a := r.adjustments[i]; value < a.Least || value > a.Most {
		return nil, CodeValueWrong
	}
	r.adjustments = slices.Clone(r.adjustments) // a State may hold them
	r.adjustments[i].Value = value
	if camera := r.cameraInUse(); camera.ID != "" {
		r.keepAdjusted(Adjusted{Camera: camera.ID, Label: camera.Label, Name: name, Value: value})
	}
	return []Effect{AdjustCamera{Name: name, Value: value}}, ""
}

// recognised gives the open camera what it was adjusted to before, if it is known only now which one it is: udev gives a camera
// that was plugged in its lasting name when it may be in use already. was is the one in use before.
func (r *Room) recognised(was Camera) []Effect {
	now := r.cameraInUse()
	if len(r.adjustments) == 0 || now.ID == "" || now.ID == was.ID {
		return nil
	}
	if was.ID != "" && (was.Label != now.Label || r.hasCamera(was.ID)) {
		return nil // another camera, and what is open may be the old one
	}
	return r.adjustAsBefore()
}

// keepAdjusted keeps what a camera was adjusted to, for when it is opened again. What was adjusted longest ago gives way.
func (r *Room) keepAdjusted(what Adjusted) {
	var all []Adjusted // and not changed in place: a Keep may hold them
	for _, a := range r.kept.Adjusted {
		if !a.about(what) {
			all = append(all, a)
		}
	}
	all = append(all, what)
	r.kept.Adjusted = all[max(0, len(all)-maxAdjusted):]
}

// adjustedTo returns what somebody adjusted the camera in use to.
func (r *Room) adjustedTo(name string) (value int, ok bool) {
	camera := r.cameraInUse()
	what := Adjusted{Camera: camera.ID, Label: camera.Label, Name: name}
	if i := slices.IndexFunc(r.kept.Adjusted, what.about); i >= 0 {
		return r.kept.Adjusted[i].Value, true
	}
	return 0, false
}

// cameraInUse returns the one whose picture the room has or waits for; without an ID: none is known.
func (r *Room) cameraInUse() Camera {
	for _, c := range r.cameras {
		if c.InUse {
			return c
		}
	}
	return Camera{}
}

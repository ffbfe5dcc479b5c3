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

// maxAdjustments bounds the list, and how much is kept of cameras that were used before.
const maxAdjustments = 16

// apply shows what can be adjusted. A camera that is opened again is given what it was adjusted to before: it may have
// been without power.
func (e AdjustmentsChanged) apply(r *Room, _ time.Time) []Effect {
	opened := len(r.adjustments) == 0
	r.adjustments = slices.Clone(e.Adjustments[:min(len(e.Adjustments), maxAdjustments)])
	if !opened {
		return nil
	}
	var effects []Effect
	for i := range r.adjustments {
		a := &r.adjustments[i]
		if value, ok := r.adjusted[adjusted{r.cameraInUse(), a.Name}]; ok && value != a.Value {
			a.Value = value
			effects = append(effects, AdjustCamera{Name: a.Name, Value: value})
		}
	}
	return effects
}

// adjusted names something that somebody has adjusted.
type adjusted struct{ camera, name string }

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
	if camera := r.cameraInUse(); camera != "" {
		r.keepAdjusted(adjusted{camera, name}, value)
	}
	return []Effect{AdjustCamera{Name: name, Value: value}}, ""
}

// keepAdjusted keeps what a camera was adjusted to, for when it is opened again. What is kept already always changes.
func (r *Room) keepAdjusted(what adjusted, value int) {
	if r.adjusted == nil {
		r.adjusted = map[adjusted]int{}
	}
	if _, kept := r.adjusted[what]; kept || len(r.adjusted) < maxCameras*maxAdjustments {
		r.adjusted[what] = value
	}
}

// cameraInUse returns its ID; empty: none is known.
func (r *Room) cameraInUse() string {
	for _, c := range r.cameras {
		if c.InUse {
			return c.ID
		}
	}
	return ""
}

package room

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"
)

// Kept is what people have set in the room and what outlasts a restart. What nobody has set is as the configuration says.
type Kept struct {
	// Volume is how loud the others are played, 0 to 100; nil: nobody has set it.
	Volume *int   `json:"volume,omitempty"`
	Layout Layout `json:"layout,omitempty"` // empty: nobody has set it
	// Muted and CameraOff: people wanted it so. A room whose power was cut must not listen or watch where it did not before.
	Muted     bool       `json:"muted"`
	CameraOff bool       `json:"cameraOff"`
	Adjusted  []Adjusted `json:"adjusted,omitempty"` // the latest last
}

// Adjusted is what somebody has adjusted about a camera. The number is that driver's own, so it is of use to the same camera
// in the same place only.
type Adjusted struct {
	Camera string `json:"camera"` // Camera.ID
	Label  string `json:"label"`  // Camera.Label
	Name   string `json:"name"`   // Adjustment.Name
	Value  int    `json:"value"`
}

// about reports whether both are about the same thing of the same camera.
func (a Adjusted) about(b Adjusted) bool {
	return a.Camera == b.Camera && a.Label == b.Label && a.Name == b.Name
}

// maxAdjusted bounds how much is kept of cameras: of what was adjusted longest ago, nobody remembers.
const maxAdjusted = maxCameras * maxAdjustments

// Recalled: what the room kept when it ran last. It comes once, after EnabledAtStart and VolumeAtStart, before any command.
type Recalled struct{ Kept Kept }

// Keep: let this outlast a restart, in place of what was kept before.
type Keep struct{ Kept Kept }

func (Keep) effect() {}

// NothingKnown is what a room begins with that has lost what it kept: nobody knows whether people wanted to be heard and seen.
func NothingKnown() Kept { return Kept{Muted: true, CameraOff: true} }

// ParseKept reads what json.Marshal made of a Kept.
func ParseKept(text []byte) (Kept, error) {
	var k Kept
	if err := json.Unmarshal(text, &k); err != nil {
		return Kept{}, fmt.Errorf("read what the room kept: %w", err)
	}
	if k.Volume != nil && (*k.Volume < 0 || *k.Volume > 100) {
		return Kept{}, fmt.Errorf("read what the room kept: the volume %d is not between 0 and 100", *k.Volume)
	}
	switch k.Layout {
	case "", LayoutGrid, LayoutSpeaker:
	default:
		return Kept{}, fmt.Errorf("read what the room kept: there is no layout %q", k.Layout)
	}
	if len(k.Adjusted) > maxAdjusted {
		return Kept{}, fmt.Errorf("read what the room kept: %d adjustments, where %d are kept at most", len(k.Adjusted), maxAdjusted)
	}
	for _, a := range k.Adjusted {
		if a.Camera == "" || a.Name == "" || a.Value < math.MinInt32 || a.Value > math.MaxInt32 {
			return Kept{}, fmt.Errorf("read what the room kept: %+v is no adjustment", a)
		}
	}
	return k, nil
}

// apply takes what was kept. It makes nothing louder to others than the configuration does: who was muted stays so.
func (e Recalled) apply(r *Room, _ time.Time) []Effect {
	k := e.Kept
	r.kept, r.keptTold = k, k
	if k.Volume != nil {
		r.devices.Speaker.Volume = percent(*k.Volume)
	}
	if k.Layout != "" {
		r.layout = k.Layout
	}
	if k.Muted {
		r.devices.Microphone.On = false
	}
	if k.CameraOff {
		r.devices.Camera.On = false
	}
	return nil
}

// keepDue has kept what people have set since.
func (r *Room) keepDue() []Effect {
	if reflect.DeepEqual(r.kept, r.keptTold) {
		return nil
	}
	r.keptTold = r.kept
	return []Effect{Keep{Kept: r.kept}}
}

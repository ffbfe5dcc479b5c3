package room

import (
	"slices"
	"time"
)

// Camera is one camera that the room can use.
type Camera struct {
	// ID stays the same as long as the camera is plugged in where it is: its link under /dev/v4l/by-path, or the name of a
	// command.
	ID    string `json:"id"`
	Label string `json:"label"`
	// InUse marks the one whose picture the room has, or waits for.
	InUse bool `json:"inUse"`
}

// maxCameras bounds the list. No room has as many.
const maxCameras = 32

// CamerasChanged: these cameras are there now, in the order in which they are offered.
type CamerasChanged struct{ Cameras []Camera }

// UseCamera: take the picture of another camera, as the same stream. An empty ID is the one that the configuration says.
type UseCamera struct{ ID string }

func (UseCamera) effect() {}

// PreviewChanged: a panel shows the room its own picture, for which its camera is open; or none does any longer.
type PreviewChanged struct{ On bool }

func (e PreviewChanged) apply(r *Room, _ time.Time) []Effect {
	r.devices.Preview = e.On
	return nil
}

func (e CamerasChanged) apply(r *Room, _ time.Time) []Effect {
	was := r.cameraInUse()
	r.cameras = nil // and not changed in place: a State may hold them
	for _, c := range e.Cameras[:min(len(e.Cameras), maxCameras)] {
		r.cameras = append(r.cameras, Camera{ID: c.ID, Label: cleanName(c.Label), InUse: c.InUse})
	}
	return append(r.recognised(was), r.followChoice()...)
}

// chooseCamera has the room use another camera until its meeting ends, or until another is chosen.
func (r *Room) chooseCamera(id string) ([]Effect, string) {
	if !r.hasCamera(id) {
		return nil, CodeCameraUnknown
	}
	r.chosen = id
	return r.followChoice(), ""
}

// forgetChoice ends with a meeting: the next one begins with the camera of the configuration.
func (r *Room) forgetChoice() []Effect {
	r.chosen = ""
	return r.followChoice()
}

// followChoice goes to the chosen camera while it is there, and else to the configuration's.
func (r *Room) followChoice() []Effect {
	want := r.chosen
	if !r.hasCamera(want) {
		want = ""
	}
	if want == r.asked {
		return nil
	}
	r.asked = want
	return []Effect{UseCamera{ID: want}}
}

func (r *Room) hasCamera(id string) bool {
	return slices.ContainsFunc(r.cameras, func(c Camera) bool { return c.ID == id })
}

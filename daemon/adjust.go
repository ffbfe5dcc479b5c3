package daemon

import (
	"greenroom/daemon/room"
	"greenroom/devices/camera/adjust"
)

// adjustments says in the room's words what can be adjusted about a camera.
func adjustments(all []adjust.Control) room.AdjustmentsChanged {
	var e room.AdjustmentsChanged
	for _, c := range all {
		e.Adjustments = append(e.Adjustments, room.Adjustment{
			Name: c.Kind.String(), Least: int(c.Least), Most: int(c.Most), Step: int(c.Step), Default: int(c.Default),
			Value: int(c.Value), Idle: c.Idle,
		})
	}
	return e
}

// adjust has the camera adjusted.
func (c *capture) adjust(e room.AdjustCamera) {
	for _, k := range adjust.Kinds() {
		if k.String() == e.Name && c.camera.source != nil {
			c.camera.source.Adjust(k, int32(e.Value))
		}
	}
}

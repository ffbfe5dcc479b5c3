package localapitest

import "greenroom/daemon/room"

// Equip gives the room a camera that turns, a display and two buttons; what is behind the second one does not answer.
func (l *Loop) Equip() {
	buttons := []string{"Lights on", "Blinds"}
	l.Post(
		room.Equipped{Head: true, Presets: []string{"Table", "White board"}, Display: true, Inputs: []string{"hdmi1", "hdmi2"}, Controls: buttons},
		room.LineChanged{Equipment: room.EquipmentHead, Name: "Sony model 040E", State: room.DeviceRunning},
		room.MuteButtonChanged{ID: "1", Name: "Example Speak", Light: true, State: room.DeviceRunning},
		room.LineChanged{Equipment: room.EquipmentDisplay, Name: "Samsung MDC", State: room.DeviceRunning},
		room.LineChanged{Equipment: room.EquipmentControls, Controls: buttons, State: room.DeviceRunning},
		room.DisplayTold{Power: "off", Volume: -1},
	)
}

// equipment answers the effects about what stands in the room.
func equipment(e room.Effect) []room.Event {
	switch e := e.(type) {
	case room.SetDisplayPower:
		if e.On {
			return []room.Event{room.DisplayTold{Power: "on", Input: "hdmi1", Volume: 20}}
		}
		return []room.Event{room.DisplayTold{Power: "off", Volume: -1}}
	case room.SetDisplayVolume:
		return []room.Event{room.DisplayTold{Power: "on", Input: "hdmi1", Volume: e.Volume}}
	case room.PressControl:
		if e.Control == "Blinds" {
			return []room.Event{room.ControlPressed{Control: e.Control, Code: room.CodeDeviceAway, Text: "It does not answer."}}
		}
		return []room.Event{room.ControlPressed{Control: e.Control}}
	}
	return nil
}

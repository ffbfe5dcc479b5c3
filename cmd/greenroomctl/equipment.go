package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
)

// The words about what stands in the room.
const (
	wordAdjust      = "adjust"
	wordTurn        = "turn"
	wordPreset      = "preset"
	wordPresetStore = "preset-store"
	wordDisplay     = "display"
	wordPress       = "press"
)

// operates makes the command of words about what stands in the room.
func operates(ctx context.Context, client *localapi.Client, words []string) (room.Command, error) {
	rest := strings.Join(words[1:], " ")
	switch words[0] {
	case wordTurn:
		return turn(words)
	case wordDisplay:
		return display(words)
	case wordPress:
		return room.Command{Do: room.CommandPress, Text: rest}, nil
	}
	c := room.Command{Do: room.CommandPreset}
	if words[0] == wordPresetStore {
		c.Do = room.CommandPresetStore
	}
	var err error
	if c.Preset, err = strconv.Atoi(rest); err == nil {
		return c, nil
	}
	st, err := client.State(ctx)
	if err != nil {
		return c, err
	}
	if st.Devices.Head != nil {
		for _, p := range st.Devices.Head.Presets {
			if strings.EqualFold(p.Name, rest) {
				c.Preset = p.Number
			}
		}
	}
	if c.Preset == 0 {
		return c, fmt.Errorf("there is no preset %q (greenroomctl devices lists them)", rest)
	}
	return c, nil
}

// camera switches the camera on or off, or to another one.
func camera(ctx context.Context, client *localapi.Client, rest string) (room.Command, error) {
	if rest == "on" || rest == "off" {
		return room.Command{Do: room.CommandCamera, On: rest == "on"}, nil
	}
	c := room.Command{Do: room.CommandUseCamera}
	st, err := client.State(ctx)
	if err != nil {
		return c, err
	}
	same := 0
	for _, known := range st.Devices.Cameras {
		switch {
		case known.ID == rest:
			c.Text = rest
			return c, nil
		case strings.EqualFold(known.Label, rest):
			c.Text = known.ID
			same++
		}
	}
	switch same {
	case 0:
		return c, fmt.Errorf("there is no camera %q (greenroomctl devices lists them)", rest)
	case 1:
		return c, nil
	}
	return c, fmt.Errorf("there are %d cameras %q: name one by where it is plugged in, as greenroomctl devices lists it", same, rest)
}

// cameras lists those that can be used, a line each.
func cameras(all []room.Camera) []string {
	var lines []string
	for _, c := range all {
		used := ""
		if c.InUse {
			used = ", in use"
		}
		lines = append(lines, fmt.Sprintf("%-11s %s (%s)%s", "choice", c.Label, c.ID, used))
	}
	return lines
}

// adjust makes the command that adjusts the camera.
func adjust(ctx context.Context, client *localapi.Client, words []string) (room.Command, error) {
	c := room.Command{Do: room.CommandAdjust, Text: words[1]}
	var err error
	if c.Value, err = strconv.Atoi(words[2]); err == nil {
		return c, nil
	}
	if words[2] != "default" {
		return c, errUsage{fmt.Sprintf("adjust takes a whole number or default, not %q", words[2])}
	}
	st, err := client.State(ctx)
	if err != nil {
		return c, err
	}
	for _, a := range st.Devices.Adjustments {
		if a.Name == c.Text {
			c.Value = a.Default
			return c, nil
		}
	}
	return c, nil // the room says what is wrong
}

// adjustments lists what can be adjusted, a line each.
func adjustments(all []room.Adjustment) []string {
	var lines []string
	for _, a := range all {
		idle := ""
		if a.Idle {
			idle = ", without effect now"
		}
		lines = append(lines, fmt.Sprintf("%-11s %s %d (%d to %d, default %d)%s", "adjustable", a.Name, a.Value, a.Least, a.Most, a.Default, idle))
	}
	return lines
}

// usualSpeed is how fast the camera turns when nothing is said, in percent.
const usualSpeed = 50

func turn(words []string) (room.Command, error) {
	c := room.Command{Do: room.CommandTurn}
	speed := usualSpeed
	if len(words) > 2 {
		var err error
		if speed, err = strconv.Atoi(words[2]); err != nil || speed < 1 || speed > 100 {
			return c, errUsage{fmt.Sprintf("turn takes a speed of 1 to 100 percent, not %q", words[2])}
		}
	}
	switch words[1] {
	case "left":
		c.Pan = -speed
	case "right":
		c.Pan = speed
	case "up":
		c.Tilt = speed
	case "down":
		c.Tilt = -speed
	case "in":
		c.Zoom = speed
	case "out":
		c.Zoom = -speed
	case "stop":
	default:
		return c, errUsage{fmt.Sprintf("turn takes left, right, up, down, in, out or stop, not %q", words[1])}
	}
	return c, nil
}

func display(words []string) (room.Command, error) {
	what, rest := words[1], strings.Join(words[2:], " ")
	switch {
	case what == "on" && rest == "", what == "off" && rest == "":
		return room.Command{Do: room.CommandDisplay, On: what == "on"}, nil
	case what == "mute" && rest == "", what == "unmute" && rest == "":
		return room.Command{Do: room.CommandDisplayMute, On: what == "mute"}, nil
	case what == "input" && rest != "":
		return room.Command{Do: room.CommandDisplayInput, Text: rest}, nil
	case what == "volume" && rest != "":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 || n > 100 {
			return room.Command{}, errUsage{fmt.Sprintf("display volume takes 0 to 100, not %q", rest)}
		}
		return room.Command{Do: room.CommandDisplayVolume, Volume: n}, nil
	}
	return room.Command{}, errUsage{"display takes on, off, mute, unmute, input NAME or volume 0..100"}
}

// pressed waits for what comes of a press.
func (p program) pressed(ctx context.Context, client *localapi.Client, req request, name string) error {
	for st, err := range client.Watch(ctx) {
		if err != nil {
			return err
		}
		for _, c := range st.Devices.Controls {
			switch {
			case c.Name != name:
			case c.Outcome == room.ControlFailed:
				return fmt.Errorf("%s: %s", name, c.Text)
			case c.Outcome == room.ControlDone:
				return p.show(req, st, func(room.State) string { return name + ": done" })
			}
		}
	}
	return errors.New("not waiting any longer for what comes of it")
}

// equipment says how what stands in the room is, a line each.
func equipment(d room.Devices) []string {
	var lines []string
	line := func(what string, l room.Line, further string) {
		text := string(l.State)
		if l.Name != "" && what != "button" {
			text = l.Name + ", " + text
		}
		if l.Reason != "" {
			text += ": " + l.Reason
		}
		text = fmt.Sprintf("%-11s %s%s; since %s", what, text, further, l.Since.Local().Format("2006-01-02 15:04:05"))
		if l.Tries > 0 {
			text += ", " + counted(l.Tries, "further try")
		}
		lines = append(lines, text)
	}
	if h := d.Head; h != nil {
		further := ""
		for _, p := range h.Presets {
			further += fmt.Sprintf(", preset %d %s", p.Number, p.Name)
		}
		line("turning", h.Line, further)
	}
	if w := d.Display; w != nil {
		further := ", power " + w.Power
		if w.Input != "" {
			further += ", input " + w.Input
		}
		if w.Volume >= 0 {
			further += fmt.Sprintf(", volume %d", w.Volume)
		}
		if w.Muted {
			further += ", muted"
		}
		line("display", w.Line, further)
	}
	for _, c := range d.Controls {
		further := ""
		if c.Outcome != room.ControlUntouched {
			further = fmt.Sprintf(", last press %s at %s", c.Outcome, c.Pressed.Local().Format("15:04:05"))
		}
		if c.Text != "" {
			further += ": " + c.Text
		}
		l := c.Line
		line("button", l, fmt.Sprintf(" (%s)%s", c.Name, further))
	}
	for _, b := range d.MuteButtons {
		further := ", no light"
		if b.Light {
			further = ""
		}
		line("mute button", b.Line, further)
	}
	return lines
}

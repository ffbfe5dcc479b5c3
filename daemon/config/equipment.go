package config

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"

	"greenroom/devices/camera/commands"
	"greenroom/devices/controls"
	"greenroom/devices/display/cec"
	"greenroom/devices/display/pjlink"
	"greenroom/devices/display/table"
	"greenroom/devices/serial"
)

// The keys of what the room turns, switches and presses, and their checks.

func cameraControlKeys() []Key {
	return []Key{
		oneOf("camera.control", ControlNone, "How the panel turns the camera: visca is Sony's protocol over RS-232.",
			func(c *Config) *string { return &c.Camera.Control.Kind }, ControlNone, ControlVISCA),
		text("camera.control_port", "", "absolute path", "With control visca: the serial port. /dev/serial/by-id/... stays the same in every socket.",
			func(c *Config) *string { return &c.Camera.Control.Port }, checkPath),
		text("camera.control_line", "9600 8N1", "bits a second, then data bits, parity and stop bits", "With control visca: how the port is set, as the camera is.",
			func(c *Config) *string { return &c.Camera.Control.Line }, checkLine),
		number("camera.control_address", 1, 1, 7, "number", "With control visca: which camera it is of those on the cable.",
			func(c *Config) *int { return &c.Camera.Control.Address }, nil),
		words("camera.presets", "names, up to 16, of 1 to 32 characters", "With control visca: the names of the camera's presets on the panel, from preset 1 on (0 in the camera's own count).",
			func(c *Config) *[]string { return &c.Camera.Control.Presets }, checkPresets),
	}
}

func displayKeys() []Key {
	return []Key{
		oneOf("display.kind", DisplayNone, "How the display on the wall is switched: serial by a table of its maker's commands, pjlink over the network, cec over the HDMI cable.",
			func(c *Config) *string { return &c.Display.Kind }, DisplayNone, DisplaySerial, DisplayPJLink, DisplayCEC),
		text("display.port", "", "absolute path", "With kind serial: the serial port. /dev/serial/by-id/... stays the same in every socket.",
			func(c *Config) *string { return &c.Display.Port }, checkPath),
		bitRate("display.bit_rate", 300, 921_600, "With kind serial: how fast the port is. 0: as the model's table says.",
			func(c *Config) *int { return &c.Display.BitRate }),
		number("display.set", 1, 0, 255, "number", "With kind serial: which display it is of those on the cable, where the protocol has such numbers.",
			func(c *Config) *int { return &c.Display.Set }, nil),
		text("display.model", "", "samsung-mdc, lg-setid, sony-bravia, or the absolute path of a file", "With kind serial: the table of the maker's commands. devices/display/table says how to write one.",
			func(c *Config) *string { return &c.Display.Model }, nil),
		text("display.address", "", "host, or host:port", "With kind pjlink: where the display answers. Without a port: 4352.",
			func(c *Config) *string { return &c.Display.Address }, checkAddress),
		text("display.password", "", "name of a systemd credential", "With kind pjlink: the credential that holds the password. Empty: none. Never the password itself.",
			func(c *Config) *string { return &c.Display.Password }, checkCredentialOrNone),
		text("display.device", "/dev/cec0", "absolute path", "With kind cec: the kernel's CEC device of the HDMI output.",
			func(c *Config) *string { return &c.Display.Device }, checkFolder),
		text("display.input", "", "a name of the table, a number of PJLink's, or own over CEC", "Which input is switched to after the display is switched on. Empty: the display's own choice.",
			func(c *Config) *string { return &c.Display.Input }, nil),
		number("display.off_after", 15, 0, 1440, "minutes", "How long the room is idle before it switches the display off. 0: never.",
			func(c *Config) *int { return &c.Display.OffAfter }, nil),
	}
}

func controlsKeys() []Key {
	return []Key{
		text("controls.file", "", "absolute path", "A YAML file with the room's own buttons on the panel (lights, blinds): what each sends by a serial port, and which answer it awaits. devices/controls says how to write one. Empty: there are none.",
			func(c *Config) *string { return &c.Controls.File }, checkPath),
	}
}

// words is a list of words that is no command line.
func words(name, values, doc string, field func(*Config) *[]string, check func([]string) error) Key {
	return Key{
		Name: name, Default: "[]", Values: values, Doc: doc, field: func(c *Config) any { return field(c) },
		check: func(v any) error { return check(v.([]string)) },
	}
}

func checkLine(line string) error {
	if _, err := serial.ParseSettings(line); err != nil {
		return fmt.Errorf("is no setting of a serial port: %w", err)
	}
	return nil
}

// maxPresets is how many presets a panel has room for.
const maxPresets = 16

func checkPresets(names []string) error {
	if len(names) > maxPresets {
		return fmt.Errorf("has %d names: at most %d fit the panel", len(names), maxPresets)
	}
	for _, name := range names {
		if checkName(name) != nil || len([]rune(name)) > 32 {
			return fmt.Errorf("has %.40q in it: a name has 1 to 32 characters that can be shown", name)
		}
	}
	return nil
}

func checkCredentialOrNone(name string) error {
	if name == "" {
		return nil
	}
	return checkCredential(name)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

func checkAddress(address string) error {
	if address == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(PJLinkAddress(address))
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || net.ParseIP(host) == nil && !hostName.MatchString(host) {
		return fmt.Errorf("is %q: it must be the display's name or address, such as 192.0.2.7 or display.example.org:4352", address)
	}
	return nil
}

// PJLinkAddress adds the standard's port where there is none.
func PJLinkAddress(address string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(address, pjlink.Port)
}

// checkEquipment returns what is wrong between values that are right alone. Each serial port belongs to one thing.
func checkEquipment(c Config) map[string]error {
	wrong := map[string]error{}
	ports := map[string]string{}
	own := func(key, port string) {
		switch other, taken := ports[port]; {
		case port == "":
			wrong[key] = errors.New("is missing: which serial port is it, such as one in /dev/serial/by-id")
		case taken:
			wrong[key] = fmt.Errorf("is %s, which %s has already: a serial port belongs to one thing", port, other)
		default:
			ports[port] = key
		}
	}
	if c.Camera.Control.Kind == ControlVISCA {
		own("camera.control_port", c.Camera.Control.Port)
	}
	if d := c.Display; d.Kind == DisplaySerial {
		own("display.port", d.Port)
		checkModel(d, wrong)
	}
	if d := c.Display; d.Kind == DisplayPJLink && d.Address == "" {
		wrong["display.address"] = errors.New("is missing: with display.kind pjlink it says where the display answers")
	}
	if d := c.Display; d.Kind == DisplayCEC && d.Input != "" && d.Input != cec.Own {
		wrong["display.input"] = fmt.Errorf("is %q: over CEC there is only %s, the input that this machine is at", d.Input, cec.Own)
	}
	if c.Camera.File != "" {
		if _, err := commands.Load(c.Camera.File); err != nil {
			wrong["camera.file"] = fmt.Errorf("cannot be used: %w", err)
		}
	}
	if c.Controls.File == "" {
		return wrong
	}
	t, err := controls.Load(c.Controls.File)
	if err != nil {
		wrong["controls.file"] = fmt.Errorf("cannot be used: %w", err)
		return wrong
	}
	for name, p := range t.Ports {
		if other, taken := ports[p.Device]; taken {
			wrong["controls.file"] = fmt.Errorf("has port %s on %s, which %s has already: a serial port belongs to one thing", name, p.Device, other)
		}
	}
	return wrong
}

func checkModel(d Display, wrong map[string]error) {
	if d.Model == "" {
		wrong["display.model"] = errors.New("is missing: with display.kind serial it says which commands the display understands")
		return
	}
	t, err := table.Load(d.Model)
	if err != nil {
		wrong["display.model"] = fmt.Errorf("cannot be used: %w", err)
		return
	}
	if t.ID != nil && (d.Set < t.ID.Least || d.Set > t.ID.Most) {
		wrong["display.set"] = fmt.Errorf("is %d: of %s it can be %d to %d", d.Set, t.Model, t.ID.Least, t.ID.Most)
	}
	if _, ok := t.Inputs[d.Input]; d.Input != "" && !ok {
		wrong["display.input"] = fmt.Errorf("is %q: %s has %v", d.Input, t.Model, t.InputNames())
	}
}

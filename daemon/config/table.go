package config

import (
	"fmt"
	"strings"

	"greenroom/keystore/tpm"
)

// Key is one key of the configuration.
type Key struct {
	Name    string // "camera.bit_rate"
	Default string // as it stands in the file
	Kind    string // "text", "whole number", "true or false", "list of words"
	Values  string // unit, range or allowed values, in words; empty: the kind says it all
	Doc     string // what it does

	field func(*Config) any // a pointer to *string, *int, *bool, *[]string or *slog.Level
	check func(any) error   // of the value alone; nil: nothing to check
}

// Variable returns the environment variable of the key.
func (k Key) Variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// Takes says in words what values the key takes.
func (k Key) Takes() string {
	switch {
	case k.Values == "":
		return k.Kind
	case k.Kind == "text":
		return k.Values
	}
	return k.Kind + ": " + k.Values
}

const variablePrefix = "GREENROOM_"

// Keys returns all keys, in the order in which they are documented. It is the one place that knows them.
func Keys() []Key {
	var keys []Key
	for _, section := range [][]Key{
		roomKeys(), hubKeys(), calendarKeys(), folderKeys(), keystoreKeys(), cameraKeys(), cameraControlKeys(), videoKeys(), microphoneKeys(), contentKeys(),
		screenKeys(), displayKeys(), controlsKeys(), otherKeys(),
	} {
		keys = append(keys, section...)
	}
	for i := range keys {
		keys[i].Kind = kindOf(keys[i].field(&Config{}))
	}
	return keys
}

func roomKeys() []Key {
	return []Key{
		text("room.name", "", "1 to 64 characters; required", "The room's name, on the screen and the panel until the hub gives another.",
			func(c *Config) *string { return &c.Room.Name }, checkName),
		text("room.time_zone", "", "IANA name, such as Europe/Zurich", "The zone of all times that are shown. Empty: the machine's own.",
			func(c *Config) *string { return &c.Room.TimeZone }, checkZone),
		oneOf("room.language", "en", "The language of the screen and the panel.",
			func(c *Config) *string { return &c.Room.Language }, "en", "de"),
		yesNo("room.clock_24h", true, "Times are shown as 17:00 rather than 5:00 pm.",
			func(c *Config) *bool { return &c.Room.Clock24h }),
	}
}

func hubKeys() []Key {
	return []Key{
		text("hub.url", "", "https address; required", "The organisation's hub.",
			func(c *Config) *string { return &c.Hub.URL }, checkHub),
		text("hub.ca", "", "absolute path", "A PEM file with the certificate authority of the hub. Empty: those that the machine trusts.",
			func(c *Config) *string { return &c.Hub.CA }, checkPath),
	}
}

func calendarKeys() []Key {
	return []Key{
		text("calendar.credential", "", "name of a systemd credential", "The credential that holds the https address of the room's calendar, an iCalendar file. Who knows such an address can read the calendar, so it does not stand here. Empty: the room does not know what it is booked for.",
			func(c *Config) *string { return &c.Calendar.Credential }, checkCredentialOrNone),
		text("calendar.ca", "", "absolute path", "A PEM file with the certificate authority of the calendar's server. Empty: those that the machine trusts.",
			func(c *Config) *string { return &c.Calendar.CA }, checkPath),
	}
}

func folderKeys() []Key {
	return []Key{
		text("state.dir", "/var/lib/greenroom", "absolute path", "What must last: the keystore, and kept.json with what people have set (volume, layout, adjustments of cameras, muted or not). Only one greenroomd may use it.",
			func(c *Config) *string { return &c.State.Dir }, checkFolder),
		text("runtime.dir", "/run/greenroom", "absolute path", "What lasts until the next start: sockets, and the address of the screen page.",
			func(c *Config) *string { return &c.Runtime.Dir }, checkFolder),
	}
}

func keystoreKeys() []Key {
	return []Key{
		oneOf("keystore.backend", BackendAuto, "Where the identity key is. auto stays with what the room was set up with, and takes the TPM for a new room if it works, else a file. greenroomctl keys move changes it.",
			func(c *Config) *string { return &c.Keystore.Backend }, BackendAuto, BackendFile, BackendTPM),
		text("keystore.device", tpm.DefaultDevice, "absolute path", "The TPM: a device file, or the unix socket of a TPM in software.",
			func(c *Config) *string { return &c.Keystore.Device }, checkFolder),
		numbers("keystore.pcrs", 0, 23, "The PCRs that a new identity in the TPM is bound to: it signs only while they measure the same as when it was made. Empty (best): none, as an update of firmware or kernel changes them.",
			func(c *Config) *[]int { return &c.Keystore.PCRs }),
		oneOf("keystore.protection", ProtectionCredential, "With a file: what it is encrypted with. none leaves it open to whoever reads the disk: for development.",
			func(c *Config) *string { return &c.Keystore.Protection }, ProtectionCredential, ProtectionPassphrase, ProtectionNone),
		text("keystore.credential", "greenroom.keystore-key", "name of a systemd credential", "With protection credential: the credential that holds the key, 32 random bytes or more.",
			func(c *Config) *string { return &c.Keystore.Credential }, checkCredential),
		text("keystore.passphrase", "greenroom.keystore-passphrase", "name of a systemd credential", "With protection passphrase: the credential that holds the passphrase. Never the passphrase itself.",
			func(c *Config) *string { return &c.Keystore.Passphrase }, checkCredential),
	}
}

func cameraKeys() []Key {
	return []Key{
		oneOf("camera.source", SourceAuto, "Where the picture comes from. auto takes the first camera and does without one; camera waits for one; pipe runs camera.command.",
			func(c *Config) *string { return &c.Camera.Source }, SourceAuto, SourceNone, SourceCamera, SourcePipe),
		text("camera.device", "", "label or path", "Which camera. Empty: the first.",
			func(c *Config) *string { return &c.Camera.Device }, nil),
		list("camera.command", "With source pipe: the program and its arguments. It writes Y4M (4:2:0) to its standard output.",
			func(c *Config) *[]string { return &c.Camera.Command }),
		text("camera.file", "", "absolute path", "A YAML file with further cameras that the panel offers beside those of this machine, such as cameras in the network: a name and a command each. devices/camera/commands says how to write one. Empty: there are none.",
			func(c *Config) *string { return &c.Camera.File }, checkPath),
		number("camera.width", 1280, 160, 3840, "pixels, even", "Width of the picture.",
			func(c *Config) *int { return &c.Camera.Width }, checkEven),
		number("camera.height", 720, 90, 2160, "pixels, even", "Height of the picture.",
			func(c *Config) *int { return &c.Camera.Height }, checkEven),
		number("camera.fps", 30, 1, 60, "frames a second", "Frame rate.",
			func(c *Config) *int { return &c.Camera.FPS }, nil),
		bitRate("camera.bit_rate", 50_000, 20_000_000, "Bit rate of the encoded picture. 0: by its size and frame rate.",
			func(c *Config) *int { return &c.Camera.BitRate }),
		yesNo("camera.enabled_at_start", true, "The camera is on when the room starts, unless people had switched it off.",
			func(c *Config) *bool { return &c.Camera.EnabledAtStart }),
	}
}

func videoKeys() []Key {
	return []Key{
		oneOf("video.codec", CodecVP8, "How the camera's picture is encoded. vp8: by the processor, in up to three sizes, of which each receiver gets one; every browser shows it. h264: by a hardware encoder behind Video4Linux, in one size; without one there is no picture. auto: h264 if such an encoder makes pictures when greenroomd starts, else vp8. Every room shows both; a guest's browser may not have H.264.",
			func(c *Config) *string { return &c.Video.Codec }, CodecVP8, CodecH264, CodecAuto),
		text("video.encoder", "", "absolute path", "With codec h264 or auto: the hardware encoder's device file, such as /dev/video11. Empty: the first that encodes H.264.",
			func(c *Config) *string { return &c.Video.Encoder }, checkPath),
	}
}

func microphoneKeys() []Key {
	return []Key{
		oneOf("microphone.source", SourceAuto, "Where the sound comes from. auto takes the first microphone and does without one; microphone waits for one; pipe runs microphone.command.",
			func(c *Config) *string { return &c.Microphone.Source }, SourceAuto, SourceNone, SourceMicrophone, SourcePipe),
		text("microphone.device", "", "label or ALSA name", "Which microphone. Empty: the first.",
			func(c *Config) *string { return &c.Microphone.Device }, nil),
		list("microphone.command", "With source pipe: the program and its arguments. It writes signed 16-bit little endian samples at 48 kHz to its standard output.",
			func(c *Config) *[]string { return &c.Microphone.Command }),
		oneOf("microphone.echo", EchoAuto, "What takes the loudspeaker's echo out of the sound. auto: PipeWire's canceller (greenroom-sound.service) if it runs, else a speakerphone that says that it does, else the first microphone, and the panel warns. pipewire waits for the canceller; device: the microphone does it, whatever it says; none: nothing, and no warning (headsets).",
			func(c *Config) *string { return &c.Microphone.Echo }, EchoAuto, EchoPipeWire, EchoDevice, EchoNone),
		number("microphone.channels", 1, 1, 2, "channels", "1 is mono, 2 is stereo.",
			func(c *Config) *int { return &c.Microphone.Channels }, nil),
		bitRate("microphone.bit_rate", 6_000, 510_000, "Bit rate of the encoded sound. 0: by the number of channels.",
			func(c *Config) *int { return &c.Microphone.BitRate }),
		yesNo("microphone.enabled_at_start", true, "The microphone is on (not muted) when the room starts, unless people had muted it.",
			func(c *Config) *bool { return &c.Microphone.EnabledAtStart }),
	}
}

func contentKeys() []Key {
	return []Key{
		oneOf("content.source", SourceNone, "Where the picture comes from that people share from the panel. camera is an HDMI input, which the system lists as a camera; pipe runs content.command. It is open only while it is shared.",
			func(c *Config) *string { return &c.Content.Source }, SourceNone, SourceCamera, SourcePipe),
		text("content.device", "", "label or path; required with camera", "Which HDMI input. Name the room's camera in camera.device then, so that each is what it is.",
			func(c *Config) *string { return &c.Content.Device }, nil),
		list("content.command", "With source pipe: the program and its arguments. It writes Y4M (4:2:0) to its standard output.",
			func(c *Config) *[]string { return &c.Content.Command }),
		number("content.width", 1920, 160, 3840, "pixels, even", "Width of the picture.",
			func(c *Config) *int { return &c.Content.Width }, checkEven),
		number("content.height", 1080, 90, 2160, "pixels, even", "Height of the picture.",
			func(c *Config) *int { return &c.Content.Height }, checkEven),
		number("content.fps", 15, 1, 60, "frames a second", "Frame rate. Text needs sharpness, films need more pictures.",
			func(c *Config) *int { return &c.Content.FPS }, nil),
		bitRate("content.bit_rate", 50_000, 20_000_000, "Bit rate of the encoded picture. 0: by its size and frame rate.",
			func(c *Config) *int { return &c.Content.BitRate }),
	}
}

func screenKeys() []Key {
	return []Key{
		text("screen.listen", "127.0.0.1:7801", "loopback address and port; port 0 takes a free one", "Where the screen and panel pages are served to this machine.",
			func(c *Config) *string { return &c.Screen.Listen }, checkLoopback),
		number("screen.slots", 9, 1, 25, "pictures", "How many pictures of others are shown at a time.",
			func(c *Config) *int { return &c.Screen.Slots }, nil),
		number("screen.volume", 80, 0, 100, "percent", "How loud the others are played until somebody sets another volume, which then outlasts a restart.",
			func(c *Config) *int { return &c.Screen.Volume }, nil),
	}
}

func otherKeys() []Key {
	return []Key{
		text("control.socket", "", "absolute path", "The socket of greenroomctl. Empty: greenroomd.sock in runtime.dir.",
			func(c *Config) *string { return &c.Control.Socket }, checkPath),
		text("control.group", "", "group name", "May use the socket. Empty: only greenroomd's own user, and root.",
			func(c *Config) *string { return &c.Control.Group }, checkGroup),
		text("control.admin_group", "", "group name", "May change the room's key (greenroomctl keys). With control.group its members have to be in both groups. Empty: only greenroomd's own user, and root.",
			func(c *Config) *string { return &c.Control.AdminGroup }, checkGroup),
		text("capture.program", "", "absolute path", "The program that reads camera and microphone. Empty: greenroom-capture beside greenroomd.",
			func(c *Config) *string { return &c.Capture.Program }, checkPath),
		yesNo("relay.include_loopback", false, "Offer 127.0.0.1 to the relay. Only for a relay on the same machine, in development.",
			func(c *Config) *bool { return &c.Relay.IncludeLoopback }),
		level("log.level", "info", "How much is logged.",
			func(c *Config) any { return &c.Log.Level }, "debug", "info", "warn", "error"),
		oneOf("log.format", "text", "How the log is written.",
			func(c *Config) *string { return &c.Log.Format }, "text", "json"),
	}
}

func text(name, def, values, doc string, field func(*Config) *string, check func(string) error) Key {
	k := Key{Name: name, Default: def, Values: values, Doc: doc, field: func(c *Config) any { return field(c) }}
	if check != nil {
		k.check = func(v any) error { return check(v.(string)) }
	}
	return k
}

func oneOf(name, def, doc string, field func(*Config) *string, allowed ...string) Key {
	return text(name, def, strings.Join(allowed, ", "), doc, field, func(s string) error { return checkOneOf(s, allowed) })
}

func level(name, def, doc string, field func(*Config) any, allowed ...string) Key {
	return Key{Name: name, Default: def, Values: strings.Join(allowed, ", "), Doc: doc, field: field}
}

func yesNo(name string, def bool, doc string, field func(*Config) *bool) Key {
	return Key{Name: name, Default: fmt.Sprint(def), Doc: doc, field: func(c *Config) any { return field(c) }}
}

func number(name string, def, least, most int, unit, doc string, field func(*Config) *int, check func(int) error) Key {
	return Key{
		Name: name, Default: fmt.Sprint(def), Values: fmt.Sprintf("%s, %d to %d", unit, least, most), Doc: doc,
		field: func(c *Config) any { return field(c) },
		check: func(v any) error { return checkNumber(v.(int), least, most, unit, check) },
	}
}

// bitRate is a number of which 0, the default, leaves the choice to the encoder.
func bitRate(name string, least, most int, doc string, field func(*Config) *int) Key {
	k := number(name, 0, least, most, "", doc, field, nil)
	k.Values = fmt.Sprintf("0, or %d to %d bits a second", least, most)
	k.check = func(v any) error {
		if n := v.(int); n != 0 && (n < least || n > most) {
			return fmt.Errorf("is %d: it can be %s", n, k.Values)
		}
		return nil
	}
	return k
}

// numbers is a list of whole numbers, each of them once.
func numbers(name string, least, most int, doc string, field func(*Config) *[]int) Key {
	return Key{
		Name: name, Default: "[]", Values: fmt.Sprintf("each %d to %d", least, most), Doc: doc,
		field: func(c *Config) any { return field(c) },
		check: func(v any) error { return checkNumbers(v.([]int), least, most) },
	}
}

func list(name, doc string, field func(*Config) *[]string) Key {
	return Key{Name: name, Default: "[]", Values: "program and arguments", Doc: doc, field: func(c *Config) any { return field(c) }}
}

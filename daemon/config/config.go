package config

import (
	"log/slog"
	"path/filepath"
)

// Config is the whole configuration of greenroomd. The keys, their defaults and units are in REFERENCE.md.
type Config struct {
	Room       Room
	Hub        Hub
	Calendar   Calendar
	State      State
	Runtime    Runtime
	Keystore   Keystore
	Camera     Camera
	Microphone Microphone
	Content    Content
	Video      Video
	Capture    Capture
	Screen     Screen
	Control    Control
	Display    Display
	Controls   Controls
	Relay      Relay
	Log        Log
}

// Room is what the room is.
type Room struct {
	Name     string
	TimeZone string // IANA name, never empty after Load
	Language string // "en" or "de"
	Clock24h bool
}

// Hub is the organisation's server.
type Hub struct {
	URL string // https, without a path at its end
	CA  string // PEM file with the certificate authority to trust; empty: the machine's own
}

// Calendar is what the room is booked for.
type Calendar struct {
	Credential string // the name of a systemd credential with the calendar's https address; empty: there is none
	CA         string // PEM file with the certificate authority to trust; empty: the machine's own
}

// State is what lasts.
type State struct{ Dir string }

// KeystoreDir is the folder of the keystore.
func (s State) KeystoreDir() string { return filepath.Join(s.Dir, "keystore") }

// Runtime is what lasts until the next start.
type Runtime struct{ Dir string }

// The values of Keystore.Backend.
const (
	BackendAuto = "auto" // what the room was set up with; a new room: the TPM where it works, else a file
	BackendFile = "file"
	BackendTPM  = "tpm"
)

// The values of Keystore.Protection.
const (
	ProtectionCredential = "credential"
	ProtectionPassphrase = "passphrase"
	ProtectionNone       = "none"
)

// Keystore says where the identity key is. Credential and Passphrase are names of systemd credentials.
type Keystore struct {
	Backend    string
	Device     string // the TPM: a device file, or the unix socket of one in software
	PCRs       []int  // a new identity in the TPM signs only while these measure the same; empty: whatever they measure
	Protection string
	Credential string // holds 32 random bytes or more
	Passphrase string // holds the passphrase; a line break at its end does not count
}

// The values of Camera.Source, Microphone.Source and Content.Source.
const (
	SourceAuto       = "auto"       // the first device there is; none is no fault
	SourceNone       = "none"       // no device, and none is missed
	SourceCamera     = "camera"     // Camera: a device, waited for
	SourceMicrophone = "microphone" // Microphone: a device, waited for
	SourcePipe       = "pipe"       // the standard output of a command
)

// Camera says where the picture comes from, and how it is encoded.
type Camera struct {
	Source         string
	Device         string   // label or path; empty: the first
	Command        []string // SourcePipe: writes Y4M to its standard output
	File           string   // absolute path of the list of further cameras; empty: there are none
	Width, Height  int      // pixels
	FPS            int      // frames a second
	BitRate        int      // bits a second; 0: by the size and the frame rate
	EnabledAtStart bool
	Control        CameraControl
}

// The values of CameraControl.Kind.
const (
	ControlNone  = "none"
	ControlVISCA = "visca"
)

// CameraControl says how the camera is turned.
type CameraControl struct {
	Kind    string
	Port    string   // device file of the serial port
	Line    string   // as serial.ParseSettings reads it
	Address int      // of the camera among several on a cable, 1 to 7
	Presets []string // names, from preset 1 on
}

// The values of Display.Kind.
const (
	DisplayNone   = "none"
	DisplaySerial = "serial"
	DisplayPJLink = "pjlink"
	DisplayCEC    = "cec"
)

// Display is what the room's screen is shown on.
type Display struct {
	Kind     string
	Port     string // DisplaySerial: device file of the serial port
	BitRate  int    // DisplaySerial: bits a second; 0: the table's
	Set      int    // DisplaySerial: the number of the display among several on a cable
	Model    string // DisplaySerial: a table's name, or the absolute path of one
	Address  string // DisplayPJLink: host, or host:port
	Password string // DisplayPJLink: the name of a systemd credential; empty: none
	Device   string // DisplayCEC: device file
	Input    string // is switched to after power; empty: the display's own choice
	OffAfter int    // minutes of idleness; 0: never
}

// Controls are the room's own buttons on the panel.
type Controls struct {
	File string // absolute path of their table; empty: there are none
}

// Microphone says where the sound comes from, and how it is encoded.
type Microphone struct {
	Source         string
	Device         string   // label; empty: the first
	Command        []string // SourcePipe: writes signed 16-bit little endian samples at 48 kHz to its standard output
	Channels       int
	Echo           string // EchoAuto ...: what takes the loudspeaker's echo out
	BitRate        int    // bits a second; 0: by the number of channels
	EnabledAtStart bool
}

// The values of Microphone.Echo.
const (
	EchoAuto     = "auto"     // PipeWire's canceller if it runs, else a device that does
	EchoPipeWire = "pipewire" // PipeWire's canceller
	EchoDevice   = "device"   // the device, as whoever configures it knows
	EchoNone     = "none"     // nobody, and none is missed
)

// Content says where the picture of somebody's computer comes from that the room can share: an HDMI input, which appears as
// a camera, or a command.
type Content struct {
	Source        string   // SourceNone, SourceCamera or SourcePipe
	Device        string   // label or path
	Command       []string // SourcePipe: writes Y4M to its standard output
	Width, Height int      // pixels
	FPS           int      // frames a second
	BitRate       int      // bits a second; 0: by the size and the frame rate
}

// The values of Video.Codec.
const (
	CodecVP8  = "vp8"
	CodecH264 = "h264"
	CodecAuto = "auto"
)

// Video is how the camera's picture is encoded.
type Video struct {
	Codec   string // CodecVP8, CodecH264 or CodecAuto; empty: CodecVP8
	Encoder string // device file of the hardware encoder; empty: the first that encodes H.264
}

// Capture is the program that has the devices.
type Capture struct {
	Program string // path; empty: greenroom-capture beside greenroomd
}

// Screen is the page on the wall.
type Screen struct {
	Listen string // loopback address and port; port 0: a free one
	Slots  int    // pictures of others at a time
	Volume int    // how loud the others are played at the start, 0 to 100
}

// Control is the socket of greenroomctl.
type Control struct {
	Socket string // never empty after Load
	Group  string // may use it; empty: only greenroomd's own user, and root
	// AdminGroup may use it too and, beside greenroomd's own user and root, ask for what concerns the room's key.
	AdminGroup string
}

// Relay is the connection that carries the meeting.
type Relay struct {
	IncludeLoopback bool // offer 127.0.0.1 as an address of this machine: only for a relay on this machine
}

// Log is what is written to standard error.
type Log struct {
	Level  slog.Level
	Format string // "text" or "json"
}

// ScreenURLFile is the file in which greenroomd leaves the screen page's address with its token. Only its own user and
// root can read it; systemd hands it to the kiosk as a credential.
func (c Config) ScreenURLFile() string { return filepath.Join(c.Runtime.Dir, "screen.url") }

package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
)

// RoomSpec says what a room of the lab is.
type RoomSpec struct {
	Name string
	// Camera and Microphone are the sections of the configuration; nil: a test picture and spoken words.
	Camera, Microphone map[string]any
	// Content is the section of what the room can share; nil: nothing.
	Content map[string]any
	// Video is the section of how the camera's picture is encoded; nil: as it is by default. Capture is the program that does it;
	// empty: the product's own.
	Video   map[string]any
	Capture string
	// Control is added to the camera's section; Display and Controls are sections of their own. nil: none.
	Control, Display, Controls map[string]any
	// Calendar is the https address of the room's calendar, and CalendarCA the file with its server's certificate; empty:
	// there is none.
	Calendar, CalendarCA string
	// Environment is added to the daemon's, as NAME=value.
	Environment []string
	// Words is what the room says.
	Words string
	Look  Look
	// Width, Height and FPS of the test picture; 0: 1280, 720 and 30.
	Width, Height, FPS int
	// Listen is the address of its pages; empty: a free port.
	Listen string
	// TPM gives the room a TPM in software, where its identity key then is; else it is in a file.
	TPM bool
	// Unknown leaves the room out of the hub's configuration.
	Unknown bool
	// Outside makes the room a guest: the hub knows it, but it is not of the organisation.
	Outside bool
}

// Room is a greenroomd with a folder of its own.
type Room struct {
	Spec RoomSpec

	lab     *Lab
	dir     string
	entry   []map[string]any // what greenroomd prints for the hub's configuration: one room
	process *Process
	tpm     *Process // nil: none, or none that runs
	client  *localapi.Client
}

// ConfigFile is the path of the room's configuration.
func (r *Room) ConfigFile() string { return filepath.Join(r.dir, "greenroomd.yaml") }

// StateDir is the room's state folder.
func (r *Room) StateDir() string { return filepath.Join(r.dir, "state") }

// Socket is the path of the room's control socket.
func (r *Room) Socket() string { return filepath.Join(r.dir, "run", "greenroomd.sock") }

// Log is the path of the room's log.
func (r *Room) Log() string { return filepath.Join(r.lab.Dir, r.name()+".log") }

// PID is the process id of the running daemon.
func (r *Room) PID() int { return r.process.PID() }

func (r *Room) name() string { return strings.ToLower(r.Spec.Name) }

// prepareRoom makes the room's folders, credential and identity.
func (l *Lab) prepareRoom(ctx context.Context, spec RoomSpec) (*Room, error) {
	r := &Room{Spec: spec, lab: l}
	r.dir = filepath.Join(l.Dir, r.name())
	for _, dir := range []string{"state", "run", "credentials"} {
		if err := os.MkdirAll(filepath.Join(r.dir, dir), 0o700); err != nil {
			return nil, err
		}
	}
	if err := r.makeCredential(); err != nil {
		return nil, err
	}
	if err := r.configure(); err != nil {
		return nil, err
	}
	if spec.TPM {
		if err := r.StartTPM(ctx); err != nil {
			return r, err
		}
	}
	return r, r.readIdentity(ctx)
}

// makeCredential makes the credential that systemd would hand over: 32 random bytes, once.
func (r *Room) makeCredential() error {
	path := filepath.Join(r.credentials(), "greenroom.keystore-key")
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	return os.WriteFile(path, key, 0o600)
}

func (r *Room) credentials() string { return filepath.Join(r.dir, "credentials") }

func (r *Room) environment() []string {
	return append([]string{"CREDENTIALS_DIRECTORY=" + r.credentials()}, r.Spec.Environment...)
}

func (r *Room) readIdentity(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, filepath.Join(r.lab.bin, "greenroomd"), "identity", "--config", r.ConfigFile())
	cmd.Env = append(os.Environ(), r.environment()...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return fmt.Errorf("%s's identity: %w", r.Spec.Name, err)
	}
	if err := yaml.Unmarshal(out, &r.entry); err != nil || len(r.entry) != 1 {
		return fmt.Errorf("%s's identity: greenroomd printed %d entries for the hub, where one was expected: %w", r.Spec.Name, len(r.entry), err)
	}
	if r.Spec.Outside {
		r.entry[0]["organisation"] = false
	}
	return nil
}

// configure writes the room's configuration.
func (r *Room) configure() error {
	s := r.Spec
	hub := map[string]any{"url": "https://127.0.0.1:1"} // until the hub has an address
	if r.lab.Hub != nil {
		hub = map[string]any{"url": r.lab.Hub.URL, "ca": r.lab.Hub.CA}
	}
	or := func(v, otherwise int) int {
		if v == 0 {
			return otherwise
		}
		return v
	}
	camera := s.Camera
	if camera == nil {
		width, height, fps := or(s.Width, 1280), or(s.Height, 720), or(s.FPS, 30)
		camera = map[string]any{
			"source": "pipe", "command": PictureCommand(s.Name, s.Look, width, height, fps),
			"width": width, "height": height, "fps": fps,
		}
	}
	camera = maps.Clone(camera)
	maps.Copy(camera, s.Control)
	microphone := s.Microphone
	if microphone == nil {
		microphone = map[string]any{"source": "pipe", "command": SpeechCommand(s.Words)}
	}
	content := s.Content
	if content == nil {
		content = map[string]any{"source": "none"}
	}
	program := s.Capture
	if program == "" {
		program = filepath.Join(r.lab.bin, "greenroom-capture")
	}
	listen := s.Listen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	sections := map[string]any{
		"room":       map[string]any{"name": s.Name, "time_zone": "UTC"},
		"hub":        hub,
		"state":      map[string]any{"dir": r.StateDir()},
		"keystore":   map[string]any{"device": r.tpmSocket()},
		"runtime":    map[string]any{"dir": filepath.Join(r.dir, "run")},
		"camera":     camera,
		"microphone": microphone,
		"content":    content,
		"screen":     map[string]any{"listen": listen},
		"relay":      map[string]any{"include_loopback": true},
		"capture":    map[string]any{"program": program},
	}
	if s.Calendar != "" {
		if err := os.WriteFile(filepath.Join(r.credentials(), "calendar"), []byte(s.Calendar), 0o600); err != nil {
			return err
		}
		sections["calendar"] = map[string]any{"credential": "calendar", "ca": s.CalendarCA}
	}
	if s.Video != nil {
		sections["video"] = s.Video
	}
	if s.Display != nil {
		sections["display"] = s.Display
	}
	if s.Controls != nil {
		sections["controls"] = s.Controls
	}
	return writeYAML(r.ConfigFile(), sections)
}

// Start starts the room and waits until its API answers.
func (r *Room) Start(ctx context.Context) error {
	p, err := startProcess(r.lab.Dir, r.name(), r.environment(), filepath.Join(r.lab.bin, "greenroomd"), "run", "--config", r.ConfigFile())
	if err != nil {
		return err
	}
	return r.adopt(ctx, p)
}

// connect prepares the way to whichever daemon answers on the room's socket.
func (r *Room) connect() { r.client = localapi.NewClient(r.Socket()) }

// adopt makes a process the room's daemon, and waits until its API answers.
func (r *Room) adopt(ctx context.Context, p *Process) error {
	r.process = p
	r.connect()
	return p.poll(ctx, func() bool {
		state, err := r.client.State(ctx)
		return err == nil && (state.Phase != room.PhaseStarting || len(state.Faults) > 0)
	})
}

// Stop stops the room.
func (r *Room) Stop() error {
	if r.process == nil {
		return nil
	}
	p := r.process
	r.process = nil
	r.client.Close()
	return p.Stop()
}

// Kill ends the room at once, as a power cut would.
func (r *Room) Kill() {
	if r.process != nil {
		r.process.Kill()
		r.process = nil
		r.client.Close()
	}
}

// Do gives the room a command.
func (r *Room) Do(ctx context.Context, c room.Command) error {
	_, err := r.client.Do(ctx, c)
	return err
}

// State asks for the room's State.
func (r *Room) State(ctx context.Context) (room.State, error) { return r.client.State(ctx) }

// Await waits for a State for which ok is true, and returns it.
func (r *Room) Await(ctx context.Context, what string, ok func(room.State) bool) (room.State, error) {
	var last room.State
	for state, err := range r.client.Watch(ctx) {
		if err != nil {
			return last, fmt.Errorf("%s, waiting for %s: %w", r.Spec.Name, what, err)
		}
		if last = state; ok(state) {
			return state, nil
		}
	}
	return last, fmt.Errorf("%s, waiting for %s: %w; it is %s", r.Spec.Name, what, context.Cause(ctx), describe(last))
}

// describe puts a State into a line, for messages.
func describe(s room.State) string {
	text := string(s.Phase)
	if s.Joining != nil {
		text += ", step " + string(s.Joining.Step)
	}
	if m := s.Meeting; m != nil {
		text += fmt.Sprintf(", epoch %d, shield %s, link up %t, tiles %v", m.Encryption.Epoch, m.Encryption.Shield, m.Link.Up, m.Tiles)
	}
	if s.Refusal != nil {
		text += ", refused: " + s.Refusal.Text
	}
	for _, f := range s.Faults {
		text += ", fault " + f.Code + ": " + f.Text
	}
	return text
}

// ScreenURL and PanelURL are the addresses of the room's pages, with their tokens.
func (r *Room) ScreenURL() (string, error) { return r.url("screen.url") }

// PanelURL is the address of the room's panel, with its token.
func (r *Room) PanelURL() (string, error) { return r.url("panel.url") }

func (r *Room) url(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, "run", file))
	return strings.TrimSpace(string(text)), err
}

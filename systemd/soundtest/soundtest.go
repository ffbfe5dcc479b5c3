// Package soundtest runs PipeWire as greenroom-sound.service and its two companions do, with the units' own configuration,
// in a folder of its own. Its sound cards are PipeWire's virtual ones, in a room that echoes:
//
//	loudspeaker --(60 ms later, quieter)--> air --> room.microphone --> greenroom.echo.near
//	     |                                   ^                                |
//	     |                        people <---+                                v
//	     +------------------------> greenroom.echo.far --------------> greenroom.microphone
package soundtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The nodes of the room.
const (
	Loudspeaker = "loudspeaker"          // a sink: what the others say is played there
	Air         = "air"                  // a sink: what people in the room say
	Microphone  = "room.microphone"      // a source: it hears both
	Cancelled   = "greenroom.microphone" // a source: what the product makes of it
)

// The virtual devices.
const devices = `
context.objects = [
    { factory = adapter args = {
        factory.name = support.null-audio-sink, node.name = loudspeaker, media.class = Audio/Sink
        audio.position = [ FL FR ], priority.session = 2000 } }
    { factory = adapter args = {
        factory.name = support.null-audio-sink, node.name = air, media.class = Audio/Sink
        audio.position = [ MONO ], priority.session = 10 } }
]
context.modules = [
    { name = libpipewire-module-loopback args = {
        target.delay.sec = 0.06
        capture.props = { node.name = echo.in, stream.capture.sink = true, target.object = loudspeaker }
        playback.props = { node.name = echo.out, target.object = air } } }
    { name = libpipewire-module-loopback args = {
        audio.position = [ MONO ]
        capture.props = { node.name = mic.in, stream.capture.sink = true, target.object = air }
        playback.props = { node.name = room.microphone, media.class = Audio/Source, priority.session = 1000 } } }
]
`

// slow is how a machine may be set up (PipeWire's own configuration does so in a virtual machine), and what the units have to
// put right: large steps, of which the canceller drops a part.
const slow = `
context.properties = {
    default.clock.quantum = 2048, default.clock.min-quantum = 2048
    vm.overrides = { default.clock.min-quantum = 2048 }
}
`

// The three programs, as the units start them; any that ends ends all.
const programs = `
pipewire & first=$!
until pw-cli info 0 >/dev/null 2>&1; do kill -0 $first; sleep 0.1; done
dbus-run-session -- wireplumber &
pipewire-pulse &
wait
`

// Sound is a PipeWire that runs.
type Sound struct {
	dir string
	cmd *exec.Cmd
	log bytes.Buffer
}

// Start starts PipeWire in a folder, and returns when the devices are there. units is the folder of systemd's units.
func Start(ctx context.Context, dir, units string) (*Sound, error) {
	s := &Sound{dir: dir}
	conf := filepath.Join(dir, "conf", "pipewire.conf.d")
	for _, d := range []string{conf, filepath.Join(dir, "run")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"pipewire.conf", "pipewire-pulse.conf", "client.conf", "client-rt.conf"} {
		if err := os.Symlink("/usr/share/pipewire/"+name, filepath.Join(dir, "conf", name)); err != nil {
			return nil, err
		}
	}
	own, err := filepath.Abs(filepath.Join(units, "pipewire/pipewire.conf.d/50-greenroom.conf"))
	if err != nil {
		return nil, err
	}
	if err := os.Symlink(own, filepath.Join(conf, "50-greenroom.conf")); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"40-slow.conf": slow, "90-devices.conf": devices} {
		if err := os.WriteFile(filepath.Join(conf, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	s.cmd = exec.Command("sh", "-euc", programs)
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.environment(), &s.log, &s.log
	isolate(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%w; PipeWire says:\n%s", err, &s.log)
	}
	return s, nil
}

// settle waits until everything is connected, and makes the echo quieter than what is played.
func (s *Sound) settle(ctx context.Context) error {
	links := []string{"greenroom.echo.near:input", "greenroom.echo.far:input", "echo.out:output", "mic.in:input"}
	for {
		linked, _ := s.Run(ctx, "pw-link", "--links")
		missing := ""
		for _, l := range links {
			if !strings.Contains(linked, l) {
				missing += " " + l
			}
		}
		inputs, err := s.Run(ctx, "pactl", "list", "short", "sink-inputs")
		if number, _, ok := strings.Cut(inputs, "\t"); err == nil && ok && missing == "" {
			_, err := s.Run(ctx, "pactl", "set-sink-input-volume", number, "70%")
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not connected:%s: %w", missing, context.Cause(ctx))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// environment is what a program needs to come to this PipeWire.
func (s *Sound) environment() []string {
	return append(os.Environ(), "XDG_RUNTIME_DIR="+s.RuntimeDir(), "HOME="+s.dir, "XDG_STATE_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir,
		"PIPEWIRE_CONFIG_DIR="+filepath.Join(s.dir, "conf"), "PULSE_SERVER="+s.Server(), "DBUS_SESSION_BUS_ADDRESS=")
}

// RuntimeDir is the folder of the sockets.
func (s *Sound) RuntimeDir() string { return filepath.Join(s.dir, "run") }

// Server is the value of PULSE_SERVER.
func (s *Sound) Server() string { return "unix:" + filepath.Join(s.RuntimeDir(), "pulse", "native") }

// Run runs a program that plays, records or asks, and returns what it prints.
func (s *Sound) Run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = s.environment()
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(exit.Stderr))
	}
	return string(out), err
}

// Record records a source: signed 16-bit samples in one channel at 48 kHz, until stop is called, which returns them.
func (s *Sound) Record(source string) (stop func() ([]byte, error), err error) {
	cmd := exec.Command("parecord", "--device="+source, "--rate=48000", "--channels=1", "--format=s16le", "--raw", "--latency-msec=100")
	var samples bytes.Buffer
	cmd.Env, cmd.Stdout = s.environment(), &samples
	isolate(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() ([]byte, error) {
		_ = cmd.Process.Signal(os.Interrupt)
		err := cmd.Wait()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = nil // it was interrupted
		}
		return samples.Bytes(), err
	}, nil
}

// Stop ends PipeWire.
func (s *Sound) Stop() {
	endGroup(s.cmd)
	_ = s.cmd.Wait()
}

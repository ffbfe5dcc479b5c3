//go:build vm

package lab

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// How long a test with a virtual machine may take: its processor is emulated.
const machinePatience = 25 * time.Minute

// mapleSpec is the room in the virtual machine. Its camera and its microphone are the kernel's.
var mapleSpec = RoomSpec{
	Name:       "Maple",
	Camera:     map[string]any{"source": "camera", "device": "vivid", "width": 320, "height": 180, "fps": 10},
	Microphone: map[string]any{"source": "microphone", "device": "hw:0,1"},
}

// Where the kernel's drivers give their devices up, while programs use them, and take them again.
const (
	unplugCamera = "echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind"
	plugCamera   = "echo vivid.0 > /sys/bus/platform/drivers/vivid/bind"
)

// tone is what is played into the sound card, in Hz.
const tone = 1000

// startMaple starts the virtual machine with its devices, and the room in it.
func startMaple(t *testing.T, ctx context.Context, l *Lab) (*Machine, *Room) {
	t.Helper()
	maple := l.Room("Maple")
	began := time.Now()
	m := must[*Machine](t)(l.StartMachine(ctx, maple))
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := m.Run(context.Background(), "journalctl -b --no-pager -n 120 -o cat -u greenroomd -u tone; dmesg | tail -n 20")
			t.Logf("the virtual machine:\n%s", log)
		}
		m.Stop()
	})
	t.Logf("booted in %s: %s", time.Since(began).Round(time.Second), strings.TrimSpace(must[string](t)(m.Run(ctx, "uname -srv"))))
	certificate := must[[]byte](t)(os.ReadFile(l.Hub.CA))
	must[string](t)(m.Run(ctx, fmt.Sprintf("mkdir -p %s; cat > %s <<'END'\n%sEND\nchmod -R a+rX %s", filepath.Dir(l.Hub.CA), l.Hub.CA, certificate, filepath.Dir(l.Dir))))
	must[string](t)(m.Run(ctx, fmt.Sprintf(`
		modprobe vivid node_types=0x1 num_inputs=1 input_types=0
		modprobe snd-aloop
		udevadm settle
		useradd --system --groups video,audio greenroom
		chown -R greenroom %[1]s
		systemd-run --quiet --unit=tone -p Restart=always -p RestartSec=100ms speaker-test -D hw:Loopback,0,0 -c 2 -r 48000 -t sine -f %[2]d
		systemd-run --quiet --unit=greenroomd -p User=greenroom -p SupplementaryGroups="video audio" \
			-E CREDENTIALS_DIRECTORY=%[1]s/credentials %[3]s/greenroomd run --config %[4]s`,
		maple.dir, tone, l.bin, maple.ConfigFile())))
	if err := poll(ctx, m.process.Done(), func() bool { _, err := maple.State(ctx); return err == nil }); err != nil {
		t.Fatalf("the room in the virtual machine does not answer: %v", err)
	}
	await(t, ctx, maple, "the room in the virtual machine", idle)
	return m, maple
}

// newMachineLab starts a lab on the network that it shares with a virtual machine.
func newMachineLab(t *testing.T, specs ...RoomSpec) (context.Context, *Lab) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), machinePatience)
	t.Cleanup(cancel)
	l := must[*Lab](t)(New(t.TempDir()))
	l.Address = MachineHere
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Errorf("the lab did not stop cleanly: %v", err)
		}
		if t.Failed() {
			showLogs(t, l.Dir)
		}
	})
	if err := l.Start(ctx, specs...); err != nil {
		t.Fatal(err)
	}
	return ctx, l
}

// TestMachine: a room on Debian's own kernel, with a camera of Video4Linux and a sound card of ALSA, meets a room here.
// Its picture and its tone arrive; it loses its camera and its sound card, and has them again, in the same meeting.
func TestMachine(t *testing.T) {
	ctx, l := newMachineLab(t, small(aspenSpec), mapleSpec)
	aspen := l.Room("Aspen")
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	m, maple := startMaple(t, ctx, l)
	join := host(t, ctx, aspen)
	do(t, ctx, maple, join)
	await(t, ctx, maple, "Aspen's picture", sees(1))
	seen := await(t, ctx, aspen, "Maple's picture", sees(1))
	person := personOf(t, seen, "Maple")

	screen := openScreen(t, ctx, openBrowser(t, ctx, l), aspen)
	if err := screen.AwaitPicture(ctx, person); err != nil {
		t.Fatal(err)
	}
	expectBars(t, ctx, screen, person)
	expectTone(t, ctx, screen)
	shoot(t, ctx, screen.Page, filepath.Join(shots(t), "machine-meeting.png"))

	before := tileOf(t, seen, person)
	t.Run("camera", func(t *testing.T) {
		gone := awaiting(ctx, aspen, "the placeholder", func(s room.State) bool { return pictures(s) == 0 })
		began := time.Now()
		must[string](t)(m.Run(ctx, unplugCamera))
		if err := gone(); err != nil {
			t.Fatal(err)
		}
		t.Logf("unplugged to placeholder: %s", time.Since(began).Round(10*time.Millisecond))
		await(t, ctx, maple, "its own fault", hasFault(room.FaultCameraAbsent))

		began = time.Now()
		must[string](t)(m.Run(ctx, plugCamera))
		after := await(t, ctx, aspen, "the picture again", sees(1))
		t.Logf("plugged in to picture: %s", time.Since(began).Round(10*time.Millisecond))
		if tile := tileOf(t, after, person); tile.Slot != before.Slot {
			t.Errorf("the picture is in slot %d, and was in slot %d before", tile.Slot, before.Slot)
		}
		expectBars(t, ctx, screen, person)
	})
}

// tileOf returns somebody's tile.
func tileOf(t *testing.T, s room.State, person string) room.Tile {
	t.Helper()
	for _, tile := range s.Meeting.Tiles {
		if tile.Person == person {
			return tile
		}
	}
	t.Fatalf("no tile of %s in %v", person, s.Meeting.Tiles)
	return room.Tile{}
}

// expectBars waits until the tile shows vivid's test picture, and it moves: colour bars, white first.
func expectBars(t *testing.T, ctx context.Context, s Screen, person string) {
	t.Helper()
	began := time.Now()
	if _, err := Eval[bool](ctx, s.Page, fmt.Sprintf("lab.awaitBars(%q)", person)); err != nil {
		t.Fatalf("no colour bars: %v", err)
	}
	w := must[Watched](t)(s.Watch(ctx, person, 4*time.Second))
	t.Logf("colour bars after %s; %.1f pictures a second", time.Since(began).Round(10*time.Millisecond), float64(w.Frames)/4)
	if w.Frames < 4 {
		t.Errorf("%d pictures in 4 s", w.Frames)
	}
}

// expectTone waits until the page plays the tone.
func expectTone(t *testing.T, ctx context.Context, s Screen) {
	t.Helper()
	hz, err := Eval[float64](ctx, s.Page, fmt.Sprintf("lab.awaitTone(%d)", tone))
	if err != nil {
		t.Fatalf("no tone: %v", err)
	}
	t.Logf("a tone of %.0f Hz", hz)
	if math.Abs(hz-tone) > 30 {
		t.Errorf("the tone has %.0f Hz, and %d are played", hz, tone)
	}
}

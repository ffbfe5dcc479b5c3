//go:build vm

package lab

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
	"greenroom/devices/hid/hidtest"
)

// How long a test with a virtual machine may take: its processor is emulated.
const machinePatience = 15 * time.Minute

// mapleSpec is the room in the virtual machine. Its camera and its microphone are the kernel's.
var mapleSpec = RoomSpec{
	Name:       "Maple",
	Camera:     map[string]any{"source": "camera", "device": "vivid-000-vid-cap", "width": 320, "height": 180, "fps": 5},
	Microphone: map[string]any{"source": "microphone", "device": "hw:CARD=Loopback,DEV=1"},
	Control:    map[string]any{"control": "visca", "control_port": "/dev/serial/by-id/" + cameraPortID, "presets": []string{"Table", "White board"}},
	Display:    map[string]any{"kind": "serial", "port": "/dev/ttyS1", "model": "samsung-mdc", "input": "hdmi2"},
	TPM:        true,
}

// Where the kernel's drivers give their devices up, while programs use them, and take them again.
const (
	unplugCamera     = "echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind"
	plugCamera       = "echo vivid.0 > /sys/bus/platform/drivers/vivid/bind"
	unplugMicrophone = "echo snd_aloop.0 > /sys/bus/platform/drivers/snd_aloop/unbind"
	plugMicrophone   = "echo snd_aloop.0 > /sys/bus/platform/drivers/snd_aloop/bind"
)

// What is played into the sound card: a tone, in Hz, as a file of some seconds.
const (
	tone        = 1000
	toneSeconds = 5
)

// writeTone writes the tone: 16-bit samples in two channels at 48 kHz.
func writeTone(path string) error {
	const rate, amplitude = 48_000, 8_000
	var samples []byte
	for i := range rate * toneSeconds {
		v := uint16(int16(amplitude * math.Sin(2*math.Pi*tone*float64(i)/rate)))
		samples = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(samples, v), v)
	}
	return os.WriteFile(path, samples, 0o600)
}

// startMaple starts the virtual machine with its devices, and the room in it.
func startMaple(t *testing.T, ctx context.Context, l *Lab) (*Machine, *Room) {
	t.Helper()
	maple := l.Room("Maple")
	if err := writeTone(filepath.Join(maple.dir, "tone")); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"70-greenroom.rules": must[[]byte](t)(os.ReadFile(filepath.Join(l.Root, "systemd/units/udev/rules.d/70-greenroom.rules"))),
		"speakerphone":       hidtest.Speakerphone(),
	} {
		if err := os.WriteFile(filepath.Join(maple.dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
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
	must[string](t)(m.Run(ctx, fmt.Sprintf("mkdir -p %s; cat > %s <<'END'\n%sEND", filepath.Dir(l.Hub.CA), l.Hub.CA, certificate)))
	must[string](t)(m.Run(ctx, fmt.Sprintf(`
		modprobe vivid node_types=0x1 num_inputs=1 input_types=0
		modprobe snd-aloop pcm_substreams=2
		udevadm settle
		groupadd --system tss
		useradd --system --groups video,audio,dialout,tss greenroom
		chgrp tss /dev/tpmrm0; chmod 660 /dev/tpmrm0
		cp %[1]s/70-greenroom.rules /etc/udev/rules.d/
		udevadm control --reload
		chown -R greenroom %[1]s
		systemd-run --quiet --unit=tone -p Restart=always -p RestartSec=100ms -p StartLimitIntervalSec=0 \
			sh -c 'while cat %[1]s/tone; do :; done | aplay -q -D hw:Loopback,0,0 -t raw -f S16_LE -c 2 -r 48000'`, maple.dir)))
	startUnit(t, ctx, l, m, maple)
	return m, maple
}

// startUnit starts the room there as a service, with settings that go before its configuration's. It returns when the room has
// told systemd that it is ready, and fails if the room ends before.
func startUnit(t *testing.T, ctx context.Context, l *Lab, m *Machine, maple *Room, environment ...string) {
	t.Helper()
	var settings strings.Builder
	for _, s := range environment {
		fmt.Fprintf(&settings, " -E %s", s)
	}
	must[string](t)(m.Run(ctx, fmt.Sprintf(`
		systemd-run --quiet --unit=greenroomd -p Type=notify -p TimeoutStartSec=3min -p User=greenroom -p SupplementaryGroups="video audio dialout tss" \
			-E GREENROOM_KEYSTORE_BACKEND=tpm -E GREENROOM_KEYSTORE_DEVICE=/dev/tpmrm0 -E CREDENTIALS_DIRECTORY=%[1]s/credentials%[4]s %[2]s/greenroomd run --config %[3]s`,
		maple.dir, l.bin, maple.ConfigFile(), settings.String())))
	await(t, ctx, maple, "the room in the virtual machine", idle)
}

// tiny makes a room's picture so small that the emulated processor has little to do with it.
func tiny(s RoomSpec) RoomSpec {
	s.Width, s.Height, s.FPS = 160, 90, 5
	return s
}

// newMachineLab starts a lab on the network that it shares with a virtual machine.
func newMachineLab(t *testing.T, specs ...RoomSpec) (context.Context, *Lab) {
	t.Helper()
	return newLabAt(t, machinePatience, MachineHere, specs)
}

// TestMachine: a room on Debian's own kernel, with a camera of Video4Linux and a sound card of ALSA, meets a room here.
// Its picture and its tone arrive; it loses its camera and its sound card, and has them again, in the same meeting.
func TestMachine(t *testing.T) {
	ctx, l := newMachineLab(t, tiny(aspenSpec), mapleSpec)
	aspen := l.Room("Aspen")
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	m, maple := startMaple(t, ctx, l)
	camera, display := atMachine(t, ctx, m)
	if id := must[room.State](t)(maple.State(ctx)).Identity; id.Backend != "tpm" {
		t.Errorf("the identity key is in %q, and the machine has a TPM", id.Backend)
	}
	join := host(t, ctx, aspen)
	do(t, ctx, maple, join)
	await(t, ctx, maple, "Aspen's picture", sees(1))
	seen := await(t, ctx, aspen, "Maple's picture and sound", heardAndSeen)
	person := personOf(t, seen, "Maple")
	expectOnScreen(t, ctx, l, person, "machine-meeting.png")

	before, _ := tileOf(seen, person, "camera")
	tracks := tracksOf(t, ctx, l)
	for _, device := range []struct {
		name, unplug, plug, fault string
		gone, there               func(room.State) bool
		back                      time.Duration // what is promised
	}{
		{
			"camera", unplugCamera, plugCamera, room.FaultCameraAbsent,
			placeholder, sees(1), 3 * time.Second,
		},
		// The sound library opens every sound card as it starts, which takes over 1 s on an emulated processor.
		{"microphone", unplugMicrophone, plugMicrophone, room.FaultMicrophoneAbsent, mutedThere, heard, 3 * time.Second},
	} {
		t.Run(device.name, func(t *testing.T) {
			var away, back []outage
			for range replugs {
				await(t, ctx, aspen, "the device", device.there)
				away = append(away, replug(t, ctx, m, aspen, device.unplug, device.gone))
				await(t, ctx, maple, "word of it in the room itself", hasFault(device.fault))
				back = append(back, replug(t, ctx, m, aspen, device.plug, device.there))
				await(t, ctx, maple, "no word of it any more", func(s room.State) bool { return inCall(s) && !hasFault(device.fault)(s) })
			}
			expectWithin(t, away, time.Second, "from unplugged until the others see it")
			expectWithin(t, back, device.back, "from plugged in until the others see it")
		})
	}
	after := await(t, ctx, aspen, "picture and sound again", heardAndSeen)
	if tile, there := tileOf(after, person, "camera"); !there || tile.Slot != before.Slot {
		t.Errorf("the picture is in slot %d, and was in slot %d before", tile.Slot, before.Slot)
	}
	if now := tracksOf(t, ctx, l); !reflect.DeepEqual(now, tracks) {
		t.Errorf("something was negotiated anew: the relay's tracks were %v, and are %v", tracks, now)
	}
	expectOnScreen(t, ctx, l, person, "machine-again.png")
	t.Run("serial ports", func(t *testing.T) { expectEquipment(t, ctx, m, maple, camera, display) })
	t.Run("mute button", func(t *testing.T) { expectMuteButton(t, ctx, m, aspen, maple) })
	t.Run("television", func(t *testing.T) { expectTelevision(t, ctx, l, m, maple) })
}

// outage is how long something took, and whether the machine had the processor for it.
type outage struct {
	took    time.Duration
	starved bool
}

func (s outage) String() string {
	if s.starved {
		return s.took.String() + " (starved)"
	}
	return s.took.String()
}

// starvedShare is how much of the time that it could have run the virtual machine may wait for a processor and still be held
// to a time: what else runs here is not the room's fault.
const starvedShare = 1.0 / 3

// replug has something done to a device there, and returns how long it then took until Aspen's State shows it.
func replug(t *testing.T, ctx context.Context, m *Machine, aspen *Room, script string, shown func(room.State) bool) outage {
	t.Helper()
	awaited := make(chan time.Time, 1)
	wait := awaiting(ctx, aspen, "what comes of: "+script, func(s room.State) bool {
		if !shown(s) {
			return false
		}
		awaited <- time.Now()
		return true
	})
	began := time.Now()
	ran, waited := processorTime(t, m)
	must[string](t)(m.Run(ctx, script))
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	ranNow, waitedNow := processorTime(t, m)
	ran, waited = ranNow-ran, waitedNow-waited
	return outage{took: (<-awaited).Sub(began).Round(10 * time.Millisecond), starved: waited > starvedShare*(ran+waited)}
}

// inCall: both are in the meeting, and the link is up.
func inCall(s room.State) bool {
	return s.Phase == room.PhaseMeeting && s.Meeting.Link.Up && len(s.Meeting.People) == 2
}

// placeholder: the other's camera pauses, and there is no picture.
func placeholder(s room.State) bool {
	return inCall(s) && pictures(s) == 0 && slices.ContainsFunc(s.Meeting.People, func(p room.Person) bool { return !p.Self && !p.CameraOn })
}

// mutedThere: the other's microphone pauses.
func mutedThere(s room.State) bool {
	return inCall(s) && slices.ContainsFunc(s.Meeting.People, func(p room.Person) bool { return !p.Self && p.Muted })
}

// heard: the other's sound comes.
func heard(s room.State) bool { return inCall(s) && !mutedThere(s) && hears(s, "Maple") }

// heardAndSeen: the other's picture and sound come.
func heardAndSeen(s room.State) bool { return sees(1)(s) && heard(s) }

// expectOnScreen looks at Aspen's screen: vivid's moving bars, and the tone. The page is closed again: it takes what the
// emulated processor needs.
func expectOnScreen(t *testing.T, ctx context.Context, l *Lab, person, shot string) {
	t.Helper()
	b := openBrowser(t, ctx, l)
	screen := openScreen(t, ctx, b, l.Room("Aspen"))
	if err := screen.AwaitPicture(ctx, person); err != nil {
		t.Fatal(err)
	}
	expectBars(t, ctx, screen, person)
	expectTone(t, ctx, screen)
	shoot(t, ctx, screen.Page, filepath.Join(shots(t), shot))
	b.Close()
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

// processorTime returns how long, in nanoseconds, the virtual machine's threads have run, and how long they could have run and
// had to wait for a processor (Documentation/scheduler/sched-stats.rst in the kernel's source).
func processorTime(t *testing.T, m *Machine) (ran, waited float64) {
	t.Helper()
	threads := must[[]string](t)(filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", m.process.PID())))
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		var r, w float64
		if _, err := fmt.Sscan(string(text), &r, &w); err != nil {
			t.Fatalf("%s: %q: %v", path, text, err)
		}
		ran, waited = ran+r, waited+w
	}
	return ran, waited
}

// replugs is how often each device is unplugged and plugged in. The middle one of what it takes must be as promised.
const replugs = 3

func expectWithin(t *testing.T, samples []outage, promised time.Duration, what string) {
	t.Helper()
	t.Logf("%s: %v", what, samples)
	samples = slices.DeleteFunc(samples, func(s outage) bool { return s.starved && s.took > promised })
	if len(samples) == 0 {
		t.Logf("the virtual machine had too little of the processors to be held to %s", promised)
		return
	}
	slices.SortFunc(samples, func(a, b outage) int { return cmp.Compare(a.took, b.took) })
	if middle := samples[len(samples)/2].took; middle > promised {
		t.Errorf("%s it takes %s, and %s are promised", what, middle, promised)
	}
}

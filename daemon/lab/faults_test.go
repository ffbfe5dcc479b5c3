package lab

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// Bad input and faults: each gives a clear sentence with what to do, and loses nothing.

func idle(s room.State) bool { return s.Phase == room.PhaseIdle }

func refusedWith(code string) func(room.State) bool {
	return func(s room.State) bool { return idle(s) && s.Refusal != nil && s.Refusal.Code == code }
}

func hasFault(code string) func(room.State) bool {
	return func(s room.State) bool {
		for _, f := range s.Faults {
			if f.Code == code && f.Text != "" && f.Do != "" {
				return true
			}
		}
		return false
	}
}

func TestWrongNumberAndPasscode(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Aspen", "Birch")
	join := host(t, ctx, l.Room("Aspen"))
	birch := l.Room("Birch")

	wrong := join
	wrong.Number = "999999999"
	do(t, ctx, birch, wrong)
	await(t, ctx, birch, "word of the wrong number", refusedWith(room.CodeMeetingUnknown))

	wrong = join
	wrong.Passcode = "000000"
	do(t, ctx, birch, wrong)
	await(t, ctx, birch, "word of the wrong passcode", refusedWith(room.CodePasscodeWrong))

	var refusal *room.Refusal
	if err := birch.Do(ctx, room.Command{Do: room.CommandJoin, Number: "not a number"}); !errors.As(err, &refusal) || refusal.Code != room.CodeNumberWrong {
		t.Errorf("a number of letters: %v", err)
	}
	do(t, ctx, birch, join)
	await(t, ctx, birch, "the meeting, after all", sees(1))
}

func TestRoomUnknownToTheHub(t *testing.T) {
	stranger := small(cedarSpec)
	stranger.Unknown = true
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), stranger}, "Aspen", "Cedar")
	join := host(t, ctx, l.Room("Aspen"))
	cedar := l.Room("Cedar")
	await(t, ctx, cedar, "the fault on the screen", hasFault(room.FaultRoomUnknown))
	do(t, ctx, cedar, join)
	await(t, ctx, cedar, "the refusal", refusedWith(room.CodeRoomUnknown))
}

func TestHubAwayAtJoin(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	l.Hub.Kill()
	do(t, ctx, aspen, room.Command{Do: room.CommandMeetNow})
	await(t, ctx, aspen, "word of the hub", func(s room.State) bool {
		return refusedWith(room.CodeHubUnreachable)(s) && hasFault(room.FaultHubUnreachable)(s)
	})
	if err := l.Hub.Start(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the hub again", func(s room.State) bool { return s.Hub.State == room.HubUp })
	host(t, ctx, aspen)
}

// TestHubAwayInMeeting: the meeting goes on, and a hub that comes back takes the rooms into the same meeting.
func TestHubAwayInMeeting(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec), small(cedarSpec)}, "Aspen", "Birch", "Cedar")
	aspen, birch, cedar := l.Room("Aspen"), l.Room("Birch"), l.Room("Cedar")
	join := meet(t, ctx, aspen, birch)
	l.Hub.Kill()
	await(t, ctx, aspen, "word of the hub", func(s room.State) bool { return s.Hub.State == room.HubDown })
	// Not the picture from before: one that goes and comes while the hub is away.
	do(t, ctx, birch, room.Command{Do: room.CommandCamera, On: false})
	await(t, ctx, aspen, "Birch's camera to be off", func(s room.State) bool { return s.Phase == room.PhaseMeeting && pictures(s) == 0 })
	do(t, ctx, birch, room.Command{Do: room.CommandCamera, On: true})
	s := await(t, ctx, aspen, "Birch's picture again", sees(1))
	if s.Hub.State != room.HubDown {
		t.Errorf("the hub is %s; the meeting was to go on without it", s.Hub.State)
	}
	if err := l.Hub.Start(ctx); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, cedar, join)
	for _, r := range []*Room{aspen, birch, cedar} {
		await(t, ctx, r, "the third in the same meeting", sees(2))
	}
}

// TestRelayKilledAndStartedAgain: the rooms are back within 10 s of its return, without anybody's help.
func TestRelayKilledAndStartedAgain(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), small(birchSpec)}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	killed := time.Now()
	if err := l.Relay.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "word that the relay is away, and no picture", func(s room.State) bool {
			return s.Phase == room.PhaseMeeting && !s.Meeting.Link.Up && pictures(s) == 0
		})
	}
	if err := l.Relay.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	const promised = 10 * time.Second
	returned, idle := time.Now(), idleShare(t)
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "the other's picture", func(s room.State) bool {
			return sees(1)(s) && s.Meeting.Link.Since.After(killed)
		})
	}
	took, free := time.Since(returned), idle()
	t.Logf("back %s after the relay; the processors were idle for %.0f%% of that", took.Round(time.Millisecond), 100*free)
	if took > promised && free > enoughIdle {
		t.Errorf("that must take %s at most", promised)
	}
}

// enoughIdle is the share of the processors' time that must have been left over for a test to hold the rooms to a time:
// a machine that is busy with something else is late without their fault.
const enoughIdle = 0.2

// idleShare returns a function that tells which share of the processors' time was not used since.
func idleShare(t *testing.T) func() float64 {
	t.Helper()
	read := func() (idle, all float64) {
		// "cpu user nice system idle iowait irq softirq steal ...", proc(5)
		line, _, _ := strings.Cut(string(must[[]byte](t)(os.ReadFile("/proc/stat"))), "\n")
		for i, field := range strings.Fields(line)[1:9] {
			ticks := must[float64](t)(strconv.ParseFloat(field, 64))
			if all += ticks; i == 3 || i == 4 {
				idle += ticks
			}
		}
		return idle, all
	}
	idle, all := read()
	return func() float64 {
		idleNow, allNow := read()
		return (idleNow - idle) / max(allNow-all, 1)
	}
}

func TestNoCamera(t *testing.T) {
	blind := small(birchSpec)
	blind.Camera = map[string]any{"source": "camera", "device": "no such camera"}
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), blind}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	do(t, ctx, birch, host(t, ctx, aspen))
	s := await(t, ctx, birch, "Aspen's picture, and word of the camera", func(s room.State) bool {
		return sees(1)(s) && s.Devices.Camera.State == room.DeviceAbsent && hasFault(room.FaultCameraAbsent)(s)
	})
	if s.Devices.Camera.Reason == "" {
		t.Error("no sentence about the camera")
	}
	await(t, ctx, aspen, "a placeholder for Birch, who can be heard", func(s room.State) bool {
		return s.Phase == room.PhaseMeeting && len(s.Meeting.People) == 2 && pictures(s) == 0 && hears(s, "Birch")
	})
}

func hears(s room.State, name string) bool {
	for _, p := range s.Meeting.People {
		if p.Name == name && p.Level > 0 {
			return true
		}
	}
	return false
}

// TestCameraDiesAndHangs: a placeholder, more tries, and the meeting goes on. The camera is away for longer than the pause
// before the first try, or nobody would see that it was.
func TestCameraDiesAndHangs(t *testing.T) {
	unplugged := filepath.Join(t.TempDir(), "unplugged")
	spec := small(birchSpec)
	command := PictureCommand(spec.Name, spec.Look, spec.Width, spec.Height, spec.FPS)
	spec.Camera = map[string]any{
		"source": "pipe", "width": spec.Width, "height": spec.Height, "fps": spec.FPS,
		"command": append([]string{"sh", "-c", `test ! -e "$0" && exec "$@"`, unplugged}, command...),
	}
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec), spec}, "Aspen", "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")
	meet(t, ctx, aspen, birch)
	for _, fault := range []struct {
		name   string
		signal syscall.Signal
	}{{"dies", syscall.SIGKILL}, {"hangs", syscall.SIGSTOP}} {
		t.Run(fault.name, func(t *testing.T) {
			without := awaiting(ctx, aspen, "a placeholder for Birch", func(s room.State) bool {
				return s.Phase == room.PhaseMeeting && len(s.Meeting.People) == 2 && pictures(s) == 0
			})
			if err := os.WriteFile(unplugged, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			signalCamera(t, birch, fault.signal)
			s := await(t, ctx, birch, "word of the camera", func(s room.State) bool { return s.Devices.Camera.State == room.DeviceFailed })
			if s.Devices.Camera.Reason == "" || !hasFault(room.FaultCameraFailed)(s) || s.Phase != room.PhaseMeeting {
				t.Errorf("no word about the camera: %s", describe(s))
			}
			if err := without(); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(unplugged); err != nil {
				t.Fatal(err)
			}
			await(t, ctx, birch, "the camera again", func(s room.State) bool { return s.Devices.Camera.State == room.DeviceRunning })
			await(t, ctx, aspen, "Birch's picture again", sees(1))
		})
	}
}

// signalCamera sends a signal to the ffmpeg that is a room's camera.
func signalCamera(t testing.TB, r *Room, signal syscall.Signal) {
	t.Helper()
	pids := must[[]int](t)(descendants(r.PID()))
	sent := 0
	for _, pid := range pids {
		line, _ := os.ReadFile(filepath.Join("/proc", itoa(pid), "cmdline"))
		if args := strings.Split(string(line), "\x00"); filepath.Base(args[0]) == "ffmpeg" && strings.Contains(string(line), "yuv4mpegpipe") {
			sent++
			if err := syscall.Kill(pid, signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	if sent != 1 {
		t.Fatalf("%d camera commands below %d (%v)", sent, r.PID(), pids)
	}
}

func TestCorruptKeystore(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	identity := must[room.State](t)(aspen.State(ctx)).Identity
	if identity.Fingerprint == "" {
		t.Fatal("no fingerprint in State")
	}
	if err := aspen.Stop(); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(aspen.StateDir(), "keystore")
	saved := t.TempDir()
	if err := os.CopyFS(saved, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	damage(t, folder)

	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s := await(t, ctx, aspen, "the fault", func(s room.State) bool { return s.Phase == room.PhaseFault && hasFault(room.FaultKeystoreCorrupt)(s) })
	if s.Identity.Fingerprint != "" {
		t.Errorf("another identity in place of the damaged one: %s", s.Identity.Fingerprint)
	}
	screen := openScreen(t, ctx, openBrowser(t, ctx, l), aspen)
	if err := screen.Await(ctx, `lab.one('[data-testid="fault-code"]').textContent === "`+room.FaultKeystoreCorrupt+`"`); err != nil {
		t.Fatal(err)
	}
	shoot(t, ctx, screen.Page, filepath.Join(shots(t), "screen-fault.png"))
	screen.Close()
	if err := aspen.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, aspen, "the fault, after a restart too", hasFault(room.FaultKeystoreCorrupt))
	if err := aspen.Stop(); err != nil {
		t.Fatal(err)
	}

	// From the backup it is the same room again.
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, os.DirFS(saved)); err != nil {
		t.Fatal(err)
	}
	each(t, folder, func(path string) error {
		return os.Chmod(path, 0o700) // CopyFS makes them readable for others, which the room refuses
	})
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s = await(t, ctx, aspen, "the room", idle)
	if s.Identity != identity {
		t.Errorf("identity %+v, was %+v", s.Identity, identity)
	}
}

// each does something with a folder and all that is below it.
func each(t *testing.T, folder string, do func(path string) error) {
	t.Helper()
	if err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, do(path))
	}); err != nil {
		t.Fatal(err)
	}
}

// damage flips a bit in the middle of every identity file.
func damage(t *testing.T, folder string) {
	t.Helper()
	damaged := 0
	each(t, folder, func(path string) error {
		text, err := os.ReadFile(path)
		if filepath.Ext(path) != ".key" || err != nil {
			return nil
		}
		text[len(text)/2] ^= 1
		damaged++
		return os.WriteFile(path, text, 0o600)
	})
	if damaged == 0 {
		t.Fatalf("there is no identity file below %s", folder)
	}
}

func TestSecondDaemonOnTheSameState(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)}, "Aspen")
	aspen := l.Room("Aspen")
	second := &Room{Spec: RoomSpec{Name: "Second", Camera: map[string]any{"source": "none"}, Microphone: map[string]any{"source": "none"}}, lab: l, dir: filepath.Join(l.Dir, "second")}
	if err := os.MkdirAll(filepath.Join(second.dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"state": aspen.StateDir(), "credentials": aspen.credentials()} {
		if err := os.Symlink(from, filepath.Join(second.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.configure(); err != nil {
		t.Fatal(err)
	}
	if err := second.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Stop() })
	await(t, ctx, second, "the fault", hasFault(room.FaultKeystoreInUse))
	await(t, ctx, aspen, "the first to go on", idle)
	if err := aspen.Stop(); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, second, "the room, once the key is free", func(s room.State) bool {
		return idle(s) && !hasFault(room.FaultKeystoreInUse)(s)
	})
}

// TestFullDisk: a room whose disk is full at its first start says so, and goes on by itself when there is space.
func TestFullDisk(t *testing.T) {
	ctx, l := newLab(t, []RoomSpec{small(aspenSpec)})
	aspen := l.Room("Aspen")
	full := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	config := must[[]byte](t)(os.ReadFile(aspen.ConfigFile()))
	config = bytes.ReplaceAll(config, []byte(aspen.StateDir()), []byte(full))
	if err := os.WriteFile(aspen.ConfigFile(), config, 0o600); err != nil {
		t.Fatal(err)
	}
	disk := fullDisk(t, ctx, l, full)
	start := func() {
		t.Helper()
		p := must[*Process](t)(startProcess(l.Dir, "aspen", aspen.environment(), "nsenter",
			disk.enter(filepath.Join(l.bin, "greenroomd"), "run", "--config", aspen.ConfigFile())...))
		if err := aspen.adopt(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	start()
	s := await(t, ctx, aspen, "the fault", hasFault(room.FaultDiskFull))
	if s.Phase == room.PhaseIdle || s.Identity.Fingerprint != "" {
		t.Errorf("without a key: %s", describe(s))
	}
	disk.run(t, "rm", filepath.Join(full, "fill"))
	s = await(t, ctx, aspen, "the room, once there is space", func(s room.State) bool { return idle(s) && !hasFault(room.FaultDiskFull)(s) })
	identity := s.Identity
	if identity.Fingerprint == "" {
		t.Fatal("no identity, though there is space")
	}

	// A disk that is full later takes nothing from a room that has its key.
	disk.run(t, "sh", "-c", fillDisk, full)
	if err := aspen.Stop(); err != nil {
		t.Fatal(err)
	}
	start()
	if s = await(t, ctx, aspen, "the room, on a full disk", idle); s.Identity != identity {
		t.Errorf("identity %+v on a full disk, was %+v", s.Identity, identity)
	}
}

// fillDisk is a script that fills the disk below "$0".
const fillDisk = `cat /dev/zero > "$0/fill" 2>/dev/null; true`

// disk is a small file system that only the programs see which enter its mount name space: no privilege is needed, and
// nothing stays behind.
type disk struct{ holder *Process }

// fullDisk mounts a disk at a folder and fills it.
func fullDisk(t *testing.T, ctx context.Context, l *Lab, folder string) disk {
	t.Helper()
	script := `mount -t tmpfs -o size=64k,mode=700 lab "$0" && { ` + fillDisk + `; echo full; exec sleep infinity; }`
	p := must[*Process](t)(startProcess(l.Dir, "disk", nil, "unshare", "--map-root-user", "--mount", "sh", "-c", script, folder))
	t.Cleanup(p.Kill)
	if err := p.poll(ctx, func() bool { text, _ := os.ReadFile(p.Log); return string(text) == "full\n" }); err != nil {
		t.Fatal(err)
	}
	return disk{p}
}

// enter returns the arguments of nsenter for a program that is to see the disk.
func (d disk) enter(program ...string) []string {
	return append([]string{"--target", itoa(d.holder.PID()), "--user", "--mount", "--preserve-credentials"}, program...)
}

func (d disk) run(t *testing.T, program ...string) {
	t.Helper()
	if out, err := exec.Command("nsenter", d.enter(program...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
}

func TestUnknownConfigurationKey(t *testing.T) {
	_, l := newLab(t, []RoomSpec{small(aspenSpec)})
	aspen := l.Room("Aspen")
	config := must[[]byte](t)(os.ReadFile(aspen.ConfigFile()))
	if err := os.WriteFile(aspen.ConfigFile(), append(config, "romo:\n  name: Typo\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(l.bin, "greenroomd"), "run", "--config", aspen.ConfigFile()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "romo") || !strings.Contains(string(out), "room") {
		t.Errorf("%v: %s: it should name the key, and the one that was meant", err, out)
	}
}

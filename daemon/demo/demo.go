// Package demo is `make demo`: LiveKit, a hub and two rooms on this machine, in a meeting with each other.
package demo

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"greenroom/daemon/lab"
	"greenroom/daemon/room"
	"greenroom/devices/audio"
	"greenroom/devices/camera"
)

const (
	startTime = time.Minute
	// folder is where the demo keeps everything, below the repository.
	folder = "var/demo"
)

// demo is one run.
type demo struct {
	out   io.Writer
	dir   string
	lab   *lab.Lab
	aspen *lab.Room
	birch *lab.Room
}

// Main runs the demo until ctx ends, or with --check until it is known whether all was right. It returns the exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("greenroom-demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, "watch Aspen's screen for 20 s, print a line of JSON, and exit 0 only if the meeting was right")
	dir := flags.String("dir", folder, "the `folder` where the demo keeps configurations, keys and logs")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	d := &demo{out: stdout, dir: *dir}
	if *check {
		d.out = stderr // standard output is the line of JSON alone
	}
	err := d.run(ctx, *check, stdout)
	if stopErr := d.stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		fmt.Fprintf(stderr, "greenroom-demo: %v\n", err)
		return 1
	}
	return 0
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) run(ctx context.Context, check bool, stdout io.Writer) error {
	if err := d.start(ctx); err != nil {
		return err
	}
	if check {
		return d.check(ctx, stdout)
	}
	if err := d.meet(ctx); err != nil {
		return err
	}
	if err := d.explain(ctx); err != nil {
		return err
	}
	err := d.lab.AwaitEnd(ctx)
	d.say("\nStopping.")
	return err
}

// start starts everything but the meeting.
func (d *demo) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var err error
	if d.lab, err = lab.New(d.dir); err != nil {
		return err
	}
	aspen := lab.RoomSpec{
		Name: "Aspen", TPM: true, Listen: preferred(7801), Look: lab.Look{From: "0x16324f", To: "0x2a9d8f"},
		Words: "Hello Birch, this is Aspen. Please read me your security code.",
	}
	birch := lab.RoomSpec{
		Name: "Birch", Listen: preferred(7802), Look: lab.Look{From: "0x3d1f4e", To: "0xd1495b"},
		Words: "Hello Aspen, this is Birch. I see the same forty digits as you do.",
	}
	d.devices(&aspen)
	d.say("Starting LiveKit, the hub and two rooms.")
	if err := d.lab.Start(ctx, aspen, birch); err != nil {
		return err
	}
	d.aspen, d.birch = d.lab.Room("Aspen"), d.lab.Room("Birch")
	for _, r := range []*lab.Room{d.aspen, d.birch} {
		if err := r.Start(ctx); err != nil {
			return err
		}
		state, err := r.State(ctx)
		if err != nil {
			return err
		}
		d.say("%s has its identity key %s.", r.Spec.Name, place(state.Identity))
	}
	return nil
}

// place says where an identity key is.
func place(id room.Identity) string {
	if id.Backend == "tpm" {
		return "in a TPM 2.0 in software (swtpm)"
	}
	return "in a file, sealed by a credential"
}

// devices gives Aspen this machine's camera and microphone, if it has both.
func (d *demo) devices(aspen *lab.RoomSpec) {
	cameras, err := camera.List("/")
	if err != nil {
		d.say("This machine's cameras could not be listed: %v", err)
	}
	microphones, err := audio.List("/")
	if err != nil {
		d.say("This machine's microphones could not be listed: %v", err)
	}
	if len(cameras) > 0 && len(microphones) > 0 {
		aspen.Camera = map[string]any{"source": "camera"}
		aspen.Microphone = map[string]any{"source": "microphone"}
		d.say("Aspen uses this machine's camera and microphone; Birch has a test picture and a spoken text.")
		return
	}
	d.say("This machine has no camera or no microphone: both rooms have a test picture and a spoken text.")
}

// preferred returns the address with this port, or with a free one if it is taken.
func preferred(port int) string {
	address := fmt.Sprintf("127.0.0.1:%d", port)
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	l.Close()
	return address
}

// meet lets Birch start a meeting and Aspen join it.
func (d *demo) meet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	join, err := d.host(ctx)
	if err != nil {
		return err
	}
	if err := d.aspen.Do(ctx, join); err != nil {
		return err
	}
	for _, r := range []*lab.Room{d.aspen, d.birch} {
		if _, err := r.Await(ctx, "the other's picture", seesOthers); err != nil {
			return err
		}
	}
	return nil
}

// host lets Birch start a meeting, and returns the command to join it.
func (d *demo) host(ctx context.Context) (room.Command, error) {
	if err := d.birch.Do(ctx, room.Command{Do: room.CommandMeetNow}); err != nil {
		return room.Command{}, err
	}
	state, err := d.birch.Await(ctx, "its own meeting", func(s room.State) bool { return s.Phase == room.PhaseMeeting })
	if err != nil {
		return room.Command{}, err
	}
	return room.Command{Do: room.CommandJoin, Number: state.Meeting.Number, Passcode: state.Meeting.Passcode}, nil
}

// seesOthers reports whether a room shows the picture of everybody else, end-to-end encrypted.
func seesOthers(s room.State) bool {
	if s.Phase != room.PhaseMeeting || len(s.Meeting.People) < 2 || s.Meeting.Encryption.Shield != room.ShieldE2EE {
		return false
	}
	pictures := 0
	for _, t := range s.Meeting.Tiles {
		if t.Show == room.ShowPicture && t.Slot >= 0 {
			pictures++
		}
	}
	return pictures == len(s.Meeting.People)-1
}

// explain tells where to look.
func (d *demo) explain(ctx context.Context) error {
	state, err := d.birch.State(ctx)
	if err != nil {
		return err
	}
	d.say("\nAspen and Birch are in a meeting, end-to-end encrypted.\n")
	for _, r := range []*lab.Room{d.aspen, d.birch} {
		screen, err := r.ScreenURL()
		if err != nil {
			return err
		}
		panel, err := r.PanelURL()
		if err != nil {
			return err
		}
		d.say("  %s  screen  %s\n         panel   %s", r.Spec.Name, screen, panel)
	}
	d.say("  Guest  %s", d.lab.Hub.GuestLink(state.Meeting.Number, state.Meeting.Passcode))
	d.say("\n  Security code, the same on both screens:\n\n    %s\n", strings.Join(state.Meeting.Encryption.Code, " "))
	d.say("  Meeting %s, passcode %s. Logs and configurations: %s", inThrees(state.Meeting.Number), state.Meeting.Passcode, d.short(d.lab.Dir))
	d.say("  Ask a room:  .bin/greenroomctl --socket %s status\n", d.short(d.aspen.Socket()))
	d.say("Press Ctrl-C to stop everything.")
	return nil
}

// inThrees writes a meeting number as the screens do.
func inThrees(number string) string {
	var groups []string
	for group := range slices.Chunk([]byte(number), 3) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// short returns a path as it is seen from the working directory.
func (d *demo) short(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil {
		return rel
	}
	return path
}

func (d *demo) stop() error {
	if d.lab == nil {
		return nil
	}
	return d.lab.Stop()
}

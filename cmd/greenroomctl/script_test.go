package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"greenroom/daemon/localapi"
	"greenroom/daemon/localapi/localapitest"
	"greenroom/daemon/room"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"greenroomctl": main})
}

// daemon is a real Server on a real socket, with a real Room behind it.
type daemon struct {
	loop   *localapitest.Loop
	socket string
	stop   func()
}

// begin starts a daemon, and ends it at the end of the test.
func begin(fatal func(...any), atEnd func(func())) *daemon {
	dir, err := os.MkdirTemp("", "gr") // a socket's path may have 107 bytes
	if err != nil {
		fatal(err)
	}
	d := &daemon{loop: localapitest.New(), socket: filepath.Join(dir, "s")}
	server, err := localapi.New(localapi.Config{Room: d.loop, Socket: d.socket})
	if err != nil {
		fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			fatal(err)
		}
		d.loop.Wait()
	})
	atEnd(func() {
		d.stop()
		os.RemoveAll(dir)
	})
	return d
}

type daemonKey struct{}

// TestScripts runs testdata/script. Each has a daemon of its own; "room WORD" lets something happen to it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			d := begin(env.T().Fatal, env.Defer)
			env.Setenv("GREENROOM_SOCKET", d.socket)
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each run takes a second under -race
			env.Values[daemonKey{}] = d
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"room": happen},
	})
}

func happen(ts *testscript.TestScript, _ bool, args []string) {
	d := ts.Value(daemonKey{}).(*daemon)
	switch strings.Join(args, " ") {
	case "loses its relay":
		d.loop.Post(room.RelayDown{Attempt: 1})
	case "loses its camera":
		d.loop.Post(room.DeviceChanged{Stream: "camera", Name: "Logi Rally Camera", State: room.DeviceFailed, Reason: "It was unplugged."})
	case "tries its camera twice":
		for range 2 {
			d.loop.Post(room.DeviceChanged{Stream: "camera", State: room.DeviceStarting})
			d.loop.Post(room.DeviceChanged{Stream: "camera", Name: "Logi Rally Camera", State: room.DeviceAbsent, Reason: "It is not there."})
		}
	case "has a corrupt keystore":
		d.loop.Post(room.FaultRaised{Fault: room.FaultOf(room.FaultKeystoreCorrupt)})
	case "hears knocks":
		for _, id := range []string{"2c7d03f42e816190bd3e4f5061728394", "3d8e14053f9272a1ce4f506172839405"} {
			d.loop.Knock(1, id, "Guest")
		}
	case "learns whom it can call":
		d.loop.Post(room.CalleesChanged{Callees: []room.Callee{{ID: "birch", Name: "Birch"}}})
	case "has two cameras":
		d.loop.Post(room.CamerasChanged{Cameras: []room.Camera{
			{ID: "/dev/v4l/by-path/usb-1", Label: "Logi Rally Camera", InUse: true}, {ID: "/dev/v4l/by-path/usb-2", Label: "Document camera"},
		}})
	case "is checked on a panel":
		d.loop.Post(room.PreviewChanged{On: true})
	case "opens its camera":
		d.loop.Post(room.AdjustmentsChanged{Adjustments: []room.Adjustment{
			{Name: "brightness", Least: -64, Most: 64, Step: 1, Default: 4, Value: 10}, {Name: "focus", Most: 250, Step: 5, Idle: true},
		}})
	case "has twins":
		d.loop.Post(room.CamerasChanged{Cameras: []room.Camera{{ID: "/dev/v4l/by-path/usb-1", Label: "Twin"}, {ID: "/dev/v4l/by-path/usb-2", Label: "Twin"}}})
	case "has equipment":
		d.loop.Equip()
	case "is called":
		d.loop.Post(room.CallRinging{Call: "c1", From: "Birch", Encryption: room.KindEnhanced})
	case "loses its server":
		d.loop.LoseHub()
	case "stops":
		d.stop()
	default:
		ts.Fatalf("room: %q is nothing that can happen", args)
	}
}

// TestWatch reads what watch writes, line by line, while the room changes.
func TestWatch(t *testing.T) {
	d := begin(t.Fatal, t.Cleanup)
	lines, end := watch(t, d)
	if got := <-lines; !strings.HasSuffix(got, "Aspen: idle") {
		t.Errorf("the first line is %q", got)
	}
	if _, err := d.loop.Do(t.Context(), room.OriginPanel, room.Command{Do: room.CommandMeetNow}); err != nil {
		t.Fatal(err)
	}
	want := "Aspen: in meeting 482913077, 1 participant, end-to-end encrypted"
	for got := <-lines; !strings.HasSuffix(got, want); got = <-lines {
		if got == "" {
			t.Fatalf("watch ended before it said %q", want)
		}
	}
	if code := end(); code != exitDone {
		t.Errorf("Ctrl-C ends watch with %d, want %d", code, exitDone)
	}
}

func TestWatchInJSON(t *testing.T) {
	d := begin(t.Fatal, t.Cleanup)
	lines, end := watch(t, d, "--json")
	var st room.State
	if err := json.Unmarshal([]byte(<-lines), &st); err != nil || st.Room.Name != "Aspen" {
		t.Errorf("the first State is %+v (%v)", st, err)
	}
	d.stop()
	for range lines {
	}
	if code := end(); code != exitFailed {
		t.Errorf("the daemon's end ends watch with %d, want %d", code, exitFailed)
	}
}

// watch runs greenroomctl watch; end is Ctrl-C, and returns its exit code.
func watch(t *testing.T, d *daemon, flags ...string) (lines <-chan string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	p := program{stdin: strings.NewReader(""), stdout: in, stderr: io.Discard, env: func(string) string { return "" }}
	code := make(chan int, 1)
	go func() {
		code <- p.run(ctx, append([]string{"watch", "--socket", d.socket}, flags...))
		in.Close()
	}()
	told := make(chan string)
	go func() {
		defer close(told)
		for s := bufio.NewScanner(out); s.Scan(); {
			told <- s.Text()
		}
	}()
	return told, func() int {
		cancel()
		for range told {
		}
		return <-code
	}
}

package daemon

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/media/pipe"
	"greenroom/media/source"
)

// kernelTree is a copy of what the kernel and udev say of cameras.
type kernelTree struct {
	t    *testing.T
	root string
}

func (k kernelTree) plug(node, label, path string) {
	k.t.Helper()
	dir := filepath.Join(k.root, "sys/class/video4linux", node)
	links := filepath.Join(k.root, "dev/v4l/by-path")
	for _, d := range []string{dir, links} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			k.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "name"), []byte(label+"\n"), 0o644); err != nil {
		k.t.Fatal(err)
	}
	if path == "" {
		return
	}
	if err := os.Symlink("../../"+node, filepath.Join(links, path)); err != nil {
		k.t.Fatal(err)
	}
}

func (k kernelTree) unplug(node, path string) {
	k.t.Helper()
	for _, gone := range []string{filepath.Join(k.root, "sys/class/video4linux", node), filepath.Join(k.root, "dev/v4l/by-path", path)} {
		if err := os.RemoveAll(gone); err != nil {
			k.t.Fatal(err)
		}
	}
}

// testCameras are those of a tree; what they tell goes to a room.
func testCameras(t *testing.T, cfg config.Config) (kernelTree, *cameras, func() []room.Camera) {
	t.Helper()
	k := kernelTree{t, t.TempDir()}
	var told []room.Camera
	post := func(e room.Event) { told = e.(room.CamerasChanged).Cameras }
	spec := *cameraSpec(cfg.Camera)
	d := &device{spec: spec, post: post, source: source.New(source.Config{Spec: spec})}
	c := newCameras(cfg, d, slog.New(slog.DiscardHandler))
	c.root = k.root
	return k, c, func() []room.Camera { return told }
}

func usedOf(t *testing.T, all []room.Camera) string {
	t.Helper()
	used := ""
	for _, c := range all {
		if c.InUse && used != "" {
			t.Errorf("two cameras are in use: %+v", all)
		}
		if c.InUse {
			used = c.ID
		}
	}
	return used
}

func TestCamerasOfTheKernelAndOfTheConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cameras.yaml")
	if err := os.WriteFile(file, []byte("cameras: [{name: Board, command: [cat, /board]}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, c, told := testCameras(t, config.Config{
		Camera:  config.Camera{Source: config.SourceCamera, File: file},
		Content: config.Content{Source: config.SourceCamera, Device: "HDMI"},
	})
	k.plug("video0", "HDMI", "pci-0-video-index0")
	k.plug("video1", "Front", "pci-1-video-index0")
	k.plug("video2", "Front", "") // udev has not named it yet
	c.udev = true
	c.look()
	front, second := "/dev/v4l/by-path/pci-1-video-index0", "/dev/video2"
	want := []room.Camera{{ID: front, Label: "Front", InUse: true}, {ID: second, Label: "Front"}, {ID: "command:Board", Label: "Board"}}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told %+v, want %+v", got, want)
	}
	if named, _ := c.settled(); named {
		t.Error("it is not looked again for udev's name")
	}
	k.plug("video2", "Front", "pci-2-video-index0")
	c.look()
	if second = "/dev/v4l/by-path/pci-2-video-index0"; told()[1].ID != second {
		t.Errorf("told %+v", told())
	}
	if named, _ := c.settled(); !named {
		t.Error("it is looked for ever")
	}

	c.use(second)
	if used := usedOf(t, told()); used != second {
		t.Errorf("%q is in use", used)
	}
	if spec, ok := c.specOf(second); !ok || spec.Kind != pipe.KindCamera || spec.Device != second || spec.Command != nil {
		t.Errorf("%+v", spec)
	}
	c.use("command:Board")
	if spec, ok := c.specOf("command:Board"); !ok || spec.Kind != pipe.KindPipe || spec.Device != "" || c.name() != "Board" {
		t.Errorf("%+v, %q", spec, c.name())
	}
	c.use("/dev/video77") // it has just gone
	if used := usedOf(t, told()); used != "command:Board" {
		t.Errorf("%q is in use", used)
	}
	c.use("")
	c.runs("/dev/video2") // the first one is busy, say
	if used := usedOf(t, told()); used != second {
		t.Errorf("%q is in use", used)
	}
	k.unplug("video2", "pci-2-video-index0")
	c.look()
	if used := usedOf(t, told()); used != front || len(told()) != 2 {
		t.Errorf("%q is in use of %+v", used, told())
	}
}

func TestCamerasOfARoomWithACommand(t *testing.T) {
	k, c, told := testCameras(t, config.Config{Camera: config.Camera{Source: config.SourcePipe, Command: []string{"/usr/bin/ffmpeg", "-i"}}})
	k.plug("video0", "Front", "")
	c.look()
	if got, want := told(), []room.Camera{{ID: "command", Label: "ffmpeg", InUse: true}, {ID: "/dev/video0", Label: "Front"}}; !slices.Equal(got, want) {
		t.Errorf("told %+v, want %+v", got, want)
	}
	c.use("/dev/video0")
	c.use("command")
	if used := usedOf(t, told()); used != "command" {
		t.Errorf("%q is in use", used)
	}
}

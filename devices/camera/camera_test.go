package camera

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// tree makes the part of a machine's file system that says which cameras it has.
func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(root, "sys/class/video4linux", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("video10/name", "Document camera\n")
	write("video10/index", "0\n")
	write("video2/name", "HD Webcam\n")
	write("video2/index", "0\n")
	write("video3/name", "HD Webcam\n") // the same camera's metadata
	write("video3/index", "1\n")
	write("v4l-subdev0/name", "sensor\n")
	dir := filepath.Join(root, "dev/v4l/by-path")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for link, node := range map[string]string{
		"pci-0000:00:14.0-usb-0:2:1.0-video-index0": "../../video2",
		"pci-0000:00:14.0-usb-0:2:1.0-video-index1": "../../video3",
	} {
		if err := os.Symlink(node, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const webcamPath = "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0"

func TestListGivesOneCameraADevice(t *testing.T) {
	got, err := List(tree(t))
	want := []Camera{
		{Node: "/dev/video2", Label: "HD Webcam", ByPath: webcamPath},
		{Node: "/dev/video10", Label: "Document camera"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A card with two inputs has two cameras; the second node of one name is metadata.
func TestListTellsInputsOfACardApart(t *testing.T) {
	root := t.TempDir()
	device := filepath.Join(root, "sys/devices/pci0/card")
	for node, name := range map[string]string{"video0": "Card 00-0", "video1": "Card 00-0", "video2": "Card 00-1"} {
		dir := filepath.Join(device, "video4linux", node)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "name"), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../..", filepath.Join(dir, "device")); err != nil {
			t.Fatal(err)
		}
		class := filepath.Join(root, "sys/class/video4linux")
		if err := os.MkdirAll(class, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../../devices/pci0/card/video4linux/"+node, filepath.Join(class, node)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := List(root)
	want := []Camera{{Node: "/dev/video0", Label: "Card 00-0"}, {Node: "/dev/video2", Label: "Card 00-1"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestFindByAnyName(t *testing.T) {
	root := tree(t)
	for want, node := range map[string]string{
		"":                "/dev/video2",
		"/dev/video10":    "/dev/video10",
		"Document camera": "/dev/video10",
		webcamPath:        "/dev/video2",
	} {
		if got, err := Find(root, want); err != nil || got.Node != node {
			t.Errorf("%q: got %+v, %v", want, got, err)
		}
	}
	_, err := Find(root, "Webcam")
	if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), `"HD Webcam", "Document camera"`) {
		t.Errorf("half a name: %v", err)
	}
}

func TestAMachineWithoutCameras(t *testing.T) {
	root := t.TempDir()
	if got, err := List(root); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := Find(root, ""); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
}

// Package camera lists the cameras that the kernel knows (Video4Linux).
//
// A camera is told apart by where it is plugged in (its link under /dev/v4l/by-path) or by its name; /dev/videoN is
// given anew at each start. One USB camera makes several video nodes of one name; only the one that gives pictures, the
// first of the device, is listed. A card with several inputs makes nodes of several names, and each of these is listed.
package camera

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Camera is one camera.
type Camera struct {
	Node   string // "/dev/video0"
	Label  string // what the driver calls it: "HD Pro Webcam C920"
	ByPath string // "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0", or empty
}

// ErrNone: there is no camera, or not the one that was asked for.
var ErrNone = errors.New("no camera")

// List returns the cameras in the order of their nodes. root is "/"; tests give a folder with a copy of the kernel's
// trees. A machine without video drivers has no cameras, and that is no error.
func List(root string) ([]Camera, error) {
	dir := filepath.Join(root, "sys/class/video4linux")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	links := byPath(root)
	var found []Camera
	for _, e := range entries {
		node, ok := strings.CutPrefix(e.Name(), "video")
		if _, err := strconv.Atoi(node); !ok || err != nil {
			continue
		}
		found = append(found, Camera{Node: "/dev/" + e.Name(), Label: attribute(dir, e.Name(), "name"), ByPath: links[e.Name()]})
	}
	slices.SortFunc(found, func(a, b Camera) int { return number(a.Node) - number(b.Node) })
	return inputs(dir, found), nil
}

// inputs leaves out what is not the first node of its name that a device has.
func inputs(dir string, nodes []Camera) []Camera {
	type input struct{ device, name string }
	seen := map[input]bool{}
	return slices.DeleteFunc(nodes, func(c Camera) bool {
		node := filepath.Base(c.Node)
		device, err := filepath.EvalSymlinks(filepath.Join(dir, node, "device"))
		if err != nil { // the kernel does not say whose node it is
			return attribute(dir, node, "index") > "0"
		}
		of := input{device, c.Label}
		defer func() { seen[of] = true }()
		return seen[of]
	})
}

// attribute reads what the kernel says of a node.
func attribute(dir, node, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, node, name))
	return strings.TrimSpace(string(text))
}

// Find returns the camera that want names: a path (of the node, or under by-path) or a label. An empty want is the
// first camera. The error is ErrNone, in a sentence that says which cameras there are.
func Find(root, want string) (Camera, error) {
	all, err := List(root)
	if err != nil {
		return Camera{}, err
	}
	for _, c := range all {
		if want == "" || want == c.Node || want == c.ByPath || want == c.Label {
			return c, nil
		}
	}
	if len(all) == 0 {
		return Camera{}, fmt.Errorf("%w: none is plugged in", ErrNone)
	}
	labels := make([]string, len(all))
	for i, c := range all {
		labels[i] = strconv.Quote(c.Label)
	}
	return Camera{}, fmt.Errorf("%w: %q is not there, but %s", ErrNone, want, strings.Join(labels, ", "))
}

// byPath returns the links that udev made for where cameras are plugged in, by the node that they lead to.
func byPath(root string) map[string]string {
	const dir = "dev/v4l/by-path"
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		return nil
	}
	links := make(map[string]string)
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(root, dir, e.Name()))
		if node := filepath.Base(target); err == nil && links[node] == "" {
			links[node] = "/" + dir + "/" + e.Name()
		}
	}
	return links
}

func number(node string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(node, "/dev/video"))
	return n
}

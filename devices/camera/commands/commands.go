// Package commands has the room's further cameras that are no devices of this machine, such as cameras in the network: each
// is a command that writes pictures. They stand in a YAML file:
//
//	cameras:
//	  - name: White board
//	    command: [ffmpeg, -loglevel, error, -i, "rtsp://192.0.2.7/1", -pix_fmt, yuv420p, -f, yuv4mpegpipe, "-"]
//
// A command runs only while its camera is used.
package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"greenroom/devices/tablefile"
)

// Camera is one of them.
type Camera struct {
	Name    string   `yaml:"name"`    // 1 to 32 characters, of its own
	Command []string `yaml:"command"` // the program and its arguments; it writes Y4M (4:2:0) to its standard output
}

// ErrTable: the file is no list of cameras.
var ErrTable = errors.New("no list of cameras")

// The limits of a list.
const (
	maxTable   = 64 << 10 // bytes
	maxCameras = 16
	maxName    = 32 // characters
)

// Load reads the cameras in a file.
func Load(path string) ([]Camera, error) {
	text, err := tablefile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("read the cameras: %w", err)
	}
	all, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// Parse reads a list, and says all that is wrong with it. The error is ErrTable.
func Parse(text []byte) ([]Camera, error) {
	var t struct {
		Cameras []Camera `yaml:"cameras"`
	}
	if err := tablefile.Decode(text, &t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	var wrong []error
	if len(t.Cameras) == 0 || len(t.Cameras) > maxCameras {
		wrong = append(wrong, fmt.Errorf("cameras: 1 to %d are wanted", maxCameras))
	}
	for i, c := range t.Cameras {
		if !nameable(c.Name) {
			wrong = append(wrong, fmt.Errorf("camera %d: name: 1 to %d characters that can be shown are wanted, without space around them", i+1, maxName))
		}
		if slices.ContainsFunc(t.Cameras[:i], func(other Camera) bool { return other.Name == c.Name }) {
			wrong = append(wrong, fmt.Errorf("camera %d (%.32s): another one has this name", i+1, c.Name))
		}
		if len(c.Command) == 0 || c.Command[0] == "" {
			wrong = append(wrong, fmt.Errorf("camera %d (%.32s): command: a program and its arguments are wanted, as a list", i+1, c.Name))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTable, err)
	}
	return t.Cameras, nil
}

func nameable(name string) bool {
	n := utf8.RuneCountInString(name)
	unseen := func(r rune) bool { return !unicode.IsPrint(r) }
	return n > 0 && n <= maxName && utf8.ValidString(name) && !strings.ContainsFunc(name, unseen) && strings.TrimSpace(name) == name
}

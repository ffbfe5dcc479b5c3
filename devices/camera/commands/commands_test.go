package commands_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"greenroom/devices/camera/commands"
)

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cameras.yaml")
	if err := os.WriteFile(path, []byte("cameras:\n  - {name: White board, command: [cat, \"/board\"]}\n  - {name: Door, command: [cat]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := commands.Load(path)
	want := []commands.Camera{{Name: "White board", Command: []string{"cat", "/board"}}, {Name: "Door", Command: []string{"cat"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := commands.Load(path + ".not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"":            "EOF",
		"cameras: []": "1 to 16",
		"cameras: [{name: A, command: [x]}, {name: A, command: [y]}]": "camera 2 (A): another",
		"cameras: [{name: A}]":                                              "camera 1 (A): command",
		"cameras: [{name: \" A\", command: [x]}]":                           "camera 1: name",
		"cameras: [{name: A, command: [x], url: u}]":                        "url",
		"cameras: [" + strings.Repeat("{name: A, command: [x]},", 17) + "]": "1 to 16",
		strings.Repeat("#", 65<<10):                                         "65536 bytes",
	} {
		if got, err := commands.Parse([]byte(text)); !errors.Is(err, commands.ErrTable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %+v, %v; want %q in it", text, got, err, want)
		}
	}
}

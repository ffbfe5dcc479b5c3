package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"greenroom/daemon/config"
)

const lights = "ports: {lights: {device: /dev/ttyS9, line: 9600}}\nbuttons: [{name: Lights on, port: lights, send: \"'1' 0D\"}]\n"

func controlsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "controls.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEquipment(t *testing.T) {
	file := controlsFile(t, lights)
	c := load(t, required+`camera:
  control: visca
  control_port: /dev/ttyS0
  control_line: 38400 8N1
  control_address: 2
  presets: [Table, "White board"]
display:
  kind: serial
  port: /dev/ttyS1
  model: lg-setid
  set: 3
  input: hdmi1
  off_after: 30
controls:
  file: `+file+"\n")
	camera := config.CameraControl{Kind: "visca", Port: "/dev/ttyS0", Line: "38400 8N1", Address: 2, Presets: []string{"Table", "White board"}}
	if !reflect.DeepEqual(c.Camera.Control, camera) {
		t.Errorf("%+v", c.Camera.Control)
	}
	if want := (config.Display{Kind: "serial", Port: "/dev/ttyS1", Set: 3, Model: "lg-setid", Device: "/dev/cec0", Input: "hdmi1", OffAfter: 30}); c.Display != want {
		t.Errorf("%+v", c.Display)
	}
	if c.Controls.File != file {
		t.Errorf("%+v", c.Controls)
	}
	if a := config.PJLinkAddress("192.0.2.7"); a != "192.0.2.7:4352" {
		t.Error(a)
	}
}

// TestBadEquipment: each mistake is named, with its key.
func TestBadEquipment(t *testing.T) {
	visca := "camera: {control: visca, control_port: /dev/ttyS0}\n"
	empty := "controls: {file: " + controlsFile(t, "buttons: []\n") + "}\n"
	both := "camera: {control: visca, control_port: /dev/ttyS9}\ncontrols: {file: " + controlsFile(t, lights) + "}\n"
	for text, named := range map[string]string{
		"camera: {control: pelco}\n":                                                 "camera.control is \"pelco\"",
		"camera: {control: visca}\n":                                                 "camera.control_port is missing",
		"camera: {control_line: fast}\n":                                             "camera.control_line",
		"camera: {control_address: 8}\n":                                             "camera.control_address is 8",
		"camera: {presets: [\"\"]}\n":                                                "camera.presets",
		"display: {kind: serial, model: lg-setid}\n":                                 "display.port is missing",
		"display: {kind: serial, port: /dev/ttyS0}\n":                                "display.model is missing",
		"display: {kind: serial, port: /dev/ttyS0, model: nec}\n":                    "display.model cannot be used",
		"display: {kind: serial, port: /dev/ttyS0, model: lg-setid, set: 0}\n":       "display.set is 0",
		"display: {kind: serial, port: /dev/ttyS0, model: lg-setid, input: SCART}\n": "display.input",
		"display: {kind: pjlink}\n":                                                  "display.address is missing",
		"display: {kind: pjlink, address: \"a b\"}\n":                                "display.address is",
		"display: {kind: pjlink, address: a, password: \"pass word\"}\n":             "display.password is no name",
		"display: {kind: cec, input: hdmi1}\n":                                       "only own",
		"display: {off_after: -1}\n":                                                 "display.off_after",
		visca + "display: {kind: serial, port: /dev/ttyS0, model: lg-setid}\n":       "belongs to one thing",
		"camera: {file: /none.yaml}\n":                                               "camera.file cannot be used",
		"controls: {file: /none.yaml}\n":                                             "controls.file cannot be used",
		empty:                                                                        "buttons",
		both:                                                                         "belongs to one thing",
	} {
		_, err := config.Load(write(t, required+text), environ())
		if err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v; %q should be named", text, err, named)
		}
		if err != nil && strings.Contains(err.Error(), "pass word") {
			t.Errorf("what may be a password is repeated: %v", err)
		}
	}
}

package config_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"greenroom/daemon/config"
	"greenroom/keystore"
)

// required are the lines without which nothing loads.
const required = "room:\n  name: Aspen\nhub:\n  url: https://hub.example.org\n"

// write writes a configuration file and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "greenroomd.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func environ(entries ...string) func() []string { return func() []string { return entries } }

func load(t *testing.T, text string, entries ...string) config.Config {
	t.Helper()
	c, err := config.Load(write(t, text), environ(entries...))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	got := load(t, required, "GREENROOM_ROOM_TIME_ZONE=Europe/Zurich", "HOME=/root")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Room:       config.Room{Name: "Aspen", TimeZone: "Europe/Zurich", Language: "en", Clock24h: true},
		Hub:        config.Hub{URL: "https://hub.example.org"},
		State:      config.State{Dir: "/var/lib/greenroom"},
		Runtime:    config.Runtime{Dir: "/run/greenroom"},
		Keystore:   config.Keystore{Backend: "auto", Device: "/dev/tpmrm0", PCRs: []int{}, Protection: "credential", Credential: "greenroom.keystore-key", Passphrase: "greenroom.keystore-passphrase"},
		Camera:     config.Camera{Source: "auto", Command: []string{}, Width: 1280, Height: 720, FPS: 30, EnabledAtStart: true, Control: config.CameraControl{Kind: "none", Line: "9600 8N1", Address: 1, Presets: []string{}}},
		Microphone: config.Microphone{Source: "auto", Command: []string{}, Channels: 1, Echo: "auto", EnabledAtStart: true},
		Content:    config.Content{Source: "none", Command: []string{}, Width: 1920, Height: 1080, FPS: 15},
		Video:      config.Video{Codec: "vp8"},
		Capture:    config.Capture{Program: filepath.Join(filepath.Dir(self), "greenroom-capture")},
		Screen:     config.Screen{Listen: "127.0.0.1:7801", Slots: 9, Volume: 80},
		Display:    config.Display{Kind: "none", Set: 1, Device: "/dev/cec0", OffAfter: 15},
		Control:    config.Control{Socket: "/run/greenroom/greenroomd.sock"},
		Log:        config.Log{Level: slog.LevelInfo, Format: "text"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestFileAndEnvironment(t *testing.T) {
	got := load(t, `
room: {name: 007, clock_24h: no}
hub:
  url: https://hub.example.org:8443/
camera.fps: 25 # the long form of a key
camera:
  source: pipe
  command: [ffmpeg, -i, "rtsp://camera/a b", 42]
  bit_rate: 1_500_000
  enabled_at_start: off
screen:
  listen: "[::1]:0"
log:
control:
  socket:
`,
		"GREENROOM_CAMERA_FPS=15", "GREENROOM_LOG_LEVEL=debug", "GREENROOM_RUNTIME_DIR=/run/birch",
		"GREENROOM_MICROPHONE_SOURCE=pipe", `GREENROOM_MICROPHONE_COMMAND=["say","two words"]`,
	)
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, want %#v", what, got, want)
		}
	}
	check("room.name", got.Room.Name, "007")
	check("room.clock_24h", got.Room.Clock24h, false)
	check("hub.url", got.Hub.URL, "https://hub.example.org:8443")
	check("camera.fps", got.Camera.FPS, 15)
	check("camera.bit_rate", got.Camera.BitRate, 1_500_000)
	check("camera.enabled_at_start", got.Camera.EnabledAtStart, false)
	check("camera.command", got.Camera.Command, []string{"ffmpeg", "-i", "rtsp://camera/a b", "42"})
	check("microphone.command", got.Microphone.Command, []string{"say", "two words"})
	check("screen.listen", got.Screen.Listen, "[::1]:0")
	check("log.level", got.Log.Level, slog.LevelDebug)
	check("control.socket", got.Control.Socket, "/run/birch/greenroomd.sock")
	check("screen url file", got.ScreenURLFile(), "/run/birch/screen.url")
	check("keystore folder", got.State.KeystoreDir(), "/var/lib/greenroom/keystore")
}

func TestKeystoreInATPM(t *testing.T) {
	got := load(t, required+"keystore:\n  backend: tpm\n  device: /run/swtpm.sock\n  pcrs: [7, 11]\n", "GREENROOM_CONTROL_ADMIN_GROUP=wheel")
	want := config.Keystore{
		Backend: "tpm", Device: "/run/swtpm.sock", PCRs: []int{7, 11},
		Protection: "credential", Credential: "greenroom.keystore-key", Passphrase: "greenroom.keystore-passphrase",
	}
	if !reflect.DeepEqual(got.Keystore, want) {
		t.Errorf("got %+v, want %+v", got.Keystore, want)
	}
	for _, text := range []string{"7 11", "[7, 11]", `["7","11"]`} {
		if got := load(t, required, "GREENROOM_KEYSTORE_PCRS="+text); !slices.Equal(got.Keystore.PCRs, []int{7, 11}) {
			t.Errorf("GREENROOM_KEYSTORE_PCRS=%s gives %v", text, got.Keystore.PCRs)
		}
	}
	if got.Control.AdminGroup != "wheel" {
		t.Errorf("the group is %q", got.Control.AdminGroup)
	}
}

func TestListOfWordsInTheEnvironment(t *testing.T) {
	got := load(t, required, "GREENROOM_CAMERA_SOURCE=pipe", "GREENROOM_CAMERA_COMMAND=ffmpeg -f  lavfi")
	if want := []string{"ffmpeg", "-f", "lavfi"}; !reflect.DeepEqual(got.Camera.Command, want) {
		t.Errorf("got %q, want %q", got.Camera.Command, want)
	}
}

func TestEnvironmentAlone(t *testing.T) {
	c, err := config.Load("", environ("GREENROOM_ROOM_NAME=Birch", "GREENROOM_HUB_URL=https://127.0.0.1:7900"))
	if err != nil || c.Room.Name != "Birch" {
		t.Errorf("got %+v, %v", c.Room, err)
	}
}

func TestTimeZoneIsNeverEmpty(t *testing.T) {
	if zone := load(t, required).Room.TimeZone; zone == "" {
		t.Error("no time zone")
	}
}

// TestMistakes: every mistake is one line that says where, what, and what would be right.
func TestMistakes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", required + "camera:\n  widht: 1280\n", "FILE:6: camera.widht is not known; the nearest key is camera.width"},
		{"key without its section", required + "fps: 30\n", "FILE:5: fps is not known; the nearest key is camera.fps"},
		{"key of another section", required + "camera:\n  channels: 2\n", "FILE:6: camera.channels is not known; the nearest key is microphone.channels"},
		{"unknown section", required + "\nmicrofone:\n  channels: 2\n", "FILE:6: microfone is not known; the nearest key is microphone"},
		{"capital letters", required + "Screen:\n  slots: 4\n", "FILE:5: Screen is not known; the nearest key is screen"},
		{"twice", required + "log:\n  level: info\nlog.level: warn\n", "FILE:7: log.level is here for the second time; the first is FILE:6"},
		{"section with a value", required + "camera: off\n", "FILE:5: camera is a section: its keys follow on lines of their own, indented"},
		{"key with keys", required + "log:\n  level: {a: b}\n", "FILE:6: log.level has no keys of its own, and no references"},
		{"list for a value", required + "log:\n  level: [info]\n", "FILE:6: log.level is a list, and one value is wanted"},
		{"list of lists", required + "camera:\n  source: pipe\n  command: [[a]]\n", "FILE:7: camera.command is a list of words, and this is none"},
		{"reference", required + "log:\n  level: &a info\n  format: *a\n", "FILE:7: log.format has no keys of its own, and no references"},
		{"no number", required + "camera:\n  width: wide\n", `FILE:6: camera.width is "wide": a whole number is wanted`},
		{"too small", required + "camera:\n  width: 10\n", "FILE:6: camera.width is 10: it can be 160 to 3840 (pixels, even)"},
		{"odd", required + "camera:\n  height: 721\n", "FILE:6: camera.height is 721: it must be even"},
		{"fraction", required + "camera:\n  fps: 29.97\n", `FILE:6: camera.fps is "29.97": a whole number is wanted`},
		{"rate too low", required + "camera:\n  bit_rate: 1\n", "FILE:6: camera.bit_rate is 1: it can be 0, or 50000 to 20000000 bits a second"},
		{"rate too high", required + "microphone:\n  bit_rate: 600000\n", "FILE:6: microphone.bit_rate is 600000: it can be 0, or 6000 to 510000 bits a second"},
		{"no truth", required + "room.clock_24h: perhaps\n", `FILE:5: room.clock_24h is "perhaps": true or false is wanted`},
		{"other word", required + "log:\n  format: xml\n", `FILE:6: log.format is "xml": it can be text, json`},
		{"other level", required + "log:\n  level: loud\n", `FILE:6: log.level is "loud": it can be debug, info, warn, error`},
		{"not loopback", required + "screen:\n  listen: 0.0.0.0:80\n", `FILE:6: screen.listen is "0.0.0.0:80": the screen page shows decrypted pictures, so it is served on a loopback address only`},
		{"no port", required + "screen:\n  listen: localhost\n", `FILE:6: screen.listen is "localhost": it must be a loopback address and a port, such as 127.0.0.1:7801`},
		{"relative path", required + "state:\n  dir: var\n", `FILE:6: state.dir is "var": it must be an absolute path`},
		{"no folder", required + "state:\n  dir: ''\n", "FILE:6: state.dir is empty: give an absolute path"},
		{"no zone", required + "room.time_zone: Mars/Base\n", `FILE:5: room.time_zone is "Mars/Base": that is no IANA time zone such as Europe/Zurich`},
		{"no group", required + "control:\n  group: a b\n", `FILE:6: control.group is "a b": that is no name of a group`},
		{"a TPM by a relative path", required + "keystore:\n  device: tpmrm0\n", `FILE:6: keystore.device is "tpmrm0": it must be an absolute path`},
		{"another backend", required + "keystore:\n  backend: smartcard\n", `FILE:6: keystore.backend is "smartcard": it can be auto, file, tpm`},
		{"no PCR", required + "keystore:\n  pcrs: [7, 24]\n", "FILE:6: keystore.pcrs has 24 in it: each can be 0 to 23"},
		{"a PCR in letters", required + "keystore:\n  pcrs: [seven]\n", `FILE:6: keystore.pcrs has "seven" in it: whole numbers are wanted`},
		{"a PCR twice", required + "keystore:\n  pcrs: [7, 7]\n", "FILE:6: keystore.pcrs has 7 in it twice"},
		{"PCRs without a TPM", required + "keystore:\n  backend: file\n  pcrs: [7]\n", "FILE:7: keystore.pcrs is set, and keystore.backend is file: PCRs belong to a TPM"},
		{"pipe without command", required + "camera:\n  source: pipe\n", "FILE: camera.command is missing: with camera.source pipe it is the program that is run"},
		{"command without pipe", required + "microphone:\n  command: [a]\n", "FILE:6: microphone.command is set, and microphone.source is auto: only pipe runs a command"},
		{"empty program", required + "camera:\n  source: pipe\n  command: ['', a]\n", "FILE:7: camera.command begins with an empty word: the first one is the program"},
		{"no room", "hub:\n  url: https://h\n", "FILE: room.name is missing: give the room a name"},
		{"no hub", "room.name: a\n", "FILE: hub.url is missing: give the hub's address, such as https://hub.example.org"},
		{"hub in clear", "room.name: a\nhub.url: http://h\n", `FILE:2: hub.url is "http://h": it must begin with https://`},
		{"hub without host", "room.name: a\nhub.url: https://\n", `FILE:2: hub.url is "https://": that is no address such as https://hub.example.org`},
		{"hub with a query", "room.name: a\nhub.url: https://h/?a=b\n", `FILE:2: hub.url is "https://h/?a=b": leave out what follows ? or #`},
		{"long name", "room.name: " + strings.Repeat("ä", 65) + "\nhub.url: https://h\n", "FILE:1: room.name has 65 characters: at most 64 fit the screen"},
		{"hidden characters", "room.name: \"a\\u202eb\"\nhub.url: https://h\n", `FILE:1: room.name is "a\u202eb": it has characters that can't be shown`},
		{"space around", "room.name: ' a'\nhub.url: https://h\n", `FILE:1: room.name is " a": leave out the space around it`},
		{"no mapping", "- a\n", "FILE:1: must consist of sections, such as \"room:\" and indented lines below it"},
		{"two documents", required + "---\na: b\n", "FILE: has more than one document: leave out the line ---"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, test.text)
			_, err := config.Load(path, nil)
			var mistakes *config.Error
			if !errors.As(err, &mistakes) {
				t.Fatalf("got %v, want an *Error", err)
			}
			want := strings.ReplaceAll(test.want, "FILE", path)
			if !slices.ContainsFunc(mistakes.Problems, func(p config.Problem) bool { return p.String() == want }) {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestNoYAML(t *testing.T) {
	_, err := config.Load(write(t, "room: {\nname"), nil)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want an error that names the line", err)
	}
}

// TestSecretIsNotRepeated: a secret in the wrong place does not reach the log by way of the error.
func TestSecretIsNotRepeated(t *testing.T) {
	for name, text := range map[string]string{
		"passphrase": "keystore.passphrase: correct horse battery\n",
		"hub":        "hub.url: https://user:correct horse battery@h\n",
		"hub's user": "hub.url: https://user:correct-horse@h\n",
	} {
		_, err := config.Load(write(t, text), nil)
		if err == nil || strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestAllMistakesAtOnce: in the order of the file, then of the environment.
func TestAllMistakesAtOnce(t *testing.T) {
	path := write(t, required+"\n\n\n\n\nlog:\n  format: xml\n  levl: info\n")
	_, err := config.Load(path, environ("GREENROOM_CAMERA_FPS=many", "GREENROOM_ROOM_NAM=x", "GREENROOM=1"))
	if err == nil {
		t.Fatal("it loaded")
	}
	want := strings.ReplaceAll(`config: FILE:11: log.format is "xml": it can be text, json
config: FILE:12: log.levl is not known; the nearest key is log.level
config: GREENROOM_CAMERA_FPS: camera.fps is "many": a whole number is wanted
config: environment: GREENROOM_ROOM_NAM is not known; the nearest variable is GREENROOM_ROOM_NAME`, "FILE", path)
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	_, err := config.Load(path, nil)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	_, err = config.Load(write(t, "#"+strings.Repeat("x", 1<<20)), nil)
	if err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("a huge file gives %v", err)
	}
}

func TestKeystoreOptions(t *testing.T) {
	secrets := map[string]string{"key": "key\n", "phrase": "correct horse\r\n"}
	credential := func(name string) ([]byte, error) {
		if s, ok := secrets[name]; ok {
			return []byte(s), nil
		}
		return nil, os.ErrNotExist
	}
	k := config.Keystore{Protection: config.ProtectionCredential, Credential: "key", Passphrase: "phrase"}
	o, err := k.FileOptions(credential)
	if err != nil || !bytes.Equal(o.Credential, []byte("key\n")) || o.Passphrase != nil || o.Unprotected {
		t.Errorf("credential: %+v, %v", o, err)
	}
	k.Protection = config.ProtectionPassphrase
	o, err = k.FileOptions(credential)
	if err != nil || string(o.Passphrase) != "correct horse" || o.Credential != nil || o.Unprotected {
		t.Errorf("passphrase: %+v, %v", o, err)
	}
	k.Protection = config.ProtectionNone
	if o, err = k.FileOptions(credential); err != nil || !o.Unprotected || o.Credential != nil || o.Passphrase != nil {
		t.Errorf("none: %+v, %v", o, err)
	}
	for _, k := range []config.Keystore{
		{Protection: config.ProtectionCredential, Credential: "other"},
		{Protection: config.ProtectionPassphrase, Passphrase: "other"},
		{Protection: "other"},
	} {
		o, err := k.FileOptions(credential)
		if err == nil || o.Unprotected {
			t.Errorf("%+v gives %+v", k, o)
		}
		if missing := k.Protection != "other"; errors.Is(err, keystore.ErrNoSecret) != missing {
			t.Errorf("%+v gives %v", k, err)
		}
	}
}

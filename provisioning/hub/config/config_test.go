package config

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const secret = "0123456789abcdef0123456789abcdef"

const good = `
name: Test hub
state_dir: /var/lib/hub
listen: {address: "127.0.0.1:8443"}
tls: {self_signed: true}
relay: {url: "ws://127.0.0.1:7880", api_key: key, api_secret: ` + secret + `}
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExampleLoads(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "relay-secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(write(t, strings.Replace(string(Example), "/etc/greenroom-hub/relay-secret", file, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if string(cfg.Relay.APISecret) != secret {
		t.Error("the secret's file was not read")
	}
	if len(cfg.Rooms) != 1 || len(cfg.Meetings) != 1 || cfg.Meetings[0].Hosts[0] != "Aspen" {
		t.Errorf("got %+v", cfg)
	}
	rooms, err := cfg.DirectoryRooms()
	if err != nil || rooms[0].Name != "Aspen" || !rooms[0].Organisation || len(rooms[0].Key) != 65 {
		t.Errorf("got %+v, %v", rooms, err)
	}
}

// TestExampleIsShipped: the file beside the units is the example, byte for byte.
func TestExampleIsShipped(t *testing.T) {
	const shipped = "../../../systemd/units/greenroom-hub.yaml"
	got, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(Example) {
		t.Errorf("%s is not example.yaml; run: cp example.yaml %s", shipped, shipped)
	}
}

// The example names every key, and says the defaults as they are.
func TestExampleIsComplete(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	minimal := strings.Replace(strings.Replace(good, "state_dir: /var/lib/hub\n", "", 1), "name: Test hub\n", "", 1)
	cfg, err := Load(write(t, strings.Replace(minimal, `listen: {address: "127.0.0.1:8443"}`, "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"name: " + cfg.Name, "state_dir: " + cfg.StateDir, "address: " + cfg.Listen.Address,
		fmt.Sprint("connections: ", cfg.Listen.Connections), fmt.Sprint("shutdown_timeout: ", cfg.Listen.ShutdownTimeout), "level: " + cfg.Log.Level,
		"meetings: " + string(cfg.Encryption.Meetings), "calls: " + string(cfg.Encryption.Calls),
		"address_file:", "certificate:", "key:", "self_signed:", "names:", "url:", "api_key:", "api_secret:", "api_secret_file:", "organisation:",
		"number:", "passcode:", "title:", "hosts:",
	} {
		if !strings.Contains(string(Example), line) {
			t.Errorf("the example does not say %q", line)
		}
	}
}

func TestEnvironmentOverrides(t *testing.T) {
	t.Setenv("GREENROOM_HUB_RELAY_API_SECRET", strings.Repeat("e", 40))
	t.Setenv("GREENROOM_HUB_LISTEN_SHUTDOWN_TIMEOUT", "3s")
	t.Setenv("GREENROOM_HUB_LISTEN_CONNECTIONS", "7")
	t.Setenv("STATE_DIRECTORY", "/from/systemd")
	cfg, err := Load(write(t, strings.Replace(good, "state_dir: /var/lib/hub\n", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if string(cfg.Relay.APISecret) != strings.Repeat("e", 40) || cfg.Listen.ShutdownTimeout != 3*time.Second || cfg.Listen.Connections != 7 ||
		cfg.StateDir != "/from/systemd" {
		t.Errorf("got %+v", cfg)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	rooms := "rooms:\n- {name: Aspen, key: AAAA}\n"
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":                     {good + "nmae: x\n", "unknown key nmae; did you mean name?"},
		"unknown key in section":          {strings.Replace(good, "address:", "adress:", 1), "unknown key listen.adress; did you mean listen.address?"},
		"unknown key in a list":           {good + "rooms:\n- {name: Aspen, kye: AAAA}\n", "unknown key rooms[0].kye; did you mean rooms[].key?"},
		"key in wrong section":            {good + "self_signed: true\n", "unknown key self_signed; did you mean tls.self_signed?"},
		"number for a duration":           {strings.Replace(good, `"127.0.0.1:8443"`, `"127.0.0.1:8443", shutdown_timeout: 10`, 1), "listen.shutdown_timeout: a duration needs its unit"},
		"duration too long":               {strings.Replace(good, `"127.0.0.1:8443"`, `"127.0.0.1:8443", shutdown_timeout: 1h`, 1), "listen.shutdown_timeout is 1h0m0s: use 1s to 25s"},
		"duration that systemd would cut": {strings.Replace(good, `"127.0.0.1:8443"`, `"127.0.0.1:8443", shutdown_timeout: 26s`, 1), "listen.shutdown_timeout is 26s: use 1s to 25s"},
		"number without quotes":           {good + "meetings:\n- {number: 123456789, passcode: \"123456\"}\n", "meetings[0].number: a text is expected here; put digits in quotes"},
		"octal passcode":                  {good + "meetings:\n- {number: \"123456789\", passcode: 012345}\n", "meetings[0].passcode: a text is expected here; put digits in quotes"},
		"short passcode":                  {good + "meetings:\n- {number: \"123456789\", passcode: \"1234\"}\n", "meetings[0]: a passcode has 6 to 10 digits"},
		"short number":                    {good + "meetings:\n- {number: \"1234\", passcode: \"123456\"}\n", "meetings[0]: a meeting number has 9 or 10 digits"},
		"number twice": {
			good + "meetings:\n- {number: \"123456789\", passcode: \"123456\"}\n- {number: \"123 456 789\", passcode: \"123456\"}\n",
			"meetings[1]: the number 123456789 is taken",
		},
		"encryption of another kind": {good + "encryption: {meetings: none}\n", `encryption.meetings is "none": use e2ee or enhanced`},
		"no encryption":              {good + "encryption: {calls: \"\"}\n", `encryption.calls is "": use e2ee or enhanced`},
		"page without https":         {good + "guests: {page_url: \"http://meet.example/guest/\"}\n", `guests.page_url is "http://meet.example/guest/": give the address`},
		"page with something behind": {good + "guests: {page_url: \"https://meet.example/guest/#c=1\"}\n", "guests.page_url is"},
		"encryption misspelt":        {good + "encryption: {call: e2ee}\n", "unknown key encryption.call; did you mean encryption.calls?"},
		"unknown host":               {good + "meetings:\n- {number: \"123456789\", passcode: \"123456\", hosts: [Nobody]}\n", `the host "Nobody" is not the name of a room`},
		"key of a room":              {good + rooms, `the key of room "Aspen" is not an uncompressed P-256 point`},
		"key not base64":             {good + strings.Replace(rooms, "AAAA", "'?'", 1), `the key of room "Aspen" is not in base64`},
		"no certificate":             {strings.Replace(good, "self_signed: true", "", 1), "no certificate"},
		"two certificates":           {strings.Replace(good, "self_signed: true", "self_signed: true, key: /k, certificate: /c", 1), "keep one of the two ways"},
		"half a certificate":         {strings.Replace(good, "self_signed: true", "key: /k", 1), "set both"},
		"no relay":                   {strings.Replace(good, "ws://127.0.0.1:7880", "", 1), "relay.url"},
		"short secret":               {strings.Replace(good, secret, "short", 1), "relay.api_secret has 5 characters"},
		"two secrets":                {strings.Replace(good, "api_key: key", "api_key: key, api_secret_file: /s", 1), "both set"},
		"no secret file":             {strings.Replace(good, "api_secret: "+secret, "api_secret_file: /no/such/file", 1), "relay.api_secret_file cannot be read"},
		"port 0":                     {strings.Replace(good, "8443", "0", 1), "name a file in listen.address_file"},
		"no port":                    {strings.Replace(good, ":8443", "", 1), "listen.address"},
		"port too large":             {strings.Replace(good, "8443", "84430", 1), `the port "84430"`},
		"relative folder":            {strings.Replace(good, "/var/lib/hub", "var/lib", 1), "state_dir"},
		"log level":                  {good + "log: {level: loud}\n", "log.level"},
		"not YAML":                   {"name: [", "cannot be read"},
		"text for a list":            {good + "rooms: Aspen\n", "rooms"},
	} {
		_, err := Load(write(t, test.text))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, want %q in it", name, err, test.want)
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Load(write(t, strings.Replace(good, "/var/lib/hub", "var", 1)+"log: {level: loud}\n"))
	if err == nil || !strings.Contains(err.Error(), "state_dir") || !strings.Contains(err.Error(), "log.level") {
		t.Errorf("got %v", err)
	}
	_, err = Load(write(t, good+"one: 1\ntwo: 2\nlog: {level: 3}\n"))
	if err == nil || !strings.Contains(err.Error(), "key one") || !strings.Contains(err.Error(), "key two") || !strings.Contains(err.Error(), "log.level") {
		t.Errorf("got %v", err)
	}
}

func TestFileMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

// Secrets stay out of errors, logs and prints, even when they are what is wrong.
func TestSecretsDoNotShow(t *testing.T) {
	cfg, err := Load(write(t, good+"meetings:\n- {number: \"123456789\", passcode: \"13579135\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("configuration", "config", cfg, "secret", cfg.Relay.APISecret)
	for _, shown := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v %#v", cfg, cfg), log.String()} {
		if strings.Contains(shown, secret) || strings.Contains(shown, "13579135") {
			t.Errorf("a secret shows in %q", shown)
		}
	}
	for _, text := range []string{
		strings.Replace(good, "api_secret: "+secret, "api_secret: {a: "+secret+"}", 1),
		strings.Replace(good, "api_secret: "+secret, "api_secret: ["+secret+"]", 1),
		good + "meetings:\n- {number: \"123456789\", passcode: " + secret + "}\n",
	} {
		if _, err := Load(write(t, text)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"key", "key", 0}, {"kye", "key", 2}, {"", "abc", 3}, {"abc", "", 3}, {"adress", "address", 1}, {"kitten", "sitting", 3}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

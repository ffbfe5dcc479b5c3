// Package config reads the hub's configuration: one YAML file, overridden by environment variables.
//
// example.yaml, beside this file, shows every key with its unit and its default. A key is overridden by the variable
// GREENROOM_HUB_ with its name in capitals and _ for the dot: GREENROOM_HUB_RELAY_API_SECRET for relay.api_secret. Lists
// (rooms, meetings) come from the file alone.
//
// Nothing is guessed: an unknown key, a number where a text or a duration should be, and a value out of its range are
// errors that name the key. All of them are reported at once.
package config

import (
	_ "embed"
	"log/slog"
	"time"

	"greenroom/meeting/directory"
)

// Example is a commented configuration file with every key.
//
//go:embed example.yaml
var Example []byte

// Config is the whole configuration.
type Config struct {
	Name     string `mapstructure:"name"`      // the hub's, as rooms show it
	StateDir string `mapstructure:"state_dir"` // keys and database; made if missing
	Listen   Listen `mapstructure:"listen"`
	TLS      TLS    `mapstructure:"tls"`
	Relay    Relay  `mapstructure:"relay"`
	Log      Log    `mapstructure:"log"`

	Encryption Encryption `mapstructure:"encryption"`
	Guests     Guests     `mapstructure:"guests"`

	Rooms    []Room    `mapstructure:"rooms"`
	Meetings []Meeting `mapstructure:"meetings"`
}

// Listen says where the hub is reached.
type Listen struct {
	Address         string        `mapstructure:"address"`          // host:port; port 0: any that is free
	AddressFile     string        `mapstructure:"address_file"`     // gets the address in use; "": none
	Connections     int           `mapstructure:"connections"`      // at most, at one time
	ShutdownTimeout time.Duration `mapstructure:"shutdown_timeout"` // for requests in progress when the hub stops
}

// TLS says with which certificate: one from files, or one that the hub makes for itself.
type TLS struct {
	Certificate string   `mapstructure:"certificate"` // path, PEM, leaf first
	Key         string   `mapstructure:"key"`         // path, PEM
	SelfSigned  bool     `mapstructure:"self_signed"`
	Names       []string `mapstructure:"names"` // more names and addresses for the self-signed one
}

// Relay is the LiveKit server and the key of its API.
type Relay struct {
	URL           string `mapstructure:"url"` // ws:// or wss://, as rooms reach it
	APIKey        string `mapstructure:"api_key"`
	APISecret     Secret `mapstructure:"api_secret"`
	APISecretFile string `mapstructure:"api_secret_file"` // path; in place of api_secret
}

// Log says how much is logged.
type Log struct {
	Level string `mapstructure:"level"` // debug, info, warn or error
}

// Encryption says with which encryption meetings and calls begin: e2ee, or enhanced, which the rooms can upgrade.
type Encryption struct {
	Meetings directory.Encryption `mapstructure:"meetings"`
	Calls    directory.Encryption `mapstructure:"calls"`
}

// Guests says whether people may join with a browser, by a meeting's number and passcode.
type Guests struct {
	Allowed  bool   `mapstructure:"allowed"`
	RelayURL string `mapstructure:"relay_url"` // the relay's address for browsers; "": relay.url
	PageURL  string `mapstructure:"page_url"`  // the guest page's address in QR codes; "": guest/ below the hub's address for rooms
}

// Room is a room that the hub knows.
type Room struct {
	Name         string `mapstructure:"name"`
	Key          string `mapstructure:"key"` // identity key: 65 bytes in base64
	Organisation bool   `mapstructure:"organisation"`
}

// Meeting is a meeting that can always be joined.
type Meeting struct {
	Number   string   `mapstructure:"number"`   // 9 or 10 digits
	Passcode Secret   `mapstructure:"passcode"` // 6 to 10 digits
	Title    string   `mapstructure:"title"`
	Hosts    []string `mapstructure:"hosts"` // names of rooms; none: every room of the organisation
}

// Secret is a text that does not show itself in logs and errors.
type Secret string

const redacted = "(secret)"

// String hides the secret from fmt. Convert to string to use it.
func (Secret) String() string { return redacted }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return redacted }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Level returns the level of a checked configuration.
func (l Log) slogLevel() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(l.Level))
	return level, err
}

// LogLevel returns the level of the log.
func (c Config) LogLevel() slog.Level {
	level, err := c.Log.slogLevel()
	if err != nil {
		return slog.LevelInfo // Load refuses others
	}
	return level
}

package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"greenroom/meeting/directory"
)

const envPrefix = "GREENROOM_HUB"

// Load reads, checks and returns the configuration in a file. The error lists everything that is wrong, a line each.
func Load(path string) (Config, error) {
	v := viper.New()
	v.SetConfigFile(path)
	v.SetConfigType("yaml")
	v.SetEnvPrefix(envPrefix)
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	v.AutomaticEnv()
	setDefaults(v)
	if err := v.ReadInConfig(); err != nil {
		return Config{}, fmt.Errorf("the configuration %s cannot be read: %w", path, err)
	}
	cfg, err := decode(v)
	if err == nil {
		err = cfg.complete()
	}
	if err == nil {
		err = cfg.check()
	}
	if err != nil {
		return Config{}, fmt.Errorf("the configuration %s cannot be used:\n%w", path, err)
	}
	return cfg, nil
}

// setDefaults names every single value: viper looks into the environment only for keys that it knows.
func setDefaults(v *viper.Viper) {
	state := os.Getenv("STATE_DIRECTORY") // from systemd's StateDirectory=
	if state == "" {
		state = "/var/lib/greenroom-hub"
	}
	for key, value := range map[string]any{
		"name": "Greenroom hub", "state_dir": state,
		"listen.address": "127.0.0.1:8443", "listen.address_file": "", "listen.connections": 4000, "listen.shutdown_timeout": "10s",
		"tls.certificate": "", "tls.key": "", "tls.self_signed": false,
		"relay.url": "", "relay.api_key": "", "relay.api_secret": "", "relay.api_secret_file": "",
		"log.level":      "info",
		"guests.allowed": false, "guests.relay_url": "", "guests.page_url": "",
		"encryption.meetings": string(directory.EncryptionE2EE), "encryption.calls": string(directory.EncryptionEnhanced),
	} {
		v.SetDefault(key, value)
	}
}

func decode(v *viper.Viper) (Config, error) {
	var cfg Config
	err := v.Unmarshal(&cfg, func(d *mapstructure.DecoderConfig) {
		d.DecodeHook = mapstructure.ComposeDecodeHookFunc(refuseNumbers, mapstructure.StringToTimeDurationHookFunc())
	})
	var errs []error
	known := keysOf(reflect.TypeFor[Config](), "")
	// mapstructure could list the unknown keys, but not beside other errors.
	for _, key := range unknown(v.AllSettings(), "", known) {
		errs = append(errs, fmt.Errorf("- unknown key %s; did you mean %s?", key, nearest(key, known)))
	}
	if err != nil {
		errs = append(errs, decodeErrors(err))
	}
	return cfg, errors.Join(errs...)
}

// refuseNumbers stops YAML from turning 012345 into another passcode, and a bare 10 into ten nanoseconds.
func refuseNumbers(from, to reflect.Type, data any) (any, error) {
	number := from.Kind() >= reflect.Int && from.Kind() <= reflect.Float64
	switch {
	case number && to == reflect.TypeFor[time.Duration]():
		return nil, errors.New("a duration needs its unit, such as 10s or 2m")
	case number && to.Kind() == reflect.String:
		return nil, errors.New("a text is expected here; put digits in quotes, or YAML may read them as another number")
	}
	return data, nil
}

// decodeErrors lists what did not decode, a line a key. mapstructure leaves the values out, which may be secrets.
func decodeErrors(err error) error {
	var field *mapstructure.DecodeError
	switch many := err.(type) { // errors.As would find only the first of the joined ones
	case interface{ Unwrap() []error }:
		var errs []error
		for _, one := range many.Unwrap() {
			errs = append(errs, decodeErrors(one))
		}
		return errors.Join(errs...)
	case *mapstructure.DecodeError:
		field = many
	default:
		if inner := errors.Unwrap(err); inner != nil {
			return decodeErrors(inner)
		}
		return fmt.Errorf("- %w", err)
	}
	return fmt.Errorf("- %s: %w", field.Name(), field.Unwrap())
}

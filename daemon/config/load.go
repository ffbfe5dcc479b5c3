package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/viper"
)

// Load reads the configuration from the file at path (empty: no file) and from the environment (os.Environ; nil: none),
// and checks all of it. Mistakes in it are an *Error that holds them all; any other error means that the file can't be
// read.
func Load(path string, environ func() []string) (Config, error) {
	p := &problems{}
	file := map[string]value{}
	if path != "" {
		var err error
		if file, err = readFile(path, p); err != nil {
			return Config{}, err
		}
	}
	environment := map[string]value{}
	if environ != nil {
		environment = readEnvironment(environ(), p)
	}
	v, err := layers(path, file, environment)
	if err != nil {
		return Config{}, err
	}
	c := fill(v, p)
	if err := complete(&c); err != nil {
		return Config{}, err
	}
	if len(p.list) == 0 {
		for key, wrong := range checkTogether(c) {
			p.add(v.Get(key).(value).place, key, wrong)
		}
	}
	if len(p.list) > 0 {
		return Config{}, p.error()
	}
	return c, nil
}

// readEnvironment returns the values of all variables that are meant for greenroomd.
func readEnvironment(environ []string, p *problems) map[string]value {
	byVariable := map[string]Key{}
	for _, k := range Keys() {
		byVariable[k.Variable()] = k
	}
	values := map[string]value{}
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		k, ok := byVariable[name]
		switch {
		case !ok && isNeighbour(name):
			continue
		case !ok:
			p.add("environment", name, fmt.Errorf("is not known; the nearest variable is %s", nearestVariable(name)))
			continue
		}
		values[k.Name] = value{text: text, place: name}
	}
	return values
}

func nearestVariable(name string) string {
	best, least := "", -1
	for _, k := range Keys() {
		if changes := distance(name, k.Variable()); least < 0 || changes < least {
			best, least = k.Variable(), changes
		}
	}
	return best
}

// layers puts the three layers of values into a viper, which finds the one that counts.
func layers(path string, file, environment map[string]value) (*viper.Viper, error) {
	v := viper.New()
	sections := map[string]any{}
	for _, k := range Keys() {
		v.SetDefault(k.Name, value{text: k.Default, place: path})
		if val, ok := environment[k.Name]; ok {
			v.Set(k.Name, val)
		}
		if val, ok := file[k.Name]; ok {
			section, name, _ := strings.Cut(k.Name, ".")
			if sections[section] == nil {
				sections[section] = map[string]any{}
			}
			sections[section].(map[string]any)[name] = val
		}
	}
	if err := v.MergeConfigMap(sections); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return v, nil
}

// fill gives every key's field the value that counts, if it has the right type and passes the key's check.
func fill(v *viper.Viper, p *problems) Config {
	var c Config
	for _, k := range Keys() {
		val, ok := v.Get(k.Name).(value)
		if !ok {
			p.add("", k.Name, errors.New("has no value"))
			continue
		}
		field := k.field(&c)
		err := assign(field, val)
		if err == nil && k.check != nil {
			err = k.check(contents(field))
		}
		if err != nil {
			p.add(val.place, k.Name, err)
		}
	}
	return c
}

// assign reads a value into a field.
func assign(field any, v value) error {
	if v.list && !takesList(field) {
		return errors.New("is a list, and one value is wanted")
	}
	switch field := field.(type) {
	case *string:
		*field = v.text
	case *int:
		n, err := strconv.Atoi(strings.ReplaceAll(v.text, "_", ""))
		if err != nil {
			return fmt.Errorf("is %q: a whole number is wanted", v.text)
		}
		*field = n
	case *bool:
		on, ok := map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}[strings.ToLower(v.text)]
		if !ok {
			return fmt.Errorf("is %q: true or false is wanted", v.text)
		}
		*field = on
	case *slog.Level:
		if !slices.Contains([]string{"debug", "info", "warn", "error"}, v.text) {
			return fmt.Errorf("is %q: it can be debug, info, warn, error", v.text)
		}
		return field.UnmarshalText([]byte(v.text))
	case *[]string:
		words, err := v.split()
		*field = words
		return err
	case *[]int:
		words, err := v.split()
		if err != nil {
			return err
		}
		return assignNumbers(field, words)
	default:
		return fmt.Errorf("has a type that nobody taught this program: %T", field)
	}
	return nil
}

func takesList(field any) bool {
	switch field.(type) {
	case *[]string, *[]int:
		return true
	}
	return false
}

func assignNumbers(field *[]int, words []string) error {
	*field = make([]int, len(words))
	for i, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("has %q in it: whole numbers are wanted", word)
		}
		(*field)[i] = n
	}
	return nil
}

// split returns the words of a list. In the environment a list is words with spaces between them or, where a word has
// a space in it, a JSON list.
func (v value) split() ([]string, error) {
	if v.list {
		return v.words, nil
	}
	if !strings.HasPrefix(strings.TrimSpace(v.text), "[") {
		return strings.Fields(v.text), nil
	}
	var mixed []any
	if err := json.Unmarshal([]byte(v.text), &mixed); err != nil {
		return nil, fmt.Errorf("is no list of words: %w", err)
	}
	words := make([]string, len(mixed))
	for i, word := range mixed {
		switch word.(type) {
		case string, float64:
			words[i] = fmt.Sprint(word)
		default:
			return nil, fmt.Errorf("is no list of words: %v is none", word)
		}
	}
	return words, nil
}

// contents returns what a field holds.
func contents(field any) any {
	switch field := field.(type) {
	case *string:
		return *field
	case *int:
		return *field
	case *bool:
		return *field
	case *[]string:
		return *field
	case *[]int:
		return *field
	}
	return nil
}

// kindOf names a field's type in the reference.
func kindOf(field any) string {
	switch field.(type) {
	case *int:
		return "whole number"
	case *bool:
		return "true or false"
	case *[]string:
		return "list of words"
	case *[]int:
		return "list of whole numbers"
	}
	return "text"
}

// complete fills what was left empty and depends on the machine or on other keys.
func complete(c *Config) error {
	if c.Room.TimeZone == "" {
		c.Room.TimeZone = machineZone("/etc/localtime")
	}
	if c.Control.Socket == "" {
		c.Control.Socket = filepath.Join(c.Runtime.Dir, "greenroomd.sock")
	}
	if c.Capture.Program == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("config: find greenroom-capture beside this program: %w; set capture.program", err)
		}
		c.Capture.Program = filepath.Join(filepath.Dir(self), "greenroom-capture")
	}
	c.Hub.URL = strings.TrimRight(c.Hub.URL, "/")
	return nil
}

// machineZone returns the name of the zone that a link such as /etc/localtime leads to, or UTC.
func machineZone(link string) string {
	target, err := os.Readlink(link)
	if err != nil {
		return "UTC"
	}
	_, zone, found := strings.Cut(target, "zoneinfo/")
	if !found || checkZone(zone) != nil {
		return "UTC"
	}
	return zone
}

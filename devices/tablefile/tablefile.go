// Package tablefile reads what whoever looks after a room writes about its devices: small files in YAML, as those of room
// controls, of a display's commands, and of cameras in the network. What is wrong with a file is said in a sentence that names
// the line or the key.
package tablefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxSize bounds a file, in bytes.
const MaxSize = 64 << 10

// Read returns a file's text. Of one that is too long it returns as much as shows that.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}

// Decode reads a text into a struct with yaml tags. A key that the struct does not have is an error.
func Decode(text []byte, into any) error {
	if len(text) > MaxSize {
		return fmt.Errorf("more than %d bytes", MaxSize)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil
}

package tablefile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/devices/tablefile"
)

func TestDecode(t *testing.T) {
	var into struct {
		Name string `yaml:"name"`
	}
	if err := tablefile.Decode([]byte("name: Lights\n"), &into); err != nil || into.Name != "Lights" {
		t.Errorf("%+v, %v", into, err)
	}
	for text, want := range map[string]string{
		"":                                       "EOF",
		"name: [":                                "line",
		"nmae: Lights":                           "line 1: field nmae not found",
		strings.Repeat("#", tablefile.MaxSize+1): "more than 65536 bytes",
	} {
		err := tablefile.Decode([]byte(text), &into)
		if err == nil || !strings.Contains(err.Error(), want) || strings.HasPrefix(err.Error(), "yaml:") {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.yaml")
	if _, err := tablefile.Read(path); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, make([]byte, 2*tablefile.MaxSize), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := tablefile.Read(path)
	if err != nil || len(text) != tablefile.MaxSize+1 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

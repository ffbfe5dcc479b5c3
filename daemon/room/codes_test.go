package room_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"greenroom/daemon/room"
)

// codes are all that a room can say is wrong, with what this package says of each. The pages' tests hold their catalogues
// to it: every code has its sentence in every language.
type codes struct {
	Faults   []room.Fault   `json:"faults"`
	Causes   []string       `json:"causes"`
	Refusals []room.Refusal `json:"refusals"`
}

// TestCodesForThePages: web/fixtures/codes.json lists the codes as this package declares them. `go test -update` writes it.
func TestCodesForThePages(t *testing.T) {
	var all codes
	for name, code := range declared(t, "faults.go", "causes.go", "refusals.go") {
		switch {
		case strings.HasPrefix(name, "Fault"):
			all.Faults = append(all.Faults, room.FaultOf(code))
		case strings.HasPrefix(name, "Cause"):
			all.Causes = append(all.Causes, code)
		case strings.HasPrefix(name, "Code"):
			all.Refusals = append(all.Refusals, room.Refusal{Code: code, Text: room.TextOf(code)})
		}
	}
	if len(all.Faults) < 30 || len(all.Causes) < 25 || len(all.Refusals) < 70 {
		t.Fatalf("only %d faults, %d causes and %d refusals were found", len(all.Faults), len(all.Causes), len(all.Refusals))
	}
	want, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	path := filepath.Join("..", "..", "web", "fixtures", "codes.json")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what this package declares (%v): run `go test ./daemon/room -update`, and give new codes a sentence in web/shared/strings", path, err)
	}
}

// declared yields the string constants of files of this package, in their order.
func declared(t *testing.T, files ...string) func(yield func(name, value string) bool) {
	t.Helper()
	type constant struct{ name, value string }
	var found []constant
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, constant{spec.Names[0].Name, value})
			return true
		})
	}
	return func(yield func(string, string) bool) {
		for _, c := range found {
			if !yield(c.name, c.value) {
				return
			}
		}
	}
}

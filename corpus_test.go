package greenroom_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryFuzzTargetHasAKeptCorpus: fuzzing begins with what was kept under testdata/fuzz, so there must be something
// for each target, in Go's form; and nothing for a target that is gone or has another name now, where nobody runs it.
// `.ci/corpus` finds inputs to keep.
func TestEveryFuzzTargetHasAKeptCorpus(t *testing.T) {
	targets := fuzzTargets(t)
	if len(targets) < 20 {
		t.Fatalf("only %d fuzz targets were found", len(targets))
	}
	for dir := range targets {
		kept, err := os.ReadDir(dir)
		if err != nil || len(kept) == 0 {
			t.Errorf("%s: nothing is kept (%v)", dir, err)
		}
		if len(kept) > 50 {
			t.Errorf("%s: %d inputs are too many to run in every test", dir, len(kept))
		}
		for _, file := range kept {
			path := filepath.Join(dir, file.Name())
			text, err := os.ReadFile(path)
			if err != nil || !bytes.HasPrefix(text, []byte("go test fuzz v1\n")) || len(text) > 64<<10 {
				t.Errorf("%s is no input of a fuzz target, or a very long one (%v)", path, err)
			}
		}
	}
	eachPath(t, func(path string, d fs.DirEntry) {
		if d.IsDir() && filepath.Base(filepath.Dir(path)) == "fuzz" && !targets[path] {
			t.Errorf("%s is kept for a fuzz target that is not there", path)
		}
	})
}

// fuzzTargets returns the folders where the corpora of all fuzz targets belong.
func fuzzTargets(t *testing.T) map[string]bool {
	t.Helper()
	targets := make(map[string]bool)
	eachPath(t, func(path string, _ fs.DirEntry) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				targets[filepath.Join(filepath.Dir(path), "testdata", "fuzz", f.Name.Name)] = true
			}
		}
	})
	return targets
}

// eachPath looks at every file and folder of the module's own.
func eachPath(t *testing.T, look func(path string, d fs.DirEntry)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "var" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		}
		look(path, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

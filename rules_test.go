// Package greenroom_test holds the rules that are true of the whole tree: who may import whom, what may be linked into
// which program, and that every package says what it is for.
package greenroom_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "greenroom"

// trees are the top-level folders with Go code. They do not import each other; joiners may import them all.
var (
	trees   = []string{"daemon", "devices", "media", "keystore", "provisioning", "systemd", "meeting", "web"}
	joiners = []string{"daemon", "cmd"}

	// exceptions are the imports across trees that are allowed, package tree by package tree.
	exceptions = map[string][]string{
		"media":            {"devices/camera", "devices/audio"},
		"provisioning/hub": {"meeting/directory"},
	}
)

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath   string
	Name         string
	Doc          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	CgoFiles     []string
	Standard     bool
}

func list(t *testing.T, cgo string, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Name,Doc,Imports,TestImports,XTestImports,CgoFiles,Standard"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatal("go list named no package")
	}
	return pkgs
}

// inside reports whether a path is a folder or lies below it.
func inside(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func allowed(from, to string) bool {
	tree, _, _ := strings.Cut(from, "/")
	target, _, _ := strings.Cut(to, "/")
	if tree == target {
		return true
	}
	if slices.Contains(joiners, tree) {
		return slices.Contains(trees, target) && (target != "daemon" || tree == "cmd")
	}
	for folder, may := range exceptions {
		if inside(from, folder) && slices.ContainsFunc(may, func(m string) bool { return inside(to, m) }) {
			return true
		}
	}
	return false
}

func TestImportRule(t *testing.T) {
	for _, p := range list(t, "1", "./...") {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			to, ours := strings.CutPrefix(imported, module+"/")
			if ours && from != module && !allowed(from, to) {
				t.Errorf("%s imports %s: the trees under the top level do not import each other", from, to)
			}
		}
	}
}

func TestImportRuleRefuses(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"meeting", "media/sframe", false},
		{"media/relay", "meeting/wire", false},
		{"media/capture", "devices/camera", true},
		{"media/capture", "devices/serial", false},
		{"provisioning/hub", "meeting/directory", true},
		{"provisioning", "meeting/directory", false},
		{"keystore", "daemon", false},
		{"daemon/conference", "meeting", true},
		{"cmd/greenroomd", "daemon", true},
		{"daemon", "cmd/greenroomd", false},
	} {
		if allowed(c.from, c.to) != c.want {
			t.Errorf("allowed(%s, %s) = %v", c.from, c.to, !c.want)
		}
	}
}

// TestPureCores: the packages that people trust have no clock, socket, goroutine or variable that could change.
func TestPureCores(t *testing.T) {
	forbidden := []string{"net", "net/http", "os", "os/exec", "syscall", "log", "log/slog", "context"}
	for _, folder := range []string{"meeting", "meeting/wire", "media/sframe", "daemon/room"} {
		for _, p := range list(t, "1", "./"+folder) {
			for _, imported := range p.Imports {
				if slices.Contains(forbidden, imported) {
					t.Errorf("%s imports %s: it must stay pure", folder, imported)
				}
			}
		}
		eachFile(t, folder, func(path string, file *ast.File) {
			for _, name := range changeable(file) {
				t.Errorf("%s has the package-level variable %s: it must stay pure", path, name)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine: it must stay pure", path)
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Sleep", "After", "Since", "Until", "NewTimer", "NewTicker"}, n.Sel.Name) {
						t.Errorf("%s reads the clock (time.%s): time comes in as a value", path, n.Sel.Name)
					}
				}
				return true
			})
		})
	}
}

// changeable returns the names of a file's package-level variables that are neither errors nor tables. An error is made
// by errors.New or fmt.Errorf; a table has an unexported name and is written out as a composite literal.
func changeable(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		vars, ok := d.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, s := range vars.Specs {
			spec := s.(*ast.ValueSpec)
			for i, name := range spec.Names {
				if name.Name != "_" && (i >= len(spec.Values) || !fixed(name, spec.Values[i])) {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// fixed reports whether a package-level variable is an error or a table.
func fixed(name *ast.Ident, value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.CompositeLit:
		return !name.IsExported()
	case *ast.CallExpr:
		if made, ok := v.Fun.(*ast.SelectorExpr); ok {
			from, ok := made.X.(*ast.Ident)
			return ok && (from.Name == "errors" && made.Sel.Name == "New" || from.Name == "fmt" && made.Sel.Name == "Errorf")
		}
	}
	return false
}

func TestPureCoresRefuses(t *testing.T) {
	const text = `package p
var (
	errA       = errors.New("a")
	ErrB       = fmt.Errorf("b")
	table      = []int{1}
	_          I = T{}
	Table      = []int{1}
	count      int
	made, also = make(map[int]int), errors.New("c")
)`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := changeable(file), []string{"Table", "count", "made"}; !slices.Equal(got, want) {
		t.Errorf("changeable: %q, want %q", got, want)
	}
}

func eachFile(t *testing.T, folder string, look func(path string, file *ast.File)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Go file in %s (%v)", folder, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		look(path, file)
	}
}

// programs returns the folders of cmd that are programs.
func programs(t *testing.T) []string {
	t.Helper()
	mains, err := filepath.Glob("cmd/*/main.go")
	if err != nil || len(mains) < 5 {
		t.Fatalf("programs: %v (%v)", mains, err)
	}
	var folders []string
	for _, path := range mains {
		folders = append(folders, filepath.Dir(path))
	}
	return folders
}

// TestNoTestToolsInProduction: only the demo links what starts whole Greenrooms and browsers.
func TestNoTestToolsInProduction(t *testing.T) {
	forbidden := []string{module + "/daemon/lab", module + "/media/relay/relaytest", "github.com/chromedp"}
	for _, program := range programs(t) {
		found := false
		for _, p := range list(t, "1", "-deps", "./"+program) {
			if !slices.ContainsFunc(forbidden, func(f string) bool { return inside(p.ImportPath, f) }) {
				continue
			}
			found = true
			if program != "cmd/greenroom-demo" {
				t.Errorf("%s links %s, which is for tests and the demo", program, p.ImportPath)
			}
		}
		if program == "cmd/greenroom-demo" && !found {
			t.Error("the demo links none of the test tools: does this test know their names?")
		}
	}
}

// TestKeysAndCNeverShareAProcess: only greenroom-capture has C code, and what it links never sees a key.
func TestKeysAndCNeverShareAProcess(t *testing.T) {
	for _, program := range programs(t) {
		capture := filepath.Base(program) == "greenroom-capture"
		cgo := false
		for _, p := range list(t, "1", "-deps", "./"+program) {
			path := strings.TrimPrefix(p.ImportPath, module+"/")
			cgo = cgo || !p.Standard && len(p.CgoFiles) > 0
			if !capture && !p.Standard && len(p.CgoFiles) > 0 {
				t.Errorf("%s links %s, which is C code", program, p.ImportPath)
			}
			if capture && (inside(path, "keystore") || inside(path, "meeting") || inside(path, "media/sframe")) {
				t.Errorf("%s links %s: capture never sees a key", program, path)
			}
			if inside(p.ImportPath, "github.com/livekit") || inside(p.ImportPath, "github.com/pion/webrtc/v4") {
				t.Errorf("%s links %s", program, p.ImportPath)
			}
		}
		if capture && !cgo {
			t.Error("greenroom-capture has no C code: where is its encoder?")
		}
		if !capture {
			build := exec.Command("go", "build", "-o", os.DevNull, "./"+program)
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				t.Errorf("%s does not build with CGO_ENABLED=0: %v\n%s", program, err, out)
			}
		}
	}
}

func TestEveryPackageHasADoc(t *testing.T) {
	for _, p := range list(t, "1", "./...") {
		if p.ImportPath == module { // this file alone
			continue
		}
		if len(strings.TrimSpace(p.Doc)) < 40 {
			t.Errorf("%s: its package doc must say what belongs there", p.ImportPath)
		}
		if slices.Contains([]string{"util", "utils", "common", "helpers", "types", "shared", "misc"}, p.Name) {
			t.Errorf("%s: the name %q says nothing", p.ImportPath, p.Name)
		}
	}
}

// TestTroubleshootingNamesEveryFault: whoever reads a code on the screen finds it in the README.
func TestTroubleshootingNamesEveryFault(t *testing.T) {
	code := regexp.MustCompile(`"(GR-[0-9]{3})"`)
	var text [2][]byte
	for i, name := range []string{"daemon/room/faults.go", "README.md"} {
		var err error
		if text[i], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	codes := code.FindAllSubmatch(text[0], -1)
	if len(codes) < 20 {
		t.Fatalf("%d codes were found, and there are more", len(codes))
	}
	for _, c := range codes {
		if !bytes.Contains(text[1], []byte("| "+string(c[1])+",")) {
			t.Errorf("the README's troubleshooting says nothing of %s", c[1])
		}
	}
}

// TestHabits: no init functions, small mains.
func TestHabits(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "var" || len(d.Name()) > 1 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".pb.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", path)
			}
		}
		if lines := bytes.Count(text, []byte("\n")); strings.HasPrefix(path, "cmd/") && filepath.Base(path) == "main.go" && lines > 30 {
			t.Errorf("%s has %d lines: a main has at most 30", path, lines)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

package keystore

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"greenroom/keystore/internal/generations"
	"greenroom/keystore/internal/generations/generationstest"
)

// The test binary runs itself as another process; these variables say as which, and with which folder.
const (
	roleVariable = "KEYSTORE_TEST_ROLE"
	dirVariable  = "KEYSTORE_TEST_DIR"
)

func TestMain(m *testing.M) {
	roles := map[string]func() error{"hold": holdOpen, "dump": reportDumps, "mend": mendForEver, "secret": holdSecret, "peek": peek}
	role, asked := os.LookupEnv(roleVariable)
	if !asked {
		os.Exit(m.Run())
	}
	if err := roles[role](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// process is the test binary in another role.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

// start starts a role. It ends at the latest with the test.
func start(t *testing.T, role, dir string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
	t.Cleanup(p.kill)
	return p
}

// kill ends it without a chance to tidy up, and waits. A second kill does nothing.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

func (p *process) line(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("the other process said nothing more: %v", p.lines.Err())
	}
	return p.lines.Text()
}

// holdOpen opens the store and keeps it until its standard input ends.
func holdOpen() error {
	s, err := openFile(os.Getenv(dirVariable), testOptions(), internals{cost: cheap()})
	if err != nil {
		return err
	}
	fmt.Println(s.Info().Fingerprint)
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}

func TestSecondProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	other := start(t, "hold", dir)
	fingerprint := other.line(t)

	_, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{})
	want := "another greenroomd (pid " + strconv.Itoa(other.cmd.Process.Pid) + ") uses this folder"
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want: %s", err, want)
	}
	other.kill()
	if _, info := mustOpen(t, dir); info.Fingerprint != fingerprint {
		t.Errorf("the store holds %s, and the other process had %s", info.Fingerprint, fingerprint)
	}
}

func TestSecondProcessEndsInPeace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	other := start(t, "hold", dir)
	other.line(t)
	if err := other.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.cmd.Wait(); err != nil {
		t.Fatalf("the other process: %v", err)
	}
	mustOpen(t, dir)
}

func TestSecondOpenInOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	s, err := openFile(dir, testOptions(), internals{cost: cheap()})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{}); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir)
}

// mendForEver writes generation after generation, and says so once it began.
func mendForEver() error {
	for n := 0; ; n++ {
		s, err := openFile(os.Getenv(dirVariable), testOptions(), internals{cost: cheap()})
		if err != nil {
			return err
		}
		generation := s.Info().Generation
		if err := s.Close(); err != nil {
			return err
		}
		if err := os.Remove(filepath.Join(os.Getenv(dirVariable), generations.KeyFile.Name(generation-1))); err != nil {
			return err
		}
		fmt.Println(generation)
	}
}

// TestKilledWhileWriting kills a process that writes all the time; after each kill the identity is the same.
func TestKilledWhileWriting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	_, first := mustOpen(t, dir)
	for kills := range 20 {
		other := start(t, "mend", dir)
		for range 1 + kills%3 {
			other.line(t)
		}
		other.kill()
		_, info := mustOpen(t, dir)
		if info.Fingerprint != first.Fingerprint {
			t.Fatalf("kill %d: the identity is %s, and was %s", kills+1, info.Fingerprint, first.Fingerprint)
		}
	}
}

// reportDumps forbids core dumps in a process of its own, and prints what the kernel then says of it.
func reportDumps() error {
	if err := ForbidCoreDumps(); err != nil {
		return err
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		return err
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return err
	}
	fmt.Println(dumpable, limit.Cur, limit.Max)
	return nil
}

func TestForbidCoreDumps(t *testing.T) {
	if got := start(t, "dump", "").line(t); got != "0 0 0" {
		t.Errorf("dumpable and the limits are %q, want 0 0 0", got)
	}
}

package keystore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// protectVariable says whether the process with a secret forbids core dumps.
const protectVariable = "KEYSTORE_TEST_PROTECT"

// secretText is what the other process tries to read.
const secretText = "a secret in memory, of 32 bytes."

// holdSecret keeps a secret in memory, says where, and waits for the end of its standard input.
func holdSecret() error {
	if os.Getenv(protectVariable) != "" {
		if err := ForbidCoreDumps(); err != nil {
			return err
		}
	}
	secret := []byte(secretText)
	fmt.Println(uintptr(unsafe.Pointer(&secret[0])))
	_, err := io.Copy(io.Discard, os.Stdin)
	if string(secret) != secretText {
		err = errors.New("the secret changed")
	}
	return err
}

// peek starts a process with a secret, as its own user, and tries to read the secret out of its memory. Being that process's
// parent, it may do so wherever one process may look into another at all.
func peek() error {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=secret")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var address int64
	_, err = fmt.Fscan(bufio.NewReader(stdout), &address)
	if err == nil {
		fmt.Println(look(cmd.Process.Pid, address))
	}
	return errors.Join(err, stdin.Close(), cmd.Wait())
}

// look says what one process sees of another's memory.
func look(pid int, address int64) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if errors.Is(err, fs.ErrPermission) {
		return "forbidden"
	}
	if err != nil {
		return err.Error()
	}
	defer memory.Close()
	seen := make([]byte, len(secretText))
	if _, err := memory.ReadAt(seen, address); err != nil {
		return err.Error()
	}
	if !bytes.Equal(seen, []byte(secretText)) {
		return "other bytes"
	}
	return "the secret"
}

// TestMemoryIsClosed: another process of the same user reads a process's memory, unless that has forbidden core dumps.
// Root may always, so as root the two run as nobody.
func TestMemoryIsClosed(t *testing.T) {
	for protect, want := range map[string]string{"": "the secret", "1": "forbidden"} {
		cmd := exec.Command(forEverybody(t))
		cmd.Env = append(os.Environ(), roleVariable+"=peek", protectVariable+"="+protect)
		if os.Geteuid() == 0 {
			const nobody = 65534
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("protected %q: another process sees %s, want %s (%v) %s", protect, got, want, err, &stderr)
		}
	}
}

// forEverybody returns a copy of the test binary that any user may run; the folders of go test are the user's own.
func forEverybody(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "keystore-memory")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, err := os.ReadFile(os.Args[0])
	path := filepath.Join(dir, "keystore.test")
	if err = errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(path, program, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWipes: what the package keeps of keys is zero after Close.
func TestWipes(t *testing.T) {
	s := cheapStore(t, filepath.Join(t.TempDir(), "keystore"), nil)
	//lint:ignore SA1019 what is wiped must be looked at
	dataKey, scalar := s.sealer.key, s.identity.key.D.Bits()
	if bytes.Equal(dataKey, make([]byte, keyLen)) || len(scalar) == 0 {
		t.Fatal("there is no key")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(dataKey, make([]byte, keyLen)) {
		t.Error("the data key is still there")
	}
	for _, word := range scalar {
		if word != 0 {
			t.Error("the private scalar is still there")
		}
	}
}

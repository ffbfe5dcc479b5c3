package systemd_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/systemd"
)

func TestCredential(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	want := []byte("key\x00bytes\n")
	if err := os.WriteFile(filepath.Join(dir, "greenroom.keystore-key"), want, 0o400); err != nil {
		t.Fatal(err)
	}
	got, err := systemd.Credential("greenroom.keystore-key")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNoCredential(t *testing.T) {
	for name, dir := range map[string]string{"no folder": "", "another folder": t.TempDir()} {
		t.Setenv("CREDENTIALS_DIRECTORY", dir)
		_, err := systemd.Credential("greenroom.keystore-key")
		if !errors.Is(err, systemd.ErrNoCredential) || !strings.Contains(err.Error(), "LoadCredentialEncrypted=greenroom.keystore-key") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestBadCredential(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Join(dir, "credentials"))
	if err := errors.Join(
		os.MkdirAll(filepath.Join(dir, "credentials", "folder"), 0o700),
		os.WriteFile(filepath.Join(dir, "outside"), []byte("secret"), 0o600),
		os.WriteFile(filepath.Join(dir, "credentials", "large"), make([]byte, 1<<20+1), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "..", "../outside", "/etc/passwd", "a\x00b", "folder", "large"} {
		got, err := systemd.Credential(name)
		if err == nil || errors.Is(err, systemd.ErrNoCredential) || got != nil {
			t.Errorf("%q: got %d bytes, %v", name, len(got), err)
		}
	}
}

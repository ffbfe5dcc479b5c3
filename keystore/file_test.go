package keystore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/keystoretest"
)

func credential() []byte { return bytes.Repeat([]byte("credential bytes"), 2) }

func withCredential() keystore.FileOptions {
	return keystore.FileOptions{Credential: credential(), CreateIfMissing: true}
}

func open(t *testing.T, dir string, opts keystore.FileOptions) keystore.Store {
	t.Helper()
	s, err := keystore.OpenFile(dir, opts)
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	return s
}

// openAndClose opens a store and closes it again; it returns its public key and what it said of itself.
func openAndClose(t *testing.T, dir string, opts keystore.FileOptions) ([]byte, keystore.Info) {
	t.Helper()
	s := open(t, dir, opts)
	point, info := s.Identity().PublicKeyBytes(), s.Info()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return point, info
}

// wantError opens a store that must not open, and returns the error.
func wantError(t *testing.T, dir string, opts keystore.FileOptions, kind error) *keystore.Error {
	t.Helper()
	s, err := keystore.OpenFile(dir, opts)
	if err == nil {
		t.Errorf("it opened; want: %v", kind)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		return &keystore.Error{Kind: kind}
	}
	if !errors.Is(err, kind) {
		t.Fatalf("got %v; want: %v", err, kind)
	}
	var e *keystore.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is a %T, want *keystore.Error", err, err)
	}
	return e
}

func TestConformance(t *testing.T) {
	for name, opts := range map[string]keystore.FileOptions{
		"credential": withCredential(),
		"passphrase": {Passphrase: []byte("correct horse"), CreateIfMissing: true},
		"none":       {Unprotected: true, CreateIfMissing: true},
	} {
		t.Run(name, func(t *testing.T) {
			keystoretest.Run(t, func(t *testing.T) keystoretest.Backend {
				cheaply := func(dir string) func(t *testing.T) keystore.Store {
					return func(t *testing.T) keystore.Store {
						s, err := keystore.OpenCheaply(dir, opts)
						if err != nil {
							t.Fatalf("open %s: %v", dir, err)
						}
						return s
					}
				}
				return keystoretest.Backend{Open: cheaply(newDir(t)), Other: cheaply(newDir(t))}
			})
		})
	}
}

// newDir returns the name of a folder that is not there yet.
func newDir(t *testing.T) string { return filepath.Join(t.TempDir(), "keystore") }

func TestInfo(t *testing.T) {
	opts := withCredential()
	opts.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	_, info := openAndClose(t, newDir(t), opts)
	if info.Backend != "file" || info.Protection != keystore.ProtectionCredential || !info.Created.Equal(opts.Now()) {
		t.Errorf("info: %+v", info)
	}
	if info.Generation != 2 || len(info.Notices) != 0 {
		t.Errorf("a new store should have two generations and nothing to tell: %+v", info)
	}
}

func TestMissing(t *testing.T) {
	opts := withCredential()
	opts.CreateIfMissing = false
	dir := newDir(t)
	wantError(t, dir, opts, keystore.ErrMissing)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wantError(t, dir, opts, keystore.ErrMissing)
}

func TestSecrets(t *testing.T) {
	other := bytes.Repeat([]byte("x"), 32)
	cred, none := withCredential(), keystore.FileOptions{Unprotected: true, CreateIfMissing: true}
	for _, test := range []struct {
		name       string
		make, open keystore.FileOptions
		want       error
	}{
		{"another credential", cred, keystore.FileOptions{Credential: other}, keystore.ErrWrongSecret},
		{"a passphrase for a credential", cred, keystore.FileOptions{Passphrase: credential()}, keystore.ErrNoSecret},
		{"nothing for a credential", cred, keystore.FileOptions{Unprotected: true}, keystore.ErrNoSecret},
		{"a credential for an unprotected one", none, cred, keystore.ErrNoSecret},
		{"a short credential", cred, keystore.FileOptions{Credential: other[:31]}, keystore.ErrRefused},
		{"an empty credential", cred, keystore.FileOptions{Credential: []byte{}}, keystore.ErrRefused},
		{"an empty passphrase", cred, keystore.FileOptions{Passphrase: []byte{}}, keystore.ErrRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := newDir(t)
			point, _ := openAndClose(t, dir, test.make)
			test.open.CreateIfMissing = true
			e := wantError(t, dir, test.open, test.want)
			if strings.Contains(e.Error(), string(credential())) || strings.Contains(e.Error(), string(other)) {
				t.Errorf("the error shows the secret: %v", e)
			}
			if again, _ := openAndClose(t, dir, test.make); !bytes.Equal(again, point) {
				t.Error("the refusal changed the identity")
			}
		})
	}
	t.Run("nothing for a new one", func(t *testing.T) {
		wantError(t, newDir(t), keystore.FileOptions{CreateIfMissing: true}, keystore.ErrNoSecret)
	})
}

func TestCredentialComesBeforePassphrase(t *testing.T) {
	opts := keystore.FileOptions{Credential: credential(), Passphrase: []byte("p"), Unprotected: true, CreateIfMissing: true}
	if _, info := openAndClose(t, newDir(t), opts); info.Protection != keystore.ProtectionCredential {
		t.Errorf("protection %q", info.Protection)
	}
}

func TestPassphrase(t *testing.T) {
	dir := newDir(t)
	opts := keystore.FileOptions{Passphrase: []byte("correct horse"), CreateIfMissing: true}
	point, info := openAndClose(t, dir, opts)
	if info.Protection != keystore.ProtectionPassphrase {
		t.Errorf("protection %q", info.Protection)
	}
	if again, _ := openAndClose(t, dir, opts); !bytes.Equal(again, point) {
		t.Error("another identity came back")
	}
	wantError(t, dir, keystore.FileOptions{Passphrase: []byte("correct horsf"), CreateIfMissing: true}, keystore.ErrWrongSecret)
}

func TestTooOpen(t *testing.T) {
	for _, test := range []struct {
		name string
		mode os.FileMode
	}{
		{".", 0o750},
		{".", 0o701},
		{"identity-0000000000000002.key", 0o640},
		{"identity-0000000000000001.key", 0o602},
	} {
		dir := newDir(t)
		openAndClose(t, dir, withCredential())
		if err := os.Chmod(filepath.Join(dir, test.name), test.mode); err != nil {
			t.Fatal(err)
		}
		e := wantError(t, dir, withCredential(), keystore.ErrTooOpen)
		if !strings.Contains(e.Do, "chmod -R go-rwx "+dir) {
			t.Errorf("the advice is %q", e.Do)
		}
	}
}

func TestUnreadable(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"a folder in its place": func(path string) error { return os.Mkdir(path, 0o700) },
		"a link in its place":   func(path string) error { return os.Symlink("/dev/null", path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := newDir(t)
			openAndClose(t, dir, withCredential())
			path := filepath.Join(dir, "identity-0000000000000002.key")
			if err := errors.Join(os.Remove(path), spoil(path)); err != nil {
				t.Fatal(err)
			}
			wantError(t, dir, withCredential(), keystore.ErrUnreadable)
		})
	}
	t.Run("a file in the folder's place", func(t *testing.T) {
		dir := newDir(t)
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantError(t, dir, withCredential(), keystore.ErrUnreadable)
	})
}

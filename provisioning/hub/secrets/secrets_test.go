package secrets

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openFolder(t *testing.T) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestStatementKeyIsMadeOnce(t *testing.T) {
	f := openFolder(t)
	first, made, err := f.StatementKey("")
	if err != nil || !made {
		t.Fatal(made, err)
	}
	again, made, err := f.StatementKey(PublicHex(first))
	if err != nil || made || !again.Equal(first) {
		t.Errorf("another key: made %v, %v", made, err)
	}
	again, made, err = f.StatementKey("") // the database is gone, the key is not
	if err != nil || made || !again.Equal(first) {
		t.Errorf("another key: made %v, %v", made, err)
	}
	info, err := os.Stat(f.Path(statementFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %#o", info.Mode().Perm())
	}
}

// Whatever happened to the key, there is an error of its kind, and the file is not touched.
func TestStatementKeyIsNeverReplaced(t *testing.T) {
	f := openFolder(t)
	key, _, err := f.StatementKey("")
	if err != nil {
		t.Fatal(err)
	}
	known, path := PublicHex(key), f.Path(statementFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := openFolder(t)
	if _, _, err := other.StatementKey(""); err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(other.Path(statementFile))
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})
	for name, test := range map[string]struct {
		data []byte
		mode os.FileMode
		want error
	}{
		"empty":                 {nil, 0o600, ErrCorrupt},
		"cut":                   {good[:len(good)/2], 0o600, ErrCorrupt},
		"twice":                 {append(append([]byte{}, good...), good...), 0o600, ErrCorrupt},
		"not a private key":     {public, 0o600, ErrCorrupt},
		"another hub's":         {foreign, 0o600, ErrCorrupt},
		"readable by the group": {good, 0o640, ErrTooOpen},
		"readable by all":       {good, 0o604, ErrTooOpen},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, test.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, _, err := f.StatementKey(known)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(test.data) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other.Path(statementFile), path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.StatementKey(known); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a link in place of the key: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.StatementKey(known); !errors.Is(err, ErrGone) {
		t.Errorf("gone: %v", err)
	}
}

func TestFolderIsLocked(t *testing.T) {
	f := openFolder(t)
	if _, err := Open(f.dir); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v", err)
	}
}

func TestFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "state"), "/proc/greenroom-hub"} {
		if _, err := Open(dir); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "state_dir") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestSelfSignedIsKept(t *testing.T) {
	f, now := openFolder(t), time.Now()
	always := []string{"localhost", "127.0.0.1", "Hub-Host", "localhost"}
	first, err := f.SelfSigned(always, []string{"10.0.0.7"}, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.SelfSigned(always, []string{"10.0.0.7", "hub-host"}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !again.Leaf.Equal(first.Leaf) {
		t.Error("the certificate was made anew")
	}
	_, err = f.SelfSigned(always, []string{"hub.example.org"}, now)
	if err == nil || !strings.Contains(err.Error(), "hub.example.org") || !strings.Contains(err.Error(), "move") {
		t.Errorf("a name that it is not for: %v", err)
	}
	if _, err := f.SelfSigned(always, nil, now.Add(validity+time.Hour)); err == nil || !strings.Contains(err.Error(), "ran out") {
		t.Errorf("run out: %v", err)
	}

	data, err := os.ReadFile(f.CertificatePath())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "PRIVATE") {
		t.Fatal("the certificate for the rooms holds the key")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		t.Fatal("the certificate for the rooms is none")
	}
	for _, name := range []string{"localhost", "127.0.0.1", "10.0.0.7", "hub-host"} {
		// A room whose clock is months behind still gets through to be told.
		for _, when := range []time.Time{now, now.AddDate(0, -6, 0), now.AddDate(5, 0, 0)} {
			if _, err := first.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: when}); err != nil {
				t.Errorf("%s at %v: %v", name, when, err)
			}
		}
	}
	info, err := os.Stat(f.Path(tlsFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the certificate's key has mode %#o", info.Mode().Perm())
	}
}

func TestSelfSignedDamaged(t *testing.T) {
	f := openFolder(t)
	if err := os.WriteFile(f.Path(tlsFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SelfSigned([]string{"localhost"}, nil, time.Now()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

package systemd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoCredential says that the service was not given the credential. It is told apart from one that can't be read.
var ErrNoCredential = errors.New("no such credential")

// maxCredential is systemd's own limit for all credentials of a unit together, in bytes.
const maxCredential = 1 << 20

// Credential returns the bytes of a credential of this service, exactly as they are: a passphrase from a text file
// ends with a line break. The caller wipes them. name is the name before the colon in LoadCredential=.
func Credential(name string) ([]byte, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return nil, fmt.Errorf("systemd: credential %q: this is no name of a credential", name)
	}
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return nil, fmt.Errorf("systemd: credential %q: %w: $CREDENTIALS_DIRECTORY is not set; "+
			"give the unit LoadCredentialEncrypted=%s, or set it to a folder with that file", name, ErrNoCredential, name)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("systemd: credential %q: %w in %s; is it in /etc/credstore.encrypted, "+
			"and does the unit have LoadCredentialEncrypted=%s?", name, ErrNoCredential, dir, name)
	}
	if err != nil {
		return nil, fmt.Errorf("systemd: credential %q: %w", name, err)
	}
	defer f.Close()
	secret, err := io.ReadAll(io.LimitReader(f, maxCredential+1))
	if err != nil {
		return nil, fmt.Errorf("systemd: credential %q: %w", name, err)
	}
	if len(secret) > maxCredential {
		return nil, fmt.Errorf("systemd: credential %q: it is larger than %d bytes", name, maxCredential)
	}
	return secret, nil
}

package secrets

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
)

const (
	statementFile = "statement.pem"
	pemPrivate    = "PRIVATE KEY"
	pemCert       = "CERTIFICATE"
)

// StatementKey returns the key that signs statements. known is its public half in hex as the database remembers it, or
// "" at the first start: only then is a missing key made. The errors are ErrGone, ErrCorrupt and those of the folder.
func (f *Folder) StatementKey(known string) (key ed25519.PrivateKey, made bool, err error) {
	path := f.Path(statementFile)
	data, err := f.read(statementFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && known == "":
		key, err = f.makeStatementKey()
		return key, err == nil, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, fmt.Errorf("%w: %s, the key that signs statements; restore it from a backup. To go on with a new one instead, "+
			"move the database away too: to the rooms this will be another hub", ErrGone, path)
	case err != nil:
		return nil, false, err
	}
	if key, err = parseKey(data); err != nil {
		return nil, false, fmt.Errorf("%w: %s: %w; restore it from a backup", ErrCorrupt, path, err)
	}
	if known != "" && PublicHex(key) != known {
		return nil, false, fmt.Errorf("%w: %s holds another key than the one this hub has used so far; restore that one from a backup", ErrCorrupt, path)
	}
	return key, false, nil
}

// PublicHex names a statement key for the database and the log.
func PublicHex(key ed25519.PrivateKey) string {
	public, _ := key.Public().(ed25519.PublicKey)
	return hex.EncodeToString(public)
}

func (f *Folder) makeStatementKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("the statement key was not made: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("the statement key was not encoded: %w", err)
	}
	return key, f.write(statementFile, pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}), 0o600)
}

func parseKey(data []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != pemPrivate || len(rest) != 0 {
		return nil, errors.New("it is not one private key in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the private key in it does not parse") // the cause could quote the key
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the private key in it is not an Ed25519 key")
	}
	return key, nil
}

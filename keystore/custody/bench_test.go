package custody_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"path/filepath"
	"testing"

	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/succession"
	"greenroom/keystore/tpm"
	"greenroom/keystore/tpm/tpmtest"
)

// BenchmarkKeystore is the table of what a keystore's operations take, backend by backend. "open" is the daemon's start.
// The TPM is swtpm: its times are this package's own, and a chip on a board takes ten to a hundred times as long.
func BenchmarkKeystore(b *testing.B) {
	for _, backend := range []struct {
		name string
		file keystore.FileOptions
	}{
		{"file-credential", keystore.FileOptions{Credential: bytes.Repeat([]byte("c"), 32)}},
		{"file-passphrase", keystore.FileOptions{Passphrase: []byte("correct horse")}},
		{"tpm", keystore.FileOptions{}},
	} {
		c := bench{backend: custody.File, file: backend.file}
		if backend.name == "tpm" {
			c.backend, c.maker = custody.TPM, tpmtest.NewMaker(b)
		}
		b.Run("create/"+backend.name, c.create)
		b.Run("open/"+backend.name, c.open)
		for _, op := range []struct {
			name string
			run  func(v *custody.Vault) error
		}{
			{"sign", signOnce},
			{"seal", func(v *custody.Vault) error { _, err := v.Seal("hub token", make([]byte, 256)); return err }},
			{"count", func(v *custody.Vault) error { _, err := v.Increment(); return err }},
			{"read-counter", func(v *custody.Vault) error { _, err := v.Counter(); return err }},
			{"rotate", rotateOnce},
		} {
			b.Run(op.name+"/"+backend.name, func(b *testing.B) { c.repeat(b, op.run) })
		}
		b.Run("unseal/"+backend.name, c.unseal)
		if c.maker != nil {
			b.Run("attest/"+backend.name, func(b *testing.B) {
				c.repeat(b, func(v *custody.Vault) error { _, err := v.Attest(make([]byte, 32)); return err })
			})
		}
	}
}

// bench is one backend.
type bench struct {
	backend custody.Backend
	file    keystore.FileOptions
	maker   *tpmtest.Maker // of the TPM
}

func (c bench) options(b *testing.B) custody.Options {
	opts := custody.Options{Backend: c.backend, CreateIfMissing: true, File: func() (keystore.FileOptions, error) {
		return keystore.FileOptions{Credential: bytes.Clone(c.file.Credential), Passphrase: bytes.Clone(c.file.Passphrase)}, nil
	}}
	if c.maker != nil {
		chip := tpmtest.Start(b)
		c.maker.Endorse(b, chip, nil)
		opts.TPM = tpm.Options{Device: chip.Socket}
	}
	return opts
}

func (c bench) create(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		opts, dir := c.options(b), filepath.Join(b.TempDir(), "keystore") // one TPM has room for a few counters only
		b.StartTimer()
		openAndClose(b, dir, opts)
	}
}

func (c bench) open(b *testing.B) {
	opts, dir := c.options(b), filepath.Join(b.TempDir(), "keystore")
	openAndClose(b, dir, opts)
	for b.Loop() {
		openAndClose(b, dir, opts)
	}
}

func openAndClose(b *testing.B, dir string, opts custody.Options) {
	b.Helper()
	v, err := custody.Open(dir, opts)
	if err != nil {
		b.Fatal(err)
	}
	if err := v.Close(); err != nil {
		b.Fatal(err)
	}
}

// vault opens a keystore until the end of the benchmark.
func (c bench) vault(b *testing.B) *custody.Vault {
	b.Helper()
	v, err := custody.Open(filepath.Join(b.TempDir(), "keystore"), c.options(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = v.Close() })
	return v
}

func (c bench) repeat(b *testing.B, op func(*custody.Vault) error) {
	v := c.vault(b)
	for b.Loop() {
		if err := op(v); err != nil {
			b.Fatal(err)
		}
	}
}

func (c bench) unseal(b *testing.B) {
	v := c.vault(b)
	sealed, err := v.Seal("hub token", make([]byte, 256))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := v.Unseal("hub token", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func signOnce(v *custody.Vault) error {
	digest := sha256.Sum256(nil)
	_, err := v.Identity().Sign(nil, digest[:], crypto.SHA256)
	return err
}

// rotateOnce makes a new identity and gives it up: what is kept of former identities would grow with each.
func rotateOnce(v *custody.Vault) error {
	statement, err := v.Rotate("")
	if err != nil {
		return err
	}
	if _, err := succession.Parse(statement); err != nil {
		return err
	}
	return v.Abandon()
}

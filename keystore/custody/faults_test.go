package custody_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/keystore/succession"
	"greenroom/keystore/tpm/tpmtest"
)

// copied copies a folder and what is below it.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "keystore")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		mode := os.FileMode(0o600)
		if err == nil && d.IsDir() {
			mode = 0o700
		}
		return errors.Join(err, os.Chmod(path, mode))
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// rolls returns the paths of the rolls, the newest first.
func rolls(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "roll-*.roll"))
	if err != nil || len(paths) != 2 {
		t.Fatalf("rolls: %q (%v)", paths, err)
	}
	slices.Reverse(paths)
	return paths
}

// overwrite makes a file's content something else.
func overwrite(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDamagedRoll: one damaged roll changes nothing, whichever bit it is; nor do two as long as there was one identity only.
// After a rotation, nobody knows any more which identity it was, and no new one is made.
func TestDamagedRoll(t *testing.T) {
	d := newDevice(t, "")
	key := d.made(t, custody.File).Fingerprint
	good := read(t, rolls(t, d.dir)[0])
	for i := 0; i < len(good); i += 7 { // every position is tried where no store has to be opened (TestDamagedRolls)
		c := device{copied(t, d.dir), ""}
		bad := bytes.Clone(good)
		bad[i] ^= 1
		overwrite(t, rolls(t, c.dir)[0], bad)
		if info := c.made(t, custody.Auto); info.Fingerprint != key || len(info.Notices) != 1 {
			t.Fatalf("byte %d flipped: %+v", i, info)
		}
	}
	both := device{copied(t, d.dir), ""}
	for _, path := range rolls(t, both.dir) {
		overwrite(t, path, nil)
	}
	if info := both.made(t, custody.Auto); info.Fingerprint != key || len(info.Notices) != 2 {
		t.Errorf("both damaged: %+v", info)
	}
	v := d.vault(t)
	mustRotate(t, v, "")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range rolls(t, d.dir) {
		overwrite(t, path, nil)
	}
	for range 2 {
		d.refuses(t, custody.Auto, keystore.ErrCorrupt)
	}
}

// TestForeignRoll: a roll that another device made is set aside.
func TestForeignRoll(t *testing.T) {
	d, other := newDevice(t, ""), newDevice(t, "")
	key := d.made(t, custody.File).Fingerprint
	other.made(t, custody.File)
	overwrite(t, rolls(t, d.dir)[0], read(t, rolls(t, other.dir)[0]))
	info := d.made(t, custody.Auto)
	if info.Fingerprint != key || len(info.Notices) != 1 || !strings.Contains(info.Notices[0], "not made by the identity") {
		t.Errorf("%+v", info)
	}
}

// TestGoneIdentity: an identity whose folder or files are gone is corrupt, and not missing.
func TestGoneIdentity(t *testing.T) {
	for _, gone := range []string{"identity-1", "identity-1/identity-*"} {
		d := newDevice(t, "")
		d.made(t, custody.File)
		paths, err := filepath.Glob(filepath.Join(d.dir, gone))
		if err != nil || len(paths) == 0 {
			t.Fatal(err)
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
		d.refuses(t, custody.Auto, keystore.ErrCorrupt)
	}
}

// TestOlderLayout: the folder of a greenroomd from before there were rolls is not taken for an empty one.
func TestOlderLayout(t *testing.T) {
	d := newDevice(t, "")
	s, err := keystore.OpenFile(d.dir, keystore.FileOptions{Unprotected: true, CreateIfMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.refuses(t, custody.Auto, keystore.ErrUnsupported)
}

// TestRolledBackFolder: with a TPM, an older copy of the folder does not bring the counter back; and one from before a
// rotation does not bring the counter's authority back either.
func TestRolledBackFolder(t *testing.T) {
	d := newDevice(t, tpmtest.Start(t).Socket)
	d.made(t, custody.TPM)
	before := device{copied(t, d.dir), d.chip}
	v := d.vault(t)
	if _, err := v.Increment(); err != nil {
		t.Fatal(err)
	}
	want := counter(t, v)
	if got := counter(t, before.vault(t)); got != want {
		t.Errorf("the older folder counts %d, want %d", got, want)
	}
	mustRotate(t, v, "")
	older := device{copied(t, before.dir), d.chip}
	if _, err := older.vault(t).Counter(); !errors.Is(err, keystore.ErrTPMCleared) {
		t.Errorf("the folder from before the rotation: %v", err)
	}
}

// TestTPMFailsDuringAMove: nothing is begun without the TPM; what was begun waits for it, and everything else goes on.
func TestTPMFailsDuringAMove(t *testing.T) {
	chip := tpmtest.Start(t)
	d := newDevice(t, chip.Socket)
	key := d.made(t, custody.File).Fingerprint
	v := d.vault(t)
	release := tpmtest.Fill(t, chip.Wire(t))
	if _, err := v.Rotate(custody.TPM); !errors.Is(err, keystore.ErrTPMBusy) {
		t.Errorf("busy: %v", err)
	}
	release()
	chip.Stop(t)
	if _, err := v.Rotate(custody.TPM); !errors.Is(err, keystore.ErrTPMGone) {
		t.Errorf("gone: %v", err)
	}
	if _, pending := v.Pending(); pending {
		t.Error("a rotation is pending that was not begun")
	}
	chip.Start(t)
	statement, err := v.Rotate(custody.TPM)
	if err != nil {
		t.Fatal(err)
	}
	s, err := succession.Parse(statement)
	if err != nil {
		t.Fatal(err)
	}
	chip.Stop(t)
	v = d.again(t, v)
	if info := v.Info(); info.Fingerprint != key || info.NextBackend != "tpm" || len(info.Notices) != 1 {
		t.Errorf("without the TPM: %+v", info)
	}
	mustSign(t, v.Identity())
	if err := v.Commit(s.New[:]); !errors.Is(err, keystore.ErrTPMGone) {
		t.Errorf("commit: %v", err)
	}
	mustSign(t, v.Identity())
	chip.Start(t)
	if err := v.Commit(s.New[:]); err != nil {
		t.Fatal(err)
	}
	mustSign(t, v.Identity())
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	chip.Stop(t)
	d.refuses(t, custody.Auto, keystore.ErrTPMGone)
	d.refuses(t, custody.File, keystore.ErrOtherBackend)
}

// TestMoveWithTheConfigurationOfEither: during a move the configuration may name the old backend or the new one.
func TestMoveWithTheConfigurationOfEither(t *testing.T) {
	d := newDevice(t, tpmtest.Start(t).Socket)
	key := d.made(t, custody.File).Fingerprint
	d.refuses(t, custody.TPM, keystore.ErrOtherBackend)
	v := d.vault(t)
	if _, err := v.Rotate(custody.TPM); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for _, backend := range []custody.Backend{custody.File, custody.TPM, custody.Auto} {
		if info := d.made(t, backend); info.Fingerprint != key {
			t.Errorf("%s: %+v", backend, info)
		}
	}
}

// TestDamagedNext: a damaged next identity can't be committed to, and can be given up; the current one is not touched.
func TestDamagedNext(t *testing.T) {
	d := newDevice(t, "")
	key := d.made(t, custody.File).Fingerprint
	v := d.vault(t)
	statement, err := v.Rotate("")
	if err != nil {
		t.Fatal(err)
	}
	s, err := succession.Parse(statement)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(d.dir, "identity-2", "identity-*"))
	if err != nil || len(paths) != 2 {
		t.Fatalf("%q (%v)", paths, err)
	}
	for _, path := range paths {
		overwrite(t, path, nil)
	}
	v = d.vault(t)
	if err := v.Commit(s.New[:]); !errors.Is(err, keystore.ErrCorrupt) {
		t.Errorf("commit: %v", err)
	}
	if err := v.Abandon(); err != nil {
		t.Error(err)
	}
	if info := v.Info(); info.Fingerprint != key {
		t.Errorf("%+v", info)
	}
	mustRotate(t, v, "")
	if kept, err := filepath.Glob(filepath.Join(d.dir, "identity-2", "*.corrupt")); err != nil || len(kept) != 2 {
		t.Errorf("the damaged files are %q (%v)", kept, err)
	}
}

// TestReset: the folder is set aside whole; a new identity can be made, and the old one brought back.
func TestReset(t *testing.T) {
	d, now := newDevice(t, ""), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if _, err := custody.Reset(d.dir, now); !errors.Is(err, keystore.ErrMissing) {
		t.Errorf("nothing is there: %v", err)
	}
	key := d.made(t, custody.File).Fingerprint
	v := d.vault(t)
	if _, err := custody.Reset(d.dir, now); !errors.Is(err, keystore.ErrInUse) {
		t.Errorf("in use: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	var asides []string
	for range 2 {
		aside, err := custody.Reset(d.dir, now)
		if err != nil {
			t.Fatal(err)
		}
		asides = append(asides, aside)
		if info := d.made(t, custody.File); info.Fingerprint == key {
			t.Error("the old identity is still there")
		}
	}
	if asides[0] != d.dir+".aside-20260102T030405Z" || asides[1] != asides[0]+"-2" {
		t.Errorf("set aside as %q", asides)
	}
	if info := (device{asides[0], ""}).made(t, custody.File); info.Fingerprint != key {
		t.Error("the old identity does not come back")
	}
}

// TestUnusedIdentity: an identity that no roll names was never announced. It is set aside, and its number not used again.
func TestUnusedIdentity(t *testing.T) {
	d, other := newDevice(t, ""), newDevice(t, "")
	key := d.made(t, custody.File).Fingerprint
	other.made(t, custody.File)
	if err := os.Rename(filepath.Join(other.dir, "identity-1"), filepath.Join(d.dir, "identity-2")); err != nil {
		t.Fatal(err)
	}
	v := d.vault(t)
	if info := v.Info(); info.Fingerprint != key || len(info.Notices) != 1 || !strings.Contains(info.Notices[0], "identity-2") {
		t.Errorf("%+v", info)
	}
	mustRotate(t, v, "")
	for _, name := range []string{"identity-2.unused", "identity-3"} {
		if _, err := os.Stat(filepath.Join(d.dir, name)); err != nil {
			t.Error(err)
		}
	}
}

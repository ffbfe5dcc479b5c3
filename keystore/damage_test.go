package keystore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"greenroom/keystore/internal/generations"
	"greenroom/keystore/internal/generations/generationstest"
)

// readIdentity returns the bytes of a generation.
func readIdentity(t *testing.T, dir string, generation uint64) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, generations.KeyFile.Name(generation)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// damages are a file with each byte flipped in turn, cut to each length, and with one byte too many.
func damages(good []byte) map[string][]byte {
	all := map[string][]byte{}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		all["byte "+strconv.Itoa(i)+" flipped"] = bad
		all["cut to "+strconv.Itoa(i)+" bytes"] = good[:i]
	}
	all["one byte more"] = append(bytes.Clone(good), 0)
	return all
}

// TestDamagedOnly: the one copy is damaged. The store says so at this start and at every later one, keeps the file, and
// never makes a new identity.
func TestDamagedOnly(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "keystore")
	mustOpen(t, source)
	for name, bad := range damages(readIdentity(t, source, 2)) {
		dir := folderWith(t, map[string][]byte{generations.KeyFile.Name(2): bad})
		for start := range 2 {
			_, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{})
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%s: start %d: got %v, want ErrCorrupt", name, start+1, err)
			}
		}
		kept, err := os.ReadFile(filepath.Join(dir, generations.KeyFile.Name(2)+generations.AsideSuffix))
		if err != nil || !bytes.Equal(kept, bad) {
			t.Fatalf("%s: the damaged file is not kept: %v", name, err)
		}
	}
}

// TestDamagedNewest: the copy before it is used, the damaged one set aside, and a new second copy written.
func TestDamagedNewest(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "keystore")
	want, _ := mustOpen(t, source)
	previous := readIdentity(t, source, 1)
	for name, bad := range damages(readIdentity(t, source, 2)) {
		dir := folderWith(t, map[string][]byte{generations.KeyFile.Name(1): previous, generations.KeyFile.Name(2): bad})
		got, info, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{})
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s: the identity did not come back: %v", name, err)
		}
		if info.Generation != 3 || len(info.Notices) != 1 || !strings.Contains(info.Notices[0], generations.KeyFile.Name(2)+generations.AsideSuffix) {
			t.Fatalf("%s: info %+v", name, info)
		}
		if live := liveGenerations(t, dir); live != generations.Keep {
			t.Fatalf("%s: %d generations at rest", name, live)
		}
	}
}

func folderWith(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keystore")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		overwrite(t, dir, name, b)
	}
	return dir
}

// TestDamagedAgain: a second damaged file of the same name does not overwrite the first one.
func TestDamagedAgain(t *testing.T) {
	dir := folderWith(t, map[string][]byte{
		generations.KeyFile.Name(1):                                  []byte("second"),
		generations.KeyFile.Name(1) + generations.AsideSuffix:        []byte("first"),
		generations.KeyFile.Name(1) + generations.AsideSuffix + "-3": []byte("third"),
	})
	if _, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	names, err := generations.OSFolder(dir).Names()
	want := []string{generations.KeyFile.Name(1) + generations.AsideSuffix, generations.KeyFile.Name(1) + generations.AsideSuffix + "-2", generations.KeyFile.Name(1) + generations.AsideSuffix + "-3", generations.LockName}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("the folder holds %q (%v), want %q", names, err, want)
	}
}

// TestQuarantineFails: on a disk that can't be written the damaged file stays, and the error is still ErrCorrupt.
func TestQuarantineFails(t *testing.T) {
	dir := folderWith(t, map[string][]byte{generations.KeyFile.Name(1): []byte("damaged")})
	_, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{FailAt: 1, Err: os.ErrPermission})
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "could not be set aside") {
		t.Errorf("got %v", err)
	}
}

// TestForeignName: a good file under the name of another generation is not the newest one.
func TestForeignName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	want, _ := mustOpen(t, dir)
	overwrite(t, dir, generations.KeyFile.Name(9), readIdentity(t, dir, 1))
	got, info, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{})
	if err != nil || !bytes.Equal(got, want) || info.Generation != 2 {
		t.Errorf("generation %d opened, %v", info.Generation, err)
	}
}

// TestNewerVersion: a file of a later version is left alone, whatever else is there.
func TestNewerVersion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	mustOpen(t, dir)
	later := resum(append([]byte(fileMagic+"\x02"), make([]byte, 400)...))
	overwrite(t, dir, generations.KeyFile.Name(3), later)
	if _, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{}); !errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v, want ErrUnsupported", err)
	}
	if !bytes.Equal(readIdentity(t, dir, 3), later) {
		t.Error("the newer file was changed")
	}
}

// resum gives a file the right checksum again, as somebody who changes it on purpose would.
func resum(file []byte) []byte {
	body := file[:len(file)-sumLen]
	sum := sha256.Sum256(body)
	return append(bytes.Clone(body), sum[:]...)
}

// TestChangedOnPurpose: with the checksum mended, no byte can be changed without the secret.
func TestChangedOnPurpose(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "keystore")
	want, _ := mustOpen(t, source)
	good := readIdentity(t, source, 2)
	refused := 0
	for i := range len(good) - sumLen {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		dir := folderWith(t, map[string][]byte{generations.KeyFile.Name(2): resum(bad)})
		opts := testOptions()
		opts.Credential, opts.Unprotected = bytes.Repeat([]byte("c"), minCredential), true
		s, err := openFile(dir, opts, internals{cost: cheap()})
		if err == nil {
			t.Errorf("byte %d: it opened, as %x", i, s.identity.point)
			continue
		}
		refused++
		for _, kind := range []error{ErrMissing, ErrInUse, ErrNoSpace, ErrTooOpen, ErrUnreadable} {
			if errors.Is(err, kind) {
				t.Errorf("byte %d: got %v", i, err)
			}
		}
	}
	if refused != fileLen-sumLen || want == nil {
		t.Errorf("%d of %d changes were refused", refused, fileLen-sumLen)
	}
}

// TestStrengthened: a file with weaker parameters is written again, and no weak copy stays.
func TestStrengthened(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	want, _ := mustOpen(t, dir)
	if got, info, err := tryOpen(t, dir, dearer(), &generationstest.Faulty{}); err != nil || !bytes.Equal(got, want) || info.Generation != 4 {
		t.Fatalf("generation %d opened, %v", info.Generation, err)
	}
	g, err := generations.Scan(generations.OSFolder(dir), generations.KeyFile, parseRecord)
	if err != nil || len(g.Valid) != generations.Keep {
		t.Fatalf("%d generations, %v", len(g.Valid), err)
	}
	for _, r := range g.Valid {
		if r.cost != dearer() {
			t.Errorf("generation %d has %+v", r.generation, r.cost)
		}
	}
	if _, info := mustOpen(t, dir); info.Generation != 4 {
		t.Error("parameters that are strong enough were written again")
	}
}

// TestOtherBackend: a folder with the identity of a TPM, good or set aside, gets no identity in a file.
func TestOtherBackend(t *testing.T) {
	for _, name := range []string{generations.TPMFile.Name(7), generations.TPMFile.Name(7) + generations.AsideSuffix} {
		dir := folderWith(t, map[string][]byte{name: []byte("a TPM's")})
		_, _, err := tryOpen(t, dir, cheap(), &generationstest.Faulty{})
		if !errors.Is(err, ErrOtherBackend) {
			t.Errorf("%s: got %v, want ErrOtherBackend", name, err)
		}
		if kept, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(kept) != "a TPM's" {
			t.Errorf("%s was changed to %q (%v)", name, kept, err)
		}
	}
}

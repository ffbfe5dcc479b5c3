package tpm

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/tpm/tpmtest"
)

var update = flag.Bool("update", false, "make the test vector again")

// made makes a store and returns its newest file.
func made(t testing.TB, dir string, chip *tpmtest.TPM) (file []byte, point string) {
	t.Helper()
	s, err := Open(dir, Options{Device: chip.Socket, CreateIfMissing: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err = os.ReadFile(filepath.Join(dir, generations.TPMFile.Name(s.Info().Generation)))
	if err != nil {
		t.Fatal(err)
	}
	return file, string(s.Identity().PublicKeyBytes())
}

// tryFiles opens a store that has these files, and returns what came of it and the files then.
func tryFiles(t testing.TB, chip *tpmtest.TPM, files map[string][]byte) (point string, info keystore.Info, names []string, err error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keystore")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, file := range files {
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir, Options{Device: chip.Socket, CreateIfMissing: true})
	if err == nil {
		point, info = string(s.Identity().PublicKeyBytes()), s.Info()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	names, lerr := generations.OSFolder(dir).Names()
	if lerr != nil {
		t.Fatal(lerr)
	}
	return point, info, names, err
}

func resum(file []byte) []byte {
	body := file[:len(file)-sumLen]
	sum := sha256.Sum256(body)
	return slices.Concat(body, sum[:])
}

// damages are a file flipped at each byte, and cut at some.
func damages(file []byte) map[int][]byte {
	all := make(map[int][]byte)
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		all[i] = bad
	}
	for _, n := range []int{0, 1, len(file) / 2, len(file) - 1} {
		all[-1-n] = file[:n]
	}
	return all
}

// TestDamagedRecordsDoNotParse: every byte flipped once, and cut files; with the checksum put right, the fields are
// checked or the tag finds it (TestForgedFiles).
func TestDamagedRecordsDoNotParse(t *testing.T) {
	for i, bad := range damages(vector(t)) {
		if _, err := parseRecord(bad); !errors.Is(err, generations.ErrDamaged) {
			t.Errorf("position %d: %v", i, err)
		}
	}
}

// TestForgedFiles: a file whose checksum was put right after a change never opens, is never deleted, and never leads to
// a new identity.
func TestForgedFiles(t *testing.T) {
	chip := tpmtest.Start(t)
	file, _ := made(t, filepath.Join(t.TempDir(), "keystore"), chip)
	for i := 0; i < len(file)-sumLen; i++ {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		bad = resum(bad)
		_, _, names, err := tryFiles(t, chip, map[string][]byte{generations.TPMFile.Name(2): bad})
		if len(names) != 2 {
			t.Fatalf("position %d: the folder holds %q", i, names)
		}
		want := keystore.ErrCorrupt
		switch {
		case i == 8:
			want = keystore.ErrUnsupported
		case i >= 82 && i < 82+nameLen: // the storage primary's name, and not the endorsement key's
			want = keystore.ErrTPMCleared
		}
		if !errors.Is(err, want) {
			t.Errorf("position %d: %v, want %v", i, err, want)
		}
		if aside := strings.HasSuffix(names[0], generations.AsideSuffix); aside != (want == keystore.ErrCorrupt) {
			t.Errorf("position %d: the folder holds %q", i, names)
		}
	}
}

// TestPreviousGeneration: when the newest file is damaged or forged, the previous one is used, and mended.
func TestPreviousGeneration(t *testing.T) {
	chip := tpmtest.Start(t)
	dir := filepath.Join(t.TempDir(), "keystore")
	newest, point := made(t, dir, chip)
	previous, err := os.ReadFile(filepath.Join(dir, generations.TPMFile.Name(1)))
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Clone(newest)
	forged[17] ^= 1 // the device id
	for name, bad := range map[string][]byte{"empty": {}, "cut": newest[:100], "forged": resum(forged)} {
		got, info, names, err := tryFiles(t, chip, map[string][]byte{
			generations.TPMFile.Name(1): previous, generations.TPMFile.Name(2): bad,
		})
		if err != nil || got != point {
			t.Errorf("%s: %v", name, err)
		}
		want := []string{
			generations.TPMFile.Name(1), generations.TPMFile.Name(2) + generations.AsideSuffix,
			generations.TPMFile.Name(3), generations.LockName,
		}
		if len(info.Notices) != 1 || info.Generation != 3 || !slices.Equal(names, want) {
			t.Errorf("%s: %+v, %q", name, info, names)
		}
	}
}

// TestAllCorrupt: with no good file left there is no new identity, at this start and at the next one.
func TestAllCorrupt(t *testing.T) {
	chip := tpmtest.Start(t)
	files := map[string][]byte{generations.TPMFile.Name(1): []byte("x"), generations.TPMFile.Name(2): {}}
	_, _, names, err := tryFiles(t, chip, files)
	if !errors.Is(err, keystore.ErrCorrupt) {
		t.Fatal(err)
	}
	again := make(map[string][]byte)
	for _, name := range names {
		again[name] = []byte("y")
	}
	if _, _, after, err := tryFiles(t, chip, again); !errors.Is(err, keystore.ErrCorrupt) || !slices.Equal(after, names) {
		t.Errorf("the next start: %v, %q; want %q", err, after, names)
	}
}

// TestMissing: the first start is told from everything else, also without a TPM.
func TestMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystore")
	for range 2 { // without and with a folder
		_, err := Open(dir, Options{Device: filepath.Join(t.TempDir(), "no-tpm")})
		if !errors.Is(err, keystore.ErrMissing) {
			t.Errorf("got %v, want ErrMissing", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOtherBackend: a folder with an identity in a file gets none in a TPM.
func TestOtherBackend(t *testing.T) {
	files := map[string][]byte{generations.KeyFile.Name(1): []byte("a file's")}
	if _, _, _, err := tryFiles(t, tpmtest.Start(t), files); !errors.Is(err, keystore.ErrOtherBackend) {
		t.Errorf("got %v, want ErrOtherBackend", err)
	}
}

// TestPassword: go-tpm cuts a password at the first zero byte, and a TPM cuts zeros off its end. Of random bytes, one
// password in eight would not work.
func TestPassword(t *testing.T) {
	seen := make(map[string]bool)
	for i := range 256 {
		password, err := counterPassword(bytes.Repeat([]byte{byte(i)}, dataKeyLen))
		if err != nil || len(password) != 32 || bytes.IndexByte(password, 0) >= 0 {
			t.Fatalf("%x (%v)", password, err)
		}
		seen[string(password)] = true
	}
	if len(seen) != 256 {
		t.Errorf("256 data keys give %d passwords", len(seen))
	}
}

// sevens is randomness that repeats itself.
type sevens struct{}

func (sevens) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 7
	}
	return len(b), nil
}

// renew makes the vector again, with a new TPM in software. The format has changed where that is needed.
func renew(t *testing.T) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keystore")
	s, err := Open(dir, Options{
		Device: tpmtest.Start(t).Socket, CreateIfMissing: true,
		Rand: sevens{}, Now: func() time.Time { return time.Unix(1767323045, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name := generations.TPMFile.Name(2)
	file, err := os.ReadFile(filepath.Join(dir, name))
	if err == nil {
		err = os.WriteFile(filepath.Join("testdata", name), file, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// vector is a file that a keystore made with swtpm, with the data key and the device id 0707...
func vector(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", generations.TPMFile.Name(2)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestVector holds the format: a later version of this package reads the same from the same bytes.
func TestVector(t *testing.T) {
	if *update {
		renew(t)
	}
	file := vector(t)
	r, err := parseRecord(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.generation != 2 || r.device != [16]byte(bytes.Repeat([]byte{7}, 16)) || r.created != 1767323045 || r.counter != 0x01870707 {
		t.Errorf("generation %d, device %x, created %d, counter %#x", r.generation, r.device, r.created, uint32(r.counter))
	}
	key := bytes.Repeat([]byte{7}, dataKeyLen)
	if !r.genuine(key) {
		t.Error("the tag is not the one of its data key")
	}
	key[0] ^= 1
	if r.genuine(key) {
		t.Error("the tag fits another data key")
	}
	if !bytes.Equal(r.Marshal(), file) {
		t.Error("it is written back differently")
	}
}

// FuzzRecord: no bytes crash the reader, and what it takes for a record is written back the same. The input is a file
// without its checksum.
func FuzzRecord(f *testing.F) {
	file := vector(f)
	f.Add(file[:len(file)-sumLen])
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		file := slices.Concat(body, sum[:])
		r, err := parseRecord(file)
		if err != nil {
			if !errors.Is(err, generations.ErrDamaged) && !errors.Is(err, generations.ErrNewer) {
				t.Errorf("%v is neither damage nor a newer version", err)
			}
			return
		}
		if !bytes.Equal(r.Marshal(), file) {
			t.Errorf("%x comes back as %x", file, r.Marshal())
		}
	})
}

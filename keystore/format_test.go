package keystore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/keystore/internal/generations"
)

// counting is a source of "randomness" for the test vector: 1, 2, 3, ...
type counting struct{ next byte }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		c.next++
		b[i] = c.next
	}
	return len(b), nil
}

func vectorOptions() FileOptions {
	return FileOptions{
		Credential:      []byte("0123456789abcdef0123456789abcdef"),
		CreateIfMissing: true,
		Rand:            &counting{},
		Now:             func() time.Time { return time.Unix(1_780_000_000, 0) },
	}
}

// vector is testdata/vector-1.txt: lines "name: hexadecimal digits", and comments after #.
func vector(t *testing.T) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/vector-1.txt")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		name, digits, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(digits), " ", ""))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fields[strings.TrimSpace(name)] = b
	}
	return fields
}

// TestVector holds the format: the published file opens to the published identity, and is what this program writes.
func TestVector(t *testing.T) {
	v := vector(t)
	dir := folderWith(t, map[string][]byte{generations.KeyFile.Name(1): v["file"]})
	opts := vectorOptions()
	opts.Rand = nil
	s, err := openFile(dir, opts, internals{cost: currentCost()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Identity().PublicKeyBytes(); !bytes.Equal(got, v["public key"]) {
		t.Errorf("public key %x", got)
	}
	if device := s.Info().DeviceID; !bytes.Equal(device[:], v["device"]) {
		t.Errorf("device %x", device)
	}
	secret, err := s.Unseal("hub token", v["sealed for \"hub token\""])
	if err != nil || string(secret) != "a secret" {
		t.Errorf("the sealed secret gives %q, %v", secret, err)
	}

	again := filepath.Join(t.TempDir(), "keystore")
	made, err := openFile(again, vectorOptions(), internals{cost: currentCost()})
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if got := readIdentity(t, again, 1); !bytes.Equal(got, v["file"]) {
		t.Errorf("this program writes\n%x\nand the vector is\n%x", got, v["file"])
	}
	if sealed, err := made.Seal("hub token", []byte("a secret")); err != nil || !bytes.Equal(sealed, v["sealed for \"hub token\""]) {
		t.Errorf("this program seals\n%x\nand the vector is\n%x (%v)", sealed, v["sealed for \"hub token\""], err)
	}
	if _, err := made.Increment(); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, again, generations.CounterFile.Name(1)); !bytes.Equal(got, v["counter file"]) {
		t.Errorf("this program counts\n%x\nand the vector is\n%x", got, v["counter file"])
	}
	next, err := NewSealer(bytes.Repeat([]byte{2}, keyLen), made.Info().DeviceID, &counting{})
	if err != nil {
		t.Fatal(err)
	}
	if handed, err := made.sealer.HandOver(next); err != nil || !bytes.Equal(handed, v["handed over"]) {
		t.Errorf("this program hands over\n%x\nand the vector is\n%x (%v)", handed, v["handed over"], err)
	}
}

func TestFingerprint(t *testing.T) {
	// SHA-256 of no bytes at all begins e3b0c442 98fc1c14 9afbf4c8 996fb924.
	if got, want := Fingerprint(nil), "e3b0 c442 98fc 1c14 9afb f4c8 996f b924"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHostileCost: a file may not make its reader work for ever, even with a right checksum.
func TestHostileCost(t *testing.T) {
	for _, cost := range []argonCost{
		{},
		{passes: 0, memory: 64, lanes: 1},
		{passes: 1, memory: 64, lanes: 0},
		{passes: 1, memory: 7, lanes: 1},
		{passes: maxPasses + 1, memory: 64, lanes: 1},
		{passes: 1, memory: maxMemory + 1, lanes: 1},
		{passes: 1, memory: maxMemory, lanes: maxLanes + 1},
	} {
		r := goodRecord(t)
		r.cost = cost
		if _, err := parseRecord(r.Marshal()); !errors.Is(err, generations.ErrDamaged) {
			t.Errorf("%+v: got %v", cost, err)
		}
	}
}

func goodRecord(t testing.TB) *record {
	t.Helper()
	r := &record{protection: byPassphrase, generation: 1, cost: currentCost()}
	if _, err := newContents(r, &counting{}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBrokenRandomness(t *testing.T) {
	for name, rand := range map[string]*bytes.Reader{
		"none":                   bytes.NewReader(nil),
		"some":                   bytes.NewReader(bytes.Repeat([]byte{1}, 100)),
		"too large for a scalar": bytes.NewReader(bytes.Repeat([]byte{0xff}, 4096)),
	} {
		opts := testOptions()
		opts.Rand = rand
		dir := filepath.Join(t.TempDir(), "keystore")
		if _, err := openFile(dir, opts, internals{cost: cheap()}); err == nil {
			t.Errorf("%s: an identity was made", name)
		}
		if names, err := generations.OSFolder(dir).Names(); err != nil || len(names) != 1 || names[0] != generations.LockName {
			t.Errorf("%s: the folder holds %q (%v)", name, names, err)
		}
	}
}

// FuzzRecord: whatever the bytes, the parser answers; what it accepts it gives back byte for byte.
func FuzzRecord(f *testing.F) {
	good := goodRecord(f)
	f.Add(good.Marshal(), false)
	good.protection, good.cost = byCredential, argonCost{}
	f.Add(good.Marshal(), true)
	f.Add([]byte(fileMagic+"\x02"+strings.Repeat("x", sumLen)), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, file []byte, mend bool) {
		if mend && len(file) >= sumLen {
			file = resum(file) // past the checksum
		}
		r, err := parseRecord(file)
		if err != nil {
			if !errors.Is(err, generations.ErrDamaged) && !errors.Is(err, generations.ErrNewer) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(r.Marshal(), file) {
			t.Errorf("parse and marshal are not inverse for %x", file)
		}
	})
}

// FuzzUnseal: no bytes make the sealer panic, and only what it sealed opens.
func FuzzUnseal(f *testing.F) {
	s, err := NewSealer(bytes.Repeat([]byte{7}, keyLen), [16]byte{1}, &counting{})
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := s.Seal("purpose", []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("purpose", sealed)
	f.Add("other", sealed)
	f.Add("purpose", sealed[:len(sealed)-1])
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, purpose string, b []byte) {
		got, err := s.Unseal(purpose, b)
		if (err == nil) != (purpose == "purpose" && bytes.Equal(b, sealed)) {
			t.Errorf("unseal(%q, %x) gives %q, %v", purpose, b, got, err)
		}
	})
}

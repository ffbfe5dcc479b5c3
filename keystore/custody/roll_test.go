package custody

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/succession"
)

var update = flag.Bool("update", false, "make the test vector again")

const vectorPath = "testdata/vector-1.txt"

// key is a P-256 key whose scalar is 32 times the same byte.
type key struct{ *ecdsa.PrivateKey }

func newKey(t testing.TB, b byte) key {
	t.Helper()
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key{private}
}

func (k key) PublicKeyBytes() []byte {
	b, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return b
}

// sevens is randomness that repeats itself.
type sevens struct{}

func (sevens) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 7
	}
	return len(b), nil
}

// example is a roll with a pending rotation: of the device 0707..., from the key 0101... to 0202..., whose data keys are 32
// bytes 01 and 32 bytes 02.
func example(t testing.TB) *roll {
	t.Helper()
	device := [16]byte(bytes.Repeat([]byte{7}, 16))
	var sealers []*keystore.Sealer
	for _, b := range []byte{1, 2} {
		s, err := keystore.NewSealer(bytes.Repeat([]byte{b}, 32), device, sevens{})
		if err != nil {
			t.Fatal(err)
		}
		sealers = append(sealers, s)
	}
	one, two := newKey(t, 1), newKey(t, 2)
	r := &roll{generation: 3, device: device, current: 1, next: 2, offset: 1<<64 - 5}
	copy(r.currentKey[:], one.PublicKeyBytes())
	copy(r.nextKey[:], two.PublicKeyBytes())
	var err error
	if r.statement, err = succession.Make(device, time.Unix(1_780_000_000, 0), one, two); err != nil {
		t.Fatal(err)
	}
	if r.nextFormer, err = sealers[0].HandOver(sealers[1]); err != nil {
		t.Fatal(err)
	}
	mac, err := sealers[0].MAC(rollLabel, r.body())
	if err != nil {
		t.Fatal(err)
	}
	copy(r.mac[:], mac)
	return r
}

// vector reads the published example: lines "name: hexadecimal digits", and comments after #.
func vector(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(vectorPath)
	if err != nil {
		t.Fatal(err)
	}
	_, digits, found := strings.Cut(string(text), "\nroll: ")
	file, err := hex.DecodeString(strings.TrimSpace(digits))
	if err != nil || !found {
		t.Fatal(err)
	}
	return file
}

// TestVector holds the format: the published roll reads as it should, and is but for the signatures what this program writes.
func TestVector(t *testing.T) {
	want := example(t)
	if *update {
		text := fmt.Sprintf(`# A test vector of the roll, version 1 (see the package doc for the layout): a rotation is pending.
#
# Generation 3, device 0707..., identities 1 and 2, offset -5. The private scalars of the keys, and the data keys, are 32 bytes
# 01 and 32 bytes 02. The statement's time is 1780000000 s, and the randomness of the handed-over data key is bytes 07.

roll: %x
`, want.Marshal())
		if err := os.WriteFile(vectorPath, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := vector(t)
	got, err := parseRoll(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Marshal(), file) {
		t.Error("it is written back differently")
	}
	want.statement = got.statement // its signatures are other ones each time
	if !got.same(want) || got.generation != 3 {
		t.Errorf("it says\n%+v\nand this program makes\n%+v", got, want)
	}
	s, err := keystore.NewSealer(bytes.Repeat([]byte{1}, 32), got.device, sevens{})
	if err != nil {
		t.Fatal(err)
	}
	if mac, err := s.MAC(rollLabel, got.body()); err != nil || !bytes.Equal(mac, got.mac[:]) {
		t.Errorf("the MAC is %x, and should be %x (%v)", got.mac, mac, err)
	}
}

// TestDamagedRolls: each byte flipped once, each length, and one byte more.
func TestDamagedRolls(t *testing.T) {
	file := vector(t)
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1 << (i % 8)
		if _, err := parseRoll(bad); !errors.Is(err, generations.ErrDamaged) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
		if _, err := parseRoll(file[:i]); !errors.Is(err, generations.ErrDamaged) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := parseRoll(append(bytes.Clone(file), 0)); !errors.Is(err, generations.ErrDamaged) {
		t.Errorf("one byte more: %v", err)
	}
}

// FuzzRoll: whatever the bytes, the reader answers; what it accepts it gives back byte for byte. The input is a file
// without its checksum.
func FuzzRoll(f *testing.F) {
	file := vector(f)
	f.Add(file[:len(file)-sumLen])
	plain := example(f)
	plain.next, plain.nextKey, plain.statement, plain.nextFormer = 0, [pointLen]byte{}, nil, nil
	plainFile := plain.Marshal()
	f.Add(plainFile[:len(plainFile)-sumLen])
	f.Add([]byte(rollMagic + "\x02"))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		file := append(bytes.Clone(body), sum[:]...)
		r, err := parseRoll(file)
		if err != nil {
			if !errors.Is(err, generations.ErrDamaged) && !errors.Is(err, generations.ErrNewer) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(r.Marshal(), file) {
			t.Errorf("%x comes back as %x", file, r.Marshal())
		}
	})
}

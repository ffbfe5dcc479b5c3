package keystore_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// TestReaderFromTheDescription is a reader of the published vector that was written from the package doc, and uses nothing
// else of the package: what the doc says is enough, and is what the files are.
func TestReaderFromTheDescription(t *testing.T) {
	text, err := os.ReadFile("testdata/vector-1.txt")
	if err != nil {
		t.Fatal(err)
	}
	field := func(name string) []byte {
		_, rest, _ := strings.Cut(string(text), "\n"+name+": ")
		digits, _, _ := strings.Cut(rest, "\n")
		digits, _, _ = strings.Cut(digits, " #")
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		return b
	}
	derive := func(secret, salt []byte, info string) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, 32)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	open := func(key, nonce, box []byte, associated ...[]byte) []byte {
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := aead.Open(nil, nonce, box, bytes.Join(associated, nil))
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	summed := func(file []byte) {
		n := len(file) - 32
		if sum := sha256.Sum256(file[:n]); !bytes.Equal(sum[:], file[n:]) {
			t.Fatal("the sum is wrong")
		}
	}

	file := field("file")
	summed(file)
	if len(file) != 268 || string(file[:8]) != "GREENKEY" || file[8] != 1 || file[9] != 1 || binary.BigEndian.Uint64(file[10:]) != 1 {
		t.Fatalf("the file begins with %x", file[:18])
	}
	device, public, salt := file[18:34], file[42:107], file[107:123]
	kek := derive(field("credential"), salt, "greenroom keystore 1 credential")
	plain := open(kek, file[132:156], file[156:236], []byte("greenroom keystore 1 identity"), file[:132])
	scalar, dataKey := plain[:32], plain[32:]
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		t.Fatal(err)
	}
	if point, err := key.PublicKey.Bytes(); err != nil || !bytes.Equal(point, public) || !bytes.Equal(public, field("public key")) {
		t.Errorf("the public key is %x (%v)", public, err)
	}

	sealed := field(`sealed for "hub token"`)
	secret := open(dataKey, sealed[1:25], sealed[25:], []byte("greenroom keystore 1 secret"), device, []byte("hub token"))
	if sealed[0] != 1 || string(secret) != "a secret" {
		t.Errorf("the secret is %q", secret)
	}

	count := field("counter file")
	summed(count)
	mac := hmac.New(sha256.New, derive(dataKey, nil, "greenroom keystore 1 counter"))
	mac.Write(count[:33])
	if string(count[:8]) != "GREENCTR" || count[8] != 1 || binary.BigEndian.Uint64(count[9:]) != 1 ||
		!bytes.Equal(count[17:33], device) || !bytes.Equal(count[33:65], mac.Sum(nil)) {
		t.Errorf("the counter file is %x", count)
	}

	handed := field("handed over")
	former := open(bytes.Repeat([]byte{2}, 32), handed[1:25], handed[25:], []byte("greenroom keystore 1 former data keys"), device)
	if handed[0] != 1 || !bytes.Equal(former, dataKey) {
		t.Errorf("handed over is %x", former)
	}
}

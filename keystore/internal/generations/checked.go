package generations

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// SumLen is how many bytes Sum appends.
const SumLen = sha256.Size

// Sum returns a file: a body, which begins with a magic and a byte for its version, and its SHA-256. It finds damage; who
// wrote the body, a seal or a MAC inside says.
func Sum(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

// Body returns what Sum was given, magic and version included. The error is ErrDamaged or ErrNewer.
func Body(file []byte, magic string, version byte) ([]byte, error) {
	if len(file) < len(magic)+1+SumLen {
		return nil, fmt.Errorf("%w: %d bytes", ErrDamaged, len(file))
	}
	body, sum := file[:len(file)-SumLen], file[len(file)-SumLen:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) || string(body[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: the checksum is wrong", ErrDamaged)
	}
	if got := body[len(magic)]; got != version {
		return nil, fmt.Errorf("%w %d", ErrNewer, got)
	}
	return body, nil
}

package guest

import (
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// rawSize is the length of a P-256 signature as WebCrypto makes it: r and s, 32 bytes each.
const rawSize = 64

var errSignature = errors.New("the browser's signature has not 64 bytes")

// asn1Signature returns a signature of WebCrypto as the protocol wants it.
func asn1Signature(raw []byte) ([]byte, error) {
	if len(raw) != rawSize {
		return nil, errSignature
	}
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[:rawSize/2]))
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[rawSize/2:]))
	})
	return b.Bytes()
}

package keystore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// ExportPublic returns a public key (65 bytes, uncompressed) in the form that other programs read: PEM, "PUBLIC KEY"
// (RFC 7468, section 13).
func ExportPublic(point []byte) ([]byte, error) {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("keystore: export: %w: not a P-256 point: %w", ErrRefused, err)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("keystore: export: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

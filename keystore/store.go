package keystore

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Limits of what a Store seals.
const (
	// MaxSecret is the length of the longest secret that Seal takes, in bytes.
	MaxSecret = 64 << 10
	// MaxPurpose is the length of the longest purpose, in bytes.
	MaxPurpose = 64
)

// Store is a device's identity and the key for its secrets. All methods may be called from several goroutines.
type Store interface {
	// Identity returns the identity key. It stays usable until Close.
	Identity() Signer
	// Seal encrypts a secret so that only Unseal on this device, with the same purpose, opens it. A purpose is 1 to
	// MaxPurpose bytes that say what the secret is for ("hub token"). The errors are ErrRefused and ErrClosed.
	Seal(purpose string, plaintext []byte) ([]byte, error)
	// Unseal opens what Seal made. ErrSealed says that the bytes are damaged, or of another purpose or device.
	Unseal(purpose string, sealed []byte) ([]byte, error)
	// Info says where the identity is and how it is protected. It holds no secret.
	Info() Info
	// Close forgets the keys and lets another process open the store. Afterwards Sign, Seal and Unseal give ErrClosed.
	// A second Close does nothing.
	Close() error
}

// Signer is an ECDSA P-256 key. Sign takes SHA-256 digests only and returns an ASN.1 signature; its rand may be nil.
type Signer interface {
	crypto.Signer
	// PublicKeyBytes returns the public key as an uncompressed point of 65 bytes (SEC 1, section 2.3.3).
	PublicKeyBytes() []byte
}

// The ways in which a store is protected (Info.Protection).
const (
	ProtectionCredential = "credential" // a systemd credential
	ProtectionPassphrase = "passphrase"
	ProtectionTPM        = "tpm"  // the key never leaves the TPM
	ProtectionNone       = "none" // whoever reads the files has the identity
)

// Info describes a store, for the screen, greenroomctl and the log.
type Info struct {
	Backend     string   // "file", "tpm"
	Fingerprint string   // of the identity's public key; see Fingerprint
	DeviceID    [16]byte // random, made with the identity
	Protection  string   // one of the Protection constants
	Created     time.Time
	// Generation counts the times the identity file was written.
	Generation uint64
	// Notices are sentences for the log: what was found damaged at opening and what was done about it.
	Notices []string
}

// Fingerprint returns the first 32 hexadecimal digits of the SHA-256 of a public key (65 bytes, uncompressed) in
// groups of 4, for people to compare.
func Fingerprint(publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	digits := hex.EncodeToString(sum[:16])
	groups := make([]string, 0, 8)
	for ; digits != ""; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(groups, " ")
}

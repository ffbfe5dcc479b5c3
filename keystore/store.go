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
	// Counter returns the value of a counter that only counts up, from whatever it begins at. With a TPM nobody can turn
	// it back. With files, whoever can replace the whole folder can turn it back together with everything else; what
	// it finds are old files that were put beside it. A value says nothing until it is compared with one sealed earlier.
	Counter() (uint64, error)
	// Increment counts up by one and returns the new value. Count when the configuration changes, not all the time: a
	// TPM's memory wears out after some hundred thousand writes. After an error it may have counted or not: ask Counter.
	Increment() (uint64, error)
	// Attest returns evidence, for attest.Verify at the hub, that the identity key is in a TPM that its maker vouches
	// for. The nonce is the hub's, 16 to 32 bytes. ErrNotInTPM: it is in a file. ErrNoEndorsement: the TPM has no
	// certificate of its maker.
	Attest(nonce []byte) ([]byte, error)
	// Activate opens the challenge that the hub made from the evidence (attest.Claim), and returns the answer that proves
	// evidence and certificate to be of one and the same TPM. ErrSealed: the challenge is not for this one.
	Activate(challenge []byte) ([]byte, error)
	// Info says where the identity is and how it is protected. It holds no secret.
	Info() Info
	// Close forgets the keys and lets another process open the store. Afterwards everything but Info and the public key
	// gives ErrClosed; Attest and Activate of a file go on giving ErrNotInTPM.
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
	// PCRs are the platform configuration registers that the identity is bound to; empty: none.
	PCRs []int
	// NextFingerprint and NextBackend are those of the identity that a rotation is making; empty: none is under way.
	NextFingerprint, NextBackend string
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

package attest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// Why evidence proves nothing (errors.Is).
var (
	// ErrCertificate: the EK certificate doesn't lead to a trusted root, or is none of an EK.
	ErrCertificate = errors.New("the TPM's certificate is not trusted")
	// ErrKey: a key is not of the published kind, so it might leave the TPM.
	ErrKey = errors.New("a key is not one that a TPM keeps")
	// ErrForged: a signature is wrong, or about something else.
	ErrForged = errors.New("the attestation is not genuine")
	// ErrNonce: it is genuine, and an answer to another nonce: an old one, perhaps.
	ErrNonce = errors.New("the attestation answers another nonce")
)

// The length of a nonce, in bytes.
const (
	MinNonce = 16
	MaxNonce = 32
)

// Options says whom to trust.
type Options struct {
	Roots         *x509.CertPool // of the makers of TPMs
	Intermediates *x509.CertPool // certificates between them and the TPMs', beside those in the evidence; nil: none
	Nonce         []byte         // the one that the evidence must answer; used once
	Now           time.Time      // for the certificates; zero: the clock's
}

// Claim is what evidence says, once its answer to the challenge came back right.
type Claim struct {
	Identity    [65]byte          // the identity's public key: uncompressed P-256 point
	Certificate *x509.Certificate // of the TPM
	PCRs        map[int][]byte    // the quoted registers of the SHA-256 bank
	Policy      []byte            // the identity's policy; empty: none
	Firmware    uint64            // the TPM's firmware version, as its maker counts
	ResetCount  uint32            // how often the TPM was reset since it was cleared

	ek     tpm2.TPMTPublic
	akName []byte
}

// Verify checks evidence. The claim holds when the answer to its Challenge is right, and not before.
func Verify(evidence []byte, opts Options) (*Claim, error) {
	if len(opts.Nonce) < MinNonce || len(opts.Nonce) > MaxNonce {
		return nil, fmt.Errorf("attest: a nonce has %d to %d bytes, and this one has %d", MinNonce, MaxNonce, len(opts.Nonce))
	}
	e, err := Parse(evidence)
	if err != nil {
		return nil, err
	}
	c := &Claim{}
	if c.Certificate, err = verifyCertificate(e, opts); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if c.ek, err = endorsementKey(e.EK, c.Certificate); err != nil {
		return nil, fmt.Errorf("%w: EK: %w", ErrKey, err)
	}
	ak, err := c.attestationKey(e.AK)
	if err != nil {
		return nil, fmt.Errorf("%w: AK: %w", ErrKey, err)
	}
	name, err := c.identityKey(e.Identity)
	if err != nil {
		return nil, fmt.Errorf("%w: identity: %w", ErrKey, err)
	}
	if err := c.certified(ak, e.Certify, name, opts.Nonce); err != nil {
		return nil, fmt.Errorf("certification of the identity: %w", err)
	}
	if err := c.quoted(ak, e, opts.Nonce); err != nil {
		return nil, fmt.Errorf("quote: %w", err)
	}
	return c, nil
}

// attestationKey reads the AK, which must be the template's, and sets its name.
func (c *Claim) attestationKey(area []byte) (*ecdsa.PublicKey, error) {
	public, err := sameKind(area, AKTemplate())
	if err != nil {
		return nil, err
	}
	if c.akName, err = nameOf(public); err != nil {
		return nil, err
	}
	return ECDSA(public)
}

// identityKey reads the identity, and returns its name.
func (c *Claim) identityKey(area []byte) (name []byte, err error) {
	key, policy, err := ParseIdentity(area)
	if err != nil {
		return nil, err
	}
	point, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	copy(c.Identity[:], point)
	c.Policy = policy
	sum := sha256.Sum256(area)
	return append([]byte{0, byte(tpm2.TPMAlgSHA256)}, sum[:]...), nil
}

// certified checks that the AK's TPM holds the key of that name.
func (c *Claim) certified(ak *ecdsa.PublicKey, a Attestation, name, nonce []byte) error {
	said, err := a.verify(ak, tpm2.TPMSTAttestCertify, CertifyData(nonce))
	if err != nil {
		return err
	}
	info, err := said.Attested.Certify()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	if !bytes.Equal(info.Name.Buffer, name) {
		return fmt.Errorf("%w: it is about another key", ErrForged)
	}
	c.Firmware, c.ResetCount = said.FirmwareVersion, said.ClockInfo.ResetCount
	return nil
}

// quoted checks that the registers have the values in the evidence.
func (c *Claim) quoted(ak *ecdsa.PublicKey, e *Evidence, nonce []byte) error {
	said, err := e.Quote.verify(ak, tpm2.TPMSTAttestQuote, QuoteData(nonce))
	if err != nil {
		return err
	}
	info, err := said.Attested.Quote()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	selections, sum := info.PCRSelect.PCRSelections, sha256.Sum256(bytes.Join(e.PCRs, nil))
	if len(selections) != 1 || selections[0].Hash != tpm2.TPMAlgSHA256 ||
		!bytes.Equal(selections[0].PCRSelect, e.Selection[:]) || !bytes.Equal(info.PCRDigest.Buffer, sum[:]) {
		return fmt.Errorf("%w: it is about other registers or values", ErrForged)
	}
	c.PCRs = make(map[int][]byte, len(e.PCRs))
	for i := range 8 * selectionLen {
		if e.Selection[i/8]>>(i%8)&1 == 1 {
			c.PCRs[i] = e.PCRs[len(c.PCRs)]
		}
	}
	return nil
}

// verify checks the signature and that the TPM said it, of that kind and to that question.
func (a Attestation) verify(ak *ecdsa.PublicKey, kind tpm2.TPMISTAttest, question []byte) (*tpm2.TPMSAttest, error) {
	digest := sha256.Sum256(a.Said)
	r, s := new(big.Int).SetBytes(a.Signature[:32]), new(big.Int).SetBytes(a.Signature[32:])
	if !ecdsa.Verify(ak, digest[:], r, s) {
		return nil, fmt.Errorf("%w: the signature is wrong", ErrForged)
	}
	said, err := tpm2.Unmarshal[tpm2.TPMSAttest](a.Said)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	if said.Magic != tpm2.TPMGeneratedValue || said.Type != kind {
		return nil, fmt.Errorf("%w: it is of another kind", ErrForged)
	}
	if !bytes.Equal(said.ExtraData.Buffer, question) {
		return nil, ErrNonce
	}
	return said, nil
}

// ParseIdentity reads the public area of an identity key, and refuses every one that IdentityTemplate does not make: a key
// with other attributes could have been brought in from outside, or be taken away.
func ParseIdentity(area []byte) (key *ecdsa.PublicKey, policy []byte, err error) {
	public, err := tpm2.Unmarshal[tpm2.TPMTPublic](area)
	if err != nil {
		return nil, nil, fmt.Errorf("public area: %w", err)
	}
	policy = public.AuthPolicy.Buffer
	if len(policy) != 0 && len(policy) != sha256.Size {
		return nil, nil, fmt.Errorf("a policy of %d bytes", len(policy))
	}
	same, err := sameKind(area, IdentityTemplate(policy))
	if err != nil {
		return nil, nil, err
	}
	key, err = ECDSA(same)
	return key, bytes.Clone(policy), err
}

// sameKind reads a public area, which must be the template's but for the key itself. Both are compared as bytes: a field
// that this package does not know can't slip through.
func sameKind(area []byte, template tpm2.TPMTPublic) (*tpm2.TPMTPublic, error) {
	public, err := tpm2.Unmarshal[tpm2.TPMTPublic](area)
	if err != nil {
		return nil, fmt.Errorf("public area: %w", err)
	}
	if !bytes.Equal(tpm2.Marshal(public), area) {
		return nil, errors.New("public area: there is more than the key")
	}
	if public.Type != template.Type {
		return nil, errors.New("a key of another algorithm")
	}
	// The unique field is last (TPM 2.0 Library, part 2, section 12.2.4), so what comes before it is the kind.
	kind, want := beforeUnique(*public), beforeUnique(template)
	if !bytes.Equal(kind, want) {
		return nil, errors.New("a key of another kind than the published one")
	}
	return public, nil
}

// beforeUnique returns the public area without its unique field.
func beforeUnique(public tpm2.TPMTPublic) []byte {
	switch public.Type {
	case tpm2.TPMAlgRSA:
		public.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{})
	default:
		public.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{})
	}
	return tpm2.Marshal(&public)
}

func nameOf(public *tpm2.TPMTPublic) ([]byte, error) {
	name, err := tpm2.ObjectName(public)
	if err != nil {
		return nil, err
	}
	return name.Buffer, nil
}

// ECDSA returns the P-256 key of a public area. A TPM may leave leading zeros of the coordinates away.
func ECDSA(public *tpm2.TPMTPublic) (*ecdsa.PublicKey, error) {
	point, err := public.Unique.ECC()
	if err != nil {
		return nil, fmt.Errorf("public area: %w", err)
	}
	if len(point.X.Buffer) > 32 || len(point.Y.Buffer) > 32 {
		return nil, errors.New("public area: no P-256 point")
	}
	b := make([]byte, 65)
	b[0] = 4
	copy(b[1+32-len(point.X.Buffer):], point.X.Buffer)
	copy(b[1+64-len(point.Y.Buffer):], point.Y.Buffer)
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
}

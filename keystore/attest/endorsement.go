package attest

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/crypto/cryptobyte"
)

// answerLen is the length of the answer to a challenge, in bytes.
const answerLen = 32

// subjectAltName returns the extension in which an EK certificate names the TPM's maker and model, as a directory name
// (EK Credential Profile 2.5, section 3.1.2), and critical where the subject is empty. Go reads no directory names there and so leaves
// the extension unhandled.
func subjectAltName() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 17} }

// ekUsage returns tcg-kp-EKCertificate, the extended key usage of an EK certificate.
func ekUsage() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 23, 133, 8, 1} }

// verifyCertificate checks the EK certificate up to a root.
func verifyCertificate(e *Evidence, opts Options) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(e.Certificate)
	if err != nil {
		return nil, err
	}
	cert.UnhandledCriticalExtensions = slices.DeleteFunc(cert.UnhandledCriticalExtensions, subjectAltName().Equal)
	between := x509.NewCertPool()
	if opts.Intermediates != nil {
		between = opts.Intermediates.Clone()
	}
	for _, der := range e.Chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("a certificate that came with it: %w", err)
		}
		between.AddCert(c)
	}
	if opts.Roots == nil {
		return nil, errors.New("no maker of TPMs is trusted")
	}
	if _, err := cert.Verify(x509.VerifyOptions{
		Roots: opts.Roots, Intermediates: between, CurrentTime: opts.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}); err != nil {
		return nil, err
	}
	if cert.IsCA {
		return nil, errors.New("it is an authority's, and no TPM's")
	}
	// Some makers leave the usage away; one that says something else is of another thing.
	if len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) > 0 && !slices.ContainsFunc(cert.UnknownExtKeyUsage, ekUsage().Equal) {
		return nil, errors.New("it is for another use than an endorsement key")
	}
	return cert, nil
}

// endorsementKey reads the EK, which must be of a published template and have the certificate's key.
func endorsementKey(area []byte, cert *x509.Certificate) (tpm2.TPMTPublic, error) {
	for _, kind := range Endorsements() {
		public, err := sameKind(area, kind.Template)
		if err != nil {
			continue
		}
		if !hasKey(public, cert) {
			return tpm2.TPMTPublic{}, errors.New("it is not the certificate's")
		}
		return *public, nil
	}
	return tpm2.TPMTPublic{}, errors.New("it is of no kind that this version understands (TCG templates L-1 and L-2)")
}

func hasKey(public *tpm2.TPMTPublic, cert *x509.Certificate) bool {
	switch certified := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		modulus, err := public.Unique.RSA()
		// The template's exponent 0 stands for 65537.
		return err == nil && certified.E == 65537 && new(big.Int).SetBytes(modulus.Buffer).Cmp(certified.N) == 0
	case *ecdsa.PublicKey:
		key, err := ECDSA(public)
		return err == nil && key.Equal(certified)
	}
	return false
}

// Challenge makes what only a TPM that holds both the claim's EK and its AK can open (TPM2_MakeCredential). Send the
// challenge, keep the answer, and compare what comes back in constant time; use each once.
func (c *Claim) Challenge(rand io.Reader) (challenge, answer []byte, err error) {
	answer = make([]byte, answerLen)
	if _, err := io.ReadFull(rand, answer); err != nil {
		return nil, nil, fmt.Errorf("attest: read randomness: %w", err)
	}
	key, err := tpm2.ImportEncapsulationKey(&c.ek)
	if err != nil {
		return nil, nil, fmt.Errorf("attest: EK: %w", err)
	}
	object, secret, err := tpm2.CreateCredential(rand, key, c.akName, answer)
	if err != nil {
		return nil, nil, fmt.Errorf("attest: make a credential: %w", err)
	}
	var b cryptobyte.Builder
	for _, part := range [][]byte{object, secret} {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(part) })
	}
	challenge, err = b.Bytes()
	return challenge, answer, err
}

// ParseChallenge is the room's side of Challenge: the parts that TPM2_ActivateCredential wants.
func ParseChallenge(challenge []byte) (object, secret []byte, err error) {
	s := cryptobyte.String(challenge)
	if !read(&s, &object) || !read(&s, &secret) || !s.Empty() {
		return nil, nil, fmt.Errorf("%w: a challenge of %d bytes", ErrMalformed, len(challenge))
	}
	return object, secret, nil
}

package attest

import (
	"crypto/sha256"

	"github.com/google/go-tpm/tpm2"
)

// Endorsement is a kind of endorsement key (TCG EK Credential Profile 2.5, section 2.2.1.5 and annex B).
type Endorsement struct {
	Template    tpm2.TPMTPublic
	Certificate tpm2.TPMHandle // the NV index where the maker leaves the certificate
}

// Where a TPM may have the certificates between its own and the maker's root (EK Credential Profile, section 2.2.1.5).
const (
	FirstChain tpm2.TPMHandle = 0x01C00100
	LastChain  tpm2.TPMHandle = 0x01C001FF
)

// Endorsements returns the kinds that are understood, the better one first: templates L-2 (P-256) and L-1 (RSA 2048). A
// chip makes the first in a tenth of a second and may take ten for the other.
func Endorsements() []Endorsement {
	return []Endorsement{
		{Template: tpm2.ECCEKTemplate, Certificate: 0x01C0000A},
		{Template: tpm2.RSAEKTemplate, Certificate: 0x01C00002},
	}
}

// AKTemplate is the attestation key: an ECDSA P-256 key that signs only what the TPM itself says (restricted). It is a
// primary key of the endorsement hierarchy, so a TPM always makes the same one of it; and in that hierarchy it says its
// firmware's version as it is (TPM 2.0 Library, part 1, section 36.7).
func AKTemplate() tpm2.TPMTPublic {
	unique := sha256.Sum256([]byte("greenroom-1 attestation key"))
	return tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgECC,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true,
			Restricted: true, SignEncrypt: true,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, p256()),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: unique[:]}, Y: tpm2.TPM2BECCParameter{Buffer: make([]byte, 32)},
		}),
	}
}

// IdentityTemplate is the identity key: ECDSA P-256 for SHA-256 digests, made by the TPM itself, never to leave it. With a
// policy, its use needs the policy instead of the empty password.
func IdentityTemplate(policy []byte) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgECC,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: len(policy) == 0, NoDA: true,
			SignEncrypt: true,
		},
		AuthPolicy: tpm2.TPM2BDigest{Buffer: policy},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, p256()),
	}
}

func p256() *tpm2.TPMSECCParms {
	return &tpm2.TPMSECCParms{
		Scheme: tpm2.TPMTECCScheme{
			Scheme:  tpm2.TPMAlgECDSA,
			Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
		},
		CurveID: tpm2.TPMECCNistP256,
	}
}

// CertifyData and QuoteData return the qualifying data that bind an attestation to the hub's nonce.
func CertifyData(nonce []byte) []byte { return bind("greenroom-1 attestation key", nonce) }

// QuoteData is the same for the quote.
func QuoteData(nonce []byte) []byte { return bind("greenroom-1 attestation quote", nonce) }

func bind(label string, nonce []byte) []byte {
	head, body := sha256.Sum256([]byte(label)), sha256.Sum256(nonce)
	sum := sha256.Sum256(append(head[:], body[:]...))
	return sum[:]
}

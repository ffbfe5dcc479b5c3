package tpm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/google/go-tpm/tpm2"
)

// dataKeyLen is the length of the key under which secrets are sealed, in bytes.
const dataKeyLen = 32

// attributes are those of everything that is made: it never leaves this TPM and this parent, needs no policy (so no PCR
// is bound), and takes no part in the protection against dictionary attacks (NoDA): wrong passwords of any other program
// would otherwise lock the room out of its meetings, and with an empty password there is nothing to guess.
func attributes() tpm2.TPMAObject {
	return tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: true, NoDA: true}
}

// identityTemplate is an ECDSA P-256 key for SHA-256 digests, made by the TPM itself.
func identityTemplate() tpm2.TPMTPublic {
	attrs := attributes()
	attrs.SignEncrypt, attrs.SensitiveDataOrigin = true, true
	return tpm2.TPMTPublic{
		Type:             tpm2.TPMAlgECC,
		NameAlg:          tpm2.TPMAlgSHA256,
		ObjectAttributes: attrs,
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			Scheme: tpm2.TPMTECCScheme{
				Scheme:  tpm2.TPMAlgECDSA,
				Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
			},
			CurveID: tpm2.TPMECCNistP256,
		}),
	}
}

// sealedTemplate is an object that holds bytes.
func sealedTemplate() tpm2.TPMTPublic {
	return tpm2.TPMTPublic{Type: tpm2.TPMAlgKeyedHash, NameAlg: tpm2.TPMAlgSHA256, ObjectAttributes: attributes()}
}

// publicKey returns the key of an identity's public area. It refuses areas that identityTemplate does not make: a key
// with other attributes could have been brought in from outside.
func publicKey(area []byte) (*ecdsa.PublicKey, error) {
	public, err := tpm2.Unmarshal[tpm2.TPMTPublic](area)
	if err != nil {
		return nil, fmt.Errorf("public area: %w", err)
	}
	if public.Type != tpm2.TPMAlgECC || public.ObjectAttributes != identityTemplate().ObjectAttributes {
		return nil, errors.New("the public area is not that of an identity key")
	}
	parameters, err := public.Parameters.ECCDetail()
	if err != nil {
		return nil, fmt.Errorf("public area: %w", err)
	}
	point, err := public.Unique.ECC()
	if err != nil {
		return nil, fmt.Errorf("public area: %w", err)
	}
	if parameters.CurveID != tpm2.TPMECCNistP256 || len(point.X.Buffer) > 32 || len(point.Y.Buffer) > 32 {
		return nil, errors.New("the public area is not that of a P-256 key")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed(point))
}

// uncompressed returns a point of SEC 1, section 2.3.3. A TPM may leave leading zeros away.
func uncompressed(point *tpm2.TPMSECCPoint) []byte {
	b := make([]byte, pointLen)
	b[0] = 4
	copy(b[1+32-len(point.X.Buffer):], point.X.Buffer)
	copy(b[1+64-len(point.Y.Buffer):], point.Y.Buffer)
	return b
}

// sign has the TPM sign a SHA-256 digest with the identity key. The signature is in ASN.1.
func (k *srk) sign(identity blob, digest []byte) (signature []byte, err error) {
	err = k.withLoaded(identity, func(key tpm2.NamedHandle) error {
		rsp, err := tpm2.Sign{
			KeyHandle: k.auth(key, tpm2.PasswordAuth(nil)),
			Digest:    tpm2.TPM2BDigest{Buffer: digest},
			// No ticket: the key is not a restricted one, and signs digests that the TPM did not make.
			Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck, Hierarchy: tpm2.TPMRHNull},
		}.Execute(k.tpm)
		if err != nil {
			return fmt.Errorf("sign: %w", err)
		}
		pair, err := rsp.Signature.Signature.ECDSA()
		if err != nil {
			return fmt.Errorf("%w: signature: %w", errNonsense, err)
		}
		r, s := new(big.Int).SetBytes(pair.SignatureR.Buffer), new(big.Int).SetBytes(pair.SignatureS.Buffer)
		signature, err = asn1.Marshal(struct{ R, S *big.Int }{r, s})
		return err
	})
	return signature, err
}

// unseal returns the bytes that an object holds.
func (k *srk) unseal(sealed blob) (secret []byte, err error) {
	err = k.withLoaded(sealed, func(item tpm2.NamedHandle) error {
		rsp, err := tpm2.Unseal{
			ItemHandle: k.auth(item, k.session(nil, tpm2.AESEncryption(128, tpm2.EncryptOut))),
		}.Execute(k.tpm)
		if err != nil {
			return fmt.Errorf("unseal the data key: %w", err)
		}
		secret = rsp.OutData.Buffer
		return nil
	})
	return secret, err
}

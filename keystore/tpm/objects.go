package tpm

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/google/go-tpm/tpm2"
)

// dataKeyLen is the length of the key under which secrets are sealed, in bytes.
const dataKeyLen = 32

// sealedTemplate is an object that holds bytes. As with the identity (attest.IdentityTemplate), it never leaves this TPM and
// this parent, and takes no part in the protection against dictionary attacks (NoDA): wrong passwords of any other program
// would otherwise lock the room out of its meetings, and with an empty password there is nothing to guess. With a policy,
// its use needs the policy instead.
func sealedTemplate(policy []byte) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type: tpm2.TPMAlgKeyedHash, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: len(policy) == 0, NoDA: true},
		AuthPolicy:       tpm2.TPM2BDigest{Buffer: policy},
	}
}

// sign has the TPM sign a SHA-256 digest with the identity key. The signature is in ASN.1.
func (k *srk) sign(identity blob, bound pcrs, digest []byte) (signature []byte, err error) {
	err = k.withLoaded(identity, func(key tpm2.NamedHandle) error {
		session := tpm2.PasswordAuth(nil)
		if bound != (pcrs{}) {
			session = k.boundSession(bound)
		}
		rsp, err := tpm2.Sign{
			KeyHandle: k.auth(key, session),
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
func (k *srk) unseal(sealed blob, bound pcrs) (secret []byte, err error) {
	err = k.withLoaded(sealed, func(item tpm2.NamedHandle) error {
		rsp, err := tpm2.Unseal{
			ItemHandle: k.auth(item, k.boundSession(bound, tpm2.AESEncryption(128, tpm2.EncryptOut))),
		}.Execute(k.tpm)
		if err != nil {
			return fmt.Errorf("unseal the data key: %w", err)
		}
		secret = rsp.OutData.Buffer
		return nil
	})
	return secret, err
}

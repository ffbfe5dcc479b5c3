package tpm

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"greenroom/keystore"
	"greenroom/keystore/attest"
)

// Attest is keystore.Store's. It takes some ten commands; with an RSA endorsement key, a chip on a board may take ten
// seconds for the first of them.
func (s *Store) Attest(nonce []byte) ([]byte, error) {
	if len(nonce) < attest.MinNonce || len(nonce) > attest.MaxNonce {
		return nil, fmt.Errorf("keystore: attest: %w: a nonce has %d to %d bytes, and this one has %d",
			keystore.ErrRefused, attest.MinNonce, attest.MaxNonce, len(nonce))
	}
	e := &attest.Evidence{Identity: s.record.identity.public}
	err := s.chip.withSRK(func(k *srk) error {
		if err := s.record.sameTPM(k); err != nil {
			return err
		}
		if err := k.tpm.endorse(e); err != nil {
			return err
		}
		return withPrimary(k.tpm, attest.AKTemplate(), func(ak tpm2.NamedHandle, area []byte) error {
			e.AK = area
			if err := k.certify(s.record.identity, ak, e, nonce); err != nil {
				return err
			}
			return k.tpm.quote(ak, e, nonce)
		})
	})
	if err != nil {
		return nil, explain("attest", s.chip.path, err)
	}
	return e.Marshal()
}

// endorse sets what is the endorsement key's.
func (d *device) endorse(e *attest.Evidence) error {
	kind, certificate, err := d.endorsement()
	if err != nil {
		return err
	}
	e.Certificate = certificate
	if e.Chain, err = d.chain(); err != nil {
		return err
	}
	err = withPrimary(d, kind.Template, func(_ tpm2.NamedHandle, area []byte) error {
		e.EK = area
		return nil
	})
	if err != nil {
		return fmt.Errorf("make the endorsement key: %w", err)
	}
	return nil
}

// certify has the AK sign that the identity is in this TPM. The identity's role there is that of an administrator's
// object, for which its empty password does even where its use is bound to PCRs.
func (k *srk) certify(identity blob, ak tpm2.NamedHandle, e *attest.Evidence, nonce []byte) error {
	return k.withLoaded(identity, func(key tpm2.NamedHandle) error {
		rsp, err := tpm2.Certify{
			ObjectHandle:   k.auth(key, tpm2.PasswordAuth(nil)),
			SignHandle:     k.auth(ak, tpm2.PasswordAuth(nil)),
			QualifyingData: tpm2.TPM2BData{Buffer: attest.CertifyData(nonce)},
			InScheme:       tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull},
		}.Execute(k.tpm)
		if err != nil {
			return fmt.Errorf("certify the identity: %w", err)
		}
		e.Certify, err = signed(rsp.CertifyInfo.Bytes(), rsp.Signature)
		return err
	})
}

// quoteTries bounds how often a quote is made again because a register changed between reading and quoting.
const quoteTries = 3

// quoted are the registers of the quote: what the firmware and the boot loader measured.
func quoted() pcrs { return pcrs{0xFF, 0, 0} }

// quote has the AK sign the registers' values.
func (d *device) quote(ak tpm2.NamedHandle, e *attest.Evidence, nonce []byte) error {
	e.Selection = quoted()
	for range quoteTries {
		values, err := tpm2.PCRRead{PCRSelectionIn: quoted().selection()}.Execute(d)
		if err != nil {
			return fmt.Errorf("read the PCRs: %w", err)
		}
		rsp, err := tpm2.Quote{
			SignHandle:     tpm2.AuthHandle{Handle: ak.Handle, Name: ak.Name, Auth: tpm2.PasswordAuth(nil)},
			QualifyingData: tpm2.TPM2BData{Buffer: attest.QuoteData(nonce)},
			InScheme:       tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull},
			PCRSelect:      quoted().selection(),
		}.Execute(d)
		if err != nil {
			return fmt.Errorf("quote the PCRs: %w", err)
		}
		if e.Quote, err = signed(rsp.Quoted.Bytes(), rsp.Signature); err != nil {
			return err
		}
		e.PCRs = nil
		for _, digest := range values.PCRValues.Digests {
			e.PCRs = append(e.PCRs, digest.Buffer)
		}
		if agree(&rsp.Quoted, e.PCRs) {
			return nil
		}
	}
	return fmt.Errorf("%w: the PCRs that it quotes are not those that it has", errNonsense)
}

// agree reports whether a quote is about these values.
func agree(q *tpm2.TPM2BAttest, values [][]byte) bool {
	said, err := q.Contents()
	if err != nil {
		return false
	}
	info, err := said.Attested.Quote()
	sum := sha256.Sum256(bytes.Join(values, nil))
	return err == nil && bytes.Equal(info.PCRDigest.Buffer, sum[:])
}

// signed is what the TPM said, with its signature in 64 bytes.
func signed(said []byte, signature tpm2.TPMTSignature) (attest.Attestation, error) {
	pair, err := signature.Signature.ECDSA()
	if err != nil || len(pair.SignatureR.Buffer) > 32 || len(pair.SignatureS.Buffer) > 32 {
		return attest.Attestation{}, fmt.Errorf("%w: signature: %w", errNonsense, err)
	}
	both := make([]byte, 64)
	copy(both[32-len(pair.SignatureR.Buffer):], pair.SignatureR.Buffer)
	copy(both[64-len(pair.SignatureS.Buffer):], pair.SignatureS.Buffer)
	return attest.Attestation{Said: bytes.Clone(said), Signature: both}, nil
}

// Activate is keystore.Store's.
func (s *Store) Activate(challenge []byte) (answer []byte, err error) {
	object, secret, err := attest.ParseChallenge(challenge)
	if err != nil {
		return nil, fmt.Errorf("keystore: activate a credential: %w: %w", keystore.ErrSealed, err)
	}
	err = s.chip.with(func(d *device) error {
		kind, _, err := d.endorsement()
		if err != nil {
			return err
		}
		return withPrimary(d, kind.Template, func(ek tpm2.NamedHandle, _ []byte) error {
			return withPrimary(d, attest.AKTemplate(), func(ak tpm2.NamedHandle, _ []byte) error {
				answer, err = d.activate(ak, ek, object, secret)
				return err
			})
		})
	})
	if errors.Is(err, errChallenge) {
		return nil, fmt.Errorf("keystore: activate a credential: %w: %w", keystore.ErrSealed, err)
	}
	if err != nil {
		return nil, explain("activate a credential", s.chip.path, err)
	}
	return answer, nil
}

// errChallenge: the TPM does not open the credential.
var errChallenge = errors.New("the challenge was made for another TPM, or was changed")

func (d *device) activate(ak, ek tpm2.NamedHandle, object, secret []byte) ([]byte, error) {
	rsp, err := tpm2.ActivateCredential{
		ActivateHandle: tpm2.AuthHandle{Handle: ak.Handle, Name: ak.Name, Auth: tpm2.PasswordAuth(nil)},
		KeyHandle:      tpm2.AuthHandle{Handle: ek.Handle, Name: ek.Name, Auth: endorsementPolicy()},
		CredentialBlob: tpm2.TPM2BIDObject{Buffer: object},
		Secret:         tpm2.TPM2BEncryptedSecret{Buffer: secret},
	}.Execute(d)
	switch {
	case refusesBlob(err):
		return nil, fmt.Errorf("%w: %w", errChallenge, err)
	case err != nil:
		return nil, fmt.Errorf("activate a credential: %w", err)
	}
	return rsp.CertInfo.Buffer, nil
}

// endorsementPolicy is how an EK of the TCG's templates is used: with the endorsement hierarchy's password, which is empty.
func endorsementPolicy() tpm2.Session {
	return tpm2.Policy(tpm2.TPMAlgSHA256, 16, func(t transport.TPM, session tpm2.TPMISHPolicy, nonce tpm2.TPM2BNonce) error {
		_, err := tpm2.PolicySecret{
			AuthHandle:    tpm2.AuthHandle{Handle: tpm2.TPMRHEndorsement, Auth: tpm2.PasswordAuth(nil)},
			PolicySession: session,
			NonceTPM:      nonce,
		}.Execute(t)
		return err
	})
}

package tpm

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"

	"greenroom/keystore/attest"
)

// errNoEndorsement: there is no certificate of a kind that is understood.
var errNoEndorsement = errors.New("the TPM has no endorsement certificate")

// endorsementName returns the name of the endorsement key of the TCG's ECC P-256 template. Its seed outlives TPM2_Clear,
// so it says which TPM this is, whatever was done to it. The key is made and flushed again: nothing is done with it.
func (d *device) endorsementName() (name []byte, err error) {
	err = withPrimary(d, tpm2.ECCEKTemplate, func(ek tpm2.NamedHandle, _ []byte) error {
		if len(ek.Name.Buffer) != nameLen {
			return fmt.Errorf("%w: the endorsement key's name has %d bytes", errNonsense, len(ek.Name.Buffer))
		}
		name = bytes.Clone(ek.Name.Buffer)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make the endorsement key: %w", err)
	}
	return name, nil
}

// endorsement returns the best kind of endorsement key that the TPM has a certificate for, and the certificate.
func (d *device) endorsement() (kind attest.Endorsement, certificate []byte, err error) {
	for _, kind := range attest.Endorsements() {
		certificate, err := d.readIndex(kind.Certificate)
		if errors.Is(err, tpm2.TPMRCHandle) {
			continue
		}
		if err != nil {
			return kind, nil, fmt.Errorf("read the endorsement certificate: %w", err)
		}
		return kind, withoutPadding(certificate), nil
	}
	return kind, nil, errNoEndorsement
}

// chain returns the further certificates that the maker left in the TPM; most leave none. Those that don't fit in one
// index go on in the next, so they are put together first.
func (d *device) chain() ([][]byte, error) {
	var all []byte
	for index := attest.FirstChain; index <= attest.LastChain; index++ {
		part, err := d.readIndex(index)
		if errors.Is(err, tpm2.TPMRCHandle) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the endorsement certificate's chain: %w", err)
		}
		all = append(all, part...)
	}
	var certificates [][]byte
	for len(all) > 0 && len(certificates) < maxChain {
		one := withoutPadding(all)
		if len(one) == 0 {
			break
		}
		certificates, all = append(certificates, one), all[len(one):]
	}
	return certificates, nil
}

// maxChain bounds the certificates that are sent on (package attest).
const maxChain = 8

// withoutPadding returns the first DER object; makers fill an index up with zeros or ones. What is none comes back empty.
func withoutPadding(b []byte) []byte {
	if len(b) < 4 || b[0] != 0x30 || b[1] != 0x82 {
		return nil
	}
	n := 4 + int(b[2])<<8 + int(b[3])
	return b[:min(n, len(b))]
}

// nvPiece is how much of an index is read at a time, in bytes: every TPM has a larger buffer than that.
const nvPiece = 512

// readIndex reads all of an index that anybody, or the owner, may read.
func (d *device) readIndex(index tpm2.TPMHandle) ([]byte, error) {
	rsp, err := tpm2.NVReadPublic{NVIndex: index}.Execute(d)
	if err != nil {
		return nil, err
	}
	public, err := rsp.NVPublic.Contents()
	if err != nil {
		return nil, fmt.Errorf("%w: index %#x: %w", errNonsense, uint32(index), err)
	}
	named := tpm2.NamedHandle{Handle: index, Name: rsp.NVName}
	reader := tpm2.AuthHandle{Handle: index, Name: rsp.NVName, Auth: tpm2.PasswordAuth(nil)}
	if !public.Attributes.AuthRead {
		reader = tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}
	}
	var all []byte
	for len(all) < int(public.DataSize) {
		rsp, err := tpm2.NVRead{
			AuthHandle: reader, NVIndex: named, Offset: uint16(len(all)), Size: min(nvPiece, public.DataSize-uint16(len(all))),
		}.Execute(d)
		if err != nil {
			return nil, err
		}
		if len(rsp.Data.Buffer) == 0 {
			return nil, fmt.Errorf("%w: index %#x gives no bytes", errNonsense, uint32(index))
		}
		all = append(all, rsp.Data.Buffer...)
	}
	return all, nil
}

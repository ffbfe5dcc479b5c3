package tpm

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// endorsementName returns the name of the endorsement key of the TCG's ECC P-256 template. Its seed outlives TPM2_Clear,
// so it says which TPM this is, whatever was done to it. The key is made and flushed again: nothing is done with it.
func (d *device) endorsementName() (name []byte, err error) {
	rsp, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHEndorsement, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(tpm2.ECCEKTemplate),
	}.Execute(d)
	if err != nil {
		return nil, fmt.Errorf("make the endorsement key: %w", err)
	}
	if len(rsp.Name.Buffer) != nameLen {
		err = fmt.Errorf("%w: the endorsement key's name has %d bytes", errNonsense, len(rsp.Name.Buffer))
	}
	return bytes.Clone(rsp.Name.Buffer), errors.Join(err, flush(d, rsp.ObjectHandle))
}

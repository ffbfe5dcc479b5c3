package tpm

import (
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// pcrs is a selection of platform configuration registers of the SHA-256 bank: PCR i is bit i%8 of byte i/8, as a TPM has
// it. Empty: nothing is bound to any.
type pcrs [3]byte

// maxPCR is the last register that every TPM of a PC has.
const maxPCR = 23

func selectPCRs(list []int) (pcrs, error) {
	var p pcrs
	for _, i := range list {
		if i < 0 || i > maxPCR {
			return p, fmt.Errorf("there is no PCR %d; they are 0 to %d", i, maxPCR)
		}
		p[i/8] |= 1 << (i % 8)
	}
	return p, nil
}

// list returns the numbers.
func (p pcrs) list() []int {
	var list []int
	for i := range maxPCR + 1 {
		if p[i/8]>>(i%8)&1 == 1 {
			list = append(list, i)
		}
	}
	return list
}

func (p pcrs) selection() tpm2.TPMLPCRSelection {
	return tpm2.TPMLPCRSelection{PCRSelections: []tpm2.TPMSPCRSelection{{Hash: tpm2.TPMAlgSHA256, PCRSelect: p[:]}}}
}

// prove is the policy: the registers have the values that they had when the key was made.
func (p pcrs) prove(t transport.TPM, session tpm2.TPMISHPolicy) error {
	_, err := tpm2.PolicyPCR{PolicySession: session, Pcrs: p.selection()}.Execute(t)
	return err
}

// policy returns the policy's digest for the values of now; empty without registers.
func (k *srk) policy(p pcrs) (digest []byte, err error) {
	if p == (pcrs{}) {
		return nil, nil
	}
	trial, end, err := tpm2.PolicySession(k.tpm, tpm2.TPMAlgSHA256, 16, tpm2.Trial())
	if err != nil {
		return nil, fmt.Errorf("begin a policy: %w", err)
	}
	defer func() { err = errors.Join(err, end()) }()
	if err := p.prove(k.tpm, trial.Handle()); err != nil {
		return nil, fmt.Errorf("make a policy of PCRs: %w", err)
	}
	rsp, err := tpm2.PolicyGetDigest{PolicySession: trial.Handle()}.Execute(k.tpm)
	if err != nil {
		return nil, fmt.Errorf("make a policy of PCRs: %w", err)
	}
	return rsp.PolicyDigest.Buffer, nil
}

// session authorises the use of an object that is bound to registers, or has an empty password.
func (k *srk) boundSession(p pcrs, options ...tpm2.AuthOption) tpm2.Session {
	if p == (pcrs{}) {
		return k.session(nil, options...)
	}
	prove := func(t transport.TPM, session tpm2.TPMISHPolicy, _ tpm2.TPM2BNonce) error { return p.prove(t, session) }
	return tpm2.Policy(tpm2.TPMAlgSHA256, 16, prove, append(options, tpm2.Salted(k.handle.Handle, k.public))...)
}

package attest

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/crypto/cryptobyte"
)

const (
	magic        = "GREENATT"
	version      = 1
	signatureLen = 64
	digestLen    = 32
	maxPart      = 4 << 10 // of a certificate or an area, in bytes
	maxChain     = 8
	selectionLen = 3
)

// ErrMalformed: these bytes are no evidence of this version.
var ErrMalformed = errors.New("no attestation evidence")

// Evidence is what a room sends (package doc has the layout).
type Evidence struct {
	Certificate []byte   // of the EK, DER
	Chain       [][]byte // further certificates, DER
	EK, AK      []byte   // public areas
	Identity    []byte
	Certify     Attestation
	Quote       Attestation
	Selection   [selectionLen]byte
	PCRs        [][]byte // the values of the selected ones, 32 bytes each
}

// Attestation is what the TPM says, signed by the AK.
type Attestation struct {
	Said      []byte // TPMS_ATTEST
	Signature []byte // 64 bytes
}

// Marshal returns the bytes to send.
func (e *Evidence) Marshal() ([]byte, error) {
	var b cryptobyte.Builder
	part := func(p []byte) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(p) })
	}
	b.AddBytes([]byte(magic))
	b.AddUint8(version)
	part(e.Certificate)
	b.AddUint8(uint8(len(e.Chain)))
	for _, c := range e.Chain {
		part(c)
	}
	for _, p := range [][]byte{e.EK, e.AK, e.Identity} {
		part(p)
	}
	for _, a := range []Attestation{e.Certify, e.Quote} {
		part(a.Said)
		b.AddBytes(a.Signature)
	}
	b.AddBytes(e.Selection[:])
	for _, value := range e.PCRs {
		b.AddBytes(value)
	}
	return b.Bytes()
}

// Parse reads evidence, and checks nothing of what it says. The error is ErrMalformed. What it accepts, Marshal gives back
// byte for byte.
func Parse(evidence []byte) (*Evidence, error) {
	s := cryptobyte.String(evidence)
	var head []byte
	var v, chain uint8
	e := &Evidence{}
	ok := s.ReadBytes(&head, len(magic)) && string(head) == magic && s.ReadUint8(&v) && v == version &&
		read(&s, &e.Certificate) && s.ReadUint8(&chain) && chain <= maxChain
	for range chain {
		var c []byte
		ok = ok && read(&s, &c)
		e.Chain = append(e.Chain, c)
	}
	ok = ok && read(&s, &e.EK) && read(&s, &e.AK) && read(&s, &e.Identity)
	for _, a := range []*Attestation{&e.Certify, &e.Quote} {
		ok = ok && read(&s, &a.Said) && s.ReadBytes(&a.Signature, signatureLen)
	}
	ok = ok && s.CopyBytes(e.Selection[:])
	for range e.selected() {
		var value []byte
		ok = ok && s.ReadBytes(&value, digestLen)
		e.PCRs = append(e.PCRs, value)
	}
	if !ok || !s.Empty() {
		return nil, fmt.Errorf("%w of version %d: %d bytes", ErrMalformed, version, len(evidence))
	}
	return e, nil
}

// read reads a part after its length.
func read(s *cryptobyte.String, part *[]byte) bool {
	var p cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&p) || len(p) == 0 || len(p) > maxPart {
		return false
	}
	*part = p
	return true
}

// selected is how many PCRs are selected.
func (e *Evidence) selected() int {
	n := 0
	for _, b := range e.Selection {
		n += bits.OnesCount8(b)
	}
	return n
}

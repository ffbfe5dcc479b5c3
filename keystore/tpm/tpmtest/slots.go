package tpmtest

import (
	"errors"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// Wire connects another program to the TPM, until the end of the test.
func (c *TPM) Wire(t testing.TB) transport.TPM {
	t.Helper()
	wire, err := linuxudstpm.Open(c.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wire.Close(); err != nil {
			t.Error(err)
		}
	})
	return wire
}

// Handles returns what is loaded in the TPM: objects and sessions.
func Handles(t testing.TB, wire transport.TPM) []tpm2.TPMHandle {
	t.Helper()
	var all []tpm2.TPMHandle
	for _, kind := range []tpm2.TPMHT{tpm2.TPMHTTransient, tpm2.TPMHTLoadedSession, tpm2.TPMHTSavedSession} {
		rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: uint32(kind) << 24, PropertyCount: 64}.Execute(wire)
		if err != nil {
			t.Fatal(err)
		}
		list, err := rsp.CapabilityData.Data.Handles()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list.Handle...)
	}
	return all
}

// Fill takes all slots for objects, as a program without manners does, and returns how to give them back.
func Fill(t testing.TB, wire transport.TPM) (release func()) {
	t.Helper()
	for {
		_, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHNull, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(wire)
		if errors.Is(err, tpm2.TPMRCObjectMemory) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, h := range Handles(t, wire) {
			if _, err := (tpm2.FlushContext{FlushHandle: h}).Execute(wire); err != nil {
				t.Errorf("flush %#x: %v", h, err)
			}
		}
	}
}

// Undefine removes what the TPM's owner has at an index.
func (c *TPM) Undefine(t testing.TB, index tpm2.TPMHandle) {
	t.Helper()
	wire := c.Wire(t)
	public, err := tpm2.NVReadPublic{NVIndex: index}.Execute(wire)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (tpm2.NVUndefineSpace{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    tpm2.NamedHandle{Handle: index, Name: public.NVName},
	}).Execute(wire); err != nil {
		t.Fatal(err)
	}
}

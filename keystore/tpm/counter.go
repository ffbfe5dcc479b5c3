package tpm

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/google/go-tpm/tpm2"
)

// The indices that a TPM's owner may define (TCG Registry of Reserved TPM 2.0 Handles, section 2.2.3).
const (
	firstIndex tpm2.TPMHandle = 0x01800000
	lastIndex  tpm2.TPMHandle = 0x01BFFFFF
)

// maxIndexTries bounds the search for a free index. There are 4 million, and a TPM has room for some dozens.
const maxIndexTries = 8

// counterPassword returns the password of the counter: without it, any program that reaches the TPM could count it up,
// and the room would take its own configuration for an old one. It is 16 bytes in hexadecimal, as long as a password may
// be, and without a zero byte: a TPM cuts zeros off a password's end, and go-tpm 0.9.8 cuts it at the first zero anywhere.
func counterPassword(dataKey []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, dataKey, nil, counterLabel, sha256.Size/2)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return hex.AppendEncode(nil, key), nil
}

func counterAttributes() tpm2.TPMANV {
	return tpm2.TPMANV{NT: tpm2.TPMNTCounter, AuthRead: true, AuthWrite: true, NoDA: true}
}

// defineCounter makes a counter at a free index, and counts once: before that it has no value. A new counter begins
// above the highest value that any counter of this TPM ever had, so deleting one and making it again takes nothing back.
func (k *srk) defineCounter(password []byte, rand io.Reader) (tpm2.TPMHandle, error) {
	for range maxIndexTries {
		var b [4]byte
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return 0, fmt.Errorf("read randomness: %w", err)
		}
		index := firstIndex + tpm2.TPMHandle(binary.BigEndian.Uint32(b[:]))%(lastIndex-firstIndex+1)
		_, err := tpm2.NVDefineSpace{
			AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: k.session(nil, tpm2.AESEncryption(128, tpm2.EncryptIn))},
			Auth:       tpm2.TPM2BAuth{Buffer: password},
			PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
				NVIndex: index, NameAlg: tpm2.TPMAlgSHA256, Attributes: counterAttributes(), DataSize: 8,
			}),
		}.Execute(k.tpm)
		if errors.Is(err, tpm2.TPMRCNVDefined) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("define a counter: %w", err)
		}
		if err := k.increment(index, password); err != nil {
			return 0, errors.Join(err, k.undefineCounter(index))
		}
		return index, nil
	}
	return 0, fmt.Errorf("%w: %d indices chosen at random were all taken", errNonsense, maxIndexTries)
}

// undefineCounter removes a counter that no record will name.
func (k *srk) undefineCounter(index tpm2.TPMHandle) error {
	counter, err := k.counter(index)
	if err != nil {
		return err
	}
	_, err = tpm2.NVUndefineSpace{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    counter,
	}.Execute(k.tpm)
	return err
}

// counter returns the handle and the name of the counter, which is computed from what it is.
func (k *srk) counter(index tpm2.TPMHandle) (tpm2.NamedHandle, error) {
	rsp, err := tpm2.NVReadPublic{NVIndex: index}.Execute(k.tpm)
	if errors.Is(err, tpm2.TPMRCHandle) {
		return tpm2.NamedHandle{}, fmt.Errorf("%w: %w", errCounter, err)
	}
	if err != nil {
		return tpm2.NamedHandle{}, fmt.Errorf("find the counter: %w", err)
	}
	public, err := rsp.NVPublic.Contents()
	if err != nil {
		return tpm2.NamedHandle{}, fmt.Errorf("%w: counter: %w", errNonsense, err)
	}
	want := counterAttributes()
	want.Written = public.Attributes.Written
	if public.Attributes != want || public.NVIndex != index || public.DataSize != 8 {
		return tpm2.NamedHandle{}, fmt.Errorf("%w: index %#x is something else", errCounter, index)
	}
	name, err := tpm2.NVName(public)
	if err != nil {
		return tpm2.NamedHandle{}, fmt.Errorf("%w: counter: %w", errNonsense, err)
	}
	return tpm2.NamedHandle{Handle: index, Name: *name}, nil
}

// increment counts up by one.
func (k *srk) increment(index tpm2.TPMHandle, password []byte) error {
	counter, err := k.counter(index)
	if err != nil {
		return err
	}
	_, err = tpm2.NVIncrement{AuthHandle: k.auth(counter, k.session(password)), NVIndex: counter}.Execute(k.tpm)
	return counterError("count", err)
}

// read returns the counter's value. The session proves that the answer is the TPM's.
func (k *srk) read(index tpm2.TPMHandle, password []byte) (uint64, error) {
	counter, err := k.counter(index)
	if err != nil {
		return 0, err
	}
	rsp, err := tpm2.NVRead{AuthHandle: k.auth(counter, k.session(password)), NVIndex: counter, Size: 8}.Execute(k.tpm)
	if err != nil {
		return 0, counterError("read the counter", err)
	}
	if len(rsp.Data.Buffer) != 8 {
		return 0, fmt.Errorf("%w: a counter of %d bytes", errNonsense, len(rsp.Data.Buffer))
	}
	return binary.BigEndian.Uint64(rsp.Data.Buffer), nil
}

// counterError tells a counter with another password, or one that never counted, from other failures: somebody put it
// in the place of the room's.
func counterError(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tpm2.TPMRCBadAuth), errors.Is(err, tpm2.TPMRCAuthFail), errors.Is(err, tpm2.TPMRCNVUninitialized):
		return fmt.Errorf("%w: %w", errCounter, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

package directory

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"greenroom/meeting/wire"
)

// MaxClockSkew is how far a room's clock may be from the hub's, either way. It is also how long a nonce is remembered
// beyond the time that its request names.
const MaxClockSkew = 2 * time.Minute

const (
	scheme       = "Greenroom-1"
	nonceSize    = 16
	maxSignature = 80 // an ASN.1 ECDSA P-256 signature has at most 72 bytes

	requestLabel wire.Label = "directory request"
)

// Authorization is the header of that name on a room's request:
//
//	Authorization: Greenroom-1 key=<K>, time=<T>, nonce=<N>, signature=<S>
//
// K is the identity key (65 bytes), N 16 random bytes, S an ASN.1 ECDSA signature, each in unpadded base64url; T is the
// room's clock in milliseconds since 1970, in decimal. There is one form: what parses is what String writes.
type Authorization struct {
	Key       []byte
	Time      time.Time // to the millisecond
	Nonce     [nonceSize]byte
	Signature []byte
}

// Sign makes the authorization of one request. body may be empty; path is the API's own, without the hub's address
// and any prefix of a proxy before it.
func Sign(signer crypto.Signer, now time.Time, method, path string, body []byte) (Authorization, error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return Authorization{}, errors.New("the identity key is not an ECDSA P-256 key")
	}
	a := Authorization{Time: now.Truncate(time.Millisecond)}
	var err error
	if a.Key, err = public.Bytes(); err != nil {
		return Authorization{}, fmt.Errorf("the identity key cannot be encoded: %w", err)
	}
	if _, err := io.ReadFull(rand.Reader, a.Nonce[:]); err != nil {
		return Authorization{}, fmt.Errorf("no random bytes for a nonce: %w", err)
	}
	digest, err := a.digest(method, path, body)
	if err != nil {
		return Authorization{}, err
	}
	if a.Signature, err = signer.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		return Authorization{}, fmt.Errorf("the identity key did not sign: %w", err)
	}
	return a, nil
}

// Verify reports whether the signature is one over this request by the key that the header names.
func (a Authorization) Verify(method, path string, body []byte) bool {
	public, err := wire.ParseIdentityKey(a.Key)
	if err != nil {
		return false
	}
	digest, err := a.digest(method, path, body)
	return err == nil && ecdsa.VerifyASN1(public, digest[:], a.Signature)
}

// digest is what is signed: wire.Hash under the label "directory request" of
//
//	opaque method<0..2^8-1>;  opaque path<0..2^16-1>;  uint64 time;  opaque nonce[16];  opaque body_sha256[32];
func (a Authorization) digest(method, path string, body []byte) ([sha256.Size]byte, error) {
	bodyHash := sha256.Sum256(body)
	var b cryptobyte.Builder
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(method)) })
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(path)) })
	b.AddUint64(uint64(a.Time.UnixMilli()))
	b.AddBytes(a.Nonce[:])
	b.AddBytes(bodyHash[:])
	request, err := b.Bytes()
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("the method or the path is too long to be signed: %w", err)
	}
	return wire.Hash(requestLabel, request), nil
}

// String writes the header's value.
func (a Authorization) String() string {
	enc := base64.RawURLEncoding
	return fmt.Sprintf("%s key=%s, time=%d, nonce=%s, signature=%s", scheme,
		enc.EncodeToString(a.Key), a.Time.UnixMilli(), enc.EncodeToString(a.Nonce[:]), enc.EncodeToString(a.Signature))
}

// ParseAuthorization reads the header's value. It checks the form of every field and that the key is a point on the
// curve; it does not verify the signature.
func ParseAuthorization(value string) (Authorization, error) {
	fields, ok := strings.CutPrefix(value, scheme+" ")
	if !ok {
		return Authorization{}, fmt.Errorf("the Authorization header does not begin with %q", scheme)
	}
	var text [4]string
	names := [4]string{"key", "time", "nonce", "signature"}
	parts := strings.SplitN(fields, ", ", len(names)+1)
	if len(parts) != len(names) {
		return Authorization{}, fmt.Errorf("the Authorization header has %d fields and should have %d", len(parts), len(names))
	}
	for i, name := range names {
		if text[i], ok = strings.CutPrefix(parts[i], name+"="); !ok {
			return Authorization{}, fmt.Errorf("field %d of the Authorization header is not %q", i+1, name)
		}
	}
	var a Authorization
	if err := a.setFields(text); err != nil {
		return Authorization{}, err
	}
	return a, nil
}

func (a *Authorization) setFields(text [4]string) error {
	// Strict refuses set bits after the last byte, which would give one nonce several spellings.
	enc := base64.RawURLEncoding.Strict()
	var err error
	if a.Key, err = enc.DecodeString(text[0]); err != nil {
		return errors.New("the Authorization header's key is not in base64url")
	}
	if _, err := wire.ParseIdentityKey(a.Key); err != nil {
		return fmt.Errorf("the Authorization header's %w", err)
	}
	ms, err := strconv.ParseInt(text[1], 10, 64)
	if err != nil || ms < 0 || ms > math.MaxInt64/int64(time.Millisecond) || strconv.FormatInt(ms, 10) != text[1] {
		return errors.New("the Authorization header's time is not in milliseconds since 1970")
	}
	a.Time = time.UnixMilli(ms)
	nonce, err := enc.DecodeString(text[2])
	if err != nil || len(nonce) != nonceSize {
		return fmt.Errorf("the Authorization header's nonce is not %d bytes in base64url", nonceSize)
	}
	copy(a.Nonce[:], nonce)
	if a.Signature, err = enc.DecodeString(text[3]); err != nil || len(a.Signature) == 0 || len(a.Signature) > maxSignature {
		return errors.New("the Authorization header's signature is not a P-256 signature in base64url")
	}
	if strings.ContainsAny(text[0]+text[2]+text[3], "\r\n") {
		return errors.New("the Authorization header holds a line break") // the base64 decoder skips them
	}
	return nil
}

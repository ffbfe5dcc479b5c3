// Package request is how requests to the hub's directory are signed: by a request key, which an identity key gave a
// [Mandate] for a day. It has no HTTP in it, so that rooms, the hub and the guest page's program share it.
package request

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
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

// NonceSize is the length of a request's nonce, in bytes.
const NonceSize = 16

const (
	scheme       = "Greenroom-1"
	maxSignature = 80 // an ASN.1 ECDSA P-256 signature has at most 72 bytes

	requestLabel wire.Label = "directory request"
)

// Authorization is the header of that name on a room's request:
//
//	Authorization: Greenroom-1 key=<K>, request=<R>, until=<U>, mandate=<M>, time=<T>, nonce=<N>, signature=<S>
//
// The first four fields are the Mandate. N is 16 random bytes, S an Ed25519 signature by the request key, each in
// unpadded base64url; T is the room's clock in milliseconds since 1970, in decimal. There is one form: what parses is
// what String writes.
type Authorization struct {
	Mandate
	Time      time.Time // to the millisecond
	Nonce     [NonceSize]byte
	Signature [ed25519.SignatureSize]byte
}

// Verify reports whether the signature is one over this request by the request key that the header names, and whether
// the identity key gave that key its mandate. It says nothing about times.
func (a Authorization) Verify(method, path string, body []byte) bool {
	digest, err := a.Digest(method, path, body)
	return err == nil && a.Mandate.Verify() && ed25519.Verify(a.Request[:], digest[:], a.Signature[:])
}

// Digest is what the request key signs: wire.Hash under the label "directory request" of
//
//	opaque method<0..2^8-1>;  opaque path<0..2^16-1>;  uint64 time;  opaque nonce[16];  opaque body_sha256[32];
func (a Authorization) Digest(method, path string, body []byte) ([sha256.Size]byte, error) {
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

// fieldNames are the header's fields, in their order.
var fieldNames = [7]string{"key", "request", "until", "mandate", "time", "nonce", "signature"}

// String writes the header's value.
func (a Authorization) String() string {
	enc := base64.RawURLEncoding.EncodeToString
	ms := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	values := [len(fieldNames)]string{
		enc(a.Key), enc(a.Request[:]), ms(a.Until), enc(a.Mandate.Signature), ms(a.Time), enc(a.Nonce[:]), enc(a.Signature[:]),
	}
	var text strings.Builder
	text.WriteString(scheme)
	for i, name := range fieldNames {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(" " + name + "=" + values[i])
	}
	return text.String()
}

// Parse reads the header's value. It checks the form of every field and that the key is a point on the
// curve; it does not verify the signatures.
func Parse(value string) (Authorization, error) {
	fields, ok := strings.CutPrefix(value, scheme+" ")
	if !ok {
		return Authorization{}, fmt.Errorf("the Authorization header does not begin with %q", scheme)
	}
	var text [len(fieldNames)]string
	parts := strings.SplitN(fields, ", ", len(fieldNames)+1)
	if len(parts) != len(fieldNames) {
		return Authorization{}, fmt.Errorf("the Authorization header has %d fields and should have %d", len(parts), len(fieldNames))
	}
	for i, name := range fieldNames {
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

func (a *Authorization) setFields(text [len(fieldNames)]string) error {
	if err := a.Mandate.setFields(text[0], text[1], text[2], text[3]); err != nil {
		return err
	}
	var err error
	if a.Time, err = parseMillis("time", text[4]); err != nil {
		return err
	}
	if err := decodeExactly(a.Nonce[:], "nonce", text[5]); err != nil {
		return err
	}
	return decodeExactly(a.Signature[:], "signature", text[6])
}

// parseMillis reads a field with a time.
func parseMillis(name, text string) (time.Time, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 0 || ms > math.MaxInt64/int64(time.Millisecond) || strconv.FormatInt(ms, 10) != text {
		return time.Time{}, fmt.Errorf("the Authorization header's %s is not in milliseconds since 1970", name)
	}
	return time.UnixMilli(ms), nil
}

// decode reads a field in base64url. Strict refuses set bits after the last byte, which would give one value several
// spellings; line breaks are skipped by the decoder.
func decode(name, text string) ([]byte, error) {
	value, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("the Authorization header's %s is not in base64url", name)
	}
	return value, nil
}

// decodeExactly is decode for a field of a fixed length.
func decodeExactly(to []byte, name, text string) error {
	value, err := decode(name, text)
	if err == nil && len(value) != len(to) {
		err = fmt.Errorf("the Authorization header's %s has %d bytes and should have %d", name, len(value), len(to))
	}
	copy(to, value)
	return err
}

package directory

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"greenroom/meeting/directory/request"
)

// How requests are signed has a package of its own, which browsers use too.
type (
	// Authorization is the header of that name on a room's request.
	Authorization = request.Authorization
	// Mandate says that a request key may sign a room's requests for some time.
	Mandate = request.Mandate
)

// The times of signed requests; see package request.
const (
	MaxClockSkew    = request.MaxClockSkew
	MandateValidity = request.MandateValidity
)

// ParseAuthorization reads the header's value; see request.Parse.
func ParseAuthorization(value string) (Authorization, error) { return request.Parse(value) }

// Sign makes the authorization of a single request, with a request key of its own. A Client keeps its request key.
func Sign(signer crypto.Signer, now time.Time, method, path string, body []byte) (Authorization, error) {
	k, err := newRequestKey(signer, now)
	if err != nil {
		return Authorization{}, err
	}
	return k.Authorize(now, method, path, body)
}

// newRequestKey makes a request key, and has the identity key give it its mandate.
func newRequestKey(signer crypto.Signer, now time.Time) (*request.Key, error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, errors.New("the identity key is not an ECDSA P-256 key")
	}
	identity, err := public.Bytes()
	if err != nil {
		return nil, fmt.Errorf("the identity key cannot be encoded: %w", err)
	}
	k, err := request.NewKey(identity, now)
	if err != nil {
		return nil, err
	}
	digest := k.Mandate.Digest()
	if k.Mandate.Signature, err = signer.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		return nil, fmt.Errorf("the identity key did not sign: %w", err)
	}
	return k, nil
}

// requestKeys keeps a client's request key fresh.
type requestKeys struct {
	signer crypto.Signer

	mu      sync.Mutex
	current *request.Key
}

// at returns a request key whose mandate holds at that time. It is renewed after half of its time; if the identity key
// does not sign then, the old one serves as long as it holds.
func (k *requestKeys) at(now time.Time) (*request.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current != nil {
		if left := k.current.Mandate.Until.Sub(now); left > MandateValidity/2 && left <= MandateValidity {
			return k.current, nil
		}
	}
	fresh, err := newRequestKey(k.signer, now)
	switch {
	case err == nil:
		k.current = fresh
	case k.current == nil || !k.current.Mandate.Covers(now):
		return nil, err
	}
	return k.current, nil
}

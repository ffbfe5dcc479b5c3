package daemon

import (
	"crypto"
	"encoding/base64"
	"errors"
	"io"
	"sync"

	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/meeting/wire"
)

// identity is what the keystore holds.
type identity struct {
	key    keystore.Signer
	device wire.DeviceID
}

// self is who the room is to others: its identity, and its connection to the hub under that. A new key makes a new self,
// which no meeting in progress has.
type self struct {
	identity
	hub *hubLink
}

// become makes the vault's current identity the room's self.
func (k *keyring) become(v *custody.Vault) (*self, error) {
	info := v.Info()
	s := &self{identity: identity{key: &watchedKey{Signer: v.Identity(), health: &k.health}, device: wire.DeviceID(info.DeviceID)}}
	var err error
	if s.hub, err = newHubLink(k.d.cfg.Hub, s.identity, k.d.now, k.d.post); err != nil {
		return nil, err
	}
	k.d.self.Store(s)
	k.d.log.Info("the room has its identity", "identity", info.Fingerprint, "keystore", info.Backend, "protection", info.Protection)
	return s, nil
}

// tell shows the identity, and the one that is to follow it. why says why the hub has not acknowledged that one.
func (k *keyring) tell(v *custody.Vault, why string) {
	info := v.Info()
	shown := room.Identity{
		Backend: info.Backend, Protection: info.Protection, Fingerprint: info.Fingerprint,
		PublicKey: base64.StdEncoding.EncodeToString(v.Identity().PublicKeyBytes()),
	}
	if info.NextFingerprint != "" {
		shown.Next = &room.NextIdentity{Backend: info.NextBackend, Fingerprint: info.NextFingerprint, Text: why}
	}
	k.d.post(room.IdentityKnown{Identity: shown})
}

// watchedKey is the identity key, and notes whether it signs.
type watchedKey struct {
	keystore.Signer
	health *keyHealth
}

// Sign is crypto.Signer's.
func (w *watchedKey) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := w.Signer.Sign(rand, digest, opts)
	w.health.note(err)
	return signature, err
}

// keyHealth is the fault of an identity key that does not sign. A TPM may be away for a while, and the room says so as
// soon as it notices.
type keyHealth struct {
	post func(room.Event)
	ill  chan struct{} // holds a value once the key did not sign

	mu    sync.Mutex
	fault string // "": it signs
}

func (h *keyHealth) note(err error) {
	code := ""
	var wrong *keystore.Error
	switch {
	case errors.As(err, &wrong):
		code = faultOf(wrong)
	case err != nil:
		return // not the key's fault: what was asked of it made no sense, or the keystore was closed
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if code == h.fault {
		return
	}
	if h.fault != "" {
		h.post(room.FaultCleared{Code: h.fault})
	}
	if h.fault = code; code == "" {
		return
	}
	h.post(room.FaultRaised{Fault: room.FaultOf(code)})
	select {
	case h.ill <- struct{}{}:
	default:
	}
}

// well reports whether the key signed when it was last asked.
func (h *keyHealth) well() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fault == ""
}

// forget takes the fault away, with the key that had it.
func (h *keyHealth) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fault != "" {
		h.post(room.FaultCleared{Code: h.fault})
	}
	h.fault = ""
}

package directory

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"greenroom/meeting/directory/request"
)

// Lease is how long a participant's place outlives its last renewal; RenewEvery is how often a room renews.
const (
	Lease      = 2 * time.Minute
	RenewEvery = 30 * time.Second
)

// StatementValidity is how long a signed statement holds. It begins MaxClockSkew before it is made, so that it holds
// already for participants whose clocks are behind.
const StatementValidity = 24 * time.Hour

// MeetNowKept is how long a meeting that a room started can be joined after its last use.
const MeetNowKept = 24 * time.Hour

// ServiceConfig is what a Service needs. All fields are required, but for those about new keys of rooms.
type ServiceConfig struct {
	Name    string // the hub's, as rooms show it
	Version string
	Rooms   []Room
	Relay   Relay
	Policy  Policy
	// StatementKey signs statements. Rooms remember its public half. Another key for the secrets of instances is made
	// of it.
	StatementKey ed25519.PrivateKey
	Store        Store
	Now          func() time.Time
	Started      time.Time // leases are counted from here where that is later than their renewal
	Log          *slog.Logger

	// Guests lets people in with a browser, by number and passcode (guests.go).
	Guests bool
	// GuestRelayURL is the relay's address for browsers; empty: Relay.URL.
	GuestRelayURL string
	// GuestPage is the guest page's address, as a room's QR code names it; empty: guest/ below the address that the room
	// itself uses.
	GuestPage string

	// Succession verifies statements about new keys of rooms; nil: rooms keep the keys that they have.
	Succession SuccessionVerifier
	// Succeeded are the successions that the store has kept so far.
	Succeeded []Succession
}

// Service is the hub's side of the directory. Its methods may be called at the same time.
type Service struct {
	cfg    ServiceConfig
	roster *roster
	vault  vault
	board  *board
}

// NewService checks the configuration. Handler serves it, and Run looks after its calls.
func NewService(cfg ServiceConfig) (*Service, error) {
	if cfg.Store == nil || cfg.Now == nil || cfg.Log == nil || cfg.Started.IsZero() {
		return nil, errors.New("directory: Store, Now, Started and Log are required")
	}
	if len(cfg.StatementKey) != ed25519.PrivateKeySize {
		return nil, errors.New("directory: the statement key is missing")
	}
	if err := cfg.Relay.check(); err != nil {
		return nil, err
	}
	rooms, err := newRoster(cfg.Rooms, cfg.Succeeded)
	if err != nil {
		return nil, err
	}
	if err := cfg.Policy.check(); err != nil {
		return nil, err
	}
	vault, err := newVault(cfg.StatementKey)
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, roster: rooms, vault: vault, board: newBoard()}, nil
}

// caller is the room that signed a request.
type caller struct {
	Room  // with the key that signed
	nonce [request.NonceSize]byte
	sent  time.Time
	// address is where a request came from, without what one network can change at will.
	address string
}

// admit finds out who signed a request, or refuses it. A room that is not known hears so before anything else is
// checked: that is what its installer has to put right first. The nonce is claimed later, by transact.
func (s *Service) admit(method, path, header string, body []byte) (caller, error) {
	a, err := ParseAuthorization(header)
	if err != nil {
		return caller{}, refuse(CodeBadRequest, "The request is not signed as it should be: "+err.Error()+".")
	}
	room, known, succeeded := s.roster.find(a.Key)
	if !known {
		s.cfg.Log.Warn("an unknown room asked; if it should take part, add its key to the configuration under rooms",
			"key", base64.StdEncoding.EncodeToString(a.Key), "fingerprint", Fingerprint(a.Key))
		return caller{}, refuse(CodeRoomUnknown, fmt.Sprintf("The hub %q does not know this room. Ask IT to add the room's identity key to the hub's "+
			"configuration under rooms, and to compare its fingerprint: %s.", s.cfg.Name, Fingerprint(a.Key)))
	}
	if err := s.genuine(a, method, path, body); err != nil {
		return caller{}, err
	}
	if succeeded && path != pathSucceed {
		return caller{}, refuse(CodeKeySucceeded, fmt.Sprintf("The hub knows this room by a newer key. The room goes on by itself if it has that key; "+
			"if it was restored from an older backup, ask IT to restore a newer one. This key's fingerprint: %s.", Fingerprint(a.Key)))
	}
	return caller{Room: room, nonce: a.Nonce, sent: a.Time}, nil
}

// genuine refuses a request that was not signed as it should be, or not now.
func (s *Service) genuine(a Authorization, method, path string, body []byte) error {
	if !a.Verify(method, path, body) {
		return refuse(CodeSignatureWrong, "The request's signature is wrong: it was changed on its way, or signed with another key.")
	}
	if off := a.Time.Sub(s.cfg.Now()); off.Abs() > MaxClockSkew {
		return refuse(CodeClockWrong, clockSentence(off))
	}
	if !a.Covers(s.cfg.Now()) {
		return refuse(CodeSignatureWrong, fmt.Sprintf("The request's key was good until %s, and no longer is, or says so of too long a time. Try again.", stamp(a.Until)))
	}
	return nil
}

// clockSentence says how far a room's clock is off; positive is ahead of the hub's.
func clockSentence(off time.Duration) string {
	way := "ahead of"
	if off < 0 {
		way = "behind"
	}
	return fmt.Sprintf("This room's clock is %s %s the hub's. Set the room's clock and see that it reaches a time server "+
		"(timedatectl status shows both), then try again.", spell(off), way)
}

// transact runs f in one transaction that also claims the request's nonce.
func (s *Service) transact(ctx context.Context, c caller, f func(tx Tx, now time.Time) error) error {
	return s.outcome(ctx, func(tx Tx) error {
		err := s.claim(ctx, tx, c)
		if err == nil && f != nil {
			err = f(tx, s.cfg.Now())
		}
		return err
	})
}

// outcome runs f in one transaction. A refusal by f is an outcome and is kept with what f wrote before it (the count of
// wrong tries); any other error undoes everything.
func (s *Service) outcome(ctx context.Context, f func(Tx) error) error {
	var refusal *Error
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		refusal = nil
		err := f(tx)
		if errors.As(err, &refusal) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

// claim refuses a request that was seen before. Its nonce is kept for as long as its time would still be accepted.
func (s *Service) claim(ctx context.Context, tx Tx, c caller) error {
	fresh, err := tx.UseNonce(ctx, c.Key, c.nonce[:], c.sent.Add(MaxClockSkew+time.Second))
	if err != nil {
		return err
	}
	if !fresh {
		return refuse(CodeSignatureWrong, "This request was sent before; somebody may be repeating the room's requests. Try again.")
	}
	return nil
}

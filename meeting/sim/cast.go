package sim

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"greenroom/meeting/wire"
)

// startTime is when every meeting starts.
func startTime() time.Time { return time.Date(2030, 1, 2, 10, 0, 0, 0, time.UTC) }

// Cast is who may take part in meetings, and the hub. It is made once for many meetings, since keys and statements
// cost more than most of what a meeting does with them. It may be used from several goroutines.
type Cast struct {
	hub ed25519.PrivateKey

	mu         sync.Mutex
	people     map[string]*person
	statements map[statementKey][]byte

	taping sync.Once
	taped  tapes
}

func (c *Cast) hubKey() ed25519.PublicKey { return c.hub.Public().(ed25519.PublicKey) }

// person is a device and the identity key in it.
type person struct {
	name     string
	identity *ecdsa.PrivateKey
	public   []byte
	device   wire.DeviceID
}

type statementKey struct {
	name, shown  string
	role         wire.Role
	organisation bool
	instance     wire.InstanceID
}

// NewCast returns an empty cast; people come into it when they are first asked for.
func NewCast() *Cast {
	seed := sha256.Sum256([]byte("the simulated hub"))
	return &Cast{
		hub: ed25519.NewKeyFromSeed(seed[:]), people: make(map[string]*person), statements: make(map[statementKey][]byte),
	}
}

func (c *Cast) person(name string) (*person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.people[name]; p != nil {
		return p, nil
	}
	seed := sha256.Sum256([]byte("identity of " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		return nil, fmt.Errorf("identity of %s: %w", name, err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("identity of %s: %w", name, err)
	}
	device := sha256.Sum256([]byte("device " + name))
	p := &person{name: name, identity: key, public: public, device: wire.DeviceID(device[:16])}
	c.people[name] = p
	return p, nil
}

// statement returns the hub's word on a person. A hub that lies says so too: shown is the name that it states.
func (c *Cast) statement(p *person, shown string, role wire.Role, organisation bool, instance wire.InstanceID) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := statementKey{p.name, shown, role, organisation, instance}
	if s := c.statements[k]; s != nil {
		return s, nil
	}
	s, err := wire.SignStatement(c.hub, wire.Statement{
		Meeting: meetingID, Instance: instance, IdentityKey: p.public, Role: role, Name: shown, Organisation: organisation,
		NotBefore: startTime().Add(-24 * time.Hour), NotAfter: startTime().Add(24 * time.Hour),
	})
	if err != nil {
		return nil, fmt.Errorf("statement on %s: %w", p.name, err)
	}
	c.statements[k] = s
	return s, nil
}

// The meeting and its instance are the same in every simulation, so that statements are made once. otherInstance is
// another run of the meeting, from which the adversary replays.
var (
	meetingID     = wire.MeetingID{1}
	thisInstance  = wire.InstanceID{2}
	otherInstance = wire.InstanceID{3}
)

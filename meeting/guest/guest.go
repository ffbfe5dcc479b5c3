package guest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/directory/request"
	"greenroom/meeting/wire"
)

// Ticket is what the hub gave, as the page has it: ids in hex.
type Ticket struct {
	Meeting, Instance, Participant string
	Device                         string
	IdentityKey                    []byte // 65 bytes
	Statement                      []byte
	HubKey                         []byte
}

// Guest is one browser. It signs requests from the beginning, and takes part in one meeting at a time. It is used from one
// goroutine.
type Guest struct {
	key    *request.Key
	core   *meeting.Core
	epochs map[uint64]*meeting.EpochKey
}

// New returns a guest that does not know its identity key.
func New() *Guest { return &Guest{} }

var (
	errNoKey     = errors.New("there is no request key: its mandate was not signed")
	errNoMeeting = errors.New("no meeting was begun")
)

// RequestKey makes a key for requests to the hub, and returns what the identity key has to sign for it; see Mandate.
func (g *Guest) RequestKey(identity []byte, now time.Time) (input []byte, err error) {
	if _, err := wire.ParseIdentityKey(identity); err != nil {
		return nil, err
	}
	if g.key, err = request.NewKey(identity, now); err != nil {
		return nil, err
	}
	return g.key.Mandate.Input(), nil
}

// Mandate takes the identity key's signature over what RequestKey returned.
func (g *Guest) Mandate(raw []byte) error {
	if g.key == nil {
		return errNoKey
	}
	signature, err := asn1Signature(raw)
	if err != nil {
		return err
	}
	g.key.Mandate.Signature = signature
	if !g.key.Mandate.Verify() {
		return errors.New("the signature is not one by the identity key")
	}
	return nil
}

// Authorize returns the Authorization header of one request to the hub.
func (g *Guest) Authorize(now time.Time, method, path string, body []byte) (string, error) {
	if g.key == nil || len(g.key.Mandate.Signature) == 0 {
		return "", errNoKey
	}
	a, err := g.key.Authorize(now, method, path, body)
	if err != nil {
		return "", err
	}
	return a.String(), nil
}

// Begin takes part in a meeting. Nothing less than end-to-end encryption is accepted: the hub's secret for enhanced
// encryption is not even taken.
func (g *Guest) Begin(now time.Time, t Ticket) (Output, error) {
	var cfg meeting.Config
	var errs [4]error
	cfg.Meeting, errs[0] = wire.ParseMeetingID(t.Meeting)
	cfg.Instance, errs[1] = wire.ParseInstanceID(t.Instance)
	cfg.Self, errs[2] = wire.ParseParticipantID(t.Participant)
	var device wire.ParticipantID
	device, errs[3] = wire.ParseParticipantID(t.Device)
	if err := errors.Join(errs[:]...); err != nil {
		return Output{}, fmt.Errorf("the hub's answer: %w", err)
	}
	cfg.Device, cfg.IdentityKey, cfg.Statement, cfg.HubKey = wire.DeviceID(device), t.IdentityKey, t.Statement, t.HubKey
	cfg.Rand, cfg.Admission = rand.Reader, meeting.AdmitOrganisation
	core, err := meeting.New(cfg)
	if err != nil {
		return Output{}, err
	}
	g.core, g.epochs = core, map[uint64]*meeting.EpochKey{}
	return g.output(core.Start(now)), nil
}

// step does something with the core.
func (g *Guest) step(f func(*meeting.Core) meeting.Output) (Output, error) {
	if g.core == nil {
		return Output{}, errNoMeeting
	}
	return g.output(f(g.core)), nil
}

// Signed takes the identity key's signature that Output.Sign asked for.
func (g *Guest) Signed(now time.Time, id uint64, raw []byte) (Output, error) {
	signature, err := asn1Signature(raw)
	if err != nil {
		return Output{}, err
	}
	return g.step(func(c *meeting.Core) meeting.Output { return c.Signed(now, id, signature) })
}

// Connected, Disconnected, Present, Gone, Received and Tick are the core's methods of these names (Received is Step). Ids
// that are none are left out: they are of somebody who has no place in the meeting.

// Connected says that the relay is reached.
func (g *Guest) Connected(now time.Time) (Output, error) {
	return g.step(func(c *meeting.Core) meeting.Output { return c.Connected(now) })
}

// Disconnected says that the relay was lost.
func (g *Guest) Disconnected(now time.Time) (Output, error) {
	return g.step(func(c *meeting.Core) meeting.Output { return c.Disconnected(now) })
}

// Present says whom the relay reports.
func (g *Guest) Present(now time.Time, ids []string) (Output, error) {
	var known []wire.ParticipantID
	for _, s := range ids {
		if id, err := wire.ParseParticipantID(s); err == nil {
			known = append(known, id)
		}
	}
	return g.step(func(c *meeting.Core) meeting.Output { return c.Present(now, known) })
}

// Gone says whom the relay lost.
func (g *Guest) Gone(now time.Time, id string) (Output, error) {
	gone, err := wire.ParseParticipantID(id)
	if err != nil {
		return Output{}, nil
	}
	return g.step(func(c *meeting.Core) meeting.Output { return c.Gone(now, gone) })
}

// Received takes a message, which is the core's from now on.
func (g *Guest) Received(now time.Time, from string, data []byte) (Output, error) {
	sender, err := wire.ParseParticipantID(from)
	if err != nil {
		return Output{}, nil
	}
	return g.step(func(c *meeting.Core) meeting.Output { return c.Step(now, sender, data) })
}

// Tick is due at Output.Next.
func (g *Guest) Tick(now time.Time) (Output, error) {
	return g.step(func(c *meeting.Core) meeting.Output { return c.Tick(now) })
}

// KeyMissing says that a frame came whose key is not there.
func (g *Guest) KeyMissing(now time.Time, kid uint64) (Output, error) {
	return g.step(func(c *meeting.Core) meeting.Output { return c.KeyMissing(now, kid) })
}

// Media returns the SFrame key id and base key of a stream of whoever has a roster index in an epoch, and who that is.
func (g *Guest) Media(epoch uint64, index uint32, stream uint8) (kid uint64, base []byte, participant string, ok bool) {
	key := g.epochs[epoch]
	if key == nil {
		return 0, nil, "", false
	}
	id, member := key.Participant(index)
	if !member {
		return 0, nil, "", false
	}
	kid, base, ok = key.Media(index, stream)
	return kid, base, id.String(), ok
}

package meeting

import (
	"errors"
	"time"

	"greenroom/meeting/wire"
)

// Step takes a message. From is the sender that the relay claims; it is only reported, never trusted. The core may keep
// parts of data.
func (c *Core) Step(now time.Time, from wire.ParticipantID, data []byte) Output {
	c.begin(now)
	if !c.phase.Final() && c.connected && c.own.self != nil {
		if err := c.step(data); err != nil {
			c.emit(Dropped{From: from, Kind: wire.PeekKind(data), Err: err})
		}
	}
	return c.end()
}

func (c *Core) step(data []byte) error {
	m, err := wire.Parse(data)
	switch {
	case errors.Is(err, wire.ErrUnknownKind):
		return nil
	case err != nil:
		return err
	case m.Instance != c.cfg.Instance:
		return ErrOtherInstance
	case m.Sender == c.cfg.Self: // an echo, or somebody who pretends
		return ErrForged
	}
	switch b := m.Body.(type) {
	case *wire.Announce:
		return c.onAnnounce(m, b)
	case *wire.Welcome:
		return c.onWelcome(m, b)
	case *wire.Links:
		return c.onLinks(m.Sender, b)
	case *wire.Page:
		return c.onPage(b)
	case *wire.KeyBox:
		return c.onKeyBox(m.Sender, b)
	case *wire.Heartbeat:
		return c.onHeartbeat(m, b)
	case *wire.Refusal:
		return c.onRefusal(m, b)
	case *wire.Leave:
		return c.onLeave(m, b)
	case *wire.Sealed:
		return c.onSealed(m, b)
	}
	return c.stepLeader(m)
}

// stepLeader takes the messages that only a leader answers.
func (c *Core) stepLeader(m wire.Message) error {
	if c.lead == nil {
		c.repeatLeave(m)
		return nil // sent to a leader that we were, or are about to be
	}
	switch b := m.Body.(type) {
	case *wire.KeyAck:
		return c.onKeyAck(m.Sender, b)
	case *wire.KeyRequest:
		return c.onKeyRequest(m, b)
	case *wire.LinkRequest:
		return c.onLinkRequest(m, b)
	case *wire.Nonce:
		return c.onNonce(m, b)
	case *wire.HostRequest:
		return c.onHostRequest(m, b)
	}
	return nil
}

// repeatLeave tells somebody who missed it that we gave up leading, and to whom.
func (c *Core) repeatLeave(m wire.Message) {
	switch m.Body.Kind() {
	case wire.KindKeyRequest, wire.KindLinkRequest:
	default:
		return
	}
	if c.gaveUp != nil && c.connected && c.now.Sub(c.gaveUpAt) >= beatGap {
		c.gaveUpAt = c.now
		c.out.Send = append(c.out.Send, Outgoing{To: m.Sender, Data: c.gaveUp})
	}
}

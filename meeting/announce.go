package meeting

import (
	"crypto/ed25519"
	"crypto/hpke"
	"time"

	"greenroom/meeting/wire"
)

// signAnnouncement is the id of the only SignRequest there is.
const signAnnouncement = 1

// ownKeys are this participant's keys for one instance, in memory only.
type ownKeys struct {
	meeting       ed25519.PrivateKey
	encryption    hpke.PrivateKey
	encryptionPub []byte
	entry         *wire.Entry
	self          *person // once signed
	// nonces are the last two liveness nonces, the newest first, which was made at noncedAt (rule 6).
	nonces   [2][wire.NonceSize]byte
	noncedAt time.Time
}

func (k *ownKeys) erase() {
	clear(k.meeting)
	// The seeds inside the HPKE key can't be overwritten from here; dropping it is all that can be done.
	k.meeting, k.encryption = nil, nil
	k.nonces = [2][wire.NonceSize]byte{}
}

// Start makes the ephemeral keys and asks for the identity signature over the announcement. Statements that do not
// hold for this participant are refused at once.
func (c *Core) Start(now time.Time) Output {
	c.begin(now)
	if c.phase == PhaseAnnouncing && c.own.entry == nil {
		c.start()
	}
	return c.end()
}

func (c *Core) start() {
	var seeds [64]byte
	if !c.fill(seeds[:]) {
		return
	}
	defer clear(seeds[:])
	c.started = c.now
	c.own.meeting = ed25519.NewKeyFromSeed(seeds[:32])
	key, err := hpke.MLKEM768X25519().NewPrivateKey(seeds[32:])
	if err != nil {
		c.refuse(reason(CodeFault))
		return
	}
	c.own.encryption, c.own.encryptionPub = key, key.PublicKey().Bytes()
	e := &wire.Entry{Statement: c.cfg.Statement}
	e.Announcement = wire.Announcement{
		Meeting: c.cfg.Meeting, Instance: c.cfg.Instance, Participant: c.cfg.Self, Device: c.cfg.Device,
		IdentityKey:       [wire.IdentityKeySize]byte(c.cfg.IdentityKey),
		MeetingKey:        [ed25519.PublicKeySize]byte(c.own.meeting.Public().(ed25519.PublicKey)),
		EncryptionKeyHash: encryptionKeyHash(c.own.encryptionPub),
		Time:              uint64(max(0, c.now.UnixMilli())),
	}
	c.own.entry = e
	if code := c.checkOwnStatement(); code != "" {
		c.refuse(reason(code))
		return
	}
	if c.newNonce() {
		c.out.Sign = append(c.out.Sign, SignRequest{ID: signAnnouncement, Digest: e.Announcement.Hash(), Input: e.Announcement.SigningInput()})
	}
}

// checkOwnStatement says what is wrong with this participant's own statement, or "". The hub has just made it, so one
// that is not valid yet means that this device's clock is behind.
func (c *Core) checkOwnStatement() Code {
	s, err := wire.OpenStatement(c.cfg.HubKey, c.cfg.Statement)
	switch {
	case err != nil || string(s.IdentityKey) != string(c.cfg.IdentityKey):
		return CodeStatementWrong
	case s.Instance != c.cfg.Instance || s.Meeting != c.cfg.Meeting:
		return CodeWrongMeeting
	case c.now.Add(clockLeeway).Before(s.NotBefore):
		return CodeClockWrong
	case c.now.Add(-clockLeeway).After(s.NotAfter):
		return CodeStatementExpired
	}
	return ""
}

// Signed takes the ASN.1 ECDSA signature that SignRequest id asked for. One that does not verify ends in PhaseRefused.
func (c *Core) Signed(now time.Time, id uint64, sig []byte) Output {
	c.begin(now)
	if id == signAnnouncement && c.phase == PhaseAnnouncing && c.own.entry != nil && c.own.self == nil {
		c.signed(sig)
	}
	return c.end()
}

func (c *Core) signed(sig []byte) {
	c.own.entry.Signature = append([]byte(nil), sig...)
	self, err := c.verifier.verify(c.own.entry)
	if err != nil {
		c.refuse(reason(CodeFault))
		return
	}
	c.own.self = self
	if c.connected {
		c.beginWaiting(wire.ParticipantID{})
	}
}

// newNonce makes a fresh liveness nonce; the one before stays good.
func (c *Core) newNonce() bool {
	var n [wire.NonceSize]byte
	if !c.fill(n[:]) {
		return false
	}
	c.own.nonces[0], c.own.nonces[1] = n, c.own.nonces[0]
	c.own.noncedAt = c.now
	return true
}

// announce sends the announcement, to everybody or to one leader. Who wants a welcome makes fresh nonces meanwhile: nobody
// is let in by an answer of long ago.
func (c *Core) announce(to wire.ParticipantID, newcomer bool) {
	if newcomer && c.now.Sub(c.own.noncedAt) >= nonceNewcomer && !c.newNonce() {
		return
	}
	c.announcedAt = c.now
	c.send(to, &wire.Announce{Entry: *c.own.entry, EncryptionKey: c.own.encryptionPub, Nonce: c.own.nonces[0], Newcomer: newcomer})
}

// freshNonce sends the leader a new liveness nonce (rule 6).
func (c *Core) freshNonce() {
	if !c.following() || !c.connected || c.resting != nil || !c.newNonce() {
		return
	}
	c.send(c.list.leader.id(), &wire.Nonce{Nonce: c.own.nonces[0]})
	c.set(timerNonce, c.now.Add(c.nonceInterval()))
}

func (c *Core) nonceInterval() time.Duration {
	return nonceEvery * time.Duration(max(c.list.members, nonceMembers)) / nonceMembers
}

package meeting

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"fmt"
	"time"

	"greenroom/meeting/wire"
)

// person is somebody whose announcement was verified. What the entry says never changes; removed, seen and says
// belong to the core's goroutine.
type person struct {
	index     uint32 // roster index, once in the list
	entry     *wire.Entry
	statement stated
	hash      [32]byte // of the announcement
	says      saying

	removed   wire.Cause         // 0: a member
	removedIn uint64             // the list's version that took it off
	seen      [wire.Kinds]uint64 // highest sequence for each kind of message
}

// stated is what is kept of the hub's statement.
type stated struct {
	Name         string
	Role         wire.Role
	Organisation bool
	// notBefore and notAfter are seconds since 1970.
	notBefore, notAfter int64
}

func statedOf(s wire.Statement) stated {
	return stated{Name: s.Name, Role: s.Role, Organisation: s.Organisation, notBefore: s.NotBefore.Unix(), notAfter: s.NotAfter.Unix()}
}

// covers reports whether t lies in the statement's time, both ends included.
func (s stated) covers(t time.Time) bool { return t.Unix() >= s.notBefore && t.Unix() <= s.notAfter }

func (p *person) id() wire.ParticipantID { return p.entry.Announcement.Participant }

func (p *person) meetingKey() ed25519.PublicKey { return p.entry.Announcement.MeetingKey[:] }

// sameDevice reports whether both are participations of one device: the same identity key and the same device id.
func (p *person) sameDevice(q *person) bool {
	a, b := &p.entry.Announcement, &q.entry.Announcement
	return a.IdentityKey == b.IdentityKey && a.Device == b.Device
}

// announced is when the participant says that it announced itself.
func (p *person) announced() time.Time { return time.UnixMilli(int64(p.entry.Announcement.Time)) }

// fresh verifies a signed message of p and that it is no replay, and remembers its sequence.
func (p *person) fresh(m wire.Message) error {
	if !m.Verify(p.meetingKey()) {
		return ErrForged
	}
	k := m.Body.Kind()
	if m.Sequence <= p.seen[k] {
		return ErrReplay
	}
	p.seen[k] = m.Sequence
	return nil
}

// verifier checks entries for one instance.
type verifier struct {
	meeting  wire.MeetingID
	instance wire.InstanceID
	hub      ed25519.PublicKey
}

// statementError is returned for an entry whose identity signature holds, but whose statement does not.
type statementError struct{ code Code }

func (e statementError) Error() string { return "the hub's statement: " + string(e.code) }

// verify checks an entry on its own: that it is for this instance, that the identity key signed it, and that the hub
// states this identity key. It does not look at the time. The error wraps ErrForged or ErrOtherInstance, or is a
// statementError.
func (v verifier) verify(e *wire.Entry) (*person, error) {
	a := &e.Announcement
	if a.Instance != v.instance || a.Meeting != v.meeting {
		return nil, ErrOtherInstance
	}
	key, err := wire.ParseIdentityKey(a.IdentityKey[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	hash := a.Hash()
	if !ecdsa.VerifyASN1(key, hash[:], e.Signature) {
		return nil, fmt.Errorf("identity signature: %w", ErrForged)
	}
	p := &person{entry: e, hash: hash}
	if len(e.Attestations) > 0 {
		return nil, fmt.Errorf("attestations, which this version does not know: %w", ErrForged)
	}
	s, err := wire.OpenStatement(v.hub, e.Statement)
	p.statement = statedOf(s)
	switch {
	case err != nil:
		return p, statementError{CodeStatementWrong}
	case s.Instance != v.instance || s.Meeting != v.meeting:
		return p, statementError{CodeWrongMeeting}
	case string(s.IdentityKey) != string(a.IdentityKey[:]):
		return p, statementError{CodeStatementWrong}
	}
	return p, nil
}

// timeCode says what is wrong with the times of p's announcement, as seen by a leader whose clock shows now: "" if
// nothing is. A clock that is off is told apart from a statement that is: the participant says what its clock showed.
func (p *person) timeCode(now time.Time) Code {
	if p.statement.covers(now) || p.statement.covers(now.Add(clockLeeway)) || p.statement.covers(now.Add(-clockLeeway)) {
		return ""
	}
	if p.statement.covers(p.announced()) {
		return CodeClockWrong
	}
	if now.Unix() < p.statement.notBefore {
		return CodeStatementEarly
	}
	return CodeStatementExpired
}

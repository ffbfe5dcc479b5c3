package directory

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"greenroom/meeting/wire"
)

// How meetings that a room starts are numbered: short enough to be typed, long enough not to be met by chance.
const (
	numberDigits   = 9
	passcodeDigits = 6
	numberTries    = 16 // before giving up on finding a number that is free
)

func (s *Service) hello(ctx context.Context, c caller) (HubInfo, error) {
	if err := s.transact(ctx, c, nil); err != nil {
		return HubInfo{}, err
	}
	return HubInfo{Name: s.cfg.Name, Version: s.cfg.Version, Room: c.Name, Time: s.cfg.Now()}, nil
}

// meetNow makes a meeting with the caller as its host, and the caller's place in it.
func (s *Service) meetNow(ctx context.Context, c caller, r nowRequest) (Ticket, error) {
	title := r.Title
	if title == "" {
		title = c.Name // which needs no translation
	}
	var t Ticket
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		m, err := s.newMeeting(ctx, tx, c, title, now)
		if err != nil {
			return err
		}
		t, err = s.enter(ctx, tx, c, m, now)
		return err
	})
	return t, err
}

func (s *Service) newMeeting(ctx context.Context, tx Tx, c caller, title string, now time.Time) (Meeting, error) {
	m := Meeting{ID: newID(), Kind: KindMeeting, Title: title, Creator: c.Key, LastUsed: now}
	for range numberTries {
		var err error
		if m.Number, err = digits(numberDigits); err != nil {
			return Meeting{}, err
		}
		if m.Passcode, err = digits(passcodeDigits); err != nil {
			return Meeting{}, err
		}
		if m.Number[0] == '0' {
			continue
		}
		if added, err := tx.AddMeeting(ctx, m); err != nil || added {
			return m, err
		}
	}
	return Meeting{}, fmt.Errorf("no free meeting number was found in %d tries", numberTries)
}

// newID returns 16 random bytes in hex.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // crypto/rand never fails
	return hex.EncodeToString(id[:])
}

// digits returns n random decimal digits, evenly spread.
func digits(n int64) (string, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
	v, err := rand.Int(rand.Reader, limit)
	if err != nil {
		return "", fmt.Errorf("no random bytes: %w", err)
	}
	return fmt.Sprintf("%0*d", n, v), nil
}

// join gives the caller a place in a meeting, if it knows the passcode. Wrong numbers and passcodes are counted
// against the room, wrong passcodes also against the meeting.
func (s *Service) join(ctx context.Context, c caller, r joinRequest) (Ticket, error) {
	return s.joinBy(ctx, c, r, gate{"room " + Fingerprint(c.Key), roomPace()})
}

// joinBy does so for whoever a gate stands before.
func (s *Service) joinBy(ctx context.Context, c caller, r joinRequest, own gate) (Ticket, error) {
	meeting := gate{"meeting " + r.Number, meetingPace()}
	var t Ticket
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		if err := own.pass(ctx, tx, now); err != nil {
			return err
		}
		m, err := tx.Meeting(ctx, r.Number)
		if errors.Is(err, ErrNotFound) {
			if err := own.fail(ctx, tx, now); err != nil {
				return err
			}
			return refuse(CodeMeetingUnknown, "There is no meeting with this number. Check the number and try again.")
		}
		if err != nil {
			return err
		}
		if err := meeting.pass(ctx, tx, now); err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(r.Passcode), []byte(m.Passcode)) != 1 {
			if err := errors.Join(own.fail(ctx, tx, now), meeting.fail(ctx, tx, now)); err != nil {
				return err
			}
			return refuse(CodePasscodeWrong, "The passcode is wrong. Check it and try again.")
		}
		t, err = s.enter(ctx, tx, c, m, now)
		return err
	})
	return t, err
}

// enter adds the caller to the meeting's running instance, or begins one. The meeting is held by tx, so two rooms
// that come at once meet in one instance.
func (s *Service) enter(ctx context.Context, tx Tx, c caller, m Meeting, now time.Time) (Ticket, error) {
	instance, err := tx.OpenInstance(ctx, m.Number)
	found := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Ticket{}, err
	}
	live := found && s.live(instance, now)
	if !live && m.Creator != nil && now.Sub(m.LastUsed) >= MeetNowKept {
		return Ticket{}, refuse(CodeMeetingOver, "This meeting is over. Start a new one, or ask for its number.")
	}
	if found && !live {
		if err := tx.EndInstance(ctx, instance.ID, now); err != nil {
			return Ticket{}, err
		}
	}
	if !live {
		if instance, err = s.open(ctx, tx, m, now); err != nil {
			return Ticket{}, err
		}
	}
	return s.seat(ctx, tx, c, m, instance, now)
}

// open begins an instance of a meeting, with a secret where the policy lets it begin with enhanced encryption.
func (s *Service) open(ctx context.Context, tx Tx, m Meeting, now time.Time) (Instance, error) {
	i := Instance{ID: newID()}
	if s.cfg.Policy.of(m.Kind) == EncryptionEnhanced {
		i.Sealed = s.vault.make(i.ID)
	}
	return i, tx.AddInstance(ctx, i, m.Number, now)
}

// seat gives the caller a place in an instance that is open.
func (s *Service) seat(ctx context.Context, tx Tx, c caller, m Meeting, i Instance, now time.Time) (Ticket, error) {
	p := Participant{ID: newID(), Instance: i.ID, Number: m.Number, Key: c.Key, Renewed: now}
	if err := errors.Join(tx.AddParticipant(ctx, p), tx.TouchMeeting(ctx, m.Number, now)); err != nil {
		return Ticket{}, err
	}
	t, err := s.ticket(c, m, p, now)
	if err != nil {
		return Ticket{}, err
	}
	t.Enhanced, err = s.vault.open(i)
	return t, err
}

// live reports whether somebody's lease in the instance still runs.
func (s *Service) live(i Instance, now time.Time) bool {
	if i.LastRenewal.IsZero() {
		return false
	}
	from := i.LastRenewal
	if s.cfg.Started.After(from) {
		from = s.cfg.Started
	}
	return now.Sub(from) < Lease
}

func (s *Service) ticket(c caller, m Meeting, p Participant, now time.Time) (Ticket, error) {
	t := Ticket{
		Kind: m.Kind, Title: m.Title, Number: m.Number, RelayURL: s.cfg.Relay.URL,
		HubKey:  s.cfg.StatementKey.Public().(ed25519.PublicKey),
		HubName: s.cfg.Name, HubTime: now,
	}
	if m.Creator != nil && slices.Equal(m.Creator, c.Key) {
		t.Passcode = m.Passcode
	}
	if s.cfg.Guests && m.Kind == KindMeeting {
		t.GuestPage = cmp.Or(s.cfg.GuestPage, "guest/")
	}
	if m.Kind == KindCall {
		t.Number = "" // the hub's own business
	}
	var errMeeting, errInstance, errParticipant error
	t.Meeting, errMeeting = wire.ParseMeetingID(m.ID)
	t.Instance, errInstance = wire.ParseInstanceID(p.Instance)
	t.Participant, errParticipant = wire.ParseParticipantID(p.ID)
	if err := errors.Join(errMeeting, errInstance, errParticipant); err != nil {
		return Ticket{}, fmt.Errorf("the store holds an id that is none: %w", err)
	}
	var err error
	if t.Statement, err = wire.SignStatement(s.cfg.StatementKey, wire.Statement{
		Meeting: t.Meeting, Instance: t.Instance, IdentityKey: c.Key,
		Role: roleOf(c.Room, m), Name: c.Name, Organisation: c.Organisation,
		NotBefore: now.Add(-MaxClockSkew).Truncate(time.Second), NotAfter: now.Add(StatementValidity).Truncate(time.Second),
	}); err != nil {
		return Ticket{}, fmt.Errorf("the statement for %q was not signed: %w", c.Name, err)
	}
	t.RelayToken, err = s.cfg.Relay.token(p.Instance, p.ID, s.roster.name(c.Key), now)
	return t, err
}

// roleOf says what a room is in a meeting: host of what it started; in a configured meeting as its hosts say, where
// naming none makes every room of the organisation a host.
func roleOf(r Room, m Meeting) wire.Role {
	switch {
	case m.Creator != nil && slices.Equal(m.Creator, r.Key),
		slices.Contains(m.Hosts, r.Name),
		m.Creator == nil && len(m.Hosts) == 0 && r.Organisation:
		return wire.RoleHost
	}
	return wire.RoleParticipant
}

// renew keeps the caller's place for another Lease and returns a fresh relay token for it.
func (s *Service) renew(ctx context.Context, c caller, r placeRequest) (renewAnswer, error) {
	var answer renewAnswer
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		p, _, err := place(ctx, tx, c, r)
		if err != nil {
			return err
		}
		if err := tx.RenewParticipant(ctx, p.ID, now); err != nil {
			return err
		}
		answer.RelayToken, err = s.cfg.Relay.token(p.Instance, p.ID, s.roster.name(c.Key), now)
		return err
	})
	return answer, err
}

// leave gives the caller's place up. The last one out ends the instance, and in a call the first one. Leaving twice is
// no fault.
func (s *Service) leave(ctx context.Context, c caller, r placeRequest) error {
	var wake []Call
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		wake = nil
		p, m, err := place(ctx, tx, c, r)
		if err != nil {
			return err
		}
		if m.Kind == KindCall {
			call, err := s.hangUp(ctx, tx, m, p, now)
			wake = append(wake, call)
			return err
		}
		if err := errors.Join(tx.EndParticipant(ctx, p.ID, now), tx.TouchMeeting(ctx, p.Number, now)); err != nil {
			return err
		}
		instance, err := tx.OpenInstance(ctx, p.Number)
		if err != nil || !instance.LastRenewal.IsZero() {
			return err
		}
		return tx.EndInstance(ctx, instance.ID, now)
	})
	s.board.wake(wake...)
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Code == CodeMeetingOver {
		return nil
	}
	return err
}

// place finds the caller's own place in an instance that is open, and holds its meeting. Somebody else's place is
// answered like one that has ended.
func place(ctx context.Context, tx Tx, c caller, r placeRequest) (Participant, Meeting, error) {
	over := refuse(CodeMeetingOver, "This room's place in the meeting has ended. Join again.")
	p, err := tx.Participant(ctx, r.Participant.String())
	if errors.Is(err, ErrNotFound) || err == nil && (p.Instance != r.Instance.String() || !slices.Equal(p.Key, c.Key)) {
		return Participant{}, Meeting{}, over
	}
	if err != nil {
		return Participant{}, Meeting{}, err
	}
	m, err := tx.Meeting(ctx, p.Number)
	if errors.Is(err, ErrNotFound) {
		return Participant{}, Meeting{}, over
	}
	if err != nil {
		return Participant{}, Meeting{}, err
	}
	// Read again: it may have ended while others held the meeting.
	if p, err = tx.Participant(ctx, r.Participant.String()); err != nil {
		return Participant{}, Meeting{}, err
	}
	if p.Left {
		return Participant{}, Meeting{}, over
	}
	return p, m, nil
}

package directory

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is returned by a [Tx] for a row that is not there.
var ErrNotFound = errors.New("not found")

// Store keeps the directory's rows. provisioning/hub/store is the one in SQL.
type Store interface {
	// Update runs f in one transaction, which is kept if f returns nil and undone otherwise. f may run more than
	// once. Updates that touch the same meeting run one after the other.
	Update(ctx context.Context, f func(Tx) error) error
	// Read runs f, which only reads, in one transaction.
	Read(ctx context.Context, f func(Tx) error) error
}

// Tx reads and writes rows within one transaction. Times are kept to the millisecond. Ids are in hex: 32 digits.
type Tx interface {
	// UseNonce keeps a nonce of the room with this identity key until a time. It reports false for one that is kept already.
	UseNonce(ctx context.Context, key []byte, nonce []byte, until time.Time) (fresh bool, err error)

	// Tries returns the wrong tries counted under a name (zero for none) and holds others off that name until the end.
	Tries(ctx context.Context, name string) (Tries, error)
	SetTries(ctx context.Context, name string, t Tries) error

	// AddMeeting reports false for a number that is taken.
	AddMeeting(ctx context.Context, m Meeting) (added bool, err error)
	// Meeting returns the meeting with a number, or ErrNotFound, and holds others off it until the end.
	Meeting(ctx context.Context, number string) (Meeting, error)
	// TouchMeeting notes that the meeting was used.
	TouchMeeting(ctx context.Context, number string, at time.Time) error

	// OpenInstance returns the meeting's instance that has not ended, or ErrNotFound.
	OpenInstance(ctx context.Context, number string) (Instance, error)
	// AddInstance begins an instance of the meeting with a number; LastRenewal does not count.
	AddInstance(ctx context.Context, i Instance, number string, at time.Time) error
	// EndInstance ends an instance, with every place in it, and forgets its secret.
	EndInstance(ctx context.Context, id string, at time.Time) error

	// AddParticipant adds a participant; an earlier one of the same identity key in that instance has left with this.
	AddParticipant(ctx context.Context, p Participant) error
	// Participant returns one participant, or ErrNotFound.
	Participant(ctx context.Context, id string) (Participant, error)
	RenewParticipant(ctx context.Context, id string, at time.Time) error
	EndParticipant(ctx context.Context, id string, at time.Time) error

	// AddCall adds a call that rings. Its meeting is there already.
	AddCall(ctx context.Context, c Call) error
	// Call returns one call, or ErrNotFound.
	Call(ctx context.Context, id string) (Call, error)
	SetCallState(ctx context.Context, id string, s CallState, at time.Time) error
	SetCallerUntil(ctx context.Context, id string, until time.Time) error
	// RingingCalls returns the calls by or to the room with this identity key that are kept as ringing, oldest first.
	RingingCalls(ctx context.Context, key []byte) ([]Call, error)
	// LiveCalls returns the calls that are kept as ringing or have changed since a time.
	LiveCalls(ctx context.Context, since time.Time) ([]Call, error)

	// SuccessionOf returns the succession that ended a key's time, and SuccessionTo the one that began it, or ErrNotFound.
	SuccessionOf(ctx context.Context, old []byte) (Succession, error)
	SuccessionTo(ctx context.Context, key []byte) (Succession, error)
	// AddSuccession keeps a succession, and makes everything that belonged to the old key the new one's. It reports false
	// where the old key has a successor already, or the new one has been in a succession before.
	AddSuccession(ctx context.Context, s Succession, at time.Time) (added bool, err error)
	// Successions returns those that were kept since a time, the oldest first.
	Successions(ctx context.Context, since time.Time) ([]Succession, error)

	// Reachable returns until when the room with this identity key hears of calls (the zero time for never), and holds
	// others off that until the end.
	Reachable(ctx context.Context, key []byte) (until time.Time, err error)
	SetReachable(ctx context.Context, key []byte, until time.Time) error
}

// Meeting is something that can be joined by number and passcode. The passcode is kept as it is, not hashed: it must
// be shown to whoever invites, and so few digits would not survive a stolen database anyway. It admits to the
// meeting's waiting line, not to its content.
type Meeting struct {
	ID       string
	Kind     Kind
	Number   string // 9 or 10 digits; of a call: something that cannot be typed
	Passcode string // 6 to 10 digits; of a call: empty
	Title    string
	// Creator is the identity key of the room that started the meeting; nil for a configured one.
	Creator []byte
	// Hosts are the names of the rooms that are host; for a configured meeting, empty means every room of the
	// organisation.
	Hosts    []string
	LastUsed time.Time
}

// Instance is one run of a meeting.
type Instance struct {
	ID string
	// LastRenewal is the newest renewal among those present; zero when nobody is.
	LastRenewal time.Time
	// Sealed is its secret for enhanced encryption as the vault sealed it; nil: it is end-to-end encrypted from its
	// beginning.
	Sealed []byte
}

// Participant is a room's place in an instance.
type Participant struct {
	ID       string
	Instance string
	Number   string // of the meeting
	Key      []byte // the room's identity key
	Renewed  time.Time
	Left     bool // it left, was replaced, or its instance ended
}

// Tries counts wrong tries.
type Tries struct {
	Wrong int
	Last  time.Time
}

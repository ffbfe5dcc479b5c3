package directory

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"greenroom/meeting/wire"
)

// Ticket is a participant's place in one instance of a meeting or a call, and what it needs to connect. It holds
// secrets (relay token, passcode, Enhanced), which only its JSON shows.
type Ticket struct {
	Kind        Kind
	Meeting     wire.MeetingID
	Instance    wire.InstanceID
	Participant wire.ParticipantID
	Title       string // of a call: the other room's name
	Number      string // 9 or 10 digits, without spaces; of a call: empty
	Passcode    string // only in the ticket of the room that started the meeting; empty otherwise
	// Enhanced is the hub's secret for this instance: EnhancedSize bytes where it may begin with enhanced encryption;
	// nil where it is end-to-end encrypted from the beginning.
	Enhanced Secret

	RelayURL   string // wss://...
	RelayToken string // valid for RelayTokenValidity from HubTime

	Statement []byte // wire.Statement, signed with HubKey
	HubKey    ed25519.PublicKey
	HubName   string
	// GuestPage is where a browser joins the meetings of this hub: an address of https; a hub writes it relative to its own.
	// Empty: this hub lets no guests in, or the ticket is for a call.
	GuestPage string
	HubTime   time.Time // the hub's clock when it made the ticket
}

// OpenStatement returns the statement if HubKey signed it, and it is about this meeting and instance.
func (t Ticket) OpenStatement() (wire.Statement, error) {
	s, err := wire.OpenStatement(t.HubKey, t.Statement)
	if err != nil {
		return wire.Statement{}, err
	}
	if s.Meeting != t.Meeting || s.Instance != t.Instance {
		return wire.Statement{}, errors.New("it is about another meeting")
	}
	return s, nil
}

// String names the ticket without its secrets.
func (t Ticket) String() string {
	return fmt.Sprintf("ticket for a %s, instance %s, participant %s", t.Kind, t.Instance, t.Participant)
}

// GoString keeps the secrets out of %#v too.
func (t Ticket) GoString() string { return "directory.Ticket(" + t.String() + ")" }

// LogValue keeps the secrets out of slog, whose handlers would write the ticket as it goes over the wire.
func (t Ticket) LogValue() slog.Value { return slog.StringValue(t.String()) }

// HubInfo is what a hub says about itself.
type HubInfo struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Room    string    `json:"room"` // the name under which the hub knows the room that asks
	Time    time.Time `json:"time"`
}

// ticketBody is a Ticket in JSON: ids in hex, bytes in base64, the time in RFC 3339.
type ticketBody struct {
	Kind        Kind      `json:"kind"`
	Meeting     string    `json:"meeting"`
	Instance    string    `json:"instance"`
	Participant string    `json:"participant"`
	Title       string    `json:"title"`
	Number      string    `json:"number"`
	Passcode    string    `json:"passcode,omitempty"`
	Enhanced    []byte    `json:"enhanced,omitempty"`
	RelayURL    string    `json:"relay_url"`
	RelayToken  string    `json:"relay_token"`
	Statement   []byte    `json:"statement"`
	HubKey      []byte    `json:"hub_key"`
	HubName     string    `json:"hub_name"`
	GuestPage   string    `json:"guest_page,omitempty"`
	HubTime     time.Time `json:"hub_time"`
}

// MarshalJSON writes the ticket as the hub sends it.
func (t Ticket) MarshalJSON() ([]byte, error) {
	return json.Marshal(ticketBody{
		Kind: t.Kind, Enhanced: t.Enhanced,
		Meeting: t.Meeting.String(), Instance: t.Instance.String(), Participant: t.Participant.String(),
		Title: t.Title, Number: t.Number, Passcode: t.Passcode,
		RelayURL: t.RelayURL, RelayToken: t.RelayToken,
		Statement: t.Statement, HubKey: t.HubKey, HubName: t.HubName, GuestPage: t.GuestPage, HubTime: t.HubTime,
	})
}

// UnmarshalJSON reads what MarshalJSON wrote. It checks form, not truth: [Client] does that.
func (t *Ticket) UnmarshalJSON(data []byte) error {
	var b ticketBody
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	meeting, err := wire.ParseMeetingID(b.Meeting)
	if err != nil {
		return fmt.Errorf("ticket: meeting: %w", err)
	}
	instance, err := wire.ParseInstanceID(b.Instance)
	if err != nil {
		return fmt.Errorf("ticket: instance: %w", err)
	}
	participant, err := wire.ParseParticipantID(b.Participant)
	if err != nil {
		return fmt.Errorf("ticket: participant: %w", err)
	}
	if len(b.HubKey) != ed25519.PublicKeySize {
		return fmt.Errorf("ticket: the hub's key has %d bytes and should have %d", len(b.HubKey), ed25519.PublicKeySize)
	}
	if b.Kind != KindMeeting && b.Kind != KindCall {
		return fmt.Errorf("ticket: it is of the kind %.40q, which is none", string(b.Kind))
	}
	if n := len(b.Enhanced); n != 0 && n != EnhancedSize {
		return fmt.Errorf("ticket: the instance's secret has %d bytes and should have %d", n, EnhancedSize)
	}
	if len(b.Enhanced) == 0 {
		b.Enhanced = nil
	}
	*t = Ticket{
		Kind: b.Kind, Enhanced: b.Enhanced,
		Meeting: meeting, Instance: instance, Participant: participant,
		Title: b.Title, Number: b.Number, Passcode: b.Passcode,
		RelayURL: b.RelayURL, RelayToken: b.RelayToken,
		Statement: b.Statement, HubKey: b.HubKey, HubName: b.HubName, GuestPage: b.GuestPage, HubTime: b.HubTime,
	}
	return nil
}

package guest

import (
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// Output is a core's output without its keys, which stay here (Guest.Media).
type Output struct {
	Send []Outgoing
	Sign []Sign
	// Open and Seal are epochs; Open in the order in which they came. Seal is nil if it stays as it is.
	Open         []Epoch
	Seal         *Epoch
	NewReceivers bool
	Forget       []uint64
	Events       []Event
	// Next is when Tick is due; zero: not before something else has happened.
	Next time.Time
	View View
}

// Outgoing is a message for the relay's reliable channel. To is empty for everybody.
type Outgoing struct {
	To   string
	Data []byte
}

// Sign asks for a signature by the identity key over the SHA-256 of Input.
type Sign struct {
	ID    uint64
	Input []byte
}

// Epoch names a key. Index is this participant's own roster index.
type Epoch struct {
	Number     uint64
	Commitment [32]byte
	Index      uint32
}

// Event is something to be told once. Which fields are set depends on Kind.
type Event struct {
	Kind, Person, Name, Text, Code string
}

// View is what may be seen.
type View struct {
	Phase, Code, Text       string // Code and Text: why it ended
	Self, Leader            string
	Encryption              string
	Digits                  string // of the security code
	Compared                string
	JoinedSince             int
	Locked, Quiet, Commands bool
	Epoch, SealEpoch        uint64
	Members                 []Member
}

// Member is somebody on the list.
type Member struct {
	ID, Name, Role, Compared             string
	Verified, Organisation, Hand, Leader bool
}

func (g *Guest) output(out meeting.Output) Output {
	v := g.core.View()
	o := Output{NewReceivers: out.NewReceivers, Forget: out.Forget, Next: g.core.Next(), View: view(v)}
	index := uint32(0)
	for _, m := range v.Members {
		if m.ID == v.Self {
			index = m.Index
		}
	}
	for _, key := range out.Open {
		g.epochs[key.Epoch()] = key
		o.Open = append(o.Open, Epoch{key.Epoch(), key.Commitment(), index})
	}
	if out.Seal != nil {
		g.epochs[out.Seal.Epoch()] = out.Seal
		o.Seal = &Epoch{out.Seal.Epoch(), out.Seal.Commitment(), index}
	}
	for _, epoch := range out.Forget {
		delete(g.epochs, epoch)
	}
	for _, m := range out.Send {
		to := ""
		if m.To != (wire.ParticipantID{}) {
			to = m.To.String()
		}
		o.Send = append(o.Send, Outgoing{to, m.Data})
	}
	for _, r := range out.Sign {
		o.Sign = append(o.Sign, Sign{r.ID, r.Input})
	}
	for _, e := range out.Events {
		if told, ok := event(e, v); ok {
			o.Events = append(o.Events, told)
		}
	}
	return o
}

func view(v meeting.View) View {
	o := View{
		Phase: v.Phase.String(), Self: v.Self.String(), Encryption: v.Encryption.String(), Digits: v.Code.String(),
		Compared: comparison(v.Compared), JoinedSince: v.JoinedSince, Locked: v.Locked, Quiet: v.Quiet, Commands: v.Commands,
		Epoch: v.Epoch, SealEpoch: v.SealEpoch,
	}
	if v.Leader != (wire.ParticipantID{}) {
		o.Leader = v.Leader.String()
	}
	if v.Reason != nil {
		o.Code, o.Text = string(v.Reason.Code), v.Reason.Text
	}
	for _, m := range v.Members {
		o.Members = append(o.Members, Member{
			ID: m.ID.String(), Name: m.Name, Role: m.Role.String(), Compared: comparison(m.Compared),
			Verified: m.Verified, Organisation: m.Organisation, Hand: m.Hand, Leader: m.ID == v.Leader,
		})
	}
	return o
}

// comparison names what people found. What is not known must not pass for a match.
func comparison(c meeting.Comparison) string {
	switch c {
	case meeting.NotCompared:
		return "none"
	case meeting.Matches:
		return "match"
	case meeting.Differs:
	}
	return "mismatch"
}

// event says which of the core's events the page tells, and how.
func event(e meeting.Event, v meeting.View) (Event, bool) {
	of := func(kind string, m meeting.Member) (Event, bool) {
		return Event{Kind: kind, Person: m.ID.String(), Name: m.Name}, true
	}
	switch e := e.(type) {
	case meeting.MemberJoined:
		told, _ := of("joined", e.Member)
		return told, e.Member.ID != v.Self
	case meeting.MemberLeft:
		return of("left", e.Member)
	case meeting.MemberRemoved:
		return of("removed", e.Member)
	case meeting.LeaderChanged:
		return Event{Kind: "leader-changed", Person: e.New.String()}, e.Old != wire.ParticipantID{}
	case meeting.LockChanged:
		if e.Locked {
			return Event{Kind: "locked"}, true
		}
		return Event{Kind: "unlocked"}, true
	case meeting.Upgraded:
		return Event{Kind: "upgraded"}, true
	case meeting.ChatReceived:
		told, ok := of("chat", e.From)
		told.Text = e.Text
		return told, ok
	case meeting.HandChanged:
		told, _ := of("hand", e.Member)
		return told, e.Member.Hand && e.Member.ID != v.Self
	case meeting.Reacted:
		told, ok := of("reaction", e.From)
		told.Text = e.Reaction
		return told, ok
	case meeting.MuteAsked:
		return of("mute-asked", e.By)
	case meeting.CodeCompared:
		told, _ := of("compared", e.Member)
		told.Code = comparison(e.Member.Compared)
		return told, e.Member.ID != v.Self
	case meeting.CommandRefused:
		return Event{Kind: "command-refused", Code: string(e.Reason.Code), Text: e.Reason.Text}, true
	case meeting.Dropped:
		return Event{Kind: "dropped", Person: e.From.String(), Text: e.Err.Error()}, true
	}
	return Event{}, false
}

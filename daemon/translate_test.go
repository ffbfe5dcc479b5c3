package daemon

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"greenroom/daemon/room"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// ids returns n different participants.
func ids(n int) []wire.ParticipantID {
	all := make([]wire.ParticipantID, n)
	for i := range all {
		all[i][0] = byte(i + 1)
	}
	return all
}

func TestCoreView(t *testing.T) {
	id := ids(3)
	got := coreView(meeting.View{
		Phase: meeting.PhaseIn, Self: id[0], Leader: id[1], Code: meeting.SecurityCode(strings.Repeat("12345", 8)),
		Epoch: 7, SealEpoch: 6, ListVersion: 3, Compared: meeting.Matches, JoinedSince: 2, Encryption: meeting.EncryptionE2EE,
		Locked: true, Call: true, Commands: true, Quiet: true,
		Members: []meeting.Member{
			{ID: id[0], Name: "Aspen", Role: wire.RoleCoHost, Organisation: true, Verified: true},
			{ID: id[1], Name: "Birch", Role: wire.RoleHost, Hand: true, Compared: meeting.Differs},
		},
		Waiting: []meeting.Member{{ID: id[2], Name: "Cedar", Role: wire.RoleParticipant}},
	})
	want := room.CoreView{
		Phase: room.CoreIn, Self: id[0].String(), Leader: id[1].String(), Epoch: 7, Kind: room.KindE2EE,
		Code:     []string{"12345", "12345", "12345", "12345", "12345", "12345", "12345", "12345"},
		Compared: room.Matches, JoinedSince: 2, Locked: true, Call: true, Commands: true, Quiet: true,
		Members: []room.CoreMember{
			{ID: id[0].String(), Name: "Aspen", Role: "co-host", Organisation: true, Verified: true, Compared: room.NotCompared},
			{ID: id[1].String(), Name: "Birch", Role: "host", Hand: true, Compared: room.Differs},
		},
		Waiting: []room.CoreMember{{ID: id[2].String(), Name: "Cedar", Role: "participant", Compared: room.NotCompared}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the view is\n%+v, want\n%+v", got, want)
	}
	for e, want := range map[meeting.Encryption]room.Kind{
		meeting.EncryptionUnknown: room.KindUnknown, meeting.EncryptionEnhanced: room.KindEnhanced, meeting.EncryptionE2EE: room.KindE2EE, 99: room.KindUnknown,
	} {
		if got := coreView(meeting.View{Encryption: e}).Kind; got != want {
			t.Errorf("encryption %d: %q, want %q", e, got, want)
		}
	}
	if got := coreView(meeting.View{Compared: 99}).Compared; got != room.Differs {
		t.Errorf("a comparison that is not known: %q", got)
	}
	reason := &meeting.Reason{Code: meeting.CodeDenied}
	if got := coreView(meeting.View{Phase: meeting.PhaseRefused, Reason: reason}); got.Phase != room.CoreRefused || got.Reason != room.CodeDenied {
		t.Errorf("refused: %+v", got)
	}
}

func TestRoomEvents(t *testing.T) {
	id := ids(3)
	self, birch := meeting.Member{ID: id[0], Name: "Aspen"}, meeting.Member{ID: id[1], Name: "Birch"}
	with := func(change func(*meeting.Member)) meeting.Member { m := birch; change(&m); return m }
	view := meeting.View{Self: id[0], Members: []meeting.Member{self, birch}}
	notice := func(kind room.NoticeKind, name string) room.Event {
		return room.Announced{Attempt: 4, Kind: kind, Name: name}
	}
	reason := func(c meeting.Code) *meeting.Reason { return &meeting.Reason{Code: c} }
	for _, c := range []struct {
		event meeting.Event
		want  room.Event
	}{
		{meeting.MemberJoined{Member: birch}, notice(room.NoticeJoined, "Birch")},
		{meeting.MemberJoined{Member: self}, nil}, // who begins a meeting
		{meeting.MemberLeft{Member: birch}, notice(room.NoticeLeft, "Birch")},
		{meeting.MemberRemoved{Member: birch}, notice(room.NoticeRemoved, "Birch")},
		{meeting.LeaderChanged{New: id[1]}, nil},
		{meeting.LeaderChanged{Old: id[0], New: id[1]}, notice(room.NoticeLeaderChanged, "Birch")},
		{meeting.LockChanged{Locked: true}, notice(room.NoticeLocked, "")},
		{meeting.LockChanged{}, notice(room.NoticeUnlocked, "")},
		{meeting.Upgraded{}, notice(room.NoticeUpgraded, "")},
		{meeting.Divided{Leader: id[2]}, notice(room.NoticeDivided, "")},
		{meeting.MuteAsked{By: birch}, notice(room.NoticeMuteAsked, "Birch")},
		{meeting.HandChanged{Member: with(func(m *meeting.Member) { m.Hand = true })}, notice(room.NoticeHand, "Birch")},
		{meeting.HandChanged{Member: birch}, nil},
		{meeting.HandChanged{Member: meeting.Member{ID: id[0], Hand: true}}, nil}, // our own
		{meeting.CodeCompared{Member: birch}, nil},
		{meeting.CodeCompared{Member: with(func(m *meeting.Member) { m.Compared = meeting.Matches })}, notice(room.NoticeCompared, "Birch")},
		{meeting.CodeCompared{Member: with(func(m *meeting.Member) { m.Compared = meeting.Differs })}, notice(room.NoticeDiffers, "Birch")},
		{meeting.ChatReceived{From: birch, Text: "hello"}, room.ChatReceived{Attempt: 4, Person: id[1].String(), Name: "Birch", Text: "hello"}},
		{meeting.Reacted{From: birch, Reaction: "👍"}, room.Reacted{Attempt: 4, Person: id[1].String(), Reaction: "👍"}},
		{
			meeting.CommandRefused{Command: meeting.SetLock{}, Reason: reason(meeting.CodeNoAnswer)},
			room.CommandFailed{Attempt: 4, Command: room.CommandLock, Code: room.CodeNoAnswer},
		},
		{
			meeting.CommandRefused{Command: meeting.End{}, Reason: reason(meeting.CodeNotAllowed)},
			room.CommandFailed{Attempt: 4, Command: room.CommandEnd, Code: room.CodeNotHost},
		},
		{meeting.WaitingChanged{}, nil},
		{meeting.Knocked{Member: birch}, nil},
		{meeting.Dropped{}, nil},
		{meeting.QuietChanged{}, nil},
		{meeting.KeyWanted{}, nil},
		{meeting.CodeMismatch{}, nil},
		{meeting.Refused{Reason: reason(meeting.CodeDenied)}, nil}, // the view says it
		{meeting.Removed{Reason: reason(meeting.CodeEnded)}, nil},
	} {
		if got := roomEvent(4, c.event, view); got != c.want {
			t.Errorf("%T: %+v, want %+v", c.event, got, c.want)
		}
		log := newJournal()
		logEvent(log.Logger, c.event)
		if strings.Contains(log.written.String(), "hello") {
			t.Errorf("%T: the log holds what people write: %s", c.event, log.written)
		}
	}
}

// TestCommandsReachTheCore: each effect for the core, the command that it becomes, and the name that its refusal goes by.
func TestCommandsReachTheCore(t *testing.T) {
	id := ids(2)[1]
	for _, c := range []struct {
		effect room.Effect
		want   meeting.Command
		name   room.CommandName
	}{
		{room.Compare{Attempt: 3, Matches: true, Code: "12"}, meeting.Compare{Matches: true, Code: "12"}, room.CommandCompare},
		{room.AdmitPerson{Attempt: 3, Person: id.String()}, meeting.Admit{ID: id}, room.CommandAdmit},
		{room.DenyPerson{Attempt: 3, Person: id.String()}, meeting.Deny{ID: id}, room.CommandDeny},
		{room.RemovePerson{Attempt: 3, Person: id.String()}, meeting.Remove{ID: id}, room.CommandRemove},
		{room.HandOver{Attempt: 3, Person: id.String()}, meeting.HandOver{ID: id}, room.CommandHandOver},
		{room.AskMute{Attempt: 3, Person: id.String()}, meeting.AskMute{ID: id}, room.CommandAskMute},
		{room.SetLock{Attempt: 3, Locked: true}, meeting.SetLock{Locked: true}, room.CommandLock},
		{room.EndMeeting{Attempt: 3}, meeting.End{}, room.CommandEnd},
		{room.Upgrade{Attempt: 3}, meeting.Upgrade{}, room.CommandUpgrade},
		{room.Chat{Attempt: 3, Text: "hello"}, meeting.Chat{Text: "hello"}, room.CommandChat},
		{room.RaiseHand{Attempt: 3, Raised: true}, meeting.RaiseHand{Raised: true}, room.CommandHand},
		{room.React{Attempt: 3, Reaction: "👍"}, meeting.React{Reaction: "👍"}, room.CommandReact},
	} {
		attempt, got, err := coreCommand(c.effect)
		if attempt != 3 || got != c.want || err != nil {
			t.Errorf("%T: attempt %d, %+v, %v; want %+v", c.effect, attempt, got, err, c.want)
		}
		if name := commandName(c.want); name != c.name {
			t.Errorf("%T: %q, want %q", c.want, name, c.name)
		}
	}
	for _, bad := range []room.Effect{room.RemovePerson{Person: "Birch"}, room.AssignSlots{}, room.AdmitPerson{}} {
		if _, c, err := coreCommand(bad); err == nil {
			t.Errorf("%+v became %+v", bad, c)
		}
	}
}

// TestEveryRefusalOfTheCoreHasWords: the people in the room read a sentence, whatever the core refuses with.
func TestEveryRefusalOfTheCoreHasWords(t *testing.T) {
	codes := coreCodes(t)
	if len(codes) < 20 {
		t.Fatalf("only the codes %v were found", codes)
	}
	unknown := room.TextOf("a code of later")
	prefix, _, _ := strings.Cut(unknown, "(")
	for _, c := range codes {
		if text := room.TextOf(refusal(c)); strings.HasPrefix(text, prefix) {
			t.Errorf("%s: %q", c, text)
		}
	}
	if room.TextOf(refusal(meeting.CodeNotAllowed)) == room.TextOf(room.CodeNotAllowed) {
		t.Error("the core's not-allowed is about roles, the room's about panels")
	}
}

// coreCodes reads the constants of type meeting.Code from their source: a new one can't be forgotten.
func coreCodes(t *testing.T) []meeting.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../meeting/reason.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var codes []meeting.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		for _, v := range spec.Values {
			code, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, meeting.Code(code))
		}
		return true
	})
	return codes
}

package room_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/room"
)

func TestSay(t *testing.T) {
	for name, c := range map[string]struct {
		command room.Command
		want    room.Effect
		code    string
	}{
		"chat":       {room.Command{Do: room.CommandChat, Text: " Grüße\n"}, room.Chat{Attempt: 1, Text: " Grüße\n"}, ""},
		"empty":      {room.Command{Do: room.CommandChat, Text: " \n"}, nil, room.CodeTooLong},
		"too long":   {room.Command{Do: room.CommandChat, Text: strings.Repeat("ü", 1001)}, nil, room.CodeTooLong},
		"hand":       {room.Command{Do: room.CommandHand, On: true}, room.RaiseHand{Attempt: 1, Raised: true}, ""},
		"hand down":  {room.Command{Do: room.CommandHand}, room.RaiseHand{Attempt: 1}, ""},
		"react":      {room.Command{Do: room.CommandReact, Text: "👍🏽"}, room.React{Attempt: 1, Reaction: "👍🏽"}, ""},
		"no emoji":   {room.Command{Do: room.CommandReact}, nil, room.CodeTooLong},
		"long emoji": {room.Command{Do: room.CommandReact, Text: strings.Repeat("👍", 9)}, nil, room.CodeTooLong},
	} {
		d := meetingDrive(t, false)
		if code := d.do(c.command); code != c.code {
			t.Errorf("%s: %q, want %q", name, code, c.code)
		}
		if c.want == nil {
			d.wantEffects()
		} else {
			d.wantEffects(c.want)
		}
	}
}

func TestChat(t *testing.T) {
	d := meetingDrive(t, false)
	d.apply(
		room.ChatReceived{Attempt: 1, Person: birch, Name: "Bi\u200brch", Text: "one\n two\u202e"},
		room.ChatReceived{Attempt: 1, Person: birch, Name: "Birch", Text: "\u200b\n"}, // nothing to see
		room.ChatReceived{Attempt: 1, Person: aspen, Name: "Aspen", Text: "three"},
	)
	want := []room.ChatLine{
		{ID: 1, Person: birch, Name: "Birch", Text: "one two", Time: d.now},
		{ID: 2, Person: aspen, Name: "Aspen", Self: true, Text: "three", Time: d.now},
	}
	before := d.state().Meeting.Chat
	if !slices.Equal(before, want) {
		t.Errorf("the chat is %+v, want %+v", before, want)
	}
	for i := range 200 {
		d.apply(room.ChatReceived{Attempt: 1, Person: birch, Name: "Birch", Text: fmt.Sprint("line ", i)})
	}
	chat := d.state().Meeting.Chat
	if len(chat) != 100 || chat[0].Text != "line 100" || chat[99].ID != 202 {
		t.Errorf("%d lines from %q to %d, want the last 100", len(chat), chat[0].Text, chat[99].ID)
	}
	if !slices.Equal(before, want) {
		t.Errorf("a chat that was handed out became %+v", before)
	}
}

// TestChatIsBounded: whatever a member writes, State stays small enough to go to every view.
func TestChatIsBounded(t *testing.T) {
	d := meetingDrive(t, false)
	for range 100 {
		d.apply(room.ChatReceived{Attempt: 1, Person: birch, Name: strings.Repeat("B", 10_000), Text: strings.Repeat("😀", 10_000)})
	}
	bytes := 0
	for _, line := range d.state().Meeting.Chat {
		bytes += len(line.Text) + len(line.Name)
	}
	if n := len(d.state().Meeting.Chat); bytes > 70_000 || n < 5 {
		t.Errorf("%d lines with %d bytes", n, bytes)
	}
}

func TestReaction(t *testing.T) {
	d := meetingDrive(t, false)
	shown := func(want string) {
		t.Helper()
		if got := d.state().Meeting.People[1].Reaction; got != want {
			t.Errorf("the reaction is %q, want %q", got, want)
		}
	}
	react := func(person, emoji string) { d.apply(room.Reacted{Attempt: 1, Person: person, Reaction: emoji}) }
	d.after(room.NoticeTime)
	react(birch, "👏")
	react("stranger", "👏")
	shown("👏")
	d.after(3 * time.Second)
	react(birch, "\u200b") // nothing to see
	react(birch, "👍")
	shown("👍")
	due := d.now.Add(room.ReactionTime)
	if next := d.r.Next(); !next.Equal(due) {
		t.Fatalf("the next Tick is due at %v, want %v", next, due)
	}
	d.now = due.Add(-time.Nanosecond)
	d.apply(room.Tick{})
	shown("👍")
	d.now = due
	d.apply(room.Tick{})
	shown("")
	if next := d.r.Next(); !next.IsZero() {
		t.Errorf("a Tick is due at %v, want none", next)
	}
}

func TestHand(t *testing.T) {
	v := in(birch, birch, aspen)
	v.Members[0].Hand = true
	d := meetingDrive(t, false).core(v)
	if p := d.state().Meeting.People; !p[0].Hand || p[1].Hand {
		t.Errorf("the hands are %t and %t, want Birch's alone", p[0].Hand, p[1].Hand)
	}
}

// TestTroubleIsTheWorst: of picture and sound alike, and only of what is sent.
func TestTroubleIsTheWorst(t *testing.T) {
	order := []room.TileReason{"", room.TileNoFrames, room.TileWaitingKey, room.TileNotEncrypted, room.TileReplay, room.TileWrongKey}
	trouble := func(r room.TileReason) room.TileReason {
		if r == room.TileNoFrames {
			return ""
		}
		return r
	}
	for i, camera := range order {
		for j, microphone := range order {
			d := meetingDrive(t, false)
			d.apply(
				room.TileHealth{Attempt: 1, Person: birch, Stream: "camera", Reason: camera},
				room.TileHealth{Attempt: 1, Person: birch, Stream: "microphone", Reason: microphone},
			)
			p := d.state().Meeting.People[1]
			if want := trouble(order[max(i, j)]); p.Trouble != want {
				t.Errorf("camera %q, microphone %q: %q, want %q", camera, microphone, p.Trouble, want)
			}
			d.apply(
				room.PeerMedia{Attempt: 1, Person: birch, Stream: "camera", Published: true, Muted: true},
				room.PeerMedia{Attempt: 1, Person: birch, Stream: "microphone"},
			)
			if p := d.state().Meeting.People[1]; p.Trouble != "" {
				t.Errorf("nothing is sent: %q", p.Trouble)
			}
		}
	}
}

func TestNoChatInLogs(t *testing.T) {
	d := meetingDrive(t, false)
	c := room.Command{Do: room.CommandChat, Text: "271828"}
	d.do(c)
	said := fmt.Sprintf("%v %+v %#v %v %+v %#v", c, c, c, d.effects[0], d.effects[0], d.effects[0])
	if strings.Contains(said, "271828") {
		t.Errorf("%q holds what people write", said)
	}
}

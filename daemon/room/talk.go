package room

import (
	"slices"
	"strings"
	"time"
)

// ReactionTime is how long an emoji is shown.
const ReactionTime = 5 * time.Second

const (
	// maxChat is how many lines are kept, and maxChatBytes how much text: State goes to every view with each change.
	maxChat      = 100
	maxChatBytes = 64 << 10
	// maxReactionLen is for an emoji made of several, in bytes and in characters.
	maxReactionLen = 32
)

// Chat: write a line to everybody. It comes back as ChatReceived.
type Chat struct {
	Attempt uint64
	Text    string
}

// RaiseHand: raise this room's hand, or take it down.
type RaiseHand struct {
	Attempt uint64
	Raised  bool
}

// React: show an emoji to everybody.
type React struct {
	Attempt  uint64
	Reaction string
}

func (Chat) effect()      {}
func (RaiseHand) effect() {}
func (React) effect()     {}

// String returns the effect for logs: without what people write to each other.
func (e Chat) String() string { return "chat" }

// GoString keeps it out of %#v too.
func (e Chat) GoString() string { return "room.Chat" }

// ChatReceived: somebody wrote a line, perhaps this room itself.
type ChatReceived struct {
	Attempt uint64
	Person  string
	Name    string
	Text    string
}

// Reacted: somebody shows an emoji.
type Reacted struct {
	Attempt  uint64
	Person   string
	Reaction string
}

func (e ChatReceived) attempt() uint64 { return e.Attempt }
func (e Reacted) attempt() uint64      { return e.Attempt }

// reaction is an emoji that somebody shows, until its time is over.
type reaction struct {
	text string
	end  time.Time
}

func (s *session) say(c Command) ([]Effect, string) {
	empty := strings.TrimSpace(c.Text) == ""
	switch c.Do {
	case CommandHand:
		return []Effect{RaiseHand{Attempt: s.attempt, Raised: c.On}}, ""
	case CommandChat:
		if empty || len(c.Text) > maxWrittenLen {
			return nil, CodeTooLong
		}
		return []Effect{Chat{Attempt: s.attempt, Text: c.Text}}, ""
	case CommandReact:
		if empty || len(c.Text) > maxReactionLen {
			return nil, CodeTooLong
		}
		return []Effect{React{Attempt: s.attempt, Reaction: c.Text}}, ""
	}
	return nil, CodeCommandUnknown
}

func (e ChatReceived) apply(r *Room, now time.Time) []Effect {
	s := r.session
	text := clean(e.Text, maxWrittenLen)
	if text == "" {
		return nil
	}
	s.chatted++
	s.chat = append(s.chat, ChatLine{
		ID: s.chatted, Person: e.Person, Name: cleanName(e.Name), Self: e.Person == s.core.Self, Text: text, Time: now,
	})
	bytes := 0
	for i, line := range slices.Backward(s.chat) {
		bytes += len(line.Text)
		if len(s.chat)-i > maxChat || bytes > maxChatBytes {
			s.chat = slices.Delete(s.chat, 0, i+1)
			break
		}
	}
	return nil
}

func (e Reacted) apply(r *Room, now time.Time) []Effect {
	s := r.session
	text := clean(e.Reaction, maxReactionLen)
	if text != "" && s.listed[e.Person] {
		s.reactions[e.Person] = reaction{text, now.Add(ReactionTime)}
	}
	return nil
}

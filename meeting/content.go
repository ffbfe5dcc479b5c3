package meeting

import (
	"fmt"
	"time"

	"greenroom/meeting/wire"
)

// retellEvery is how often everybody is told of a raised hand and a comparison again, at least at the next change of the
// key: the relay may have lost it.
const retellEvery = 5 * time.Minute

// saying is what a member says of itself. The sequences are those of the messages that said so, 0 if none did: what was
// said before does not undo what was said later.
type saying struct {
	hand       bool
	handAt     uint64
	compared   Comparison
	comparedAt uint64
}

// onContent takes what a member says.
func (c *Core) onContent(p *person, sequence uint64, content wire.Content) error {
	switch b := content.(type) {
	case *wire.Chat:
		c.emit(ChatReceived{From: memberOf(p), Text: b.Text})
	case *wire.Reaction:
		c.emit(Reacted{From: memberOf(p), Reaction: b.Emoji})
	case *wire.Hand:
		if sequence > p.says.handAt {
			p.says.handAt = sequence
			c.setHand(p, b.Raised)
		}
	case *wire.AskMute:
		switch {
		case !c.mayCommand(p):
			return fmt.Errorf("asks to mute, and is no host: %w", ErrRefused)
		case b.Target == c.cfg.Self:
			c.emit(MuteAsked{By: memberOf(p)})
		}
	case *wire.Compared:
		c.onCompared(p, sequence, b)
	case *wire.Waiting:
		return c.onWaiting(p, sequence, b)
	}
	return nil
}

// self returns this participant as a member, or nil.
func (c *Core) self() *person {
	if c.list == nil {
		return nil
	}
	return c.list.member(c.cfg.Self)
}

func (c *Core) setHand(p *person, raised bool) {
	if p.says.hand != raised {
		p.says.hand = raised
		c.emit(HandChanged{Member: memberOf(p)})
	}
}

// onCompared notes what the people at another participant found. If codes differ, the leader changes the key.
func (c *Core) onCompared(p *person, sequence uint64, b *wire.Compared) {
	if b.Leader != c.list.leader.hash || sequence <= p.says.comparedAt {
		return // about the code of another leader, or out of date
	}
	p.says.comparedAt = sequence
	found := Comparison(b.Result)
	if p.says.compared == found {
		return
	}
	p.says.compared = found
	c.emit(CodeCompared{Member: memberOf(p)})
	if found == Differs {
		c.mismatch()
	}
}

// mismatch changes the key because somebody reads another code and may have somebody in the middle, but not all the time
// (rule 7).
func (c *Core) mismatch() {
	l := c.lead
	if l == nil {
		return
	}
	if due := l.mismatchAt.Add(mismatchEvery); !l.mismatchAt.IsZero() && c.now.Before(due) {
		c.setEarlier(timerRotate, due)
		return
	}
	l.mismatchAt = c.now
	c.rotate()
}

// compare notes what the people here found, and tells the others (rule 7).
func (c *Core) compare(cmd Compare) Code {
	self := c.self()
	if c.phase != PhaseIn || self == nil {
		return CodeNotIn
	}
	switch shown := c.code(); {
	case shown == "":
		return CodeNoCode
	case cmd.Code != "" && cmd.Code != shown:
		return CodeOtherCode
	}
	c.joinedSince = 0
	c.compared = Matches
	if !cmd.Matches {
		c.compared = Differs
	}
	self.says.compared, self.says.comparedAt = c.compared, c.seq+1
	c.tellCompared(self)
	if !cmd.Matches {
		c.emit(CodeMismatch{})
		c.mismatch()
	}
	return ""
}

// forgetComparisons clears what everybody found: the leader has changed, and with it the code.
func (c *Core) forgetComparisons() {
	c.compared, c.joinedSince = NotCompared, 0
	for _, p := range c.list.people {
		p.says.compared, p.says.comparedAt = NotCompared, 0
	}
}

// say checks whether people here may send now.
func (c *Core) say() Code {
	switch {
	case !c.canSeal():
		return CodeNotIn
	case !c.talk.said.spend(c.now, sayEvery, sayBurst):
		return CodeTooMany
	}
	return ""
}

func (c *Core) chat(text string) Code {
	text = wire.CleanText(text)
	if !wire.ValidText(text) {
		return CodeTooLong
	}
	if code := c.say(); code != "" {
		return code
	}
	if c.seal(&wire.Chat{Text: text}) {
		c.emit(ChatReceived{From: memberOf(c.self()), Text: text})
	}
	return ""
}

func (c *Core) react(emoji string) Code {
	if !wire.ValidReaction(emoji) {
		return CodeTooLong
	}
	if code := c.say(); code != "" {
		return code
	}
	if c.seal(&wire.Reaction{Emoji: emoji}) {
		c.emit(Reacted{From: memberOf(c.self()), Reaction: emoji})
	}
	return ""
}

// raiseHand raises the hand or takes it down. While the transport is down it is noted, and told afterwards.
func (c *Core) raiseHand(raised bool) Code {
	self := c.self()
	switch {
	case c.phase != PhaseIn || self == nil:
		return CodeNotIn
	case self.says.hand == raised:
		return ""
	case !c.talk.said.spend(c.now, sayEvery, sayBurst):
		return CodeTooMany
	}
	self.says.handAt = c.seq + 1
	c.setHand(self, raised)
	c.tellHand(self)
	return ""
}

func (c *Core) askMute(id wire.ParticipantID) Code {
	if c.phase != PhaseIn || c.self() == nil {
		return CodeNotIn
	}
	switch {
	case c.list.member(id) == nil:
		return CodeUnknownPerson
	case !c.mayCommand(c.self()):
		return CodeNotAllowed
	case id == c.cfg.Self:
		c.emit(MuteAsked{By: memberOf(c.self())})
		return ""
	}
	if code := c.say(); code != "" {
		return code
	}
	c.seal(&wire.AskMute{Target: id}, id)
	return ""
}

func (c *Core) tellHand(self *person, to ...wire.ParticipantID) {
	if self.says.handAt != 0 {
		c.seal(&wire.Hand{Raised: self.says.hand}, to...)
	}
}

func (c *Core) tellCompared(self *person, to ...wire.ParticipantID) {
	if self.says.comparedAt != 0 {
		c.seal(&wire.Compared{Result: wire.Result(self.says.compared), Leader: c.list.leader.hash}, to...)
	}
}

// tell tells others of our hand and our comparison again; everybody, if nobody is named.
func (c *Core) tell(to ...wire.ParticipantID) {
	self := c.self()
	if self == nil || !c.canSeal() {
		return
	}
	if len(to) == 0 {
		c.talk.toldAll = c.now
	}
	c.tellHand(self, to...)
	if !c.phase.Final() {
		c.tellCompared(self, to...)
	}
}

// tellAgain runs when the transport is back: what was sent meanwhile was lost. It runs again at the next change of the
// key, since the one that we have may be forgotten by the others.
func (c *Core) tellAgain() {
	c.tell()
	c.tellWaiting()
	c.talk.toldAll = time.Time{}
}

// tellNewcomers runs when sending begins with another epoch: whoever is new in it knows nothing of us.
func (c *Core) tellNewcomers(before, now []*person) {
	var fresh []wire.ParticipantID
	hosts := false
	for i, p := range now {
		if p == nil || p.id() == c.cfg.Self || i < len(before) && before[i] != nil {
			continue
		}
		fresh = append(fresh, p.id())
		hosts = hosts || c.mayCommand(p)
	}
	switch {
	case c.talk.toldAll.IsZero() || c.now.Sub(c.talk.toldAll) >= retellEvery:
		c.tell()
	case len(fresh) > 0:
		c.tell(fresh...)
	}
	if hosts {
		c.tellWaiting()
	}
}

package guest

import (
	"errors"
	"time"

	"greenroom/meeting"
)

// Leave leaves the meeting, and erases its keys.
func (g *Guest) Leave(now time.Time) (Output, error) {
	o, err := g.do(now, meeting.Leave{})
	clear(g.epochs)
	return o, err
}

// Chat writes a line to everybody.
func (g *Guest) Chat(now time.Time, text string) (Output, error) {
	return g.do(now, meeting.Chat{Text: text})
}

// Hand raises the hand or takes it down.
func (g *Guest) Hand(now time.Time, raised bool) (Output, error) {
	return g.do(now, meeting.RaiseHand{Raised: raised})
}

// React shows an emoji to everybody.
func (g *Guest) React(now time.Time, reaction string) (Output, error) {
	return g.do(now, meeting.React{Reaction: reaction})
}

// Compare says what the guest found who compared these digits with those on another screen.
func (g *Guest) Compare(now time.Time, matches bool, digits string) (Output, error) {
	if digits == "" {
		return Output{}, errors.New("the code that was compared is missing")
	}
	return g.do(now, meeting.Compare{Matches: matches, Code: meeting.SecurityCode(digits)})
}

func (g *Guest) do(now time.Time, cmd meeting.Command) (Output, error) {
	return g.step(func(c *meeting.Core) meeting.Output { return c.Do(now, cmd) })
}

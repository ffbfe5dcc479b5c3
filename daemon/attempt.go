package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"greenroom/daemon/conference"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/meeting"
	"greenroom/meeting/directory"
)

const (
	// ticketTime bounds one question to the hub, so that a hub that hangs is told apart from one that thinks.
	ticketTime = 10 * time.Second
	// renewEvery is how often the lease and the relay token are renewed; the hub's lease is four times as long.
	renewEvery = 30 * time.Second
	// leaveTime bounds the farewell to the hub. Without it the lease runs out by itself.
	leaveTime = 2 * time.Second
)

// attempt is one try to join a meeting, and the meeting that comes of it.
type attempt struct {
	d      *Daemon
	number uint64
	cancel context.CancelFunc
	enter  chan struct{} // closed when the room wants to go in

	mu         sync.Mutex
	token      string
	tokenUntil time.Time
	conference *conference.Conference // nil before the room went in
}

// run is the attempt's whole life.
func (a *attempt) run(ctx context.Context, want room.RequestTicket) {
	ticket, err := a.ask(ctx, want)
	if err != nil {
		code, text := a.d.hub.explain(err)
		a.d.post(room.TicketRefused{Attempt: a.number, Code: code, Text: text})
		return
	}
	a.d.hub.answered()
	a.keepToken(ticket.RelayToken)
	defer a.leaveHub(ticket)
	a.d.post(room.TicketGranted{Attempt: a.number, Number: ticket.Number, Title: ticket.Title, Passcode: ticket.Passcode})
	select {
	case <-ctx.Done():
		return
	case <-a.enter:
	}
	a.meet(ctx, ticket)
}

func (a *attempt) ask(ctx context.Context, want room.RequestTicket) (directory.Ticket, error) {
	ctx, cancel := context.WithTimeout(ctx, ticketTime)
	defer cancel()
	if want.MeetNow {
		return a.d.hub.client.MeetNow(ctx, "")
	}
	return a.d.hub.client.Join(ctx, want.Number, want.Passcode)
}

func (a *attempt) leaveHub(t directory.Ticket) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if err := a.d.hub.client.Leave(ctx, t); err != nil {
		a.d.log.Info("the hub was not told that the room left; its lease runs out by itself", "error", err)
	}
}

// meet runs the conference and renews the lease until the attempt is given up or refused.
func (a *attempt) meet(ctx context.Context, t directory.Ticket) {
	c, err := conference.New(conference.Config{
		Ticket:   t,
		Key:      a.d.identity.key,
		Public:   a.d.identity.key.PublicKeyBytes(),
		Device:   a.d.identity.device,
		Token:    func(ctx context.Context) (string, error) { return a.relayToken(ctx, t) },
		Publish:  a.d.capture.publications(),
		Observer: observer{a},
		Rand:     a.d.rand,
		Now:      a.d.now,
		Log:      a.d.log.With("meeting", t.Number),
	})
	if err != nil {
		a.d.post(room.MeetingOver{Attempt: a.number, Code: room.CodeStatementWrong, Text: err.Error()})
		return
	}
	a.mu.Lock()
	a.conference = c
	a.mu.Unlock()
	send := func(s media.Stream, f media.Frame) {
		if err := c.Send(s, f); err != nil && !errors.Is(err, relay.ErrNotConnected) {
			a.d.log.Debug("a frame was not sent", "stream", s.String(), "error", err)
		}
	}
	a.d.capture.send.Store(&send)
	defer a.d.capture.send.CompareAndSwap(&send, nil)

	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { a.renew(ctx, t) })
	err = c.Run(ctx)
	stop()
	wg.Wait()
	var refused *relay.RefusedError
	switch {
	case errors.As(err, &refused):
		a.d.post(room.RelayRefused{Attempt: a.number, Code: string(refused.Reason), Text: refused.Error()})
	case err != nil:
		a.d.post(room.MeetingOver{Attempt: a.number, Code: room.CodeRelayRefused, Text: err.Error()})
	}
}

// renew keeps the lease and the relay token fresh. A hub that is away changes nothing for the meeting.
func (a *attempt) renew(ctx context.Context, t directory.Ticket) {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := a.fresh(ctx, t); err != nil && ctx.Err() == nil {
			a.d.log.Warn("the hub did not renew the room's place in the meeting; the meeting goes on", "error", err)
			if code, text := a.d.hub.explain(err); code == room.CodeMeetingOver {
				a.d.post(room.MeetingOver{Attempt: a.number, Code: code, Text: text})
				return
			}
		}
	}
}

// fresh asks the hub for a new relay token.
func (a *attempt) fresh(ctx context.Context, t directory.Ticket) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, ticketTime)
	defer cancel()
	token, err := a.d.hub.client.Renew(ctx, t)
	if err != nil {
		a.d.hub.explain(err)
		return "", err
	}
	a.d.hub.answered()
	a.keepToken(token)
	return token, nil
}

func (a *attempt) keepToken(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.tokenUntil = token, a.d.now().Add(directory.RelayTokenValidity-renewEvery)
}

// relayToken returns a token for a full join: the one at hand while it is valid, so that a relay that returns while the
// hub is away is joined all the same.
func (a *attempt) relayToken(ctx context.Context, t directory.Ticket) (string, error) {
	a.mu.Lock()
	token, good := a.token, a.d.now().Before(a.tokenUntil)
	a.mu.Unlock()
	if good {
		return token, nil
	}
	token, err := a.fresh(ctx, t)
	if err != nil {
		return "", fmt.Errorf("a new relay token: %w", err)
	}
	return token, nil
}

// running returns the attempt's conference, or nil.
func (a *attempt) running() *conference.Conference {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.conference
}

// observer hands what happens in the conference on to the room, the stage and the camera.
type observer struct{ a *attempt }

func (o observer) LinkUp() { o.a.d.post(room.RelayUp{Attempt: o.a.number}) }

func (o observer) LinkDown(reason error, retryIn time.Duration) {
	text := "unknown"
	if reason != nil {
		text = reason.Error()
	}
	o.a.d.log.Warn("the relay connection is down", "reason", text, "retry_in", retryIn)
	o.a.d.post(room.RelayDown{Attempt: o.a.number, Reason: text})
}

func (o observer) Core(v meeting.View) {
	o.a.d.post(room.CoreChanged{Attempt: o.a.number, Core: coreView(v)})
}

func (o observer) Event(e meeting.Event, v meeting.View) {
	if notice, ok := notice(e, v); ok {
		notice.Attempt = o.a.number
		o.a.d.post(notice)
	}
	logEvent(o.a.d.log, e)
}

func (o observer) PeerMedia(person string, s media.Stream, published, muted bool) {
	o.a.d.post(room.PeerMedia{Attempt: o.a.number, Person: person, Stream: s.String(), Published: published, Muted: muted})
}

func (o observer) TileHealth(person string, s media.Stream, reason room.TileReason) {
	o.a.d.post(room.TileHealth{Attempt: o.a.number, Person: person, Stream: s.String(), Reason: reason})
}

func (o observer) KeyframeWanted(s media.Stream) { o.a.d.capture.keyframe(s) }

func (o observer) Speakers(persons []string) { o.a.d.levels.speak(persons) }

func (o observer) Play(person string, s media.Stream, f media.Frame) {
	if err := o.a.d.stage.play(person, s, f); err != nil {
		o.a.d.log.Debug("a frame was not played", "error", err)
	}
}

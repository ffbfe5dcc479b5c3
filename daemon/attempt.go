package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"greenroom/daemon/conference"
	"greenroom/daemon/room"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/meeting/directory"
	"greenroom/meeting/wire"
)

const (
	// ticketTime bounds one question to the hub, so that a hub that hangs is told apart from one that thinks.
	ticketTime = 10 * time.Second
	// leaveTime bounds the farewell to the hub. Without it the lease runs out by itself.
	leaveTime = 2 * time.Second
)

// attempt is one try to join a meeting, and the meeting that comes of it.
type attempt struct {
	d      *Daemon
	number uint64
	cancel context.CancelFunc
	enter  chan struct{} // closed when the room wants to go in
	call   *call         // nil: a meeting; set before the room goes in
	self   *self         // who the room is in this attempt

	instance wire.InstanceID // set before the conference is made

	mu         sync.Mutex
	token      string
	tokenUntil time.Time
	conference *conference.Conference // nil before the room went in
}

// entry is a place in a meeting or a call, as the hub gave it.
type entry struct {
	ticket directory.Ticket
	call   string              // its id; "": a meeting
	state  directory.CallState // how the call stands
}

// way asks the hub for an entry.
type way func(context.Context, *hubLink) (entry, error)

// ticketFor is the way into a meeting.
func ticketFor(want room.RequestTicket) way {
	return func(ctx context.Context, h *hubLink) (e entry, err error) {
		ctx, cancel := context.WithTimeout(ctx, ticketTime)
		defer cancel()
		if want.MeetNow {
			e.ticket, err = h.client.MeetNow(ctx, "")
		} else {
			e.ticket, err = h.client.Join(ctx, want.Number, want.Passcode)
		}
		return e, err
	}
}

// run is the attempt's whole life.
func (a *attempt) run(ctx context.Context, ask way) {
	a.d.keys.settle(ctx)
	a.d.keys.inUse.RLock()
	defer a.d.keys.inUse.RUnlock()
	if a.self = a.d.self.Load(); a.self == nil {
		a.d.post(room.TicketRefused{Attempt: a.number, Code: room.CodeNotReady})
		return
	}
	got, err := ask(ctx, a.self.hub)
	if err != nil {
		code, text := a.self.hub.explain(err)
		a.d.post(room.TicketRefused{Attempt: a.number, Code: code, Text: text})
		return
	}
	a.self.hub.answered()
	ticket := got.ticket
	a.keepToken(ticket.RelayToken)
	defer a.leaveHub(ticket)
	if got.call != "" {
		a.call = newCall(a.number, got.call, a.self.hub)
	}
	a.d.post(room.TicketGranted{
		Attempt: a.number, Number: ticket.Number, Title: ticket.Title, Passcode: ticket.Passcode, Call: a.call != nil,
		GuestPage: ticket.GuestPage,
	})
	select {
	case <-ctx.Done():
		return
	case <-a.enter:
	}
	a.meet(ctx, got)
}

func (a *attempt) leaveHub(t directory.Ticket) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if err := a.self.hub.client.Leave(ctx, t); err != nil {
		a.d.log.Info("the hub was not told that the room left; its lease runs out by itself", "error", err)
	}
}

// meet runs the conference and renews the lease until the attempt is given up or refused.
func (a *attempt) meet(ctx context.Context, got entry) {
	t := got.ticket
	a.d.secured.hold(&t)
	a.instance = t.Instance
	watcher := &observer{attempt: a, dropped: map[string]int{}}
	c, err := conference.New(conference.Config{
		Ticket:    t,
		Key:       a.self.key,
		Public:    a.self.key.PublicKeyBytes(),
		Device:    a.self.device,
		Token:     func(ctx context.Context) (string, error) { return a.relayToken(ctx, t) },
		Publish:   a.d.capture.publications(),
		Selective: true,
		Observer:  watcher,
		Tally:     &a.d.counts.frames,
		Rand:      a.d.rand,
		Now:       a.d.now,
		Log:       a.d.log.With("meeting", cmp.Or(t.Number, "call")),
	})
	if err != nil {
		a.d.log.Error("the meeting cannot be joined", "error", err)
		a.d.post(room.MeetingOver{Attempt: a.number, Code: room.CodeStatementWrong})
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
	defer a.d.stage.toldTo(c.Show)()
	defer a.d.counts.meeting(c.Relayed)()
	a.d.capture.send.Store(&send)
	defer a.d.capture.send.CompareAndSwap(&send, nil)
	defer a.d.levels.speak(a.number, nil)
	// Whatever was pressed, or pulled out, while the conference was made.
	a.d.mute(media.Camera)
	a.d.mute(media.Content)
	a.d.mute(media.Microphone)

	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { a.renew(ctx, t) })
	if a.call != nil {
		wg.Go(func() { a.call.run(ctx, got.state) })
	}
	err = c.Run(ctx)
	stop()
	wg.Wait()
	if len(watcher.dropped) > 0 {
		a.d.log.Warn("protocol messages were dropped in this meeting", "by_sender", watcher.dropped)
	}
	watcher.troubles.sum(a.d.log)
	a.over(err)
}

// over tells the room why a conference ended by itself.
func (a *attempt) over(err error) {
	if err == nil {
		return
	}
	a.d.log.Error("the meeting ended", "error", err)
	var refused *relay.RefusedError
	switch {
	case errors.As(err, &refused):
		a.d.post(room.RelayRefused{Attempt: a.number, Code: refusalCode(refused.Reason)})
	case errors.Is(err, conference.ErrIdentity):
		a.d.post(room.MeetingOver{
			Attempt: a.number, Code: room.CodeFault,
			Text: "The room's key did not sign, so the room could not join. Try again; if it stays, tell IT.",
		})
	default:
		a.d.post(room.MeetingOver{Attempt: a.number, Code: room.CodeRelayRefused})
	}
}

// renew keeps the lease and the relay token fresh. A hub that is away changes nothing for the meeting.
func (a *attempt) renew(ctx context.Context, t directory.Ticket) {
	ticker := time.NewTicker(directory.RenewEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_, err := a.fresh(ctx, t)
		var refused *directory.Error
		switch {
		case err == nil, ctx.Err() != nil:
		case errors.As(err, &refused) && refused.Code == directory.CodeMeetingOver:
			a.d.log.Warn("the hub ended the room's place in the meeting", "reason", refused.Message)
			over := room.MeetingOver{Attempt: a.number, Code: refused.Code, Text: refused.Message}
			if a.call != nil {
				over.Code = room.CodeCallOver // a call ends with the first who leaves
			}
			a.d.post(over)
			return
		default:
			a.d.log.Warn("the hub did not renew the room's place; the meeting goes on", "error", err)
		}
	}
}

// fresh asks the hub for a new relay token.
func (a *attempt) fresh(ctx context.Context, t directory.Ticket) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, ticketTime)
	defer cancel()
	token, err := a.self.hub.client.Renew(ctx, t)
	if err != nil {
		a.self.hub.explain(err)
		return "", err
	}
	a.self.hub.answered()
	a.keepToken(token)
	return token, nil
}

func (a *attempt) keepToken(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.tokenUntil = token, a.d.now().Add(directory.RelayTokenValidity-directory.RenewEvery)
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

// refusalCode is the room's word for a relay's refusal.
func refusalCode(r relay.Refusal) string {
	switch r {
	case relay.RefusedDuplicate:
		return room.CodeDuplicate
	case relay.RefusedRemoved:
		return room.CodeRemoved
	case relay.RefusedRoomClosed:
		return room.CodeMeetingOver
	case relay.RefusedToken:
	}
	return room.CodeRelayRefused
}

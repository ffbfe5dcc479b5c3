package daemon

import (
	"context"
	"sync"
	"time"

	"greenroom/daemon/room"
	"greenroom/meeting/directory"
)

const (
	// arriveTime is how long the other room may take from the answer until it is in the call.
	arriveTime = 20 * time.Second
	// returnTime is how long a room stays in a call alone: the other may have lost its network for a moment. When it
	// hung up, the hub says so at once.
	returnTime = 10 * time.Second
	// doubtTime is how long a call rings on without a hub that would say what becomes of it.
	doubtTime = 15 * time.Second
)

// call watches over one call, beside its conference: it tells the room when the call is answered, and when it is over.
// Who is in the call it hears from the meeting core, which believes the participant list alone; the hub is believed
// about what it could bring about anyway.
type call struct {
	attempt uint64
	id      string
	hub     *hubLink
	others  chan bool // whether the other room is in the call; the latest
}

func newCall(attempt uint64, id string, hub *hubLink) *call {
	return &call{attempt: attempt, id: id, hub: hub, others: make(chan bool, 1)}
}

// members notes how many the participant list has. It never waits. One goroutine at a time calls it.
func (c *call) members(n int) {
	select {
	case <-c.others:
	default:
	}
	c.others <- n > 1
}

// news is what the hub says of a call, or since when it says nothing.
type news struct {
	state  directory.CallState
	silent time.Time // zero: it answers
}

// run watches until ctx ends or the call is over. state is how the call stands when it begins.
func (c *call) run(ctx context.Context, state directory.CallState) {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	heard := make(chan news)
	wg.Go(func() { c.listen(ctx, state, heard) })

	alone := time.NewTimer(arriveTime) // runs while the call is answered and the other room is not in it
	defer alone.Stop()
	if state == directory.CallRinging {
		alone.Stop()
	}
	there, met := false, false
	for {
		select {
		case <-ctx.Done():
			return
		case there = <-c.others:
			if there {
				met = true
				alone.Stop()
			} else if met {
				alone.Reset(returnTime)
			}
		case n := <-heard:
			if n.state == directory.CallAnswered && state == directory.CallRinging {
				c.hub.post(room.CallAnswered{Attempt: c.attempt})
				if !there {
					alone.Reset(arriveTime)
				}
			}
			state = n.state
			if over, ended := c.ended(n, met); ended {
				c.hub.post(over)
				return
			}
		case <-alone.C:
			c.hub.post(c.deserted(met))
			return
		}
	}
}

// ended says whether the call is over with what the hub says, and what the room shows then.
func (c *call) ended(n news, met bool) (over room.MeetingOver, ended bool) {
	over.Attempt = c.attempt
	switch n.state {
	case directory.CallRinging:
		if n.silent.IsZero() || time.Since(n.silent) < doubtTime || met {
			return over, false
		}
		over.Code = room.CodeHubUnreachable
	case directory.CallAnswered:
		return over, false
	case directory.CallDeclined:
		over.Code = room.CodeCallDeclined
	case directory.CallBusy:
		over.Code = room.CodeCallBusy
	case directory.CallNoAnswer:
		over.Code = room.CodeCallNoAnswer
	case directory.CallOver:
		over.Code = room.CodeCallOver
	}
	return over, true
}

// deserted says why a room ends a call by itself that nobody else is in.
func (c *call) deserted(met bool) room.MeetingOver {
	over := room.MeetingOver{Attempt: c.attempt, Code: room.CodeCallOver}
	if !met {
		over.Code = room.CodeCallNoAnswer
		over.Text = "The other room did not come into the call. Call again; if it happens again, tell IT: its way to the relay may be blocked."
	}
	return over
}

// listen asks the hub how the call stands until that is final or ctx ends.
func (c *call) listen(ctx context.Context, known directory.CallState, heard chan<- news) {
	var p pause
	var silent time.Time
	for ctx.Err() == nil && !known.Final() {
		began := time.Now()
		state, err := c.hub.client.WatchCall(ctx, c.id, known)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			c.hub.explain(err)
			if silent.IsZero() {
				silent = began
			}
		default:
			silent = time.Time{}
		}
		nothing := err != nil || state == known && time.Since(began) < firstPause
		if err == nil {
			known = state
		}
		select {
		case heard <- news{known, silent}:
		case <-ctx.Done():
			return
		}
		if !nothing {
			p.succeed()
		} else if !p.fail(ctx) {
			return
		}
	}
}

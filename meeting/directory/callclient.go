package directory

import (
	"context"
	"net/http"
	"time"
)

// waitSlack is how much longer than WaitTime an answer may take before the hub counts as unreachable.
const waitSlack = 10 * time.Second

// Callees returns the rooms that this room can call.
func (c *Client) Callees(ctx context.Context) (Callees, error) {
	var all Callees
	err := c.call(ctx, http.MethodGet, pathCallees, nil, &all)
	return all, err
}

// PlaceCall calls a room (Callee.ID). It rings from now on; WatchCall says what comes of it, and Leave of the ticket
// gives the call up or ends it. The refusals are CodeCallUnknown, CodeCallOffline and CodeCallBusy.
func (c *Client) PlaceCall(ctx context.Context, room string) (PlacedCall, error) {
	var placed PlacedCall
	if err := c.call(ctx, http.MethodPost, pathCall, placeCallRequest{Room: room}, &placed); err != nil {
		return PlacedCall{}, err
	}
	if err := checkID(placed.Call); err != nil {
		return PlacedCall{}, faulty("the id of its call is none")
	}
	return placed, c.checkCall(placed.Ticket)
}

// AnswerCall takes a call that rings (Ringing.Call). The refusal CodeCallOver says that it rings no more.
func (c *Client) AnswerCall(ctx context.Context, call string) (Ticket, error) {
	t, err := c.ticket(ctx, pathAnswer, callRequest{Call: call})
	if err != nil {
		return Ticket{}, err
	}
	return t, c.checkCall(t)
}

// DeclineCall refuses a call that rings; busy because the room is in a meeting, else because the people in it want to.
func (c *Client) DeclineCall(ctx context.Context, call string, busy bool) error {
	return c.call(ctx, http.MethodPost, pathDecline, declineRequest{Call: call, Busy: busy}, &struct{}{})
}

// Wait waits for calls, for WaitTime at most. ringing is the call that the room knows of ("": none), rooms the
// Callees.Version that it knows ("": none yet): it returns at once when something else is true. The room can be called
// while one Wait follows on the other.
func (c *Client) Wait(ctx context.Context, ringing, rooms string) (Waiting, error) {
	var w Waiting
	if err := c.wait(ctx, pathWait, waitRequest{Ringing: ringing, Rooms: rooms}, &w); err != nil {
		return Waiting{}, err
	}
	if r := w.Ringing; r != nil && (checkID(r.Call) != nil || r.Encryption.Check() != nil) {
		return Waiting{}, faulty("the call that it tells of is none")
	}
	return w, nil
}

// WatchCall waits, for WaitTime at most, until a call stands otherwise than known ("": at once), and returns how.
func (c *Client) WatchCall(ctx context.Context, call string, known CallState) (CallState, error) {
	var answer watchAnswer
	if err := c.wait(ctx, pathWatch, watchRequest{Call: call, State: known}, &answer); err != nil {
		return "", err
	}
	if !answer.State.Valid() {
		return "", faulty("the state of the call is none")
	}
	return answer.State, nil
}

// wait sends a request that hangs until something changes.
func (c *Client) wait(ctx context.Context, path string, request, result any) error {
	ctx, cancel := context.WithTimeout(ctx, WaitTime+waitSlack)
	defer cancel()
	return c.callWith(ctx, c.patient, http.MethodPost, path, request, result)
}

// checkCall refuses a ticket that is not for a call, beyond what check does.
func (c *Client) checkCall(t Ticket) error {
	if t.Kind != KindCall {
		return faulty("its ticket is not for a call")
	}
	return c.check(t)
}

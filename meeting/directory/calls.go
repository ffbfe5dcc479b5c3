package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// placeCall makes a call that rings at another room, and the caller's place in it. A call of the same room that still
// rings is given up with this.
func (s *Service) placeCall(ctx context.Context, c caller, r placeCallRequest) (PlacedCall, error) {
	callee, known := s.callee(c.Room, r.Room)
	var placed PlacedCall
	var wake []Call
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		wake = nil
		if !known {
			return refuse(CodeCallUnknown, "There is no such room that could be called. It may have been taken out of the hub's configuration.")
		}
		until, err := tx.Reachable(ctx, callee.Key) // which holds off others who call it
		if err != nil {
			return err
		}
		if !until.After(now) {
			return refuse(CodeCallOffline, fmt.Sprintf("%s is not connected to the hub. See that it is switched on and has a network, then call again.", callee.Name))
		}
		if wake, err = s.giveUpOthers(ctx, tx, c, now); err != nil {
			return err
		}
		if err := s.refuseBusy(ctx, tx, c, callee, now); err != nil {
			return err
		}
		placed.Call = newID()
		call := Call{
			ID: placed.Call, Number: callNumber(placed.Call), Caller: c.Key, Callee: callee.Key,
			State: CallRinging, Since: now, CallerUntil: now.Add(watchedFor),
		}
		placed.Ticket, err = s.openCall(ctx, tx, c, callee, call, now)
		wake = append(wake, call)
		return err
	})
	s.board.wake(wake...)
	return placed, err
}

// giveUpOthers ends the caller's calls that still ring: it has come back from a crash, or from a lost answer.
func (s *Service) giveUpOthers(ctx context.Context, tx Tx, c caller, now time.Time) (ended []Call, err error) {
	ringing, err := tx.RingingCalls(ctx, c.Key)
	if err != nil {
		return nil, err
	}
	for _, call := range ringing {
		if !slices.Equal(call.Caller, c.Key) {
			continue
		}
		if err := tx.SetCallState(ctx, call.ID, CallOver, now); err != nil {
			return nil, err
		}
		ended = append(ended, call)
	}
	return ended, nil
}

// refuseBusy refuses to call a room at which a call rings already, or which is calling somebody. Whether it is in a
// meeting it says itself, by declining.
func (s *Service) refuseBusy(ctx context.Context, tx Tx, c caller, callee Room, now time.Time) error {
	ringing, err := tx.RingingCalls(ctx, callee.Key)
	if err != nil {
		return err
	}
	for _, call := range ringing {
		if call.at(now).State != CallRinging {
			continue
		}
		if slices.Equal(call.Callee, c.Key) {
			return refuse(CodeCallBusy, fmt.Sprintf("%s is calling this room at this moment. Answer its call.", callee.Name))
		}
		return refuse(CodeCallBusy, fmt.Sprintf("%s is busy with another call. Try again later.", callee.Name))
	}
	return nil
}

// openCall writes the call, its meeting and instance, and gives the caller its place. The caller is the host.
func (s *Service) openCall(ctx context.Context, tx Tx, c caller, callee Room, call Call, now time.Time) (Ticket, error) {
	m := Meeting{ID: newID(), Kind: KindCall, Number: call.Number, Creator: c.Key, LastUsed: now}
	added, err := tx.AddMeeting(ctx, m)
	if err == nil && !added {
		err = errors.New("the id of a new call is taken")
	}
	if err != nil {
		return Ticket{}, err
	}
	i, err := s.open(ctx, tx, m, now)
	if err != nil {
		return Ticket{}, err
	}
	if err := tx.AddCall(ctx, call); err != nil {
		return Ticket{}, err
	}
	m.Title = callee.Name
	return s.seat(ctx, tx, c, m, i, now)
}

// callOver answers for a call that is over, and for one that is not the room's: they are not told apart.
func callOver() *Error {
	return refuse(CodeCallOver, "This call is over.")
}

// heldCall returns a call of the caller's, and holds its meeting.
func heldCall(ctx context.Context, tx Tx, c caller, id string, now time.Time) (Call, Meeting, error) {
	m, err := tx.Meeting(ctx, callNumber(id))
	if errors.Is(err, ErrNotFound) {
		return Call{}, Meeting{}, callOver()
	}
	if err != nil {
		return Call{}, Meeting{}, err
	}
	call, err := ownCall(ctx, tx, c, id, now)
	return call, m, err
}

// ownCall returns a call in which the caller takes part, as it stands now.
func ownCall(ctx context.Context, tx Tx, c caller, id string, now time.Time) (Call, error) {
	call, err := tx.Call(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && !call.has(c.Key) {
		return Call{}, callOver()
	}
	return call.at(now), err
}

// answerCall gives the callee its place in a call that rings.
func (s *Service) answerCall(ctx context.Context, c caller, r callRequest) (Ticket, error) {
	var t Ticket
	var wake []Call
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		wake = nil
		call, m, err := heldCall(ctx, tx, c, r.Call, now)
		if err != nil {
			return err
		}
		if call.State != CallRinging || !slices.Equal(call.Callee, c.Key) {
			return refuse(CodeCallOver, "The call is over: it was given up, or it rang for too long. Call back.")
		}
		i, err := tx.OpenInstance(ctx, m.Number)
		if err != nil {
			return err
		}
		if err := tx.SetCallState(ctx, call.ID, CallAnswered, now); err != nil {
			return err
		}
		m.Title = s.roster.name(call.Caller)
		t, err = s.seat(ctx, tx, c, m, i, now)
		wake = append(wake, call)
		return err
	})
	s.board.wake(wake...)
	return t, err
}

// declineCall refuses a call that rings. For one that rings no more it is no fault.
func (s *Service) declineCall(ctx context.Context, c caller, r declineRequest) error {
	state := CallDeclined
	if r.Busy {
		state = CallBusy
	}
	var wake []Call
	err := s.transact(ctx, c, func(tx Tx, now time.Time) error {
		wake = nil
		call, _, err := heldCall(ctx, tx, c, r.Call, now)
		if err != nil {
			return err
		}
		if call.State != CallRinging || !slices.Equal(call.Callee, c.Key) {
			return nil
		}
		wake = append(wake, call)
		return tx.SetCallState(ctx, call.ID, state, now)
	})
	s.board.wake(wake...)
	return err
}

// hangUp ends the call whose meeting the caller leaves. Its last state stays if it says more than that it is over.
func (s *Service) hangUp(ctx context.Context, tx Tx, m Meeting, p Participant, now time.Time) (Call, error) {
	call, err := tx.Call(ctx, callID(m.Number))
	if err != nil {
		return Call{}, err
	}
	if err := tx.EndInstance(ctx, p.Instance, now); err != nil {
		return Call{}, err
	}
	if call = call.at(now); call.State.Final() {
		return call, nil
	}
	return call, tx.SetCallState(ctx, call.ID, CallOver, now)
}

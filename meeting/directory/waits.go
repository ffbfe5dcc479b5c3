package directory

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Requests that wait (long polls): the hub answers when something has changed from what the room says it knows, or
// after WaitTime with what it knows already. One hangs in the connection for longer than any other, yet for less than
// the minute after which proxies cut a silent connection.
//
// What they wait for is in the store; board wakes them when this hub changes it, and lookEvery bounds how late they
// hear of what another hub on the same store has changed, and of time that has passed.
const (
	WaitTime  = 25 * time.Second
	lookEvery = time.Second

	// reachableFor is how long a room counts as reachable after its request began to wait: until the next one comes.
	reachableFor = WaitTime + 15*time.Second
	// watchedFor is how long a caller counts as being there while it watches a call that rings, and returnGrace for how
	// long afterwards, until it watches again: after that there would be nobody to talk to.
	watchedFor  = RingTime + 15*time.Second
	returnGrace = 10 * time.Second
	// liveFor is how far back LiveCalls looks: further than clocks of hubs on one store differ.
	liveFor = 10 * time.Second
)

// Run looks after the calls, and after what other hubs on the same store take in, until ctx ends; then it answers every request that waits, and lets no other one wait.
func (s *Service) Run(ctx context.Context) {
	defer s.board.close()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	known := map[string]CallState{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next, changed, err := s.look(ctx, known)
		if err != nil {
			if ctx.Err() == nil {
				s.cfg.Log.Error("the calls were not looked after; it is tried again", "error", err)
			}
			continue
		}
		known = next
		s.board.wake(changed...)
	}
}

// look reads the calls that are live, and finds those that stand otherwise than known.
func (s *Service) look(ctx context.Context, known map[string]CallState) (next map[string]CallState, changed []Call, err error) {
	var successions []Succession
	err = s.cfg.Store.Read(ctx, func(tx Tx) (err error) {
		next, changed = map[string]CallState{}, nil
		now := s.cfg.Now()
		if successions, err = tx.Successions(ctx, now.Add(-liveFor)); err != nil {
			return err
		}
		calls, err := tx.LiveCalls(ctx, now.Add(-liveFor))
		for _, c := range calls {
			c = c.at(now)
			next[c.ID] = c.State
			if known[c.ID] != c.State {
				changed = append(changed, c)
			}
		}
		return err
	})
	s.roster.learn(successions...) // of other hubs on this store
	return next, changed, err
}

// await answers once look reports a change, and after WaitTime in any case. look may write the first time, in the
// request's own transaction, and reads only afterwards.
func await[R any](ctx context.Context, s *Service, c caller, look func(Tx, time.Time) (R, bool, error)) (R, error) {
	var result R
	var done bool
	if !s.board.enter(c.Key) {
		e := refuse(CodeTooManyTries, "Too many requests of this room wait already. Try again in a minute.")
		e.RetryAfter = WaitTime
		return result, e
	}
	defer s.board.leave(c.Key)
	read := func(tx Tx, now time.Time) (err error) {
		result, done, err = look(tx, now)
		return err
	}
	changed, open := s.board.changed(c.Key)
	err := s.transact(ctx, c, read)
	timer := time.NewTimer(WaitTime)
	defer timer.Stop()
	for err == nil && !done && open {
		select {
		case <-ctx.Done():
			return result, ctx.Err()
		case <-timer.C:
			return result, nil
		case <-changed:
		}
		changed, open = s.board.changed(c.Key)
		err = s.cfg.Store.Read(ctx, func(tx Tx) error { return read(tx, s.cfg.Now()) })
	}
	return result, err
}

// waitForCall waits until another call rings at the caller than the one that it knows of, or none any more, or the
// list of rooms that it can call is another one. While it waits, the room can be called.
func (s *Service) waitForCall(ctx context.Context, c caller, r waitRequest) (Waiting, error) {
	rooms := calleesVersion(s.callees(c.Room))
	var until time.Time
	answer, err := await(ctx, s, c, func(tx Tx, now time.Time) (Waiting, bool, error) {
		if until.IsZero() {
			until = now.Add(reachableFor)
			if err := tx.SetReachable(ctx, c.Key, until); err != nil {
				return Waiting{}, false, err
			}
		}
		w := Waiting{Rooms: rooms}
		ringing, err := tx.RingingCalls(ctx, c.Key)
		for _, call := range ringing {
			if call.at(now).State == CallRinging && slices.Equal(call.Callee, c.Key) {
				w.Ringing = &Ringing{Call: call.ID, From: s.roster.name(call.Caller), Encryption: s.cfg.Policy.Calls}
			}
		}
		return w, w.ringing() != r.Ringing || rooms != r.Rooms, err
	})
	switch {
	case until.IsZero():
	case ctx.Err() != nil:
		s.gone(ctx, c, until, 0)
	case !s.board.isOpen():
		s.gone(ctx, c, until, returnGrace) // the next hub has to hear of it again
	}
	return answer, err
}

// gone notes that a room does not hear of calls any more in the request that made it reachable until then, unless it
// waits in another one. It counts as reachable for some grace.
func (s *Service) gone(ctx context.Context, c caller, until time.Time, grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		kept, err := tx.Reachable(ctx, c.Key)
		if err != nil || !kept.Equal(until.Truncate(time.Millisecond)) {
			return err
		}
		return tx.SetReachable(ctx, c.Key, s.cfg.Now().Add(grace))
	})
	if err != nil {
		s.cfg.Log.Error("it was not noted that a room is gone", "room", c.Name, "error", err)
	}
}

// watchCall waits until one of the caller's calls stands otherwise than it knows. A call that rings goes on only while
// the room that placed it watches it.
func (s *Service) watchCall(ctx context.Context, c caller, r watchRequest) (watchAnswer, error) {
	var until time.Time
	answer, err := await(ctx, s, c, func(tx Tx, now time.Time) (watchAnswer, bool, error) {
		call, err := ownCall(ctx, tx, c, r.Call, now)
		var refusal *Error
		if errors.As(err, &refusal) {
			return watchAnswer{State: CallOver}, true, nil // it was forgotten
		}
		if err == nil && until.IsZero() && call.State == CallRinging && slices.Equal(call.Caller, c.Key) {
			until = now.Add(watchedFor)
			err = tx.SetCallerUntil(ctx, call.ID, until)
		}
		return watchAnswer{State: call.State}, call.State != r.State, err
	})
	if !until.IsZero() {
		s.watchedNoMore(ctx, r.Call, until)
	}
	return answer, err
}

// watchedNoMore notes that a request has ended in which a caller watched its call, unless it watches in another one.
func (s *Service) watchedNoMore(ctx context.Context, id string, until time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		call, err := tx.Call(ctx, id)
		if err != nil || call.State != CallRinging || !call.CallerUntil.Equal(until.Truncate(time.Millisecond)) {
			return err
		}
		return tx.SetCallerUntil(ctx, id, s.cfg.Now().Add(returnGrace))
	})
	if err != nil {
		s.cfg.Log.Error("it was not noted that a caller is gone", "error", err)
	}
}

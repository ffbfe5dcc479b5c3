package store

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"greenroom/meeting/directory"
)

// addCall adds a call with its meeting.
func addCall(ctx context.Context, t *testing.T, tx directory.Tx, id string, caller, callee byte, at time.Time) directory.Call {
	t.Helper()
	m := directory.Meeting{ID: "meeting " + id, Kind: directory.KindCall, Number: "call-" + id, Creator: []byte{caller}, LastUsed: at}
	if added, err := tx.AddMeeting(ctx, m); err != nil || !added {
		t.Fatalf("got %v, %v", added, err)
	}
	c := directory.Call{ID: id, Number: m.Number, Caller: []byte{caller}, Callee: []byte{callee}, State: directory.CallRinging, Since: at, CallerUntil: at.Add(time.Minute)}
	if err := tx.AddCall(ctx, c); err != nil {
		t.Fatal(err)
	}
	return c
}

func ids(calls []directory.Call) (all string) {
	for _, c := range calls {
		all += c.ID
	}
	return all
}

func TestCallsComeBackAsTheyWent(t *testing.T) {
	s := openNew(t)
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		a := addCall(ctx, t, tx, "a", 1, 2, noon())
		addCall(ctx, t, tx, "b", 3, 1, noon().Add(time.Second))
		addCall(ctx, t, tx, "c", 3, 2, noon().Add(2*time.Second))
		got, err := tx.Call(ctx, "a")
		if err != nil {
			return err
		}
		if got.Since.Equal(a.Since) && got.CallerUntil.Equal(a.CallerUntil) {
			got.Since, got.CallerUntil = a.Since, a.CallerUntil // in whichever time zone
		}
		if !reflect.DeepEqual(got, a) {
			t.Errorf("got %+v, want %+v", got, a)
		}
		if m, err := tx.Meeting(ctx, a.Number); err != nil || m.Kind != directory.KindCall {
			t.Errorf("the call's meeting: %+v, %v", m, err)
		}
		if ringing, err := tx.RingingCalls(ctx, []byte{1}); err != nil || ids(ringing) != "ab" {
			t.Errorf("got %+v, %v", ringing, err)
		}
		later := noon().Add(time.Hour)
		if err := tx.SetCallerUntil(ctx, "a", later); err != nil {
			return err
		}
		if got, err := tx.Call(ctx, "a"); err != nil || !got.CallerUntil.Equal(later) {
			t.Errorf("got %+v, %v", got, err)
		}
		if err := tx.SetCallState(ctx, "a", directory.CallAnswered, noon().Add(time.Minute)); err != nil {
			return err
		}
		if ringing, err := tx.RingingCalls(ctx, []byte{1}); err != nil || ids(ringing) != "b" {
			t.Errorf("got %+v, %v", ringing, err)
		}
		for since, want := range map[time.Duration]string{time.Minute: "abc", time.Minute + time.Second: "bc"} {
			if live, err := tx.LiveCalls(ctx, noon().Add(since)); err != nil || ids(live) != want {
				t.Errorf("since %v: got %+v, %v", since, live, err)
			}
		}
		if _, err := tx.Call(ctx, "d"); !errors.Is(err, directory.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	err := s.Update(t.Context(), func(tx directory.Tx) error { return tx.SetCallState(t.Context(), "a", "lost", noon()) })
	var fault *Error
	if !errors.As(err, &fault) {
		t.Errorf("a state that is none: %v", err)
	}
}

func TestReachable(t *testing.T) {
	s := openNew(t)
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		if until, err := tx.Reachable(ctx, []byte{1}); err != nil || !until.IsZero() {
			t.Errorf("got %v, %v", until, err)
		}
		for _, want := range []time.Time{noon(), noon().Add(-time.Hour)} {
			if err := tx.SetReachable(ctx, []byte{1}, want); err != nil {
				return err
			}
			if until, err := tx.Reachable(ctx, []byte{1}); err != nil || !until.Equal(want) {
				t.Errorf("got %v, %v, want %v", until, err, want)
			}
		}
		return nil
	})
}

// An instance's secret goes with it, however it ends.
func TestSecretsEndWithTheirInstances(t *testing.T) {
	s := openNew(t)
	sealed := []byte{1, 2, 3}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		_, err := tx.AddMeeting(ctx, meeting(t, "111111111"))
		_, second := tx.AddMeeting(ctx, meeting(t, "222222222"))
		if err := errors.Join(err, second, tx.AddInstance(ctx, directory.Instance{ID: "aa", Sealed: sealed}, "111111111", noon()),
			tx.AddInstance(ctx, directory.Instance{ID: "bb", Sealed: sealed}, "222222222", noon())); err != nil {
			return err
		}
		if i, err := tx.OpenInstance(ctx, "111111111"); err != nil || !bytes.Equal(i.Sealed, sealed) {
			t.Errorf("got %+v, %v", i, err)
		}
		return tx.EndInstance(ctx, "aa", noon())
	})
	left := func() (n int) {
		t.Helper()
		if err := s.db.QueryRow("SELECT COUNT(*) FROM instances WHERE sealed <> ''").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := left(); n != 1 {
		t.Errorf("%d secrets are left after one of two instances has ended", n)
	}
	if err := s.Tidy(t.Context(), noon().Add(2*abandonedOpen)); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 0 {
		t.Error("the secret of an abandoned instance is left")
	}
}

// Reading says nothing of whether the database can be written.
func TestReadingHidesNoFault(t *testing.T) {
	s := openNew(t)
	broken := errors.New("broken")
	if err := s.Read(t.Context(), func(directory.Tx) error { return broken }); err != broken {
		t.Errorf("got %v, want the function's own error", err)
	}
	err := s.Update(t.Context(), func(tx directory.Tx) error { return tx.SetCallState(t.Context(), "a", "lost", noon()) })
	if !errors.Is(err, directory.ErrNotFound) {
		t.Fatal(err)
	}
	fault := error(&Error{Kind: ErrNoSpace, text: "full"})
	s.note(fault)
	if err := s.Read(t.Context(), func(tx directory.Tx) error {
		_, err := tx.LiveCalls(t.Context(), noon())
		return errors.Join(err, tx.SetReachable(t.Context(), []byte{1}, noon()))
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrNoSpace) {
		t.Errorf("Check says %v", err)
	}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		if until, err := tx.Reachable(ctx, []byte{1}); err != nil || !until.IsZero() {
			t.Errorf("Read kept what was written: %v, %v", until, err)
		}
		return nil
	})
}

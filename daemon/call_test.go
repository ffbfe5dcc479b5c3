package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/daemon/room"
	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/store"
)

// exchange is a real directory on a real database, reached without a network so that it runs on virtual time, with the
// rooms Aspen and Birch. It lives in a bubble of synctest.
type exchange struct {
	t     *testing.T
	away  atomic.Bool // the hub cannot be reached
	aspen *directory.Client
	birch *side
}

// side is a room's link to the hub, and what was posted over it.
type side struct {
	*hubLink
	id string

	mu     sync.Mutex
	posted []room.Event
}

func (s *side) keep(e room.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posted = append(s.posted, e)
}

// took returns the events of a kind that were posted.
func took[E room.Event](s *side) (events []E) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.posted {
		if e, ok := e.(E); ok {
			events = append(events, e)
		}
	}
	return events
}

// through carries requests to the directory.
func (x *exchange) through(h http.Handler) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if x.away.Load() {
			return nil, errors.New("the hub is away")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		if x.away.Load() {
			return nil, errors.New("the hub went away")
		}
		return w.Result(), nil
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func newExchange(t *testing.T) *exchange {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	_, statement, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var rooms []directory.Room
	var keys []*ecdsa.PrivateKey
	for _, name := range []string{"Aspen", "Birch"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		keys, rooms = append(keys, key), append(rooms, directory.Room{Name: name, Key: public, Organisation: true})
	}
	service, err := directory.NewService(directory.ServiceConfig{
		Name: "Test hub", Version: "test", StatementKey: statement, Store: st, Rooms: rooms,
		Relay:  directory.Relay{URL: "ws://127.0.0.1:7880", Key: "key", Secret: "secret"},
		Policy: directory.Policy{Meetings: directory.EncryptionE2EE, Calls: directory.EncryptionEnhanced},
		Now:    time.Now, Started: time.Now(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { service.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	x := &exchange{t: t}
	client := func(key *ecdsa.PrivateKey) *directory.Client {
		c, err := directory.NewClient(directory.ClientConfig{
			URL: "https://hub.example.org", HTTP: &http.Client{Transport: x.through(service.Handler())}, Signer: key,
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	x.aspen = client(keys[0])
	x.birch = &side{id: directory.RoomID(rooms[1].Key)}
	x.birch.hubLink = &hubLink{client: client(keys[1]), post: x.birch.keep, doubt: make(chan struct{}, 1)}
	return x
}

// begin runs a part of Birch's, until the returned function is called.
func begin(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { run(ctx) })
	return func() { cancel(); wg.Wait() }
}

// after lets virtual time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestTheBell: the room hears whom it can call, of a call that rings, and that it rings no more; through a short gap a
// call goes on ringing, and through a long one it does not.
func TestTheBell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExchange(t)
		defer begin((&bell{hub: x.birch.hubLink}).run)()
		synctest.Wait()
		if c := took[room.CalleesChanged](x.birch); len(c) != 1 || len(c[0].Callees) != 1 || c[0].Callees[0].Name != "Aspen" {
			t.Fatalf("the room can call %+v", c)
		}
		call := func() directory.PlacedCall {
			t.Helper()
			placed, err := x.aspen.PlaceCall(t.Context(), x.birch.id)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return placed
		}
		check := func(what string, ringing, over int) {
			t.Helper()
			if r, o := took[room.CallRinging](x.birch), took[room.RingingOver](x.birch); len(r) != ringing || len(o) != over {
				t.Fatalf("%s: rang %+v, over %+v", what, r, o)
			}
		}
		placed := call()
		check("called", 1, 0)
		if r := took[room.CallRinging](x.birch)[0]; r != (room.CallRinging{Call: placed.Call, From: "Aspen", Encryption: room.KindEnhanced}) {
			t.Errorf("it rings as %+v", r)
		}
		if err := x.aspen.Leave(t.Context(), placed.Ticket); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		check("given up", 1, 1)

		call()
		check("called again", 2, 1)
		x.away.Store(true)
		after(directory.WaitTime + firstPause/2) // the request that waits has failed, and the next one is about to begin
		check("a short gap", 2, 1)
		x.away.Store(false)
		after(firstPause + time.Second)
		check("after the gap", 2, 1)
		x.away.Store(true)
		after(2 * directory.WaitTime)
		check("a long gap", 2, 2)
		x.away.Store(false)
		after(lastPause + time.Second)
		check("after its time", 2, 2)
	})
}

// TestTheBellIsNotSwayed: a hub that answers at once with nothing new is not asked without a pause.
func TestTheBellIsNotSwayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExchange(t)
		var asked atomic.Int64
		rooms, err := x.birch.client.Callees(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		hasty, err := directory.NewClient(directory.ClientConfig{
			URL: "https://hub.example.org", Signer: key, HTTP: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				asked.Add(1)
				w := httptest.NewRecorder()
				_, _ = w.WriteString(`{"rooms":"` + rooms.Version + `"}`)
				return w.Result(), nil
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		x.birch.client = hasty
		defer begin((&bell{hub: x.birch.hubLink, rooms: rooms.Version}).run)()
		after(time.Minute)
		if n := asked.Load(); n > 60 {
			t.Errorf("it was asked %d times in a minute", n)
		}
	})
}

// placed has Aspen call Birch, which hears of calls.
func (x *exchange) placed() directory.PlacedCall {
	x.t.Helper()
	if _, err := x.birch.client.Wait(x.t.Context(), "", ""); err != nil {
		x.t.Fatal(err)
	}
	placed, err := x.aspen.PlaceCall(x.t.Context(), x.birch.id)
	if err != nil {
		x.t.Fatal(err)
	}
	return placed
}

// over checks how a call ended; "": it goes on.
func (s *side) over(t *testing.T, what, code string) {
	t.Helper()
	ends := took[room.MeetingOver](s)
	if len(ends) == 0 && code == "" || len(ends) == 1 && ends[0].Code == code && ends[0].Attempt == 7 {
		return
	}
	t.Errorf("%s: the call ended with %+v, want %q", what, ends, code)
}

// caller makes the link through which a call was placed one on which events are kept.
func (x *exchange) caller() *side {
	s := &side{}
	s.hubLink = &hubLink{client: x.aspen, post: s.keep, doubt: make(chan struct{}, 1)}
	return s
}

// callCase is something that happens while a call rings, and what the caller is told some time later ("": nothing).
type callCase struct {
	act  func(t *testing.T, x *exchange, watched *call, placed directory.PlacedCall)
	wait time.Duration
	code string
}

func callCases() map[string]callCase {
	return map[string]callCase{
		"declined": {func(t *testing.T, x *exchange, _ *call, p directory.PlacedCall) {
			must(t, x.birch.client.DeclineCall(t.Context(), p.Call, false))
		}, 0, room.CodeCallDeclined},
		"busy": {func(t *testing.T, x *exchange, _ *call, p directory.PlacedCall) {
			must(t, x.birch.client.DeclineCall(t.Context(), p.Call, true))
		}, 0, room.CodeCallBusy},
		"it rings":       {nil, directory.RingTime - 2*time.Second, ""},
		"nobody answers": {nil, directory.RingTime + 2*time.Second, room.CodeCallNoAnswer},
		"the hub is gone while it rings": {func(_ *testing.T, x *exchange, _ *call, _ directory.PlacedCall) {
			x.away.Store(true)
		}, directory.WaitTime + doubtTime + 2*lastPause, room.CodeHubUnreachable},
		"the hub is gone, and they talk": {func(_ *testing.T, x *exchange, watched *call, _ directory.PlacedCall) {
			watched.members(2)
			x.away.Store(true)
		}, time.Hour, ""},
		"answered, and nobody comes": {func(t *testing.T, x *exchange, _ *call, p directory.PlacedCall) {
			_, err := x.birch.client.AnswerCall(t.Context(), p.Call)
			must(t, err)
		}, arriveTime + time.Second, room.CodeCallNoAnswer},
		"the other is away for a moment": {func(t *testing.T, x *exchange, watched *call, p directory.PlacedCall) {
			_, err := x.birch.client.AnswerCall(t.Context(), p.Call)
			must(t, err)
			for _, n := range []int{1, 2, 1} {
				watched.members(n)
				synctest.Wait()
			}
			after(returnTime - time.Second)
			watched.members(2)
		}, time.Hour, ""},
		"the other is gone": {func(t *testing.T, x *exchange, watched *call, p directory.PlacedCall) {
			_, err := x.birch.client.AnswerCall(t.Context(), p.Call)
			must(t, err)
			watched.members(2)
			synctest.Wait()
			watched.members(1)
		}, returnTime + time.Second, room.CodeCallOver},
		"the other hangs up": {func(t *testing.T, x *exchange, watched *call, p directory.PlacedCall) {
			ticket, err := x.birch.client.AnswerCall(t.Context(), p.Call)
			must(t, err)
			watched.members(2)
			synctest.Wait()
			must(t, x.birch.client.Leave(t.Context(), ticket))
		}, 0, room.CodeCallOver},
	}
}

// TestACallAsItsCallerSeesIt: what the other room does, and what it does not do.
func TestACallAsItsCallerSeesIt(t *testing.T) {
	for name, c := range callCases() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newExchange(t)
				placed := x.placed()
				aspen := x.caller()
				watched := newCall(7, placed.Call, aspen.hubLink)
				defer begin(func(ctx context.Context) { watched.run(ctx, directory.CallRinging) })()
				synctest.Wait()
				if c.act != nil {
					c.act(t, x, watched, placed)
				}
				after(c.wait)
				aspen.over(t, name, c.code)
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheCallerHearsOfTheAnswer once, and before the other room is in the call.
func TestTheCallerHearsOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExchange(t)
		placed := x.placed()
		aspen := x.caller()
		defer begin(func(ctx context.Context) { newCall(7, placed.Call, aspen.hubLink).run(ctx, directory.CallRinging) })()
		synctest.Wait()
		if a := took[room.CallAnswered](aspen); len(a) != 0 {
			t.Fatalf("answered too early: %+v", a)
		}
		_, err := x.birch.client.AnswerCall(t.Context(), placed.Call)
		must(t, err)
		synctest.Wait()
		if a := took[room.CallAnswered](aspen); len(a) != 1 || a[0].Attempt != 7 {
			t.Errorf("got %+v", a)
		}
	})
}

// TestACallGivenUpBeforeTheHubAnswered does not ring on: the attempt waits for the ticket, and gives it back.
func TestACallGivenUpBeforeTheHubAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExchange(t)
		w, err := x.birch.client.Wait(t.Context(), "", "")
		must(t, err)
		aspen := x.caller()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		got, err := placing(room.PlaceCall{Callee: x.birch.id})(ctx, aspen.hubLink)
		if err != nil || got.call == "" {
			t.Fatalf("got %+v, %v", got, err)
		}
		must(t, aspen.client.Leave(t.Context(), got.ticket))
		if now, err := x.birch.client.Wait(t.Context(), got.call, w.Rooms); err != nil || now.Ringing != nil {
			t.Errorf("it rings: %+v, %v", now, err)
		}
	})
}

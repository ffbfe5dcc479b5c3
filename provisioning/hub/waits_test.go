package hub

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/meeting/directory"
	"greenroom/provisioning/hub/store"
)

// inProcess carries requests to a handler without a network, so that they run on virtual time.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// line is a service on a real database and virtual time, with Aspen and Birch. It lives in a bubble of synctest.
type line struct {
	t            *testing.T
	aspen, birch *directory.Client
	birchID      string
}

func newLine(t *testing.T) *line {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	_, statement, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := []*ecdsa.PrivateKey{newKey(t), newKey(t)}
	service, err := directory.NewService(directory.ServiceConfig{
		Name: "Test hub", Version: "test", StatementKey: statement, Store: st,
		Rooms: []directory.Room{
			{Name: "Aspen", Key: publicBytes(t, keys[0]), Organisation: true}, {Name: "Birch", Key: publicBytes(t, keys[1]), Organisation: true},
		},
		Relay:  directory.Relay{URL: "ws://127.0.0.1:7880", Key: "key", Secret: secret},
		Policy: directory.Policy{Meetings: directory.EncryptionE2EE, Calls: directory.EncryptionEnhanced},
		Now:    time.Now, Started: time.Now(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { service.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		wait.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	clients := make([]*directory.Client, 2)
	for i, key := range keys {
		if clients[i], err = directory.NewClient(directory.ClientConfig{
			URL: "https://hub.example.org", HTTP: &http.Client{Transport: inProcess{service.Handler()}}, Signer: key,
		}); err != nil {
			t.Fatal(err)
		}
	}
	return &line{t, clients[0], clients[1], directory.RoomID(publicBytes(t, keys[1]))}
}

// A request that waits is answered after WaitTime with what the room knows already.
func TestAWaitEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		first, err := l.birch.Wait(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if w, err := l.birch.Wait(t.Context(), "", first.Rooms); err != nil || w != first {
			t.Errorf("got %+v, %v", w, err)
		}
		if took := time.Since(began); took != directory.WaitTime {
			t.Errorf("it waited %v", took)
		}
	})
}

// A call rings for RingTime, however often the two ask; both sides hear of the end within a second.
func TestACallRingsForRingTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		first, err := l.birch.Wait(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		placed, err := l.aspen.PlaceCall(t.Context(), l.birchID)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		ends := func(after time.Duration) {
			t.Helper()
			if after < directory.RingTime || after > directory.RingTime+time.Second {
				t.Errorf("the end was told after %v", after)
			}
		}
		var wait sync.WaitGroup
		wait.Go(func() {
			for s := directory.CallRinging; s == directory.CallRinging; {
				if s, err = l.aspen.WatchCall(t.Context(), placed.Call, s); err != nil {
					t.Error(err)
					return
				}
			}
			ends(time.Since(began))
		})
		for ringing := placed.Call; ringing != ""; {
			w, err := l.birch.Wait(t.Context(), ringing, first.Rooms)
			if err != nil {
				t.Fatal(err)
			}
			if ringing = ""; w.Ringing != nil {
				ringing = w.Ringing.Call
			}
		}
		ends(time.Since(began))
		wait.Wait()
	})
}

// A call whose caller is gone without a word, by a power cut say, does not go on ringing.
func TestACallWhoseCallerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		first, err := l.birch.Wait(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		placed, err := l.aspen.PlaceCall(t.Context(), l.birchID)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := l.aspen.WatchCall(ctx, placed.Call, directory.CallRinging); err == nil {
			t.Fatal("the watch ended before the connection did")
		}
		began := time.Now()
		if w, err := l.birch.Wait(t.Context(), placed.Call, first.Rooms); err != nil || w.Ringing != nil {
			t.Errorf("it still rings: %+v, %v", w, err)
		}
		if took := time.Since(began); took < 5*time.Second || took > 15*time.Second {
			t.Errorf("it rang for %v after the caller was gone", took)
		}
		if s, err := l.aspen.WatchCall(t.Context(), placed.Call, ""); err != nil || s != directory.CallOver {
			t.Errorf("the caller is told %q, %v", s, err)
		}
	})
}

// A room that asks again and again without an end to its requests is held back.
func TestTooManyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		first, err := l.birch.Wait(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		refusals := make(chan error, 20)
		for range cap(refusals) {
			wait.Go(func() {
				_, err := l.birch.Wait(ctx, "", first.Rooms)
				refusals <- err
			})
		}
		synctest.Wait()
		if n := len(refusals); n != 12 {
			t.Errorf("%d of 20 were refused", n)
		}
		for len(refusals) > 0 {
			refused(t, <-refusals, directory.CodeTooManyTries)
		}
		if _, err := l.aspen.Wait(t.Context(), "", ""); err != nil {
			t.Errorf("another room is held back too: %v", err)
		}
		cancel()
		wait.Wait()
		for len(refusals) > 0 {
			if err := <-refusals; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
	})
}

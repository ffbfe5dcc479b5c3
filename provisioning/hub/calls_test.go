package hub

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/meeting/directory"
)

// calleeID returns the id by which a room of the organisation is called.
func (h *testHub) calleeID(name string) string {
	return directory.RoomID(publicBytes(h.t, h.keys[name]))
}

// listen makes a room reachable: it waits once, and learns the version of its list of rooms.
func (h *testHub) listen(name string) (rooms string) {
	h.t.Helper()
	w, err := h.room(name, 0).Wait(h.t.Context(), "", "")
	if err != nil {
		h.t.Fatalf("%s waits for calls: %v", name, err)
	}
	return w.Rooms
}

func (h *testHub) call(from, to string) directory.PlacedCall {
	h.t.Helper()
	placed, err := h.room(from, 0).PlaceCall(h.t.Context(), h.calleeID(to))
	if err != nil {
		h.t.Fatalf("%s calls %s: %v", from, to, err)
	}
	return placed
}

// state asks how a call stands.
func (h *testHub) state(name, call string) directory.CallState {
	h.t.Helper()
	s, err := h.room(name, 0).WatchCall(h.t.Context(), call, "")
	if err != nil {
		h.t.Fatalf("%s watches its call: %v", name, err)
	}
	return s
}

// soon runs something that waits, and returns its result.
func soon[R any](f func() (R, error)) func() (R, error) {
	var result R
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		result, err = f()
	}()
	return func() (R, error) { <-done; return result, err }
}

func TestCall(t *testing.T) {
	h := startHub(t)
	rooms := h.listen("Birch")
	aspen, birch := h.room("Aspen", 0), h.room("Birch", 0)
	rings := soon(func() (directory.Waiting, error) { return birch.Wait(t.Context(), "", rooms) })
	placed := h.call("Aspen", "Birch")
	w, err := rings()
	if err != nil || w.Ringing == nil {
		t.Fatalf("nothing rings: %+v, %v", w, err)
	}
	if r := w.Ringing; r.Call != placed.Call || r.From != "Aspen" || r.Encryption != directory.EncryptionEnhanced {
		t.Errorf("got %+v", r)
	}
	if s := h.state("Aspen", placed.Call); s != directory.CallRinging {
		t.Errorf("the caller is told %q", s)
	}
	answered := soon(func() (directory.CallState, error) {
		return aspen.WatchCall(t.Context(), placed.Call, directory.CallRinging)
	})
	own, err := birch.AnswerCall(t.Context(), placed.Call)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := answered(); s != directory.CallAnswered || err != nil {
		t.Errorf("the caller is told %q, %v", s, err)
	}
	if w, err := birch.Wait(t.Context(), placed.Call, rooms); err != nil || w.Ringing != nil {
		t.Errorf("it still rings: %+v, %v", w, err)
	}
	checkCall(t, h, placed.Ticket, own)

	over := soon(func() (directory.CallState, error) {
		return aspen.WatchCall(t.Context(), placed.Call, directory.CallAnswered)
	})
	if err := birch.Leave(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	if s, err := over(); s != directory.CallOver || err != nil {
		t.Errorf("the one who stays is told %q, %v", s, err)
	}
	_, err = aspen.Renew(t.Context(), placed.Ticket)
	refused(t, err, directory.CodeMeetingOver)
	if err := aspen.Leave(t.Context(), placed.Ticket); err != nil {
		t.Errorf("leaving what is over: %v", err)
	}
}

// checkCall checks the tickets of the two sides.
func checkCall(t *testing.T, h *testHub, caller, callee directory.Ticket) {
	t.Helper()
	checkStatement(t, h, caller, "Aspen", "host", true)
	checkStatement(t, h, callee, "Birch", "participant", true)
	for _, ticket := range []directory.Ticket{caller, callee} {
		if ticket.Kind != directory.KindCall || ticket.Number != "" || ticket.Passcode != "" {
			t.Errorf("the ticket is for %q %q %q", ticket.Kind, ticket.Number, ticket.Passcode)
		}
	}
	if caller.Instance != callee.Instance || caller.Meeting != callee.Meeting || caller.Participant == callee.Participant {
		t.Error("the tickets are not for one instance and two places in it")
	}
	if caller.Title != "Birch" || callee.Title != "Aspen" {
		t.Errorf("the titles are %q and %q: want the other room's name", caller.Title, callee.Title)
	}
	if len(caller.Enhanced) != directory.EnhancedSize || !slices.Equal(caller.Enhanced, callee.Enhanced) {
		t.Error("the two have not the same secret")
	}
}

func TestDeclinedCalls(t *testing.T) {
	h := startHub(t)
	rooms := h.listen("Birch")
	for busy, want := range map[bool]directory.CallState{false: directory.CallDeclined, true: directory.CallBusy} {
		placed := h.call("Aspen", "Birch")
		told := soon(func() (directory.CallState, error) {
			return h.room("Aspen", 0).WatchCall(t.Context(), placed.Call, directory.CallRinging)
		})
		for range 2 { // the second time it is no fault
			if err := h.room("Birch", 0).DeclineCall(t.Context(), placed.Call, busy); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := told(); s != want || err != nil {
			t.Errorf("busy %t: the caller is told %q, %v", busy, s, err)
		}
		_, err := h.room("Birch", 0).AnswerCall(t.Context(), placed.Call)
		refused(t, err, directory.CodeCallOver, "Call back")
		if err := h.room("Aspen", 0).Leave(t.Context(), placed.Ticket); err != nil {
			t.Fatal(err)
		}
		if s := h.state("Aspen", placed.Call); s != want {
			t.Errorf("busy %t: afterwards the caller is told %q", busy, s)
		}
		if w, err := h.room("Birch", 0).Wait(t.Context(), placed.Call, rooms); err != nil || w.Ringing != nil {
			t.Errorf("it still rings: %+v, %v", w, err)
		}
	}
}

func TestCallerGivesUp(t *testing.T) {
	h := startHub(t)
	rooms := h.listen("Birch")
	placed := h.call("Aspen", "Birch")
	quiet := soon(func() (directory.Waiting, error) { return h.room("Birch", 0).Wait(t.Context(), placed.Call, rooms) })
	if err := h.room("Aspen", 0).Leave(t.Context(), placed.Ticket); err != nil {
		t.Fatal(err)
	}
	if w, err := quiet(); err != nil || w.Ringing != nil {
		t.Errorf("it still rings: %+v, %v", w, err)
	}
	_, err := h.room("Birch", 0).AnswerCall(t.Context(), placed.Call)
	refused(t, err, directory.CodeCallOver)
	h.call("Aspen", "Birch") // and the line is free again
}

func TestNobodyAnswers(t *testing.T) {
	h := startHub(t)
	rooms := h.listen("Birch")
	placed := h.call("Aspen", "Birch")
	told := soon(func() (directory.CallState, error) {
		return h.room("Aspen", 0).WatchCall(t.Context(), placed.Call, directory.CallRinging)
	})
	quiet := soon(func() (directory.Waiting, error) { return h.room("Birch", 0).Wait(t.Context(), placed.Call, rooms) })
	h.clock.advance(directory.RingTime - time.Second)
	if s := h.state("Aspen", placed.Call); s != directory.CallRinging {
		t.Errorf("a second too early the call is %q", s)
	}
	h.clock.advance(time.Second)
	if s, err := told(); s != directory.CallNoAnswer || err != nil {
		t.Errorf("the caller is told %q, %v", s, err)
	}
	if w, err := quiet(); err != nil || w.Ringing != nil {
		t.Errorf("it still rings: %+v, %v", w, err)
	}
	_, err := h.room("Birch", 0).AnswerCall(t.Context(), placed.Call)
	refused(t, err, directory.CodeCallOver, "rang for too long")
	h.listen("Birch")
	h.call("Aspen", "Birch")
}

func TestBusyRooms(t *testing.T) {
	h := startHub(t)
	h.addRoom("Cedar")
	for _, name := range []string{"Aspen", "Birch", "Cedar"} {
		h.listen(name)
	}
	h.call("Aspen", "Birch")
	for callee, words := range map[string]string{"Aspen": "Aspen is busy", "Birch": "Birch is busy"} {
		_, err := h.room("Cedar", 0).PlaceCall(t.Context(), h.calleeID(callee))
		refused(t, err, directory.CodeCallBusy, words)
	}
	_, err := h.room("Birch", 0).PlaceCall(t.Context(), h.calleeID("Aspen"))
	refused(t, err, directory.CodeCallBusy, "Aspen is calling this room", "Answer")

	// A caller that has forgotten its call, after a crash, begins anew.
	again := h.call("Aspen", "Cedar")
	if w, err := h.room("Cedar", 0).Wait(t.Context(), "", ""); err != nil || w.Ringing == nil || w.Ringing.Call != again.Call {
		t.Errorf("got %+v, %v", w, err)
	}
	if w, err := h.room("Birch", 0).Wait(t.Context(), "", ""); err != nil || w.Ringing != nil {
		t.Errorf("the forgotten call still rings: %+v, %v", w, err)
	}
}

// addRoom adds a room of the organisation and starts the hub again.
func (h *testHub) addRoom(name string) {
	h.t.Helper()
	h.stop()
	h.keys[name] = newKey(h.t)
	h.cfg.Rooms = append(h.cfg.Rooms, h.cfg.Rooms[0])
	room := &h.cfg.Rooms[len(h.cfg.Rooms)-1]
	room.Name, room.Key = name, base64Key(h.t, h.keys[name])
	h.start()
}

func TestTwoCallAtOnce(t *testing.T) {
	h := startHub(t)
	h.addRoom("Cedar")
	h.listen("Birch")
	for range 10 {
		var wait sync.WaitGroup
		errs, begin := make([]error, 2), make(chan struct{})
		placed := make([]directory.PlacedCall, 2)
		for i, name := range []string{"Aspen", "Cedar"} {
			wait.Go(func() {
				<-begin
				placed[i], errs[i] = h.room(name, 0).PlaceCall(t.Context(), h.calleeID("Birch"))
			})
		}
		close(begin)
		wait.Wait()
		won := slices.Index(errs, nil)
		if won < 0 {
			t.Fatalf("nobody got through: %v", errs)
		}
		refused(t, errs[1-won], directory.CodeCallBusy)
		if err := h.room([]string{"Aspen", "Cedar"}[won], 0).Leave(t.Context(), placed[won].Ticket); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoomsThatCannotBeCalled(t *testing.T) {
	h := startHub(t)
	aspen := h.room("Aspen", 0)
	_, err := aspen.PlaceCall(t.Context(), h.calleeID("Birch"))
	refused(t, err, directory.CodeCallOffline, "Birch is not connected")
	for what, id := range map[string]string{
		"itself": h.calleeID("Aspen"), "a room from outside": h.calleeID("Guesthouse"), "nobody": strings.Repeat("0", 32),
	} {
		_, err := aspen.PlaceCall(t.Context(), id)
		refused(t, err, directory.CodeCallUnknown)
		if err == nil {
			t.Errorf("%s was called", what)
		}
	}
	h.listen("Birch")
	_, err = h.room("Guesthouse", 0).PlaceCall(t.Context(), h.calleeID("Birch"))
	refused(t, err, directory.CodeCallUnknown)
	_, err = h.client(newKey(t), 0).PlaceCall(t.Context(), h.calleeID("Birch"))
	refused(t, err, directory.CodeRoomUnknown)
	_, err = h.client(newKey(t), 0).Wait(t.Context(), "", "")
	refused(t, err, directory.CodeRoomUnknown)

	h.clock.advance(time.Minute) // without another wait
	_, err = aspen.PlaceCall(t.Context(), h.calleeID("Birch"))
	refused(t, err, directory.CodeCallOffline)
}

// reachable returns what reads until when the only room that ever waited counts as reachable.
func (h *testHub) reachable() func() time.Time {
	h.t.Helper()
	db := h.database()
	return func() time.Time {
		h.t.Helper()
		var until int64
		if err := db.QueryRow("SELECT until FROM reachable").Scan(&until); err != nil {
			h.t.Fatal(err)
		}
		return time.UnixMilli(until)
	}
}

// waiting has Birch wait for calls, and returns once the hub has its request.
func (h *testHub) waiting(ctx context.Context) (waited func() (directory.Waiting, error)) {
	h.t.Helper()
	rooms := h.listen("Birch")
	h.clock.advance(time.Second)
	until := h.reachable()
	begun, client := until(), h.room("Birch", 0)
	waited = soon(func() (directory.Waiting, error) { return client.Wait(ctx, "", rooms) })
	for until().Equal(begun) {
		runtime.Gosched()
	}
	return waited
}

// A room whose connection breaks while it waits cannot be called any more.
func TestARoomThatGoesAway(t *testing.T) {
	h := startHub(t)
	ctx, cancel := context.WithCancel(t.Context())
	waited := h.waiting(ctx)
	cancel()
	if _, err := waited(); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	for until := h.reachable(); until().After(h.clock.Now()); {
		runtime.Gosched() // until the hub has noticed
	}
	_, err := h.room("Aspen", 0).PlaceCall(t.Context(), h.calleeID("Birch"))
	refused(t, err, directory.CodeCallOffline)
}

func TestSomebodyElsesCall(t *testing.T) {
	h := startHub(t)
	h.addRoom("Cedar")
	h.listen("Birch")
	placed := h.call("Aspen", "Birch")
	cedar := h.room("Cedar", 0)
	_, err := cedar.AnswerCall(t.Context(), placed.Call)
	refused(t, err, directory.CodeCallOver)
	_, err = h.room("Aspen", 0).AnswerCall(t.Context(), placed.Call) // its own call
	refused(t, err, directory.CodeCallOver)
	err = cedar.DeclineCall(t.Context(), placed.Call, false)
	refused(t, err, directory.CodeCallOver)
	if err := h.room("Aspen", 0).DeclineCall(t.Context(), placed.Call, false); err != nil {
		t.Error(err) // it is no fault, and does nothing
	}
	if s, err := cedar.WatchCall(t.Context(), placed.Call, directory.CallRinging); s != directory.CallOver || err != nil {
		t.Errorf("a stranger is told %q, %v", s, err)
	}
	if err := cedar.Leave(t.Context(), placed.Ticket); err != nil {
		t.Fatal(err) // answered as if the place had ended
	}
	_, err = cedar.Join(t.Context(), "call-"+placed.Call, "")
	refused(t, err, directory.CodeMeetingUnknown)
	status, code, message := h.send(h.signed("POST", "/v1/meetings/join", `{"number":"call-`+placed.Call+`","passcode":""}`))
	if code != directory.CodeBadRequest {
		t.Errorf("a call was joined by its number: %d %s %s", status, code, message)
	}
	if s := h.state("Aspen", placed.Call); s != directory.CallRinging {
		t.Errorf("the call is %q after what a stranger did", s)
	}
}

func TestCallees(t *testing.T) {
	h := startHub(t)
	got, err := h.room("Aspen", 0).Callees(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []directory.Callee{{ID: h.calleeID("Birch"), Name: "Birch"}}; !slices.Equal(got.Rooms, want) {
		t.Errorf("got %+v, want %+v", got.Rooms, want)
	}
	if version := h.listen("Aspen"); version != got.Version {
		t.Errorf("the version is %q, and %q when waiting", got.Version, version)
	}
	if guest, err := h.room("Guesthouse", 0).Callees(t.Context()); err != nil || len(guest.Rooms) != 0 {
		t.Errorf("a room from outside sees %+v, %v", guest, err)
	}
	h.addRoom("Cedar")
	if w, err := h.room("Aspen", 0).Wait(t.Context(), "", got.Version); err != nil || w.Rooms == got.Version {
		t.Errorf("another list has the same version: %+v, %v", w, err)
	}
}

// The state of a call is in the database: a hub that restarts while it rings splits nothing.
func TestHubRestartsDuringACall(t *testing.T) {
	h := startHub(t)
	h.listen("Birch")
	placed := h.call("Aspen", "Birch")
	h.restart()
	w, err := h.room("Birch", 0).Wait(t.Context(), "", "")
	if err != nil || w.Ringing == nil || w.Ringing.Call != placed.Call {
		t.Fatalf("got %+v, %v", w, err)
	}
	own, err := h.room("Birch", 0).AnswerCall(t.Context(), placed.Call)
	if err != nil {
		t.Fatal(err)
	}
	checkCall(t, h, placed.Ticket, own)
}

// A hub that stops does not wait for the requests that wait.
func TestStoppingAnswersWhoWaits(t *testing.T) {
	h := startHub(t)
	waited := h.waiting(t.Context())
	h.restart()
	if w, err := waited(); err == nil && w.Ringing != nil {
		t.Errorf("got %+v", w)
	}
	h.clock.advance(15 * time.Second)
	_, err := h.room("Aspen", 0).PlaceCall(t.Context(), h.calleeID("Birch")) // Birch has not come back to the next hub
	refused(t, err, directory.CodeCallOffline)
	if strings.Contains(h.log.String(), "requests were cut off") {
		t.Error("the hub waited for a request that waits")
	}
}

func TestBadCallRequests(t *testing.T) {
	h := startHub(t)
	id := strings.Repeat("a", 32)
	for name, r := range map[string]raw{
		"no room":        h.signed("POST", "/v1/calls/place", `{}`),
		"a name":         h.signed("POST", "/v1/calls/place", `{"room":"Birch"}`),
		"no call":        h.signed("POST", "/v1/calls/answer", `{"call":""}`),
		"capital digits": h.signed("POST", "/v1/calls/answer", `{"call":"`+strings.ToUpper(id)+`"}`),
		"busy as text":   h.signed("POST", "/v1/calls/decline", `{"call":"`+id+`","busy":"yes"}`),
		"unknown key":    h.signed("POST", "/v1/calls/wait", `{"ringing":"","rooms":"","name":"x"}`),
		"a long version": h.signed("POST", "/v1/calls/wait", `{"ringing":"","rooms":"`+strings.Repeat("x", 65)+`"}`),
		"another state":  h.signed("POST", "/v1/calls/watch", `{"call":"`+id+`","state":"lost"}`),
		"another method": h.signed("GET", "/v1/calls/place", ""),
	} {
		status, code, message := h.send(r)
		if code != directory.CodeBadRequest || message == "" || status < 400 || status >= 500 {
			t.Errorf("%s: %d %s %s", name, status, code, message)
		}
	}
	replayed := h.signed("POST", "/v1/calls/wait", `{"ringing":"","rooms":""}`)
	if status, code, message := h.send(replayed); status != 200 {
		t.Fatal(status, code, message)
	}
	if _, code, _ := h.send(replayed); code != directory.CodeSignatureWrong {
		t.Errorf("a replayed wait: %s", code)
	}
}

package hub

import (
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"greenroom/meeting/directory"
)

func TestMeetNowMakesTheRoomHost(t *testing.T) {
	h := startHub(t)
	aspen := h.room("Aspen", 0)
	ticket, err := aspen.MeetNow(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := directory.ParseNumber(ticket.Number); err != nil || got != ticket.Number {
		t.Errorf("the number is %q", ticket.Number)
	}
	if len(ticket.Passcode) != 6 {
		t.Errorf("the passcode has %d digits, want 6", len(ticket.Passcode))
	}
	if ticket.Title != "Aspen" {
		t.Errorf("the title is %q, want the room's name", ticket.Title)
	}
	checkStatement(t, h, ticket, "Aspen", "host", true)

	other, err := h.room("Birch", 0).Join(t.Context(), " "+ticket.Number[:3]+" "+ticket.Number[3:], ticket.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	if other.Instance != ticket.Instance || other.Meeting != ticket.Meeting {
		t.Error("the second room is in another instance")
	}
	if other.Participant == ticket.Participant {
		t.Error("both rooms are the same participant")
	}
	if other.Passcode != "" {
		t.Error("the passcode was given to a room that did not start the meeting")
	}
	checkStatement(t, h, other, "Birch", "participant", true)
}

func checkStatement(t *testing.T, h *testHub, ticket directory.Ticket, name, role string, organisation bool) {
	t.Helper()
	s, err := ticket.OpenStatement()
	if err != nil {
		t.Fatalf("the statement does not open: %v", err)
	}
	if s.Name != name || s.Role.String() != role || s.Organisation != organisation {
		t.Errorf("the statement says %q, %v, organisation %v; want %q, %s, %v", s.Name, s.Role, s.Organisation, name, role, organisation)
	}
	if string(s.IdentityKey) != string(publicBytes(t, h.keys[name])) {
		t.Error("the statement is about another key")
	}
	now := h.clock.Now()
	if !s.Covers(now) || !s.Covers(now.Add(directory.StatementValidity-time.Second)) || s.Covers(now.Add(directory.StatementValidity+time.Second)) {
		t.Errorf("the statement holds from %v to %v, and it is %v", s.NotBefore, s.NotAfter, now)
	}
}

func TestRolesInConfiguredMeetings(t *testing.T) {
	h := startHub(t)
	checkStatement(t, h, h.join("Birch"), "Birch", "host", true)
	checkStatement(t, h, h.join("Guesthouse"), "Guesthouse", "participant", false)

	h.stop()
	h.cfg.Meetings[0].Hosts = []string{"Guesthouse"}
	h.start()
	checkStatement(t, h, h.join("Birch"), "Birch", "participant", true)
	checkStatement(t, h, h.join("Guesthouse"), "Guesthouse", "host", false)
}

func TestRelayToken(t *testing.T) {
	h := startHub(t)
	ticket := h.join("Aspen")
	fresh, err := h.room("Aspen", 0).Renew(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{ticket.RelayToken, fresh} {
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(secret), nil },
			jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("key"), jwt.WithExpirationRequired(), jwt.WithTimeFunc(h.clock.Now))
		if err != nil {
			t.Fatal(err)
		}
		expires, err := claims.GetExpirationTime()
		if err != nil {
			t.Fatal(err)
		}
		if left := expires.Sub(h.clock.Now()); left <= 0 || left > directory.RelayTokenValidity {
			t.Errorf("the token holds for %v", left)
		}
		video, _ := claims["video"].(map[string]any)
		for claim, want := range map[string]any{
			"room": ticket.Instance.String(), "roomJoin": true, "canPublish": true, "canSubscribe": true, "canPublishData": true,
		} {
			if video[claim] != want {
				t.Errorf("the grant %s is %v, want %v", claim, video[claim], want)
			}
		}
		if claims["sub"] != ticket.Participant.String() || claims["name"] != "Aspen" {
			t.Errorf("the token is for %v, %v", claims["sub"], claims["name"])
		}
	}
}

func TestInstanceEndsWhenAllHaveLeft(t *testing.T) {
	h := startHub(t)
	aspen, birch := h.join("Aspen"), h.join("Birch")
	if err := h.room("Aspen", 0).Leave(t.Context(), aspen); err != nil {
		t.Fatal(err)
	}
	if again := h.join("Aspen"); again.Instance != birch.Instance {
		t.Error("the instance ended while Birch was in it")
	} else if err := h.room("Aspen", 0).Leave(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if err := h.room("Birch", 0).Leave(t.Context(), birch); err != nil {
		t.Fatal(err)
	}
	if err := h.room("Birch", 0).Leave(t.Context(), birch); err != nil {
		t.Errorf("leaving twice: %v", err)
	}
	_, err := h.room("Birch", 0).Renew(t.Context(), birch)
	refused(t, err, directory.CodeMeetingOver, "Join again")
	next := h.join("Aspen")
	if next.Instance == birch.Instance {
		t.Error("the next run has the instance id of the last one")
	}
	if next.Meeting != birch.Meeting {
		t.Error("the next run is another meeting")
	}
}

func TestInstanceEndsWhenLeasesRunOut(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	h.clock.advance(directory.Lease - time.Second)
	if h.join("Birch").Instance != aspen.Instance {
		t.Error("the instance ended before the lease")
	}
	h.clock.advance(directory.Lease)
	guest := h.join("Guesthouse")
	if guest.Instance == aspen.Instance {
		t.Error("the instance outlived every lease")
	}
	_, err := h.room("Aspen", 0).Renew(t.Context(), aspen)
	refused(t, err, directory.CodeMeetingOver)
}

func TestRenewKeepsTheInstance(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	for range 10 {
		h.clock.advance(directory.Lease - time.Second)
		if _, err := h.room("Aspen", 0).Renew(t.Context(), aspen); err != nil {
			t.Fatal(err)
		}
	}
	if h.join("Birch").Instance != aspen.Instance {
		t.Error("the instance ended although it was renewed")
	}
}

// A room that could not reach the hub for longer than its lease goes on where it was, unless others began anew.
func TestRenewAfterTheLease(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	h.clock.advance(10 * directory.Lease)
	if _, err := h.room("Aspen", 0).Renew(t.Context(), aspen); err != nil {
		t.Fatal(err)
	}
	if h.join("Birch").Instance != aspen.Instance {
		t.Error("the meeting was split")
	}
}

func TestHubRestartedDuringAMeeting(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	h.stop()
	h.clock.advance(time.Hour) // the hub is down for far longer than a lease
	h.start()
	birch := h.join("Birch")
	if birch.Instance != aspen.Instance {
		t.Error("the restart split the meeting")
	}
	if birch.Meeting != aspen.Meeting {
		t.Error("the restart gave the configured meeting another id")
	}
	if !birch.HubKey.Equal(aspen.HubKey) {
		t.Error("the restart gave the hub another key")
	}
	if _, err := h.room("Aspen", 0).Renew(t.Context(), aspen); err != nil {
		t.Errorf("Aspen's place was lost: %v", err)
	}

	h.clock.advance(directory.Lease + time.Second)
	if h.join("Guesthouse").Instance == aspen.Instance {
		t.Error("the leases did not run out after the restart")
	}
}

func TestRoomsThatJoinAtOnceMeet(t *testing.T) {
	h := startHub(t)
	for range 20 {
		var wait sync.WaitGroup
		tickets, begin := make([]directory.Ticket, 3), make(chan struct{})
		for i, name := range []string{"Aspen", "Birch", "Guesthouse"} {
			wait.Go(func() {
				<-begin
				var err error
				if tickets[i], err = h.room(name, 0).Join(t.Context(), number, passcode); err != nil {
					t.Errorf("%s joins: %v", name, err)
				}
			})
		}
		close(begin)
		wait.Wait()
		if tickets[0].Instance != tickets[1].Instance || tickets[0].Instance != tickets[2].Instance {
			t.Fatal("rooms that joined at once are in different instances")
		}
		for i, name := range []string{"Aspen", "Birch", "Guesthouse"} {
			if err := h.room(name, 0).Leave(t.Context(), tickets[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A room that crashed and joins again takes the place of its earlier self, which then keeps nothing alive.
func TestJoiningAgainReplacesTheEarlierPlace(t *testing.T) {
	h := startHub(t)
	first, second := h.join("Aspen"), h.join("Aspen")
	if first.Instance != second.Instance || first.Participant == second.Participant {
		t.Error("want a new participant in the same instance")
	}
	_, err := h.room("Aspen", 0).Renew(t.Context(), first)
	refused(t, err, directory.CodeMeetingOver)
	if err := h.room("Aspen", 0).Leave(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if h.join("Birch").Instance == first.Instance {
		t.Error("the earlier place kept the instance alive")
	}
}

func TestARoomHasOnlyItsOwnPlace(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	_, err := h.room("Birch", 0).Renew(t.Context(), aspen)
	refused(t, err, directory.CodeMeetingOver)
	if err := h.room("Birch", 0).Leave(t.Context(), aspen); err != nil {
		t.Fatal(err) // answered as if the place had ended
	}
	if _, err := h.room("Aspen", 0).Renew(t.Context(), aspen); err != nil {
		t.Errorf("Birch ended Aspen's place: %v", err)
	}
}

func TestMeetingOfARoomEndsADayAfterItsLastUse(t *testing.T) {
	h := startHub(t)
	ticket, err := h.room("Aspen", 0).MeetNow(t.Context(), "Lunch")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.room("Aspen", 0).Leave(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(directory.MeetNowKept - time.Second)
	again, err := h.room("Birch", 0).Join(t.Context(), ticket.Number, ticket.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	if again.Instance == ticket.Instance {
		t.Error("the meeting runs again with the same instance id")
	}
	h.clock.advance(directory.MeetNowKept)
	_, err = h.room("Birch", 0).Join(t.Context(), ticket.Number, ticket.Passcode)
	refused(t, err, directory.CodeMeetingOver, "Start a new one")
}

func TestAMeetingTakenOutOfTheConfiguration(t *testing.T) {
	h := startHub(t)
	aspen := h.join("Aspen")
	h.stop()
	meetings := h.cfg.Meetings
	h.cfg.Meetings = nil
	h.start()
	_, err := h.room("Birch", 0).Join(t.Context(), number, passcode)
	refused(t, err, directory.CodeMeetingUnknown)
	_, err = h.room("Aspen", 0).Renew(t.Context(), aspen)
	refused(t, err, directory.CodeMeetingOver)

	h.stop()
	h.cfg.Meetings = meetings
	h.start()
	if h.join("Birch").Meeting != aspen.Meeting {
		t.Error("the meeting came back with another id")
	}
}

package lab

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/daemon/room"
)

// TestABookingIsJoined: a room's calendar, behind https, has a meeting that another room is in. It is on the wall with its
// title, one touch on the panel joins it, and neither the calendar's address nor the passcode stand in any log or State.
func TestABookingIsJoined(t *testing.T) {
	var file atomic.Pointer[string]
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/secret-path.ics" || file.Load() == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/calendar")
		_, _ = w.Write([]byte(*file.Load()))
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "calendar.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	booked := small(aspenSpec)
	booked.Calendar, booked.CalendarCA = server.URL+"/secret-path.ics", ca
	ctx, l := newLab(t, []RoomSpec{booked, small(birchSpec)}, "Birch")
	aspen, birch := l.Room("Aspen"), l.Room("Birch")

	join := host(t, ctx, birch)
	now := time.Now().UTC()
	text := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN",
		"BEGIN:VEVENT", "UID:review@example.org", "SUMMARY:Project review",
		"DTSTART:" + now.Format("20060102T150405Z"), "DURATION:PT4H",
		fmt.Sprintf("LOCATION:%s/guest/#n=%s&p=%s", l.Hub.URL, join.Number, join.Passcode),
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	file.Store(&text)
	if err := aspen.Start(ctx); err != nil {
		t.Fatal(err)
	}
	state := await(t, ctx, aspen, "the booking", func(s room.State) bool { return s.Phase == room.PhaseIdle && len(s.Bookings) == 1 })
	if b := state.Bookings[0]; b.Title != "Project review" || b.Number != join.Number || b.End.Sub(b.Begin) != 4*time.Hour {
		t.Errorf("booked: %+v", b)
	}

	browser := must[*Browser](t)(OpenBrowser(ctx, t.TempDir()))
	t.Cleanup(browser.Close)
	wall := must[*Page](t)(browser.Open(ctx, must[string](t)(aspen.ScreenURL()), 1280, 720))
	if err := wall.Await(ctx, `document.querySelector('[data-testid="bookings"]')?.textContent.includes("Project review")`); err != nil {
		t.Error(err)
	}
	panel := must[*Page](t)(browser.Open(ctx, must[string](t)(aspen.PanelURL()), 1280, 800))
	touch(t, ctx, panel, `[data-testid="join-booking"]`)
	for _, r := range []*Room{aspen, birch} {
		await(t, ctx, r, "the other's picture", sees(1))
	}
	log, err := os.ReadFile(aspen.Log())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret-path", join.Passcode} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

package calendar_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"greenroom/daemon/calendar"
)

// ask lets a feed ask a server once, and returns what it told.
func ask(t *testing.T, handler http.HandlerFunc) (bookings []calendar.Booking, skipped int, err error) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	now := day(t).From.Add(8 * time.Hour)
	feed := calendar.Feed{
		URL: server.URL + "/secret-path.ics", HTTP: server.Client(), Zone: berlin(t), Host: "hub.example.org", Now: func() time.Time { return now },
		Tell: func(b []calendar.Booking, n int, e error) { bookings, skipped, err = b, n, e; cancel() },
	}
	feed.Run(ctx)
	return bookings, skipped, err
}

func TestTodayAndTomorrowAreTold(t *testing.T) {
	bookings, skipped, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(file(
			"SUMMARY:Over\nDTSTART:20260303T050000Z\nDURATION:PT1H",
			"SUMMARY:Under way\nDTSTART:20260303T060000Z\nDURATION:PT2H",
			"SUMMARY:Late tomorrow\nDTSTART:20260304T220000Z\nDURATION:PT2H",
			"SUMMARY:In two days\nDTSTART:20260304T230000Z\nDURATION:PT2H",
			"SUMMARY:Nonsense\nDTSTART:x",
		)))
	})
	if got := describe(t, bookings); err != nil || skipped != 1 || got != "07:00 09:00 Under way  ; 23:00 01:00 Late tomorrow  " {
		t.Errorf("got %q, %d skipped (%v)", got, skipped, err)
	}
}

// TestTroubleIsToldWithoutTheAddress: who reads the log learns what is wrong, and not where the calendar is.
func TestTroubleIsToldWithoutTheAddress(t *testing.T) {
	for want, handler := range map[string]http.HandlerFunc{
		"answers 404 Not Found":     http.NotFound,
		"is no iCalendar file":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<!doctype html>")) },
		"is empty":                  func(http.ResponseWriter, *http.Request) {},
		"the calendar does not ans": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		bookings, _, err := ask(t, handler)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret-path") || len(bookings) > 0 {
			t.Errorf("%s: %v", want, err)
		}
	}
}

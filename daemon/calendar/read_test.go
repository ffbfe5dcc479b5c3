package calendar_test

import (
	"strings"
	"testing"
	"time"

	"greenroom/daemon/calendar"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// day is how the tests read: Tuesday, 3 March 2026, in Berlin.
func day(t testing.TB) calendar.Reader {
	zone := berlin(t)
	from := time.Date(2026, time.March, 3, 0, 0, 0, 0, zone)
	return calendar.Reader{From: from, To: from.AddDate(0, 0, 1), Zone: zone, Host: "hub.example.org"}
}

// file is an iCalendar file with these entries.
func file(entries ...string) string {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN"}
	for i, entry := range entries {
		lines = append(lines, "BEGIN:VEVENT")
		if !strings.Contains(entry, "UID:") {
			lines = append(lines, "UID:entry-"+string(rune('a'+i)))
		}
		lines = append(lines, strings.Split(entry, "\n")...)
		lines = append(lines, "END:VEVENT")
	}
	return strings.Join(append(lines, "END:VCALENDAR", ""), "\r\n")
}

func TestEntries(t *testing.T) {
	const link = "https://hub.example.org/guest/#n=482913077&p=271828"
	for name, tt := range map[string]struct {
		entry   string
		want    string // begin, end, title, number, passcode; empty: no booking
		skipped int
	}{
		"with its zone":        {"SUMMARY:Project review\nDTSTART;TZID=Europe/London:20260303T100000\nDTEND;TZID=Europe/London:20260303T103000", "11:00 11:30 Project review  ", 0},
		"in UTC":               {"SUMMARY:Review\nDTSTART:20260303T090000Z\nDURATION:PT1H", "10:00 11:00 Review  ", 0},
		"without a zone":       {"SUMMARY:Review\nDTSTART:20260303T090000\nDURATION:PT15M", "09:00 09:15 Review  ", 0},
		"with Exchange's zone": {"SUMMARY:Review\nDTSTART;TZID=W. Europe Standard Time:20260303T090000\nDURATION:PT15M", "09:00 09:15 Review  ", 0},
		"with a link":          {"SUMMARY:Review\nDTSTART:20260303T090000Z\nDURATION:PT1H\nLOCATION:" + link, "10:00 11:00 Review 482913077 271828", 0},
		"a link in its text":   {"SUMMARY:Review\nDTSTART:20260303T090000Z\nDURATION:PT1H\nDESCRIPTION:Join: <" + link + ">\\nor come by.", "10:00 11:00 Review 482913077 271828", 0},
		"a link by path":       {"SUMMARY:Review\nDTSTART:20260303T090000Z\nDURATION:PT1H\nURL:https://hub.example.org/join/482913077", "10:00 11:00 Review 482913077 ", 0},
		"another hub's link":   {"SUMMARY:Review\nDTSTART:20260303T090000Z\nDURATION:PT1H\nURL:https://hub.example.net/join/482913077", "10:00 11:00 Review  ", 0},
		"no number":            {"SUMMARY:Review\nDTSTART:20260303T090000Z\nDURATION:PT1H\nURL:https://hub.example.org/join/48291307x", "10:00 11:00 Review  ", 0},
		"private":              {"SUMMARY:Dismissal\nCLASS:PRIVATE\nDTSTART:20260303T090000Z\nDURATION:PT1H", "10:00 11:00   ", 0},
		"over midnight":        {"SUMMARY:Release\nDTSTART:20260302T220000Z\nDTEND:20260303T020000Z", "23:00 03:00 Release  ", 0},

		"yesterday":            {"DTSTART:20260302T090000Z\nDURATION:PT1H", "", 0},
		"ends as the day does": {"DTSTART:20260302T220000Z\nDURATION:PT1H", "", 0},
		"tomorrow":             {"DTSTART:20260303T230000Z\nDURATION:PT1H", "", 0},
		"a holiday":            {"DTSTART;VALUE=DATE:20260303\nDTEND;VALUE=DATE:20260304", "", 0},
		"cancelled":            {"STATUS:CANCELLED\nDTSTART:20260303T090000Z\nDURATION:PT1H", "", 0},

		"no time":         {"SUMMARY:x", "", 1},
		"ends before":     {"DTSTART:20260303T090000Z\nDTEND:20260303T080000Z", "", 1},
		"lasts no time":   {"DTSTART:20260303T090000Z", "", 1},
		"nonsense":        {"DTSTART:soon\nDURATION:PT1H", "", 1},
		"every second":    {"DTSTART:20260303T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", "", 1},
		"an unknown rule": {"DTSTART:20260303T090000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES", "", 1},
		"never":           {"DTSTART:20260303T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "", 1},

		"every week":            {"SUMMARY:Weekly\nDTSTART;TZID=Europe/Berlin:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=TU", "09:00 10:00 Weekly  ", 0},
		"every other week, not": {"DTSTART;TZID=Europe/Berlin:20260224T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=2", "", 0},
		"the first Tuesday":     {"SUMMARY:Monthly\nDTSTART;TZID=Europe/Berlin:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=1TU", "09:00 10:00 Monthly  ", 0},
		"until last week":       {"DTSTART;TZID=Europe/Berlin:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20260225T000000Z", "", 0},
		"but not today":         {"DTSTART;TZID=Europe/Berlin:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Berlin:20260217T090000,20260303T090000", "", 0},
		"daily since long ago":  {"SUMMARY:Standup\nDTSTART;TZID=Europe/Berlin:20100101T091500\nDURATION:PT15M\nRRULE:FREQ=DAILY", "09:15 09:30 Standup  ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, skipped, err := day(t).Read(strings.NewReader(file(tt.entry)))
			if err != nil || skipped != tt.skipped {
				t.Errorf("%d skipped (%v), want %d", skipped, err, tt.skipped)
			}
			if text := describe(t, got); text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}

// describe says in a line what was read.
func describe(t *testing.T, bookings []calendar.Booking) string {
	var all []string
	for _, b := range bookings {
		at := func(x time.Time) string { return x.In(berlin(t)).Format("15:04") }
		all = append(all, strings.Join([]string{at(b.Begin), at(b.End), b.Title, b.Number, b.Passcode}, " "))
	}
	return strings.Join(all, "; ")
}

// TestAMovedInstance: one of a series takes place at another time, and one is cancelled.
func TestAMovedInstance(t *testing.T) {
	series := "UID:series\nSUMMARY:Weekly\nDTSTART;TZID=Europe/Berlin:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY"
	moved := "UID:series\nSUMMARY:Weekly, later\nRECURRENCE-ID;TZID=Europe/Berlin:20260303T090000\nDTSTART;TZID=Europe/Berlin:20260303T140000\nDURATION:PT1H"
	other := "UID:other\nSUMMARY:Early\nDTSTART:20260303T050000Z\nDURATION:PT1H"
	got, _, err := day(t).Read(strings.NewReader(file(series, moved, other)))
	if text := describe(t, got); err != nil || text != "06:00 07:00 Early  ; 14:00 15:00 Weekly, later  " {
		t.Errorf("got %q (%v)", text, err)
	}
	cancelled := "UID:series\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=Europe/Berlin:20260303T090000\nDTSTART;TZID=Europe/Berlin:20260303T090000\nDURATION:PT1H"
	if got, _, err = day(t).Read(strings.NewReader(file(series, cancelled))); err != nil || len(got) != 0 {
		t.Errorf("cancelled: got %q (%v)", describe(t, got), err)
	}
}

// TestIDs: they stay from one reading to the next, and no two are the same.
func TestIDs(t *testing.T) {
	text := file("DTSTART:20260303T090000Z\nDURATION:PT1H", "DTSTART:20260303T090000Z\nDURATION:PT1H", "DTSTART:20260303T110000Z\nDURATION:PT1H")
	first, _, err := day(t).Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	second, _, _ := day(t).Read(strings.NewReader(text))
	seen := map[string]bool{}
	for i := range first {
		if first[i].ID != second[i].ID || len(first[i].ID) != 16 || seen[first[i].ID] {
			t.Errorf("booking %d: %q, then %q", i, first[i].ID, second[i].ID)
		}
		seen[first[i].ID] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d ids", len(seen))
	}
}

func TestWhatIsNoCalendar(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":    "",
		"a web page": "<!doctype html><title>Sign in</title>",
		"cut off":    file("DTSTART:20260303T090000Z\nDURATION:PT1H")[:60],
	} {
		if _, _, err := day(t).Read(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "the calendar is") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead: whatever the file is, nothing fails but in words, and every booking is of that day and has its time.
func FuzzRead(f *testing.F) {
	f.Add([]byte(file("SUMMARY:Review\nDTSTART;TZID=Europe/London:20260303T100000\nDTEND;TZID=Europe/London:20260303T103000\nURL:https://hub.example.org/guest/#n=482913077&p=271828")))
	f.Add([]byte(file("DTSTART:20250107T090000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=1TU;COUNT=90\nEXDATE:20260203T090000Z")))
	f.Add([]byte(file("UID:a\nDTSTART:20250107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=3", "UID:a\nRECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T100000Z\nDURATION:PT1H")))
	r := day(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		bookings, _, err := r.Read(strings.NewReader(string(data)))
		if err != nil && len(bookings) > 0 {
			t.Errorf("%d bookings beside %v", len(bookings), err)
		}
		for i, b := range bookings {
			if !b.End.After(r.From) || !b.Begin.Before(r.To) || !b.End.After(b.Begin) {
				t.Errorf("from %v to %v", b.Begin, b.End)
			}
			if i > 0 && b.Begin.Before(bookings[i-1].Begin) {
				t.Error("not in order")
			}
			if b.Number == "" && b.Passcode != "" {
				t.Error("a passcode without a number")
			}
		}
	})
}

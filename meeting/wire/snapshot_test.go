package wire

import (
	"bytes"
	"errors"
	"testing"
)

func testRecords(t testing.TB, n int) []Record {
	t.Helper()
	e := testEntry(t)
	var out []Record
	for i := range n {
		r := Record{Entry: &e}
		if i%3 == 2 {
			r = Record{Cause: CauseLeft, Entry: &Entry{Announcement: e.Announcement}}
		}
		out = append(out, r)
	}
	return out
}

func TestPagesRoundTripAndFitIntoMessages(t *testing.T) {
	records := testRecords(t, 100)
	pages := MarshalPages(records)
	if len(pages) < 2 {
		t.Fatalf("%d pages, want several", len(pages))
	}
	var got []Record
	for i, page := range pages {
		raw, err := Marshal(Message{Body: &Page{Version: 1, Number: uint16(i), Records: page}})
		if err != nil || len(raw) > MaxMessageSize {
			t.Fatalf("page %d: %d bytes, %v", i, len(raw), err)
		}
		r, err := ParseRecords(page)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r...)
	}
	if len(got) != len(records) {
		t.Fatalf("%d records, want %d", len(got), len(records))
	}
	for i, page := range MarshalPages(got) {
		if !bytes.Equal(page, pages[i]) {
			t.Fatalf("page %d is another one after a round trip", i)
		}
	}
}

func TestMalformedPages(t *testing.T) {
	page := MarshalPages(testRecords(t, 3))[0]
	for n := range page {
		if n == 0 {
			continue
		}
		if r, err := ParseRecords(page[:n]); err == nil && len(r) == 3 {
			t.Errorf("a page cut at %d has all records", n)
		} else if err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	for _, bad := range [][]byte{nil, append([]byte{99}, page[1:]...)} {
		if _, err := ParseRecords(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.8x: %v", bad, err)
		}
	}
}

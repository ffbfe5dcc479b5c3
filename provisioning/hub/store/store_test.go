package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/directory"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openNew(t *testing.T) *Store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a folder with 100% odd?name#")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return open(t, filepath.Join(dir, FileName))
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func meeting(t *testing.T, number string, hosts ...string) directory.Meeting {
	t.Helper()
	m, err := directory.NewConfigured(number, "123456", "Round", hosts, noon())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// do runs one transaction that must go well.
func do(t *testing.T, s *Store, f func(ctx context.Context, tx directory.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := s.Update(ctx, func(tx directory.Tx) error { return f(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestFactsLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	first, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"one", "two"} {
		if err := first.SetFact(t.Context(), "name", value); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if got, err := again.Fact(t.Context(), "name"); err != nil || got != "two" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := again.Fact(t.Context(), "none"); err != nil || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestOnlyTheOwnerReadsTheDatabase(t *testing.T) {
	s := openNew(t)
	if err := s.SetFact(t.Context(), "name", "value"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.path, s.path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %#o, and it holds passcodes", filepath.Base(name), mode)
		}
	}
}

func TestUpdateIsUndoneByAnError(t *testing.T) {
	s := openNew(t)
	want := errors.New("stop")
	err := s.Update(t.Context(), func(tx directory.Tx) error {
		if _, err := tx.AddMeeting(t.Context(), meeting(t, "123456789")); err != nil {
			return err
		}
		return want
	})
	if err != want {
		t.Errorf("got %v, want the function's own error", err)
	}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		if _, err := tx.Meeting(ctx, "123456789"); !errors.Is(err, directory.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		return nil
	})
}

func TestMeetingsComeBackAsTheyWent(t *testing.T) {
	s := openNew(t)
	want := meeting(t, "123456789", "Aspen", "Birch")
	want.Creator = []byte{4, 1, 2}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		if added, err := tx.AddMeeting(ctx, want); err != nil || !added {
			t.Errorf("got %v, %v", added, err)
		}
		if added, err := tx.AddMeeting(ctx, meeting(t, "123456789")); err != nil || added {
			t.Errorf("a number was given twice: %v, %v", added, err)
		}
		got, err := tx.Meeting(ctx, want.Number)
		if err != nil {
			return err
		}
		if got.ID != want.ID || got.Passcode != want.Passcode || got.Title != want.Title || !slices.Equal(got.Creator, want.Creator) ||
			!slices.Equal(got.Hosts, want.Hosts) || !got.LastUsed.Equal(want.LastUsed) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		return nil
	})
}

// One open instance a meeting: the database itself holds that.
func TestASecondOpenInstanceIsRefused(t *testing.T) {
	s := openNew(t)
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		_, err := tx.AddMeeting(ctx, meeting(t, "123456789"))
		return errors.Join(err, tx.AddInstance(ctx, directory.Instance{ID: "aa"}, "123456789", noon()))
	})
	err := s.Update(t.Context(), func(tx directory.Tx) error {
		return tx.AddInstance(t.Context(), directory.Instance{ID: "bb"}, "123456789", noon())
	})
	var fault *Error
	if !errors.As(err, &fault) {
		t.Errorf("got %v", err)
	}
	if err := s.Check(t.Context()); err == nil {
		t.Error("Check does not tell of it")
	}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		return errors.Join(tx.EndInstance(ctx, "aa", noon()), tx.AddInstance(ctx, directory.Instance{ID: "bb"}, "123456789", noon()))
	})
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check still tells of it: %v", err)
	}
}

func TestTidy(t *testing.T) {
	s := openNew(t)
	kept := meeting(t, "111111111")
	if err := s.Configure(t.Context(), []directory.Meeting{kept}); err != nil {
		t.Fatal(err)
	}
	started := meeting(t, "222222222")
	started.Creator = []byte{4}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		_, err := tx.AddMeeting(ctx, started)
		_, nonceErr := tx.UseNonce(ctx, []byte{4}, []byte{1}, noon().Add(time.Minute))
		_, triesErr := tx.Tries(ctx, "room x")
		return errors.Join(err, nonceErr, triesErr, tx.SetTries(ctx, "room x", directory.Tries{Wrong: 3, Last: noon()}),
			tx.AddInstance(ctx, directory.Instance{ID: "aa"}, "111111111", noon()), tx.AddInstance(ctx, directory.Instance{ID: "bb"}, "222222222", noon()),
			tx.AddParticipant(ctx, directory.Participant{ID: "pp", Instance: "aa", Key: []byte{4}, Renewed: noon()}),
			tx.AddParticipant(ctx, directory.Participant{ID: "qq", Instance: "bb", Key: []byte{4}, Renewed: noon()}))
	})
	rows := func(table string) (n int) {
		t.Helper()
		if err := s.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, step := range []struct {
		after time.Duration
		want  map[string]int
	}{
		{30 * time.Second, map[string]int{"nonces": 1, "tries": 1, "instances WHERE ended_at IS NULL": 2, "participants WHERE left_at IS NULL": 2}},
		{2 * time.Minute, map[string]int{"nonces": 0, "tries": 1, "instances WHERE ended_at IS NULL": 2}},
		{25 * time.Hour, map[string]int{"tries": 0, "instances WHERE ended_at IS NULL": 0, "participants WHERE left_at IS NULL": 0, "instances": 2}},
		{32 * 24 * time.Hour, map[string]int{"instances": 0, "participants": 0, "meetings": 1}},
	} {
		if err := s.Tidy(t.Context(), noon().Add(step.after)); err != nil {
			t.Fatal(err)
		}
		for table, want := range step.want {
			if got := rows(table); got != want {
				t.Errorf("after %v: %d rows of %s, want %d", step.after, got, table, want)
			}
		}
	}
}

// A full disk, as SQLite sees it: the file may not grow any more.
func TestDiskFull(t *testing.T) {
	s := openNew(t)
	fill := func() error {
		return s.Update(t.Context(), func(tx directory.Tx) error {
			return tx.SetTries(t.Context(), "room", directory.Tries{})
		})
	}
	do(t, s, func(ctx context.Context, tx directory.Tx) error {
		_, err := tx.Tries(ctx, "room")
		return err
	})
	var pages int
	if err := s.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 1"); err != nil { // SQLite takes the present size if that is larger
		t.Fatal(err)
	}
	err := s.SetFact(t.Context(), "long", strings.Repeat("x", 1<<16))
	if !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), s.path) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("got %v", err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrNoSpace) {
		t.Errorf("Check says %v", err)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := fill(); err != nil {
		t.Errorf("the store does not go on: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check still says %v", err)
	}
}

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("garbage ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		garbage:                           ErrCorrupt,
		dir:                               ErrUnusable,
		filepath.Join(garbage, FileName):  ErrUnusable,
		"/proc/greenroom-hub/" + FileName: ErrUnusable,
	} {
		s, err := Open(t.Context(), path)
		if err == nil {
			t.Errorf("%q: no error", path)
			_ = s.Close()
			continue
		}
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", path, err, want)
		}
	}
}

func TestDatabaseOfANewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "99999") {
		t.Errorf("got %v", err)
	}
}

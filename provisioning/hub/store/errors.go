package store

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What can be wrong with the database (errors.Is).
var (
	ErrNoSpace  = errors.New("the disk is full")
	ErrUnusable = errors.New("the database file cannot be used")
	ErrCorrupt  = errors.New("the database is damaged")
	ErrNewer    = errors.New("the database is of a newer version")
	ErrDatabase = errors.New("the database failed")
)

// Error is a fault of the database: which kind, on which file, and what to do.
type Error struct {
	Kind  error // one of the above
	text  string
	cause error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.text }

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

const adviceFolder = "see that its folder exists and that the hub's user may write in it (state_dir in the configuration)"

// explain puts an error of SQLite into a sentence. Errors that are not the database's are returned as they are.
func (s *Store) explain(doing string, err error) error {
	var own *Error
	if errors.As(err, &own) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return err
	}
	kind, advice := ErrDatabase, "see the error's own words"
	switch fault.Code() & 0xff { // the low byte is the primary code (sqlite.org/rescode.html)
	case sqlite3.SQLITE_FULL:
		kind, advice = ErrNoSpace, "free some space on its disk; the hub goes on by itself then, and nothing that was confirmed is lost"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		kind, advice = ErrUnusable, adviceFolder
	case sqlite3.SQLITE_IOERR:
		kind, advice = ErrUnusable, "the disk refused; look for its errors in the kernel's log, and for a full disk"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		kind, advice = ErrCorrupt, "stop the hub and restore the file from a backup, or move it away: meetings in the configuration come back by themselves, with new ids"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		kind, advice = ErrUnusable, "another program holds it; close that one"
	}
	return &Error{Kind: kind, cause: err, text: fmt.Sprintf("cannot %s the database %s: %v: %s (%v)", doing, s.path, kind, advice, fault)}
}

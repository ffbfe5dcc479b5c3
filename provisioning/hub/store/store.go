// Package store keeps the hub's rows in SQL: it is the directory.Store of a hub.
//
// The database is a SQLite file (modernc.org/sqlite, in Go) in the hub's state folder. Statements and migrations are
// written by hand, with $1 placeholders and the types TEXT and BIGINT only, so that the same ones serve PostgreSQL when
// several hubs share one database: nothing here relies on SQLite letting one writer in at a time. Where rows must not
// change under a transaction it updates them first, which holds others off in both.
//
// Every committed transaction is on the disk (synchronous=FULL): an instance id that a room was given is still known
// after the power failed, or the meeting would split.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"greenroom/meeting/directory"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. Its methods may be called at the same time.
type Store struct {
	db    *sql.DB
	path  string
	fault atomic.Pointer[error] // of the last transaction; nil when it went well
}

// Open opens the database file, makes it if it is missing, and brings its tables up to date. Its errors are an *Error.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	pragmas := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
		// Take the write lock at the beginning: a transaction that reads first and writes later could lose its turn.
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // SQLite has one writer; waiting in Go is fairer than waiting in SQLite
	s := &Store{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(s.explain("open", err), db.Close())
	}
	return s, nil
}

// makeFile makes an empty file that only the owner may read, which SQLite then takes over with its mode, for the
// write-ahead log too: there are passcodes in it, and the folder may be open to others.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return &Error{Kind: ErrUnusable, cause: err, text: fmt.Sprintf("cannot open the database %s: %v: %s (%v)", path, ErrUnusable, adviceFolder, err)}
	}
	return nil
}

// Close closes the database. No other method may be running.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return s.explain("close", err)
	}
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	have, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > newest {
		return &Error{Kind: ErrNewer, text: fmt.Sprintf("the database %s was written by a newer greenroom-hub (tables of version %d; this program knows %d); "+
			"install that version again, or restore the backup made before it", s.path, have, newest)}
	}
	_, err = p.Up(ctx)
	return err
}

// Update runs f in one transaction. Faults of the database come back as an *Error; f's own errors as they are.
func (s *Store) Update(ctx context.Context, f func(directory.Tx) error) error {
	return s.update(ctx, func(t *sql.Tx) error { return f(tx{t}) })
}

func (s *Store) update(ctx context.Context, f func(*sql.Tx) error) (err error) {
	defer func() { s.note(err) }()
	t, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain("begin a transaction in", err)
	}
	if err := f(t); err != nil {
		// Rolling back a transaction whose disk is full can fail too; the first error is the one that says why.
		_ = t.Rollback()
		return s.explain("write to", err)
	}
	if err := t.Commit(); err != nil {
		return s.explain("write to", err)
	}
	return nil
}

// Read runs f in one transaction and keeps nothing of it. It says nothing of whether the database can be written.
func (s *Store) Read(ctx context.Context, f func(directory.Tx) error) error {
	t, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain("read", err)
	}
	defer func() { _ = t.Rollback() }()
	if err := f(tx{t}); err != nil {
		return s.explain("read", err)
	}
	return nil
}

// note remembers whether the database can be written, for Check.
func (s *Store) note(err error) {
	var fault *Error
	switch {
	case err == nil:
		s.fault.Store(nil)
	case errors.As(err, &fault):
		s.fault.Store(&err)
	}
}

// Check reports whether the database answers, and the fault of the last write if it had one.
func (s *Store) Check(ctx context.Context) error {
	if fault := s.fault.Load(); fault != nil {
		return *fault
	}
	var one int
	if err := s.db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return s.explain("read", err)
	}
	return nil
}

// Fact returns what was kept under a name, or "".
func (s *Store) Fact(ctx context.Context, name string) (string, error) {
	var value string
	err := s.db.QueryRowContext(ctx, "SELECT value FROM hub_facts WHERE name = $1", name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", s.explain("read", err)
	}
	return value, nil
}

// SetFact keeps a value under a name.
func (s *Store) SetFact(ctx context.Context, name, value string) error {
	return s.update(ctx, func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO hub_facts (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
}

// FileName is the database's name in the state folder.
const FileName = "hub.db"

// millis is how times are kept.
func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms) }

package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"greenroom/meeting/directory"
)

func (t tx) AddCall(ctx context.Context, c directory.Call) error {
	return t.one(ctx, `INSERT INTO calls (id, number, caller, callee, state, rang_at, changed_at, caller_until)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
		c.ID, c.Number, hex.EncodeToString(c.Caller), hex.EncodeToString(c.Callee), string(c.State), millis(c.Since), millis(c.CallerUntil))
}

const callColumns = "id, number, caller, callee, state, rang_at, caller_until"

func scanCall(row interface{ Scan(...any) error }) (directory.Call, error) {
	var c directory.Call
	var caller, callee, state string
	var since, until int64
	if err := row.Scan(&c.ID, &c.Number, &caller, &callee, &state, &since, &until); err != nil {
		return directory.Call{}, err
	}
	c.State, c.Since, c.CallerUntil = directory.CallState(state), fromMillis(since), fromMillis(until)
	var err error
	if c.Caller, err = hex.DecodeString(caller); err == nil {
		c.Callee, err = hex.DecodeString(callee)
	}
	if err != nil {
		return directory.Call{}, fmt.Errorf("the keys of call %s: %w", c.ID, err)
	}
	return c, nil
}

func (t tx) Call(ctx context.Context, id string) (directory.Call, error) {
	c, err := scanCall(t.QueryRowContext(ctx, "SELECT "+callColumns+" FROM calls WHERE id = $1", id))
	return c, notFound(err)
}

func (t tx) SetCallState(ctx context.Context, id string, s directory.CallState, at time.Time) error {
	return t.one(ctx, "UPDATE calls SET state = $2, changed_at = $3 WHERE id = $1", id, string(s), millis(at))
}

func (t tx) SetCallerUntil(ctx context.Context, id string, until time.Time) error {
	return t.one(ctx, "UPDATE calls SET caller_until = $2 WHERE id = $1", id, millis(until))
}

func (t tx) RingingCalls(ctx context.Context, key []byte) ([]directory.Call, error) {
	rows, err := t.QueryContext(ctx, "SELECT "+callColumns+` FROM calls WHERE state = 'ringing' AND (caller = $1 OR callee = $1)
		ORDER BY rang_at, id`, hex.EncodeToString(key))
	return calls(rows, err)
}

func (t tx) LiveCalls(ctx context.Context, since time.Time) ([]directory.Call, error) {
	rows, err := t.QueryContext(ctx, "SELECT "+callColumns+" FROM calls WHERE state = 'ringing' OR changed_at >= $1 ORDER BY rang_at, id", millis(since))
	return calls(rows, err)
}

func calls(rows *sql.Rows, err error) (all []directory.Call, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanCall(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func (t tx) Reachable(ctx context.Context, key []byte) (time.Time, error) {
	var until int64
	// As in Tries: the row is written so that it is held.
	err := t.QueryRowContext(ctx, `INSERT INTO reachable (room_key, until) VALUES ($1, 0)
		ON CONFLICT (room_key) DO UPDATE SET until = reachable.until RETURNING until`, hex.EncodeToString(key)).Scan(&until)
	if err != nil || until == 0 {
		return time.Time{}, err
	}
	return fromMillis(until), nil
}

func (t tx) SetReachable(ctx context.Context, key []byte, until time.Time) error {
	_, err := t.exec(ctx, `INSERT INTO reachable (room_key, until) VALUES ($1, $2)
		ON CONFLICT (room_key) DO UPDATE SET until = excluded.until`, hex.EncodeToString(key), millis(until))
	return err
}

package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"greenroom/meeting/directory"
)

// tx is a directory.Tx.
type tx struct{ *sql.Tx }

// exec runs a statement and returns how many rows it changed.
func (t tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// one runs a statement that has to change one row.
func (t tx) one(ctx context.Context, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return directory.ErrNotFound
	}
	return err
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return directory.ErrNotFound
	}
	return err
}

func (t tx) UseNonce(ctx context.Context, key, nonce []byte, until time.Time) (bool, error) {
	n, err := t.exec(ctx, `INSERT INTO nonces (room_key, nonce, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (room_key, nonce) DO NOTHING`, hex.EncodeToString(key), hex.EncodeToString(nonce), millis(until))
	return n == 1, err
}

func (t tx) Tries(ctx context.Context, name string) (directory.Tries, error) {
	var wrong, last int64
	// Writing the row, even if only as it is, holds others off it.
	err := t.QueryRowContext(ctx, `INSERT INTO tries (name, wrong, last_at) VALUES ($1, 0, 0)
		ON CONFLICT (name) DO UPDATE SET wrong = tries.wrong RETURNING wrong, last_at`, name).Scan(&wrong, &last)
	return directory.Tries{Wrong: int(wrong), Last: fromMillis(last)}, err
}

func (t tx) SetTries(ctx context.Context, name string, v directory.Tries) error {
	return t.one(ctx, "UPDATE tries SET wrong = $2, last_at = $3 WHERE name = $1", name, v.Wrong, millis(v.Last))
}

func (t tx) AddMeeting(ctx context.Context, m directory.Meeting) (bool, error) {
	n, err := t.exec(ctx, `INSERT INTO meetings (number, id, kind, passcode, title, source, creator, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		m.Number, m.ID, string(m.Kind), m.Passcode, m.Title, sourceOf(m), hex.EncodeToString(m.Creator), millis(m.LastUsed))
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.setHosts(ctx, m)
}

func (t tx) Meeting(ctx context.Context, number string) (directory.Meeting, error) {
	m := directory.Meeting{Number: number}
	var kind, creator string
	var used int64
	// As in Tries: the row is written so that it is held.
	err := t.QueryRowContext(ctx, `UPDATE meetings SET title = title WHERE number = $1 AND source <> 'retired'
		RETURNING id, kind, passcode, title, creator, last_used_at`, number).Scan(&m.ID, &kind, &m.Passcode, &m.Title, &creator, &used)
	if err != nil {
		return directory.Meeting{}, notFound(err)
	}
	if creator != "" {
		if m.Creator, err = hex.DecodeString(creator); err != nil {
			return directory.Meeting{}, fmt.Errorf("the creator of meeting %s: %w", number, err)
		}
	}
	m.Kind, m.LastUsed = directory.Kind(kind), fromMillis(used)
	m.Hosts, err = t.hosts(ctx, number)
	return m, err
}

func (t tx) TouchMeeting(ctx context.Context, number string, at time.Time) error {
	return t.one(ctx, "UPDATE meetings SET last_used_at = $2 WHERE number = $1", number, millis(at))
}

func (t tx) OpenInstance(ctx context.Context, number string) (directory.Instance, error) {
	var i directory.Instance
	var sealed string
	var renewed sql.NullInt64
	err := t.QueryRowContext(ctx, `SELECT i.id, i.sealed,
			(SELECT MAX(p.renewed_at) FROM participants p WHERE p.instance_id = i.id AND p.left_at IS NULL)
		FROM instances i WHERE i.number = $1 AND i.ended_at IS NULL`, number).Scan(&i.ID, &sealed, &renewed)
	if err != nil {
		return directory.Instance{}, notFound(err)
	}
	if renewed.Valid {
		i.LastRenewal = fromMillis(renewed.Int64)
	}
	if sealed != "" {
		if i.Sealed, err = hex.DecodeString(sealed); err != nil {
			return directory.Instance{}, fmt.Errorf("the secret of instance %s is not in hex", i.ID)
		}
	}
	return i, nil
}

func (t tx) AddInstance(ctx context.Context, i directory.Instance, number string, at time.Time) error {
	return t.one(ctx, "INSERT INTO instances (id, number, started_at, sealed) VALUES ($1, $2, $3, $4)",
		i.ID, number, millis(at), hex.EncodeToString(i.Sealed))
}

func (t tx) EndInstance(ctx context.Context, id string, at time.Time) error {
	if _, err := t.exec(ctx, "UPDATE participants SET left_at = $2 WHERE instance_id = $1 AND left_at IS NULL", id, millis(at)); err != nil {
		return err
	}
	return t.one(ctx, "UPDATE instances SET ended_at = $2, sealed = '' WHERE id = $1 AND ended_at IS NULL", id, millis(at))
}

func (t tx) AddParticipant(ctx context.Context, p directory.Participant) error {
	key := hex.EncodeToString(p.Key)
	if _, err := t.exec(ctx, "UPDATE participants SET left_at = $3 WHERE instance_id = $1 AND room_key = $2 AND left_at IS NULL",
		p.Instance, key, millis(p.Renewed)); err != nil {
		return err
	}
	return t.one(ctx, "INSERT INTO participants (id, instance_id, room_key, renewed_at) VALUES ($1, $2, $3, $4)",
		p.ID, p.Instance, key, millis(p.Renewed))
}

func (t tx) Participant(ctx context.Context, id string) (directory.Participant, error) {
	p := directory.Participant{ID: id}
	var key string
	var renewed int64
	err := t.QueryRowContext(ctx, `SELECT p.instance_id, i.number, p.room_key, p.renewed_at, p.left_at IS NOT NULL
		FROM participants p JOIN instances i ON i.id = p.instance_id WHERE p.id = $1`, id).
		Scan(&p.Instance, &p.Number, &key, &renewed, &p.Left)
	if err != nil {
		return directory.Participant{}, notFound(err)
	}
	p.Renewed = fromMillis(renewed)
	if p.Key, err = hex.DecodeString(key); err != nil {
		return directory.Participant{}, fmt.Errorf("the key of participant %s: %w", id, err)
	}
	return p, nil
}

func (t tx) RenewParticipant(ctx context.Context, id string, at time.Time) error {
	return t.one(ctx, "UPDATE participants SET renewed_at = $2 WHERE id = $1 AND left_at IS NULL", id, millis(at))
}

func (t tx) EndParticipant(ctx context.Context, id string, at time.Time) error {
	return t.one(ctx, "UPDATE participants SET left_at = $2 WHERE id = $1 AND left_at IS NULL", id, millis(at))
}

package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"greenroom/meeting/directory"
)

const successionColumns = "SELECT old_key, new_key, device, made_at, statement FROM successions "

// Successions returns all successions, the oldest first. The directory's service begins with them.
func (s *Store) Successions(ctx context.Context) (all []directory.Succession, err error) {
	err = s.Read(ctx, func(t directory.Tx) error {
		all, err = t.Successions(ctx, time.Time{})
		return err
	})
	return all, err
}

func (t tx) Successions(ctx context.Context, since time.Time) ([]directory.Succession, error) {
	rows, err := t.QueryContext(ctx, successionColumns+"WHERE accepted_at >= $1 ORDER BY accepted_at, old_key", max(0, millis(since)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []directory.Succession
	for rows.Next() {
		s, err := scanSuccession(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func (t tx) SuccessionOf(ctx context.Context, old []byte) (directory.Succession, error) {
	s, err := scanSuccession(t.QueryRowContext(ctx, successionColumns+"WHERE old_key = $1", hex.EncodeToString(old)))
	return s, notFound(err)
}

func (t tx) SuccessionTo(ctx context.Context, key []byte) (directory.Succession, error) {
	s, err := scanSuccession(t.QueryRowContext(ctx, successionColumns+"WHERE new_key = $1", hex.EncodeToString(key)))
	return s, notFound(err)
}

// AddSuccession is directory.Tx's. A key that was succeeded comes as no other key's successor: that would be a way back.
func (t tx) AddSuccession(ctx context.Context, s directory.Succession, at time.Time) (bool, error) {
	older, newer := hex.EncodeToString(s.Old), hex.EncodeToString(s.New)
	n, err := t.exec(ctx, `INSERT INTO successions (old_key, new_key, device, made_at, accepted_at, statement)
		SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM successions WHERE old_key = $2)
		ON CONFLICT DO NOTHING`,
		older, newer, hex.EncodeToString(s.Device[:]), millis(s.Time), millis(at), hex.EncodeToString(s.Statement))
	if err != nil || n == 0 {
		return false, err
	}
	for _, carry := range []string{
		"UPDATE participants SET room_key = $2 WHERE room_key = $1 AND left_at IS NULL",
		"UPDATE meetings SET creator = $2 WHERE creator = $1",
		"UPDATE calls SET caller = $2 WHERE caller = $1",
		"UPDATE calls SET callee = $2 WHERE callee = $1",
		"UPDATE reachable SET room_key = $2 WHERE room_key = $1",
	} {
		if _, err := t.exec(ctx, carry, older, newer); err != nil {
			return false, err
		}
	}
	return true, nil
}

func scanSuccession(row interface{ Scan(...any) error }) (s directory.Succession, err error) {
	var older, newer, device, statement string
	var made int64
	if err := row.Scan(&older, &newer, &device, &made, &statement); err != nil {
		return s, err
	}
	fields := map[string]*[]byte{older: &s.Old, newer: &s.New, statement: &s.Statement}
	for text, field := range fields {
		if *field, err = hex.DecodeString(text); err != nil {
			return s, fmt.Errorf("the succession of %.16s...: %w", older, err)
		}
	}
	id, err := hex.DecodeString(device)
	if err != nil || len(id) != len(s.Device) {
		return s, fmt.Errorf("the succession of %.16s... names no device", older)
	}
	copy(s.Device[:], id)
	s.Time = fromMillis(made)
	return s, nil
}

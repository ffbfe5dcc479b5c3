package store

import (
	"context"
	"database/sql"
	"time"

	"greenroom/meeting/directory"
)

// Rows that nobody needs any more are kept for a while, so that a fault can be looked into.
const (
	historyKept   = 30 * 24 * time.Hour
	abandonedOpen = 24 * time.Hour // an instance that nobody renewed for so long has ended
	triesKept     = 24 * time.Hour
)

// The values of meetings.source.
const (
	sourceConfigured = "configured"
	sourceRoom       = "room" // a room started it
)

func sourceOf(m directory.Meeting) string {
	if m.Creator == nil {
		return sourceConfigured
	}
	return sourceRoom
}

// Configure makes the configured meetings those that are given, and no others. A meeting that was there already keeps
// its id; one that is given no longer cannot be joined any more.
func (s *Store) Configure(ctx context.Context, meetings []directory.Meeting) error {
	return s.update(ctx, func(st *sql.Tx) error {
		t := tx{st}
		if _, err := t.exec(ctx, "UPDATE meetings SET source = 'retired' WHERE source = $1", sourceConfigured); err != nil {
			return err
		}
		for _, m := range meetings {
			if _, err := t.exec(ctx, `INSERT INTO meetings (number, id, passcode, title, source, creator, last_used_at)
				VALUES ($1, $2, $3, $4, $5, '', $6)
				ON CONFLICT (number) DO UPDATE SET passcode = excluded.passcode, title = excluded.title,
					source = excluded.source, creator = excluded.creator`,
				m.Number, m.ID, m.Passcode, m.Title, sourceConfigured, millis(m.LastUsed)); err != nil {
				return err
			}
			if err := t.setHosts(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t tx) setHosts(ctx context.Context, m directory.Meeting) error {
	if _, err := t.exec(ctx, "DELETE FROM meeting_hosts WHERE number = $1", m.Number); err != nil {
		return err
	}
	for _, room := range m.Hosts {
		if err := t.one(ctx, "INSERT INTO meeting_hosts (number, room) VALUES ($1, $2)", m.Number, room); err != nil {
			return err
		}
	}
	return nil
}

func (t tx) hosts(ctx context.Context, number string) (hosts []string, err error) {
	rows, err := t.QueryContext(ctx, "SELECT room FROM meeting_hosts WHERE number = $1 ORDER BY room", number)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var room string
		if err := rows.Scan(&room); err != nil {
			return nil, err
		}
		hosts = append(hosts, room)
	}
	return hosts, rows.Err()
}

// Tidy forgets what has had its time: nonces that no request could repeat, counts of wrong tries, and meetings,
// instances and participants of long ago. It is due every minute or so.
func (s *Store) Tidy(ctx context.Context, now time.Time) error {
	steps := []struct {
		query  string
		before time.Time
	}{
		{"DELETE FROM nonces WHERE expires_at < $1", now},
		{"DELETE FROM tries WHERE last_at < $1", now.Add(-triesKept)},
		{`UPDATE instances SET ended_at = $1, sealed = '' WHERE ended_at IS NULL AND started_at < $1 AND NOT EXISTS
			(SELECT 1 FROM participants p WHERE p.instance_id = instances.id AND p.renewed_at >= $1)`, now.Add(-abandonedOpen)},
		{`UPDATE participants SET left_at = $1 WHERE left_at IS NULL AND instance_id IN
			(SELECT id FROM instances WHERE ended_at IS NOT NULL)`, now},
		{"DELETE FROM instances WHERE ended_at < $1", now.Add(-historyKept)},
		{`DELETE FROM meetings WHERE source <> 'configured' AND last_used_at < $1 AND NOT EXISTS
			(SELECT 1 FROM instances i WHERE i.number = meetings.number AND i.ended_at IS NULL)`, now.Add(-historyKept)},
	}
	return s.update(ctx, func(t *sql.Tx) error {
		for _, step := range steps {
			if _, err := t.ExecContext(ctx, step.query, millis(step.before)); err != nil {
				return err
			}
		}
		return nil
	})
}

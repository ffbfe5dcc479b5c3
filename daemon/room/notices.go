package room

import (
	"slices"
	"time"
)

// NoticeTime is how long the screen announces a change, such as who joined.
const NoticeTime = 10 * time.Second

// maxNotices is how many are announced at once; then the oldest goes. Nobody reads more.
const maxNotices = 8

func (e Announced) apply(r *Room, now time.Time) []Effect {
	switch e.Kind {
	case NoticeJoined, NoticeLeft, NoticeRemoved, NoticeLeaderChanged:
		r.session.announce(e.Kind, clean(e.Name, maxNameLen), now)
	case NoticeReconnected: // the room makes it itself, from RelayUp
	}
	return nil
}

func (s *session) announce(kind NoticeKind, name string, now time.Time) {
	s.noticed++
	s.notices = append(s.notices, Notice{ID: s.noticed, Kind: kind, Name: name, Since: now})
	if over := len(s.notices) - maxNotices; over > 0 {
		s.notices = slices.Delete(s.notices, 0, over)
	}
}

// expire takes away the notices whose time is over.
func (s *session) expire(now time.Time) {
	s.notices = slices.DeleteFunc(s.notices, func(n Notice) bool { return now.Sub(n.Since) >= NoticeTime })
}

// nextNotice returns when the first notice's time is over; zero when there is none.
func (s *session) nextNotice() time.Time {
	var next time.Time
	for _, n := range s.notices {
		if end := n.Since.Add(NoticeTime); next.IsZero() || end.Before(next) {
			next = end
		}
	}
	return next
}

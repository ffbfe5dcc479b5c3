package room

import (
	"maps"
	"slices"
	"time"
)

// NoticeTime is how long the screen announces a change, such as who joined.
const NoticeTime = 10 * time.Second

// maxNotices is how many are announced at once; then the oldest goes. Nobody reads more.
const maxNotices = 8

func (e Announced) apply(r *Room, now time.Time) []Effect {
	switch e.Kind {
	case NoticeMuteAsked:
		if r.devices.Microphone.On { // else it is muted already
			r.session.announce(e.Kind, cleanName(e.Name), now)
		}
	case NoticeJoined, NoticeLeft, NoticeRemoved, NoticeLeaderChanged, NoticeLocked, NoticeUnlocked, NoticeUpgraded,
		NoticeHand, NoticeCompared, NoticeDiffers, NoticeDivided:
		r.session.announce(e.Kind, cleanName(e.Name), now)
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

// expire takes away the notices and reactions whose time is over.
func (s *session) expire(now time.Time) {
	s.notices = slices.DeleteFunc(s.notices, func(n Notice) bool { return now.Sub(n.Since) >= NoticeTime })
	maps.DeleteFunc(s.reactions, func(_ string, shown reaction) bool { return !now.Before(shown.end) })
}

// next returns when the time of the first of them is over; zero when there is none.
func (s *session) next() time.Time {
	var next time.Time
	for _, n := range s.notices {
		next = earliest(next, n.Since.Add(NoticeTime))
	}
	for _, shown := range s.reactions {
		next = earliest(next, shown.end)
	}
	return next
}

// earliest returns the earlier of two times, where zero is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

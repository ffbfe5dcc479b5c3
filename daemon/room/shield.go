package room

import (
	"cmp"
	"slices"
	"strings"
)

// A security code is 8 groups of 5 digits (SPEC.md, "Security code").
const (
	codeGroups = 8
	groupLen   = 5
)

// encryption makes what the strip along the bottom of the screen shows.
func (s *session) encryption() Encryption {
	e := Encryption{
		Kind:        cmp.Or(s.core.Kind, KindUnknown),
		Shield:      s.shield(),
		Code:        append([]string{}, s.code()...),
		Compared:    s.compared(),
		JoinedSince: s.core.JoinedSince,
		Epoch:       s.core.Epoch,
	}
	for _, m := range s.core.Members {
		if m.ID == s.core.Leader {
			e.Leader = cleanName(m.Name)
		}
	}
	return e
}

// code returns the core's security code, or nil while it is not whole.
func (s *session) code() []string {
	if len(s.core.Code) != codeGroups {
		return nil
	}
	for _, group := range s.core.Code {
		if _, ok := digits(group); !ok || len(group) != groupLen {
			return nil
		}
	}
	return s.core.Code
}

// compared is what the people here said of the code. A difference that they saw counts at once, before the core has
// heard of it, and for as long as that code is shown; with no code at all, nothing is better yet.
func (s *session) compared() Comparison {
	if shown := strings.Join(s.code(), ""); s.differs != "" && (shown == "" || shown == s.differs) {
		return Differs
	}
	return cmp.Or(s.core.Compared, NotCompared)
}

// shield is the one place that says what the shield shows. Unknown is never shown as off, and nothing is shown as E2EE
// that is not: everything that is not surely more is ShieldChecking.
func (s *session) shield() Shield {
	if s.compared() == Differs || s.othersDiffer() {
		return ShieldNotSecure
	}
	if s.core.Phase != CoreIn {
		return ShieldChecking
	}
	if s.framesDoNotOpen() {
		return ShieldNotSecure
	}
	switch s.core.Kind {
	case KindEnhanced:
		return ShieldEncrypted
	case KindE2EE:
		switch {
		case s.code() == nil:
			return ShieldChecking // without a code nobody can check it
		case s.compared() == Matches:
			return ShieldVerified
		}
		return ShieldE2EE
	}
	return ShieldChecking
}

// othersDiffer reports whether anybody else in the list says that the code does not match: then somebody may be in the
// middle of all of us. The core clears it when the leader changes.
func (s *session) othersDiffer() bool {
	return slices.ContainsFunc(s.core.Members, func(m CoreMember) bool {
		return m.ID != s.core.Self && m.Compared == Differs
	})
}

// framesDoNotOpen reports whether frames come from somebody in the list that are not what they must be. A key that is
// only late is no such case, and what strangers send counts for nothing: it is dropped unseen.
func (s *session) framesDoNotOpen() bool {
	return slices.ContainsFunc(s.core.Members, func(m CoreMember) bool {
		switch s.trouble(m.ID) {
		case TileWrongKey, TileReplay, TileNotEncrypted:
			return true
		}
		return false
	})
}

// trouble returns the worst of why a participant's frames do not open; empty: they do, or none come.
func (s *session) trouble(id string) TileReason {
	var worst TileReason
	if p := s.peers[id]; p != nil && id != s.core.Self {
		for _, st := range p.streams {
			if st.published && !st.muted && graveness(st.health) > graveness(worst) {
				worst = st.health
			}
		}
	}
	return worst
}

// graveness orders why frames do not open; 0: that is not why.
func graveness(r TileReason) int {
	switch r {
	case TileWrongKey:
		return 4
	case TileReplay:
		return 3
	case TileNotEncrypted:
		return 2
	case TileWaitingKey:
		return 1
	case "", TileConnecting, TileCameraOff, TileNoCamera, TileNoFrames, TileNoSlot:
	}
	return 0
}

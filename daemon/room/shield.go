package room

import "cmp"

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
			e.Leader = clean(m.Name, maxNameLen)
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

// compared is what was said of the code. A difference seen by the people here stands until they take it back.
func (s *session) compared() Comparison {
	if s.differs {
		return Differs
	}
	return cmp.Or(s.core.Compared, NotCompared)
}

// shield is the one place that says what the shield shows. Unknown is never shown as off, and nothing is shown as E2EE
// that is not: everything that is not surely more is ShieldChecking.
func (s *session) shield() Shield {
	if s.compared() == Differs {
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

// framesDoNotOpen reports whether frames come from somebody in the list that are not what they must be. A key that is
// only late is no such case, and what strangers send counts for nothing: it is dropped unseen.
func (s *session) framesDoNotOpen() bool {
	for _, m := range s.core.Members {
		p := s.peers[m.ID]
		if p == nil || m.ID == s.core.Self {
			continue
		}
		for _, st := range p.streams {
			switch st.health {
			case TileWrongKey, TileReplay, TileNotEncrypted:
				return true
			case "", TileConnecting, TileCameraOff, TileNoCamera, TileNoFrames, TileWaitingKey, TileNoSlot:
			}
		}
	}
	return false
}

package sim

import (
	"io"
	"math/rand/v2"

	"greenroom/meeting/wire"
)

// A two-faced leader is a ghost that founds the meeting and then runs twice, with the same keys: one face for each half
// of the people. Both faces make lists, epochs and heartbeats of their own under one name and one code. The relay keeps
// the halves from hearing the other face, until it mixes them.

// faces has the hub state a ghost as host, which opens the meeting with two faces.
func (a *adversary) twoFaces() {
	w := a.w
	person, err := w.cast.person("ghost1")
	if err != nil {
		w.violate("a ghost can be made", "%v", err)
		return
	}
	s := session{person: person, shown: person.name, role: wire.RoleHost, organisation: true, admission: w.profile.Admission, ghost: true, face: 1}
	first := w.join(s)
	a.faces[first.id] = true
	s.face = 2
	a.ghosts = append(a.ghosts, first, w.join(s))
	w.after(between(w.rng, 0, w.profile.Length), func() {
		w.note("the relay mixes the halves")
		a.mixed = true
	})
}

// meets reports whether two participants hear of each other: a face meets only its half.
func (a *adversary) meets(p, q *participant) bool {
	return a.mixed || (p.face == 0 || p.face == half(q)) && (q.face == 0 || q.face == half(p))
}

// half is which half of the people a participant is in.
func half(p *participant) int {
	if p.face != 0 {
		return p.face
	}
	return 1 + int(p.id[0])%2
}

// twin reads the same as another reader for a while, and then from one of its own.
type twin struct {
	left   int
	shared io.Reader
	own    *rand.ChaCha8
}

// sharedRandomness is how much of its randomness a face shares with the other: what its keys are made of.
const sharedRandomness = 64

func (t *twin) Read(b []byte) (int, error) {
	if t.left == 0 {
		return t.own.Read(b)
	}
	n, err := t.shared.Read(b[:min(len(b), t.left)])
	t.left -= n
	return n, err
}

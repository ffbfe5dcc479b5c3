package sim

import (
	"fmt"

	"greenroom/meeting/wire"
)

// maxGhosts bounds how many ghosts a meeting has.
const maxGhosts = 3

// sendGhost has the hub state somebody who does not exist. The ghost announces itself with keys of its own, under the
// name of somebody else or under its own, in any role, and takes part as well as it can.
func (a *adversary) sendGhost() {
	w := a.w
	if len(a.ghosts) >= maxGhosts {
		return
	}
	person, err := w.cast.person(fmt.Sprintf("ghost%d", len(a.ghosts)+1))
	if err != nil {
		w.violate("a ghost can be made", "%v", err)
		return
	}
	shown := person.name
	if p := w.anybody(); p != nil && w.rng.IntN(2) == 0 {
		shown = p.person.name
	}
	w.stats["ghosts"]++
	g := w.join(session{
		person: person, shown: shown, role: wire.Role(1 + w.rng.IntN(3)), organisation: w.rng.IntN(2) == 0,
		admission: w.profile.Admission, ghost: true,
	})
	a.ghosts = append(a.ghosts, g)
}

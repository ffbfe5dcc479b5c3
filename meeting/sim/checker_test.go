package sim

import (
	"testing"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// pair returns a meeting of a leader and a member in which all is well so far.
func pair(t *testing.T, seed uint64) (w *world, leader, member *participant) {
	t.Helper()
	p := profileNamed("honest")
	p.Actions = []weighted{{1, func(*story) {}}}
	w = newWorld(NewCast(), p, seed, nil)
	w.story.w, w.story.over, w.story.most = w, true, 2
	w.story.newcomer(wire.RoleHost)
	w.run(time.Second)
	w.story.newcomer(wire.RoleParticipant)
	w.run(3 * time.Second)
	if w.err != nil || len(w.participants) != 2 || w.apart() != "" {
		t.Fatalf("%v, %s", w.err, w.apart())
	}
	return w, w.participants[0], w.participants[1]
}

// breaks does something to a meeting that breaks one invariant.
type breaks func(t *testing.T, w *world, leader, member *participant)

// Every invariant can fail: each is shown something that breaks it, and nothing else.
func TestEveryInvariantCanFail(t *testing.T) {
	for _, all := range []map[string]breaks{keyBreaks(), screenBreaks()} {
		for rule, does := range all {
			t.Run(rule, func(t *testing.T) {
				w, leader, member := pair(t, 7)
				does(t, w, leader, member)
				if w.err == nil || w.err.Rule != rule {
					t.Errorf("found: %v", w.err)
				}
			})
		}
	}
}

func keyBreaks() map[string]breaks {
	return map[string]breaks{
		ruleOneKey: func(t *testing.T, w *world, leader, member *participant) {
			_, other, _ := pair(t, 8)
			w.check.opened(member, leader.id, other.seal)
		},
		ruleHolder: func(_ *testing.T, w *world, leader, member *participant) {
			member.id[0] ^= 1
			w.check.opened(member, leader.id, leader.seal)
		},
		ruleRoster: func(_ *testing.T, w *world, leader, member *participant) {
			w.check.holders[member.seal.Commitment()] = holders{by: member}
			w.check.opened(member, leader.id, member.seal)
		},
		ruleGrow: func(_ *testing.T, w *world, leader, member *participant) {
			w.check.opened(member, leader.id, member.seal)
		},
		ruleLiveness: func(_ *testing.T, w *world, leader, member *participant) {
			member.seen.highest, member.seen.nonces = 0, [2][wire.NonceSize]byte{}
			w.check.opened(member, leader.id, member.seal)
		},
		ruleRemoved: func(_ *testing.T, w *world, leader, member *participant) {
			leader.seen.removed = map[string]bool{string(member.person.public): true}
			w.check.made(leader, leader.seal)
		},
		ruleCertified: func(_ *testing.T, w *world, _, member *participant) {
			member.seen.certified = nil
			w.check.sends(member, member.seal)
		},
		ruleAgain: func(_ *testing.T, w *world, leader, member *participant) {
			member.seen.highest = 0
			w.check.opened(member, leader.id, member.seal)
		},
		ruleTwice: func(_ *testing.T, w *world, _, member *participant) { w.check.sends(member, member.seal) },
		ruleShown: func(_ *testing.T, w *world, leader, member *participant) {
			member.view.Members = member.view.Members[1:]
			w.check.shown(member)
			w.now += shownFor + time.Second
			w.check.shown(member)
		},
		ruleLate: func(_ *testing.T, w *world, leader, member *participant) {
			leader.view.Members = leader.view.Members[1:]
			w.check.shown(member)
			w.now += lateFor + time.Second
			w.check.shown(member)
		},
	}
}

func screenBreaks() map[string]breaks {
	return map[string]breaks{
		ruleDowngrade: func(_ *testing.T, w *world, _, member *participant) {
			member.view.Encryption = meeting.EncryptionEnhanced
			w.check.screen(member, member.view)
		},
		ruleLocked: func(_ *testing.T, w *world, leader, member *participant) {
			leader.view.Locked = true
			joined := meeting.MemberJoined{Member: meeting.Member{IdentityKey: []byte("somebody new")}}
			w.check.list(leader, leader.view, []meeting.Event{joined})
		},
		ruleSameList: func(_ *testing.T, w *world, _, member *participant) {
			member.view.Members = member.view.Members[1:]
			w.check.screen(member, member.view)
		},
		ruleErased: func(_ *testing.T, w *world, _, member *participant) {
			member.view.Phase = meeting.PhaseLeft
			w.check.screen(member, member.view)
		},
		ruleForgotten: func(_ *testing.T, w *world, _, member *participant) {
			w.check.step(member, member.view, meeting.Output{}, []*meeting.EpochKey{member.seal})
		},
		ruleComparison: func(_ *testing.T, w *world, _, member *participant) {
			before := member.view
			before.Leader, member.view.Compared = member.id, meeting.Matches
			w.check.screen(member, before)
		},
		ruleAuthority: func(_ *testing.T, w *world, leader, member *participant) {
			w.check.authority(leader, []meeting.Event{meeting.MemberRemoved{Member: member.view.Members[1]}})
		},
		ruleChat: func(_ *testing.T, w *world, leader, member *participant) {
			w.check.words(leader, []meeting.Event{meeting.ChatReceived{From: leader.view.Members[1], Text: "never written"}})
		},
		ruleHeals: func(_ *testing.T, w *world, _, member *participant) {
			member.seal = nil
			if why := w.apart(); why != "" {
				w.violate(ruleHeals, "%s", why)
			}
		},
		ruleTidy: func(_ *testing.T, w *world, leader, member *participant) {
			member.core = nil // a crash that nobody is told of
			if w.untidy() != "" && w.apart() == "" {
				w.violate(ruleTidy, "%s", w.untidy())
			}
		},
	}
}

// The network does to messages what its conditions say.
func TestTheNetworkDoesWhatItsConditionsSay(t *testing.T) {
	for name, c := range map[string]struct {
		conditions Conditions
		arrive     func(sent, arrived int) bool
	}{
		"all is lost":     {Conditions{Loss: 2.5}, func(_, arrived int) bool { return arrived == 0 }},
		"all comes":       {Conditions{}, func(sent, arrived int) bool { return arrived == sent }},
		"all comes twice": {Conditions{Duplicate: 1.1}, func(sent, arrived int) bool { return arrived == 2*sent }},
	} {
		t.Run(name, func(t *testing.T) {
			w, leader, member := pair(t, 7)
			w.net.become(c.conditions)
			w.net.conditions.Delay = time.Millisecond
			before := w.steps
			for range 100 {
				w.carry(leader, member, []byte("nonsense"))
			}
			w.run(10 * time.Millisecond)
			if got := w.steps - before; !c.arrive(100, got) {
				t.Errorf("of 100 sent, %d arrived", got)
			}
		})
	}
}

package sim

import (
	"time"

	"greenroom/meeting"
)

// Profile is a kind of meeting.
type Profile struct {
	Name    string
	Network Conditions
	// Most is how many people there are at most; most meetings have fewer.
	Most int
	// Length is how long people do things, before the network is made well.
	Length time.Duration
	// Actions are what may happen, by weight.
	Actions []weighted
	// Adversary is set where hub and relay are malicious.
	Adversary bool
	// TwoFaced meetings are founded by a ghost with two faces.
	TwoFaced bool
	// Outsiders is how many of the people are not of the organisation.
	Outsiders float64
	Admission meeting.AdmissionPolicy
	// Enhanced meetings begin with keys of the hub; Call makes them two-party calls.
	Enhanced, Call bool
}

// Profiles returns every kind of meeting.
func Profiles() []Profile {
	lossy := Conditions{Loss: 0.2, Duplicate: 0.1, Delay: 150 * time.Millisecond, Jitter: 300 * time.Millisecond, Sign: 300 * time.Millisecond, Skew: 500 * time.Millisecond}
	reliable := Conditions{Delay: 80 * time.Millisecond, Jitter: 40 * time.Millisecond, Ordered: true, Sign: 200 * time.Millisecond}
	comings := []weighted{{3, (*story).joins}, {2, (*story).leaves}, {2, (*story).crashes}, {2, (*story).restarts}, {2, (*story).loses}, {4, (*story).regains}}
	talk := []weighted{{1, (*story).chats}, {1, (*story).raises}, {1, (*story).reacts}, {1, (*story).compares}, {1, (*story).asksMute}}
	hosts := []weighted{{2, (*story).removes}, {1, (*story).admits}, {1, (*story).denies}}
	commands := []weighted{{2, (*story).removes}, {3, (*story).handsOver}, {2, (*story).locks}, {1, (*story).ends}}
	locks := []weighted{{6, (*story).locks}, {3, (*story).restarts}, {3, (*story).joins}}
	upgrade := []weighted{{2, (*story).upgrades}}
	partitions := []weighted{{2, (*story).parts}, {3, (*story).unites}}
	slow := []weighted{{40, (*story).waits}, {4, (*story).joins}, {4, (*story).slowed}, {4, (*story).removes}, {1, (*story).restarts}, {1, (*story).chats}}
	evil := []weighted{{14, (*story).attacked}}
	return []Profile{
		{Name: "honest", Network: reliable, Most: 12, Length: 15 * time.Second, Actions: join(comings, hosts, talk)},
		{Name: "lossy", Network: lossy, Most: 8, Length: 20 * time.Second, Actions: join(comings, hosts, talk)},
		{Name: "partition", Network: reliable, Most: 8, Length: 20 * time.Second, Actions: join(comings, hosts, talk, partitions)},
		{Name: "crash", Network: reliable, Most: 8, Length: 20 * time.Second, Actions: join(comings, []weighted{{4, (*story).crashes}, {4, (*story).restarts}})},
		{Name: "doors", Network: reliable, Most: 8, Length: 15 * time.Second, Actions: join(comings, []weighted{{6, (*story).admits}, {2, (*story).denies}}, talk), Outsiders: 0.5, Admission: meeting.AdmitOrganisation},
		{Name: "commands", Network: reliable, Most: 8, Length: 15 * time.Second, Actions: join(comings, commands, talk)},
		{Name: "locked", Network: reliable, Most: 8, Length: 15 * time.Second, Actions: join(comings, locks, hosts)},
		{Name: "divided", Network: lossy, Most: 6, Length: 20 * time.Second, Actions: join(comings, commands, locks, partitions, partitions)},
		{Name: "enhanced", Network: reliable, Most: 8, Length: 15 * time.Second, Actions: join(comings, commands, talk, upgrade, partitions), Enhanced: true},
		{Name: "call", Network: lossy, Most: 3, Length: 15 * time.Second, Actions: join(comings, talk, upgrade), Enhanced: true, Call: true},
		{Name: "adversary-enhanced", Network: reliable, Most: 6, Length: 20 * time.Second, Actions: join(comings, commands, talk, upgrade, evil), Adversary: true, Enhanced: true},
		{Name: "adversary-locked", Network: reliable, Most: 6, Length: 20 * time.Second, Actions: join(comings, commands, locks, evil, evil), Adversary: true},
		{Name: "two-faced", Network: reliable, Most: 6, Length: 8 * time.Second, Actions: join(comings, commands, talk, evil), Adversary: true, TwoFaced: true},
		{Name: "adversary-slow", Network: reliable, Most: 6, Length: 100 * time.Second, Actions: slow, Adversary: true},
		{Name: "adversary", Network: lossy, Most: 6, Length: 20 * time.Second, Actions: join(comings, hosts, talk, evil), Adversary: true},
	}
}

func join(lists ...[]weighted) (out []weighted) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// profileNamed returns the profile of a name, or one without a name.
func profileNamed(name string) Profile {
	for _, p := range Profiles() {
		if p.Name == name {
			return p
		}
	}
	return Profile{}
}

// enhanced returns the hub's secret, where the meeting begins with it.
func (p Profile) enhanced() []byte {
	if !p.Enhanced {
		return nil
	}
	return []byte("the hub's secret of this instance")[:32]
}

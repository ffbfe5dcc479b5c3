package meeting

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// withSecret gives a participant the hub's secret.
func withSecret(c *Config, _ *wire.Statement) {
	sum := sha256.Sum256([]byte("the hub's secret"))
	c.Enhanced = sum[:]
}

func inCall(c *Config, s *wire.Statement) {
	withSecret(c, s)
	c.Call = true
}

// call is a call of two, which began with enhanced encryption.
func call(t testing.TB) (w *world, aspen, birch *node) {
	t.Helper()
	w = newWorld(t)
	aspen = w.add("aspen", wire.RoleHost, inCall).join()
	birch = w.add("birch", wire.RoleParticipant, inCall).join()
	w.run(time.Second)
	w.mustOpenEachOther(aspen, birch)
	return w, aspen, birch
}

func TestRule9EnhancedMeetingsAreShownAsSuch(t *testing.T) {
	w := newWorld(t)
	// Nobody has to wait for a host: the server has the key anyway.
	aspen := w.add("aspen", wire.RoleParticipant, withSecret).join()
	birch := w.add("birch", wire.RoleParticipant, withSecret).join()
	w.run(2 * time.Second)
	w.mustOpenEachOther(aspen, birch)
	for _, n := range []*node{aspen, birch} {
		if v := n.core.View(); v.Encryption != EncryptionEnhanced || v.Code != "" {
			t.Errorf("%s: %v, code %q", n.name, v.Encryption, v.Code)
		}
		want, _ := enhancedKey(n.core.cfg.Enhanced, w.instance, n.seal.epoch, n.core.list.leader.hash)
		if !bytes.Equal(n.seal.key, want) || !n.seal.Enhanced() {
			t.Errorf("%s: the server can't make the key", n.name)
		}
	}
	aspen.do(Compare{Matches: true})
	if aspen.refused() != CodeNoCode {
		t.Errorf("comparing what is not there: %q", aspen.refused())
	}
}

func TestRule8TheUpgradeInTheCall(t *testing.T) {
	w, aspen, birch := call(t)
	if v := birch.core.View(); !v.Call || v.Encryption != EncryptionEnhanced || v.Code != "" {
		t.Fatalf("%v, code %q", v.Encryption, v.Code)
	}
	birch.do(Upgrade{}) // either party may
	w.run(300 * time.Millisecond)
	w.mustOpenEachOther(aspen, birch)
	for _, n := range []*node{aspen, birch} {
		v := n.core.View()
		if v.Encryption != EncryptionE2EE || len(v.Code.Groups()) != 8 || !has[Upgraded](n) {
			t.Errorf("%s: %v, code %q", n.name, v.Encryption, v.Code)
		}
		hubs, _ := enhancedKey(n.core.cfg.Enhanced, w.instance, n.seal.epoch, n.core.list.leader.hash)
		if n.seal.Enhanced() || bytes.Equal(n.seal.key, hubs) {
			t.Errorf("%s: the server has the key", n.name)
		}
		for _, k := range n.open {
			if k.Enhanced() {
				t.Errorf("%s still opens what the server can read", n.name)
			}
		}
	}
	if aspen.core.View().Code != birch.core.View().Code {
		t.Error("two codes")
	}
}

// Whatever was sent before the switch, with either key, is opened after it.
func TestRule8NoFrameIsLostInTheUpgrade(t *testing.T) {
	w, aspen, birch := call(t)
	birch.do(Upgrade{})
	type sent struct {
		by, to *node
		kid    uint64
		at     time.Time
	}
	var onWay []sent
	for range 400 {
		w.run(time.Millisecond)
		for len(onWay) > 0 && w.now.Sub(onWay[0].at) >= w.delay {
			if s := onWay[0]; s.to.mediaKey(s.kid) == nil {
				t.Fatalf("%s does not open what %s sent\n%s", s.to.name, s.by.name, w.tail())
			}
			onWay = onWay[1:]
		}
		for _, p := range [][2]*node{{aspen, birch}, {birch, aspen}} {
			index, _ := p[0].core.myIndex()
			kid, _, ok := p[0].seal.Media(index, 2)
			if !ok {
				t.Fatalf("%s can't send", p[0].name)
			}
			onWay = append(onWay, sent{p[0], p[1], kid, w.now})
		}
	}
	if birch.core.View().Encryption != EncryptionE2EE {
		t.Error("not upgraded")
	}
}

func TestRule8TheCallCodeIsOverTheTranscript(t *testing.T) {
	w, aspen, birch := call(t)
	birch.do(Upgrade{})
	w.run(time.Second)
	first := birch.core.View().Code
	// The same two rooms in another call read another code.
	x := newWorld(t)
	x.instance = wire.InstanceID{99}
	a := x.add("aspen", wire.RoleHost, inCall).join()
	b := x.add("birch", wire.RoleParticipant, inCall).join()
	x.run(time.Second)
	b.do(Upgrade{})
	x.run(time.Second)
	if second := a.core.View().Code; second == "" || second == first {
		t.Errorf("%q after %q", second, first)
	}
	// Whoever has another encapsulation reads another code.
	aspen.core.lead.peers[birch.id].encapsulation[0] ^= 1
	if aspen.core.View().Code == first {
		t.Error("the encapsulation does not count")
	}
}

func TestRule8ACallHasTwoParties(t *testing.T) {
	w, aspen, birch := call(t)
	cedar := w.add("cedar", wire.RoleParticipant, inCall).join()
	w.run(time.Second)
	if v := cedar.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeFull {
		t.Errorf("a third: %v", v.Phase)
	}
	birch.vanish(false)
	again := w.add("birch#2", wire.RoleParticipant, inCall).join() // which does not make it three
	w.run(time.Second)
	w.mustOpenEachOther(aspen, again)
}

func TestRule9NoWayBack(t *testing.T) {
	w, aspen, birch := call(t)
	birch.do(Upgrade{})
	w.run(time.Second)
	down := func(changes ...wire.Change) error {
		k, err := wire.SignLink(aspen.core.own.meeting, wire.Link{
			Instance: w.instance, Leader: aspen.id, Version: birch.core.list.version() + 1, Previous: birch.core.list.hash(), Changes: changes,
		})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: aspen.id, Body: &wire.Links{Links: [][]byte{k.Raw()}}})
		if err != nil {
			t.Fatal(err)
		}
		w.inject(aspen, birch, raw)
		return lastDropped(birch).Err
	}
	if err := down(wire.Change{Type: wire.ChangeEnhanced, Index: 0}); !errors.Is(err, ErrDowngrade) {
		t.Errorf("a link that goes down: %v", err)
	}
	// A leader that sends the server's key for an end-to-end encrypted epoch is found out.
	aspen.core.list.enhanced = true
	aspen.core.rotateNow(w, aspen)
	w.run(time.Second)
	if d := lastDropped(birch); !errors.Is(d.Err, ErrDowngrade) || birch.seal.Enhanced() {
		t.Errorf("dropped %v", d)
	}
}

func TestRule9WhoWasInWithE2EEComesBackToNothingLess(t *testing.T) {
	w, aspen, birch := call(t)
	birch.do(Upgrade{})
	w.run(time.Second)
	// The hub makes a new list under the same instance, with enhanced encryption.
	aspen.vanish(true)
	birch.take(birch.core.Disconnected(w.now))
	birch.core.begin(w.now)
	birch.core.startOver(wire.ParticipantID{})
	birch.take(birch.core.end())
	w.add("aspen#2", wire.RoleHost, inCall).join()
	w.run(time.Second)
	birch.connect()
	w.run(3 * time.Second)
	if v := birch.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeDowngrade {
		t.Errorf("birch: %v, %v", v.Phase, v.Encryption)
	}
}

func TestRule9WithoutTheSecretNothingLessThanE2EE(t *testing.T) {
	w := newWorld(t)
	w.add("aspen", wire.RoleHost, withSecret).join()
	birch := w.add("birch", wire.RoleParticipant).join()
	w.run(2 * time.Second)
	if v := birch.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeDowngrade {
		t.Errorf("birch: %v", v.Phase)
	}
}

func TestRule9AnEnhancedKeyMustBeTheServers(t *testing.T) {
	w, aspen, birch := call(t)
	epoch := birch.seal.Epoch()
	aspen.core.cfg.Enhanced[0] ^= 1
	aspen.core.rotateNow(w, aspen)
	w.run(time.Second)
	if d := lastDropped(birch); d == nil || !errors.Is(d.Err, ErrEquivocation) || birch.seal.Epoch() != epoch {
		t.Errorf("dropped %v", d)
	}
}

func TestRule10TheServersSecretIsErasedToo(t *testing.T) {
	_, aspen, _ := call(t)
	secret := aspen.core.cfg.Enhanced
	aspen.do(Leave{})
	if !bytes.Equal(secret, make([]byte, len(secret))) {
		t.Error("the secret was not overwritten")
	}
}

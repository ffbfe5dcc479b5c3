package meeting

import (
	"crypto"
	"errors"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

const cryptoSHA256 = crypto.SHA256

// two returns a meeting of a host and a participant, both in.
func two(t testing.TB) (w *world, aspen, birch *node) {
	t.Helper()
	w = newWorld(t)
	aspen = w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	birch = w.add("birch", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch)
	w.mustOpenEachOther(aspen, birch)
	return w, aspen, birch
}

// three adds cedar.
func three(t testing.TB) (w *world, aspen, birch, cedar *node) {
	t.Helper()
	w, aspen, birch = two(t)
	cedar = w.add("cedar", wire.RoleParticipant).join()
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
	return w, aspen, birch, cedar
}

func (n *node) phase() Phase { return n.core.View().Phase }

func TestRule1NobodyGetsAKeyBeforeAHostIsThere(t *testing.T) {
	w := newWorld(t)
	birch := w.add("birch", wire.RoleParticipant).join()
	cedar := w.add("cedar", wire.RoleCoHost).join()
	w.run(time.Minute)
	for _, n := range []*node{birch, cedar} {
		if n.phase() != PhaseWaitingHost || len(n.everHeld) > 0 {
			t.Errorf("%s: phase %v, keys %v", n.name, n.phase(), n.everHeld)
		}
	}
	aspen := w.add("aspen", wire.RoleHost).join()
	w.run(1200 * time.Millisecond)
	w.mustBeIn(aspen, birch, cedar)
	w.mustOpenEachOther(aspen, birch, cedar)
}

func TestRule1AdmissionRefusesAndSaysWhy(t *testing.T) {
	otherHub := testHubKey("another hub")
	hour := time.Hour
	for want, opt := range map[Code]nodeOption{
		CodeStatementExpired: func(_ *Config, s *wire.Statement) {
			s.NotBefore, s.NotAfter = s.NotBefore.Add(-9*hour), s.NotAfter.Add(-9*hour)
		},
		CodeClockWrong: func(_ *Config, s *wire.Statement) {
			s.NotBefore, s.NotAfter = s.NotBefore.Add(9*hour), s.NotAfter.Add(9*hour)
		},
		CodeStatementWrong: func(c *Config, s *wire.Statement) { c.Statement, _ = wire.SignStatement(otherHub, *s) },
		CodeWrongMeeting:   func(_ *Config, s *wire.Statement) { s.Meeting[3]++ },
	} {
		w := newWorld(t)
		n := w.add("birch", wire.RoleParticipant, opt).join()
		if v := n.core.View(); v.Phase != PhaseRefused || v.Reason.Code != want || v.Reason.Text == "" || !has[Refused](n) {
			t.Errorf("%s: phase %v, reason %v", want, v.Phase, v.Reason)
		}
	}
}

// The newcomer's own core sees nothing wrong; the leader does.
func TestRule1TheLeaderChecksTheStatement(t *testing.T) {
	for _, c := range []struct {
		want  Code
		clock time.Duration // how far the newcomer's clock is off
		opt   nodeOption
	}{
		// The newcomer's clock is a day behind, and so is what it says about its announcement.
		{CodeClockWrong, -24 * time.Hour, func(_ *Config, s *wire.Statement) {
			s.NotBefore, s.NotAfter = s.NotBefore.Add(-24*time.Hour), s.NotAfter.Add(-24*time.Hour)
		}},
		{CodeClockWrong, 24 * time.Hour, func(_ *Config, s *wire.Statement) {
			s.NotBefore, s.NotAfter = s.NotBefore.Add(24*time.Hour), s.NotAfter.Add(24*time.Hour)
		}},
		{"", 90 * time.Second, func(*Config, *wire.Statement) {}},
	} {
		w := newWorld(t)
		aspen := w.add("aspen", wire.RoleHost).join()
		birch := w.add("birch", wire.RoleParticipant, c.opt)
		birch.take(birch.core.Start(w.now.Add(c.clock)))
		birch.connect()
		w.run(2 * time.Second)
		if c.want == "" {
			w.mustBeIn(aspen, birch)
			continue
		}
		if v := birch.core.View(); v.Phase != PhaseRefused || v.Reason.Code != c.want {
			t.Errorf("clock off by %v: %v, %v", c.clock, v.Phase, v.Reason)
		}
		w.mustBeIn(aspen)
	}
}

func TestRule1StatementOutOfDateToldFromClockOff(t *testing.T) {
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	p := func(announced, from, to time.Time) *person {
		e := &wire.Entry{Announcement: wire.Announcement{Time: uint64(announced.UnixMilli())}}
		return &person{entry: e, statement: stated{notBefore: from.Unix(), notAfter: to.Unix()}}
	}
	h := time.Hour
	for _, c := range []struct {
		want                Code
		announced, from, to time.Time
	}{
		{"", now, now.Add(-h), now.Add(h)},
		{"", now, now.Add(time.Minute), now.Add(h)},   // within the leeway
		{"", now, now.Add(-h), now.Add(-time.Minute)}, // within the leeway
		{CodeStatementExpired, now, now.Add(-2 * h), now.Add(-h)},
		{CodeStatementEarly, now, now.Add(h), now.Add(2 * h)},
		{CodeClockWrong, now.Add(-24 * h), now.Add(-25 * h), now.Add(-23 * h)},
		{CodeClockWrong, now.Add(24 * h), now.Add(23 * h), now.Add(25 * h)},
	} {
		if got := p(c.announced, c.from, c.to).timeCode(now); got != c.want {
			t.Errorf("announced %v, statement %v to %v: %q, want %q", c.announced, c.from, c.to, got, c.want)
		}
	}
}

func TestRule1OnlyTheIdentityKeyCanAnnounce(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	birch := w.add("birch", wire.RoleParticipant)
	birch.take(birch.core.Start(w.now))
	birch.connect()
	mallory := w.add("mallory", wire.RoleParticipant)
	mallory.connected = true
	// Mallory has birch's statement and public keys, and signs with her own.
	e := *birch.core.own.entry
	hash := e.Announcement.Hash()
	e.Announcement.Participant = mallory.id
	e.Signature, _ = mallory.identity.Sign(nil, hash[:], cryptoSHA256)
	raw, err := wire.Sign(testHubKey("mallory"), wire.Message{
		Instance: w.instance, Sender: mallory.id, Sequence: 1,
		Body: &wire.Announce{Entry: e, EncryptionKey: birch.core.own.encryptionPub},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.inject(mallory, aspen, raw)
	w.run(time.Second)
	if d := lastDropped(aspen); d == nil || !errors.Is(d.Err, ErrForged) || d.Kind != wire.KindAnnounce {
		t.Errorf("dropped: %v", d)
	}
	w.mustBeIn(aspen, birch)
}

func TestRule1PolicyLetsOthersKnock(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost, func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation }).join()
	guest := w.add("guest", wire.RoleParticipant, func(_ *Config, s *wire.Statement) { s.Organisation = false }).join()
	w.run(time.Minute)
	if guest.phase() != PhaseWaitingAdmission || count[Knocked](aspen) != 1 {
		t.Fatalf("guest %v, %d knocks", guest.phase(), count[Knocked](aspen))
	}
	aspen.do(Admit{ID: guest.id})
	w.run(time.Second)
	w.mustBeIn(aspen, guest)
	w.mustOpenEachOther(aspen, guest)
}

func TestRule2NewEpochOnEveryChange(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	if e := aspen.core.View().Epoch; e != 3 {
		t.Fatalf("epoch %d after two joins, want 3", e)
	}
	cedar.do(Leave{})
	w.run(500 * time.Millisecond)
	if e := birch.core.View().Epoch; e != 4 {
		t.Errorf("epoch %d after a leave, want 4", e)
	}
	w.run(rotateEvery)
	if e := birch.core.View().Epoch; e != 5 {
		t.Errorf("epoch %d after %v, want 5", e, rotateEvery)
	}
	aspen.do(Leave{})
	w.run(500 * time.Millisecond)
	if e := birch.core.View().Epoch; e <= 5 {
		t.Errorf("epoch %d after the leader left", e)
	}
	keys := make(map[[32]byte]bool)
	for _, k := range birch.everKeys {
		if keys[k] {
			t.Error("two epochs have one key")
		}
		keys[k] = true
	}
}

func TestRule2AddsWithinTheWindowShareOneEpoch(t *testing.T) {
	w := newWorld(t)
	aspen := w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	nodes := []*node{aspen}
	for _, name := range []string{"birch", "cedar", "douglas"} {
		nodes = append(nodes, w.add(name, wire.RoleParticipant).join())
		w.run(50 * time.Millisecond)
	}
	w.run(time.Second)
	w.mustBeIn(nodes...)
	w.mustOpenEachOther(nodes...)
	if e := aspen.core.View().Epoch; e != 2 {
		t.Errorf("epoch %d after three joins within %v, want 2", e, batchWindow)
	}
}

func TestRule2ARemovalNeverWaits(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(20 * time.Millisecond) // his add waits for the window
	aspen.do(Remove{ID: cedar.id})
	if e := aspen.core.View().Epoch; e != 4 {
		t.Errorf("epoch %d at once after the removal, want 4", e)
	}
	w.run(time.Second)
	w.mustBeIn(aspen, birch, douglas)
	if v := cedar.core.View(); v.Phase != PhaseRemoved || v.Reason.Code != CodeRemoved || !has[Removed](cedar) || len(cedar.open) != 0 {
		t.Errorf("cedar: %+v, %d keys", v, len(cedar.open))
	}
	if !has[MemberRemoved](birch) || !has[MemberJoined](birch) {
		t.Errorf("birch was not told: %v", birch.events)
	}
}

func TestRule2OnlyTheLeaderRemoves(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	birch.do(Remove{ID: cedar.id})
	w.run(time.Second)
	if !has[CommandRefused](birch) {
		t.Error("not refused")
	}
	w.mustBeIn(aspen, birch, cedar)
}

func TestRule3ARemovedParticipantNeverGetsALaterKey(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	last := cedar.core.View().Epoch
	// Cedar keeps its keys: a participant that does not obey.
	kept := make(map[uint64]*EpochKey)
	for e, k := range cedar.open {
		kept[e] = &EpochKey{epoch: k.epoch, key: append([]byte(nil), k.key...), roster: k.roster, instance: k.instance}
	}
	aspen.do(Remove{ID: cedar.id})
	w.run(2 * time.Second)
	for _, e := range cedar.everHeld {
		if e > last {
			t.Errorf("cedar got epoch %d", e)
		}
	}
	for _, n := range []*node{aspen, birch} {
		if n.seal.Epoch() <= last || kept[n.seal.Epoch()] != nil {
			t.Errorf("%s still sends with epoch %d after 2 s", n.name, n.seal.Epoch())
		}
	}
	w.run(keepRemoval)
	if len(birch.open) != 1 {
		t.Errorf("birch still opens %d epochs %v after the switch", len(birch.open), keepRemoval)
	}
	// It can't come back with the same identity either.
	again := w.add("cedar#2", wire.RoleParticipant).join()
	w.run(time.Second)
	if v := again.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeRemoved {
		t.Errorf("cedar again: %+v", v)
	}
}

func TestRule3AJoinSettlesWithoutTheLongWait(t *testing.T) {
	w, aspen, birch := two(t)
	cedar := w.add("cedar", wire.RoleParticipant).join()
	w.run(batchWindow + 100*time.Millisecond) // window, and ten one-way trips of 5 ms
	w.mustOpenEachOther(aspen, birch, cedar)
	if cedar.seal.Epoch() != 3 || birch.seal.Epoch() != 3 {
		t.Errorf("sending with %d and %d, want 3", cedar.seal.Epoch(), birch.seal.Epoch())
	}
}

func TestRule3WithoutAllAcknowledgementsTheSwitchWaits(t *testing.T) {
	for _, removal := range []bool{false, true} {
		w, aspen, birch, cedar := three(t)
		w.tamper = func(p *packet) bool { return p.to != cedar } // cedar hears nothing any more
		base := birch.seal.Epoch()
		wait := useAfter
		var start time.Time
		if removal {
			wait = useAfterRemoval
			douglas := w.add("douglas", wire.RoleParticipant).join()
			w.run(3 * time.Second)
			base = birch.seal.Epoch()
			start = w.now
			aspen.do(Remove{ID: douglas.id})
		} else {
			w.add("douglas", wire.RoleParticipant).join()
			start = w.now.Add(batchWindow + 2*w.delay)
		}
		w.run(4 * time.Second)
		// The certifying heartbeat takes one trip to birch.
		if got := birch.sealedAt.Sub(start); birch.seal.Epoch() != base+1 || got < wait || got > wait+4*w.delay {
			t.Errorf("removal %v: birch sends with epoch %d after %v, want %d after %v", removal, birch.seal.Epoch(), got, base+1, wait)
		}
		if aspen.seal.Epoch() != base+1 {
			t.Errorf("removal %v: the leader sends with %d", removal, aspen.seal.Epoch())
		}
	}
}

func TestRule3NothingIsSentBeforeAHeartbeatCertifies(t *testing.T) {
	w, aspen, birch := two(t)
	w.tamper = func(p *packet) bool { return wire.PeekKind(p.data) != wire.KindHeartbeat }
	base := birch.seal.Epoch()
	aspen.core.rotateNow(w, aspen)
	w.run(3 * time.Second)
	if birch.open[base+1] == nil {
		t.Error("birch does not open the new epoch at once")
	}
	if birch.seal.Epoch() != base {
		t.Errorf("birch sends with epoch %d, which nothing certified", birch.seal.Epoch())
	}
}

func TestRule3AKeyThatTheHeartbeatContradictsIsNotUsed(t *testing.T) {
	w, aspen, birch := two(t)
	base := birch.seal.Epoch()
	// A leader that equivocates: birch's box holds another key than the one it certifies.
	other := make([]byte, meetingKeySize)
	p := aspen.core.lead.peers[birch.id]
	b := wire.KeyBox{Epoch: base + 1, ListVersion: aspen.core.list.version(), ListHash: aspen.core.list.hash(), Nonce: p.nonce}
	b.SignCommon(aspen.core.own.meeting, w.instance, aspen.id)
	if err := sealBox(&b, p.pairwise, other, w.instance, aspen.id, birch.id); err != nil {
		t.Fatal(err)
	}
	raw, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: aspen.id, Body: &b})
	if err != nil {
		t.Fatal(err)
	}
	w.inject(aspen, birch, raw)
	aspen.core.rotateNow(w, aspen)
	w.run(50 * time.Millisecond)
	if d := lastDropped(birch); d == nil || !errors.Is(d.Err, ErrEquivocation) {
		t.Errorf("not noticed: %v", d)
	}
	w.run(2 * time.Second)
	w.mustOpenEachOther(aspen, birch) // and the right key was asked for
}

func TestRule3OldKeysAreForgotten(t *testing.T) {
	w, aspen, birch := two(t)
	base := birch.seal.Epoch()
	w.run(keepOld)
	aspen.core.rotateNow(w, aspen)
	w.run(keepOld - time.Second)
	if birch.open[base] == nil {
		t.Errorf("epoch %d forgotten before %v", base, keepOld)
	}
	w.run(1100 * time.Millisecond)
	for _, n := range []*node{aspen, birch} {
		if n.open[base] != nil || len(n.open) != 1 {
			t.Errorf("%s still opens epoch %d after %v", n.name, base, keepOld)
		}
	}
}

func TestRule3BoxesNeedAFreshNonce(t *testing.T) {
	w, aspen, birch := two(t)
	var box []byte
	w.tamper = func(p *packet) bool {
		if wire.PeekKind(p.data) == wire.KindKeyBox && p.to == birch {
			box = p.data
			return false
		}
		return true
	}
	aspen.core.rotateNow(w, aspen)
	w.run(100 * time.Millisecond)
	birch.core.now = w.now
	for range 2 {
		birch.core.newNonce()
	}
	before := birch.dropped
	w.inject(aspen, birch, box)
	if birch.dropped != before+1 || !errors.Is(lastDropped(birch).Err, ErrReplay) {
		t.Error("a box with a nonce of long ago was taken")
	}
}

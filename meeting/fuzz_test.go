package meeting

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// A conversation is what birch hears from the others, so that fuzzing can begin with whole meetings:
//
//	uint8 part               what birch is: see listener
//	then, for each message:
//	uint16 milliseconds      since the message before
//	uint16 length
//	opaque message[length]
//
// Birch's keys are the same in every test, so what was sealed to it once opens again.
type conversation []byte

func (c conversation) hear(pause time.Duration, message []byte) conversation {
	c = binary.BigEndian.AppendUint16(c, uint16(min(pause.Milliseconds(), 1<<16-1)))
	c = binary.BigEndian.AppendUint16(c, uint16(len(message)))
	return append(c, message...)
}

// next returns the message that comes first, and the rest.
func (c conversation) next() (pause time.Duration, message []byte, rest conversation) {
	if len(c) < 4 {
		return 0, c, nil
	}
	n := min(int(binary.BigEndian.Uint16(c[2:])), len(c)-4)
	return time.Duration(binary.BigEndian.Uint16(c)) * time.Millisecond, c[4 : 4+n], c[4+n:]
}

// The parts that birch plays.
const (
	partGuest = iota // a participant in a meeting that aspen leads
	partHost         // a host who begins alone, and lets people from outside wait
	partCall         // a party of a call with aspen
	parts
)

// listener returns birch, about to join, a second after the world began.
func listener(w *world, part byte) *node {
	switch part % parts {
	case partHost:
		return w.add("birch", wire.RoleHost, func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation })
	case partCall:
		return w.add("birch", wire.RoleParticipant, inCall)
	}
	return w.add("birch", wire.RoleCoHost)
}

// stories are the meetings that are kept as conversations.
func stories() map[string]struct {
	part byte
	tell func(w *world, aspen, birch *node)
} {
	type story = struct {
		part byte
		tell func(w *world, aspen, birch *node)
	}
	cedar := func(w *world) *node {
		n := w.add("cedar", wire.RoleHost).join()
		w.run(time.Second)
		return n
	}
	return map[string]story{
		"join": {partGuest, func(w *world, aspen, _ *node) { aspen.core.rotateNow(w, aspen) }},
		"chat": {partGuest, func(w *world, aspen, _ *node) {
			aspen.do(Chat{Text: "hello"})
			aspen.do(RaiseHand{Raised: true})
			aspen.do(React{Reaction: "👏"})
			aspen.do(Compare{Matches: true})
		}},
		"mute-and-waiting": {partGuest, func(w *world, aspen, birch *node) {
			aspen.do(AskMute{ID: birch.id})
			w.add("douglas", wire.RoleParticipant, func(_ *Config, s *wire.Statement) { s.Organisation = false }).join()
		}},
		"leader-leaves": {partGuest, func(w *world, aspen, _ *node) { cedar(w); aspen.do(Leave{}) }},
		"hand-over":     {partGuest, func(w *world, aspen, _ *node) { aspen.do(HandOver{ID: cedar(w).id}) }},
		"lock-and-end": {partGuest, func(w *world, aspen, _ *node) {
			aspen.do(SetLock{Locked: true})
			w.run(100 * time.Millisecond)
			aspen.do(End{})
		}},
		"removed": {partGuest, func(_ *world, aspen, birch *node) { aspen.do(Remove{ID: birch.id}) }},
		"lead": {partHost, func(w *world, _, _ *node) {
			w.add("douglas", wire.RoleParticipant, func(_ *Config, s *wire.Statement) { s.Organisation = false }).join()
			cedar(w).do(SetLock{Locked: true})
		}},
		"call-and-upgrade": {partCall, func(_ *world, aspen, _ *node) { aspen.do(Upgrade{}) }},
	}
}

// record plays a story, and returns what birch heard.
func record(t testing.TB, part byte, tell func(w *world, aspen, birch *node)) conversation {
	w := newWorld(t)
	var aspen *node
	switch part {
	case partGuest:
		aspen = w.add("aspen", wire.RoleHost, func(c *Config, _ *wire.Statement) { c.Admission = AdmitOrganisation }).join()
	case partCall:
		aspen = w.add("aspen", wire.RoleHost, inCall).join()
	}
	w.run(time.Second)
	birch := listener(w, part)
	heard, last := conversation{part}, w.now
	w.tamper = func(p *packet) bool {
		if p.to == birch {
			heard, last = heard.hear(w.now.Sub(last), p.data), w.now
		}
		return true
	}
	birch.join()
	w.run(time.Second)
	tell(w, aspen, birch)
	w.run(time.Second)
	return heard
}

// replay lets birch hear a conversation. It returns birch, and whether it was in a meeting at any time.
func replay(t testing.TB, c conversation) (birch *node, wasIn bool) {
	w := newWorld(t)
	w.now = w.now.Add(time.Second)
	part := byte(0)
	if len(c) > 0 {
		part, c = c[0], c[1:]
	}
	birch = listener(w, part)
	sum := sha256.Sum256([]byte("participant aspen"))
	aspen := wire.ParticipantID(sum[:16])
	w.nodes = append(w.nodes, &node{w: w, name: "aspen", id: aspen}) // who gets what birch sends
	var others []wire.ParticipantID
	if part%parts != partHost {
		others = append(others, aspen)
	}
	birch.take(birch.core.Start(w.now))
	birch.connected = true
	birch.take(birch.core.Connected(w.now))
	birch.take(birch.core.Present(w.now, others))
	for n := 0; len(c) > 0 && n < 100; n++ {
		var pause time.Duration
		var message []byte
		pause, message, c = c.next()
		at := w.now.Add(pause)
		for next := birch.core.Next(); !next.IsZero() && next.Before(at); next = birch.core.Next() {
			w.now = maxTime(w.now, next)
			birch.take(birch.core.Tick(w.now))
		}
		w.now = at
		birch.take(birch.core.Step(w.now, aspen, message))
		checkSound(t, birch)
		wasIn = wasIn || birch.phase() == PhaseIn
	}
	return birch, wasIn
}

// checkSound holds what is true of a core whatever it hears.
func checkSound(t testing.TB, n *node) {
	t.Helper()
	c, v := n.core, n.core.View()
	for _, m := range v.Members {
		if pub, err := testIdentity(t, m.Name).PublicKey.Bytes(); err != nil || string(pub) != string(m.IdentityKey) {
			t.Errorf("the list has %q, whom the hub never stated (%v)", m.Name, err)
		}
	}
	switch s := c.epochs.seal; {
	case v.Phase.Final() && (len(c.epochs.held) > 0 || c.own.meeting != nil || len(n.open) > 0):
		t.Errorf("%v, and keys are there still", v.Phase)
	case s != nil && s.certified.IsZero():
		t.Errorf("epoch %d is sent with, and was never certified", s.key.epoch)
	case v.Phase == PhaseIn && v.Encryption == EncryptionE2EE && len(v.Code.Groups()) != 8:
		t.Errorf("in, end-to-end encrypted, with the code %q", v.Code)
	}
	for _, p := range n.w.wire {
		if _, err := wire.Parse(p.data); err != nil {
			t.Errorf("sent %x: %v", p.data, err)
		}
	}
	n.w.wire = nil
}

// FuzzStep: whatever birch hears, it does not panic, lets nobody onto its list whom the hub did not state, and uses no
// key that was not certified.
func FuzzStep(f *testing.F) {
	for name, s := range stories() {
		heard := record(f, s.part, s.tell)
		keep(f, name, heard)
		f.Add([]byte(heard))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			replay(t, data)
		}
	})
}

// keep writes a seed into the kept corpus, with -update.
func keep(f *testing.F, name string, seed []byte) {
	f.Helper()
	if !*update {
		return
	}
	dir := filepath.Join("testdata", "fuzz", f.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", seed), 0o644); err != nil {
		f.Fatal(err)
	}
}

// The kept conversations are real: birch gets into the meeting, and drops nothing; but as a leader it makes other pairwise
// keys each time, so that what is proved with the old ones does not count. If this fails because the protocol has changed, write them anew: go test ./meeting -run FuzzStep -update
func TestKeptConversations(t *testing.T) {
	for name, s := range stories() {
		raw, err := os.ReadFile(filepath.Join("testdata", "fuzz", "FuzzStep", name))
		if err != nil {
			t.Fatal(err)
		}
		var heard []byte
		if _, err := fmt.Sscanf(string(raw), "go test fuzz v1\n[]byte(%q)", &heard); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		birch, wasIn := replay(t, heard)
		if !wasIn || birch.dropped > 0 && s.part != partHost {
			t.Errorf("%s: in: %v, dropped: %d\n%s", name, wasIn, birch.dropped, birch.w.tail())
		}
	}
}

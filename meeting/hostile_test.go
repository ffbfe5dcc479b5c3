package meeting

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// Every message of a meeting, truncated and with every 7th byte changed, is dropped, counted, and changes nothing.
func TestMalformedMessagesAreDroppedAndCounted(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	var packets []packet
	w.tamper = func(p *packet) bool { packets = append(packets, *p); return true }
	douglas := w.add("douglas", wire.RoleParticipant).join()
	w.run(3 * time.Second)
	birch.do(Leave{})
	w.run(time.Second)
	w.tamper = nil
	kinds := make(map[wire.Kind]bool)
	for _, p := range packets {
		if p.to == birch {
			continue
		}
		kinds[wire.PeekKind(p.data)] = true
		for cut := 0; cut < len(p.data); cut += 13 {
			before := p.to.dropped
			w.inject(p.from, p.to, p.data[:cut])
			if p.to.dropped != before+1 {
				t.Fatalf("%v cut to %d bytes was not dropped", wire.PeekKind(p.data), cut)
			}
		}
		for i := 34; i < len(p.data); i += 7 {
			bad := bytes.Clone(p.data)
			bad[i] ^= 0x55
			w.inject(p.from, p.to, bad)
		}
	}
	if len(kinds) < 6 {
		t.Errorf("only the kinds %v were seen", kinds)
	}
	w.run(3 * time.Second)
	w.mustBeIn(aspen, cedar, douglas)
	w.mustOpenEachOther(aspen, cedar, douglas)
	if aspen.core.View().Leader != aspen.id || has[Refused](cedar) {
		t.Error("a malformed message had an effect")
	}
}

// Every message of a meeting, delivered a second time and later to everybody, changes nothing.
func TestReplayedMessagesAreDroppedAndCounted(t *testing.T) {
	w := newWorld(t)
	var packets []packet
	w.tamper = func(p *packet) bool { packets = append(packets, *p); return true }
	aspen := w.add("aspen", wire.RoleHost).join()
	w.run(time.Second)
	birch := w.add("birch", wire.RoleParticipant).join()
	w.run(time.Second)
	cedar := w.add("cedar", wire.RoleParticipant).join()
	w.run(time.Second)
	aspen.do(Remove{ID: cedar.id})
	w.run(time.Second)
	w.tamper = nil
	w.mustBeIn(aspen, birch)
	epoch, version := aspen.core.View().Epoch, aspen.core.View().ListVersion
	before := aspen.dropped + birch.dropped
	for _, p := range packets {
		for _, to := range []*node{aspen, birch} {
			if to != p.from {
				w.inject(p.from, to, p.data)
			}
		}
	}
	if got := aspen.dropped + birch.dropped - before; got < len(packets)/3 {
		t.Errorf("%d of %d replays counted", got, len(packets))
	}
	w.run(10 * time.Second)
	w.mustBeIn(aspen, birch)
	w.mustOpenEachOther(aspen, birch)
	if v := aspen.core.View(); v.Epoch != epoch || v.ListVersion != version {
		t.Errorf("replays led to epoch %d and list %d, from %d and %d", v.Epoch, v.ListVersion, epoch, version)
	}
}

func TestReplaysOfAnotherInstanceAreDropped(t *testing.T) {
	w, _, birch := two(t)
	other := newWorld(t)
	other.instance = wire.InstanceID{9}
	host := other.add("aspen", wire.RoleHost).join()
	var beat []byte
	host.core.begin(other.now)
	host.core.beat()
	for _, s := range host.core.end().Send {
		beat = s.Data
	}
	w.inject(birch, birch, beat)
	if d := lastDropped(birch); d == nil || !errors.Is(d.Err, ErrOtherInstance) {
		t.Errorf("dropped: %v", d)
	}
}

func TestAMemberCannotSpeakForTheLeader(t *testing.T) {
	w, aspen, birch, cedar := three(t)
	forge := func(body wire.Body) []byte {
		raw, err := wire.Sign(cedar.core.own.meeting, wire.Message{Instance: w.instance, Sender: aspen.id, Sequence: 1 << 40, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	l := cedar.core.list
	link, err := wire.SignLink(cedar.core.own.meeting, wire.Link{
		Instance: w.instance, Leader: aspen.id, Version: l.version() + 1, Previous: l.hash(),
		Changes: []wire.Change{{Type: wire.ChangeRemove, Index: 1, Cause: wire.CauseRemoved}},
	})
	if err != nil {
		t.Fatal(err)
	}
	links, err := wire.Marshal(wire.Message{Instance: w.instance, Sender: aspen.id, Body: &wire.Links{Links: [][]byte{link.Raw()}}})
	if err != nil {
		t.Fatal(err)
	}
	last := *birch.core.follow.last
	last.Counter++
	for what, raw := range map[string][]byte{
		"heartbeat": forge(&last), "leave": forge(&wire.Leave{Next: cedar.id}), "removal": links,
	} {
		before := birch.dropped
		w.inject(cedar, birch, raw)
		if d := lastDropped(birch); birch.dropped != before+1 || !errors.Is(d.Err, ErrForged) {
			t.Errorf("forged %s: %v", what, d)
		}
	}
	w.run(time.Second)
	w.mustBeIn(aspen, birch, cedar)
}

func TestBadIdentitySignatureIsRefused(t *testing.T) {
	w := newWorld(t)
	n := w.add("aspen", wire.RoleHost)
	n.signLater = true
	n.join()
	n.take(n.core.Signed(w.now, n.pending[0].ID, []byte("no signature at all")))
	if v := n.core.View(); v.Phase != PhaseRefused || v.Reason.Code != CodeFault {
		t.Errorf("%+v", v)
	}
}

// failingRand gives n bytes, then none.
type failingRand struct {
	n    int
	from io.Reader
}

func (r *failingRand) Read(p []byte) (int, error) {
	if r.n < len(p) {
		return 0, errors.New("no more randomness")
	}
	r.n -= len(p)
	return r.from.Read(p)
}

// Whenever randomness fails, the participant is out, without a panic and without a key.
func TestWithoutRandomnessNothingGoesOn(t *testing.T) {
	for n := 0; n < 360; n += 24 {
		w := newWorld(t)
		limit := func(c *Config, _ *wire.Statement) { c.Rand = &failingRand{n, c.Rand} }
		aspen := w.add("aspen", wire.RoleHost, limit).join()
		birch := w.add("birch", wire.RoleParticipant).join()
		w.run(2 * time.Second)
		w.add("cedar", wire.RoleParticipant).join()
		w.run(2 * time.Second)
		birch.do(Leave{})
		w.run(rotateEvery + 10*time.Second)
		if aspen.phase() != PhaseRefused || len(aspen.open) != 0 || aspen.seal != nil {
			t.Errorf("after %d bytes of randomness: phase %v, %d keys", n, aspen.phase(), len(aspen.open))
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	w := newWorld(t)
	good := w.add("aspen", wire.RoleHost).core.cfg
	for name, change := range map[string]func(*Config){
		"no participant id": func(c *Config) { c.Self = wire.ParticipantID{} },
		"no randomness":     func(c *Config) { c.Rand = nil },
		"no hub key":        func(c *Config) { c.HubKey = nil },
		"no identity key":   func(c *Config) { c.IdentityKey = make([]byte, 65) },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A browser runs the same code.
func TestBuildsForTheBrowser(t *testing.T) {
	cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "core.a"), ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

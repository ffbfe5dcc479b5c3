package meeting

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// world runs several Cores over a deterministic network in virtual time.
type world struct {
	t        testing.TB
	now      time.Time
	hub      ed25519.PrivateKey
	meeting  wire.MeetingID
	instance wire.InstanceID
	nodes    []*node
	wire     []packet
	delay    time.Duration
	log      strings.Builder // transcript
	logTime  time.Time
	// tamper sees every packet before delivery; it may change it, or return false to lose it.
	tamper func(p *packet) bool
	sent   map[wire.Kind]int
	bytes  int
}

type packet struct {
	due      time.Time
	from, to *node
	data     []byte
}

// node is one participant and what its daemon would hold.
type node struct {
	w         *world
	name      string
	core      *Core
	identity  *ecdsa.PrivateKey
	id        wire.ParticipantID
	connected bool
	open      map[uint64]*EpochKey
	seal      *EpochKey
	sealedAt  time.Time
	everHeld  []uint64
	everKeys  [][32]byte // their commitments
	events    []Event
	dropped   int
	signLater bool
	pending   []SignRequest
}

func newWorld(t testing.TB) *world {
	t.Helper()
	seed := sha256.Sum256([]byte("hub of the test"))
	start := time.Date(2030, 1, 2, 10, 0, 0, 0, time.UTC)
	return &world{
		t: t, now: start, logTime: start, hub: ed25519.NewKeyFromSeed(seed[:]), meeting: wire.MeetingID{1}, instance: wire.InstanceID{2},
		delay: 5 * time.Millisecond, sent: make(map[wire.Kind]int),
	}
}

func testIdentity(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte("identity of " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testRand(name string) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256([]byte("rand of " + name)))
}

// nodeOption changes a participant before it starts.
type nodeOption func(*Config, *wire.Statement)

// add makes a participant that has not started. A name like "aspen#2" is the second session of aspen's device.
func (w *world) add(name string, role wire.Role, opts ...nodeOption) *node {
	w.t.Helper()
	device, _, _ := strings.Cut(name, "#")
	n := &node{w: w, name: name, identity: testIdentity(w.t, device), open: make(map[uint64]*EpochKey)}
	pub, err := n.identity.PublicKey.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("participant " + name))
	copy(n.id[:], sum[:])
	s := wire.Statement{
		Meeting: w.meeting, Instance: w.instance, IdentityKey: pub, Role: role, Name: device, Organisation: true,
		NotBefore: w.now.Add(-time.Minute), NotAfter: w.now.Add(time.Hour),
	}
	deviceSum := sha256.Sum256([]byte("device " + device))
	cfg := Config{
		Meeting: w.meeting, Instance: w.instance, Self: n.id, Device: wire.DeviceID(deviceSum[:16]), IdentityKey: pub,
		HubKey: w.hub.Public().(ed25519.PublicKey), Rand: testRand(name),
	}
	for _, o := range opts {
		o(&cfg, &s)
	}
	if cfg.Statement == nil {
		if cfg.Statement, err = wire.SignStatement(w.hub, s); err != nil {
			w.t.Fatal(err)
		}
	}
	n.id = cfg.Self
	if n.core, err = New(cfg); err != nil {
		w.t.Fatal(err)
	}
	w.nodes = append(w.nodes, n)
	return n
}

// join starts a participant and brings it onto the relay.
func (n *node) join() *node {
	n.w.note("%s starts", n.name)
	n.take(n.core.Start(n.w.now))
	n.connect()
	return n
}

// connect brings the participant's transport up, and tells it and the others who is there.
func (n *node) connect() {
	n.w.note("%s connects", n.name)
	n.connected = true
	n.take(n.core.Connected(n.w.now))
	var there []wire.ParticipantID
	for _, o := range n.w.nodes {
		if o != n && o.connected {
			there = append(there, o.id)
			o.take(o.core.Present(n.w.now, []wire.ParticipantID{n.id}))
		}
	}
	n.take(n.core.Present(n.w.now, there))
}

// disconnect takes the transport down without the relay telling the others.
func (n *node) disconnect() {
	n.w.note("%s loses its transport", n.name)
	n.connected = false
	n.take(n.core.Disconnected(n.w.now))
}

// vanish is a crash that the relay reports, or does not.
func (n *node) vanish(reported bool) {
	n.w.note("%s crashes", n.name)
	n.connected = false
	n.core = nil
	if reported {
		n.w.reportGone(n)
	}
}

func (w *world) reportGone(n *node) {
	w.note("the relay reports %s gone", n.name)
	for _, o := range w.nodes {
		if o != n && o.connected {
			o.take(o.core.Gone(w.now, n.id))
		}
	}
}

func (n *node) do(c Command) {
	n.w.note("%s: %T", n.name, c)
	n.take(n.core.Do(n.w.now, c))
}

// take carries out an Output.
func (n *node) take(out Output) {
	for _, r := range out.Sign {
		if n.signLater {
			n.pending = append(n.pending, r)
			continue
		}
		n.sign(r)
	}
	for _, k := range out.Open {
		n.open[k.Epoch()] = k
		n.everHeld = append(n.everHeld, k.Epoch())
		n.everKeys = append(n.everKeys, k.Commitment())
	}
	if out.Seal != nil {
		n.w.note("  %s sends with epoch %d%s", n.name, out.Seal.Epoch(), map[bool]string{true: ", new receivers"}[out.NewReceivers])
		n.seal, n.sealedAt = out.Seal, n.w.now
	}
	for _, e := range out.Forget {
		delete(n.open, e)
		if n.seal != nil && n.seal.Epoch() == e {
			n.seal = nil
		}
	}
	for _, s := range out.Send {
		n.w.post(n, s)
	}
	for _, e := range out.Events {
		if d, ok := e.(Dropped); ok {
			n.dropped++
			n.w.note("  %s drops %v: %v", n.name, d.Kind, d.Err)
		} else {
			n.w.note("  %s: %s", n.name, n.w.eventText(e))
		}
		n.events = append(n.events, e)
	}
}

func (n *node) sign(r SignRequest) {
	sig, err := n.identity.Sign(nil, r.Digest[:], cryptoSHA256) // deterministic (RFC 6979)
	if err != nil {
		n.w.t.Fatal(err)
	}
	n.take(n.core.Signed(n.w.now, r.ID, sig))
}

func (w *world) post(from *node, s Outgoing) {
	kind := wire.PeekKind(s.Data)
	w.sent[kind]++
	w.bytes += len(s.Data)
	to := "all"
	if s.To != (wire.ParticipantID{}) {
		to = w.nameOf(s.To)
	}
	w.note("  %s -> %s: %s", from.name, to, messageText(s.Data))
	for _, o := range w.nodes {
		if o != from && (to == "all" || o.id == s.To) {
			w.wire = append(w.wire, packet{due: w.now.Add(w.delay), from: from, to: o, data: s.Data})
		}
	}
}

// run lets virtual time pass.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for steps := 0; ; steps++ {
		if steps > 1_000_000 {
			w.t.Fatalf("no end of it:\n%s", w.tail())
		}
		at, what := end, func() {}
		found := false
		if len(w.wire) > 0 && !w.wire[0].due.After(end) { // packets are in the order of their time
			at, what, found = w.wire[0].due, w.deliver, true
		}
		for _, n := range w.nodes {
			if n.core == nil {
				continue
			}
			if next := n.core.Next(); !next.IsZero() && (next.Before(at) || !found && !next.After(end)) {
				at, what, found = next, func() { n.take(n.core.Tick(w.now)) }, true
			}
		}
		w.now = maxTime(w.now, at)
		if !found {
			return
		}
		what()
	}
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (w *world) deliver() {
	p := w.wire[0]
	w.wire = w.wire[1:]
	if !p.to.connected || p.to.core == nil || w.tamper != nil && !w.tamper(&p) {
		return
	}
	p.to.take(p.to.core.Step(w.now, p.from.id, p.data))
}

// inject delivers bytes to a participant at once, as if another had sent them.
func (w *world) inject(from, to *node, data []byte) {
	to.take(to.core.Step(w.now, from.id, bytes.Clone(data)))
}

func (w *world) nameOf(id wire.ParticipantID) string {
	for _, n := range w.nodes {
		if n.id == id {
			return n.name
		}
	}
	return "nobody"
}

// note writes a line of the transcript, with the time since the line before.
func (w *world) note(format string, args ...any) {
	if d := w.now.Sub(w.logTime); d > 0 {
		fmt.Fprintf(&w.log, "+%v\n", d)
		w.logTime = w.now
	}
	fmt.Fprintf(&w.log, format+"\n", args...)
}

func messageText(data []byte) string {
	m, err := wire.Parse(data)
	if err != nil {
		return err.Error()
	}
	switch b := m.Body.(type) {
	case *wire.Welcome:
		return fmt.Sprintf("welcome, list %d, %d bytes", b.ListVersion, len(data))
	case *wire.KeyBox:
		return fmt.Sprintf("key-box, epoch %d, list %d, removal %v, %d bytes", b.Epoch, b.ListVersion, b.Removal, len(data))
	case *wire.KeyAck:
		return fmt.Sprintf("key-ack, epoch %d", b.Epoch)
	case *wire.Heartbeat:
		return fmt.Sprintf("heartbeat %d, list %d, epoch %d, settled %v", b.Counter, b.ListVersion, b.Epoch, b.Settled)
	case *wire.Links:
		var parts []string
		for _, raw := range b.Links {
			parts = append(parts, linkText(raw))
		}
		return "links " + strings.Join(parts, "; ")
	case *wire.LinkRequest:
		return fmt.Sprintf("link-request after %d%s", b.After, map[bool]string{true: ", give way"}[b.GiveWay])
	case *wire.HostRequest:
		return fmt.Sprintf("host-request: %v", b.Action)
	case *wire.Leave:
		return "leave" + [...]string{"", ", yields", ", hands over", ", ends"}[b.Mode]
	}
	return m.Body.Kind().String()
}

func linkText(raw []byte) string {
	k, err := wire.ParseLink(raw)
	if err != nil {
		return err.Error()
	}
	out := fmt.Sprintf("%d:", k.Version)
	for _, c := range k.Changes {
		switch c.Type {
		case wire.ChangeAdd:
			out += fmt.Sprintf(" add %d", c.Index)
		case wire.ChangeRemove:
			out += fmt.Sprintf(" remove %d (%v)", c.Index, c.Cause)
		case wire.ChangeLeader:
			out += fmt.Sprintf(" leader %d (%v)", c.Index, c.Cause)
		case wire.ChangeLock:
			out += fmt.Sprintf(" lock by %d", c.Index)
		case wire.ChangeUnlock:
			out += fmt.Sprintf(" unlock by %d", c.Index)
		case wire.ChangeSnapshot:
			out += fmt.Sprintf(" snapshot of %d", c.Index)
		case wire.ChangeEnhanced:
			out += " enhanced"
		case wire.ChangeUpgrade:
			out += fmt.Sprintf(" upgrade by %d", c.Index)
		}
	}
	return out
}

func (w *world) eventText(e Event) string {
	switch e := e.(type) {
	case MemberJoined:
		return e.Member.Name + " joined"
	case MemberLeft:
		return e.Member.Name + " left"
	case MemberRemoved:
		return e.Member.Name + " was removed"
	case LeaderChanged:
		return fmt.Sprintf("leader %s -> %s", w.nameOf(e.Old), w.nameOf(e.New))
	case Refused:
		return "refused: " + string(e.Reason.Code)
	case Removed:
		return "off the list: " + string(e.Reason.Code)
	case ChatReceived:
		return fmt.Sprintf("%s writes %q", e.From.Name, e.Text)
	case HandChanged:
		return e.Member.Name + map[bool]string{true: " raises the hand", false: " takes the hand down"}[e.Member.Hand]
	case Reacted:
		return e.From.Name + " reacts with " + e.Reaction
	case MuteAsked:
		return "asked to mute by " + e.By.Name
	case CodeCompared:
		return e.Member.Name + map[Comparison]string{NotCompared: " takes the comparison back", Matches: " says that the code matches", Differs: " says that the code differs"}[e.Member.Compared]
	case CommandRefused:
		return "command refused: " + string(e.Reason.Code)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T %+v", e, e), "meeting.")
}

// Checks.

func (w *world) mustBeIn(nodes ...*node) {
	w.t.Helper()
	first := nodes[0].core.View()
	for _, n := range nodes {
		v := n.core.View()
		if v.Phase != PhaseIn || len(v.Members) != len(nodes) {
			w.t.Fatalf("%s: phase %v with %d members, want in with %d\n%s", n.name, v.Phase, len(v.Members), len(nodes), w.tail())
		}
		if len(v.Code.Groups()) != 8 || v.Code != first.Code || v.Leader != first.Leader {
			w.t.Fatalf("%s: code %q of %s, %s has %q\n%s", n.name, v.Code, w.nameOf(v.Leader), nodes[0].name, first.Code, w.tail())
		}
	}
}

// mustOpenEachOther checks that everybody sends, and that everybody else opens it with the same key.
func (w *world) mustOpenEachOther(nodes ...*node) {
	w.t.Helper()
	for _, a := range nodes {
		if a.seal == nil {
			w.t.Fatalf("%s does not send\n%s", a.name, w.tail())
		}
		index, ok := a.core.myIndex()
		if !ok {
			w.t.Fatalf("%s is not in its own list", a.name)
		}
		kid, key, ok := a.seal.Media(index, 2)
		if !ok {
			w.t.Fatalf("%s has no media key", a.name)
		}
		for _, b := range nodes {
			if got := b.mediaKey(kid); !bytes.Equal(got, key) {
				w.t.Fatalf("%s does not open what %s sends with epoch %d\n%s", b.name, a.name, a.seal.Epoch(), w.tail())
			}
		}
	}
}

// mediaKey returns the key for a key id among the epochs that media open with.
func (n *node) mediaKey(kid uint64) []byte {
	low, index, stream := SplitKeyID(kid)
	for e, k := range n.open {
		if uint8(e) == low {
			if _, key, ok := k.Media(index, stream); ok {
				return key
			}
		}
	}
	return nil
}

func (w *world) tail() string {
	lines := strings.Split(w.log.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

func has[E Event](n *node) bool { return count[E](n) > 0 }

func count[E Event](n *node) (c int) {
	for _, e := range n.events {
		if _, ok := e.(E); ok {
			c++
		}
	}
	return c
}

// rotateNow makes a new epoch as the timer would.
func (c *Core) rotateNow(w *world, n *node) {
	c.begin(w.now)
	c.rotate()
	n.take(c.end())
}

func lastDropped(n *node) *Dropped {
	for _, e := range slices.Backward(n.events) {
		if d, ok := e.(Dropped); ok {
			return &d
		}
	}
	return nil
}

func testHubKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

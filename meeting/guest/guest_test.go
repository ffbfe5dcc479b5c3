package guest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	"greenroom/meeting"
	"greenroom/meeting/directory/request"
	"greenroom/meeting/wire"
)

var start = time.UnixMilli(1_800_000_000_000)

// browserKey signs as WebCrypto does: it hashes by itself, and puts r and s side by side.
type browserKey struct {
	t   *testing.T
	key *ecdsa.PrivateKey
}

func newBrowserKey(t *testing.T) browserKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return browserKey{t, key}
}

func (b browserKey) public() []byte {
	raw, err := b.key.PublicKey.Bytes()
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

func (b browserKey) sign(input []byte) []byte {
	digest := sha256.Sum256(input)
	r, s, err := ecdsa.Sign(rand.Reader, b.key, digest[:])
	if err != nil {
		b.t.Fatal(err)
	}
	raw := make([]byte, rawSize)
	r.FillBytes(raw[:rawSize/2])
	s.FillBytes(raw[rawSize/2:])
	return raw
}

func TestRequestsAreSignedAsTheHubWants(t *testing.T) {
	key, g := newBrowserKey(t), New()
	if _, err := g.Authorize(start, "POST", "/v1/guests/join", nil); err == nil {
		t.Error("signed without a mandate")
	}
	input, err := g.RequestKey(key.public(), start)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Mandate(newBrowserKey(t).sign(input)); err == nil {
		t.Error("took a mandate by another key")
	}
	if err := g.Mandate(key.sign(input)); err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"number":"123456789"}`)
	header, err := g.Authorize(start, "POST", "/v1/guests/join", body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := request.Parse(header)
	if err != nil || !a.Verify("POST", "/v1/guests/join", body) || a.Verify("POST", "/v1/guests/join", nil) || !a.Covers(start) {
		t.Errorf("the header does not hold: %v", err)
	}
}

// TestTwoMeet: two guests, the one as host, meet over a perfect network: same digits, and the one's keys are the other's.
func TestTwoMeet(t *testing.T) {
	hubKey, hubPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	net := &network{t: t, hub: hubPrivate, public: hubKey}
	host := net.join("Aspen", wire.RoleHost, true)
	guest := net.join("Mika", wire.RoleParticipant, true)
	for range 60 {
		net.tick()
	}
	for _, p := range []*party{host, guest} {
		if v := p.last.View; v.Phase != "in" || v.Encryption != "e2ee" || len(v.Members) != 2 || len(v.Digits) != 40 || v.Digits != host.last.View.Digits {
			t.Errorf("%s sees %+v", p.name, v)
		}
	}
	epoch := host.last.View.SealEpoch
	kid, base, id, ok := host.g.Media(epoch, 1, 2)
	gotKid, got, gotID, gotOK := guest.g.Media(epoch, 1, 2)
	if !ok || !gotOK || kid != gotKid || string(base) != string(got) || id != gotID || id != guest.id {
		t.Errorf("keys of epoch %d: %d %v %s, %d %v %s", epoch, kid, ok, id, gotKid, gotOK, gotID)
	}
	if _, _, _, ok := guest.g.Media(epoch, 7, 2); ok {
		t.Error("a key of somebody who is not in the list")
	}
	net.carry(guest, must(t)(guest.g.Compare(net.now, true, guest.last.View.Digits)))
	if m := host.last.View.Members[1]; m.Compared != "match" {
		t.Errorf("the host was not told that the code matches: %+v", m)
	}
	net.carry(guest, must(t)(guest.g.Leave(net.now)))
	if _, _, _, ok := guest.g.Media(epoch, 0, 2); ok {
		t.Error("a key was there after leaving")
	}
	for range 20 {
		net.tick()
	}
	if v := host.last.View; v.SealEpoch <= epoch || len(v.Members) != 1 {
		t.Errorf("after the guest left: %+v", v)
	}
}

func must(t *testing.T) func(Output, error) Output {
	return func(o Output, err error) Output {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
}

// network delivers everything at once and in order.
type network struct {
	t       *testing.T
	hub     ed25519.PrivateKey
	public  ed25519.PublicKey
	now     time.Time
	parties []*party
}

type party struct {
	name, id string
	key      browserKey
	g        *Guest
	last     Output
}

func (n *network) join(name string, role wire.Role, organisation bool) *party {
	if n.now.IsZero() {
		n.now = start
	}
	p := &party{name: name, key: newBrowserKey(n.t), g: New()}
	var id wire.ParticipantID
	_, _ = rand.Read(id[:])
	p.id = id.String()
	statement, err := wire.SignStatement(n.hub, wire.Statement{
		IdentityKey: p.key.public(), Role: role, Name: name, Organisation: organisation,
		NotBefore: n.now.Add(-time.Hour), NotAfter: n.now.Add(time.Hour),
	})
	if err != nil {
		n.t.Fatal(err)
	}
	zero := wire.MeetingID{}.String()
	n.carry(p, must(n.t)(p.g.Begin(n.now, Ticket{
		Meeting: zero, Instance: zero, Participant: p.id, Device: p.id,
		IdentityKey: p.key.public(), Statement: statement, HubKey: n.public,
	})))
	n.carry(p, must(n.t)(p.g.Connected(n.now)))
	var others []string
	for _, q := range n.parties {
		others = append(others, q.id)
		n.carry(q, must(n.t)(q.g.Present(n.now, []string{p.id})))
	}
	n.parties = append(n.parties, p)
	n.carry(p, must(n.t)(p.g.Present(n.now, others)))
	return p
}

func (n *network) carry(p *party, o Output) {
	p.last = o
	for _, s := range o.Sign {
		n.carry(p, must(n.t)(p.g.Signed(n.now, s.ID, p.key.sign(s.Input))))
	}
	for _, m := range o.Send {
		for _, q := range n.parties {
			if q != p && (m.To == "" || m.To == q.id) {
				n.carry(q, must(n.t)(q.g.Received(n.now, p.id, append([]byte(nil), m.Data...))))
			}
		}
	}
}

func (n *network) tick() {
	n.now = n.now.Add(100 * time.Millisecond)
	for _, p := range n.parties {
		if next := p.last.Next; !next.IsZero() && !n.now.Before(next) {
			n.carry(p, must(n.t)(p.g.Tick(n.now)))
		}
	}
}

// comparison has a word for each of the core's.
func TestComparisonNeverTakesTheUnknownForAMatch(t *testing.T) {
	if got := comparison(meeting.Comparison(99)); got != "mismatch" {
		t.Errorf("%q", got)
	}
}

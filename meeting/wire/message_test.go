package wire

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
)

func testEntry(t testing.TB) Entry {
	t.Helper()
	raw, err := SignStatement(testHub(), testStatement(t))
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{Signature: bytes.Repeat([]byte{5}, 70), Statement: raw, Attestations: []byte{1, 2}}
	e.Announcement = Announcement{Meeting: MeetingID{1}, Instance: InstanceID{2}, Participant: ParticipantID{3}, Device: DeviceID{4}, Time: 99}
	copy(e.Announcement.IdentityKey[:], testStatement(t).IdentityKey)
	return e
}

func testLink(t testing.TB) Link {
	t.Helper()
	e := testEntry(t)
	l, err := SignLink(testHub(), Link{
		Instance: InstanceID{2}, Leader: ParticipantID{3}, Version: 7, Previous: [32]byte{8}, Time: 9,
		Changes: []Change{
			{Type: ChangeAdd, Index: 1, Entry: &e},
			{Type: ChangeRemove, Index: 0, Cause: CauseGone},
			{Type: ChangeLeader, Index: 1, Cause: CauseLeft, Evidence: []byte("evidence")},
			{Type: ChangeLock, Index: 1},
			{Type: ChangeSnapshot, Index: 2, Snapshot: &Snapshot{Leader: 1, Takeovers: 2, Locked: true, RosterVersion: 7, Pages: [][32]byte{{1}, {2}}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func testBodies(t testing.TB) []Body {
	t.Helper()
	e, l := testEntry(t), testLink(t)
	return []Body{
		&Announce{Entry: e, EncryptionKey: make([]byte, EncryptionKeySize), Nonce: [NonceSize]byte{1}, Newcomer: true},
		&Welcome{To: ParticipantID{1}, ToHash: [32]byte{2}, Leader: e, Encapsulation: make([]byte, EncapsulationSize), ListVersion: 3, ListHash: [32]byte{4}},
		&KeyBox{Epoch: 1, ListVersion: 2, ListHash: [32]byte{3}, Removal: true, Nonce: [NonceSize]byte{4}, BoxNonce: [BoxNonceSize]byte{5}, Box: [BoxSize]byte{6}},
		&KeyAck{Epoch: 1, MAC: [32]byte{2}},
		&KeyRequest{Have: 1, Nonce: [NonceSize]byte{2}},
		&Links{Links: [][]byte{l.Raw(), {1}}},
		&LinkRequest{After: 1, GiveWay: true},
		&Heartbeat{Counter: 1, Previous: [32]byte{2}, ListVersion: 3, ListHash: [32]byte{4}, Epoch: 5, Commitment: [32]byte{6}, Settled: true, Followers: 7, Takeovers: 8, Clock: 9},
		&Nonce{Nonce: [NonceSize]byte{1}},
		&Leave{Next: ParticipantID{1}, Mode: LeaveYields, ListVersion: 4, ListHash: [32]byte{2}},
		&HostRequest{Heartbeat: [32]byte{1}, Action: ActionLock, Target: ParticipantID{3}},
		&Sealed{Epoch: 1, Nonce: [BoxNonceSize]byte{2}, Box: make([]byte, SealedOverhead+1)},
		&Page{Version: 7, Number: 2, Records: []byte{1}},
		&Refusal{To: ParticipantID{1}, ToHash: [32]byte{2}, Leader: e, Code: 3},
	}
}

func marshalBody(t testing.TB, b Body, sequence uint64, key ed25519.PrivateKey) []byte {
	t.Helper()
	m := Message{Instance: InstanceID{2}, Sender: ParticipantID{3}, Sequence: sequence, Body: b}
	raw, err := Marshal(m)
	if b.label() != "" {
		raw, err = Sign(key, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestMessagesRoundTrip(t *testing.T) {
	hub := testHub()
	for _, body := range testBodies(t) {
		raw := marshalBody(t, body, 11, hub)
		m, err := Parse(raw)
		if err != nil {
			t.Errorf("%v: %v", body.Kind(), err)
			continue
		}
		if again := marshalBody(t, m.Body, m.Sequence, hub); !bytes.Equal(again, raw) {
			t.Errorf("%v: parse and marshal are not inverse", body.Kind())
		}
		if signed := body.label() != ""; m.Verify(hub.Public().(ed25519.PublicKey)) != signed {
			t.Errorf("%v: verified %v", body.Kind(), !signed)
		}
		for n := range raw {
			if _, err := Parse(raw[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("%v cut at %d: %v", body.Kind(), n, err)
			}
		}
		if _, err := Parse(append(bytes.Clone(raw), 0)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%v with a byte more: %v", body.Kind(), err)
		}
	}
	kinds := 0
	for k := range Kinds {
		if newBody(Kind(k)) != nil {
			kinds++
		}
	}
	if len(testBodies(t)) != kinds {
		t.Error("a kind is not tested")
	}
}

func TestEverySignedByteCounts(t *testing.T) {
	hub := testHub()
	for _, body := range testBodies(t) {
		if body.label() == "" {
			continue
		}
		raw := marshalBody(t, body, 11, hub)
		for i := range raw {
			bad := bytes.Clone(raw)
			bad[i] ^= 1
			if m, err := Parse(bad); err == nil && m.Verify(hub.Public().(ed25519.PublicKey)) {
				t.Errorf("%v: byte %d is not signed", body.Kind(), i)
			}
		}
	}
}

func TestLabelsNeverRepeat(t *testing.T) {
	seen := map[Label]bool{LabelStatement: true, LabelAnnouncement: true, LabelLink: true, LabelKeyBox: true}
	for _, body := range testBodies(t) {
		if l := body.label(); l != "" && seen[l] {
			t.Errorf("%v shares the label %q", body.Kind(), l)
		}
		seen[body.label()] = true
	}
}

func TestUnknownKindsAreToldApart(t *testing.T) {
	raw := marshalBody(t, &KeyAck{}, 0, nil)
	raw[1] = 200
	if _, err := Parse(raw); !errors.Is(err, ErrUnknownKind) {
		t.Error(err)
	}
	raw[0] = 2
	if _, err := Parse(raw); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestMessageSizes(t *testing.T) {
	// SPEC.md, section 5, names these.
	for kind, want := range map[Kind]int{KindKeyBox: 243, KindHeartbeat: 244, KindKeyAck: 74, KindNonce: 130, KindLeave: 163, KindHostRequest: 155} {
		for _, body := range testBodies(t) {
			if body.Kind() == kind {
				if got := len(marshalBody(t, body, 1, testHub())); got != want {
					t.Errorf("%v has %d bytes, SPEC.md says %d", kind, got, want)
				}
			}
		}
	}
	big := &Links{Links: [][]byte{make([]byte, MaxLinkSize), make([]byte, MaxLinkSize)}}
	if _, err := Marshal(Message{Body: big}); err == nil {
		t.Error("a message over the limit was marshalled")
	}
	if _, err := Marshal(Message{Body: &Links{Links: [][]byte{make([]byte, MaxLinkSize)}}}); err != nil {
		t.Errorf("the longest link does not fit into a message: %v", err)
	}
}

func TestIDsRoundTrip(t *testing.T) {
	id := ParticipantID{0xab, 1}
	if got, err := ParseParticipantID(id.String()); err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "ab", id.String() + "00", "AB" + id.String()[2:], "zz" + id.String()[2:]} {
		if _, err := ParseParticipantID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

package meeting

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"greenroom/meeting/wire"
)

func testEpochKey(epoch uint64, keyByte byte) *EpochKey {
	roster := []*person{
		{index: 0, entry: &wire.Entry{}, hash: [32]byte{1}}, nil, {index: 2, entry: &wire.Entry{}, hash: [32]byte{2}},
	}
	roster[2].entry.Announcement.Participant = wire.ParticipantID{2}
	return newEpochKey(bytes.Repeat([]byte{keyByte}, meetingKeySize), epoch, [32]byte{3}, wire.InstanceID{4}, roster)
}

func TestMediaKeysDifferPerStreamSenderAndEpoch(t *testing.T) {
	seen := make(map[string]string)
	for _, k := range []*EpochKey{testEpochKey(1, 7), testEpochKey(2, 7), testEpochKey(3, 8)} {
		for _, index := range []uint32{0, 2} {
			for stream := uint8(1); stream <= 15; stream++ {
				kid, base, ok := k.Media(index, stream)
				if !ok || len(base) != 32 || kid != KeyID(k.Epoch(), index, stream) {
					t.Fatalf("epoch %d, index %d, stream %d: %d bytes, %v", k.Epoch(), index, stream, len(base), ok)
				}
				where := hex.EncodeToString([]byte{byte(k.Epoch()), byte(index), stream})
				if other := seen[string(base)]; other != "" {
					t.Errorf("%s and %s have the same key", other, where)
				}
				seen[string(base)] = where
			}
		}
	}
	k := testEpochKey(1, 7)
	for _, bad := range []struct {
		index  uint32
		stream uint8
	}{{1, 1}, {3, 1}, {1<<32 - 1, 1}, {0, 0}, {0, 16}} {
		if _, _, ok := k.Media(bad.index, bad.stream); ok {
			t.Errorf("a key for %+v", bad)
		}
	}
	k.Erase()
	if _, _, ok := k.Media(0, 1); ok {
		t.Error("a key after Erase")
	}
}

// The figures are this project's own; they keep the derivations from changing unnoticed.
func TestDerivationsAreFixed(t *testing.T) {
	k := testEpochKey(258, 7)
	_, base, _ := k.Media(2, 3)
	mac, _ := k.ackMAC(bytes.Repeat([]byte{9}, 32), wire.ParticipantID{2})
	c := k.Commitment()
	for _, f := range []struct{ what, got, want string }{
		{"media key", hex.EncodeToString(base), wantMediaKey},
		{"commitment", hex.EncodeToString(c[:]), wantCommitment},
		{"acknowledgement", hex.EncodeToString(mac[:]), wantAck},
		{"security code", strings.Join(codeOf(bytes.Repeat([]byte{4}, 65)).Groups(), " "), wantCode},
	} {
		if f.got != f.want {
			t.Errorf("%s: %s, want %s", f.what, f.got, f.want)
		}
	}
}

func TestCommitmentBindsEpochAndList(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	base := commitment(key, wire.InstanceID{1}, 1, [32]byte{1})
	for _, other := range [][32]byte{
		commitment(key, wire.InstanceID{2}, 1, [32]byte{1}), commitment(key, wire.InstanceID{1}, 2, [32]byte{1}),
		commitment(key, wire.InstanceID{1}, 1, [32]byte{2}), commitment(bytes.Repeat([]byte{8}, 32), wire.InstanceID{1}, 1, [32]byte{1}),
	} {
		if other == base {
			t.Error("the same commitment")
		}
	}
}

func TestKeyIDRoundTrip(t *testing.T) {
	for _, epoch := range []uint64{0, 1, 255, 256, 1 << 40} {
		for _, index := range []uint32{0, 1, 999, 1<<32 - 1} {
			for stream := range uint8(16) {
				low, i, s := SplitKeyID(KeyID(epoch, index, stream))
				if low != uint8(epoch) || i != index || s != stream {
					t.Errorf("%d, %d, %d came back as %d, %d, %d", epoch, index, stream, low, i, s)
				}
			}
		}
	}
	if _, index, _ := SplitKeyID(1 << 60); index != 1<<32-1 {
		t.Errorf("index %d for a key id that is none", index)
	}
}

func TestPairwiseKeyBindsBothAnnouncements(t *testing.T) {
	w, aspen, birch := two(t)
	a, b := aspen.core.own, birch.core.own
	info := admissionInfo(w.instance, a.self.hash, b.self.hash)
	enc, key, err := encapsulate(b.encryptionPub, info)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decapsulate(b.encryption, enc, info); err != nil || !bytes.Equal(got, key) {
		t.Fatalf("%x, %v, want %x", got, err, key)
	}
	for _, other := range [][]byte{
		admissionInfo(wire.InstanceID{9}, a.self.hash, b.self.hash),
		admissionInfo(w.instance, b.self.hash, b.self.hash), admissionInfo(w.instance, a.self.hash, a.self.hash),
	} {
		if got, err := decapsulate(b.encryption, enc, other); err == nil && bytes.Equal(got, key) {
			t.Error("the same key under another info")
		}
	}
}

const (
	wantMediaKey   = "ac971286d2cdb6ad71ad7b5e6e5827f1bcf8e33be2c6b7a24b514ec8c95280d3"
	wantCommitment = "a4f440c6394b16d7be5598ef8b7b5859ecc14f84fc78821f41acdda4022c9f0e"
	wantAck        = "5f2e3c2c6f1c6788717da6551d7b3088f686e9643ce1e61df1905fc82e5bbf20"
	wantCode       = "89097 15798 17602 21160 03709 25775 16424 79636"
)

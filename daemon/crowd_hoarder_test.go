package daemon

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"greenroom/daemon/mailbox"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/media/sframe"
	"greenroom/meeting"
	"greenroom/meeting/wire"
)

// hoarder is a member that keeps every key it was ever given, stays with the relay after it was removed, and goes on
// trying to open what comes.
type hoarder struct {
	id     wire.ParticipantID
	relay  *relay.Client
	core   *meeting.Core
	key    *ecdsa.PrivateKey
	todo   *mailbox.Mailbox[func(time.Time) meeting.Output]
	wake   chan struct{}
	opener *sframe.Receiver

	mu       sync.Mutex
	loot     map[uint64]loot
	received map[string]time.Time // when the newest frame of a participant arrived
	opened   time.Time            // when the newest frame that opened was sent
	phase    meeting.Phase
	spoke    map[string]time.Time // when a participant last said farewell
}

// loot is the key of one stream in one epoch.
type loot struct {
	base       []byte
	commitment [32]byte
}

func newHoarder(p pass) (*hoarder, error) {
	h := &hoarder{
		id: p.Ticket.Participant, todo: mailbox.New[func(time.Time) meeting.Output](4096), wake: make(chan struct{}, 1),
		opener: sframe.NewReceiver(), loot: map[uint64]loot{}, received: map[string]time.Time{}, spoke: map[string]time.Time{},
	}
	var err error
	if h.key, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), p.Key); err != nil {
		return nil, err
	}
	public, err := h.key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	h.core, err = meeting.New(meeting.Config{
		Meeting: p.Ticket.Meeting, Instance: p.Ticket.Instance, Self: h.id, Device: wire.DeviceID(h.id),
		IdentityKey: public, Statement: p.Ticket.Statement, HubKey: p.Ticket.HubKey, Rand: rand.Reader,
	})
	h.relay = relay.New(relay.Config{
		URL: p.Ticket.RelayURL, Handler: h, Log: slog.New(slog.DiscardHandler),
		Token: func(context.Context) (string, error) { return p.Token, nil },
	})
	return h, err
}

func (h *hoarder) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { _ = h.relay.Run(ctx) })
	defer wg.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	h.carryOut(h.core.Start(time.Now()))
	for {
		if next := h.core.Next(); !next.IsZero() {
			timer.Reset(max(0, time.Until(next)))
		}
		select {
		case <-ctx.Done():
			return
		case <-h.todo.Ready():
			for _, do := range h.todo.Take() {
				h.carryOut(do(time.Now()))
			}
		case <-timer.C:
			h.carryOut(h.core.Tick(time.Now()))
		}
	}
}

func (h *hoarder) carryOut(out meeting.Output) {
	for _, key := range out.Open {
		h.keep(key)
	}
	for _, m := range out.Send {
		var to []string
		if m.To != (wire.ParticipantID{}) {
			to = []string{m.To.String()}
		}
		_ = h.relay.Send(to, m.Data) // the protocol sends again what is lost
	}
	h.note(func() { h.phase = h.core.View().Phase })
	for _, r := range out.Sign {
		if signature, err := h.key.Sign(rand.Reader, r.Digest[:], crypto.SHA256); err == nil {
			h.carryOut(h.core.Signed(time.Now(), r.ID, signature))
		}
	}
}

// keep copies every media key of an epoch, for the core erases what it made them from.
func (h *hoarder) keep(key *meeting.EpochKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for index := range uint32(2 * crowdSize) {
		for _, s := range []media.Stream{media.Camera, media.Microphone} {
			if kid, base, ok := key.Media(index, uint8(s)); ok {
				h.loot[kid] = loot{base, key.Commitment()}
			}
		}
	}
}

func (h *hoarder) note(f func()) {
	h.mu.Lock()
	f()
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// await waits until ok holds. h.mu is held while it looks.
func (h *hoarder) await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(crowdPatience)
	for {
		h.mu.Lock()
		done := ok()
		h.mu.Unlock()
		if done {
			return
		}
		select {
		case <-h.wake:
		case <-deadline:
			t.Fatalf("the hoarder: %s did not come; phase %s", what, h.phase)
		}
	}
}

func (h *hoarder) do(f func(time.Time) meeting.Output) { h.todo.Put(f) }

func (h *hoarder) Connected(s relay.Session) {
	h.do(h.core.Connected)
	h.present(s.Participants...)
}

func (h *hoarder) present(people ...relay.Participant) {
	var ids []wire.ParticipantID
	for _, p := range people {
		if id, err := wire.ParseParticipantID(p.Identity); err == nil {
			ids = append(ids, id)
		}
	}
	h.do(func(now time.Time) meeting.Output { return h.core.Present(now, ids) })
}

func (h *hoarder) Disconnected(error, time.Duration)     { h.do(h.core.Disconnected) }
func (h *hoarder) ParticipantJoined(p relay.Participant) { h.present(p) }
func (h *hoarder) TrackPublished(string, media.Stream)   {}
func (h *hoarder) TrackGone(string, media.Stream)        {}
func (h *hoarder) TrackMuted(string, media.Stream, bool) {}
func (h *hoarder) KeyframeWanted(media.Stream)           {}

func (h *hoarder) ParticipantLeft(identity string) {
	if id, err := wire.ParseParticipantID(identity); err == nil {
		h.do(func(now time.Time) meeting.Output { return h.core.Gone(now, id) })
	}
}

func (h *hoarder) Data(from string, payload []byte) {
	id, err := wire.ParseParticipantID(from)
	if err != nil {
		return
	}
	if m, err := wire.Parse(payload); err == nil {
		if _, farewell := m.Body.(*wire.Leave); farewell {
			h.note(func() { h.spoke[from] = time.Now() })
		}
	}
	h.do(func(now time.Time) meeting.Output { return h.core.Step(now, id, payload) })
}

// Frame tries everything that was ever kept.
func (h *hoarder) Frame(from string, _ media.Stream, f media.Frame) {
	h.note(func() {
		h.received[from] = time.Now()
		if sent, ok := h.open(f); ok && sent.After(h.opened) {
			h.opened = sent
		}
	})
}

func (h *hoarder) open(f media.Frame) (sent time.Time, ok bool) {
	n := media.ClearLen(f.Codec, f.Data)
	kid, err := sframe.PeekKeyID(f.Data, n)
	key, held := h.loot[kid]
	if err != nil || !held {
		return time.Time{}, false
	}
	if !h.opener.Has(kid) {
		if err := h.opener.Add(kid, key.base); err != nil {
			return time.Time{}, false
		}
	}
	plain, err := h.opener.Open(nil, f.Data, n, key.commitment[:])
	if err != nil {
		return time.Time{}, false
	}
	f.Data, err = media.Join(f.Codec, plain, n)
	if err != nil {
		return time.Time{}, false
	}
	return sentAt(f)
}

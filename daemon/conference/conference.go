package conference

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/daemon/mailbox"
	"greenroom/daemon/tally"
	"greenroom/media"
	"greenroom/media/relay"
	"greenroom/meeting"
	"greenroom/meeting/directory"
	"greenroom/meeting/wire"
)

const (
	// inboxSize is how many protocol messages may wait for the core. What comes beyond it is dropped: the protocol
	// asks again, and a relay that floods must not take the memory.
	inboxSize = 256
	// controlSize bounds what the relay's hints and the room's commands may pile up to.
	controlSize = 4096
	// farewellTime is how long the last messages may take to get out.
	farewellTime = 500 * time.Millisecond
)

// ErrIdentity: the identity key did not sign, so nobody would let this room in.
var ErrIdentity = errors.New("the identity key did not sign")

// Config is what a conference needs. All fields but Selective and Tally are required.
type Config struct {
	Ticket directory.Ticket
	// Key is the room's identity key, and Public its public half, a 65-byte uncompressed P-256 point.
	Key    crypto.Signer
	Public []byte
	Device wire.DeviceID
	// Token returns a relay token that is valid now. It is asked at each full join of the relay.
	Token   func(context.Context) (string, error)
	Publish []relay.Publication
	// Selective receives only the pictures that Show names; else everything is received.
	Selective bool
	Observer  Observer
	// Tally counts what becomes of frames; nil: nobody does.
	Tally *tally.Tally
	Rand  io.Reader
	Now   func() time.Time
	Log   *slog.Logger
}

// Conference is one meeting in progress.
type Conference struct {
	cfg    Config
	relay  *relay.Client
	core   *meeting.Core
	sealer *sealer
	opener *opener
	tiles  *tiles
	gaps   *gaps

	mu    sync.Mutex
	muted map[media.Stream]bool // as the room wants it

	inbox   chan message
	control *mailbox.Mailbox[func(now time.Time) meeting.Output]
	signing chan meeting.SignRequest
	broken  chan error    // the identity key does not sign
	lost    atomic.Uint64 // protocol messages dropped because the inbox was full, or nobody's

	view meeting.View // as the observer knows it
	told bool
}

// message is a protocol message as it came from the relay.
type message struct {
	from string
	data []byte
}

// New prepares a conference. Run does the rest.
func New(cfg Config) (*Conference, error) {
	core, err := meeting.New(meeting.Config{
		Meeting:     cfg.Ticket.Meeting,
		Instance:    cfg.Ticket.Instance,
		Self:        cfg.Ticket.Participant,
		Device:      cfg.Device,
		IdentityKey: cfg.Public,
		Statement:   cfg.Ticket.Statement,
		HubKey:      cfg.Ticket.HubKey,
		Enhanced:    cfg.Ticket.Enhanced,
		Call:        cfg.Ticket.Kind == directory.KindCall,
		Rand:        cfg.Rand,
		// Who is of the organisation comes in at once; the hosts decide about everybody else.
		Admission: meeting.AdmitOrganisation,
	})
	if err != nil {
		return nil, fmt.Errorf("start the meeting core: %w", err)
	}
	c := &Conference{
		cfg:     cfg,
		core:    core,
		sealer:  newSealer(),
		opener:  newOpener(),
		tiles:   newTiles(cfg.Selective),
		gaps:    newGaps(),
		inbox:   make(chan message, inboxSize),
		control: mailbox.New[func(time.Time) meeting.Output](controlSize),
		signing: make(chan meeting.SignRequest, 4),
		broken:  make(chan error, 1),
		muted:   map[media.Stream]bool{},
	}
	for _, p := range cfg.Publish {
		c.muted[p.Stream] = p.Muted
	}
	c.relay = relay.New(relay.Config{
		URL:       cfg.Ticket.RelayURL,
		Token:     cfg.Token,
		Publish:   cfg.Publish,
		Selective: cfg.Selective,
		Handler:   handler{c},
		Log:       cfg.Log,
	})
	return c, nil
}

// Run takes part in the meeting until ctx ends, then says farewell, closes the relay connection and erases all keys. It
// returns nil when it was asked to end, and an error when the relay refused for good (*relay.RefusedError) or the
// identity key did not sign (ErrIdentity).
func (c *Conference) Run(ctx context.Context) error {
	// The parts outlive ctx for the farewell.
	parts, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var wg sync.WaitGroup
	relayed := make(chan error, 1)
	wg.Go(func() { relayed <- c.relay.Run(parts) })
	wg.Go(func() { c.sign(parts) })
	defer wg.Wait()
	defer stop()

	err := c.loop(ctx, relayed)
	c.sealer.use(nil, 0)
	c.farewell()
	c.opener.forgetAll()
	if lost := c.lost.Load() + c.control.Lost(); lost > 0 {
		c.cfg.Log.Warn("messages of the meeting were dropped unread", "count", lost)
	}
	return err
}

// farewell tells the others that this participant leaves, and erases the core's keys. What the core shows of itself
// from now on is nobody's business: the observer gave the meeting up, or is about to hear a better reason.
func (c *Conference) farewell() {
	for _, m := range c.core.Do(c.cfg.Now(), meeting.Leave{}).Send {
		c.send(m)
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
	defer cancel()
	c.relay.Drain(ctx)
}

func (c *Conference) loop(ctx context.Context, relayed <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	looks := time.NewTicker(tileLook)
	defer looks.Stop()

	c.carryOut(ctx, c.core.Start(c.cfg.Now()))
	for {
		if next := c.core.Next(); !next.IsZero() {
			timer.Reset(max(0, next.Sub(c.cfg.Now())))
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-relayed:
			return err
		case err := <-c.broken:
			return err
		case m := <-c.inbox:
			c.step(ctx, m)
		case <-c.control.Ready():
			c.takeControl(ctx)
		case <-timer.C:
			c.carryOut(ctx, c.core.Tick(c.cfg.Now()))
		case <-looks.C:
			for _, ch := range c.tiles.look(c.cfg.Now()) {
				c.cfg.Observer.TileHealth(ch.person, ch.stream, ch.reason)
			}
		}
	}
}

func (c *Conference) takeControl(ctx context.Context) {
	for _, do := range c.control.Take() {
		c.carryOut(ctx, do(c.cfg.Now()))
	}
}

func (c *Conference) step(ctx context.Context, m message) {
	c.takeControl(ctx) // the core hears of a connection before what came over it
	from, err := wire.ParseParticipantID(m.from)
	if err != nil {
		c.lost.Add(1) // from somebody who has no place in the meeting
		return
	}
	c.carryOut(ctx, c.core.Step(c.cfg.Now(), from, m.data))
}

// carryOut does what the core asks for: keys first, so that no message speaks of a key that is not in place.
func (c *Conference) carryOut(ctx context.Context, out meeting.Output) {
	for _, key := range out.Open {
		c.opener.install(key)
	}
	if out.Seal != nil {
		c.sealer.use(out.Seal, selfIndex(c.core.View()))
		if out.NewReceivers {
			c.cfg.Observer.KeyframeWanted(media.Camera)
			c.cfg.Observer.KeyframeWanted(media.Content)
		}
	}
	for _, epoch := range out.Forget {
		c.sealer.forget(epoch)
		c.opener.forget(epoch)
	}
	for _, r := range out.Sign {
		select {
		case c.signing <- r:
		case <-ctx.Done():
		}
	}
	for _, m := range out.Send {
		c.send(m)
	}
	c.tellView()
	for _, e := range out.Events {
		c.cfg.Observer.Event(e, c.view)
	}
}

func (c *Conference) send(m meeting.Outgoing) {
	var to []string
	if m.To != (wire.ParticipantID{}) {
		to = []string{m.To.String()}
	}
	// A message that does not get through is sent again by the protocol's own rules.
	if err := c.relay.Send(to, m.Data); err != nil {
		c.cfg.Log.Debug("a protocol message was not sent", "error", err)
	}
}

// tellView tells the observer what has become of the meeting, if it is something else than before.
func (c *Conference) tellView() {
	view := c.core.View()
	if c.told && same(view, c.view) {
		return
	}
	c.view, c.told = view, true
	c.cfg.Observer.Core(view)
}

// same reports whether two views show the same.
func same(a, b meeting.View) bool {
	return a.Phase == b.Phase && a.Reason == b.Reason && a.Leader == b.Leader && a.Code == b.Code &&
		a.Epoch == b.Epoch && a.SealEpoch == b.SealEpoch && a.ListVersion == b.ListVersion &&
		a.Compared == b.Compared && a.JoinedSince == b.JoinedSince && a.Quiet == b.Quiet &&
		a.Encryption == b.Encryption && a.Locked == b.Locked && a.Call == b.Call && a.Commands == b.Commands &&
		slices.EqualFunc(a.Members, b.Members, sameMember) && slices.EqualFunc(a.Waiting, b.Waiting, sameMember)
}

// sameMember compares what can change of somebody within one version of the list. The rest comes with the id.
func sameMember(a, b meeting.Member) bool {
	return a.ID == b.ID && a.Hand == b.Hand && a.Compared == b.Compared
}

// selfIndex returns this participant's roster index.
func selfIndex(v meeting.View) uint32 {
	for _, m := range v.Members {
		if m.ID == v.Self {
			return m.Index
		}
	}
	return 0
}

// sign answers the core's requests for identity signatures. A slow TPM holds up nothing but itself.
func (c *Conference) sign(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-c.signing:
			signature, err := c.cfg.Key.Sign(c.cfg.Rand, r.Digest[:], crypto.SHA256)
			if err != nil {
				c.broken <- fmt.Errorf("%w: %w", ErrIdentity, err)
				return
			}
			c.do(func(now time.Time) meeting.Output { return c.core.Signed(now, r.ID, signature) })
		}
	}
}

// do has the core's goroutine do something soon. It does not wait: the relay's goroutines must not.
func (c *Conference) do(f func(now time.Time) meeting.Output) {
	if !c.control.Put(f) {
		c.cfg.Log.Warn("the meeting core does not keep up; something was dropped")
	}
}

// Do gives the core a command, such as meeting.Compare.
func (c *Conference) Do(cmd meeting.Command) {
	c.do(func(now time.Time) meeting.Output { return c.core.Do(now, cmd) })
}

// Send seals one of the room's own frames and sends it. Frames that cannot be sealed yet are dropped: there is nobody
// who could open them. It is called by the sources' goroutines.
func (c *Conference) Send(stream media.Stream, f media.Frame) error {
	sealed, err := c.sealer.seal(stream, f)
	if errors.Is(err, errNoKey) {
		c.cfg.Tally.Add(stream, tally.Keyless)
		return nil
	}
	if err != nil {
		return err
	}
	c.cfg.Tally.Add(stream, tally.Sealed)
	f.Data = sealed
	return c.relay.WriteFrame(stream, f)
}

// SetMuted tells the relay and the others that a stream pauses or goes on.
func (c *Conference) SetMuted(stream media.Stream, muted bool) {
	c.mu.Lock()
	c.muted[stream] = muted
	c.mu.Unlock()
	c.relay.SetMuted(stream, muted)
}

// mutedByRelay undoes a mute that nobody in the room asked for: the panel would go on saying that the room is heard.
func (c *Conference) mutedByRelay(stream media.Stream) {
	c.mu.Lock()
	wanted := c.muted[stream]
	c.mu.Unlock()
	if !wanted {
		c.cfg.Log.Warn("the relay muted this room, which was undone", "stream", stream.String())
		c.relay.SetMuted(stream, false)
	}
}

// Show says which pictures are shown, and in which sizes: no others are received, where Selective is set.
func (c *Conference) Show(pictures []relay.Shown) {
	if c.cfg.Selective {
		c.tiles.show(pictures, c.cfg.Now())
	}
	c.relay.Show(pictures)
}

// Self returns who this room is in the conference, as the persons of an Observer are named.
func (c *Conference) Self() string { return c.cfg.Ticket.Participant.String() }

// Relayed returns what the connection to the relay has counted.
func (c *Conference) Relayed() relay.Counters { return c.relay.Counters() }

// RequestKeyframe asks a participant for a picture that needs no earlier one.
func (c *Conference) RequestKeyframe(person string, stream media.Stream) {
	c.relay.RequestKeyframe(person, stream)
}

// forget drops what is known of a stream, or with stream 0 of all streams of a person.
func (c *Conference) forget(id streamID) {
	c.tiles.gone(id)
	c.gaps.gone(id)
}

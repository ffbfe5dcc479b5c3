package relay

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"greenroom/media/relay/livekit"
)

const (
	// MaxData is the largest message that Send takes, in bytes. A data channel carries 65,535 with what is around it.
	MaxData = 60_000
	// maxBuffered is how many bytes may wait in the data channel.
	maxBuffered = 4 << 20
	// reliableLabel names LiveKit's reliable data channel; there is one on each peer connection.
	reliableLabel = "_reliable"
)

// Send sends a message reliably and in order to the participants with these identities, or to everybody without
// any. It never blocks. A message that is on its way when the connection breaks may be lost: who needs to know
// asks for an answer.
func (c *Client) Send(to []string, payload []byte) error {
	if len(payload) > MaxData {
		return ErrTooLarge
	}
	s := c.current()
	if s == nil || !s.isLive() {
		return ErrNotConnected
	}
	raw, err := proto.Marshal(&livekit.DataPacket{
		Kind: livekit.DataPacket_RELIABLE, DestinationIdentities: to, User: &livekit.UserPacket{Payload: payload},
	})
	if err != nil { // an identity that is not UTF-8
		return fmt.Errorf("send a message over the relay: %w", err)
	}
	if s.data.BufferedAmount() > maxBuffered {
		return ErrBusy
	}
	if err := s.data.Send(raw); err != nil {
		return fmt.Errorf("send a message over the relay: %w: %w", ErrNotConnected, err)
	}
	c.counters.dataSent.Add(1)
	return nil
}

// Drain waits until the relay has taken everything that Send was given, or ctx ends.
func (c *Client) Drain(ctx context.Context) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s := c.current(); s != nil && s.isLive() && s.data.BufferedAmount() > 0; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// received takes a message from the relay's data channel.
func (s *session) received(raw []byte) {
	if !s.awaitLive() {
		return
	}
	var p livekit.DataPacket
	if proto.Unmarshal(raw, &p) != nil {
		s.client.counters.dataMalformed.Add(1)
		return
	}
	if p.GetUser() == nil || p.GetParticipantIdentity() == "" {
		return // some other kind of message that we do not use
	}
	s.client.counters.dataReceived.Add(1)
	s.client.events.data(s, p.GetParticipantIdentity(), p.GetUser().GetPayload())
}

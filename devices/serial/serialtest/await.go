package serialtest

import (
	"context"
	"fmt"
	"slices"
)

// Simulator is a device at the other end of a port, which keeps what it was sent.
type Simulator interface {
	// Seen returns the packets that came, as hexadecimal bytes with spaces between them.
	Seen() []string
	// News returns a channel that is closed when another one comes.
	News() <-chan struct{}
}

// Await waits until a simulator was sent a packet.
func Await(ctx context.Context, s Simulator, packet string) error {
	for {
		news := s.News()
		if slices.Contains(s.Seen(), packet) {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("%s did not come; these did: %q", packet, s.Seen())
		}
	}
}

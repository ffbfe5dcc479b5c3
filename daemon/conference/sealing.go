package conference

import (
	"errors"
	"fmt"
	"sync"

	"greenroom/media"
	"greenroom/media/sframe"
	"greenroom/meeting"
)

// errNoKey: no epoch is certified for sending yet, or the meeting is over.
var errNoKey = errors.New("no key to send with")

// sealer seals the room's own frames with the epoch that the core certified for sending. Sources call it from their
// own goroutines, one a stream. All layers of a stream go through one sframe.Sender, which counts them together.
type sealer struct {
	mu      sync.Mutex
	index   uint32
	key     *meeting.EpochKey
	extra   [32]byte
	senders map[media.Stream]*sframe.Sender
	buffers map[media.Stream][]byte
	header  [64]byte
}

func newSealer() *sealer { return &sealer{buffers: map[media.Stream][]byte{}} }

// use makes all frames from now on be sealed with key, by the participant with the given roster index. Without a key
// nothing is sealed.
func (s *sealer) use(key *meeting.EpochKey, index uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.index, s.senders = key, index, map[media.Stream]*sframe.Sender{}
	if key != nil {
		s.extra = key.Commitment()
	}
}

// forget stops sealing with an epoch that is over, if it is the one in use.
func (s *sealer) forget(epoch uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil && s.key.Epoch() == epoch {
		s.key, s.senders = nil, nil
	}
}

// seal returns the frame's data as it goes to the relay: the clear header, the SFrame header, the ciphertext and the
// tag, for H.264 as a sequence of NAL units. It changes the frame's data. The result is valid until the stream's next call.
func (s *sealer) seal(stream media.Stream, f media.Frame) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sender, err := s.sender(stream)
	if err != nil {
		return nil, err
	}
	var header []byte
	if header, f.Data, err = media.Split(f.Codec, f.Data, s.header[:0]); err != nil {
		return nil, err
	}
	sealed, err := sender.Seal(s.buffers[stream][:0], header, s.extra[:], f.Data)
	if err != nil {
		return nil, fmt.Errorf("seal a frame of the %s: %w", stream, err)
	}
	sealed = media.Escape(f.Codec, sealed, len(header))
	s.buffers[stream] = sealed
	return sealed, nil
}

func (s *sealer) sender(stream media.Stream) (*sframe.Sender, error) {
	if s.key == nil {
		return nil, errNoKey
	}
	if sender := s.senders[stream]; sender != nil {
		return sender, nil
	}
	kid, base, ok := s.key.Media(s.index, uint8(stream))
	if !ok {
		return nil, errNoKey
	}
	defer clear(base)
	sender, err := sframe.NewSender(kid, base)
	if err != nil {
		return nil, fmt.Errorf("a key for the %s: %w", stream, err)
	}
	s.senders[stream] = sender
	return sender, nil
}

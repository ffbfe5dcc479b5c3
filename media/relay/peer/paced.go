package peer

import (
	"time"

	"github.com/pion/rtcp"

	"greenroom/media"
)

// What a Pacer does with a track. It holds its own lock.

// keep cuts a frame into packets that wait. If there are too many, the first ones leave at once, and forced is told.
func (t *Track) keep(f media.Frame, timestamp uint32, now time.Time, forced func(size int)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writer == nil {
		return ErrUnbound
	}
	t.clock.note(f, timestamp, now)
	if f.Keyframe {
		t.history.keyframe()
	}
	for cut := t.packetiser.Begin(f.Codec, f.Data); cut.More(); {
		if t.history.waiting() == kept {
			size, err := t.sendFirst(now)
			if err != nil {
				return err
			}
			forced(size)
		}
		p := t.history.add(timestamp)
		payload, last := cut.Next(p.data[:0])
		p.size, p.last = uint16(len(payload)), last
	}
	return nil
}

// waiting returns how many packets wait to be sent, and whether some wait to be sent again.
func (t *Track) waiting() (packets int, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.history.waiting(), t.history.from != t.history.to
}

// want notes that packets are to be sent again, each that many times.
func (t *Track) want(now time.Time, missing []rtcp.NackPair, copies int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range missing {
		missing[i].Range(func(sequence uint16) bool {
			t.history.want(now, sequence, copies)
			return true
		})
	}
}

// sendNext sends the packet that waits longest. A size of 0 means that none does.
func (t *Track) sendNext(now time.Time) (size int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.history.waiting() == 0 {
		return 0, nil
	}
	if t.writer == nil {
		t.history.forget()
		return 0, nil
	}
	return t.sendFirst(now)
}

// sendFirst sends the packet that waits longest, with the lock held.
func (t *Track) sendFirst(now time.Time) (size int, err error) {
	p := t.history.first()
	t.history.sent(now)
	t.clock.packets++
	t.clock.octets += uint32(p.size)
	return t.sendKept(p, now)
}

// sendAgain sends the next packet that is to be sent again. A size of 0 means that there is none.
func (t *Track) sendAgain(now time.Time) (size int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.history.nextAgain(now)
	if p == nil || t.writer == nil {
		return 0, nil
	}
	return t.sendKept(p, now)
}

// sendKept sends a packet, with the lock held. Each time it gets another transport-wide number.
func (t *Track) sendKept(p *keptPacket, now time.Time) (size int, err error) {
	h := &t.extensions.header
	h.PayloadType, h.SSRC, h.Timestamp = t.payloads[t.codec], t.ssrc, p.timestamp
	h.SequenceNumber, h.Marker = p.sequence, p.last && t.codec.Video()
	size = h.MarshalSize() + int(p.size)
	if t.extensions.counts {
		t.extensions.setNumber(t.pacer.uplink.sent(now, size))
	}
	_, err = t.writer.WriteRTP(h, p.payload())
	return size, err
}

package source

import (
	"context"
	"maps"
	"slices"
	"time"

	"greenroom/media/pipe"
)

// writeLimit is how long a child may leave a request unread in a pipe that is full. One that does is stuck, and is
// found by its missing frames.
const writeLimit = time.Second

// send writes to the child whatever is wanted of it and was not yet sent, until ctx ends.
func (r *session) send(ctx context.Context) {
	var buf []byte
	for {
		buf = r.requests(buf[:0])
		if len(buf) > 0 {
			_ = r.child.Stdin.SetWriteDeadline(time.Now().Add(writeLimit))
			if _, err := r.child.Stdin.Write(buf); err != nil {
				return // the child is ending or stuck; read sees both
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-r.source.wake:
		}
	}
}

// requests appends the messages that bring the child from what was sent to what is wanted.
func (r *session) requests(dst []byte) []byte {
	r.source.mu.Lock()
	want := r.source.wanted
	r.source.wanted.keyframe, r.source.wanted.adjust = 0, nil
	r.source.mu.Unlock()
	if want.on != r.sent.on {
		dst = pipe.AppendEnabled(dst, want.on)
	}
	if want.bitRate != r.sent.bitRate {
		dst = pipe.AppendBitRate(dst, want.bitRate)
	}
	if want.layers != r.sent.layers {
		dst = pipe.AppendLayers(dst, want.layers)
	}
	if want.keyframe != 0 {
		dst = pipe.AppendKeyframe(dst, want.keyframe)
	}
	for _, kind := range slices.Sorted(maps.Keys(want.adjust)) {
		dst = pipe.AppendAdjustment(dst, pipe.Adjustment{Kind: kind, Value: want.adjust[kind]})
	}
	r.sent = want
	return dst
}

package serial

import (
	"context"
	"io"
	"time"
)

// The pauses between two attempts to open a port: the first, doubled up to the longest.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
)

// Keep has a port, or whatever else can be closed, open for as long as ctx lives: it opens one, has it used until use returns, closes it, and begins
// again after a pause that grows while opening or using fails at once. Each failure is told to failed, which may be
// nil. Keep returns when ctx has ended and the port is closed.
func Keep[P io.Closer](ctx context.Context, open func() (P, error), use func(context.Context, P) error, failed func(error)) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := once(ctx, open, use)
		if ctx.Err() != nil {
			return
		}
		if err != nil && failed != nil {
			failed(err)
		}
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

func once[P io.Closer](ctx context.Context, open func() (P, error), use func(context.Context, P) error) error {
	p, err := open()
	if err != nil {
		return err
	}
	defer p.Close()
	return use(ctx, p)
}

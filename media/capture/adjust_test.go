package capture

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"greenroom/devices/camera/adjust"
	"greenroom/media"
	"greenroom/media/pipe"
)

// dial is a camera with one control, which takes even values alone.
type dial struct {
	mu     sync.Mutex
	value  int32
	gone   bool
	closed bool
}

func (d *dial) List() ([]adjust.Control, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return nil, errors.New("no such device")
	}
	return []adjust.Control{{Kind: adjust.Zoom, Least: 0, Most: 100, Step: 2, Value: d.value}}, nil
}

func (d *dial) Set(k adjust.Kind, value int32) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k != adjust.Zoom {
		return adjust.ErrKind
	}
	d.value = value &^ 1
	return nil
}

func (d *dial) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

// What a camera can adjust is told when it is opened and after each adjustment, as it came to be.
func TestAdjusting(t *testing.T) {
	out := newGate()
	out.open(100)
	s := &session{controls: newControls(pipe.Spec{Stream: media.Camera}), out: newOutbox(out, videoSlots)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	camera := &dial{}
	var wg sync.WaitGroup
	wg.Go(func() { s.out.write(cancel) })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.adjusting(ctx, func() (adjustable, error) { return camera, nil })
	}()
	told := func() int32 {
		t.Helper()
		all, err := pipe.ParseControls(out.next(t, pipe.TypeControls))
		if err != nil || len(all) != 1 {
			t.Fatalf("told %+v, %v", all, err)
		}
		return all[0].Value
	}
	if got := told(); got != 0 {
		t.Errorf("at first it tells %d", got)
	}
	in, daemon := io.Pipe()
	go func() { _ = s.controls.read(in) }()
	say := func(as ...pipe.Adjustment) {
		t.Helper()
		var b []byte
		for _, a := range as {
			b = pipe.AppendAdjustment(b, a)
		}
		if _, err := daemon.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	say(pipe.Adjustment{Kind: adjust.Zoom, Value: 41})
	if got := told(); got != 40 {
		t.Errorf("asked for 41 it tells %d", got)
	}
	say(pipe.Adjustment{Kind: adjust.Focus, Value: 7}) // it has none
	if got := told(); got != 40 {
		t.Errorf("asked for what it has not it tells %d", got)
	}
	cancel()
	<-ended
	if !camera.closed {
		t.Error("its device file stays open")
	}
	_ = daemon.Close()
	s.out.close()
	wg.Wait()
}

// Of several requests for one thing the last one counts.
func TestTheLastAdjustmentCounts(t *testing.T) {
	c := newControls(pipe.Spec{Stream: media.Camera})
	for _, a := range []pipe.Adjustment{{Kind: adjust.Zoom, Value: 1}, {Kind: adjust.Focus, Value: 2}, {Kind: adjust.Zoom, Value: 3}} {
		kind, body := pipe.TypeAdjust, pipe.AppendAdjustment(nil, a)[4:]
		if err := c.take(kind, body); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.adjustments(t.Context())
	if want := []pipe.Adjustment{{Kind: adjust.Focus, Value: 2}, {Kind: adjust.Zoom, Value: 3}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

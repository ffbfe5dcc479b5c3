package serialtest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"greenroom/devices/serial/serialtest"
)

func TestPlayback(t *testing.T) {
	p := &serialtest.Playback{Ops: []serialtest.IO{{W: []byte("ab"), R: []byte("yes")}, {W: []byte("c")}}}
	r := &serialtest.Record{Port: p}
	for _, piece := range []string{"a", "b", "c"} {
		if err := r.Send(t.Context(), []byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]byte, 2)
	for _, want := range []string{"ye", "s"} {
		if n, err := r.Receive(t.Context(), buf); err != nil || string(buf[:n]) != want {
			t.Fatalf("received %q, %v", buf[:n], err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if ops := r.Ops(); len(ops) != 3 || string(ops[2].R) != "yes" {
		t.Errorf("recorded: %q", ops)
	}
}

func TestPlaybackFails(t *testing.T) {
	for name, use := range map[string]func(p *serialtest.Playback){
		"nothing":     func(*serialtest.Playback) {},
		"other bytes": func(p *serialtest.Playback) { _ = p.Send(context.Background(), []byte("x")) },
		"half":        func(p *serialtest.Playback) { _ = p.Send(context.Background(), []byte("a")) },
		"too much":    func(p *serialtest.Playback) { _ = p.Send(context.Background(), []byte("abz")) },
		"unread":      func(p *serialtest.Playback) { _ = p.Send(context.Background(), []byte("ab")) },
	} {
		p := &serialtest.Playback{Ops: slices.Clone([]serialtest.IO{{W: []byte("ab"), R: []byte("yes")}})}
		use(p)
		if p.Close() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := (&serialtest.Playback{}).Receive(ctx, make([]byte, 1)); err == nil {
		t.Error("silence gave bytes")
	}
}

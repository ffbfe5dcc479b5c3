package capture

import (
	"io"
	"sync"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media/pipe"
)

// gate is an Output that lets a write through only when there is a place.
type gate struct {
	places   chan struct{}
	messages chan []byte

	once sync.Once
	gone chan struct{} // closed: the reader has gone
}

func newGate() *gate {
	return &gate{places: make(chan struct{}, 10_000), messages: make(chan []byte, 10_000), gone: make(chan struct{})}
}

// open lets n messages through.
func (g *gate) open(n int) {
	for range n {
		g.places <- struct{}{}
	}
}

func (g *gate) Write(p []byte) (int, error) {
	select {
	case <-g.places:
	default:
		select {
		case <-g.places:
		case <-g.gone:
			return 0, io.ErrClosedPipe
		}
	}
	g.messages <- append([]byte(nil), p...)
	return len(p), nil
}

// SetWriteDeadline gives up a write for which there is no place.
func (g *gate) SetWriteDeadline(time.Time) error {
	g.once.Do(func() { close(g.gone) })
	return nil
}

// next returns the next message of a type.
func (g *gate) next(t *testing.T, want pipe.Type) []byte {
	t.Helper()
	for {
		select {
		case m := <-g.messages:
			if pipe.Type(m[0]) == want {
				return m[4:]
			}
		case <-time.After(time.Minute):
			t.Fatalf("no message of type %d came", want)
		}
	}
}

// stubDriver is a driver with nothing behind it.
type stubDriver struct {
	driver.Driver
	info driver.Info
}

func (d stubDriver) Info() driver.Info { return d.info }

func (d stubDriver) Properties() []prop.Media { return nil }

// Open fails the test's process the way mediadevices' null microphone does.
func (d stubDriver) Open() error { panic("opened") }

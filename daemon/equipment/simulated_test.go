package equipment_test

import (
	"io"
	"sync"
	"testing"

	"greenroom/devices/serial/serialtest"
	"greenroom/devices/visca"
)

type server interface{ Serve(io.ReadWriter) error }

// serveUntil has a simulator at a port's other end until the port is unplugged.
func serveUntil(t *testing.T, sim server, p *serialtest.PTY) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() { _ = sim.Serve(p) })
	t.Cleanup(func() { _ = p.Close(); wg.Wait() })
}

// refusing is a camera that is there and can do nothing.
type refusing struct{ code byte }

// Serve answers until reading fails.
func (c *refusing) Serve(conn io.ReadWriter) error {
	var split visca.Splitter
	buf := make([]byte, 64)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		split.Add(buf[:n], func(p []byte) {
			answer := []byte{0x90, 0x61, c.code, 0xFF}
			switch {
			case p[0] == 0x88 && p[1] == 0x30:
				answer = []byte{0x88, 0x30, 0x02, 0xFF}
			case p[0] == 0x88:
				answer = p
			}
			_, _ = conn.Write(answer)
		})
	}
}

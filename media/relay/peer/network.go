package peer

import (
	"net"

	"github.com/pion/transport/v2"
	"github.com/pion/transport/v2/stdnet"
)

// socketBuffer is what is asked for as the receive buffer of a UDP socket, in bytes. A 1080p keyframe comes as a
// burst of some 200 packets, which the kernel's default of 208 KiB does not hold. The kernel gives at most
// net.core.rmem_max.
const socketBuffer = 4 << 20

// network is the machine's own network with larger receive buffers, and packets whose arrivals are noted.
type network struct {
	*stdnet.Net
	arrivals *stamps // nil: they are not
}

func newNetwork(arrivals *stamps) (network, error) {
	n, err := stdnet.NewNet()
	return network{n, arrivals}, err
}

// ListenUDP opens a UDP socket with a large receive buffer.
func (n network) ListenUDP(name string, local *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(name, local)
	if err != nil {
		return nil, err
	}
	_ = c.SetReadBuffer(socketBuffer) // less is slower, not wrong
	if n.arrivals != nil {
		c = stampArrivals(c, n.arrivals)
	}
	return c, nil
}

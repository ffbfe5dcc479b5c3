package peer

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
	"unsafe"

	"github.com/pion/transport/v2"
	"golang.org/x/sys/unix"
)

// stamped is how many packets' arrivals are remembered: those that nobody has read yet. A power of two.
const stamped = 4096

// latest is how late a packet is read at most for the kernel's word on its arrival to be believed: beyond, its clock
// was set meanwhile.
const latest = 10 * time.Second

// stamps remembers when packets of media arrived, by the kernel's word: a program that is not given a processor reads
// them late, and would tell the other side of a queue where there is none. The zero stamps remembers nothing.
type stamps struct {
	mu   sync.Mutex
	list [stamped]stamp
}

type stamp struct {
	known    bool
	ssrc     uint32
	sequence uint16
	at       time.Time
}

// put notes when a datagram arrived, if it is a packet of RTP (RFC 7983, section 7; RFC 5761, section 4). It comes from
// anywhere: what is wrong in it makes the arrival of another packet wrong, and nothing else.
func (s *stamps) put(datagram []byte, at time.Time) {
	const header = 12
	if len(datagram) < header || datagram[0]>>6 != 2 || datagram[1]&0x7f >= 64 && datagram[1]&0x7f < 96 {
		return
	}
	n := binary.BigEndian.Uint16(datagram[2:])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list[n%stamped] = stamp{true, binary.BigEndian.Uint32(datagram[8:]), n, at}
}

// take returns when a packet arrived; otherwise, if that is not known.
func (s *stamps) take(ssrc uint32, sequence uint16, otherwise time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.list[sequence%stamped]
	if !p.known || p.ssrc != ssrc || p.sequence != sequence {
		return otherwise
	}
	p.known = false
	return p.at
}

// stampedConn is a UDP socket whose packets' arrivals are noted.
type stampedConn struct {
	transport.UDPConn
	stamps *stamps
	oob    []byte // for the one goroutine that reads
}

// stampArrivals has the kernel tell when each packet of a socket arrives. A socket that cannot tell is returned as it is.
func stampArrivals(c transport.UDPConn, s *stamps) transport.UDPConn {
	socket, ok := c.(*net.UDPConn)
	if !ok {
		return c
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return c
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	})
	if err != nil || failed != nil {
		return c
	}
	return &stampedConn{UDPConn: c, stamps: s, oob: make([]byte, unix.CmsgSpace(int(unsafe.Sizeof(unix.Timespec{}))))}
}

// ReadFrom implements net.PacketConn. It is for one goroutine at a time, as ICE uses it.
func (c *stampedConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, noted, _, from, err := c.ReadMsgUDP(p, c.oob)
	if err != nil {
		return n, nil, err
	}
	now := time.Now()
	if late, ok := lateness(c.oob[:noted], now); ok {
		c.stamps.put(p[:n], now.Add(-late))
	}
	return n, from, nil
}

// lateness returns how long ago a packet arrived, by the kernel's stamp among the control messages.
func lateness(oob []byte, now time.Time) (time.Duration, bool) {
	header, data, _, err := unix.ParseOneSocketControlMessage(oob)
	var at unix.Timespec
	if err != nil || header.Level != unix.SOL_SOCKET || header.Type != unix.SO_TIMESTAMPNS || len(data) < int(unsafe.Sizeof(at)) {
		return 0, false
	}
	copy((*[unsafe.Sizeof(at)]byte)(unsafe.Pointer(&at))[:], data)
	late := time.Duration(now.UnixNano() - at.Nano())
	return late, late >= 0 && late < latest
}

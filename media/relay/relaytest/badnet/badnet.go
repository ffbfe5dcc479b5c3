// Package badnet makes bad networks for tests: network namespaces joined by links that lose, delay and hold back packets.
//
// Debian's kernels have netem for that; a small machine's kernel may not. So a link is a pair of TUN devices, one in each
// namespace, and a goroutine each way that carries the packets from one to the other:
//
//	namespace a                    this process                     namespace b
//	 10.99.n.1  <-- TUN -->  loss, then queue, then delay  <-- TUN -->  10.99.n.2
//
// It needs root. Namespaces and devices are gone when the Network is closed.
package badnet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Network is some namespaces and the links between them.
type Network struct {
	prefix string
	spaces []string
	links  []*Link
}

// New returns a network without anything in it.
func New() *Network { return &Network{prefix: fmt.Sprintf("gr%d", os.Getpid()%100_000)} }

// Namespace makes a namespace, with its loopback up, and returns its name.
func (n *Network) Namespace(label string) (string, error) {
	name := n.prefix + "-" + label
	if err := ip("netns", "add", name); err != nil {
		return "", err
	}
	n.spaces = append(n.spaces, name)
	return name, inside(name, "link", "set", "lo", "up")
}

// Command returns the words that begin a command in a namespace.
func Command(namespace string) []string { return []string{"ip", "netns", "exec", namespace} }

// Link joins two namespaces. a gets the address 10.99.N.1 and b 10.99.N.2, N counting from 1.
func (n *Network) Link(a, b string) (*Link, error) {
	number := len(n.links) + 1
	l := &Link{Addresses: [2]string{fmt.Sprintf("10.99.%d.1", number), fmt.Sprintf("10.99.%d.2", number)}}
	n.links = append(n.links, l)
	for i, space := range []string{a, b} {
		device := fmt.Sprintf("%s%c%d", n.prefix, 'a'+i, number)
		tun, err := openTUN(device)
		if err != nil {
			return nil, err
		}
		l.ends[i], l.spaces[i], l.devices[i] = tun, space, device
		if err := errors.Join(
			ip("link", "set", device, "netns", space),
			inside(space, "addr", "add", l.Addresses[i]+"/24", "dev", device),
			inside(space, "link", "set", device, "up", "txqueuelen", "1000"),
		); err != nil {
			return nil, err
		}
	}
	for i := range l.ways {
		l.ways[i] = newWay(l.ends[i], l.ends[1-i])
		l.running.Go(l.ways[i].read)
		l.running.Go(l.ways[i].write)
	}
	return l, nil
}

// Reach joins a namespace to this process's own, by a good link, and returns its address there. The addresses are this
// process's: another test's network, and what one that was killed left behind, are not in the way.
func (n *Network) Reach(namespace string) (string, error) {
	block := os.Getpid() % (1 << 14) // of the four addresses each in 10.100.0.0/16
	at := func(host int) string { return fmt.Sprintf("10.100.%d.%d", block>>6, block&63<<2+host) }
	ours, theirs, device := at(1), at(2), n.prefix+"r"
	return theirs, errors.Join(
		ip("link", "add", device, "type", "veth", "peer", "name", device+"b", "netns", namespace),
		ip("addr", "add", ours+"/30", "dev", device),
		ip("link", "set", device, "up"),
		inside(namespace, "addr", "add", theirs+"/30", "dev", device+"b"),
		inside(namespace, "link", "set", device+"b", "up"),
	)
}

// Close takes everything away.
func (n *Network) Close() error {
	var errs []error
	for _, l := range n.links {
		l.close()
	}
	for _, name := range n.spaces {
		errs = append(errs, ip("netns", "del", name))
	}
	return errors.Join(errs...)
}

// Route has packets of the link's first namespace to an address go over the link: to another of the addresses that the
// second one has.
func (l *Link) Route(address string) error {
	return inside(l.spaces[0], "route", "add", address+"/32", "dev", l.devices[0])
}

// Link is a link between two namespaces.
type Link struct {
	Addresses [2]string

	spaces  [2]string
	devices [2]string
	ends    [2]*os.File
	ways    [2]*way // from a to b, and back
	running sync.WaitGroup
}

// Set makes both ways of the link as bad as c says, from now on.
func (l *Link) Set(c Conditions) {
	for _, w := range l.ways {
		w.set(c)
	}
}

func (l *Link) close() {
	for _, w := range l.ways {
		if w != nil {
			w.stop()
		}
	}
	for _, f := range l.ends {
		if f != nil {
			_ = f.Close()
		}
	}
	l.running.Wait()
}

// openTUN makes a TUN device in this process's namespace. It may be moved to another; its file stays here.
func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w (it needs root)", err)
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(request))); errno != 0 {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("make the TUN device %s: %w", name, errno)
	}
	return os.NewFile(uintptr(fd), name), nil
}

func inside(namespace string, args ...string) error {
	return ip(append([]string{"-n", namespace}, args...)...)
}

func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

package serialtest

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// PTY is a serial port of the kernel's own, without a wire: what is written to its device file is read here, and the
// other way round. Modem lines and bit rates mean nothing to it.
type PTY struct {
	link string

	mu     sync.Mutex
	master *os.File
	slave  *os.File // kept open: else whoever stands at the other end reads an error while nobody has the port open
}

// NewPTY makes one whose device file is found through a symbolic link, as adapters are by /dev/serial/by-id.
func NewPTY(link string) (*PTY, error) {
	p := &PTY{link: link}
	return p, p.Plug()
}

// Path is what serial.Open takes.
func (p *PTY) Path() string { return p.link }

// Plug makes the port appear, after an Unplug.
func (p *PTY) Plug() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master != nil {
		return nil
	}
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("make a pseudo terminal: %w", err)
	}
	slave, err := prepare(int(master.Fd()))
	if err == nil {
		err = unix.SetNonblock(int(master.Fd()), true) // Fd has made it blocking, and deadlines need the opposite
	}
	var kept *os.File
	if err == nil {
		kept, err = os.OpenFile(slave, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	}
	if err == nil {
		err = os.Symlink(slave, p.link)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("make a pseudo terminal: %w", err), master.Close(), kept.Close())
	}
	p.master, p.slave = master, kept
	return nil
}

// prepare unlocks the device file, makes it pass bytes as they are, and returns its path.
func prepare(master int) (string, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return "", err
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return "", err
	}
	t, err := unix.IoctlGetTermios(master, unix.TCGETS)
	if err != nil {
		return "", err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(master, unix.TCSETS, t); err != nil {
		return "", err
	}
	return fmt.Sprintf("/dev/pts/%d", number), nil
}

// Unplug makes the port vanish: whoever has it open reads an end, and the link is gone.
func (p *PTY) Unplug() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master == nil {
		return nil
	}
	err := errors.Join(os.Remove(p.link), p.master.Close(), p.slave.Close())
	p.master, p.slave = nil, nil
	return err
}

// errUnplugged: there is no port now.
var errUnplugged = errors.New("serialtest: the port is unplugged")

func (p *PTY) file() (*os.File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master == nil {
		return nil, errUnplugged
	}
	return p.master, nil
}

// Read reads what was written to the device file. It ends with an error when the port is unplugged.
func (p *PTY) Read(buf []byte) (int, error) {
	f, err := p.file()
	if err != nil {
		return 0, err
	}
	return f.Read(buf)
}

// Write makes bytes readable from the device file.
func (p *PTY) Write(data []byte) (int, error) {
	f, err := p.file()
	if err != nil {
		return 0, err
	}
	return f.Write(data)
}

// Close is Unplug for good.
func (p *PTY) Close() error { return p.Unplug() }

package tpm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"time"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/sys/unix"
)

// DefaultDevice is the kernel's resource manager: it keeps the handles of several programs apart.
const DefaultDevice = "/dev/tpmrm0"

// The header of a response (TPM 2.0 Library, part 1, section 18.2): tag, 2 bytes; size, 4 bytes; response code, 4 bytes.
const (
	headerLen   = 10
	maxResponse = 4096
)

// A TPM that is busy is asked again, tries times in all. The pauses double from firstPause: 1.3 s together.
const (
	tries      = 8
	firstPause = 10 * time.Millisecond
)

// commandTime is the longest that a TPM behind a socket may take for one command. Making an RSA key can take a minute;
// nothing here does.
const commandTime = 30 * time.Second

// device sends commands to the TPM at a path: a device file, or the unix socket of a TPM in software. It is a
// transport.TPM of go-tpm, whose own transports sleep up to 4 s for a busy TPM and then return no answer and no error.
type device struct {
	path  string
	pause func(time.Duration)
	conn  io.ReadWriteCloser // nil: a connection for each command (unix socket)
}

// linkError is a failure to reach the TPM, as opposed to an answer of it.
type linkError struct{ err error }

func (e *linkError) Error() string { return e.err.Error() }
func (e *linkError) Unwrap() error { return e.err }

// openDevice opens the TPM. It is opened for each operation and not for the store's life: so a TPM that went away and
// came back (a driver loaded anew, a restarted swtpm) works again by itself.
func openDevice(path string, pause func(time.Duration)) (*device, error) {
	d := &device{path: path, pause: pause}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, &linkError{err}
	case info.Mode().Type() == fs.ModeSocket:
		return d, nil
	case info.Mode().Type() != fs.ModeDevice|fs.ModeCharDevice:
		return nil, &linkError{fmt.Errorf("%s is neither a device nor a socket", path)}
	}
	// Not with os.OpenFile: it makes the device non-blocking, and a read that comes before the answer then looks like
	// the end of a file.
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &linkError{&fs.PathError{Op: "open", Path: path, Err: err}}
	}
	d.conn = os.NewFile(uintptr(fd), path)
	return d, nil
}

func (d *device) close() error {
	if d.conn == nil {
		return nil
	}
	return d.conn.Close()
}

// Send sends a command and returns the response. What a busy TPM did not begin is sent again as it is.
func (d *device) Send(command []byte) ([]byte, error) {
	pause := firstPause
	for try := 1; ; try++ {
		response, err := d.once(command)
		if err != nil {
			return nil, &linkError{err}
		}
		code := tpm2.TPMRC(binary.BigEndian.Uint32(response[6:]))
		if try == tries || code != tpm2.TPMRCRetry && code != tpm2.TPMRCYielded && code != tpm2.TPMRCTesting {
			return response, nil
		}
		d.pause(pause)
		pause *= 2
	}
}

// once sends a command and reads the whole response.
func (d *device) once(command []byte) (response []byte, err error) {
	conn := d.conn
	if conn == nil {
		// swtpm answers one client after the other, so a connection is held for one command only.
		if conn, err = dial(d.path); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, conn.Close()) }()
	}
	if _, err := conn.Write(command); err != nil {
		return nil, err
	}
	return readResponse(conn)
}

func dial(path string) (net.Conn, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(commandTime)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// readResponse reads one response. A device gives it in one piece, a socket may not.
func readResponse(r io.Reader) ([]byte, error) {
	buffer := make([]byte, maxResponse)
	n, err := io.ReadAtLeast(r, buffer, headerLen)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	size := binary.BigEndian.Uint32(buffer[2:])
	if size < headerLen || size > maxResponse || uint32(n) > size {
		return nil, fmt.Errorf("read the answer: it says that it has %d bytes, and %d came", size, n)
	}
	if _, err := io.ReadFull(r, buffer[n:size]); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return buffer[:size], nil
}

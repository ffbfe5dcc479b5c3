package keystore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"greenroom/keystore/internal/generations"
)

// The counter file, version 1 (package doc has the layout). Lengths in bytes.
const (
	countMagic   = "GREENCTR"
	countVersion = 1
	countBodyLen = 8 + 1 + 8 + 16
	countLen     = countBodyLen + sha256.Size + sumLen
)

// counterLabel is the info of the key that authenticates counter files.
const counterLabel = "greenroom keystore 1 counter"

// count is a counter file. Its generation is its value.
type count struct {
	value  uint64
	device [16]byte
	mac    [sha256.Size]byte
}

func (c *count) body() []byte {
	b := make([]byte, 0, countLen)
	b = append(b, countMagic...)
	b = append(b, countVersion)
	b = binary.BigEndian.AppendUint64(b, c.value)
	return append(b, c.device[:]...)
}

// Number returns the value.
func (c *count) Number() uint64 { return c.value }

// Marshal returns the whole file.
func (c *count) Marshal() []byte {
	return generations.Sum(append(c.body(), c.mac[:]...))
}

// parseCount reads a counter file. What it accepts, Marshal gives back byte for byte; whether it is this device's, the MAC
// says.
func parseCount(file []byte) (*count, error) {
	body, err := generations.Body(file, countMagic, countVersion)
	if err != nil {
		return nil, err
	}
	if len(file) != countLen {
		return nil, fmt.Errorf("%w: %d bytes, where %d are needed", generations.ErrDamaged, len(file), countLen)
	}
	c := &count{value: binary.BigEndian.Uint64(body[9:])}
	copy(c.device[:], body[17:])
	copy(c.mac[:], body[countBodyLen:])
	return c, nil
}

// fileCounter is the file backend's counter: the highest number that a counter file's name stands for. A damaged file
// still counts by its name, so damage takes nothing back.
type fileCounter struct {
	folder generations.Folder
	sealer *Sealer
	device [16]byte

	mu     sync.Mutex
	gens   *generations.Set[*count]
	closed bool
}

// openCounter finds the counter's files, and sets aside those that are not this device's or don't read back. No file at
// all stands for 0: a new counter gets its first file when it first counts.
func openCounter(folder generations.Folder, sealer *Sealer, device [16]byte) (c *fileCounter, notices []string, err error) {
	gens, err := generations.Scan(folder, generations.CounterFile, func(file []byte) (*count, error) {
		r, err := parseCount(file)
		if err != nil {
			return nil, err
		}
		mac, err := sealer.MAC(counterLabel, r.body())
		if err == nil && (r.device != device || !hmac.Equal(mac, r.mac[:])) {
			err = fmt.Errorf("%w: it is not this device's", generations.ErrDamaged)
		}
		return r, err
	})
	if err != nil {
		return nil, nil, err
	}
	return &fileCounter{folder: folder, sealer: sealer, device: device, gens: gens}, gens.Quarantine(folder), nil
}

func (c *fileCounter) value() (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, fmt.Errorf("keystore: read the counter: %w", ErrClosed)
	}
	return c.gens.Highest(), nil
}

func (c *fileCounter) increment(dir string) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, fmt.Errorf("keystore: count: %w", ErrClosed)
	}
	if c.gens.Highest() == math.MaxUint64 {
		return 0, &Error{
			Kind: ErrRefused, Op: "count", Path: dir, Why: "the counter is at its end, which no device reaches by counting",
			Do: "Somebody has put a counter file there: run greenroomctl keys reset, and enrol the room again.",
		}
	}
	err := c.gens.Write(c.folder, func(number uint64) (*count, error) {
		r := &count{value: number, device: c.device}
		mac, err := c.sealer.MAC(counterLabel, r.body())
		copy(r.mac[:], mac)
		return r, err
	})
	if err != nil {
		return 0, SystemError("count", dir, err)
	}
	return c.gens.Highest(), nil
}

// shut waits for a count that is under way; later ones give ErrClosed.
func (c *fileCounter) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// Package displaytest is a display in software, for the other end of a serial port.
package displaytest

import (
	"fmt"
	"io"
	"sync"
)

// Samsung is a display that speaks Samsung's MDC ("RS232C" of the PM49F's manual), and can be told to misbehave. Its zero
// value is set number 0, off.
//
//	message  AA command id length data... sum      (the sum of all but AA)
//	answer   AA FF id length 'A'|'N' command data... sum
type Samsung struct {
	ID byte
	// Garble is written before every answer.
	Garble []byte

	mu     sync.Mutex
	values map[byte]byte // by command
	seen   []string
	news   chan struct{}
	silent bool
	half   int // answers that are cut off
	refuse bool
}

// The commands.
const (
	Power  = 0x11
	Volume = 0x12
	Mute   = 0x13
	Input  = 0x14
)

// Serve answers on conn until reading fails.
func (s *Samsung) Serve(conn io.ReadWriter) error {
	var held []byte
	buf := make([]byte, 64)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		held = append(held, buf[:n]...)
		for {
			message, rest := next(held)
			held = rest
			if message == nil {
				break
			}
			if answer := s.take(message); answer != nil {
				// A reader that is gone is no matter of the display.
				_, _ = conn.Write(answer)
			}
		}
	}
}

// next cuts the first message off what was read; nil: there is none yet.
func next(held []byte) (message, rest []byte) {
	for len(held) > 0 && held[0] != 0xAA {
		held = held[1:]
	}
	if len(held) < 4 || len(held) < 5+int(held[3]) {
		return nil, held
	}
	n := 5 + int(held[3])
	return held[:n], held[n:]
}

func sumOf(b []byte) (sum byte) {
	for _, v := range b {
		sum += v
	}
	return sum
}

func (s *Samsung) take(m []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf("% X", m))
	if s.news != nil {
		close(s.news)
		s.news = nil
	}
	command, data := m[1], m[4:len(m)-1]
	switch {
	case s.silent || m[2] != s.ID || m[len(m)-1] != sumOf(m[1:len(m)-1]):
		return nil // the manual knows no answer to another set's message, or a damaged one
	case s.refuse, command < Power || command > Input, len(data) > 1, command != Power && s.values[Power] == 0:
		return s.answer('N', command, 0x01)
	}
	if s.values == nil {
		s.values = map[byte]byte{}
	}
	if len(data) == 1 {
		s.values[command] = data[0]
	}
	return s.answer('A', command, s.values[command])
}

func (s *Samsung) answer(kind, command, value byte) []byte {
	m := []byte{0xAA, 0xFF, s.ID, 3, kind, command, value}
	m = append(m, sumOf(m[1:]))
	if s.half > 0 {
		s.half--
		m = m[:5]
	}
	return append(append([]byte(nil), s.Garble...), m...)
}

// Value returns what a command has set.
func (s *Samsung) Value(command byte) byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[command]
}

// Set sets a value as its remote control would.
func (s *Samsung) Set(command, value byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = map[byte]byte{}
	}
	s.values[command] = value
}

// Seen returns the messages that came, in hex.
func (s *Samsung) Seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// News is closed when the next message has come.
func (s *Samsung) News() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.news == nil {
		s.news = make(chan struct{})
	}
	return s.news
}

// Silence makes it take everything and answer nothing, or end that.
func (s *Samsung) Silence(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = on
}

// Refuse makes it say no to everything, or end that.
func (s *Samsung) Refuse(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = on
}

// Halve cuts the next n answers off in the middle.
func (s *Samsung) Halve(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.half = n
}

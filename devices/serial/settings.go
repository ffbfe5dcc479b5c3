package serial

import (
	"fmt"
	"strconv"
	"strings"

	"go.bug.st/serial"
)

// Settings are how bits go over the wire. The zero value is not valid; ParseSettings makes one.
type Settings struct {
	BitRate  int  // bits a second
	DataBits int  // 7 or 8
	Parity   byte // 'N', 'E' or 'O'
	StopBits int  // 1 or 2
}

// The bit rates that are taken.
const (
	minBitRate = 300
	maxBitRate = 921_600
)

// ParseSettings reads settings such as "9600 8N1". "9600" alone means 8N1.
func ParseSettings(text string) (Settings, error) {
	rate, frame, both := strings.Cut(strings.TrimSpace(text), " ")
	if !both {
		frame = "8N1"
	}
	frame = strings.ToUpper(strings.TrimSpace(frame))
	bits, err := strconv.Atoi(rate)
	if err != nil || bits < minBitRate || bits > maxBitRate {
		return Settings{}, fmt.Errorf("serial settings %q: the bit rate must be a number from %d to %d, as in \"9600 8N1\"", text, minBitRate, maxBitRate)
	}
	if len(frame) != 3 || !strings.Contains("78", frame[:1]) || !strings.Contains("NEO", frame[1:2]) || !strings.Contains("12", frame[2:]) {
		return Settings{}, fmt.Errorf("serial settings %q: after the bit rate come data bits (7 or 8), parity (N, E or O) and stop bits (1 or 2), as in \"9600 8N1\"", text)
	}
	return Settings{BitRate: bits, DataBits: int(frame[0] - '0'), Parity: frame[1], StopBits: int(frame[2] - '0')}, nil
}

// String returns what ParseSettings reads.
func (s Settings) String() string {
	return fmt.Sprintf("%d %d%c%d", s.BitRate, s.DataBits, s.Parity, s.StopBits)
}

func (s Settings) mode() *serial.Mode {
	m := &serial.Mode{BaudRate: s.BitRate, DataBits: s.DataBits, Parity: serial.NoParity, StopBits: serial.OneStopBit}
	switch s.Parity {
	case 'E':
		m.Parity = serial.EvenParity
	case 'O':
		m.Parity = serial.OddParity
	}
	if s.StopBits == 2 {
		m.StopBits = serial.TwoStopBits
	}
	return m
}

package audio

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// descriptors returns what a USB speakerphone with terminals of these types says of itself: the device, a configuration, an
// interface for control with a header, an input and an output terminal, and one for streaming.
func descriptors(input, output uint16) []byte {
	return slices.Concat(
		[]byte{18, 1, 0, 2, 0, 0, 0, 64, 9, 0x12, 1, 0, 0, 1, 1, 2, 0, 1},
		[]byte{9, 2, 71, 0, 2, 1, 0, 0x80, 50},
		[]byte{9, 4, 0, 0, 0, 1, 1, 0, 0}, []byte{9, 0x24, 1, 0, 1, 33, 0, 1, 1},
		[]byte{12, 0x24, 2, 1, byte(input), byte(input >> 8), 2, 1, 0, 0, 0, 0},
		[]byte{9, 0x24, 3, 2, byte(output), byte(output >> 8), 1, 1, 0},
		[]byte{9, 4, 1, 0, 0, 1, 2, 0, 0}, []byte{7, 0x24, 1, 2, 1, 1, 0},
	)
}

func TestCancelsEcho(t *testing.T) {
	streaming := descriptors(0x0201, 0x0301)
	streaming[len(streaming)-7-9+6] = 2 // the last interface's subclass, as it was
	for name, c := range map[string]struct {
		b    []byte
		want bool
	}{
		"a speakerphone that cancels":    {descriptors(0x0405, 0x0405), true},
		"one that suppresses":            {descriptors(0x0404, 0x0101), true},
		"one that does on its way out":   {descriptors(0x0101, 0x0405), true},
		"a speakerphone without":         {descriptors(0x0403, 0x0403), false},
		"a microphone and a loudspeaker": {streaming, false},
		"a terminal of another class": {append([]byte{9, 4, 0, 0, 0, 3, 1, 0, 0},
			[]byte{12, 0x24, 2, 1, 5, 4, 2, 1, 0, 0, 0, 0}...), false},
		"nothing":              {nil, false},
		"cut off":              {descriptors(0x0405, 0x0405)[:50], false},
		"a block of no length": {append([]byte{0, 0}, descriptors(0x0405, 0x0405)...), false},
	} {
		if got := cancelsEcho(c.b); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestCancelsEchoInTree: the descriptors are found by the card's number.
func TestCancelsEchoInTree(t *testing.T) {
	root := t.TempDir()
	usb := filepath.Join(root, "sys/devices/usb1/1-2")
	for _, dir := range []string{filepath.Join(usb, "1-2:1.0"), filepath.Join(root, "sys/class/sound/card1"), filepath.Join(root, "sys/class/sound/card0")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(usb, "descriptors"), descriptors(0x0405, 0x0405), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(usb, "1-2:1.0"), filepath.Join(root, "sys/class/sound/card1/device")); err != nil {
		t.Fatal(err)
	}
	for card, want := range []bool{false, true, false} {
		if got := (Card{Card: card}).CancelsEcho(root); got != want {
			t.Errorf("card %d: %t", card, got)
		}
	}
}

// FuzzCancelsEcho: whatever a device says, it is read to its end.
func FuzzCancelsEcho(f *testing.F) {
	f.Add(descriptors(0x0405, 0x0405))
	f.Add([]byte{2, 0x24, 3, 0x24, 2})
	f.Fuzz(func(_ *testing.T, b []byte) { cancelsEcho(b) })
}

// Package audio lists the sound cards that can record (ALSA).
//
// It reads what the kernel says under /proc/asound. A sound server (PipeWire) may know more microphones, such as
// network ones, and gives them names of its own.
package audio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Cancelled is the node of the microphone that PipeWire's canceller makes, as systemd/units/pipewire configures it.
const Cancelled = "greenroom.microphone"

// Card is a device of a sound card that can record.
type Card struct {
	Card, Device int
	ID           string // the card's short name, which stays the same: "Speakerphone"
	Label        string // the card's name: "Jabra SPEAK 510 USB"
}

// Address is the device's address by numbers, as ALSA takes it: "hw:1,0". The numbers are given anew at each start.
func (c Card) Address() string { return fmt.Sprintf("hw:%d,%d", c.Card, c.Device) }

// Node is the device's file for recording.
func (c Card) Node() string { return fmt.Sprintf("/dev/snd/pcmC%dD%dc", c.Card, c.Device) }

// Names are what people and ALSA call the device: its label, and its address by numbers and by the card's short name, in
// both of ALSA's spellings.
func (c Card) Names() []string {
	names := []string{c.Address(), fmt.Sprintf("hw:%s,%d", c.ID, c.Device), fmt.Sprintf("hw:CARD=%s,DEV=%d", c.ID, c.Device)}
	if c.Label != "" {
		names = append(names, c.Label)
	}
	return names
}

// List returns the recording devices in the kernel's order. root is "/"; tests give a folder with a copy of the
// kernel's tree. A machine without sound cards has none, and that is no error.
func List(root string) ([]Card, error) {
	pcm, err := os.ReadFile(filepath.Join(root, "proc/asound/pcm"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("list sound cards: %w", err)
	}
	cards, err := os.ReadFile(filepath.Join(root, "proc/asound/cards"))
	if err != nil {
		return nil, fmt.Errorf("list sound cards: %w", err)
	}
	names := parseCards(string(cards))
	var found []Card
	for line := range strings.Lines(string(pcm)) {
		c, ok := parsePCM(line)
		if !ok {
			continue
		}
		c.ID, c.Label = names[c.Card].ID, names[c.Card].Label
		if c.ID == "" {
			c.ID = strconv.Itoa(c.Card)
		}
		found = append(found, c)
	}
	return found, nil
}

// parsePCM reads a line such as "01-00: USB Audio : USB Audio : playback 1 : capture 1". ok is false unless the device
// can record.
func parsePCM(line string) (c Card, ok bool) {
	numbers, rest, found := strings.Cut(line, ":")
	if !found || !strings.Contains(rest, ": capture ") {
		return Card{}, false
	}
	card, device, found := strings.Cut(numbers, "-")
	if !found {
		return Card{}, false
	}
	var err1, err2 error
	c.Card, err1 = strconv.Atoi(card)
	c.Device, err2 = strconv.Atoi(device)
	return c, err1 == nil && err2 == nil
}

// parseCards reads the cards' names by number. A card has two lines, and the first is such as
// " 1 [Speakerphone   ]: USB-Audio - Jabra SPEAK 510 USB".
func parseCards(text string) map[int]Card {
	names := make(map[int]Card)
	for line := range strings.Lines(text) {
		number, rest, ok1 := strings.Cut(line, " [")
		id, rest, ok2 := strings.Cut(rest, "]: ")
		_, label, ok3 := strings.Cut(rest, " - ")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if ok1 && ok2 && ok3 && err == nil {
			names[n] = Card{Card: n, ID: strings.TrimSpace(id), Label: strings.TrimSpace(label)}
		}
	}
	return names
}

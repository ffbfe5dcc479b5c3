package capture

import (
	"encoding/hex"
	"strconv"
	"strings"
	"sync"

	"github.com/pion/mediadevices/pkg/driver"
	_ "github.com/pion/mediadevices/pkg/driver/microphone" // registers the microphones
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/media/codec/opus"
	"greenroom/media/pipe"
)

// microphone is a driver and the names that it goes by.
type microphone struct {
	driver  driver.Driver
	name    string // for people
	address string // the sound system's own: "hw:1,0"
	label   string // mediadevices': the address in hexadecimal
}

// openMicrophone opens the microphone that spec names.
func openMicrophone(spec pipe.Spec) (*audioSource, error) {
	m, err := findMicrophone(microphones(driver.GetManager().Query(driver.FilterAudioRecorder())), spec.Device)
	if err != nil {
		return nil, err
	}
	if err := m.driver.Open(); err != nil {
		return nil, faultf(pipe.DeviceFailed, "The microphone %s cannot be opened: %v", m.name, err)
	}
	mode, ok := chooseSound(m.driver.Properties(), max(spec.Channels, 1))
	if !ok {
		_ = m.driver.Close()
		return nil, faultf(pipe.DeviceFailed, "The microphone %s has no format that can be used", m.name)
	}
	r, err := m.driver.(driver.AudioRecorder).AudioRecord(mode)
	if err != nil {
		_ = m.driver.Close()
		return nil, faultf(pipe.DeviceFailed, "The microphone %s cannot be started: %v", m.name, err)
	}
	var once sync.Once
	return &audioSource{
		device: m.name, channels: mode.ChannelCount, sound: r,
		close: func() { once.Do(func() { _ = m.driver.Close() }) },
	}, nil
}

// microphones returns what can really record. Without a sound card the sound system offers one called "null", which
// gives silence, and which mediadevices cannot open without a panic.
func microphones(drivers []driver.Driver) []microphone {
	var found []microphone
	for _, d := range drivers {
		info := d.Info()
		m := microphone{driver: d, name: pipe.CleanText(info.Name), label: info.Label}
		if address, err := hex.DecodeString(info.Label); err == nil {
			m.address = strings.TrimRight(string(address), "\x00")
		}
		if m.address != "null" && m.address != "" {
			found = append(found, m)
		}
	}
	return found
}

// findMicrophone returns the one that want names, or the system's own choice where want is empty. The error is a
// *Fault that says which there are.
func findMicrophone(all []microphone, want string) (microphone, error) {
	best := -1
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = strconv.Quote(m.name)
		if want != "" && want != m.name && want != m.address && want != m.label {
			continue
		}
		if best < 0 || m.driver.Info().Priority > all[best].driver.Info().Priority {
			best = i
		}
	}
	switch {
	case best >= 0:
		return all[best], nil
	case len(all) == 0:
		return microphone{}, faultf(pipe.NoDevice, "There is no microphone: none is plugged in")
	}
	return microphone{}, faultf(pipe.NoDevice, "There is no microphone %q, but %s", want, strings.Join(names, ", "))
}

// chooseSound returns the mode with the wanted channels, or the fewest there are; 16-bit samples before others.
func chooseSound(modes []prop.Media, channels int) (best prop.Media, ok bool) {
	lowest := 0
	for _, m := range modes {
		if m.SampleRate != opus.SampleRate || m.ChannelCount < 1 || m.ChannelCount > 2 || !m.IsInterleaved {
			continue
		}
		cost := 2 * abs(m.ChannelCount-channels)
		if m.IsFloat {
			cost++
		}
		if !ok || cost < lowest {
			best, lowest, ok = m, cost, true
		}
	}
	return best, ok
}

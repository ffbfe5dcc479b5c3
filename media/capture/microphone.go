package capture

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	_ "github.com/pion/mediadevices/pkg/driver/microphone" // registers the microphones
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/devices/audio"
	"greenroom/media/codec/opus"
	"greenroom/media/pipe"
)

// microphone is a driver and the names that it goes by.
type microphone struct {
	driver  driver.Driver
	name    string // for people
	address string // the sound system's own: ":1,0" for ALSA's hw:1,0
	label   string // mediadevices': the address in hexadecimal
	// card is what the kernel says of it; nil: it is a sound server's.
	card *audio.Card
	// cancels is set when the card says that it takes the echo out.
	cancels bool
}

// openMicrophone opens the microphone that spec names.
func openMicrophone(spec pipe.Spec) (*audioSource, error) {
	cards, err := audio.List("/")
	if err != nil {
		return nil, faultf(pipe.DeviceFailed, "The microphones cannot be listed: %v", err)
	}
	m, err := findMicrophone(microphones(driver.GetManager().Query(driver.FilterAudioRecorder()), cards), spec.Device, spec.Echo)
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
	source := &audioSource{device: m.name, channels: mode.ChannelCount, echo: m.echo(spec.Echo), sound: r}
	m.guard(source)
	return source, nil
}

// guard watches over the source's device. The sound system tells nobody that it was pulled out: its driver gives no more
// sound, and whoever waits for some waits for ever.
func (m microphone) guard(source *audioSource) {
	stop, lost := make(chan struct{}), make(chan *Fault, 1)
	var watch sync.WaitGroup
	if m.card != nil {
		watch.Go(func() {
			if awaitAbsence(m.card.Node(), stop) {
				lost <- faultf(pipe.NoDevice, "There is no microphone: %s was unplugged", m.name)
			}
		})
	}
	source.lost = lost
	source.close = sync.OnceFunc(func() {
		close(stop)
		watch.Wait()
		_ = m.driver.Close()
	})
}

// absenceEvery is how often awaitAbsence looks.
const absenceEvery = 200 * time.Millisecond

// awaitAbsence waits until a device's file is gone, and reports true, or until stop is closed. The process may not listen to
// the kernel's own word, which takes a socket; a look at a file costs a microsecond.
func awaitAbsence(node string, stop <-chan struct{}) bool {
	ticker := time.NewTicker(absenceEvery)
	defer ticker.Stop()
	for {
		if _, err := os.Stat(node); errors.Is(err, fs.ErrNotExist) {
			return true
		}
		select {
		case <-stop:
			return false
		case <-ticker.C:
		}
	}
}

// microphones returns what can really record. Without a sound card the sound system offers one called "null", which
// gives silence, and which mediadevices cannot open without a panic.
func microphones(drivers []driver.Driver, cards []audio.Card) []microphone {
	var found []microphone
	for _, d := range drivers {
		info := d.Info()
		m := microphone{driver: d, name: pipe.CleanText(info.Name), label: info.Label}
		if address, err := hex.DecodeString(info.Label); err == nil {
			m.address = strings.TrimRight(string(address), "\x00")
		}
		for i, c := range cards {
			if "hw"+m.address == c.Address() || m.address == c.Address() {
				m.card, m.cancels = &cards[i], c.CancelsEcho("/")
			}
		}
		if m.address != "null" && m.address != "" {
			found = append(found, m)
		}
	}
	return found
}

// findMicrophone returns the one that want names; where want is empty the one that suits the wish best, and of several the
// system's own choice. The error is a *Fault that says which there are.
func findMicrophone(all []microphone, want string, wish pipe.EchoWish) (microphone, error) {
	best := -1
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = strconv.Quote(m.name)
		if want != "" && !m.goesBy(want) || want == "" && m.suits(wish) == 0 {
			continue
		}
		if best < 0 || m.before(all[best], want, wish) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return all[best], nil
	case want == "" && wish == pipe.EchoBySound:
		return microphone{}, faultf(pipe.NoDevice, "There is no microphone without echo: PipeWire's canceller does not run")
	case len(all) == 0 || want == "":
		return microphone{}, faultf(pipe.NoDevice, "There is no microphone: none is plugged in")
	}
	return microphone{}, faultf(pipe.NoDevice, "There is no microphone %q, but %s", want, strings.Join(names, ", "))
}

// before reports whether m is to be taken rather than other.
func (m microphone) before(other microphone, want string, wish pipe.EchoWish) bool {
	if a, b := m.suits(wish), other.suits(wish); want == "" && a != b {
		return a > b
	}
	return m.driver.Info().Priority > other.driver.Info().Priority
}

// suits says how well a microphone suits a wish: 0 is not at all.
func (m microphone) suits(wish pipe.EchoWish) int {
	canceller := m.address == audio.Cancelled
	switch wish {
	case pipe.EchoBySound:
		if canceller {
			return 1
		}
		return 0
	case pipe.EchoByDevice, pipe.EchoNotCancelled:
		switch {
		case canceller:
			return 0
		case m.cancels && wish == pipe.EchoByDevice:
			return 2
		}
		return 1
	case pipe.EchoAuto:
	}
	switch {
	case canceller:
		return 3
	case m.cancels:
		return 2
	}
	return 1
}

// echo says what takes the echo out of its sound.
func (m microphone) echo(wish pipe.EchoWish) pipe.Echo {
	switch {
	case m.address == audio.Cancelled:
		return pipe.EchoSoundServer
	case m.cancels || wish == pipe.EchoByDevice:
		return pipe.EchoDevice
	}
	return pipe.EchoHeard
}

func (m microphone) goesBy(name string) bool {
	return name == m.name || name == m.address || name == m.label || m.card != nil && slices.Contains(m.card.Names(), name)
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

package capture

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"

	"greenroom/devices/audio"
	"greenroom/media/pipe"
)

func mode(width, height int, fps float32, f frame.Format) prop.Media {
	return prop.Media{Video: prop.Video{Width: width, Height: height, FrameRate: fps, FrameFormat: f}}
}

func TestTheNearestModeIsChosen(t *testing.T) {
	webcam := []prop.Media{
		mode(640, 480, 30, frame.FormatYUYV),
		mode(1280, 720, 10, frame.FormatYUYV),
		mode(1280, 720, 30, frame.FormatMJPEG),
		mode(1280, 720, 60, frame.FormatMJPEG),
		mode(1920, 1080, 30, frame.FormatMJPEG),
		mode(1920, 1080, 5, frame.FormatYUYV),
	}
	for _, tt := range []struct {
		spec pipe.Spec
		want prop.Media
	}{
		{pipe.Spec{}, webcam[2]},
		{pipe.Spec{Width: 1920, Height: 1080}, webcam[4]},
		{pipe.Spec{Width: 1920, Height: 1080, FPS: 5}, webcam[5]},
		{pipe.Spec{Width: 1280, Height: 720, FPS: 60}, webcam[3]},
		{pipe.Spec{Width: 1280, Height: 720, FPS: 10}, webcam[1]},
		{pipe.Spec{Width: 3840, Height: 2160}, webcam[4]},
		{pipe.Spec{Width: 640, Height: 480}, webcam[0]},
		{pipe.Spec{Width: 320, Height: 180}, webcam[0]},
	} {
		if got, ok := choose(webcam, tt.spec); !ok || got != tt.want {
			t.Errorf("%+v: got %+v", tt.spec, got.Video)
		}
	}
	same := []prop.Media{mode(640, 480, 30, frame.FormatMJPEG), mode(640, 480, 0, frame.FormatI420)}
	if got, ok := choose(same[1:], pipe.Spec{}); !ok || got.FrameRate != 30 {
		t.Errorf("an unknown rate: %+v, %v", got.Video, ok)
	}
	if _, ok := choose([]prop.Media{mode(640, 480, 30, frame.FormatZ16)}, pipe.Spec{}); ok {
		t.Error("a depth camera is taken for a camera")
	}
	if _, ok := choose(nil, pipe.Spec{}); ok {
		t.Error("no mode at all is taken for one")
	}
}

// 1080p30, 720p30, what there is.
func TestTheOrderOfModes(t *testing.T) {
	best := mode(1920, 1080, 30, frame.FormatMJPEG)
	slow := mode(1920, 1080, 5, frame.FormatYUYV)
	second := mode(1280, 720, 30, frame.FormatMJPEG)
	small := mode(640, 480, 30, frame.FormatYUYV)
	large := mode(3840, 2160, 30, frame.FormatMJPEG)
	spec := pipe.Spec{Width: 1920, Height: 1080, FPS: 30}
	for _, tt := range []struct {
		there []prop.Media
		want  prop.Media
	}{
		{[]prop.Media{slow, small, second, large, best}, best},
		{[]prop.Media{slow, small, second, large}, second},
		{[]prop.Media{slow, small, large}, small},
		{[]prop.Media{slow, large}, large},
		{[]prop.Media{slow}, slow},
	} {
		if got, ok := choose(tt.there, spec); !ok || got != tt.want {
			t.Errorf("of %d modes: got %+v", len(tt.there), got.Video)
		}
	}
}

func TestADriverIsFoundByItsNode(t *testing.T) {
	device := func(kind driver.DeviceType, label string) driver.Driver {
		return stubDriver{info: driver.Info{Label: label, DeviceType: kind}}
	}
	drivers := []driver.Driver{
		device(driver.Screen, "screen;video1"),
		device(driver.Camera, "usb-cam-index0;video12"),
		device(driver.Camera, "usb-cam-index0;video1"),
	}
	if got := cameraDriver(drivers, "/dev/video1"); got == nil || got.Info() != drivers[2].Info() {
		t.Errorf("got %+v", got)
	}
	if got := cameraDriver(drivers, "/dev/video2"); got != nil {
		t.Errorf("got %+v for a node without driver", got.Info())
	}
}

func microphoneDriver(address, name string, p driver.Priority) driver.Driver {
	return stubDriver{info: driver.Info{Label: hex.EncodeToString([]byte(address)), Name: name, Priority: p}}
}

func TestMicrophonesAreFoundByAnyName(t *testing.T) {
	all := microphones([]driver.Driver{
		microphoneDriver("null", "Discard all samples", driver.PriorityHigh),
		microphoneDriver("null\x00\x00\x00", "Discard all samples", driver.PriorityHigh),
		microphoneDriver(":1,0\x00\x00", "Jabra SPEAK 510", driver.PriorityNormal),
		microphoneDriver("alsa_input.pci", "Built-in microphone", driver.PriorityHigh),
	}, []audio.Card{{Card: 1, ID: "Speakerphone", Label: "Jabra SPEAK 510 USB"}, {Card: 2, ID: "Other"}})
	if len(all) != 2 {
		t.Fatalf("%d microphones, want the two that can record", len(all))
	}
	for want, name := range map[string]string{
		"":                "Built-in microphone", // the system's own choice
		"Jabra SPEAK 510": "Jabra SPEAK 510",
		":1,0":            "Jabra SPEAK 510",
		// As ALSA's own programs name it, and as the kernel labels it.
		"hw:1,0":                                   "Jabra SPEAK 510",
		"hw:Speakerphone,0":                        "Jabra SPEAK 510",
		"hw:CARD=Speakerphone,DEV=0":               "Jabra SPEAK 510",
		"Jabra SPEAK 510 USB":                      "Jabra SPEAK 510",
		hex.EncodeToString([]byte(":1,0\x00\x00")): "Jabra SPEAK 510",
	} {
		if got, err := findMicrophone(all, want, ""); err != nil || got.name != name {
			t.Errorf("%q: got %q, %v", want, got.name, err)
		}
	}
	_, err := findMicrophone(all, "Jabra", "")
	if f := new(Fault); !errors.As(err, &f) || f.Code != pipe.NoDevice || !strings.Contains(f.Text, `but "Jabra SPEAK 510"`) {
		t.Errorf("half a name: %v", err)
	}
}

// unpluggedMicrophone is a driver that can be closed.
type unpluggedMicrophone struct {
	stubDriver
	closed chan struct{}
}

func (m unpluggedMicrophone) Close() error {
	select {
	case <-m.closed:
	default:
		close(m.closed)
	}
	return nil
}

func TestAMicrophoneThatIsPulledOut(t *testing.T) {
	d := unpluggedMicrophone{closed: make(chan struct{})}
	// There is no such card: it has just been pulled out.
	m := microphone{driver: d, name: "Jabra SPEAK 510", card: &audio.Card{Card: 4711, Device: 1}}
	source := &audioSource{}
	m.guard(source)
	if f := <-source.lost; f.Code != pipe.NoDevice || !strings.Contains(f.Text, m.name) {
		t.Errorf("got %v", f)
	}
	source.close()
	source.close()
	<-d.closed
}

func TestAMicrophoneThatIsThere(t *testing.T) {
	d := unpluggedMicrophone{closed: make(chan struct{})}
	m := microphone{driver: d, name: "virtual"} // a sound server's, with no file to look at
	source := &audioSource{}
	m.guard(source)
	source.close()
	<-d.closed
	if len(source.lost) > 0 {
		t.Error("closed by us, and taken for lost")
	}
	file := filepath.Join(t.TempDir(), "pcm")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	close(stop)
	if awaitAbsence(file, stop) {
		t.Error("a device that is there is taken for gone")
	}
}

func sound(channels, rate int, float bool) prop.Media {
	return prop.Media{Audio: prop.Audio{ChannelCount: channels, SampleRate: rate, IsFloat: float, IsInterleaved: true}}
}

func TestTheNearestSoundIsChosen(t *testing.T) {
	modes := []prop.Media{sound(8, 48_000, false), sound(2, 48_000, true), sound(2, 48_000, false), sound(1, 44_100, false)}
	if got, ok := chooseSound(modes, 1); !ok || got != modes[2] {
		t.Errorf("got %+v, %v", got.Audio, ok)
	}
	modes = append(modes, sound(1, 48_000, true))
	if got, ok := chooseSound(modes, 1); !ok || got != modes[4] {
		t.Errorf("got %+v, %v", got.Audio, ok)
	}
	if _, ok := chooseSound(modes[:1], 1); ok {
		t.Error("eight channels are taken for two")
	}
}

// TestWhoCancelsTheEcho: which microphone is taken when none is named, and what is said of its echo.
func TestWhoCancelsTheEcho(t *testing.T) {
	plain := microphone{driver: stubDriver{info: driver.Info{Priority: driver.PriorityHigh}}, name: "plain", address: ":0,0"}
	phone := microphone{driver: stubDriver{}, name: "phone", address: ":1,0", cancels: true}
	cancelled := microphone{driver: stubDriver{}, name: "cancelled", address: audio.Cancelled}
	for _, c := range []struct {
		wish pipe.EchoWish
		all  []microphone
		want string // empty: none
		echo pipe.Echo
	}{
		{"", []microphone{plain, phone, cancelled}, "cancelled", pipe.EchoSoundServer},
		{pipe.EchoAuto, []microphone{plain, phone}, "phone", pipe.EchoDevice},
		{pipe.EchoAuto, []microphone{phone, plain}, "phone", pipe.EchoDevice},
		{pipe.EchoAuto, []microphone{plain}, "plain", pipe.EchoHeard},
		{pipe.EchoBySound, []microphone{plain, cancelled}, "cancelled", pipe.EchoSoundServer},
		{pipe.EchoBySound, []microphone{plain, phone}, "", 0},
		{pipe.EchoByDevice, []microphone{cancelled, plain, phone}, "phone", pipe.EchoDevice},
		{pipe.EchoByDevice, []microphone{cancelled, plain}, "plain", pipe.EchoDevice},
		{pipe.EchoNotCancelled, []microphone{cancelled, phone, plain}, "plain", pipe.EchoHeard},
		{pipe.EchoNotCancelled, []microphone{cancelled}, "", 0},
		{pipe.EchoAuto, nil, "", 0},
	} {
		got, err := findMicrophone(c.all, "", c.wish)
		if f := new(Fault); c.want == "" && !(errors.As(err, &f) && f.Code == pipe.NoDevice) || c.want != "" && err != nil || got.name != c.want {
			t.Errorf("%q among %d: got %q, %v, want %q", c.wish, len(c.all), got.name, err, c.want)
		} else if err == nil && got.echo(c.wish) != c.echo {
			t.Errorf("%q: the echo of %s is %d, want %d", c.wish, got.name, got.echo(c.wish), c.echo)
		}
	}
}

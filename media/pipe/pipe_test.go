package pipe

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/devices/camera/adjust"
	"greenroom/media"
)

// one returns the single message that b holds.
func one(t *testing.T, b []byte) (Type, []byte) {
	t.Helper()
	r := NewReader(bytes.NewReader(b))
	kind, body, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	body = bytes.Clone(body)
	if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the message: %v, want io.EOF", err)
	}
	return kind, body
}

func TestFrameComesBackAsItWas(t *testing.T) {
	want := media.Frame{
		Codec: media.VP8, Keyframe: true, Timestamp: 0xFEDCBA98, Duration: 33_333 * time.Microsecond,
		Captured: time.UnixMicro(1_790_000_000_123_456), Level: 127, Voice: true, Data: []byte{0x10, 1, 2, 3},
	}
	kind, body := one(t, AppendFrame([]byte{}, want))
	got, err := ParseFrame(body)
	if kind != TypeFrame || err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("type %d: got %+v, %v", kind, got, err)
	}
}

func TestFormatAndStatusComeBackAsTheyWere(t *testing.T) {
	format := Format{Codec: media.VP8, Width: 1920, Height: 1080, MilliFPS: 29_970, Echo: EchoDevice, Device: "Kamera über USB", Node: "/dev/video0"}
	_, body := one(t, AppendFormat(nil, format))
	if got, err := ParseFormat(body); err != nil || got != format {
		t.Errorf("format: got %+v, %v", got, err)
	}
	wrong := slices.Clone(body)
	if wrong[10]++; wrong[10] != byte(EchoHeard) {
		t.Fatalf("the layout is another: % X", body)
	}
	if _, err := ParseFormat(wrong); err != nil {
		t.Error(err)
	}
	wrong[10]++
	if got, err := ParseFormat(wrong); !errors.Is(err, ErrProtocol) {
		t.Errorf("an unknown echo: %+v, %v", got, err)
	}
	for _, length := range []byte{8, 100, 255} { // in the middle of a letter, and beyond the end
		bad := slices.Clone(body)
		bad[formatLen-1] = length
		if got, err := ParseFormat(bad); !errors.Is(err, ErrProtocol) {
			t.Errorf("a device's name of another length: %+v, %v", got, err)
		}
	}
	status := Status{Code: CommandEnded, Text: "The camera command ended: exit status 1."}
	_, body = one(t, AppendStatus(nil, status))
	if got, err := ParseStatus(body); err != nil || got != status {
		t.Errorf("status: got %+v, %v", got, err)
	}
	_, body = one(t, AppendHello(nil))
	if err := ParseHello(body); err != nil {
		t.Error(err)
	}
	body[len(body)-1]++
	if err := ParseHello(body); !errors.Is(err, ErrProtocol) {
		t.Errorf("another version: %v", err)
	}
}

func TestControlsComeBackAsTheyWere(t *testing.T) {
	_, body := one(t, AppendBitRate(nil, 2_500_000))
	if n, err := ParseBitRate(body); err != nil || n != 2_500_000 {
		t.Errorf("bit rate %d, %v", n, err)
	}
	for _, on := range []bool{true, false} {
		_, body = one(t, AppendEnabled(nil, on))
		if got, err := ParseEnabled(body); err != nil || got != on {
			t.Errorf("enabled %v, %v", got, err)
		}
	}
	_, body = one(t, AppendLevel(nil, 200, true))
	if level, voice, err := ParseLevel(body); err != nil || level != 127 || !voice {
		t.Errorf("level %d, %v, %v", level, voice, err)
	}
	_, body = one(t, AppendKeyframe(nil, 5))
	if layers, err := ParseKeyframe(body); err != nil || layers != 5 {
		t.Errorf("a keyframe of the layers %b, %v", layers, err)
	}
	if _, err := ParseKeyframe([]byte{8}); !errors.Is(err, ErrProtocol) {
		t.Errorf("a layer that does not exist: %v", err)
	}
	want := Layers{{180, 150_000}, {}, {720, 2_000_000}}
	_, body = one(t, AppendLayers(nil, want))
	if got, err := ParseLayers(body); err != nil || got != want {
		t.Errorf("layers %v, %v", got, err)
	}
	_, body = one(t, AppendAlive(nil, 1<<40))
	if captured, err := ParseAlive(body); err != nil || captured != 1<<40 {
		t.Errorf("%d frames captured, %v", captured, err)
	}
	if _, err := ParseAlive(body[1:]); !errors.Is(err, ErrProtocol) {
		t.Errorf("half a number: %v", err)
	}
	if kind, _ := one(t, AppendStop(nil)); kind != TypeStop {
		t.Errorf("type %d", kind)
	}
}

func TestBadMessagesAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"unknown type":    {0, 0, 0, 0},
		"too long":        {byte(TypeStop), 0, 0, 1, 0},
		"huge frame":      {byte(TypeFrame), 0xFF, 0xFF, 0xFF},
		"too long a text": append([]byte{byte(TypeStatus), 0, 8, 0}, make([]byte, 2048)...),
	} {
		if _, _, err := NewReader(bytes.NewReader(b)).Next(); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v, want ErrProtocol", name, err)
		}
	}
	whole := AppendStatus(nil, Status{Code: Opening, Text: "x"})
	for n := 1; n < len(whole); n++ {
		if _, _, err := NewReader(bytes.NewReader(whole[:n])).Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v, want io.ErrUnexpectedEOF", n, len(whole), err)
		}
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		" Logi\tC920\n": "Logi C920",
		"bad \xff byte": "bad   byte",
		"\x1b[31mred":   "[31mred",
	} {
		if got := CleanText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := CleanText(strings.Repeat("ä", 1000)); len(got) > maxText {
		t.Errorf("%d bytes are left", len(got))
	}
}

func TestSpecTravelsAsArguments(t *testing.T) {
	for _, want := range []Spec{
		{Stream: media.Camera, Kind: KindCamera, Device: "C920; -kind=pipe", Width: 1920, Height: 1080, FPS: 30, BitRate: 4_000_000},
		{Stream: media.Microphone, Kind: KindPipe, Command: []string{"ffmpeg", "-i", "", "--", "-"}, Channels: 2, Off: true},
		{Stream: media.Microphone, Kind: KindMicrophone},
		{Stream: media.Camera, Kind: KindCamera, Codec: media.H264, Encoder: "/dev/video11"},
	} {
		got, err := ParseArgs(want.Args())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestWrongSpecsAreRefused(t *testing.T) {
	camera := Spec{Stream: media.Camera, Kind: KindCamera}
	for name, change := range map[string]func(*Spec){
		"no kind":            func(s *Spec) { s.Kind = "" },
		"no stream":          func(s *Spec) { s.Stream = 0 },
		"camera for sound":   func(s *Spec) { s.Stream = media.Microphone },
		"microphone picture": func(s *Spec) { s.Kind = KindMicrophone },
		"pipe, no command":   func(s *Spec) { s.Kind = KindPipe },
		"huge width":         func(s *Spec) { s.Width = 100_000 },
		"negative bit rate":  func(s *Spec) { s.BitRate = -1 },
		"three channels":     func(s *Spec) { s.Channels = 3 },
		"picture as sound":   func(s *Spec) { s.Codec = media.Opus },
		"unknown codec":      func(s *Spec) { s.Codec = 9 },
	} {
		s := camera
		change(&s)
		if s.Check() == nil {
			t.Errorf("%s: not refused by Check", name)
		}
		if _, err := ParseArgs(s.Args()); err == nil {
			t.Errorf("%s: not refused by ParseArgs", name)
		}
	}
	if _, err := ParseArgs([]string{"-nonsense"}); err == nil {
		t.Error("an unknown flag is not refused")
	}
}

func TestAdjustmentsComeBackAsTheyWere(t *testing.T) {
	all := []adjust.Control{
		{Kind: adjust.Brightness, Least: -64, Most: 64, Step: 1, Value: -3},
		{Kind: adjust.Focus, Least: 0, Most: 250, Step: 5, Default: 30, Value: 30, Idle: true},
	}
	kind, body := one(t, AppendControls(nil, all))
	if got, err := ParseControls(body); kind != TypeControls || err != nil || !slices.Equal(got, all) {
		t.Errorf("type %d: got %+v, %v", kind, got, err)
	}
	if _, body := one(t, AppendControls(nil, nil)); len(body) != 0 {
		t.Errorf("nothing to adjust takes %d bytes", len(body))
	}
	for name, bad := range map[string][]adjust.Control{
		"no such kind": {{Kind: 99, Most: 1, Step: 1}},
		"twice":        {all[0], all[0]},
		"no range":     {{Kind: adjust.Zoom, Least: 1, Most: 1, Step: 1, Value: 1, Default: 1}},
		"no step":      {{Kind: adjust.Zoom, Most: 1}},
		"outside":      {{Kind: adjust.Zoom, Most: 1, Step: 1, Value: 2}},
	} {
		_, body := one(t, AppendControls(nil, bad))
		if got, err := ParseControls(body); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	want := Adjustment{Kind: adjust.Zoom, Value: -70_000}
	kind, body = one(t, AppendAdjustment(nil, want))
	if got, err := ParseAdjustment(body); kind != TypeAdjust || err != nil || got != want {
		t.Errorf("type %d: got %+v, %v", kind, got, err)
	}
	body[0] = 0
	if _, err := ParseAdjustment(body); !errors.Is(err, ErrProtocol) {
		t.Errorf("nothing is adjusted: %v", err)
	}
}

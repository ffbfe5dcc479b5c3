package pipe

import (
	"bytes"
	"testing"
	"time"

	"greenroom/devices/camera/adjust"
	"greenroom/media"
)

// marshal parses a body and marshals what it means; ok is false for a body that is refused.
func marshal(t Type, body []byte) (again []byte, ok bool) {
	switch t {
	case TypeHello:
		return AppendHello(nil), ParseHello(body) == nil
	case TypeFormat:
		f, err := ParseFormat(body)
		return AppendFormat(nil, f), err == nil
	case TypeFrame:
		f, err := ParseFrame(body)
		return AppendFrame(nil, f), err == nil
	case TypeLevel:
		level, voice, err := ParseLevel(body)
		return AppendLevel(nil, level, voice), err == nil
	case TypeStatus:
		s, err := ParseStatus(body)
		return AppendStatus(nil, s), err == nil
	case TypeAlive:
		captured, err := ParseAlive(body)
		return AppendAlive(nil, captured), err == nil
	case TypeBitRate:
		n, err := ParseBitRate(body)
		return AppendBitRate(nil, n), err == nil
	case TypeKeyframe:
		layers, err := ParseKeyframe(body)
		return AppendKeyframe(nil, layers), err == nil
	case TypeLayers:
		layers, err := ParseLayers(body)
		return AppendLayers(nil, layers), err == nil
	case TypeControls:
		all, err := ParseControls(body)
		return AppendControls(nil, all), err == nil
	case TypeAdjust:
		a, err := ParseAdjustment(body)
		return AppendAdjustment(nil, a), err == nil
	case TypeEnabled:
		on, err := ParseEnabled(body)
		return AppendEnabled(nil, on), err == nil
	}
	return appendEmpty(nil, t), true
}

// FuzzReader: no bytes panic, and every message that is understood has one encoding.
func FuzzReader(f *testing.F) {
	seed := AppendHello(nil)
	seed = AppendFormat(seed, Format{Codec: media.VP8, Width: 1280, Height: 720, Device: "camera"})
	seed = AppendFrame(seed, media.Frame{Codec: media.VP8, Captured: time.UnixMicro(1), Data: []byte{1, 2, 3}})
	seed = AppendLevel(seed, 30, true)
	seed = AppendStatus(seed, Status{Code: NoDevice, Text: "no camera"})
	seed = AppendControls(seed, []adjust.Control{{Kind: adjust.Zoom, Least: 100, Most: 500, Step: 1, Default: 100, Value: 200, Idle: true}})
	f.Add(AppendAlive(seed, 30))
	f.Add(AppendAdjustment(nil, Adjustment{Kind: adjust.Focus, Value: -1}))
	f.Add(AppendStop(AppendEnabled(AppendBitRate(AppendKeyframe(AppendLayers(nil, Layers{{180, 1}}), 1), 1), true)))
	f.Add([]byte{byte(TypeFrame), 0xFF, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest := NewReader(bytes.NewReader(b)), b
		for {
			kind, body, err := r.Next()
			if err != nil {
				return
			}
			raw := rest[:headerLen+len(body)]
			rest = rest[len(raw):]
			if again, ok := marshal(kind, body); ok && !bytes.Equal(again, raw) {
				t.Fatalf("%x means %x", raw, again)
			}
		}
	})
}

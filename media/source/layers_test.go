package source

import (
	"encoding/binary"
	"testing"

	"greenroom/media"
	"greenroom/media/codec/codectest"
	"greenroom/media/pipe"
)

// heightOf returns how many lines a keyframe's picture has (RFC 6386, section 9.1).
func heightOf(keyframe []byte) int { return int(binary.LittleEndian.Uint16(keyframe[8:]) & 0x3fff) }

// widthOf returns how many columns it has.
func widthOf(keyframe []byte) int { return int(binary.LittleEndian.Uint16(keyframe[6:]) & 0x3fff) }

// A picture comes in as many sizes as are asked for, each of which stands alone.
func TestLayersComeAndGo(t *testing.T) {
	r := run(t, Config{Spec: cameraCommand(videoCommand(640, 360)...)})
	r.frame("frame", anyFrame)
	r.SetLayers(pipe.Layers{{Height: 90, BitRate: 80_000}, {Height: 180, BitRate: 200_000}, {Height: 360, BitRate: 700_000}})
	heights := [pipe.MaxLayers]int{90, 180, 360}
	layers := [pipe.MaxLayers][][]byte{}
	stamps := map[uint32]int{}
	for len(layers[0]) < 10 || len(layers[1]) < 10 || len(layers[2]) < 10 {
		f := r.frame("frame", anyFrame)
		l := &layers[f.Layer]
		if len(*l) == 0 && (!f.Keyframe || heightOf(f.Data) != heights[f.Layer]) {
			continue // of the time before
		}
		if f.Keyframe && heightOf(f.Data) != heights[f.Layer] {
			t.Fatalf("layer %d has %d lines", f.Layer, heightOf(f.Data))
		}
		*l = append(*l, f.Data)
		stamps[f.Timestamp]++
	}
	for i, frames := range layers {
		height := heights[i]
		if n := len(codectest.DecodeVP8(t, frames, height*16/9, height)); n != len(frames) {
			t.Errorf("layer %d: %d of %d frames were decoded", i, n, len(frames))
		}
	}
	whole := 0
	for _, n := range stamps {
		if n == pipe.MaxLayers {
			whole++
		}
	}
	if whole < 5 {
		t.Errorf("%d of %d pictures came in all layers with one timestamp", whole, len(stamps))
	}

	// A keyframe of one layer is none of another's.
	r.RequestKeyframe(1 << 1)
	for {
		f := r.frame("keyframe", func(f media.Frame) bool { return f.Keyframe })
		if f.Layer == 1 {
			break
		}
		t.Errorf("a keyframe of layer %d, which nobody asked for", f.Layer)
	}

	r.SetLayers(pipe.Layers{{}, {Height: 240, BitRate: 300_000}})
	last := r.frame("keyframe of another size", func(f media.Frame) bool { return f.Keyframe && f.Layer == 1 && heightOf(f.Data) == 240 })
	for range 10 {
		if f := r.frame("frame", anyFrame); f.Layer != last.Layer {
			t.Errorf("a frame of layer %d, which is off", f.Layer)
		}
	}
}

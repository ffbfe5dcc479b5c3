// Package codectest makes and decodes media with ffmpeg, an implementation that shares no code with ours. It is for
// tests, and pure Go.
package codectest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3/pkg/media/oggwriter"

	"greenroom/media"
	"greenroom/media/capture/y4m"
)

// FFmpeg runs ffmpeg with the given input and arguments and returns its standard output.
func FFmpeg(t testing.TB, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, args...)...)
	if stdin != nil {
		cmd.Args = append([]string{"ffmpeg", "-hide_banner", "-loglevel", "error"}, args...)
		cmd.Stdin = bytes.NewReader(stdin)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, stderr.Bytes())
	}
	return stdout.Bytes()
}

// TestPictures returns n pictures of ffmpeg's moving test source at 30 a second.
func TestPictures(t testing.TB, width, height, n int) []*image.YCbCr {
	t.Helper()
	// The source itself makes even sizes alone.
	source := fmt.Sprintf("testsrc2=rate=30:size=%dx%d,scale=%d:%d", (width+1)&^1, (height+1)&^1, width, height)
	return pictures(t, FFmpeg(t, nil, "-f", "lavfi", "-i", source, "-frames:v", strconv.Itoa(n),
		"-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"))
}

// DecodeVP8 decodes frames, the first of which is a keyframe. A frame that cannot be decoded fails the test.
func DecodeVP8(t testing.TB, frames [][]byte, width, height int) []*image.YCbCr {
	t.Helper()
	return pictures(t, FFmpeg(t, IVF(frames, width, height), "-xerror", "-err_detect", "explode",
		"-f", "ivf", "-i", "-", "-vsync", "passthrough", "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"))
}

// H264 returns access units of a moving picture at 30 a second by x264, an encoder whose output every decoder knows:
// constrained baseline, one slice a picture, the first one and each 15th a keyframe with its parameter sets.
func H264(t testing.TB, width, height, n, bitRate int) [][]byte {
	t.Helper()
	stream := FFmpeg(t, nil, "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=rate=30:size=%dx%d", width, height), "-frames:v", strconv.Itoa(n),
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-tune", "zerolatency",
		"-x264-params", "aud=1:repeat-headers=1:sliced-threads=0:threads=1", "-g", "15", "-b:v", strconv.Itoa(bitRate), "-f", "h264", "-")
	units := AccessUnits(stream)
	if len(units) != n {
		t.Fatalf("x264 wrote %d access units of %d pictures", len(units), n)
	}
	return units
}

// AccessUnits takes a byte stream apart before each access unit delimiter.
func AccessUnits(stream []byte) (units [][]byte) {
	for nal, rest := media.NextNAL(stream); len(nal) > 0; nal, rest = media.NextNAL(rest) {
		if media.NALType(nal) == media.NALDelimiter {
			units = append(units, nil)
		}
		if last := len(units) - 1; last >= 0 {
			units[last] = append(append(units[last], 0, 0, 0, 1), nal...)
		}
	}
	return units
}

// DecodeH264 decodes a byte stream that begins with a keyframe. What cannot be decoded fails the test.
func DecodeH264(t testing.TB, stream []byte) []*image.YCbCr {
	t.Helper()
	return pictures(t, FFmpeg(t, stream, "-xerror", "-err_detect", "explode", "-f", "h264", "-i", "-",
		"-vsync", "passthrough", "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"))
}

// TriesH264 has a decoder make of a byte stream what it can, and returns how many bytes of pictures came out.
func TriesH264(t testing.TB, stream []byte) int {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-hide_banner", "-loglevel", "quiet", "-f", "h264", "-i", "-", "-f", "rawvideo", "-")
	cmd.Stdin = bytes.NewReader(stream)
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return len(out)
}

func pictures(t testing.TB, stream []byte) []*image.YCbCr {
	t.Helper()
	r, err := y4m.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	var all []*image.YCbCr
	for r.Begin() == nil {
		img := new(image.YCbCr)
		if err := r.ReadPicture(img); err != nil {
			t.Fatal(err)
		}
		all = append(all, img)
	}
	return all
}

// IVF puts VP8 frames into an IVF file with a time base of 1/30 s.
func IVF(frames [][]byte, width, height int) []byte {
	b := append([]byte("DKIF\x00\x00\x20\x00VP80"), make([]byte, 20)...)
	binary.LittleEndian.PutUint16(b[12:], uint16(width))
	binary.LittleEndian.PutUint16(b[14:], uint16(height))
	binary.LittleEndian.PutUint32(b[16:], 30)
	binary.LittleEndian.PutUint32(b[20:], 1)
	binary.LittleEndian.PutUint32(b[24:], uint32(len(frames)))
	for i, f := range frames {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		b = binary.LittleEndian.AppendUint64(b, uint64(i))
		b = append(b, f...)
	}
	return b
}

// DecodeOpus decodes 20 ms packets to mono samples at 48 kHz.
func DecodeOpus(t testing.TB, packets [][]byte, channels int) []int16 {
	t.Helper()
	var file bytes.Buffer
	w, err := oggwriter.NewWith(&file, 48_000, uint16(channels))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range packets {
		packet := &rtp.Packet{Payload: p, Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(960 * i)}}
		if err := w.WriteRTP(packet); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	raw := FFmpeg(t, file.Bytes(), "-i", "-", "-f", "s16le", "-ac", "1", "-ar", "48000", "-")
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return samples
}

// Tone returns the share of the samples' energy that lies at a frequency, 0 to 1 (Goertzel's algorithm over 100 ms).
func Tone(samples []int16, frequency float64) float64 {
	const span = 4800
	var at, all float64
	for ; len(samples) >= span; samples = samples[span:] {
		k := 2 * math.Cos(2*math.Pi*frequency/48_000)
		var s1, s2 float64
		for _, v := range samples[:span] {
			x := float64(v)
			s1, s2 = x+k*s1-s2, s1
			all += x * x
		}
		at += (s1*s1 + s2*s2 - k*s1*s2) * 2 / span
	}
	if all == 0 {
		return 0
	}
	return at / all
}

// PSNR returns how alike two pictures' brightness is, in dB. 30 and more look alike.
func PSNR(a, b *image.YCbCr) float64 {
	if a.Rect != b.Rect {
		return 0
	}
	var sum float64
	for i := range a.Y {
		d := float64(a.Y[i]) - float64(b.Y[i])
		sum += d * d
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(len(a.Y))/sum)
}

// Within waits until ready, which is asked again after every event, and fails the test after limit.
func Within[E any](t testing.TB, limit time.Duration, events <-chan E, what string, ready func(E) bool) E {
	t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case e := <-events:
			if ready(e) {
				return e
			}
		case <-timeout:
			t.Fatalf("waited %v for %s", limit, what)
		}
	}
}

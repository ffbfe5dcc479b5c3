package lab

import (
	"fmt"
	"strconv"
	"strings"
)

// Where the time code stands in a test picture: TimeCodeBits squares of TimeCodeSquare pixels, from TimeCodeX,
// TimeCodeY to the right, the lowest bit first; white is 1. It holds the milliseconds of the wall clock modulo 2^24 at
// the moment the frame left the picture's source, so that whoever sees the picture can tell how old it is.
const (
	TimeCodeBits   = 24
	TimeCodeSquare = 16
	TimeCodeX      = 80
	TimeCodeY      = 480
)

// Look is the colours of a room's test picture, as ffmpeg writes them.
type Look struct{ From, To string }

// fontDir is where Debian's fonts-dejavu-core puts its fonts.
const fontDir = "/usr/share/fonts/truetype/dejavu"

// PictureCommand returns a command that writes a moving picture as Y4M to its standard output, in real time and for
// ever: the name in large letters, a clock, a bar that moves, and the time code.
func PictureCommand(name string, look Look, width, height, fps int) []string {
	// Gradients are drawn small and scaled up: they are smooth, and this costs a tenth.
	source := fmt.Sprintf("gradients=s=160x90:r=%d:c0=%s:c1=%s:n=2:speed=0.02", fps, look.From, look.To)
	size := fmt.Sprintf("%d:%d", width, height)
	k := float64(height) / 720
	px := func(v int) string { return strconv.Itoa(int(float64(v) * k)) }
	graph := strings.Join([]string{
		"[0]split[background][tick]",
		"[background]scale=" + size + ":flags=bilinear,format=yuv420p," +
			"drawtext=fontfile=" + fontDir + "/DejaVuSans-Bold.ttf:text='" + drawtextQuote(name) + "':fontsize=" + px(96) + ":fontcolor=white:x=" + px(80) + ":y=" + px(240) + "," +
			"drawtext=fontfile=" + fontDir + `/DejaVuSansMono.ttf:text='%{localtime\:%H\\\:%M\\\:%S}':fontsize=` + px(64) + ":fontcolor=white@0.9:x=" + px(80) + ":y=" + px(360) + "," +
			"drawbox=x='mod(t*" + px(240) + "\\,iw)':y=ih-" + px(24) + ":w=" + px(64) + ":h=" + px(8) + ":c=white@0.8:t=fill[picture]",
		// One pixel a bit, from the wall clock as the frame's time stamp; then enlarged.
		fmt.Sprintf("[tick]crop=%d:1:0:0,format=gray,settb=1/1000000,setpts=RTCTIME,"+
			"geq=lum='255*mod(floor(mod(T*1000\\,16777216)/pow(2\\,X))\\,2)',"+
			"scale=%d:%d:flags=neighbor,settb=1/%d,setpts=N,format=yuv420p[code]",
			TimeCodeBits, TimeCodeBits*TimeCodeSquare, TimeCodeSquare, fps),
		fmt.Sprintf("[picture][code]overlay=%d:%d:format=yuv420", TimeCodeX, TimeCodeY),
	}, ";")
	return []string{
		"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i", source,
		"-filter_complex", graph, "-f", "yuv4mpegpipe", "-",
	}
}

// SpeechCommand returns a command that speaks the words again and again, as S16LE samples (48 kHz, one channel) on its
// standard output, in real time and for ever.
func SpeechCommand(words string) []string {
	// In steps of 20 ms, each at its time, as a microphone gives them. flite's own steps of 85 ms make a player expect
	// such gaps, and hold back the sound, and with it the picture, for as long.
	graph := "flite=text='" + drawtextQuote(words) + "':voice=slt,aresample=48000,apad=pad_dur=0.8," +
		"aloop=loop=-1:size=2000000000,asetnsamples=960,arealtime"
	return []string{
		"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-f", "lavfi", "-i", graph,
		"-f", "s16le", "-ac", "1", "-ar", "48000", "-",
	}
}

// drawtextQuote keeps what has a meaning in ffmpeg's filter descriptions out of a text.
func drawtextQuote(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`'\:%,;[]{}=`, r) {
			return ' '
		}
		return r
	}, s)
}

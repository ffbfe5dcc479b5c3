// Package codec says how streams are encoded; its folders hold the encoders. Each is a builder in the sense of
// pion/mediadevices (codec.VideoEncoderBuilder, codec.AudioEncoderBuilder), so that a driver's reader plugs into it as
// it is, and another encoder (a hardware one) is one more folder.
//
//	vpx    VP8 by libvpx, tuned for conversation
//	m2m    H.264 by a hardware encoder of Video4Linux
//	encode what both have in common
//	opus   Opus by libopus, with in-band error correction
//	scale  smaller pictures, for a stream's layers
//
// Only greenroom-capture links them. vpx, opus and scale are the product's C code.
package codec

// Bit rates for VP8 at 30 frames a second. Between sizes the rate grows a little slower than the number of pixels,
// because larger pictures hold more that is alike.
const (
	rate360p  = 700_000
	rate720p  = 2_000_000
	rate1080p = 3_800_000
)

// VideoBitRate returns the bit rate, in bits a second, at which a moving picture of that size looks good. fps of 0
// means 30.
func VideoBitRate(width, height, fps int) int {
	pixels := width * height
	rate := rate1080p
	switch {
	case pixels <= 640*360:
		rate = max(100_000, rate360p*pixels/(640*360))
	case pixels <= 1280*720:
		rate = between(pixels, 640*360, rate360p, 1280*720, rate720p)
	case pixels < 1920*1080:
		rate = between(pixels, 1280*720, rate720p, 1920*1080, rate1080p)
	}
	if fps <= 0 {
		fps = 30
	}
	// Half of the bits go with the picture, half with the frames: twice the frames need half as much again.
	return rate/2 + rate/2*min(fps, 60)/30
}

func between(x, x0, y0, x1, y1 int) int { return y0 + (y1-y0)*(x-x0)/(x1-x0) }

// AudioBitRate returns the bit rate, in bits a second, at which speech by Opus sounds full, error correction included.
func AudioBitRate(channels int) int {
	if channels > 1 {
		return 64_000
	}
	return 40_000
}

// VideoThreads returns how many threads an encoder may use: two from 1080p on, if there are four cores, and one
// otherwise. libvpx's threads wait for each other by spinning: where they find no free core, a picture takes many
// times as long as with one thread.
func VideoThreads(width, height, cpus int) int {
	if width*height < 1920*1080 || cpus < 4 {
		return 1
	}
	return 2
}

// Package bare runs libvpx from a loop in C, with the same settings as package vpx, for benchmarks to measure
// against. Nothing but tests imports it.
package bare

// #cgo pkg-config: vpx
// #include <stdlib.h>
// #include <vpx/vp8cx.h>
// #include <vpx/vpx_encoder.h>
//
// static vpx_codec_ctx_t *bare_open(unsigned w, unsigned h, unsigned kbit, unsigned threads) {
//   vpx_codec_enc_cfg_t c;
//   vpx_codec_ctx_t *x = calloc(1, sizeof *x);
//   if (!x || vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &c, 0)) return NULL;
//   c.g_w = w; c.g_h = h; c.g_threads = threads; c.g_timebase.num = 1; c.g_timebase.den = 1000000;
//   c.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT; c.g_lag_in_frames = 0; c.g_pass = VPX_RC_ONE_PASS;
//   c.rc_end_usage = VPX_CBR; c.rc_target_bitrate = kbit; c.rc_dropframe_thresh = 25;
//   c.rc_min_quantizer = 2; c.rc_max_quantizer = 56; c.rc_undershoot_pct = 100; c.rc_overshoot_pct = 15;
//   c.rc_buf_initial_sz = 500; c.rc_buf_optimal_sz = 600; c.rc_buf_sz = 1000; c.kf_max_dist = 3000;
//   if (vpx_codec_enc_init(x, vpx_codec_vp8_cx(), &c, 0)) return NULL;
//   vpx_codec_control(x, VP8E_SET_CPUUSED, -8);
//   vpx_codec_control(x, VP8E_SET_STATIC_THRESHOLD, 1);
//   vpx_codec_control(x, VP8E_SET_TOKEN_PARTITIONS, threads > 1 ? 1 : 0);
//   vpx_codec_control(x, VP8E_SET_MAX_INTRA_BITRATE_PCT, 900);
//   return x;
// }
//
// static int bare_run(vpx_codec_ctx_t *x, unsigned char *pictures, unsigned w, unsigned h, int count, long long first) {
//   size_t size = (size_t)w * h * 3 / 2;
//   for (int i = 0; i < count; i++) {
//     vpx_image_t image;
//     vpx_codec_iter_t iter = NULL;
//     vpx_img_wrap(&image, VPX_IMG_FMT_I420, w, h, 1, pictures + i * size);
//     if (vpx_codec_encode(x, &image, (first + i) * 33333, 33333, 0, VPX_DL_REALTIME)) return -1;
//     while (vpx_codec_get_cx_data(x, &iter)) {}
//   }
//   return 0;
// }
//
// static void bare_close(vpx_codec_ctx_t *x) { vpx_codec_destroy(x); free(x); }
import "C"

import (
	"errors"
	"unsafe"
)

// Encoder is a libvpx encoder. Both sides of its pictures are even.
type Encoder struct {
	c             *C.vpx_codec_ctx_t
	width, height int
}

// Open returns an encoder.
func Open(width, height, bitRate, threads int) (*Encoder, error) {
	c := C.bare_open(C.uint(width), C.uint(height), C.uint(bitRate/1000), C.uint(threads))
	if c == nil {
		return nil, errors.New("bare: libvpx cannot be opened")
	}
	return &Encoder{c, width, height}, nil
}

// Run encodes count pictures that lie one after another in memory; first is the number of the first of them.
func (e *Encoder) Run(pictures []byte, count, first int) error {
	if len(pictures) < count*e.width*e.height*3/2 {
		return errors.New("bare: too few pictures")
	}
	if C.bare_run(e.c, (*C.uchar)(unsafe.Pointer(&pictures[0])), C.uint(e.width), C.uint(e.height), C.int(count), C.longlong(first)) != 0 {
		return errors.New("bare: libvpx refuses a picture")
	}
	return nil
}

// Close frees the encoder.
func (e *Encoder) Close() { C.bare_close(e.c) }

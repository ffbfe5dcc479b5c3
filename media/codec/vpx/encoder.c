#include "encoder.h"

#include <stdlib.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

struct greenroom_vp8 {
  vpx_codec_ctx_t codec;
  vpx_codec_enc_cfg_t config;
  vpx_image_t image; // describes the picture; its planes are set for one call at a time
  const uint8_t *data;
  size_t length;
};

// The rate control keeps about half a second of bits in hand, and leaves pictures out rather than fall behind: in a
// conversation a late picture is worth less than a missing one.
static void configure(vpx_codec_enc_cfg_t *c, unsigned width, unsigned height, unsigned kbit, unsigned threads) {
  c->g_w = width;
  c->g_h = height;
  c->g_timebase.num = 1;
  c->g_timebase.den = 1000000;
  c->g_threads = threads;
  c->g_pass = VPX_RC_ONE_PASS;
  c->g_lag_in_frames = 0;
  c->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
  c->rc_end_usage = VPX_CBR;
  c->rc_target_bitrate = kbit;
  c->rc_dropframe_thresh = 25;
  c->rc_resize_allowed = 0;
  c->rc_min_quantizer = 2;
  c->rc_max_quantizer = 56;
  c->rc_undershoot_pct = 100;
  c->rc_overshoot_pct = 15;
  c->rc_buf_initial_sz = 500;
  c->rc_buf_optimal_sz = 600;
  c->rc_buf_sz = 1000;
  // Keyframes come on demand and at cuts. The distance is only a net under receivers that never ask.
  c->kf_mode = VPX_KF_AUTO;
  c->kf_min_dist = 0;
  c->kf_max_dist = 3000;
}

// A keyframe may take as many bits as half the buffer holds.
static unsigned keyframe_percent(const vpx_codec_enc_cfg_t *c, unsigned fps) {
  unsigned percent = c->rc_buf_optimal_sz * fps / 20;
  return percent < 300 ? 300 : percent;
}

static int control(greenroom_vp8 *e, unsigned fps, int screen) {
  int partitions = e->config.g_threads > 1 ? 1 : 0; // as a power of two
  return vpx_codec_control(&e->codec, VP8E_SET_CPUUSED, -8) ||
         vpx_codec_control(&e->codec, VP8E_SET_STATIC_THRESHOLD, 1) ||
         vpx_codec_control(&e->codec, VP8E_SET_NOISE_SENSITIVITY, 0) ||
         vpx_codec_control(&e->codec, VP8E_SET_TOKEN_PARTITIONS, partitions) ||
         vpx_codec_control(&e->codec, VP8E_SET_SCREEN_CONTENT_MODE, screen) ||
         vpx_codec_control(&e->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, keyframe_percent(&e->config, fps));
}

greenroom_vp8 *greenroom_vp8_open(unsigned width, unsigned height, unsigned kbit, unsigned threads, unsigned fps,
                                  int screen, const char **error) {
  static uint8_t no_plane[1];
  greenroom_vp8 *e = calloc(1, sizeof *e);
  if (e == NULL) {
    *error = "out of memory";
    return NULL;
  }
  vpx_codec_err_t code = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->config, 0);
  if (code == VPX_CODEC_OK) {
    configure(&e->config, width, height, kbit, threads);
    code = vpx_codec_enc_init(&e->codec, vpx_codec_vp8_cx(), &e->config, 0);
  }
  if (code != VPX_CODEC_OK) {
    *error = vpx_codec_err_to_string(code);
    free(e);
    return NULL;
  }
  if (control(e, fps, screen) || vpx_img_wrap(&e->image, VPX_IMG_FMT_I420, width, height, 1, no_plane) == NULL) {
    *error = "libvpx refuses the settings";
    greenroom_vp8_close(e);
    return NULL;
  }
  return e;
}

const char *greenroom_vp8_encode(greenroom_vp8 *e, uint8_t *y, uint8_t *cb, uint8_t *cr, int y_stride, int c_stride,
                                 int64_t at, uint64_t duration, int keyframe) {
  e->data = NULL;
  e->length = 0;
  e->image.planes[VPX_PLANE_Y] = y;
  e->image.planes[VPX_PLANE_U] = cb;
  e->image.planes[VPX_PLANE_V] = cr;
  e->image.stride[VPX_PLANE_Y] = y_stride;
  e->image.stride[VPX_PLANE_U] = e->image.stride[VPX_PLANE_V] = c_stride;
  vpx_codec_err_t code = vpx_codec_encode(&e->codec, &e->image, at, duration, keyframe ? VPX_EFLAG_FORCE_KF : 0,
                                          VPX_DL_REALTIME);
  // The planes are the caller's: nothing may keep them beyond this call.
  e->image.planes[VPX_PLANE_Y] = e->image.planes[VPX_PLANE_U] = e->image.planes[VPX_PLANE_V] = NULL;
  if (code != VPX_CODEC_OK) return vpx_codec_err_to_string(code);

  vpx_codec_iter_t iter = NULL;
  const vpx_codec_cx_pkt_t *packet;
  while ((packet = vpx_codec_get_cx_data(&e->codec, &iter)) != NULL) {
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
    e->data = packet->data.frame.buf;
    e->length = packet->data.frame.sz;
    break;
  }
  return NULL;
}

const uint8_t *greenroom_vp8_data(greenroom_vp8 *e) { return e->data; }
size_t greenroom_vp8_length(greenroom_vp8 *e) { return e->length; }

const char *greenroom_vp8_set_rate(greenroom_vp8 *e, unsigned kbit) {
  e->config.rc_target_bitrate = kbit;
  vpx_codec_err_t code = vpx_codec_enc_config_set(&e->codec, &e->config);
  return code == VPX_CODEC_OK ? NULL : vpx_codec_err_to_string(code);
}

void greenroom_vp8_close(greenroom_vp8 *e) {
  if (e == NULL) return;
  vpx_codec_destroy(&e->codec);
  free(e);
}

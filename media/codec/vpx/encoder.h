// A VP8 encoder with settings for conversation, around libvpx.
#ifndef GREENROOM_VPX_ENCODER_H
#define GREENROOM_VPX_ENCODER_H

#include <stddef.h>
#include <stdint.h>

typedef struct greenroom_vp8 greenroom_vp8;

// greenroom_vp8_open returns an encoder, or NULL with *error set to libvpx's words. The bit rate is in kbit/s; screen is 1
// for pictures of a computer's screen.
greenroom_vp8 *greenroom_vp8_open(unsigned width, unsigned height, unsigned kbit, unsigned threads, unsigned fps,
                                  int screen, const char **error);

// greenroom_vp8_encode encodes a 4:2:0 picture. Times are in microseconds. It returns NULL, or libvpx's words. The
// frame is then at *greenroom_vp8_data until the next call; its length is 0 when the encoder left the picture out.
const char *greenroom_vp8_encode(greenroom_vp8 *e, uint8_t *y, uint8_t *cb, uint8_t *cr, int y_stride, int c_stride,
                                 int64_t at, uint64_t duration, int keyframe);
const uint8_t *greenroom_vp8_data(greenroom_vp8 *e);
size_t greenroom_vp8_length(greenroom_vp8 *e);

// greenroom_vp8_set_rate changes the bit rate from the next picture on. It returns NULL, or libvpx's words.
const char *greenroom_vp8_set_rate(greenroom_vp8 *e, unsigned kbit);

void greenroom_vp8_close(greenroom_vp8 *e);

#endif

// Reduces planes of 8-bit samples by n/d, each result being the mean of the area that it stands for.
#ifndef GREENROOM_SCALE_H
#define GREENROOM_SCALE_H

#include <stdint.h>

// greenroom_reduce fills width x height samples of dst from src. src holds at least width*d/n by height*d/n samples,
// rounded up. row is room for width*d/n numbers, rounded up. n < d <= 16.
void greenroom_reduce(uint8_t *dst, int dst_stride, int width, int height, const uint8_t *src, int src_stride, int n,
                      int d, uint16_t *row);

#endif

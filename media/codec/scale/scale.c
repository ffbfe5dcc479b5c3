#include "scale.h"

#include <stddef.h>
#include <string.h>

// All loops over samples are plain, so that the compiler makes vector code of them.

static void halve(uint8_t *restrict dst, int dst_stride, int width, int height, const uint8_t *restrict src,
                  int src_stride) {
  for (int y = 0; y < height; y++) {
    const uint8_t *a = src, *b = src + src_stride;
    for (int x = 0; x < width; x++) {
      dst[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
    }
    dst += dst_stride;
    src += 2 * src_stride;
  }
}

static void add(uint16_t *restrict row, int width, const uint8_t *restrict src, unsigned weight) {
  for (int x = 0; x < width; x++) row[x] = (uint16_t)(row[x] + weight * src[x]);
}

// Reduces a row of sums of d rows by n/d, and divides by the area.
static void across(uint8_t *restrict dst, int width, const uint16_t *restrict row, int n, int d) {
  const uint32_t area = (uint32_t)(d * d), half = area / 2;
  if (n == 2 && d == 3) {
    for (int x = 0; x < width / 2; x++) {
      const uint16_t *s = row + 3 * x;
      dst[2 * x] = (uint8_t)((2u * s[0] + s[1] + half) / 9u);
      dst[2 * x + 1] = (uint8_t)((s[1] + 2u * s[2] + half) / 9u);
    }
    if (width % 2) {
      const uint16_t *s = row + 3 * (width / 2);
      dst[width - 1] = (uint8_t)((2u * s[0] + s[1] + half) / 9u);
    }
    return;
  }
  int left = n; // units left of the sample at row; a result covers d units, a sample n of them
  for (int x = 0; x < width; x++) {
    uint32_t sum = 0;
    for (int need = d; need > 0;) {
      int part = left < need ? left : need;
      sum += (uint32_t)part * *row;
      need -= part;
      left -= part;
      if (left == 0) {
        row++;
        left = n;
      }
    }
    dst[x] = (uint8_t)((sum + half) / area);
  }
}

void greenroom_reduce(uint8_t *dst, int dst_stride, int width, int height, const uint8_t *src, int src_stride, int n,
                      int d, uint16_t *row) {
  if (d == 2 * n) {
    halve(dst, dst_stride, width, height, src, src_stride);
    return;
  }
  const int wide = (width * d + n - 1) / n;
  int left = n;
  for (int y = 0; y < height; y++) {
    memset(row, 0, (size_t)wide * sizeof *row);
    for (int need = d; need > 0;) {
      int part = left < need ? left : need;
      add(row, wide, src, (unsigned)part);
      need -= part;
      left -= part;
      if (left == 0) {
        src += src_stride;
        left = n;
      }
    }
    across(dst, width, row, n, d);
    dst += dst_stride;
  }
}

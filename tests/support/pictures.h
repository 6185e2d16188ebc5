#ifndef TESTS_SUPPORT_PICTURES_H
#define TESTS_SUPPORT_PICTURES_H
#include "base/arena.h"

/* Pictures without a library. A PNG of one colour, 0xRRGGBB, whose right half is 0xRRGGBB of `right`. */
str picture_png(struct arena *a, uint32_t width, uint32_t height, uint32_t left, uint32_t right);
/* A PNG that says it is so large, with next to nothing in it. */
str picture_png_claiming(struct arena *a, uint32_t width, uint32_t height);
/* 1 x 1, 43 bytes. */
extern const str picture_gif;
#endif

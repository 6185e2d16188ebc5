#ifndef BASE_IMAGE_WISH_H
#define BASE_IMAGE_WISH_H
#include "base/image.h"

/* A wish as one word, between the program and its helper; equal wishes are equal words. */
#define IMAGE_WISH_ROOM 512
void image_wish_write(const struct image_wish *wish, char out[IMAGE_WISH_ROOM]);
NODISCARD bool image_wish_read(str word, struct image_wish *out);
#endif

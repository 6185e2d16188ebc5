#ifndef BASE_IMAGE_DRAW_H
#define BASE_IMAGE_DRAW_H
#include "base/image.h"
#include "base/image_vips.h"

/* In the helper: from a picture (descriptor 0) to what was wished for (descriptor 1). */
struct picture {
    uint32_t width, height, pages;    /* upright; afterwards: of the result */
    bool has_profile;                 /* its colours are not simply sRGB */
};
enum drawn { DRAWN, DRAW_BROKEN, DRAW_TOO_LARGE, DRAW_NO_FORMAT };
enum drawn image_draw(const struct vips_calls *v, struct picture *picture, const struct image_wish *wish);

/* How large it becomes, and what is cut out of that; false: larger than is made here. Pure. */
struct image_plan {
    uint32_t width, height;           /* scaled to */
    uint32_t left, top, out_width, out_height;
};
bool image_plan(uint32_t width, uint32_t height, const struct image_wish *wish, struct image_plan *out);
#endif

/* Sizes: Cockpit's modes as one scaling and one cut (cockpit.md 11). */
#include "base/image_draw.h"

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static uint64_t rounded(double d)
{
    return d < 1 ? 1 : (uint64_t)(d + 0.5);
}

/* From where, so that the focus lies as near to the middle as the picture's edge allows. */
static uint32_t cut_from(uint64_t whole, uint64_t part, uint32_t focus)
{
    double at = (double)whole * focus / 10000.0 - (double)part / 2;
    return at <= 0 ? 0 : at >= (double)(whole - part) ? (uint32_t)(whole - part) : (uint32_t)(at + 0.5);
}

bool image_plan(uint32_t width, uint32_t height, const struct image_wish *wish, struct image_plan *out)
{
    double across = (double)wish->width / width, down = (double)wish->height / height, scale = 1;
    bool both = wish->width && wish->height;
    if (both && wish->mode == IMAGE_BEST_FIT)
        scale = across < down ? across : down;
    else if (wish->width && (!wish->height || wish->mode == IMAGE_FIT_WIDTH))
        scale = across;
    else if (wish->height && (!wish->width || wish->mode == IMAGE_FIT_HEIGHT))
        scale = down;
    else if (both)
        scale = larger(across, down);
    uint64_t w = rounded(width * scale), h = rounded(height * scale);
    bool cuts = both && wish->mode == IMAGE_THUMBNAIL;
    if (both && wish->mode == IMAGE_RESIZE) {
        w = wish->width;
        h = wish->height;
    }
    if (cuts && w < wish->width)
        w = wish->width;
    if (cuts && h < wish->height)
        h = wish->height;
    if (w > 4 * LIMIT_IMAGE_SIDE || h > 4 * LIMIT_IMAGE_SIDE || w * h > LIMIT_IMAGE_OUT_PIXELS)
        return false;
    *out = (struct image_plan){(uint32_t)w, (uint32_t)h, 0, 0, (uint32_t)w, (uint32_t)h};
    if (cuts) {
        out->out_width = wish->width;
        out->out_height = wish->height;
        out->left = cut_from(w, wish->width, wish->focus_x);
        out->top = cut_from(h, wish->height, wish->focus_y);
    }
    return out->out_width <= LIMIT_IMAGE_SIDE && out->out_height <= LIMIT_IMAGE_SIDE;
}

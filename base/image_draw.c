#include "base/image_draw.h"

#include <unistd.h>

#include "base/file.h"

#define NAMES_END ((void *)0)

/* One picture after the other; the older ones go with the process. */
struct drawing {
    const struct vips_calls *v;
    void *image;
};

/* Colours alone: what does not concern an alpha channel. */
static bool split(struct drawing *d, void **alpha)
{
    void *colours = NULL;
    *alpha = NULL;
    if (!d->v->image_hasalpha(d->image))
        return true;
    if (d->v->extract_band(d->image, alpha, 3, NAMES_END) != 0 || d->v->extract_band(d->image, &colours, 0, "n", 3, NAMES_END) != 0)
        return false;
    d->image = colours;
    return true;
}

static bool join(struct drawing *d, void *alpha)
{
    void *whole = NULL;
    if (!alpha)
        return true;
    if (d->v->bandjoin2(d->image, alpha, &whole, NAMES_END) != 0)
        return false;
    d->image = whole;
    return true;
}

/* A pointer, because arguments have no order: the call that fills it is one of them. */
static bool take(struct drawing *d, int failed, void *const *out)
{
    if (failed == 0)
        d->image = *out;
    return failed == 0;
}

static bool to_bytes(struct drawing *d)
{
    void *out = NULL;
    return take(d, d->v->cast(d->image, &out, VIPS_UCHAR, NAMES_END), &out);
}

/* a * colour + b, for each colour. */
static bool linear(struct drawing *d, double a, double b)
{
    void *out = NULL;
    double as[3] = {a, a, a}, bs[3] = {b, b, b};
    return take(d, d->v->linear(d->image, &out, as, bs, 3, NAMES_END), &out) && to_bytes(d);
}

static bool convolve(struct drawing *d, const double mask[9])
{
    void *out = NULL, *matrix = d->v->image_new_matrix_from_array(3, 3, mask, 9);
    return matrix && take(d, d->v->conv(d->image, &out, matrix, NAMES_END), &out) && to_bytes(d);
}

static bool mix(struct drawing *d, const double colours[9])
{
    void *out = NULL, *matrix = d->v->image_new_matrix_from_array(3, 3, colours, 9);
    return matrix && take(d, d->v->recomb(d->image, &out, matrix, NAMES_END), &out) && to_bytes(d);
}

static bool desaturate(struct drawing *d)
{
    static const double grey[9] = {0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722};
    return mix(d, grey);
}

static bool pixelate(struct drawing *d, int size)
{
    void *small = NULL, *out = NULL;
    int width = d->v->image_get_width(d->image), height = d->v->image_get_height(d->image);
    if (size > width || size > height)
        size = width < height ? width : height;
    if (size < 2)
        return true;
    /* The edge that is left over keeps its own pixels' neighbours. */
    int across = width / size * size, down = height / size * size;
    return d->v->extract_area(d->image, &out, 0, 0, across, down, NAMES_END) == 0 &&
           d->v->subsample(out, &small, size, size, NAMES_END) == 0 && take(d, d->v->zoom(small, &out, size, size, NAMES_END), &out);
}

static bool colorize(struct drawing *d, uint32_t rgb)
{
    double scale[3], none[3] = {0, 0, 0};
    void *out = NULL;
    if (!desaturate(d))
        return false;
    for (unsigned i = 0; i < 3; i++)
        scale[i] = (rgb >> (16 - 8 * i) & 255) / 255.0;
    return take(d, d->v->linear(d->image, &out, scale, none, 3, NAMES_END), &out) && to_bytes(d);
}

static bool flip(struct drawing *d, void **alpha, uint32_t value)
{
    void *out = NULL;
    if (!join(d, *alpha))
        return false;
    *alpha = NULL;
    for (int way = VIPS_HORIZONTAL; way <= VIPS_VERTICAL; way++)
        if ((value == 0 && way == VIPS_HORIZONTAL) || value == 3 || value == (uint32_t)way + 1) {
            if (!take(d, d->v->flip(d->image, &out, way, NAMES_END), &out))
                return false;
        }
    return split(d, alpha);
}

static bool fade(struct drawing *d, void **alpha, uint32_t percent)
{
    void *out = NULL, *first = NULL;
    const double scale = percent / 100.0, none = 0, whole = 255 * scale, nothing = 0;
    if (*alpha)
        return d->v->linear(*alpha, &out, &scale, &none, 1, NAMES_END) == 0 && d->v->cast(out, alpha, VIPS_UCHAR, NAMES_END) == 0;
    return d->v->extract_band(d->image, &first, 0, NAMES_END) == 0 && d->v->linear(first, &out, &nothing, &whole, 1, NAMES_END) == 0 &&
           d->v->cast(out, alpha, VIPS_UCHAR, NAMES_END) == 0;
}

static bool apply(struct drawing *d, void **alpha, enum image_filter filter, uint32_t value)
{
    static const double edges[9] = {-1, -1, -1, -1, 8, -1, -1, -1, -1}, embossed[9] = {-2, -1, 0, -1, 1, 1, 0, 1, 2};
    static const double old[9] = {0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131};
    static const double lines[9] = {-1, -1, -1, -1, 9, -1, -1, -1, -1};
    void *out = NULL;
    double part = (value ? value : 20) / 100.0;
    switch (filter) {
    case IMAGE_FILTER_blur: return take(d, d->v->gaussblur(d->image, &out, value ? (double)value : 1.0, NAMES_END), &out);
    case IMAGE_FILTER_brighten: return linear(d, 1, 255 * part);
    case IMAGE_FILTER_darken: return linear(d, 1, -255 * part);
    case IMAGE_FILTER_contrast: return linear(d, 1 + part, -128 * part);
    case IMAGE_FILTER_colorize: return colorize(d, value & 0xffffff);
    case IMAGE_FILTER_desaturate: return desaturate(d);
    case IMAGE_FILTER_edgeDetect: return convolve(d, edges);
    case IMAGE_FILTER_emboss: return convolve(d, embossed);
    case IMAGE_FILTER_flip: return flip(d, alpha, value);
    case IMAGE_FILTER_invert: return take(d, d->v->invert(d->image, &out, NAMES_END), &out);
    case IMAGE_FILTER_opacity: return fade(d, alpha, value ? value : 100);
    case IMAGE_FILTER_pixelate: return pixelate(d, value ? (int)value : 10);
    case IMAGE_FILTER_sepia: return mix(d, old);
    case IMAGE_FILTER_sharpen: return take(d, d->v->sharpen(d->image, &out, NAMES_END), &out) && to_bytes(d);
    case IMAGE_FILTER_sketch: return desaturate(d) && convolve(d, lines);
    case IMAGE_FILTER_COUNT: break;
    }
    return false;
}

static bool filters(struct drawing *d, const struct image_wish *wish)
{
    void *alpha = NULL;
    if (wish->filter_count == 0)
        return true;
    if (!split(d, &alpha))
        return false;
    for (size_t i = 0; i < wish->filter_count; i++)
        if (!apply(d, &alpha, wish->filters[i].filter, wish->filters[i].value))
            return false;
    return join(d, alpha);
}

/* Formats without transparency get white behind it. */
static bool flatten(struct drawing *d)
{
    static const double white[3] = {255, 255, 255};
    void *out = NULL;
    if (!d->v->image_hasalpha(d->image))
        return true;
    return take(d, d->v->flatten(d->image, &out, "background", d->v->array_double_new(white, 3), NAMES_END), &out);
}

static void put_32(uint8_t *at, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (8 * i));
}

/* libvips leaves BMP to a library that we do not trust; it is lines of blue, green, red from the bottom up. */
static bool save_bmp(struct drawing *d)
{
    size_t size = 0;
    if (!flatten(d) || !to_bytes(d))
        return false;
    const uint8_t *pixels = d->v->image_write_to_memory(d->image, &size);
    uint32_t width = (uint32_t)d->v->image_get_width(d->image), height = (uint32_t)d->v->image_get_height(d->image);
    uint32_t line = (3 * width + 3) / 4 * 4;
    uint8_t head[54] = {'B', 'M', [10] = 54, [14] = 40, [26] = 1, [28] = 24}, row[3 * LIMIT_IMAGE_SIDE / 8];
    if (!pixels || size != (size_t)3 * width * height)
        return false;
    put_32(head + 2, 54 + line * height);
    put_32(head + 18, width);
    put_32(head + 22, height);
    if (!file_write(1, head, sizeof head))
        return false;
    for (uint32_t y = height; y-- > 0;) {
        const uint8_t *from = pixels + (size_t)3 * width * y;
        for (uint32_t x = 0; x < line; x += sizeof row) {
            uint32_t n = line - x < sizeof row ? line - x : (uint32_t)sizeof row;
            for (uint32_t i = 0; i < n; i++) {
                uint32_t at = x + i;
                row[i] = at < 3 * width ? from[at / 3 * 3 + 2 - at % 3] : 0;
            }
            if (!file_write(1, row, n))
                return false;
        }
    }
    return true;
}

/* Nothing that the camera or an editor wrote about it is kept. The savers' own "strip" leaves some; what an image
 * cannot be without is not removed by this. */
static bool forget_words(struct drawing *d)
{
    void *out = NULL;
    if (!take(d, d->v->copy(d->image, &out, NAMES_END), &out))
        return false;
    char **names = d->v->image_get_fields(d->image);
    for (size_t i = 0; names && names[i]; i++)
        (void)d->v->image_remove(d->image, names[i]);
    return true;
}

static bool save(struct drawing *d, const struct image_wish *wish)
{
    const struct vips_calls *v = d->v;
    void *target = wish->format == IMAGE_BMP ? NULL : v->target_new_to_descriptor(1);
    int q = (int)wish->quality;
    switch (wish->format) {
    case IMAGE_JPEG: return flatten(d) && v->jpegsave_target(d->image, target, "Q", q, "strip", 1, "optimize_coding", 1, NAMES_END) == 0;
    case IMAGE_PNG: return v->pngsave_target(d->image, target, "strip", 1, NAMES_END) == 0;
    case IMAGE_WEBP: return v->webpsave_target(d->image, target, "Q", q, "strip", 1, NAMES_END) == 0;
    case IMAGE_AVIF:
        return v->heifsave_target(d->image, target, "Q", q, "compression", VIPS_HEIF_AV1, "effort", 2, "strip", 1, NAMES_END) == 0;
    case IMAGE_GIF: return v->gifsave_target(d->image, target, NAMES_END) == 0;
    case IMAGE_BMP: return save_bmp(d);
    case IMAGE_FORMAT_COUNT: break;
    }
    return false;
}

/* A file that ends too early is an error, not half grey. */
#define STRICTLY "option_string", "[fail_on=error]"

static bool scale(struct drawing *d, const struct image_plan *plan, bool has_profile)
{
    void *out = NULL, *source = lseek(0, 0, SEEK_SET) == 0 ? d->v->source_new_from_descriptor(0) : NULL;
    int w = (int)plan->width, h = (int)plan->height;
    if (!source)
        return false;
    int failed = has_profile ? d->v->thumbnail_source(source, &out, w, "height", h, "size", VIPS_SIZE_FORCE, STRICTLY, "export_profile",
                                                      "srgb", NAMES_END)
                             : d->v->thumbnail_source(source, &out, w, "height", h, "size", VIPS_SIZE_FORCE, STRICTLY, NAMES_END);
    return take(d, failed, &out) && take(d, d->v->colourspace(d->image, &out, VIPS_SRGB, NAMES_END), &out);
}

enum drawn image_draw(const struct vips_calls *v, struct picture *picture, const struct image_wish *wish)
{
    struct drawing d = {.v = v};
    struct image_plan plan;
    void *out = NULL;
    if (!image_plan(picture->width, picture->height, wish, &plan))
        return DRAW_TOO_LARGE;
    if (!scale(&d, &plan, picture->has_profile))
        return DRAW_BROKEN;
    if ((wish->interest || wish->filter_count) && !(d.image = v->image_copy_memory(d.image)))
        return DRAW_BROKEN; /* they look at places in any order, and decoders go from top to bottom */
    int left = (int)plan.left, top = (int)plan.top, width = (int)plan.out_width, height = (int)plan.out_height;
    bool cuts = plan.out_width != plan.width || plan.out_height != plan.height;
    if (cuts && wish->interest &&
        !take(&d, v->smartcrop(d.image, &out, width, height, "interesting", (int)wish->interest, NAMES_END), &out))
        return DRAW_BROKEN;
    if (cuts && !wish->interest && !take(&d, v->extract_area(d.image, &out, left, top, width, height, NAMES_END), &out))
        return DRAW_BROKEN;
    if (!filters(&d, wish) || !forget_words(&d) || !save(&d, wish))
        return DRAW_BROKEN;
    picture->width = (uint32_t)v->image_get_width(d.image);
    picture->height = (uint32_t)v->image_get_height(d.image);
    return DRAWN;
}

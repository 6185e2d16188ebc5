#ifndef BASE_IMAGE_H
#define BASE_IMAGE_H
#include "base/err.h"
#include "base/limits.h"

/* Pictures. Decoders are where hostile bytes do harm, so this process has none: each picture is looked into by a
 * helper, this very program started anew with a hidden command (base/image_helper.c). It gets two open files, no
 * environment, little memory and time, no way to open or run anything more, and is killed at its deadline
 * (docs/decisions/0008-images-in-a-helper.md). Here: what is wanted, and getting it. Thread-safe. */
enum image_mode { IMAGE_THUMBNAIL, IMAGE_BEST_FIT, IMAGE_RESIZE, IMAGE_FIT_WIDTH, IMAGE_FIT_HEIGHT, IMAGE_MODE_COUNT };
enum image_format { IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP, IMAGE_AVIF, IMAGE_GIF, IMAGE_BMP, IMAGE_FORMAT_COUNT };
extern const str image_mode_names[IMAGE_MODE_COUNT]; /* "thumbnail", "bestFit" … */
extern const struct image_format_facts {
    str name, mime, extension;
} image_formats[IMAGE_FORMAT_COUNT];
#define IMAGE_FILTER_TABLE(X)                                                                                          \
    X(blur) X(brighten) X(colorize) X(contrast) X(darken) X(desaturate) X(edgeDetect) X(emboss) X(flip) X(invert)       \
    X(opacity) X(pixelate) X(sepia) X(sharpen) X(sketch)
enum image_filter {
#define X(name) IMAGE_FILTER_##name,
    IMAGE_FILTER_TABLE(X)
#undef X
        IMAGE_FILTER_COUNT
};
extern const str image_filter_names[IMAGE_FILTER_COUNT];

struct image_wish {
    enum image_mode mode;
    enum image_format format;
    uint32_t width, height;           /* 0: follows from the other, or from what it is */
    uint32_t quality;                 /* 1 to 100 */
    uint32_t focus_x, focus_y;        /* of 10,000: what a crop keeps */
    uint32_t interest;                /* or what libvips finds: 0 the above, else its VipsInteresting: 1 the centre, 2 entropy,
                                       * 3 attention, 4 low, 5 high */
    struct {
        enum image_filter filter;
        uint32_t value;               /* 0: as usual; colours are 0xRRGGBB + 1 << 24 */
    } filters[LIMIT_IMAGE_FILTERS];
    size_t filter_count;
};
struct image_facts {
    uint32_t width, height;           /* upright */
    uint32_t pages;
};

struct image_config {
    str program;                      /* "": this very one. It must call image_helper() in its main */
    uint32_t helpers, ms;             /* 0: LIMIT_IMAGE_HELPERS, LIMIT_IMAGE_MS */
};
struct images;
struct images *images_open(const struct image_config *config);
void images_close(struct images *i);  /* NULL is fine */
/* file: a descriptor of the picture, readable at any place; nothing of it is read here. ERR_INVALID: it is none, it is
 * broken, too large or takes too long; ERR_UNAVAILABLE: too many wait, or nothing is installed that looks into
 * pictures, and the sentence says what to install. */
NODISCARD enum err images_probe(struct images *i, int file, struct image_facts *out, struct problem *why);
/* into: where the result is written to, from its beginning. */
NODISCARD enum err images_make(struct images *i, int file, const struct image_wish *wish, int into, struct image_facts *out,
                               struct problem *why);

/* The helper's side: does what the words say ("image-helper", …) and never returns, or returns false when they are for
 * somebody else. To be called first thing in main. */
#define IMAGE_HELPER_WORD "image-helper"
bool image_helper(int argc, char **argv);
#endif

#ifndef BASE_IMAGE_VIPS_H
#define BASE_IMAGE_VIPS_H
/* libvips as the helper calls it: by its own names, through a table that is filled in the helper alone. The server
 * neither links nor loads it (docs/decisions/0008-images-in-a-helper.md), and building needs none of its headers:
 * the functions below have had these types since 8.9, and libvips.so.42 promises to keep them. Objects are opaque;
 * options are pairs of name and value, and a NULL. They return 0 when they succeed. */
#include <stddef.h>

#define VIPS_CALLS(X)                                                                                                    \
    X(int, init, (const char *program))                                                                                  \
    X(void, concurrency_set, (int threads))                                                                              \
    X(void, cache_set_max, (int operations))                                                                             \
    X(void, block_untrusted_set, (int state))                                                                            \
    X(void *, source_new_from_descriptor, (int fd))                                                                      \
    X(void *, target_new_to_descriptor, (int fd))                                                                        \
    X(void *, image_new_from_source, (void *source, const char *option_string, ...))                                     \
    X(void *, image_new_matrix_from_array, (int width, int height, const double *array, int size))                       \
    X(void *, array_double_new, (const double *array, int n))                                                            \
    X(int, image_get_width, (const void *image))                                                                         \
    X(int, image_get_height, (const void *image))                                                                        \
    X(int, image_get_n_pages, (void *image))                                                                             \
    X(int, image_get_page_height, (void *image))                                                                         \
    X(int, image_get_orientation, (void *image))                                                                         \
    X(size_t, image_get_typeof, (const void *image, const char *name))                                                   \
    X(int, image_hasalpha, (void *image))                                                                                \
    X(void *, image_write_to_memory, (void *image, size_t *size))                                                        \
    X(char **, image_get_fields, (void *image))                                                                          \
    X(int, image_remove, (void *image, const char *name))                                                                \
    X(void *, image_copy_memory, (void *image))                                                                          \
    X(int, copy, (void *in, void **out, ...))                                                                            \
    X(int, thumbnail_source, (void *source, void **out, int width, ...))                                                 \
    X(int, extract_area, (void *in, void **out, int left, int top, int width, int height, ...))                          \
    X(int, smartcrop, (void *in, void **out, int width, int height, ...))                                                \
    X(int, extract_band, (void *in, void **out, int band, ...))                                                          \
    X(int, bandjoin2, (void *one, void *two, void **out, ...))                                                           \
    X(int, colourspace, (void *in, void **out, int space, ...))                                                          \
    X(int, flatten, (void *in, void **out, ...))                                                                         \
    X(int, cast, (void *in, void **out, int format, ...))                                                                \
    X(int, linear, (void *in, void **out, const double *a, const double *b, int n, ...))                                 \
    X(int, gaussblur, (void *in, void **out, double sigma, ...))                                                         \
    X(int, sharpen, (void *in, void **out, ...))                                                                         \
    X(int, invert, (void *in, void **out, ...))                                                                          \
    X(int, flip, (void *in, void **out, int direction, ...))                                                             \
    X(int, recomb, (void *in, void **out, void *matrix, ...))                                                            \
    X(int, conv, (void *in, void **out, void *mask, ...))                                                                \
    X(int, subsample, (void *in, void **out, int across, int down, ...))                                                 \
    X(int, zoom, (void *in, void **out, int across, int down, ...))                                                      \
    X(int, jpegsave_target, (void *in, void *target, ...))                                                               \
    X(int, pngsave_target, (void *in, void *target, ...))                                                                \
    X(int, webpsave_target, (void *in, void *target, ...))                                                               \
    X(int, heifsave_target, (void *in, void *target, ...))                                                               \
    X(int, gifsave_target, (void *in, void *target, ...))

struct vips_calls {
#define X(type, name, arguments) type(*name) arguments;
    VIPS_CALLS(X)
#undef X
};

enum { VIPS_SIZE_FORCE = 3, VIPS_SRGB = 22, VIPS_UCHAR = 0, VIPS_HEIF_AV1 = 4, VIPS_HORIZONTAL = 0, VIPS_VERTICAL = 1 };
#endif

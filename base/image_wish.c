#include "base/image_wish.h"

#include <stdio.h>

void image_wish_write(const struct image_wish *w, char out[IMAGE_WISH_ROOM])
{
    int n = snprintf(out, IMAGE_WISH_ROOM, "%u,%u,%u,%u,%u,%u,%u,%u", (unsigned)w->mode, (unsigned)w->format, w->width, w->height, w->quality,
                     w->focus_x, w->focus_y, w->interest);
    for (size_t i = 0; i < w->filter_count; i++)
        n += snprintf(out + n, IMAGE_WISH_ROOM - (size_t)n, ",%u,%u", (unsigned)w->filters[i].filter, w->filters[i].value);
}

static bool take(str *rest, bool *ended, uint64_t max, uint32_t *out)
{
    str piece;
    uint64_t n = 0;
    bool good = str_next(rest, ended, ',', &piece) && str_to_u64(piece, max, &n);
    *out = (uint32_t)n;
    return good;
}

bool image_wish_read(str word, struct image_wish *out)
{
    bool ended = false;
    uint32_t mode, format, filter, value;
    *out = (struct image_wish){0};
    if (!take(&word, &ended, IMAGE_MODE_COUNT - 1, &mode) || !take(&word, &ended, IMAGE_FORMAT_COUNT - 1, &format) ||
        !take(&word, &ended, LIMIT_IMAGE_SIDE, &out->width) || !take(&word, &ended, LIMIT_IMAGE_SIDE, &out->height) ||
        !take(&word, &ended, 100, &out->quality) || !take(&word, &ended, 10000, &out->focus_x) ||
        !take(&word, &ended, 10000, &out->focus_y) || !take(&word, &ended, 5, &out->interest))
        return false;
    out->mode = (enum image_mode)mode;
    out->format = (enum image_format)format;
    while (!ended) {
        if (out->filter_count == LIMIT_IMAGE_FILTERS || !take(&word, &ended, IMAGE_FILTER_COUNT - 1, &filter) ||
            !take(&word, &ended, (2u << 24) - 1, &value))
            return false;
        out->filters[out->filter_count].filter = (enum image_filter)filter;
        out->filters[out->filter_count++].value = value;
    }
    return true;
}

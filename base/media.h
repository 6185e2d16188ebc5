#ifndef BASE_MEDIA_H
#define BASE_MEDIA_H
#include "base/arena.h"

/* What a file is by its bytes: names and headers of clients are hints that may lie (security F-3). Pure. */
struct media {
    str mime;                         /* without parameters */
    str extension;                    /* its usual one */
    str type;                         /* image video audio archive document code unknown: Cockpit's words */
    bool is_inline;                   /* a browser may show it from our origin (F-4); everything else is a download */
    bool is_raster;                   /* an image that the helper can look at */
};
#define MEDIA_LOOK_BYTES 4096u        /* so many of the first bytes say it */

/* first: the beginning of the file, MEDIA_LOOK_BYTES or all of it. name: what it was called; it chooses among kinds
 * that bytes do not tell apart (CSS is text, a DOCX is a zip) and must not say something else: *fits is false for
 * HTML called picture.png. Never NULL: application/octet-stream. */
const struct media *media_of(str first, str name, bool *fits);
/* NULL: none of ours. */
const struct media *media_named(str mime);
/* What a client called a file, as it may be kept and sent again (F-1): no path, no controls, no marks that turn text
 * around, valid UTF-8, at most 255 bytes; "" when nothing is left. */
str media_clean_name(struct arena *a, str name);
/* Content-Disposition of this name (RFC 6266, RFC 8187). */
str media_disposition(struct arena *a, bool is_inline, str name);
#endif

#ifndef SERVER_CHUNKED_H
#define SERVER_CHUNKED_H
#include "base/err.h"

/* The framing of a chunked body, taken apart by hand (security H-5): sizes of 1 to 8 hex digits, CR
 * LF required, extensions read over up to a bound, trailers dropped. A state machine without
 * buffers: it is given bytes as they come and says how many of them were framing. Pure; no I/O. */
enum chunked_state {
    CHUNKED_SIZE,
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA, /* `left` bytes of data come next */
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER, /* at the start of a line behind the last chunk */
    CHUNKED_TRAILER_LINE,
    CHUNKED_TRAILER_LF,
    CHUNKED_END_LF,
    CHUNKED_DONE
};

struct chunked { /* zero-initialised: before the first size */
    enum chunked_state state;
    uint64_t left;
    unsigned digits;
    unsigned extension_bytes;
    unsigned trailer_bytes;
};

/* Reads framing until data comes, the body ends or `in` is used up. *used: bytes of framing. */
NODISCARD enum err chunked_frame(struct chunked *c, str in, size_t *used, struct problem *why);
/* n bytes of data (at most c->left) have been taken. */
void chunked_took(struct chunked *c, uint64_t n);

#endif

#ifndef SERVER_TRANSFER_TAR_LINES_H
#define SERVER_TRANSFER_TAR_LINES_H
#include "base/tar.h"

/* The lines of the present entry, one at a time, without their ends; the last one may lack its. Empty ones are passed over.
 * A line of more than max bytes is ERR_TOO_LARGE. The slice is good until the sink returns. */
struct line_sink {
    enum err (*line)(struct line_sink *self, str line, struct problem *why);
};
NODISCARD enum err tar_lines(struct tar_reader *r, size_t max, struct line_sink *sink, struct problem *why);
#endif

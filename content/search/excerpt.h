#ifndef CONTENT_SEARCH_EXCERPT_H
#define CONTENT_SEARCH_EXCERPT_H
#include "base/arena.h"
#include "base/str.h"

/* The beginning of a text on one line: runs of white space are one blank, at most `max` characters (code points), and
 * "…" behind them when something was cut and `ellipsis` is set. Of markup the tags go, scripts and styles with what
 * is in them, and the usual entities become what they stand for: text for reading, not for a page without escaping. */
str excerpt_of(struct arena *a, str text, bool is_markup, uint32_t max, bool ellipsis);

#endif

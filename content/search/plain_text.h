#ifndef CONTENT_SEARCH_PLAIN_TEXT_H
#define CONTENT_SEARCH_PLAIN_TEXT_H
#include "base/buf.h"
#include "base/json.h"

/* The words of formatted values, for the full-text index. What these give for a value is kept in indexes: a change
 * of theirs is a change of SEARCH_COLUMN's figure (content/store/sqlite.h). Pure functions. */

/* HTML without its tags, comments, scripts and styles; character references are put in. Tags within a line
 * ("<b>") do not divide a word, all others do. Not a sanitiser: what comes out is text, to be escaped like any. */
void plain_html(struct buf *out, str html);
/* All texts among the values of a document (names of members are not), one per line. */
void plain_json(struct buf *out, const struct json *v, bool html);
/* Text for a place between tags: & < > " ' are escaped. */
void escape_html(struct buf *out, str text);

#endif

#ifndef SERVER_WRAP_H
#define SERVER_WRAP_H
#include "base/buf.h"

#define WRAP_COLUMNS 80

/* Adds text to a line that is `column` characters long already, and goes on in a new one, `indent`
 * blanks in, where a word would stand out beyond WRAP_COLUMNS. What is in brackets is one word.
 * Ends the line. */
void wrap(struct buf *out, str text, size_t column, size_t indent);

#endif

#ifndef TESTS_TIDY_SCAN_H
#define TESTS_TIDY_SCAN_H
#include "base/arena.h"

/* Reads C just well enough for tests/tidy.c: no preprocessor, no grammar, only what stands at the
 * level of the file and what stands in braces, parentheses and quotes. The house style (functions'
 * braces in column 0, one statement a line) does the rest. Cursors start at 0; what is found is a
 * slice of the text, from which scan_line_of() tells the line. */

/* The same text with the contents of comments, strings and character constants blanked. Offsets and
 * line ends stay where they are. */
str scan_code(struct arena *a, str text);

/* The next line, without its end. */
bool scan_line(str text, size_t *cursor, str *line);
unsigned scan_line_of(str text, const char *place);

/* The next name in front of a parenthesis that is not a member's. */
bool scan_call(str code, size_t *cursor, str *name);

/* The next body of a function: what stands between braces in column 0. */
bool scan_function(str code, size_t *cursor, str *body);

/* The next variable that lives as long as the program and is not const: at the level of the file
 * (in a header only those that say static, for `handler a, b;` declares functions there); static in
 * a function. */
bool scan_mutable(struct arena *a, str code, bool is_header, size_t *cursor, str *name);
bool scan_static(struct arena *a, str code, size_t *cursor, str *name);

bool scan_has_word(str text, str word);
str scan_trim(str s); /* line ends too */

#endif

#ifndef TESTS_TIDY_TIDY_H
#define TESTS_TIDY_TIDY_H
#include "base/buf.h"

/* Judges one file by its path (relative to the tree) and text; appends a line to the report for
 * each thing that is wrong: "base/x.c:12: what is wrong; what would be right". */
void tidy_file(struct arena *a, str path, str text, struct buf *report);

/* Judges texts that are known to be bad (or good), each against the report it must give. Returns
 * how many did not. */
unsigned tidy_snippets(void);

#endif

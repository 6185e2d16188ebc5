#ifndef BASE_PHP_H
#define BASE_PHP_H
#include "base/json.h"

/* Files that PHP's var_export wrote: "<?php return LITERAL;" with texts, numbers, true, false, null and arrays of
 * them, in either notation. Nothing is run, and nothing else is understood: a call, a constant, a variable or an
 * operator is ERR_BAD_INPUT with its line, and so are texts that are not UTF-8. Texts may be joined by '.', since
 * var_export writes zero bytes like that. An array whose keys are 0, 1, 2 … is a list, an empty one too, any other a
 * map; of the same key twice the last one counts, as in PHP. `where` is the file's name, for the sentence. Pure. */
NODISCARD enum err php_read(struct arena *a, str text, str where, const struct json **out, struct problem *why);
#endif

#ifndef CONTENT_SYSTEM_SYSTEM_H
#define CONTENT_SYSTEM_SYSTEM_H
#include "base/json.h"

/* The definitions of the system collections, as embedded in the binary (content/system/<domain>/<name>.json),
 * sorted by file name, parsed into the arena. Texts borrow the binary. */
NODISCARD enum err system_definitions(struct arena *a, const struct json *const **out, size_t *count,
                                      struct problem *why);
/* Names that users' collections cannot take (contract 3), also those of later work. */
bool system_name_reserved(str name);

#endif

#ifndef CONTENT_SYSTEM_SITE_WEBHOOK_HEADERS_H
#define CONTENT_SYSTEM_SITE_WEBHOOK_HEADERS_H
#include "base/http.h"

/* Headers that somebody wants sent with his webhooks. Not those that make the message what it is: its length, its host, its
 * media type, its signature. Pure. */

/* ERR_INVALID with a fault at `where`; the value is not quoted. */
NODISCARD enum err webhook_header_check(str name, str value, str where, struct problem *why);
/* Lines "Name: value", blank ones passed over: at most LIMIT_WEBHOOK_HEADERS. Faults are at `where` and say the line's number
 * alone. */
NODISCARD enum err webhook_headers_read(struct arena *a, str lines, str where, struct pair *out, size_t *count, struct problem *why);

#endif

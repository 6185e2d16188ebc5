#ifndef SERVER_STATIC_H
#define SERVER_STATIC_H
#include "base/http.h"
#include "server/security_headers.h"

/* The dashboard out of the binary: "/" and "/admin" lead to /admin/, below it lie the packed files,
 * and every other path there is a page of the dashboard, answered with its index.html. `app` of
 * these routes is a struct security_headers. */
extern const struct route static_routes[];
extern const size_t static_route_count;

/* Pages about the API, /docs and /redoc (docs_pages.c); `app` as above. */
extern const struct route docs_routes[];
extern const size_t docs_route_count;

/* Which content coding a client takes, by Accept-Encoding (RFC 9110 12.5.3). Pure. */
enum coding { CODING_BROTLI, CODING_GZIP, CODING_NONE };
enum coding static_coding(str accept_encoding, bool has_brotli, bool has_gzip);

#endif

#ifndef SERVER_STATIC_H
#define SERVER_STATIC_H
#include "base/http.h"

/* The dashboard's files, out of the binary (web/assets.h): /admin/…, and / leads there. */
extern const struct route static_routes[];
extern const size_t static_route_count;
#endif

#ifndef SERVER_ACCESS_LOG_H
#define SERVER_ACCESS_LOG_H
#include "base/http.h"

/* One line per request. Never the query, where credentials may stand, and never a header. */
void access_log(const struct exchange *x, int64_t us);

#endif

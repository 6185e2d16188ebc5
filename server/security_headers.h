#ifndef SERVER_SECURITY_HEADERS_H
#define SERVER_SECURITY_HEADERS_H
#include "base/http.h"

/* What every answer says about itself to browsers (security B-1, B-2), as ready-made lines. Made
 * once. */
enum security_kind {
    SECURITY_API,        /* data: nothing may be loaded or framed */
    SECURITY_API_SHARED, /* the same for a page of an allowed origin (CORS) */
    SECURITY_API_KEYED,  /* the same when the URL holds a credential (H-12) */
    SECURITY_PAGE,       /* the dashboard */
    SECURITY_DOCS,       /* pages about the API: scripts and styles of this server alone */
    SECURITY_KINDS
};

struct security_headers {
    str lines[SECURITY_KINDS][2]; /* [kind][is_tls] */
};

void security_headers_make(struct arena *a, str page_csp, struct security_headers *out);

/* Cross-origin requests (B-3): exact origins only, and none of them gets cookies. */
bool cors_allows(const str *origins, size_t count, str origin);
/* Adds to an answer what belongs there when origins are configured; whether this origin is allowed.
 */
bool cors_answer(struct exchange *x, const str *origins, size_t count);
/* The same for a preflight; `allow` as in the Allow header. */
void cors_preflight(struct exchange *x, str allow);

#endif

#include "server/security_headers.h"

#define NO_FEATURES                                                                                \
    "Permissions-Policy: accelerometer=(), camera=(), display-capture=(), geolocation=(), "        \
    "gyroscope=(),"                                                                                \
    " magnetometer=(), microphone=(), midi=(), payment=(), usb=()\r\n"
#define API_COMMON                                                                                 \
    "X-Content-Type-Options: nosniff\r\n" NO_FEATURES                                              \
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
#define SAME_ORIGIN "Cross-Origin-Resource-Policy: same-origin\r\n"
#define REFERRER    "Referrer-Policy: strict-origin-when-cross-origin\r\n"
#define PAGE_COMMON                                                                                \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: no-referrer\r\n"                                                             \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Cross-Origin-Resource-Policy: same-origin\r\n" NO_FEATURES
#define DOCS_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "    \
    "form-action 'none'; frame-ancestors 'none'"
#define HSTS "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"

void security_headers_make(struct arena *a, str page_csp, struct security_headers *out)
{
    static const char *const hsts[] = {"", HSTS};
    for (size_t tls = 0; tls < 2; tls++) {
        out->lines[SECURITY_API][tls] =
            arena_format(a, API_COMMON REFERRER SAME_ORIGIN "%s", hsts[tls]);
        out->lines[SECURITY_API_SHARED][tls] = arena_format(
            a, API_COMMON REFERRER "Cross-Origin-Resource-Policy: cross-origin\r\n%s", hsts[tls]);
        out->lines[SECURITY_API_KEYED][tls] = arena_format(
            a, API_COMMON "Referrer-Policy: no-referrer\r\n" SAME_ORIGIN "%s", hsts[tls]);
        out->lines[SECURITY_DOCS][tls] =
            arena_format(a, PAGE_COMMON "Content-Security-Policy: " DOCS_POLICY "\r\n%s", hsts[tls]);
        out->lines[SECURITY_PAGE][tls] =
            arena_format(a, PAGE_COMMON "Content-Security-Policy: " STR_FMT "\r\n%s",
                         STR_ARG(page_csp), hsts[tls]);
    }
}

bool cors_allows(const str *origins, size_t count, str origin)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(origins[i], origin))
            return true;
    return false;
}

bool cors_answer(struct exchange *x, const str *origins, size_t count)
{
    if (count == 0)
        return false;
    exchange_add_header(x, S("Vary"), S("Origin"));
    str origin = exchange_header(x, S("origin"));
    if (str_is_absent(origin) || !cors_allows(origins, count, origin))
        return false;
    exchange_add_header(x, S("Access-Control-Allow-Origin"), origin);
    exchange_add_header(x, S("Access-Control-Expose-Headers"),
                        S("Docker-Content-Digest, ETag, Idempotency-Replayed, Link, Location, Preference-Applied, Retry-After, X-Request-Id"));
    return true;
}

void cors_preflight(struct exchange *x, str allow)
{
    /* Names of ours; the credentials that count here travel in headers. */
    exchange_add_header(x, S("Access-Control-Allow-Methods"), allow);
    exchange_add_header(x, S("Access-Control-Allow-Headers"),
                        S("Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, "
                          "If-None-Match, Last-Event-ID, Prefer, X-API-Key, X-ZOT-API-CLIENT, api-key"));
    exchange_add_header(x, S("Access-Control-Max-Age"), S("600"));
}

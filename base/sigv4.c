#include "base/sigv4.h"

#include <stdlib.h>

#include "base/crypt.h"
#include "base/digest.h"
#include "base/time.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TEXT_BYTES (64u << 10)

str sigv4_path(struct arena *a, str path)
{
    struct buf b;
    str part, rest = path;
    bool more = true;
    buf_init(&b, a, TEXT_BYTES);
    while (more) {
        more = str_cut(rest, '/', &part, &rest);
        buf_percent(&b, part);
        if (more)
            buf_byte(&b, '/');
    }
    return buf_str(&b);
}

static int by_name(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = str_order(x->name, y->name);
    return order ? order : str_order(x->value, y->value);
}

str sigv4_query(struct arena *a, const struct pair *query, size_t count)
{
    struct pair *sorted = NEW_N(a, struct pair, count + 1);
    struct buf b;
    buf_init(&b, a, TEXT_BYTES);
    for (size_t i = 0; i < count; i++)
        sorted[i] = query[i];
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(&b, '&');
        buf_percent(&b, sorted[i].name);
        buf_byte(&b, '=');
        buf_percent(&b, sorted[i].value);
    }
    return buf_str(&b);
}

static str names_of(struct arena *a, const struct sigv4_request *r)
{
    struct buf b;
    buf_init(&b, a, TEXT_BYTES);
    for (size_t i = 0; i < r->header_count; i++) {
        if (i > 0)
            buf_byte(&b, ';');
        buf_add(&b, r->headers[i].name);
    }
    return buf_str(&b);
}

/* "Create a canonical request" */
static str canonical(struct arena *a, const struct sigv4_request *r)
{
    struct buf b;
    buf_init(&b, a, 4 * TEXT_BYTES);
    buf_format(&b, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n", STR_ARG(r->method), STR_ARG(r->path), STR_ARG(sigv4_query(a, r->query, r->query_count)));
    for (size_t i = 0; i < r->header_count; i++)
        buf_format(&b, STR_FMT ":" STR_FMT "\n", STR_ARG(r->headers[i].name), STR_ARG(str_trim(r->headers[i].value)));
    buf_format(&b, "\n" STR_FMT "\n" STR_FMT, STR_ARG(names_of(a, r)), STR_ARG(r->payload));
    return buf_str(&b);
}

/* "Calculate the signature": a key of the day, of the region, of the service. */
static void sign(struct arena *a, const struct sigv4_key *key, str day, str text, uint8_t out[HMAC_SHA256_BYTES])
{
    const str steps[] = {day, key->region, key->service, S("aws4_request"), text};
    str secret = arena_format(a, "AWS4" STR_FMT, STR_ARG(key->secret));
    hmac_sha256(secret, steps[0], out);
    for (size_t i = 1; i < COUNTOF(steps); i++) {
        uint8_t before[HMAC_SHA256_BYTES];
        memcpy(before, out, sizeof before);
        hmac_sha256((str){(const char *)before, sizeof before}, steps[i], out);
    }
    crypt_wipe((void *)(uintptr_t)secret.at, secret.len);
}

str sigv4_authorization(struct arena *a, const struct sigv4_key *key, const struct sigv4_request *r)
{
    uint8_t signature[HMAC_SHA256_BYTES];
    str date = time_stamp(a, r->at_ms), day = str_slice(date, 0, 8);
    str scope = arena_format(a, STR_FMT "/" STR_FMT "/" STR_FMT "/aws4_request", STR_ARG(day), STR_ARG(key->region), STR_ARG(key->service));
    str text = arena_format(a, ALGORITHM "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(date), STR_ARG(scope),
                            STR_ARG(digest_hex(a, DIGEST_SHA256, canonical(a, r))));
    struct buf b;
    sign(a, key, day, text, signature);
    buf_init(&b, a, TEXT_BYTES);
    buf_format(&b, ALGORITHM " Credential=" STR_FMT "/" STR_FMT ",SignedHeaders=" STR_FMT ",Signature=", STR_ARG(key->access), STR_ARG(scope),
               STR_ARG(names_of(a, r)));
    buf_hex(&b, signature, sizeof signature);
    return buf_str(&b);
}

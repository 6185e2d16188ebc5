/* What verifiers ask without a credential and, as RFC 5280 expects, over plain HTTP: lists of revoked certificates, authorities'
 * certificates, OCSP (notary.md 8.1). */
#include "roles/pki/pki.h"
#include "api/api.h"
#include "api/problem.h"
#include "base/limits.h"

static void send_bytes(struct exchange *x, str media, str bytes, int64_t good_s)
{
    exchange_add_header(x, S("Cache-Control"), good_s ? arena_format(x->arena, "max-age=%lld", (long long)good_s) : S("no-cache"));
    const struct pair type = {S("Content-Type"), media};
    x->send(x, 200, &type, 1, bytes);
}

/* "7.crl": a number and what is wanted of it. */
static bool read_name(str file, int64_t *number, str *kind)
{
    str digits;
    return str_cut(file, '.', &digits, kind) && str_to_i64(digits, number) && *number > 0;
}

static enum err unknown(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such file");
}

static enum err crl(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    int64_t number;
    str kind, pem, der;
    if (!read_name(param(p, "file"), &number, &kind) || (!str_equal(kind, S("crl")) && !str_equal(kind, S("pem"))))
        return unknown(why);
    TRY(gate_crl(api->gate, number, x->arena, &pem, &der, why));
    if (der.len == 0)
        return unknown(why);
    if (str_equal(kind, S("crl")))
        send_bytes(x, S("application/pkix-crl"), der, 0);
    else
        send_bytes(x, S("application/x-pem-file"), pem, 0);
    return ERR_OK;
}

static enum err authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    int64_t number;
    str kind, der;
    if (!read_name(param(p, "file"), &number, &kind) || !str_equal(kind, S("cer")))
        return unknown(why);
    TRY(gate_authority_certificate(api->gate, number, x->arena, &der, why));
    send_bytes(x, S("application/pkix-cert"), der, 0);
    return ERR_OK;
}

static enum err answer(struct exchange *x, struct api *api, const struct params *p, str request, struct problem *why)
{
    int64_t number, good_s = 0;
    str response;
    if (!str_to_i64(param(p, "authority"), &number) || number <= 0)
        return unknown(why);
    TRY(gate_ocsp(api->gate, number, request, x->arena, &response, &good_s, why));
    /* A revocation counts within a second, so caches between us and verifiers keep nothing. */
    send_bytes(x, S("application/ocsp-response"), response, 0);
    return ERR_OK;
}

static enum err ocsp_post(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    str body;
    TRY(exchange_body(x, &body, why));
    return answer(x, app, p, body, why);
}

#define OCSP_QUERY S("request=")

/* What is no base64 is no request either. */
static enum err ocsp_get(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    str text = {"", 0}, request = {"", 0};
    if (str_starts(x->query, OCSP_QUERY) && percent_decode(x->arena, str_slice(x->query, OCSP_QUERY.len, x->query.len), false, &text))
        (void)base64_decode(x->arena, text, &request);
    return answer(x, app, p, request, why);
}

/* clang-format off */
static const struct route routes[] = {
    {M_GET,  "/pki/crl/{file}",                 crl,       0, 0, "An authority's list of revoked certificates"},
    {M_GET,  "/pki/ca/{file}",                  authority, 0, 0, "An authority's certificate"},
    {M_POST, "/pki/ocsp/{authority}",           ocsp_post, LIMIT_OCSP_BYTES, 0, "Is this certificate still good? (OCSP)"},
    {M_GET,  "/pki/ocsp/{authority}",           ocsp_get,  0, 0, "The same, with the request behind the address"},
};
/* clang-format on */
const struct api_table pki_api = {.routes = routes, .count = COUNTOF(routes)};

/* Certificates to carry away: those of the collections certificates and certificate_requests that the caller may read, as files. Private
 * keys are with whoever asked for the certificate and never here, so none is in them. */
#include "api/api.h"
#include "base/limits.h"
#include "base/media.h"
#include "roles/pki/pki.h"

static const struct {
    str word, media, ending;          /* the last part of the path; of the file's name */
} forms[] = {
    [CERTIFICATE_PEM] = {STR("pem"), STR("application/x-pem-file"), STR("pem")},
    [CERTIFICATE_CHAIN] = {STR("chain"), STR("application/pem-certificate-chain"), STR("chain.pem")},
    [CERTIFICATE_DER] = {STR("der"), STR("application/pkix-cert"), STR("cer")},
    [CERTIFICATE_PKCS12] = {STR("pkcs12"), STR("application/x-pkcs12"), STR("p12")},
};

/* Patterns differ by collection and form alone: both stand in the path, behind /api/content/item. */
static enum err send_file(struct exchange *x, struct api *api, const struct params *p, str password, struct problem *why)
{
    struct certificate_ask ask = {.collection = x->segments[3], .id = param(p, "id"), .password = password};
    struct certificate_file file;
    while (!str_equal(forms[ask.form].word, x->segments[x->segment_count - 1]))
        ask.form++;
    TRY(gate_certificate(api->gate, x->who, &ask, x->arena, &file, why));
    str name = arena_format(x->arena, STR_FMT "." STR_FMT, STR_ARG(file.name), STR_ARG(forms[ask.form].ending));
    const struct pair headers[] = {{S("Content-Type"), forms[ask.form].media}, {S("Content-Disposition"), media_disposition(x->arena, false, name)}};
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    x->send(x, 200, headers, COUNTOF(headers), file.bytes);
    return ERR_OK;
}

static enum err download(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return send_file(x, app, p, (str){0}, why);
}

/* A password has no place in an address, so it comes in a body. */
struct pkcs12_body {
    str password;
};
static const struct json_want pkcs12_want[] = {{STR("password"), JSON_TEXT, TAKE_STR, offsetof(struct pkcs12_body, password), WANT_REQUIRED}};

static enum err pkcs12(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct pkcs12_body body = {0};
    const struct collection *c;
    const struct json *json;
    size_t at;
    TRY(gate_collection(api->gate, x->who, x->segments[3], &c, why)); /* before faults of the body tell anything */
    TRY(gate_allows(x->who, VERB_READ, c, why));
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, pkcs12_want, COUNTOF(pkcs12_want), &body, why));
    if (body.password.len == 0 || body.password.len > LIMIT_PASSWORD_BYTES || str_find(body.password, '\0', &at))
        return problem_fault(why, ERR_INVALID, S("/password"), S("length"), "A password has 1 to %u bytes", (unsigned)LIMIT_PASSWORD_BYTES);
    return send_file(x, api, p, body.password, why);
}

/* clang-format off */
#define C "/api/content/item/certificates/{id}"
#define R "/api/content/item/certificate_requests/{id}"
static const struct route routes[] = {
    {M_GET,  C "/pem",    download, 0, 0, "A certificate, PEM"},
    {M_GET,  C "/chain",  download, 0, 0, "A certificate and its issuers, PEM"},
    {M_GET,  C "/der",    download, 0, 0, "A certificate, DER"},
    {M_POST, C "/pkcs12", pkcs12,   LIMIT_LOGIN_BODY_BYTES, 0, "A certificate and its issuers as PKCS#12, without a key"},
    {M_GET,  R "/pem",    download, 0, 0, "A request's certificate, PEM"},
    {M_GET,  R "/chain",  download, 0, 0, "A request's certificate and its issuers, PEM"},
    {M_GET,  R "/der",    download, 0, 0, "A request's certificate, DER"},
    {M_POST, R "/pkcs12", pkcs12,   LIMIT_LOGIN_BODY_BYTES, 0, "A request's certificate and its issuers as PKCS#12, without a key"},
};
/* clang-format on */
const struct api_table certificate_file_api = {.routes = routes, .count = COUNTOF(routes)};

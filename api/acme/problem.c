/* Refusals as ACME's clients know them (RFC 8555 6.7). The doors say the type where there is one; what else can go wrong on the way
 * to them has its row here. */
#include "api/problem.h"
#include "api/acme/acme.h"
#include "base/jws.h"

#define URN "urn:ietf:params:acme:error:"

/* RFC 8555 6.7, RFC 9773 7.4: what a fault's rule may say. */
static const char *const types[] = {
    "accountDoesNotExist", "alreadyReplaced", "alreadyRevoked", "badCSR", "badNonce", "badPublicKey", "badRevocationReason",
    "badSignatureAlgorithm", "caa", "connection", "dns", "externalAccountRequired", "incorrectResponse", "invalidContact", "malformed",
    "orderNotReady", "rateLimited", "rejectedIdentifier", "serverInternal", "unauthorized", "unsupportedContact", "unsupportedIdentifier",
};

static bool is_type(str rule)
{
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (str_equal(rule, str_of(types[i])))
            return true;
    return false;
}

static str type_of(const struct problem *why)
{
    static const char *const others[ERR_COUNT] = {
        [ERR_UNAUTHENTICATED] = "unauthorized", [ERR_FORBIDDEN] = "unauthorized", [ERR_TOO_MANY] = "rateLimited",
        [ERR_INTERNAL] = "serverInternal",      [ERR_UNAVAILABLE] = "serverInternal", [ERR_FULL] = "serverInternal",
    };
    if (why->fault_count && is_type(why->faults[0].rule))
        return why->faults[0].rule;
    return str_of(others[why->err] ? others[why->err] : "malformed");
}

static void write_type(struct json_writer *w, struct arena *a, str type)
{
    json_name(w, S("type"));
    json_text(w, arena_format(a, URN STR_FMT, STR_ARG(type)));
}

static void write_parts(struct json_writer *w, struct arena *a, const struct problem *why)
{
    json_name(w, S("subproblems"));
    json_list_open(w);
    for (size_t i = 0; i < why->fault_count; i++) {
        json_map_open(w);
        write_type(w, a, is_type(why->faults[i].rule) ? why->faults[i].rule : S("malformed"));
        json_name(w, S("detail"));
        json_text(w, why->faults[i].text);
        json_name(w, S("identifier"));
        acme_write_name(w, why->faults[i].path);
        json_map_close(w);
    }
    json_list_close(w);
}

void acme_problem(struct exchange *x, const struct problem *why)
{
    const struct api *api = x->app;
    const struct pair media = {S("Content-Type"), S("application/problem+json")};
    str type = type_of(why), detail = why->fault_count ? why->faults[0].text : problem_sentence(x->arena, why);
    int status = why->err == ERR_INVALID ? 400 : err_facts(why->err)->http_status;
    struct answer a;
    if (api)
        acme_headers(x, api->gate);
    if (why->retry_after_s)
        exchange_add_header(x, S("Retry-After"), arena_format(x->arena, "%u", why->retry_after_s));
    answer_begin(x, &a);
    json_map_open(&a.json);
    write_type(&a.json, x->arena, type);
    json_name(&a.json, S("detail"));
    json_text(&a.json, detail);
    json_name(&a.json, S("status"));
    json_int(&a.json, status);
    if (str_equal(type, S("badSignatureAlgorithm"))) {
        json_name(&a.json, S("algorithms"));
        json_list_open(&a.json);
        for (size_t i = 0; i < COUNTOF(jws_algorithms); i++)
            json_text(&a.json, jws_algorithms[i]);
        json_list_close(&a.json);
    }
    if (why->fault_count && why->faults[0].path.len)
        write_parts(&a.json, x->arena, why);
    json_map_close(&a.json);
    x->send(x, status, &media, 1, buf_str(a.body));
}

void acme_write_error(struct json_writer *w, struct arena *a, const struct json *error)
{
    json_map_open(w);
    write_type(w, a, acme_text(error, "type"));
    json_name(w, S("detail"));
    json_text(w, acme_text(error, "detail"));
    json_map_close(w);
}

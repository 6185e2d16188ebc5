/* Problems as application/problem+json (RFC 9457, contract 5): the title says what sort of thing
 * went wrong, the detail what exactly, errors[] has one pointer per fault, and beside them stands
 * Cockpit's `error`. The words are explained in docs/errors.md, where `type` leads. */
#include "api/problem.h"

#include "base/limits.h"

/* Cockpit's own words where its clients may look for them; else the sentence. */
static str cockpit_text(struct arena *a, const struct problem *why, str detail)
{
    if (why->err != ERR_BAD_INPUT || why->fault_count == 0 ||
        !str_starts(why->faults[0].rule, S("json-")))
        return detail;
    str path = why->faults[0].path;
    if (path.len == 0 || path.at[0] == '/')
        return detail;
    if (str_equal(path, S("pipeline")))
        return S("Pipeline is not valid json");
    return arena_format(a, "<" STR_FMT "> is not valid json", STR_ARG(path));
}

static void write_faults(struct json_writer *w, const struct problem *why)
{
    json_name(w, S("errors"));
    json_list_open(w);
    for (size_t i = 0; i < why->fault_count; i++) {
        const struct fault *f = &why->faults[i];
        json_map_open(w);
        json_name(w, S("pointer"));
        json_text(w, f->path);
        json_name(w, S("code"));
        json_text(w, f->rule);
        json_name(w, S("detail"));
        json_text(w, problem_without_stop(f->text));
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_more(struct json_writer *w, const struct problem *why)
{
    for (uint32_t i = 0; why->more && i < why->more->count; i++) {
        json_name(w, why->more->items[i].name);
        json_value(w, &why->more->items[i]);
    }
}

static str title_of(enum err e)
{
    static const str titles[ERR_COUNT] = {
        [ERR_BAD_INPUT] = STR("The request cannot be understood"),
        [ERR_UNAUTHENTICATED] = STR("Authentication failed"),
        [ERR_FORBIDDEN] = STR("Permission denied"),
        [ERR_NOT_FOUND] = STR("Not found"),
        [ERR_BAD_METHOD] = STR("This path does not take this method"),
        [ERR_TIMEOUT] = STR("It took too long"),
        [ERR_CONFLICT] = STR("This conflicts with what is there"),
        [ERR_GONE] = STR("This is not kept any more"),
        [ERR_STALE] = STR("The item was changed meanwhile"),
        [ERR_TOO_LARGE] = STR("Too large"),
        [ERR_TARGET_TOO_LONG] = STR("The address is too long"),
        [ERR_BAD_MEDIA] = STR("This content type is not taken here"),
        [ERR_BAD_RANGE] = STR("The range cannot be satisfied"),
        [ERR_INVALID] = STR("The values are not acceptable"),
        [ERR_NEEDS_PRECONDITION] = STR("A precondition is required"),
        [ERR_TOO_MANY] = STR("Too many requests"),
        [ERR_HEAD_TOO_LARGE] = STR("The request head is too large"),
        [ERR_INTERNAL] = STR("Something went wrong in the server"),
        [ERR_BAD_METHOD_NAME] = STR("Unknown method"),
        [ERR_BAD_GATEWAY] = STR("Another server's answer cannot be used"),
        [ERR_UNAVAILABLE] = STR("Not available at the moment"),
        [ERR_GATEWAY_TIMEOUT] = STR("Another server did not answer in time"),
        [ERR_BAD_VERSION] = STR("Unknown HTTP version"),
        [ERR_FULL] = STR("The storage is full"),
    };
    return titles[e];
}

bool problem_has_credential(const struct exchange *x)
{
    static const str names[] = {STR("authorization"), STR("api-key"), STR("x-api-key"), STR("x-chutes-signature"),
                                STR("cookie")};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (!str_is_absent(exchange_header(x, names[i])))
            return true;
    return false;
}

static bool says(const struct exchange *x, str header)
{
    for (size_t i = 0; i < x->extra_header_count; i++)
        if (str_equal_nocase(x->extra_headers[i].name, header))
            return true;
    return false;
}

/* A refusal is about this moment: caches that keep some statuses by themselves are told not to. */
void problem_moment(struct exchange *x, const struct problem *why)
{
    if (!says(x, S("Cache-Control")))
        exchange_add_header(x, S("Cache-Control"), S("no-store"));
    if (why->retry_after_s)
        exchange_add_header(x, S("Retry-After"), arena_format(x->arena, "%u", why->retry_after_s));
    else if (why->err == ERR_UNAVAILABLE || why->err == ERR_TOO_MANY)
        exchange_add_header(x, S("Retry-After"), S("1"));
}

void problem_headers(struct exchange *x, const struct problem *why)
{
    problem_moment(x, why);
    if (why->err == ERR_UNAUTHENTICATED && !says(x, S("WWW-Authenticate")))
        exchange_add_header(x, S("WWW-Authenticate"),
                            problem_has_credential(x)
                                ? S("Bearer realm=\"vitrine\", error=\"invalid_token\"")
                                : S("Bearer realm=\"vitrine\""));
}

void problem_send(struct exchange *x, const struct problem *why)
{
    const struct err_facts *facts = err_facts(why->err);
    struct buf b;
    struct json_writer w;
    str detail = problem_sentence(x->arena, why);
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("type"));
    json_text(&w, arena_format(x->arena, "/docs/errors#" STR_FMT, STR_ARG(facts->word)));
    json_name(&w, S("title"));
    json_text(&w, title_of(why->err));
    json_name(&w, S("status"));
    json_int(&w, facts->http_status);
    json_name(&w, S("detail"));
    json_text(&w, detail);
    json_name(&w, S("instance"));
    json_text(&w, x->request_id.at ? x->request_id : S(""));
    json_name(&w, S("error"));
    json_text(&w, cockpit_text(x->arena, why, detail));
    if (why->fault_count && why->err != ERR_INTERNAL)
        write_faults(&w, why);
    write_more(&w, why);
    json_map_close(&w);
    problem_headers(x, why);
    exchange_send_text(x, facts->http_status, S("application/problem+json"), buf_str(&b));
}

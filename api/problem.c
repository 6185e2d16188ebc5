/* Problems as application/problem+json (RFC 9457, contract 5): title from the error's word, detail for the
 * human, errors[] with one pointer per fault, and Cockpit's `error` text beside them. */
#include "api/api.h"
#include "base/limits.h"

static str sentence(const struct problem *why)
{
    if (!str_is_absent(why->text) && why->text.len)
        return why->text;
    if (why->fault_count)
        return why->faults[0].text;
    return err_facts(why->err)->word;
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
        json_text(w, f->text);
        json_map_close(w);
    }
    json_list_close(w);
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
        [ERR_UNAVAILABLE] = STR("Not available at the moment"),
        [ERR_BAD_VERSION] = STR("Unknown HTTP version"),
        [ERR_FULL] = STR("The storage is full"),
    };
    return titles[e];
}

void api_send_problem(struct exchange *x, const struct problem *why)
{
    const struct err_facts *facts = err_facts(why->err);
    struct buf b;
    struct json_writer w;
    str detail = why->err == ERR_INTERNAL ? S("The request id finds the cause in the log") : sentence(why);
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
    json_text(&w, x->request_id);
    json_name(&w, S("error"));
    json_text(&w, detail);
    if (why->fault_count)
        write_faults(&w, why);
    json_map_close(&w);
    if (why->retry_after_s)
        exchange_add_header(x, S("Retry-After"), arena_format(x->arena, "%u", why->retry_after_s));
    if (why->err == ERR_UNAUTHENTICATED)
        exchange_add_header(x, S("WWW-Authenticate"), S("Bearer realm=\"vitrine\", error=\"invalid_token\""));
    exchange_send_text(x, facts->http_status, S("application/problem+json"), buf_str(&b));
}

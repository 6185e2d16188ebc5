/* From the exchange to requests. POST takes JSON; a body that a form could send is taken only where a dialect or the operator
 * says so, and only from callers that no page of another site could be (graphql.md 16, security G-4). */
#include "base/form.h"
#include "base/limits.h"
#include "graphql/http/parts.h"

/* No page can send these to another site without being asked first (CORS), so who sends one is a program or our own page. */
static const str proofs[] = {STR("GraphQL-Preflight"), STR("X-Requested-With"),       STR("Apollo-Require-Preflight"),
                             STR("api-key"),           STR("X-Apollo-Operation-Name"), STR("X-API-Key"),
                             STR("Authorization"),     STR("X-CSRF-Token"),
                             STR("X-ZOT-API-CLIENT")};

static bool was_asked_for(const struct exchange *x)
{
    for (size_t i = 0; i < COUNTOF(proofs); i++)
        if (!str_is_absent(exchange_header(x, proofs[i])))
            return true;
    return false;
}

enum err gql_check_forgery(const struct gql_call *c, bool is_form, struct problem *why)
{
    const struct exchange *x = c->x;
    bool is_safe = x->method == M_GET || x->method == M_HEAD; /* of others identify() asked for more */
    if (x->who->by_cookie && is_safe && !gate_is_own_page(x))
        return problem_set(why, ERR_FORBIDDEN, "A page of another site asked for this with your session.");
    if ((is_form || (x->who->by_cookie && is_safe)) && !was_asked_for(x))
        return problem_set(why, ERR_FORBIDDEN,
                           "A page of another site could have sent this: send the header GraphQL-Preflight, too.");
    return ERR_OK;
}

static void fail(struct gql_call *c, enum gql_outcome outcome, str code, str sentence)
{
    c->failed = outcome;
    (void)gql_fail(&c->errors, code, STR_FMT, STR_ARG(sentence));
}

static void take_pairs(struct gql_call *c, const struct pair *pairs, size_t count)
{
    c->requests = NEW(c->x->arena, struct gql_request);
    c->count = 1;
    if (!gql_request_of_pairs(c->x->arena, pairs, count, c->requests, &c->errors))
        c->failed = OUTCOME_MALFORMED;
}

/* The path's document is one more parameter, before those that could say otherwise. */
static enum err receive_query(struct gql_call *c, struct problem *why)
{
    struct query_string q;
    TRY(gql_check_forgery(c, false, why));
    TRY(query_string_read(c->x->arena, c->x->query, &q, why));
    struct pair *pairs = NEW_N(c->x->arena, struct pair, q.count + 1);
    size_t count = 0;
    if (!str_is_absent(c->path_document))
        pairs[count++] = (struct pair){S("documentId"), c->path_document};
    for (size_t i = 0; i < q.count; i++)
        pairs[count++] = q.pairs[i];
    take_pairs(c, pairs, count);
    return ERR_OK;
}

static enum err receive_form(struct gql_call *c, str type, struct problem *why)
{
    str body;
    struct form form;
    TRY(gql_check_forgery(c, true, why));
    TRY(exchange_body(c->x, &body, why));
    TRY(form_read(c->x->arena, type, body, &form, why));
    struct pair *pairs = NEW_N(c->x->arena, struct pair, form.count);
    for (size_t i = 0; i < form.count; i++)
        pairs[i] = (struct pair){form.fields[i].name, form.fields[i].value};
    take_pairs(c, pairs, form.count);
    return ERR_OK;
}

void gql_take_body(struct gql_call *c, const struct json *body)
{
    uint64_t most = c->g->options.batch_max;
    const struct json *items = body;
    c->count = 1;
    if (body->type == JSON_LIST && most > 0) {
        c->is_batch = true;
        c->count = body->count;
        items = body->items;
        if (c->count == 0 || c->count > most) {
            (void)gql_fail(&c->errors, GQL_LIMIT, "An array of requests has 1 to %llu of them.", (unsigned long long)most);
            c->failed = OUTCOME_MALFORMED;
            return;
        }
    } else if (body->type == JSON_LIST) {
        fail(c, OUTCOME_MALFORMED, GQL_BAD_INPUT, S("Arrays of requests are not taken here: send one at a time."));
        return;
    }
    c->requests = NEW_N(c->x->arena, struct gql_request, c->count);
    for (size_t i = 0; i < c->count; i++)
        if (!gql_request_of_json(c->x->arena, &items[i], &c->requests[i], &c->errors))
            c->failed = OUTCOME_MALFORMED;
}

static enum err receive_json(struct gql_call *c, struct problem *why)
{
    str body;
    const struct json *v = NULL;
    struct problem syntax = {.arena = c->x->arena};
    TRY(exchange_body(c->x, &body, why));
    if (json_read(c->x->arena, body, NULL, S(""), &v, &syntax) == ERR_OK)
        gql_take_body(c, v);
    else
        fail(c, OUTCOME_NOT_JSON, GQL_BAD_INPUT, syntax.text);
    return ERR_OK;
}

/* Without a charset it is UTF-8, and with another one it is not taken. */
static bool is_utf8(struct exchange *x, str type)
{
    str charset;
    return header_parameter(x->arena, type, S("charset"), &charset) &&
           (str_is_absent(charset) || str_equal_nocase(charset, S("utf-8")) || str_equal_nocase(charset, S("utf8")));
}

static enum err receive_body(struct gql_call *c, struct problem *why)
{
    str type = exchange_header(c->x, S("content-type")), media = {0}, rest;
    if (!str_is_absent(type))
        (void)str_cut(type, ';', &media, &rest);
    media = str_trim(media);
    bool is_files = str_equal_nocase(media, S("multipart/form-data")) && c->g->options.uploads;
    if (is_files)
        return gql_receive_files(c, why);
    c->x->body_max = (uint32_t)c->g->options.json_body_max;
    if (str_equal_nocase(media, S("application/json")) && is_utf8(c->x, type))
        return receive_json(c, why);
    if (str_equal_nocase(media, S("application/x-www-form-urlencoded")) && c->dialect->flags & DIALECT_FORMS)
        return receive_form(c, type, why);
    return problem_set(why, c->dialect->flags & DIALECT_ZOT ? ERR_BAD_INPUT : ERR_BAD_MEDIA, "Send the request as application/json, in UTF-8.");
}

enum err gql_receive(struct gql_call *c, struct problem *why)
{
    c->failed = OUTCOME_DONE;
    return c->x->method == M_POST ? receive_body(c, why) : receive_query(c, why);
}

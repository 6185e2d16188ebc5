/* The answer: status, media type, and what caches may do with it. */
#include "graphql/http/parts.h"
#include "base/validator.h"

#define BY_CALLER S("Accept, Api-Key, X-Api-Key, Authorization, Cookie")

/* What a client knows by its name can be kept by name: GET of a document that the house or a client registered. */
static bool can_be_kept(const struct gql_call *c, const struct gql_result *result)
{
    const struct gql_request *r = c->requests;
    return c->x->method != M_POST && result->outcome == OUTCOME_DONE && c->count == 1 && str_is_absent(r->query) &&
           !(str_is_absent(r->document_id) && str_is_absent(r->hash));
}

/* Shared caches may have what everybody gets alike: not what hangs on where somebody comes from, or on the time. */
static str age(const struct gql_call *c, const struct gql_result *result)
{
    bool is_shared = gql_is_guest(c->x->who) && !c->x->who->rights->uses_vars;
    const char *whose = is_shared ? "public" : "private";
    return result->max_age_s > 0 ? arena_format(c->x->arena, "%s, max-age=%lld", whose, (long long)result->max_age_s)
                                 : arena_format(c->x->arena, "%s, no-cache", whose);
}

/* True: the client has this already, and was told so. */
static bool keep(struct gql_call *c, const struct gql_result *result, str body)
{
    str tag = arena_format(c->x->arena, "\"%016llx-%d\"", (unsigned long long)str_hash(body), (int)c->media);
    exchange_add_header(c->x, S("ETag"), tag);
    exchange_add_header(c->x, S("Cache-Control"), age(c, result));
    if (!validator_matches(exchange_header(c->x, S("if-none-match")), tag))
        return false;
    exchange_send_nothing(c->x, 304);
    return true;
}

void gql_name_registry(struct exchange *x)
{
    if (str_starts(x->path, S("/v2/")))
        exchange_add_header(x, S("Docker-Distribution-API-Version"), S("registry/2.0"));
}

void gql_respond(struct gql_call *c, const struct gql_result *result, str body)
{
    const struct graphql_options *o = &c->g->options;
    bool is_draft = o->statuses == STATUSES_DRAFT_2026;
    int status = c->is_batch && c->failed == OUTCOME_DONE ? 200 : gql_status(result->outcome, c->media, is_draft);
    if (status == 200 && result->is_denied && o->cockpit_statuses && c->dialect->flags & DIALECT_DENIALS)
        status = err_facts(ERR_STALE)->http_status;
    gql_name_registry(c->x);
    if (result->outcome == OUTCOME_BY_GET)
        exchange_add_header(c->x, S("Allow"), S("POST"));
    exchange_add_header(c->x, S("Vary"), c->x->method == M_POST ? S("Accept") : BY_CALLER);
    if (can_be_kept(c, result) && keep(c, result, body))
        return;
    exchange_send_text(c->x, status, gql_media_types[gql_status_media(status, c->media, is_draft)], body);
}

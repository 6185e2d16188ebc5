/* Which document a request means: the one that it sends, one of the house's list, or one that a client registered. And
 * whether the caller may: his roles may know listed documents alone (content/access.h). A text is as good as its hash. */
#include "graphql/http/parts.h"
#include "graphql/http/texts.h"

#define BY_HASH S("sha256:")

static enum gql_outcome fail(struct gql_errors *errors, enum gql_outcome outcome, const char *code, const char *sentence)
{
    (void)gql_fail(errors, str_of(code), "%s", sentence);
    return outcome;
}

/* Errors that are nobody's fault end the request as any other would. */
static bool from_list(struct gql_call *c, str id, struct gql_text *out, struct gql_errors *errors)
{
    struct gate_document found;
    struct problem why = {.arena = c->x->arena};
    enum err e = gate_document(c->g->gate, c->x->who, id, c->x->arena, &found, &why);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        (void)gql_fail_problem(errors, &why);
    if (e == ERR_OK)
        *out = (struct gql_text){.text = found.source, .max_age_s = found.max_age_s};
    return e == ERR_OK;
}

static str id_of(struct gql_call *c, str hash)
{
    return arena_format(c->x->arena, STR_FMT STR_FMT, STR_ARG(BY_HASH), STR_ARG(hash));
}

static enum document_mode mode_of(const struct gql_call *c)
{
    return c->x->who->rights->documents;
}

static bool registered(struct gql_call *c, str hash, struct gql_text *out)
{
    return mode_of(c) != DOCUMENTS_TRUSTED &&
           texts_find(c->g->texts, hash, gql_is_guest(c->x->who), c->x->arena, &out->text);
}

static enum gql_outcome by_id(struct gql_call *c, str id, struct gql_text *out, struct gql_errors *errors)
{
    if (from_list(c, id, out, errors))
        return OUTCOME_DONE;
    if (errors->count)
        return OUTCOME_TROUBLE;
    if (str_starts(id, BY_HASH) && registered(c, str_slice(id, BY_HASH.len, id.len), out))
        return OUTCOME_DONE;
    return fail(errors, OUTCOME_UNKNOWN_DOCUMENT, "PERSISTED_DOCUMENT_NOT_FOUND", "There is no document with this id.");
}

/* The names of these errors are what clients of automatic documents look for. */
static enum gql_outcome by_hash(struct gql_call *c, str hash, struct gql_text *out, struct gql_errors *errors)
{
    if (registered(c, hash, out) || from_list(c, id_of(c, hash), out, errors))
        return OUTCOME_DONE;
    if (errors->count)
        return OUTCOME_TROUBLE;
    bool may_register = c->g->options.registers && mode_of(c) == DOCUMENTS_ANY;
    return may_register ? fail(errors, OUTCOME_UNKNOWN_HASH, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
                        : fail(errors, OUTCOME_UNKNOWN_HASH, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
}

static enum gql_outcome by_text(struct gql_call *c, const struct gql_request *r, struct gql_text *out, struct gql_errors *errors)
{
    bool is_free = mode_of(c) == DOCUMENTS_ANY;
    *out = (struct gql_text){.text = r->query, .max_age_s = -1};
    if (is_free && str_is_absent(r->hash))
        return OUTCOME_DONE;
    str hash = text_hash(c->x->arena, r->query);
    if (!str_is_absent(r->hash) && !str_equal(hash, r->hash))
        return fail(errors, OUTCOME_MALFORMED, "BAD_USER_INPUT", "provided sha does not match query");
    if (is_free) {
        out->registers = c->g->options.registers ? hash : (str){0};
        return OUTCOME_DONE;
    }
    struct gql_text same = {.max_age_s = -1};
    if (registered(c, hash, &same) || from_list(c, id_of(c, hash), &same, errors))
        return OUTCOME_DONE;
    return errors->count ? OUTCOME_TROUBLE
                         : fail(errors, OUTCOME_NOT_LISTED, "PERSISTED_DOCUMENT_REQUIRED",
                                "Only documents that this server knows already are taken from you.");
}

enum gql_outcome gql_find_text(struct gql_call *c, const struct gql_request *r, struct gql_text *out, struct gql_errors *errors)
{
    *out = (struct gql_text){.max_age_s = -1};
    if (!str_is_absent(r->document_id))
        return by_id(c, r->document_id, out, errors);
    return str_is_absent(r->query) ? by_hash(c, r->hash, out, errors) : by_text(c, r, out, errors);
}

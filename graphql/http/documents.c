#include "graphql/http/documents.h"

#include "base/limits.h"

/* A document's arena begins with this much, and most need no more: so it is what they count for at least. */
#define FIRST_BYTES 4096u

static size_t taken_by(const struct arena *a)
{
    return (arena_bytes(a) + FIRST_BYTES) / FIRST_BYTES * FIRST_BYTES;
}

static void drop(struct counted *self)
{
    struct kept_document *k = (struct kept_document *)(void *)self;
    arena_close(k->arena);
}

/* Errors of reading say LIMIT_EXCEEDED for limits; the rest is syntax. */
static enum document_fault fault_of(const struct gql_errors *errors)
{
    bool limit = errors->count && str_equal(errors->items[0].code, GQL_LIMIT);
    return limit ? DOCUMENT_TOO_LARGE : DOCUMENT_UNREADABLE;
}

static enum document_fault read(struct arena *a, const struct gql_schema *schema, str text, struct gql_errors *errors,
                                const struct gql_document **out)
{
    if (gql_read(a, text, errors, out) != ERR_OK)
        return fault_of(errors);
    if (!gql_within_limits(*out, errors))
        return DOCUMENT_TOO_LARGE;
    return gql_validate(schema, *out, errors) ? DOCUMENT_GOOD : DOCUMENT_INVALID;
}

static bool fits(const struct gql_document *d, uint32_t tokens_left, struct gql_errors *errors)
{
    if (d->token_count <= tokens_left)
        return true;
    (void)gql_fail(errors, GQL_LIMIT, "The documents of one request have more than %u tokens together.", LIMIT_GRAPHQL_TOKENS);
    return false;
}

enum document_fault documents_get(struct shelf *s, const struct gql_schema *schema, uint64_t serial, str text, bool is_guest,
                                  uint32_t tokens_left, struct gql_errors *errors, struct kept_document **out)
{
    struct shelved *found = shelf_find(s, serial, text, is_guest);
    struct kept_document *k = (struct kept_document *)(void *)found;
    *out = NULL;
    if (!found) {
        struct arena *a = arena_open(FIRST_BYTES);
        k = NEW(a, struct kept_document);
        enum document_fault fault = read(a, schema, text, errors, &k->document);
        if (fault != DOCUMENT_GOOD) {
            arena_close(a);
            return fault;
        }
        k->arena = a;
        k->shelved = (struct shelved){
            .counted = {1, drop}, .owner = serial, .name = k->document->text, .bytes = taken_by(a), .of_guest = is_guest};
        shelf_put(s, &k->shelved);
    }
    if (!fits(k->document, tokens_left, errors)) {
        counted_release(&k->shelved.counted);
        return DOCUMENT_TOO_LARGE;
    }
    *out = k;
    return DOCUMENT_GOOD;
}

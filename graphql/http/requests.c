/* What a request says. Members that nobody knows are passed over; those that are known have their types. */
#include "base/limits.h"
#include "graphql/http/parts.h"

static bool fault(struct gql_errors *errors, const char *sentence)
{
    (void)gql_fail(errors, GQL_BAD_INPUT, "%s", sentence);
    return false;
}

static const struct json *member(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

static bool take_text(const struct json *map, const char *name, str *out, struct gql_errors *errors)
{
    const struct json *v = member(map, str_of(name));
    if (v && v->type != JSON_TEXT) {
        (void)gql_fail(errors, GQL_BAD_INPUT, "\"%s\" of the request must be a string.", name);
        return false;
    }
    *out = v ? v->text : (str){0};
    return true;
}

static bool take_map(const struct json *map, const char *name, const struct json **out, struct gql_errors *errors)
{
    *out = member(map, str_of(name));
    if (!*out || (*out)->type == JSON_MAP)
        return true;
    (void)gql_fail(errors, GQL_BAD_INPUT, "\"%s\" of the request must be an object.", name);
    return false;
}

static bool is_hash(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
            return false;
    return s.len == 64;
}

static bool take_persisted(const struct json *extensions, struct gql_request *out, struct gql_errors *errors)
{
    const struct json *persisted = member(extensions, S("persistedQuery"));
    const struct json *version = json_get(persisted, S("version")), *hash = json_get(persisted, S("sha256Hash"));
    if (!persisted)
        return true;
    if (!version || version->type != JSON_INT || version->integer != 1)
        return fault(errors, "\"extensions.persistedQuery\" must have version 1.");
    if (!hash || hash->type != JSON_TEXT || !is_hash(hash->text))
        return fault(errors, "\"extensions.persistedQuery.sha256Hash\" must be 64 hex digits in lower case.");
    out->hash = hash->text;
    return true;
}

static bool take_extensions(const struct json *extensions, struct gql_request *out, struct gql_errors *errors)
{
    const struct json *cost = member(extensions, S("cost"));
    out->wants_cost = cost && cost->type == JSON_BOOL && cost->boolean;
    return take_persisted(extensions, out, errors);
}

/* One of the ways to say which document is meant. */
static bool says_document(const struct gql_request *r, struct gql_errors *errors)
{
    if (!str_is_absent(r->document_id) && (!str_is_absent(r->query) || !str_is_absent(r->hash)))
        return fault(errors, "The request names a document twice: by \"documentId\" and by what it sends.");
    if (r->document_id.len > LIMIT_GRAPHQL_DOCUMENT_ID_BYTES)
        return fault(errors, "\"documentId\" of the request is too long.");
    if (str_is_absent(r->query) && str_is_absent(r->document_id) && str_is_absent(r->hash))
        return fault(errors, "\"query\" of the request is missing: the document, as a string.");
    return true;
}

static str present(str s)
{
    return s.len ? s : (str){0};
}

bool gql_request_of_json(struct arena *a, const struct json *body, struct gql_request *out, struct gql_errors *errors)
{
    const struct json *extensions = NULL;
    (void)a;
    *out = (struct gql_request){.query = {0}};
    if (body->type != JSON_MAP)
        return fault(errors, "The request must be a JSON object with the member \"query\".");
    size_t before = errors->count;
    bool good = take_text(body, "query", &out->query, errors);
    good &= take_text(body, "operationName", &out->operation, errors);
    good &= take_text(body, "documentId", &out->document_id, errors);
    good &= take_map(body, "variables", &out->variables, errors);
    good &= take_map(body, "extensions", &extensions, errors);
    good = good && take_extensions(extensions, out, errors) && says_document(out, errors);
    out->operation = present(out->operation);
    return good && errors->count == before;
}

static bool take_json(struct arena *a, str text, const char *name, const struct json **out, struct gql_errors *errors)
{
    *out = NULL;
    if (text.len == 0)
        return true;
    if (json_read(a, text, NULL, str_of(name), out, NULL) == ERR_OK && ((*out)->type == JSON_MAP || (*out)->type == JSON_NULL)) {
        *out = (*out)->type == JSON_MAP ? *out : NULL;
        return true;
    }
    (void)gql_fail(errors, GQL_BAD_INPUT, "\"%s\" of the request must be a JSON object.", name);
    return false;
}

bool gql_request_of_pairs(struct arena *a, const struct pair *pairs, size_t count, struct gql_request *out,
                          struct gql_errors *errors)
{
    const struct query_string q = {pairs, count};
    const struct json *extensions = NULL;
    *out = (struct gql_request){
        .query = present(query_string_get(&q, S("query"))),
        .operation = present(query_string_get(&q, S("operationName"))),
        .document_id = present(query_string_get(&q, S("documentId"))),
    };
    bool good = take_json(a, query_string_get(&q, S("variables")), "variables", &out->variables, errors);
    good &= take_json(a, query_string_get(&q, S("extensions")), "extensions", &extensions, errors);
    return good && take_extensions(extensions, out, errors) && says_document(out, errors);
}

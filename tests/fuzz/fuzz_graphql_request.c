/* The first line is an Accept, the rest a body. Whoever takes application/json, too, gets something whatever else it says;
 * a request that is taken says its document in one way and is the same when it is printed and read again. */
#include "base/limits.h"
#include "graphql/http/parts.h"
#include "tests/support/fuzz.h"

static enum gql_media accepts(const str *values, size_t count)
{
    struct pair headers[2];
    for (size_t i = 0; i < count; i++)
        headers[i] = (struct pair){S("Accept"), values[i]};
    struct exchange x = {.headers = headers, .header_count = count};
    (void)gql_accept_page(&x);
    return gql_accept(&x);
}

static bool same(str a, str b)
{
    return str_equal(a, b) && str_is_absent(a) == str_is_absent(b);
}

static void check_request(struct arena *a, const struct json *body)
{
    struct gql_errors errors = {.arena = a}, never = {.arena = a};
    struct gql_request once, twice;
    const struct json *again = NULL;
    if (!gql_request_of_json(a, body, &once, &errors)) {
        must(errors.count > 0);
        return;
    }
    must(errors.count == 0);
    must(!str_is_absent(once.query) || !str_is_absent(once.document_id) || !str_is_absent(once.hash));
    must(str_is_absent(once.document_id) || (str_is_absent(once.query) && str_is_absent(once.hash)));
    must(str_is_absent(once.hash) || once.hash.len == 64);
    must(!once.variables || once.variables->type == JSON_MAP);
    must(json_read(a, json_print(a, body), NULL, S(""), &again, NULL) == ERR_OK);
    must(gql_request_of_json(a, again, &twice, &never));
    must(same(once.query, twice.query) && same(once.operation, twice.operation) && same(once.document_id, twice.document_id));
    must(once.wants_cost == twice.wants_cost && json_equal(once.variables, twice.variables));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str accept, text, both[2] = {STR("application/json"), {0}};
    const struct json *body = NULL;
    if (size > 8192)
        return 0;
    struct arena *a = arena_open(1 << 16);
    (void)str_cut((str){(const char *)data, size}, '\n', &accept, &text);
    both[1] = accept;
    (void)accepts(&accept, 1);
    must(accepts(both, 2) != MEDIA_NONE);
    if (json_read(a, text.at ? text : S(""), NULL, S(""), &body, NULL) == ERR_OK)
        check_request(a, body);
    arena_close(a);
    return 0;
}

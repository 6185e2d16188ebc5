/* What was read prints as something that reads as the same; and both ways of asking an item agree. The
 * first byte chooses dialect and variables. */
#include "tests/support/blog_model.h"
#include "tests/support/fuzz.h"

#include "content/filter/filter.h"

#define ID "aaaaaaaaaaaaaaaaaaaaaaaa"

static const char item_text[] =
    "{\"_id\":\"" ID "\",\"_state\":1,\"_created\":1795255200,\"_rev\":3,\"_cby\":null,\"title\":\"Ada Lovelace\","
    "\"body\":null,\"views\":12,\"rating\":4.5,\"live\":true,\"day\":\"2026-11-21\",\"clock\":\"10:00\","
    "\"published\":\"2026-11-21T10:00:00Z\",\"tags\":[\"a\",\"b\"],\"author\":\"" ID "\",\"coauthors\":[\"" ID "\"],"
    "\"seo\":{\"title\":\"x\",\"words\":[\"y\"],\"score\":1},\"rows\":[{\"name\":\"r\",\"price\":5,\"parts\":[{\"sku\":\"s\"}]}],"
    "\"data\":{\"a\":[1,\"x\",null,{\"b\":true}]},\"scores\":[1,2.5],\"name\":\"Ada\",\"mentor\":\"" ID "\"}";

static const struct json *fetch(void *self, const struct collection *c, str id)
{
    (void)c;
    (void)id;
    return self;
}

static bool matches(struct arena *a, const struct filter *f, const struct json *item)
{
    static const str roles[] = {STR("editor")};
    static const struct vars vars = {.user = STR(ID), .roles = roles, .role_count = 1, .now_ms = 1795255200000};
    union {
        const struct json *readable;
        void *any;
    } self = {item};
    struct filter_world world = {.arena = a, .vars = &vars, .fetch = fetch, .self = self.any};

    return filter_matches(f, item, &world);
}

static void check(struct arena *a, const struct model *m, str text, const struct filter_options *options)
{
    struct problem why = {.arena = a};
    struct json_options json = {.dialect = options->dialect};
    const struct collection *posts = model_find(m, S("posts"));
    const struct json *tree = NULL, *item = NULL;
    const struct filter *first = NULL, *second = NULL;

    if (json_read(a, text, &json, S("filter"), &tree, &why) != ERR_OK)
        return;
    if (filter_read(a, m, posts, tree, options, &first, &why) != ERR_OK) {
        must(first == NULL && why.fault_count > 0);
        return;
    }
    str printed = filter_print(a, first);
    json.dialect = JSON_STRICT;
    must(json_read(a, printed, &json, S("filter"), &tree, &why) == ERR_OK);
    must(filter_read(a, m, posts, tree, options, &second, &why) == ERR_OK);
    must(str_equal(filter_print(a, second), printed));
    must(str_equal(filter_print(a, filter_copy(a, first)), printed));

    must(json_read(a, str_of(item_text), &json, S(""), &item, &why) == ERR_OK);
    bool yes = matches(a, first, item);
    must(matches(a, second, item) == yes);
    must(matches(a, filter_and(a, first, second), item) == yes);
    must(matches(a, filter_or(a, second, first), item) == yes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 20000)
        return 0;
    static const struct model *model; /* made once: it costs more than a run */
    if (!model)
        model = blog_model(arena_open(1u << 16));
    struct arena *a = arena_open(1u << 16);
    struct filter_options options = {
        .dialect = data[0] & 1 ? JSON_5 : JSON_STRICT, .allow_vars = (data[0] & 2) != 0, .where = STR("filter")};
    check(a, model, (str){(const char *)data + 1, size - 1}, &options);
    arena_close(a);
    return 0;
}

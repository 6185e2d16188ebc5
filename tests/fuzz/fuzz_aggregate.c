/* A pipeline that can be read runs on any items to a list that can be printed, or to a limit; it needs no
 * field that a reader does not know; and what it gives is the same every time. */
#include "tests/support/blog_model.h"
#include "tests/support/fuzz.h"

#include "content/aggregate/aggregate.h"

static const char items_text[] =
    "[{\"_id\":\"1\",\"_created\":1767225600,\"title\":\"a\",\"views\":5,\"rating\":1.5,\"live\":true,\"day\":\"2026-01-15\","
    "\"tags\":[\"x\",\"y\"],\"author\":\"a\",\"coauthors\":[],\"seo\":{\"title\":\"s\",\"score\":1},"
    "\"rows\":[{\"name\":\"r\",\"price\":2,\"parts\":[{\"sku\":\"k\"}]},{\"name\":\"q\"}],\"data\":{\"a\":[1,[2],{\"b\":null}]}},"
    "{\"_id\":\"2\",\"title\":null,\"views\":9223372036854775807,\"tags\":[],\"seo\":null,\"rows\":null,\"data\":[1,\"2\"]},{}]";

static str result(struct arena *a, const struct aggregate *g, const struct json *items)
{
    struct problem why = {.arena = a};
    struct json out = json_null;
    enum err e = aggregate_run(g, a, items->items, items->count, &out, &why);

    must(e == ERR_OK || e == ERR_BAD_INPUT);
    must((e == ERR_OK) == (out.type == JSON_LIST));
    return e == ERR_OK ? json_print(a, &out) : S("");
}

static void check(struct arena *a, const struct model *m, str text)
{
    struct problem why = {.arena = a};
    struct filter_options options = {.dialect = JSON_5, .where = STR("pipeline")};
    const struct collection *posts = model_find(m, S("posts"));
    const struct json *tree = NULL, *items = NULL;
    const struct aggregate *g = NULL;

    if (json_read(a, text, &(struct json_options){.dialect = JSON_5}, S("pipeline"), &tree, &why) != ERR_OK)
        return;
    if (aggregate_read(a, m, posts, tree, &options, &g, &why) != ERR_OK) {
        must(g == NULL && why.fault_count > 0);
        return;
    }
    field_set fields = aggregate_fields(g);
    must(!field_set_has(&fields, collection_field(posts, S("token"))->index));
    must(json_read(a, str_of(items_text), NULL, S(""), &items, &why) == ERR_OK);
    str first = result(a, g, items);
    must(str_contains(text, S("sample")) || str_equal(first, result(a, g, items)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct model *model; /* made once: it costs more than a run */
    if (!model)
        model = blog_model(arena_open(1u << 16));
    if (size == 0 || size > 5000)
        return 0;
    struct arena *a = arena_open(1u << 16);
    check(a, model, (str){(const char *)data, size});
    arena_close(a);
    return 0;
}

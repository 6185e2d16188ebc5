#include "server/ca.h"

enum { DAYS_MOST = 36500 };

enum err ca_rows(struct desk *d, const char *collection, const char *field, struct json value, struct item_list *out)
{
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    struct query q = {.from = in, .limit = 2, .where = filter_test(d->arena, collection_field(in, str_of(field)), TEST_EQ, value)};
    query_all_fields(d->arena, &q, NULL);
    item_list_init(out, d->arena);
    return gate_read(d->app->gate, d->who, &q, &out->receiver, NULL, d->why);
}

enum err ca_item(struct desk *d, const char *collection, str id, const struct json **out)
{
    struct item_list found;
    *out = NULL;
    if (id.len == 0)
        return ERR_OK;
    TRY(ca_rows(d, collection, "_id", json_of_text(id), &found));
    *out = found.count ? &found.items[0] : NULL;
    return ERR_OK;
}

enum err ca_find(struct desk *d, str number, const struct json **out)
{
    struct item_list found = {0};
    int64_t n = 0;
    if (str_to_i64(number, &n))
        TRY(ca_rows(d, "certificate_authorities", "serial", json_of_int(n), &found));
    if (found.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is no authority " STR_FMT " (ca list shows them)", STR_ARG(number));
    *out = &found.items[0];
    return ERR_OK;
}

enum err ca_act(struct desk *d, const char *collection, str id, const char *action, const struct json *members, size_t count)
{
    const struct collection *in;
    const struct json nothing = json_null;
    struct json output, input = json_of_map(members ? members : &nothing, count);
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    return gate_act(d->app->gate, d->who, in, id, str_of(action), &input, &output, d->arena, d->why);
}

enum err ca_make(struct desk *d, const char *collection, const struct json *item, struct change *made)
{
    const struct collection *in;
    *made = (struct change){.op = OP_CREATE};
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    TRY(change_read(d->arena, in, item, S(""), made, d->why));
    return gate_write(d->app->gate, d->who, made, 1, d->arena, d->why);
}

enum err ca_unmake(struct desk *d, const char *collection, str id)
{
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    struct change change = {.op = OP_DELETE, .in = in, .id = id};
    return gate_write(d->app->gate, d->who, &change, 1, d->arena, d->why);
}

bool ca_days(const struct call *c, int64_t *out)
{
    str text = call_option(c, "days");
    *out = 0;
    return str_is_absent(text) || (str_to_i64(text, out) && *out >= 1 && *out <= DAYS_MOST);
}

void ca_print(str text)
{
    (void)fwrite(text.at, 1, text.len, stdout);
}

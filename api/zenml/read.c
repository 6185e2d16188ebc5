/* Items behind ZenML's resources, read and written through the gate as everybody reads and writes them. */
#include "api/zenml/zenml.h"
#include "base/encode.h"
#include "base/utf8.h"
#include "content/filter/filter.h"

enum err zenml_collection(struct exchange *x, struct api *api, const struct zenml_resource *of, const struct collection **out,
                          struct problem *why)
{
    return gate_collection(api->gate, x->who, str_of(of->collection), out, why);
}

bool zenml_is_uuid(str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool dash = text.len == UUID_LENGTH && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash ? text.at[i] != '-' : hex_digit(text.at[i]) < 0)
            return false;
        digits += !dash;
    }
    return digits == 32;
}

const struct json *zenml_is(struct arena *a, str field, str value)
{
    struct json *member = NEW(a, struct json), *map = NEW(a, struct json);
    *member = json_named(field, json_of_text(value));
    *map = json_of_map(member, 1);
    return map;
}

/* At most one item; *out NULL when the caller sees none. */
static enum err read_one(struct exchange *x, struct api *api, const struct collection *c, const struct json *where,
                         const struct json *also, const struct json **out, struct problem *why)
{
    struct filter_options options = {.reader = x->who->rights, .where = S("filter")};
    const struct filter *this = NULL, *more = &filter_all;
    struct query q = {.from = c, .limit = 1};
    struct item_list list;
    struct page page = {0};
    TRY(filter_read(x->arena, principal_model(x->who), c, where, &options, &this, why));
    TRY(filter_read(x->arena, principal_model(x->who), c, also, &options, &more, why));
    q.where = filter_and(x->arena, this, more);
    query_all_fields(x->arena, &q, NULL);
    item_list_init(&list, x->arena);
    TRY(gate_read(api->gate, x->who, &q, &list.receiver, &page, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

static enum err not_there(const struct zenml_resource *of, str reference, struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no %s with ID or name '" STR_FMT "'", of->noun, STR_ARG(reference));
}

enum err zenml_find(struct exchange *x, struct api *api, const struct zenml_resource *of, str reference, const struct json *also,
                    const struct json **item, struct problem *why)
{
    const struct collection *c;
    char id[ID_LENGTH];
    *item = NULL;
    TRY(zenml_collection(x, api, of, &c, why));
    if (uuid_id(reference, id))
        TRY(read_one(x, api, c, zenml_is(x->arena, S("_id"), (str){id, ID_LENGTH}), also, item, why));
    else if (of->may_be_named && !zenml_is_uuid(reference))
        TRY(read_one(x, api, c, zenml_is(x->arena, of->name, reference), also, item, why));
    return *item ? ERR_OK : not_there(of, reference, why);
}

enum err zenml_reread(struct exchange *x, struct api *api, const struct zenml_resource *of, str id, const struct json **item,
                      struct problem *why)
{
    const struct collection *c = model_find(principal_model(x->who), str_of(of->collection));
    must(c != NULL);
    *item = NULL;
    return gate_may(x->who, VERB_READ, c) ? read_one(x, api, c, zenml_is(x->arena, S("_id"), id), NULL, item, why) : ERR_OK;
}

bool zenml_hydrate(struct exchange *x, bool otherwise, bool *hydrate)
{
    static const struct fast_field fields[] = {{.name = STR("hydrate"), .kind = FAST_BOOL}};
    static const struct fast_shape shape = {.fields = fields, .count = 1, .bytes = sizeof(bool)};
    struct query_string q = {0};
    struct problem quiet = {.arena = x->arena};
    struct fast_faults f;
    *hydrate = otherwise;
    fast_begin(&f, x);
    if (query_string_read(x->arena, x->query, &q, &quiet) != ERR_OK) /* read where it matters */
        return true;
    fast_values(&f, "query", q.pairs, q.count, &shape, hydrate);
    if (f.count)
        (void)fast_refuse(x, &f);
    return f.count == 0;
}

enum err zenml_save(struct exchange *x, struct api *api, const struct zenml_resource *of, enum op op, str id,
                    const struct json *members, size_t count, struct change *out, struct problem *why)
{
    const struct collection *c;
    struct json item = json_of_map(members, count);
    TRY(zenml_collection(x, api, of, &c, why));
    TRY(gate_allows(x->who, op == OP_CREATE ? VERB_CREATE : VERB_UPDATE, c, why));
    *out = (struct change){.op = op, .in = c, .id = id};
    TRY(change_read(x->arena, c, &item, S(""), out, why));
    return gate_write(api->gate, x->who, out, 1, x->arena, why);
}

enum err zenml_delete(struct exchange *x, struct api *api, const struct zenml_resource *of, const struct json *item,
                      struct problem *why)
{
    struct change c = {.op = OP_DELETE, .id = zenml_item_text(item, S("_id"))};
    TRY(zenml_collection(x, api, of, &c.in, why));
    TRY(gate_write(api->gate, x->who, &c, 1, x->arena, why));
    return zenml_send_null(x);
}

/* Whoever may not know of the collection hears that, and nothing of ids. */
enum err zenml_path_id(struct exchange *x, struct api *api, const struct zenml_resource *of, const struct params *p,
                       const char *name, bool *ok, struct problem *why)
{
    const struct collection *unused;
    struct fast_field field = {.name = str_of(name), .kind = FAST_UUID};
    struct fast_shape shape = {&field, 1, sizeof(str), false};
    struct pair pair = {field.name, param(p, name)};
    struct fast_faults f;
    str id;
    TRY(zenml_collection(x, api, of, &unused, why));
    fast_begin(&f, x);
    fast_values(&f, "path", &pair, 1, &shape, &id);
    *ok = f.count == 0;
    return *ok ? ERR_OK : fast_refuse(x, &f);
}

#include "api/auth/own_keys.h"

#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"

str key_text(const struct json *item, const char *field)
{
    const struct json *v = json_get(item, str_of(field));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

int64_t key_time(const struct json *item, const char *field)
{
    int64_t ms = 0;
    str text = key_text(item, field);
    return !str_is_absent(text) && time_read(text, &ms) ? ms : 0;
}

/* That there are keys is no secret: whoever has no door to them is told so in one way (AZ-12). */
static enum err refuse(const struct exchange *x, struct problem *why)
{
    return x->who->kind == PRINCIPAL_PUBLIC ? problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key")
                                            : problem_set(why, ERR_FORBIDDEN, "This credential does not manage keys");
}

static enum err find_keys(struct gate *g, struct exchange *x, const struct collection **out, struct problem *why)
{
    struct problem own = {.arena = x->arena};
    if (x->who->kind == PRINCIPAL_PUBLIC || gate_collection(g, x->who, S("api_keys"), out, &own) != ERR_OK)
        return refuse(x, why);
    return ERR_OK;
}

/* Keys of roles belong to nobody, so nobody's are their own: NULL. */
static const struct filter *are_own(struct exchange *x, const struct collection *keys, str kind)
{
    bool is_service = !str_is_absent(x->who->service_id);
    str owner = is_service ? x->who->service_id : x->who->user_id;
    if (str_is_absent(owner))
        return NULL;
    const struct field *of = collection_field(keys, is_service ? S("service_account") : S("user"));
    return filter_and(x->arena, filter_test(x->arena, of, TEST_EQ, json_of_text(owner)),
                      filter_test(x->arena, collection_field(keys, S("kind")), TEST_EQ, json_of_text(kind)));
}

static enum err read(struct gate *g, struct exchange *x, struct query *q, struct own_keys *out, struct problem *why)
{
    struct page page = {0};
    query_all_fields(x->arena, q, &rights_access(x->who->rights, VERB_READ, q->from)->fields);
    enum err e = gate_read(g, x->who, q, &out->list.receiver, &page, why);
    out->total = page.total;
    return e == ERR_NOT_FOUND || e == ERR_FORBIDDEN ? refuse(x, why) : e;
}

enum err own_keys_list(struct gate *g, struct exchange *x, str kind, uint32_t skip, uint32_t limit, struct own_keys *out,
                       struct problem *why)
{
    const struct collection *keys;
    item_list_init(&out->list, x->arena);
    out->total = 0;
    TRY(find_keys(g, x, &keys, why));
    const struct filter *own = are_own(x, keys, kind);
    if (!own)
        return ERR_OK;
    struct query q = {.from = keys, .where = own, .skip = skip, .limit = limit, .count = COUNT_EXACT};
    q.sort[q.sort_count++] = (struct sort){.by = &keys->fields[META_ID], .down = false}; /* ids grow with time */
    return read(g, x, &q, out, why);
}

enum err own_keys_find(struct gate *g, struct exchange *x, str kind, str uuid, const struct json **item, struct problem *why)
{
    const struct collection *keys;
    struct own_keys found = {.total = 0};
    char id[ID_LENGTH];
    *item = NULL;
    TRY(find_keys(g, x, &keys, why));
    const struct filter *own = are_own(x, keys, kind);
    if (!own || !uuid_id(uuid, id))
        return ERR_OK;
    struct json wanted = json_of_text(arena_copy(x->arena, (str){id, ID_LENGTH}));
    own = filter_and(x->arena, own, filter_test(x->arena, &keys->fields[META_ID], TEST_EQ, wanted));
    struct query q = {.from = keys, .where = own, .limit = 1};
    item_list_init(&found.list, x->arena);
    TRY(read(g, x, &q, &found, why));
    *item = found.list.count ? &found.list.items[0] : NULL;
    return ERR_OK;
}

enum err own_keys_delete(struct gate *g, struct exchange *x, const struct json *item, struct problem *why)
{
    const struct collection *keys;
    TRY(find_keys(g, x, &keys, why));
    struct change gone = {.op = OP_DELETE, .in = keys, .id = key_text(item, "_id")};
    enum err e = gate_write(g, x->who, &gone, 1, x->arena, why);
    return e == ERR_FORBIDDEN ? refuse(x, why) : e;
}

enum err own_keys_make(struct gate *g, struct exchange *x, const struct key_wish *wish, str *id, str *secret, struct problem *why)
{
    const struct collection *keys;
    TRY(find_keys(g, x, &keys, why));
    if (str_is_absent(x->who->user_id) && str_is_absent(x->who->service_id))
        return refuse(x, why);
    enum err e = gate_key_make(g, x->who, x->arena, wish, id, secret, why);
    return e == ERR_FORBIDDEN || e == ERR_NOT_FOUND ? refuse(x, why) : e;
}

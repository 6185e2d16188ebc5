#include "server/transfer/zot_here.h"

#include "content/change/change.h"
#include "server/transfer/each_item.h"

#define BATCH 200u

struct zot_sink {
    struct item_sink sink;            /* first */
    struct zot *z;
};

static const struct principal *server(struct zot *z, struct arena *a)
{
    return principal_system(transfer_app(z->to)->gate, a, SYSTEM_COMMAND);
}

/* Each item that the filter finds, with all its fields. */
static enum err each(struct zot *z, str collection, const char *filter, struct zot_sink *sink)
{
    const struct item_wish wish = {.collection = collection, .every_field = true, .filter = filter};
    sink->z = z;
    TRY(gate_catch_up(transfer_app(z->to)->gate, z->why));
    return each_item(transfer_app(z->to), server(z, z->arena), &wish, &sink->sink, z->why);
}

/* ---- ids ---- */

struct id_sink {
    struct zot_sink sink;             /* first */
    const struct map *kept;
    str *ids;
    size_t count, room;
};

static void add_id(struct id_sink *s, str id)
{
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        s->ids = arena_grow(s->sink.z->arena, s->ids, s->room * sizeof *s->ids, room * sizeof *s->ids);
        s->room = room;
    }
    s->ids[s->count++] = arena_copy(s->sink.z->arena, id);
}

static enum err take_grant(struct item_sink *self, const struct json *item, struct arena *a)
{
    (void)a;
    struct id_sink *s = (struct id_sink *)(void *)self;
    str id = text_member(item, S("_id"));
    if (!map_get(s->kept, id))
        add_id(s, id);
    return ERR_OK;
}

/* Somebody may have made one of such a name himself. */
static enum err take_rule(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct id_sink *s = (struct id_sink *)(void *)self;
    str id = text_member(item, S("_id"));
    if (str_equal(id, transfer_id(a, S("zot"), S("retention_rules"), text_member(item, S("label")))) && !map_get(s->kept, id))
        add_id(s, id);
    return ERR_OK;
}

static enum err drop_batch(struct zot *z, str collection, const str *ids, size_t count)
{
    struct arena *a = arena_open(64u << 10);
    const struct principal *who = server(z, a);
    struct change *changes = NEW_N(a, struct change, count);
    const struct collection *in;
    enum err e = gate_collection(transfer_app(z->to)->gate, who, collection, &in, z->why);
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        changes[i] = (struct change){.op = OP_DELETE, .in = in, .id = ids[i]};
    if (e == ERR_OK)
        e = gate_write(transfer_app(z->to)->gate, who, changes, count, a, z->why);
    arena_close(a);
    return e;
}

static enum err drop(struct zot *z, str collection, const char *filter, struct id_sink *s, const char *sentence)
{
    TRY(each(z, collection, filter, &s->sink));
    for (size_t i = 0; i < s->count && !transfer_is_dry(z->to); i += BATCH)
        TRY(drop_batch(z, collection, s->ids + i, s->count - i < BATCH ? s->count - i : BATCH));
    transfer_tell_count(z->to, s->count, sentence);
    return ERR_OK;
}

enum err zot_drop_grants(struct zot *z, const struct map *kept)
{
    struct id_sink s = {.sink = {.sink = {take_grant}}, .kept = kept};
    return drop(z, S("grants"), "{'role.name':{$startsWith:'zot.'}}", &s, "grants of an earlier run are not in the file any more; they go");
}

enum err zot_drop_rules(struct zot *z, const struct map *kept)
{
    struct id_sink s = {.sink = {.sink = {take_rule}}, .kept = kept};
    return drop(z, S("retention_rules"), "{label:{$startsWith:'zot '}}", &s, "retention rules of an earlier run are not in the file any more; they go");
}

/* ---- what people hold ---- */

struct held_sink {
    struct zot_sink sink;             /* first */
    const struct map *kept;
    str user_id;
    struct member_list *people;       /* name: the id; value: {roles, groups} */
};

static enum err take_ours(struct item_sink *self, const struct json *item, struct arena *a)
{
    (void)a;
    struct id_sink *s = (struct id_sink *)(void *)self;
    add_id(s, text_member(item, S("_id")));
    return ERR_OK;
}

/* Ids of roles or groups that are called zot.…, as a set. */
static enum err look_at_ours(struct zot *z, str collection, struct map **out)
{
    struct id_sink s = {.sink = {.sink = {take_ours}}};
    if (*out)
        return ERR_OK;
    TRY(each(z, collection, "{name:{$startsWith:'zot.'}}", &s.sink));
    *out = map_new(z->arena, s.count + 1);
    for (size_t i = 0; i < s.count; i++)
        (void)map_put(*out, s.ids[i], z);
    return ERR_OK;
}

static struct json without(struct zot *z, const struct json *list, const struct map *ours, const struct json *more, size_t count)
{
    uint32_t here = list && list->type == JSON_LIST ? list->count : 0;
    struct json *all = NEW_N(z->arena, struct json, here + count + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < here; i++)
        if (list->items[i].type == JSON_TEXT && !map_get(ours, list->items[i].text))
            all[n++] = json_copy(z->arena, &list->items[i]);
    for (size_t i = 0; i < count; i++)
        all[n++] = more[i];
    return json_of_list(all, n);
}

static enum err take_person(struct item_sink *self, const struct json *item, struct arena *a)
{
    (void)a;
    struct held_sink *s = (struct held_sink *)(void *)self;
    struct zot *z = s->sink.z;
    str id = arena_copy(z->arena, text_member(item, S("_id"))), name = text_member(item, S("name"));
    bool is_it = str_is_absent(s->user_id) ? str_equal(id, transfer_id(z->arena, S("zot"), S("users"), name)) && !map_get(s->kept, id)
                                           : str_equal(id, s->user_id);
    if (is_it)
        member_put(s->people, id, json_copy(z->arena, item));
    return ERR_OK;
}

enum err zot_with_own(struct zot *z, str user_id, str field, const struct json *list, size_t count, struct json *out)
{
    struct member_list people = {.arena = z->arena};
    struct held_sink s = {.sink = {.sink = {take_person}}, .user_id = user_id, .people = &people};
    bool is_roles = str_equal(field, S("roles"));
    TRY(look_at_ours(z, field, is_roles ? &z->our_roles : &z->our_groups));
    TRY(each(z, S("users"), arena_cstr(z->arena, arena_format(z->arena, "{_id:'" STR_FMT "'}", STR_ARG(user_id))), &s.sink));
    *out = without(z, people.count ? json_get(&people.at[0], field) : NULL, is_roles ? z->our_roles : z->our_groups, list, count);
    return ERR_OK;
}

static enum err strip(struct zot *z, const struct json *person)
{
    struct json members[3] = {
        json_named(S("_id"), json_of_text(person->name)),
        json_named(S("roles"), without(z, json_get(person, S("roles")), z->our_roles, NULL, 0)),
        json_named(S("groups"), without(z, json_get(person, S("groups")), z->our_groups, NULL, 0)),
    };
    struct json item = json_of_map(members, COUNTOF(members));
    struct change change = {.op = OP_UPDATE, .id = person->name};
    const struct principal *who = server(z, z->arena);
    const struct collection *in;
    TRY(gate_collection(transfer_app(z->to)->gate, who, S("users"), &in, z->why));
    TRY(change_read(z->arena, in, &item, (str){0}, &change, z->why));
    return gate_write(transfer_app(z->to)->gate, who, &change, 1, z->arena, z->why);
}

enum err zot_strip_people(struct zot *z, const struct map *kept)
{
    struct member_list people = {.arena = z->arena};
    struct held_sink s = {.sink = {.sink = {take_person}}, .kept = kept, .people = &people};
    TRY(look_at_ours(z, S("roles"), &z->our_roles));
    TRY(look_at_ours(z, S("groups"), &z->our_groups));
    TRY(each(z, S("users"), "{$or:[{'roles.name':{$startsWith:'zot.'}},{'groups.name':{$startsWith:'zot.'}}]}", &s.sink));
    for (size_t i = 0; i < people.count && !transfer_is_dry(z->to); i++)
        TRY(strip(z, &people.at[i]));
    transfer_tell_count(z->to, people.count, "people of an earlier run are not in the file any more; their accounts stay, without its roles");
    return ERR_OK;
}

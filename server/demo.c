#include "server/demo.h"

#include "base/embed.h"
#include "base/time.h"

extern const struct embedded embedded_demo[];
extern const size_t embedded_demo_count;

struct maker {
    struct gate *gate;
    struct arena *arena;
    struct problem *why;
    int64_t at_ms;
};

/* The server itself, at the demo's own time. Taken anew after every step: the model may have moved. */
static const struct principal *somebody(struct maker *m)
{
    struct principal *who = NEW(m->arena, struct principal);
    *who = *principal_system(m->gate, m->arena, SYSTEM_FIRST_START);
    who->actor.vars.now_ms = m->at_ms;
    return who;
}

static bool has_own_collections(struct maker *m)
{
    const struct model *model = principal_model(somebody(m));
    for (size_t i = 0; i < model->collection_count; i++)
        if (!model->collections[i]->system)
            return true;
    return false;
}

static enum err write_items(struct maker *m, str collection, const struct json *items)
{
    struct gate *g = m->gate;
    /* Writing waits for the last model change to be known here. */
    TRY(gate_catch_up(g, m->why));
    const struct principal *who = somebody(m);
    const struct collection *in;
    TRY(gate_collection(g, who, collection, &in, m->why));
    struct change *changes = NEW_N(m->arena, struct change, items->count);
    for (uint32_t i = 0; i < items->count; i++) {
        changes[i].op = OP_CREATE;
        TRY(change_read(m->arena, in, &items->items[i], (str){0}, &changes[i], m->why));
    }
    return gate_write(g, who, changes, items->count, m->arena, m->why);
}

static enum err write_collections(struct maker *m, const struct json *definitions)
{
    struct json *items = NEW_N(m->arena, struct json, definitions->count);
    for (uint32_t i = 0; i < definitions->count; i++) {
        struct json *members = NEW_N(m->arena, struct json, 2);
        members[0] = json_named(S("name"), *json_get(&definitions->items[i], S("name")));
        members[1] = json_named(S("definition"), definitions->items[i]);
        items[i] = json_of_map(members, 2);
    }
    struct json list = json_of_list(items, definitions->count);
    return write_items(m, S("collections"), &list);
}

static str text_of(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

enum err demo_make(struct gate *gate, bool *made, void (*key)(void *self, str name, str secret), void *self,
                   struct problem *why)
{
    struct maker m = {.gate = gate, .arena = why->arena, .why = why};
    const struct json *demo, *list;
    must(embedded_demo_count == 1);
    *made = false;
    if (has_own_collections(&m))
        return ERR_OK;
    str text = {(const char *)embedded_demo[0].at, embedded_demo[0].len};
    TRY(json_read(m.arena, text, &(struct json_options){0}, S("demo"), &demo, why));
    must(time_read(text_of(demo, S("at")), &m.at_ms));
    TRY(write_collections(&m, json_get(demo, S("collections"))));
    list = json_get(demo, S("items"));
    for (uint32_t i = 0; i < list->count; i++)
        TRY(write_items(&m, text_of(&list->items[i], S("collection")), json_get(&list->items[i], S("items"))));
    list = json_get(demo, S("keys"));
    for (uint32_t i = 0; key && i < list->count; i++) {
        const struct json *k = &list->items[i];
        struct key_wish wish = {.role = text_of(k, S("role")), .kind = text_of(k, S("kind")), .name = text_of(k, S("name"))};
        str id, secret;
        TRY(gate_key_create(gate, m.arena, &wish, &id, &secret, why));
        key(self, wish.name, secret);
    }
    *made = true;
    return ERR_OK;
}

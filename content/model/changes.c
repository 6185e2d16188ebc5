#include "content/model/changes.h"

#include "content/model/parts.h"

struct making {
    struct arena *arena;
    const struct collection *in;
    const struct json *present;
    const struct model_wish *wish;
    bool *kept;                       /* by index in present: some definition is about it, or it is dropped already */
    struct change *list;
    size_t count;
    struct problem *why;
};

static str text_of(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* SIZE_MAX: there is none. */
static size_t find(const struct making *m, str name)
{
    for (size_t i = 0; name.len > 0 && i < m->present->count; i++)
        if (str_equal(text_of(&m->present->items[i], S("name")), name))
            return i;
    return SIZE_MAX;
}

static void put(struct making *m, struct change *c, str name, struct json v)
{
    const struct field *f = collection_field(m->in, name);
    must(f != NULL);
    c->values[f->index] = json_named(f->name, v);
    field_set_add(&c->set, f->index);
}

/* The collection's word for an explicit yes stands in the definition. */
static struct json with_consent(struct making *m, const struct json *definition)
{
    struct json *members = NEW_N(m->arena, struct json, definition->count + 1);
    size_t n = 0;
    for (uint32_t i = 0; i < definition->count; i++)
        if (!str_equal(definition->items[i].name, S("allow_loss")))
            members[n++] = definition->items[i];
    if (m->wish->allow_loss)
        members[n++] = json_named(S("allow_loss"), json_true);
    return json_of_map(members, n);
}

static bool is_there(struct making *m, const struct json *definition, const struct json *item)
{
    const struct json *is = definition_canonical(m->arena, definition), *was = json_get(item, S("definition"));
    return was && str_equal(json_print(m->arena, is), json_print(m->arena, was));
}

static void add_definition(struct making *m, const struct json *definition, str name, str path)
{
    size_t at = find(m, name);
    at = at == SIZE_MAX ? find(m, definition_was(definition)) : at;
    if (at != SIZE_MAX)
        m->kept[at] = true;
    const struct json *item = at == SIZE_MAX ? NULL : &m->present->items[at];
    if (item && is_there(m, definition, item))
        return;
    struct change *c = &m->list[m->count++];
    *c = (struct change){.op = item ? OP_UPDATE : OP_CREATE, .in = m->in, .id = text_of(item, S("_id")), .where = path};
    c->values = NEW_N(m->arena, struct json, m->in->field_count);
    put(m, c, S("name"), json_of_text(name));
    put(m, c, S("definition"), with_consent(m, definition));
}

static void add_drop(struct making *m, size_t at, str path)
{
    m->kept[at] = true;
    m->list[m->count++] = (struct change){.op = OP_DELETE, .in = m->in, .id = text_of(&m->present->items[at], S("_id")), .where = path};
}

static void add_definitions(struct making *m)
{
    struct map *names = map_new(m->arena, m->wish->count);
    for (size_t i = 0; i < m->wish->count; i++) {
        const struct json *definition = m->wish->definitions[i];
        str name = text_of(definition, S("name")), path = arena_format(m->arena, "/definitions/%zu", i);
        if (definition->type != JSON_MAP || name.len == 0)
            (void)problem_fault(m->why, ERR_INVALID, arena_format(m->arena, STR_FMT "/name", STR_ARG(path)), S("required"),
                                "A collection needs a name");
        else if (map_put(names, name, m))
            (void)problem_fault(m->why, ERR_INVALID, arena_format(m->arena, STR_FMT "/name", STR_ARG(path)), S("duplicate"),
                                "There are two definitions of " STR_FMT, STR_ARG(name));
        else
            add_definition(m, definition, name, path);
    }
}

static void add_drops(struct making *m)
{
    for (size_t i = 0; i < m->wish->drop_count; i++) {
        size_t at = find(m, m->wish->drops[i]);
        if (at == SIZE_MAX || m->kept[at])
            (void)problem_fault(m->why, ERR_INVALID, arena_format(m->arena, "/drop/%zu", i), S("unknown-collection"),
                                at == SIZE_MAX ? "There is no collection " STR_FMT : STR_FMT " cannot be kept and dropped",
                                STR_ARG(m->wish->drops[i]));
        else
            add_drop(m, at, arena_format(m->arena, "/drop/%zu", i));
    }
    for (size_t i = 0; m->wish->mirrors && i < m->present->count; i++)
        if (!m->kept[i])
            add_drop(m, i, S("/drop"));
}

enum err model_changes(struct arena *a, const struct collection *collections, const struct json *present,
                       const struct model_wish *wish, struct change **out, size_t *count, struct problem *why)
{
    struct making m = {.arena = a, .in = collections, .present = present, .wish = wish, .why = why};
    m.kept = NEW_N(a, bool, present->count + 1);
    m.list = NEW_N(a, struct change, wish->count + wish->drop_count + present->count + 1);
    add_definitions(&m);
    add_drops(&m);
    *out = m.list;
    *count = m.count;
    return why->err;
}

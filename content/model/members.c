/* What became of the members inside of documents when a model changed: sets and components are kept as JSON by
 * name, so a rename moves members in every document. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"

/* One level: the fields that a map may have. */
struct level {
    const struct field *list;
    size_t count;
};

static struct level level_of(const struct collection *component)
{
    return (struct level){component->fields + META_COUNT, component->field_count - META_COUNT};
}

static const struct field *by_name(struct level l, str name)
{
    for (size_t i = 0; name.len > 0 && i < l.count; i++)
        if (str_equal(l.list[i].name, name))
            return &l.list[i];
    return NULL;
}

static const struct field *by_id(struct level l, const struct field *f)
{
    for (size_t i = 0; f->has_own_id && i < l.count; i++)
        if (l.list[i].id == f->id)
            return &l.list[i];
    return NULL;
}

/* As for fields of collections: by the id that the later one names, by name, by "was" while nobody had the name. */
static const struct field *ancestor(struct level before, const struct field *after)
{
    const struct field *f = by_id(before, after);
    f = f ? f : by_name(before, after->name);
    return f ? f : by_name(before, after->was);
}

static const struct field *heir(struct level before, struct level after, const struct field *f)
{
    for (size_t i = 0; i < after.count; i++)
        if (ancestor(before, &after.list[i]) == f)
            return &after.list[i];
    return NULL;
}

struct moving {
    struct arena *arena;
    size_t seen, moved;
    bool loses;
};

static bool is_too_much(const struct moving *m)
{
    return m->seen > LIMIT_MEMBERS_SEEN || m->moved > LIMIT_MEMBERS_MOVED;
}

static const struct json *field_moves(struct moving *m, const struct field *before, const struct field *after);

static struct json entry(struct arena *a, str was, str name, const struct json *in)
{
    struct json *members = NEW_N(a, struct json, 2);
    members[0] = json_named(S("name"), json_of_text(name));
    if (in)
        members[1] = json_named(S("in"), *in);
    return json_named(was, json_of_map(members, in ? 2 : 1));
}

/* {"members":{…}} or {"components":{…}}; NULL when nothing moves. */
static const struct json *wrapped(struct arena *a, str name, const struct json *moves, size_t count)
{
    struct json *out = NEW_N(a, struct json, 2);
    out[1] = json_named(name, json_of_map(moves, count));
    out[0] = json_of_map(&out[1], 1);
    return count > 0 ? out : NULL;
}

static const struct json *level_moves(struct moving *m, struct level before, struct level after)
{
    struct json *moves = NEW_N(m->arena, struct json, before.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < before.count && !is_too_much(m); i++) {
        const struct field *f = &before.list[i], *now = heir(before, after, f);
        const struct json *in = now ? field_moves(m, f, now) : NULL;
        m->seen++;
        m->loses |= now == NULL;
        m->moved += !now || !str_equal(now->name, f->name);
        if (!now)
            moves[count++] = json_named(f->name, json_null);
        else if (in || !str_equal(f->name, now->name))
            moves[count++] = entry(m->arena, f->name, now->name, in);
    }
    return wrapped(m->arena, S("members"), moves, count);
}

static const struct collection *component_heir(const struct field *after, const struct collection *before)
{
    for (size_t i = 0; i < after->of_count; i++)
        if (str_equal(after->of[i]->name, before->name))
            return after->of[i];
    for (size_t i = 0; i < after->of_count; i++)
        if (str_equal(definition_was(after->of[i]->definition), before->name))
            return after->of[i];
    return NULL;
}

static const struct json *block_moves(struct moving *m, const struct field *before, const struct field *after)
{
    struct json *moves = NEW_N(m->arena, struct json, before->of_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < before->of_count && !is_too_much(m); i++) {
        const struct collection *c = before->of[i], *now = component_heir(after, c);
        const struct json *in = now ? level_moves(m, level_of(c), level_of(now)) : NULL;
        m->seen++;
        m->loses |= now == NULL;
        m->moved += !now || !str_equal(now->name, c->name);
        if (!now)
            moves[count++] = json_named(c->name, json_null);
        else if (in || !str_equal(c->name, now->name))
            moves[count++] = entry(m->arena, c->name, now->name, in);
    }
    return wrapped(m->arena, S("components"), moves, count);
}

/* Recursion: LIMIT_FIELD_DEPTH, the model's own. */
static const struct json *field_moves(struct moving *m, const struct field *before, const struct field *after)
{
    if (field_is_blocks(before) && field_is_blocks(after))
        return block_moves(m, before, after);
    if (before->member_count == 0 || after->member_count == 0)
        return NULL;
    return level_moves(m, (struct level){before->members, before->member_count},
                       (struct level){after->members, after->member_count});
}

enum err member_moves(struct arena *a, const struct field *before, const struct field *after, const struct json **moves,
                      bool *loses)
{
    struct moving m = {.arena = a};
    *moves = field_moves(&m, before, after);
    *loses = m.loses;
    return is_too_much(&m) ? ERR_TOO_LARGE : ERR_OK;
}

/* Moving. */

/* A member that no definition knew must not stand in the way of one that gets its name. */
static bool is_wanted(const struct json *members, str name)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (members->items[i].type == JSON_MAP && json_is_text(json_get(&members->items[i], S("name")), name))
            return true;
    return false;
}

static struct json move_map(struct arena *a, const struct json *map, const struct json *members)
{
    struct json *out = NEW_N(a, struct json, map->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct json *v = &map->items[i], *move = json_get(members, v->name), *in = json_get(move, S("in"));
        if (!move && !is_wanted(members, v->name)) {
            out[count++] = *v;
        } else if (move && move->type == JSON_MAP) {
            struct json value = in ? members_move(a, v, in) : *v;
            out[count++] = json_named(json_get(move, S("name"))->text, value);
        }
    }
    return json_of_map(out, count);
}

static struct json named_component(struct arena *a, const struct json *element, str name)
{
    struct json *out = NEW_N(a, struct json, element->count + 1);
    for (uint32_t i = 0; i < element->count; i++)
        out[i] = str_equal(element->items[i].name, S("_component")) ? json_named(S("_component"), json_of_text(name))
                                                                    : element->items[i];
    return json_of_map(out, element->count);
}

/* false: the element goes. */
static bool move_element(struct arena *a, struct json *element, const struct json *components)
{
    const struct json *word = json_get(element, S("_component"));
    const struct json *move = word && word->type == JSON_TEXT ? json_get(components, word->text) : NULL;
    if (!move || element->type != JSON_MAP)
        return true;
    if (move->type != JSON_MAP)
        return false;
    const struct json *in = json_get(move, S("in"));
    struct json moved = in ? move_map(a, element, json_get(in, S("members"))) : *element;
    *element = named_component(a, &moved, json_get(move, S("name"))->text);
    return true;
}

/* Recursion: as deep as `moves`. */
struct json members_move(struct arena *a, const struct json *document, const struct json *moves)
{
    const struct json *members = json_get(moves, S("members")), *components = json_get(moves, S("components"));
    if (document->type == JSON_MAP)
        return members ? move_map(a, document, members) : *document;
    if (document->type != JSON_LIST)
        return *document;
    struct json *out = NEW_N(a, struct json, document->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < document->count; i++) {
        struct json element = document->items[i];
        if (members && element.type == JSON_MAP)
            element = move_map(a, &element, members);
        if (!components || move_element(a, &element, components))
            out[count++] = element;
    }
    return json_of_list(out, count);
}

/* Nested writes of references: from the body to steps. What they come to is settled in content/write/settle_links.c. */
#include "content/change/nested.h"

#include "base/id.h"
#include "base/limits.h"
#include "content/kind.h"
#include "content/languages/languages.h"
#include "content/pointer.h"

struct nesting {
    struct arena *arena;
    struct change *change;
    const struct field *field;
    struct problem *why;
};

static enum err fault(const struct nesting *n, str path, const char *text)
{
    return problem_fault(n->why, ERR_INVALID, path, S("nested"), STR_FMT ": %s", STR_ARG(n->field->name), text);
}

static void add(struct nesting *n, const struct link_wish *wish)
{
    struct change *c = n->change;
    size_t had = c->link_count;
    if ((had & (had - 1)) == 0) /* room for a power of two */
        c->links = arena_grow(n->arena, c->links, had * sizeof *c->links, (had ? 2 * had : 1) * sizeof *c->links);
    c->links[c->link_count] = *wish;
    c->links[c->link_count++].field = n->field;
}

/* "id", {"id"}, {"_id"}, {"documentId"}. */
static enum err take_id(const struct nesting *n, const struct json *v, str path, str *out)
{
    static const str names[] = {STR("id"), STR("_id"), STR("documentId")};
    const struct json *id = v;
    for (size_t i = 0; v->type == JSON_MAP && i < COUNTOF(names); i++) {
        id = json_get(v, names[i]);
        if (id)
            break;
    }
    if (!id || id->type != JSON_TEXT || !id_valid(id->text))
        return fault(n, path, "an id of 24 hexadecimal digits is missing");
    *out = id->text;
    return ERR_OK;
}

static enum err read_place(struct nesting *n, const struct json *v, str path, struct link_wish *out)
{
    static const struct {
        str name;
        enum link_place place;
        enum json_type type;
    } words[] = {{STR("start"), PLACE_START, JSON_BOOL},
                 {STR("end"), PLACE_END, JSON_BOOL},
                 {STR("before"), PLACE_BEFORE, JSON_TEXT},
                 {STR("after"), PLACE_AFTER, JSON_TEXT}};
    const struct json *position = v->type == JSON_MAP ? json_get(v, S("position")) : NULL;
    if (!position)
        return ERR_OK;
    const struct json *said = position->type == JSON_MAP && position->count == 1 ? &position->items[0] : NULL;
    for (size_t i = 0; said && n->field->many && i < COUNTOF(words); i++) {
        if (!str_equal(said->name, words[i].name) || said->type != words[i].type)
            continue;
        out->place = words[i].place;
        out->anchor = said->type == JSON_TEXT ? said->text : (str){0};
        return said->type == JSON_TEXT || said->boolean ? ERR_OK : fault(n, path, "a position is start, end, before or after");
    }
    return fault(n, pointer_name(n->arena, path, S("position")),
                 "a position in a list is {start:true}, {end:true}, {before:id} or {after:id}");
}

static enum err known_names(const struct nesting *n, const struct json *v, str path)
{
    static const str names[] = {STR("id"), STR("_id"), STR("documentId"), STR("position"), STR("_model")};
    for (uint32_t i = 0; v->type == JSON_MAP && i < v->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < COUNTOF(names); k++)
            is_known |= str_equal(v->items[i].name, names[k]);
        if (!is_known)
            return fault(n, pointer_name(n->arena, path, v->items[i].name), "here are an id and a position only");
    }
    return ERR_OK;
}

static enum err read_connect(struct nesting *n, const struct json *v, str path)
{
    struct link_wish wish = {.op = LINK_CONNECT, .path = path};
    TRY(known_names(n, v, path));
    TRY(take_id(n, v, path, &wish.id));
    TRY(read_place(n, v, path, &wish));
    add(n, &wish);
    return ERR_OK;
}

static enum err read_disconnect(struct nesting *n, const struct json *v, str path)
{
    struct link_wish wish = {.op = LINK_DISCONNECT, .path = path};
    if (!n->field->many && v->type == JSON_BOOL && v->boolean)
        wish.op = LINK_CLEAR;
    else
        TRY(take_id(n, v, path, &wish.id));
    add(n, &wish);
    return ERR_OK;
}

static unsigned depth_of(const struct change *c)
{
    unsigned depth = 0;
    for (; c->within; c = c->within)
        depth++;
    return depth;
}

static enum err begin_change(struct nesting *n, enum op op, str path, struct change **out)
{
    static const enum verb verbs[] = {[OP_CREATE] = VERB_CREATE, [OP_UPDATE] = VERB_UPDATE, [OP_REPLACE] = VERB_UPDATE,
                                      [OP_DELETE] = VERB_DELETE};
    struct change *outer = n->change, *c = NEW(n->arena, struct change);
    if (depth_of(outer) + 1 > LIMIT_NESTED_DEPTH)
        return problem_fault(n->why, ERR_INVALID, path, S("limit"), "Items can be written at most %u deep in each other",
                             LIMIT_NESTED_DEPTH);
    *c = (struct change){.op = op, .in = n->field->to, .within = outer, .where = path, .author = outer->author,
                         .placed = true, .merge = op == OP_UPDATE, .draft = outer->draft,
                         .languages = outer->languages, .language = outer->language, .every_language = outer->every_language};
    *out = c;
    if (!c->author)
        return ERR_OK;
    const struct access *access = rights_access(c->author, verbs[op], c->in);
    if (!access->granted)
        return problem_fault(n->why, ERR_FORBIDDEN, path, S("forbidden"), "Your role may not %s what " STR_FMT " refers to",
                             op == OP_CREATE ? "create" : op == OP_DELETE ? "delete" : "change", STR_ARG(n->field->name));
    c->writable = &access->fields;
    return ERR_OK;
}

/* {"position"} of a new item is no field of it, {"_if_rev"} of a present one neither. */
static struct json without(struct arena *a, const struct json *item, str name)
{
    struct json *members = NEW_N(a, struct json, item->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < item->count; i++)
        if (!str_equal(item->items[i].name, name))
            members[count++] = item->items[i];
    return json_of_map(members, count);
}

static enum err read_create(struct nesting *n, const struct json *v, str path)
{
    struct link_wish wish = {.op = LINK_CREATE, .path = path};
    struct json item = *v;
    if (v->type != JSON_MAP)
        return fault(n, path, "a new item is an object");
    TRY(begin_change(n, OP_CREATE, path, &wish.change));
    if (json_get(v, S("position")) && !collection_field(wish.change->in, S("position"))) {
        TRY(read_place(n, v, path, &wish));
        item = without(n->arena, v, S("position"));
    }
    TRY(change_read(n->arena, wish.change->in, &item, path, wish.change, n->why));
    add(n, &wish);
    return ERR_OK;
}

static enum err read_update(struct nesting *n, const struct json *v, str path)
{
    struct link_wish wish = {.op = LINK_UPDATE, .path = path};
    if (v->type != JSON_MAP)
        return fault(n, path, "a change of an item is an object");
    if (n->field->many || json_get(v, S("_id")))
        TRY(take_id(n, v, path, &wish.id));
    TRY(begin_change(n, OP_UPDATE, path, &wish.change));
    const struct json *revision = json_get(v, S("_if_rev"));
    if (revision && (revision->type != JSON_INT || revision->integer < 0))
        return fault(n, pointer_name(n->arena, path, S("_if_rev")), "_if_rev is a revision's number");
    struct json item = without(n->arena, v, S("_if_rev"));
    wish.change->expects = revision != NULL;
    wish.change->expect_revision = revision ? (uint64_t)revision->integer : 0;
    wish.change->id = wish.id;
    TRY(change_read(n->arena, wish.change->in, &item, path, wish.change, n->why));
    add(n, &wish);
    return ERR_OK;
}

static enum err read_delete(struct nesting *n, const struct json *v, str path)
{
    struct link_wish wish = {.op = LINK_DELETE, .path = path};
    if (n->field->many || v->type != JSON_BOOL || !v->boolean)
        TRY(take_id(n, v, path, &wish.id));
    TRY(begin_change(n, OP_DELETE, path, &wish.change));
    wish.change->id = wish.id;
    add(n, &wish);
    return ERR_OK;
}

static enum err read_set(struct nesting *n, const struct json *v, str path)
{
    return v->type == JSON_NULL ? ERR_OK : read_connect(n, v, path);
}

static const struct word {
    str name;
    bool clears; /* what was linked before */
    enum err (*read)(struct nesting *n, const struct json *v, str path);
} words[] = {
    {STR("set"), true, read_set},        {STR("connect"), false, read_connect}, {STR("disconnect"), false, read_disconnect},
    {STR("create"), false, read_create}, {STR("update"), false, read_update},   {STR("delete"), false, read_delete},
};

static const struct word *word_of(str name)
{
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal(words[i].name, name))
            return &words[i];
    return NULL;
}

bool nested_is(const struct field *f, const struct json *v)
{
    if (!(f->kind->flags & KIND_REF) || f->is_meta || v->type != JSON_MAP || v->count == 0 || json_get(v, S("_id")))
        return false;
    for (uint32_t i = 0; i < v->count; i++)
        if (word_of(v->items[i].name))
            return true;
    return false;
}

static enum err read_word(struct nesting *n, const struct word *w, const struct json *v, str path)
{
    enum err e = ERR_OK;
    if (w->clears)
        add(n, &(struct link_wish){.op = LINK_CLEAR, .path = path});
    if (v->type != JSON_LIST)
        return w->read(n, v, path);
    if (!n->field->many && v->count > 1)
        return fault(n, path, "it refers to one item only");
    if (n->change->link_count + v->count > LIMIT_LIST_STEPS)
        return problem_fault(n->why, ERR_INVALID, path, S("limit"), "At most %u steps at a time; a plain list may be longer",
                             LIMIT_LIST_STEPS);
    for (uint32_t i = 0; i < v->count; i++) {
        enum err one = w->read(n, &v->items[i], pointer_index(n->arena, path, i));
        e = one != ERR_OK ? one : e;
    }
    return e;
}

enum err nested_read(struct arena *a, struct change *c, const struct field *f, const struct json *v, str path,
                     struct problem *why)
{
    struct nesting n = {a, c, f, why};
    enum err e = ERR_OK;
    if (f->localized && (c->every_language || (c->language && !c->language->standard)))
        return problem_fault(why, ERR_INVALID, path, S("language"), "Steps are for the default language only");
    if (!f->to)
        return fault(&n, path, "what refers to several collections is written by its value");
    for (uint32_t i = 0; i < v->count; i++) {
        const struct word *w = word_of(v->items[i].name);
        str at = pointer_name(a, path, v->items[i].name);
        enum err one = w ? read_word(&n, w, &v->items[i], at)
                         : fault(&n, at, "steps are connect, disconnect, set, create, update, delete");
        e = one != ERR_OK ? one : e;
    }
    c->values[f->index] = json_named(f->name, json_null);
    field_set_add(&c->set, f->index);
    field_set_add(&c->pending, f->index);
    return e;
}

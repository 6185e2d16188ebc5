/* The model as content: creating, changing or deleting an item of "collections" is the change of the
 * model, and bringing the tables along is its side effect, in the same transaction. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/site/follow.h"

static const struct field *field_of(const struct change *c, str name)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    return f;
}

static void put(struct change *c, str name, struct json v)
{
    const struct field *f = field_of(c, name);
    c->values[f->index] = json_named(name, v);
    field_set_add(&c->set, f->index);
}

static const struct json *given(const struct change *c, str name)
{
    const struct field *f = field_of(c, name);
    return field_set_has(&c->set, f->index) ? &c->values[f->index] : NULL;
}

/* The definition without "allow_loss", which is a word to us and no part of the model. With `was`, the
 * name before this change. */
static struct json plain_definition(struct arena *a, const struct json *definition, str name, str was, bool *allow_loss)
{
    struct json *members = NEW_N(a, struct json, definition->count + 2);
    size_t n = 0;
    *allow_loss = false;
    members[n++] = json_named(S("name"), json_of_text(name));
    if (!str_is_absent(was))
        members[n++] = json_named(S("was"), json_of_text(was));
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct json *m = &definition->items[i];
        if (str_equal(m->name, S("allow_loss")))
            *allow_loss = m->type == JSON_BOOL && m->boolean;
        else if (!str_equal(m->name, S("name")) && (str_is_absent(was) || !str_equal(m->name, S("was"))))
            members[n++] = *m;
    }
    return json_of_map(members, n);
}

static str text_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* A field keeps its number whatever it is called, and whether or not its author says so again: what is kept by that
 * number (translations, pending versions) must find it. Written down where it does not follow from the names. */
static struct json with_id(struct arena *a, const struct collection *before, const struct json *field)
{
    str name = text_of(json_get(field, S("name"))), was = text_of(json_get(field, S("was")));
    const struct field *f = collection_field(before, name);
    f = f ? f : collection_field(before, was);
    if (json_get(field, S("id")) || !f || f->is_meta || f->id == field_id_of_name(was.len > 0 ? was : name))
        return *field;
    struct json *members = NEW_N(a, struct json, field->count + 1);
    memcpy(members, field->items, field->count * sizeof *members);
    members[field->count] = json_named(S("id"), json_of_int(f->id));
    return json_of_map(members, field->count + 1u);
}

static struct json with_ids(struct arena *a, const struct collection *before, const struct json *definition)
{
    struct json *members = NEW_N(a, struct json, definition->count + 1);
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct json *m = &definition->items[i];
        members[i] = *m;
        if (!str_equal(m->name, S("fields")) || m->type != JSON_LIST || m->count > LIMIT_FIELDS)
            continue;
        struct json *fields = NEW_N(a, struct json, m->count + 1);
        for (uint32_t k = 0; k < m->count; k++)
            fields[k] = m->items[k].type == JSON_MAP ? with_id(a, before, &m->items[k]) : m->items[k];
        members[i] = json_named(m->name, json_of_list(fields, m->count));
    }
    return json_of_map(members, definition->count);
}

/* What stands beside the definition, for lists and filters. */
static void put_facts(struct change *c, const struct json *canonical)
{
    static const str facts[] = {STR("label"), STR("group"), STR("shape")};
    for (size_t i = 0; i < COUNTOF(facts); i++) {
        const struct json *v = json_get(canonical, facts[i]);
        put(c, facts[i], v && v->type == JSON_TEXT ? json_of_text(v->text) : json_null);
    }
}

/* One wish, understood: what is to stand in the place of what. */
struct wish {
    struct change *change;
    const struct json *present;       /* NULL: a new one */
    str was, name;                    /* was {0}: a new one. name {0}: it goes */
    struct json definition;
    bool defines;                     /* or only touches what is beside the definition */
    bool allow_loss;
    const struct collection *before;  /* NULL: there was none with a table */
};

struct wishes {
    struct work *work;
    struct wish *list;
    size_t count;
    struct json *others;              /* items of "collections" whose definitions follow a new name */
    size_t other_count;
};

/* "/3/data" of several changes: "/3". One change's definition is the request's only one. */
static str bare_path(const struct change *c)
{
    str first, rest, path = str_slice(c->where, c->where.len > 0, c->where.len);
    uint64_t index;
    (void)str_cut(path, '/', &first, &rest);
    if (c->placed) /* a batch's own place: "/changes/3/data" */
        return str_ends(c->where, S("/data")) ? str_slice(c->where, 0, c->where.len - 5) : c->where;
    return str_to_u64(first, UINT64_MAX, &index) ? str_slice(c->where, 0, first.len + 1) : (str){0};
}

/* Where the definition stands in what was sent: "/definition" of an item, or one of the "definitions" of a model
 * (content/model/changes.h), whose place is the change's own. */
static str definition_path(struct arena *a, const struct change *c)
{
    str bare = bare_path(c), rest = str_slice(c->where, bare.len, c->where.len);
    bool listed = str_starts(rest, S("/definitions/")) || str_starts(rest, S("/drop/"));
    return listed ? rest : arena_format(a, STR_FMT "/definition", STR_ARG(bare));
}

static enum err refuse(const struct wish *s, const char *key, const char *rule, const char *sentence, struct problem *why)
{
    str path = arena_format(why->arena, STR_FMT "%s", STR_ARG(definition_path(why->arena, s->change)), key);
    return problem_fault(why, ERR_INVALID, path, str_of(rule), "%s", sentence);
}

static enum err check_words(const struct wish *s, const struct json *definition, struct problem *why)
{
    return json_get(definition, S("system"))
               ? refuse(s, "/system", "locked", "System collections come with the program; \"extends\": true adds fields to one", why)
               : ERR_OK;
}

static enum err understand(struct work *w, struct wish *s, struct problem *why)
{
    struct change *c = s->change;
    const struct json *definition = given(c, S("definition"));
    s->was = text_of(json_get(s->present, S("name")));
    if (c->op == OP_DELETE) {
        s->defines = s->allow_loss = true;
        return ERR_OK;
    }
    str name = text_of(given(c, S("name")));
    s->defines = definition || !s->present || (!str_is_absent(name) && !str_equal(name, s->was));
    if (!s->defines) {
        s->name = s->was;
        return ERR_OK;
    }
    definition = definition ? definition : json_get(s->present, S("definition"));
    if (!definition || definition->type != JSON_MAP)
        return refuse(s, "", "required", "A collection needs its definition", why);
    TRY(check_words(s, definition, why));
    name = str_is_absent(name) ? text_of(json_get(definition, S("name"))) : name;
    s->name = str_is_absent(name) ? s->was : name;
    if (str_is_absent(s->name))
        return problem_fault(why, ERR_INVALID, arena_format(why->arena, STR_FMT "/name", STR_ARG(bare_path(c))), S("required"), "A collection needs a name");
    bool renamed = !str_is_absent(s->was) && !str_equal(s->was, s->name);
    s->definition = plain_definition(work_arena(w), definition, s->name, renamed ? s->was : (str){0}, &s->allow_loss);
    if (s->before && !json_get(definition, S("extends")))
        s->definition = with_ids(work_arena(w), s->before, &s->definition);
    return renamed ? check_new_name(w, s->was, s->name, why) : ERR_OK;
}

/* Names that others use for what has another name now. */

/* {0}: as it was. A name that is given anew in the same request means the new one. */
static str name_now(const struct wishes *all, str name)
{
    str now = {0};
    for (size_t i = 0; i < all->count; i++) {
        const struct wish *s = &all->list[i];
        if (s->defines && str_equal(s->name, name))
            return (str){0};
        if (s->defines && !str_is_absent(s->name) && str_equal(s->was, name))
            now = s->name;
    }
    return now;
}

static struct json with_names(const struct wishes *all, const struct json *v, bool *changes)
{
    struct arena *a = work_arena(all->work);
    str now = v->type == JSON_TEXT ? name_now(all, v->text) : (str){0};
    if (!str_is_absent(now)) {
        *changes = true;
        return json_of_text(now);
    }
    if (v->type != JSON_LIST)
        return *v;
    struct json *items = NEW_N(a, struct json, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++)
        items[i] = v->items[i].type == JSON_TEXT ? with_names(all, &v->items[i], changes) : v->items[i];
    return json_of_list(items, v->count);
}

static struct json with_targets(const struct wishes *all, const struct json *v, bool *changes);

/* A list of fields: what each refers to, or is made of, under the name that it has now. */
static struct json fields_with_targets(const struct wishes *all, const struct json *fields, bool *changes)
{
    struct json *items = NEW_N(work_arena(all->work), struct json, fields->count + 1);
    for (uint32_t i = 0; i < fields->count; i++)
        items[i] = fields->items[i].type == JSON_MAP ? with_targets(all, &fields->items[i], changes) : fields->items[i];
    return json_of_list(items, fields->count);
}

/* A definition or a field of one. Recursion: canonical ones are LIMIT_FIELD_DEPTH deep, others as JSON may be. */
static struct json with_targets(const struct wishes *all, const struct json *v, bool *changes)
{
    struct json *members = NEW_N(work_arena(all->work), struct json, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *m = &v->items[i];
        members[i] = *m;
        if (str_equal(m->name, S("fields")) && m->type == JSON_LIST)
            members[i] = json_named(m->name, fields_with_targets(all, m, changes));
        else if (str_equal(m->name, S("to")) || str_equal(m->name, S("of")))
            members[i] = json_named(m->name, with_names(all, m, changes));
    }
    return json_of_map(members, v->count);
}

static bool is_wished(const struct wishes *all, str name)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->list[i].was, name))
            return true;
    return false;
}

static enum err see_other(void *self, const struct json *item)
{
    struct wishes *all = self;
    const struct json *definition = json_get(item, S("definition"));
    bool changes = false;
    if (definition && definition->type == JSON_MAP && !is_wished(all, text_of(json_get(item, S("name")))))
        (void)with_targets(all, definition, &changes);
    if (changes)
        all->others[all->other_count++] = *item;
    return ERR_OK;
}

static enum err follow_names(struct wishes *all, struct problem *why)
{
    bool renames = false;
    for (size_t i = 0; i < all->count; i++) {
        struct wish *s = &all->list[i];
        renames |= s->defines && !str_is_absent(s->was) && !str_is_absent(s->name) && !str_equal(s->was, s->name);
    }
    if (!renames)
        return ERR_OK;
    bool ignored = false;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].definition.type == JSON_MAP)
            all->list[i].definition = with_targets(all, &all->list[i].definition, &ignored);
    all->others = NEW_N(work_arena(all->work), struct json, LIMIT_COLLECTIONS);
    return work_each(all->work, S("collections"), NULL, see_other, all, why);
}

/* Doing. */

/* Stands beside a change whose tables were settled. */
static const struct json settled = {.type = JSON_BOOL, .boolean = true};

static enum err define_all(struct wishes *all, struct problem *why)
{
    struct work *w = all->work;
    struct definition_change *list = NEW_N(work_arena(w), struct definition_change, all->count + all->other_count + 1);
    struct json *others = NEW_N(work_arena(w), struct json, all->other_count + 1);
    size_t count = 0;
    bool ignored = false;
    for (size_t i = 0; i < all->count; i++) {
        struct wish *s = &all->list[i];
        if (s->defines)
            list[count++] = (struct definition_change){str_is_absent(s->was) ? s->name : s->was,
                                                       str_is_absent(s->name) ? NULL : &s->definition, s->allow_loss, definition_path(work_arena(w), s->change)};
    }
    for (size_t i = 0; i < all->other_count; i++) {
        others[i] = with_targets(all, json_get(&all->others[i], S("definition")), &ignored);
        list[count++] = (struct definition_change){text_of(json_get(&all->others[i], S("name"))), &others[i], false, list[0].path};
    }
    TRY(count > 0 ? work_define(w, list, count, why) : ERR_OK);
    for (size_t i = 0; i < all->other_count; i++) {
        const struct collection *in = model_find(work_model(w), S("collections"));
        struct change c = {.op = OP_UPDATE, .in = in, .id = text_of(json_get(&all->others[i], S("_id")))};
        c.values = NEW_N(work_arena(w), struct json, in->field_count);
        put(&c, S("definition"), others[i]);
        c.beside = &settled;
        TRY(work_change(w, &c, why));
    }
    return ERR_OK;
}

/* What the item holds: the name, the definition in its one spelling, and facts of it. */
static enum err settle_item(struct work *w, struct wish *s, struct problem *why)
{
    if (s->change->op == OP_DELETE) {
        const struct collection *now = model_find(work_model(w), s->was); /* one that was extended stays */
        return s->before ? grants_follow(w, s->before, now, why) : ERR_OK;
    }
    put(s->change, S("name"), json_of_text(s->name));
    if (!s->defines)
        return ERR_OK;
    const struct json *canonical = definition_canonical(work_arena(w), &s->definition);
    put(s->change, S("definition"), *canonical);
    put_facts(s->change, canonical);
    const struct collection *now = model_find(work_model(w), s->name);
    return s->before ? grants_follow(w, s->before, now, why) : ERR_OK;
}

static enum err find_present(struct work *w, struct wish *s, struct problem *why)
{
    if (s->change->op == OP_CREATE)
        return ERR_OK;
    TRY(work_get(w, S("collections"), s->change->id, &s->present, why));
    str name = text_of(json_get(s->present, S("name")));
    s->before = model_find(work_model(w), name);
    return ERR_OK;
}

/* All definitions of a request at once: they may refer to each other, and swap names. */
static enum err ahead(struct work *w, struct change *const *changes, size_t count, struct problem *why)
{
    struct wishes all = {.work = w, .list = NEW_N(work_arena(w), struct wish, count), .count = count};
    for (size_t i = 0; i < count; i++) {
        all.list[i].change = changes[i];
        TRY(find_present(w, &all.list[i], why));
        enum err e = understand(w, &all.list[i], why);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    TRY(why->err);
    for (size_t i = 0; i < count; i++)
        if (changes[i]->op == OP_CREATE && all.list[i].defines)
            all.list[i].before = model_find(work_model(w), all.list[i].name); /* an extension's */
    TRY(follow_names(&all, why));
    TRY(define_all(&all, why));
    for (size_t i = 0; i < count; i++) {
        TRY(settle_item(w, &all.list[i], why));
        changes[i]->beside = &settled;
    }
    return ERR_OK;
}

/* A definition that comes some other way (nested in another item, or by an upsert that turns out to be an update)
 * would have no table. */
static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)w, (void)present;
    return c->beside == &settled ? ERR_OK : problem_set(why, ERR_INVALID, "A definition is created, changed or deleted by itself");
}

const struct behaviour behaviour_collections = {.collection = STR("collections"), .ahead = ahead, .before = before};

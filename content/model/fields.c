/* Fields, and what each says for itself. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

#define AT(member) offsetof(struct field, member), 0
const struct key field_keys[] = {
    {STR("name"), AS_TEXT, AT(name)},
    {STR("kind"), AS_TEXT, KEY_LATER, 0},
    {STR("id"), AS_COUNT, AT(id)},
    {STR("was"), AS_TEXT, AT(was)},
    {STR("label"), AS_TEXT, AT(label)},
    {STR("info"), AS_TEXT, AT(info)},
    {STR("group"), AS_TEXT, AT(group)},
    {STR("required"), AS_BOOL, AT(required)},
    {STR("required_if"), AS_MAP, KEY_LATER, 0},
    {STR("shown_if"), AS_MAP, KEY_LATER, 0},
    {STR("unique"), AS_BOOL, AT(unique)},
    {STR("indexed"), AS_BOOL, AT(indexed)},
    {STR("many"), AS_BOOL, AT(many)},
    {STR("localized"), AS_BOOL, AT(localized)},
    {STR("locked"), AS_BOOL, AT(locked)},
    {STR("audit_reads"), AS_BOOL, AT(audit_reads)},
    {STR("apart"), AS_BOOL, AT(apart)},
    {STR("search"), AS_ANY, KEY_LATER, 0},
    {STR("computed"), AS_ANY, KEY_LATER, 0},
    {STR("default"), AS_ANY, KEY_LATER, 0},
    {STR("integer"), AS_BOOL, AT(integer_only)},
    {STR("min"), AS_DOUBLE, offsetof(struct field, min), offsetof(struct field, has_min)},
    {STR("max"), AS_DOUBLE, offsetof(struct field, max), offsetof(struct field, has_max)},
    {STR("minlength"), AS_COUNT, AT(min_length)},
    {STR("maxlength"), AS_COUNT, AT(max_length)},
    {STR("match"), AS_TEXT, AT(match)},
    {STR("min_items"), AS_COUNT, AT(min_items)},
    {STR("max_items"), AS_COUNT, AT(max_items)},
    {STR("options"), AS_LIST, AT(options)},
    {STR("to"), AS_ANY, KEY_LATER, 0},
    {STR("on_delete"), AS_TEXT, KEY_LATER, 0},
    {STR("back"), AS_TEXT, AT(back)},
    {STR("from"), AS_TEXT, AT(from)},
    {STR("fields"), AS_LIST, KEY_LATER, 0},
    {STR("of"), AS_ANY, KEY_LATER, 0},
};
const size_t field_key_count = COUNTOF(field_keys);
#undef AT

/* The first of the keys that belong to kinds; those before it fit every field. */
#define KIND_KEY_FIRST S("integer")

static bool set_key(const struct key *key, const struct json *v, void *into)
{
    char *at = (char *)into + (key->offset == KEY_LATER ? 0 : key->offset);
    bool later = key->offset == KEY_LATER;
    switch (key->as) {
    case AS_TEXT:
        if (v->type == JSON_TEXT && !later)
            *(str *)(void *)at = v->text;
        return v->type == JSON_TEXT;
    case AS_BOOL:
        if (v->type == JSON_BOOL && !later)
            *(bool *)(void *)at = v->boolean;
        return v->type == JSON_BOOL;
    case AS_COUNT:
        if (v->type != JSON_INT || v->integer < 0 || v->integer > UINT32_MAX)
            return false;
        *(uint32_t *)(void *)at = (uint32_t)v->integer;
        return true;
    case AS_DOUBLE:
        if (v->type != JSON_INT && v->type != JSON_REAL)
            return false;
        *(double *)(void *)at = v->type == JSON_INT ? (double)v->integer : v->real;
        *(bool *)(void *)((char *)into + key->flag_offset) = true;
        return true;
    case AS_LIST:
        if (v->type == JSON_LIST && !later)
            *(const struct json **)(void *)at = v;
        return v->type == JSON_LIST;
    case AS_MAP:
        return v->type == JSON_MAP;
    case AS_ANY:
        break;
    }
    return true;
}

static const char *wanted(enum key_as as)
{
    static const char *const words[] = {
        [AS_TEXT] = "text",      [AS_BOOL] = "true or false", [AS_COUNT] = "a whole number, 0 or more",
        [AS_DOUBLE] = "a number", [AS_LIST] = "a list",       [AS_ANY] = "anything",
        [AS_MAP] = "an object",
    };
    return words[as];
}

static str key_word(const void *words, size_t index)
{
    return ((const struct key *)words)[index].name;
}

/* Unknown keys are the dashboard's business; one that is nearly ours is a slip of somebody's finger. */
static void check_key(struct reader *r, str key, const struct json *given, str path, const struct key *keys,
                      size_t count)
{
    str nearest = key.len >= 5 ? nearest_word(key, key_word, keys, count) : (str){0};
    if (!str_is_absent(nearest))
        REFUSE(r, written_path(r->why->arena, given, path, key), "unknown-key", "There is no key \"" STR_FMT "\"; did you mean \"" STR_FMT "\"?", STR_ARG(key),
               STR_ARG(nearest));
}

static const struct key *find_key(const struct key *keys, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(keys[i].name, name))
            return &keys[i];
    }
    return NULL;
}

void take_keys(struct reader *r, const struct json *canonical, const struct json *given, str path,
               const struct key *keys, size_t count, void *into)
{
    for (uint32_t i = 0; i < canonical->count; i++) {
        const struct json *v = &canonical->items[i];
        const struct key *key = find_key(keys, count, v->name);
        if (!key)
            check_key(r, v->name, given, path, keys, count);
        else if (!set_key(key, v, into))
            REFUSE(r, written_path(r->why->arena, given, path, v->name), "type", STR_FMT " must be %s",
                   STR_ARG(v->name), wanted(key->as));
    }
}

/* Meta fields. */

void read_meta_fields(struct reader *r, struct collection *c, struct field *fields)
{
    static const struct {
        str name, label;
        const struct kind *kind;
    } rows[META_COUNT] = {
        [META_ID] = {STR("_id"), STR("Id"), &kind_meta_id},
        [META_STATE] = {STR("_state"), STR("State"), &kind_meta_state},
        [META_CREATED] = {STR("_created"), STR("Created"), &kind_meta_seconds},
        [META_MODIFIED] = {STR("_modified"), STR("Modified"), &kind_meta_seconds},
        [META_CBY] = {STR("_cby"), STR("Created by"), &kind_meta_id},
        [META_MBY] = {STR("_mby"), STR("Modified by"), &kind_meta_id},
        [META_REV] = {STR("_rev"), STR("Revision"), &kind_meta_integer},
        [META_PARENT] = {STR("_pid"), STR("Parent"), &kind_meta_parent},
        [META_ORDER] = {STR("_o"), STR("Order"), &kind_meta_integer},
        [META_I18N] = {STR("_i18n"), STR("Translations"), &kind_meta_i18n},
    };
    for (uint16_t i = 0; i < META_COUNT; i++) {
        struct field *f = &fields[i];
        *f = (struct field){.name = rows[i].name, .label = rows[i].label, .kind = rows[i].kind, .in = c, .index = i,
                            .is_meta = true, .integer_only = rows[i].kind->column == COLUMN_INTEGER};
        f->column = quoted(r->arena, f->name);
        f->json_name = arena_format(r->arena, "\"" STR_FMT "\":", STR_ARG(f->name));
        bool of_trees = i == META_PARENT || i == META_ORDER;
        if (i != META_I18N && (c->shape == SHAPE_TREE || !of_trees))
            field_set_add(&c->meta_fields, i);
    }
    /* What hangs below an item that goes has no place any more. */
    fields[META_PARENT].to = c;
    fields[META_PARENT].on_delete = ON_DELETE_CASCADE;
}

/* Own fields. */

static str kind_name(const void *words, size_t index)
{
    (void)words;
    return kinds[index].name;
}

static void refuse_kind(struct reader *r, const struct field_source *s, str word)
{
    str path = written_path(r->why->arena, s->given, s->path, S("kind"));
    str near = nearest_word(word, kind_name, NULL, kind_count);
    if (str_is_absent(near))
        REFUSE(r, path, "unknown-kind", "There is no kind \"" STR_FMT "\"", STR_ARG(word));
    else
        REFUSE(r, path, "unknown-kind", "There is no kind \"" STR_FMT "\"; did you mean \"" STR_FMT "\"?",
               STR_ARG(word), STR_ARG(near));
}

static bool take_kind(struct reader *r, struct field *f, const struct field_source *s)
{
    const struct json *word = json_get(s->canonical, S("kind"));
    if (!word)
        REFUSE(r, pointer_name(r->why->arena, s->path, S("kind")), "required", "A field needs a kind");
    if (!word || word->type != JSON_TEXT)
        return false;
    f->kind = kind_find(word->text);
    if (!f->kind) {
        refuse_kind(r, s, word->text);
        return false;
    }
    if (!f->many) {
        f->many = f->kind->one != NULL; /* tags, multiselect */
    } else if (f->kind->many) {
        f->kind = f->kind->many;
    } else {
        REFUSE(r, written_path(r->why->arena, s->given, s->path, S("many")), "not-here",
               "There are no lists of kind " STR_FMT, STR_ARG(f->kind->name));
    }
    return true;
}

static bool is_list_key(str key)
{
    return str_equal(key, S("min_items")) || str_equal(key, S("max_items"));
}

/* A rule that the kind does not know would be a promise that nobody keeps. */
static void check_kind_keys(struct reader *r, const struct field *f, const struct field_source *s)
{
    bool of_kinds = false;
    for (size_t i = 0; i < field_key_count; i++) {
        str key = field_keys[i].name;
        of_kinds = of_kinds || str_equal(key, KIND_KEY_FIRST);
        if (!of_kinds || !json_get(s->canonical, key) || (is_list_key(key) ? f->many : kind_takes(f->kind, key)))
            continue;
        REFUSE(r, written_path(r->why->arena, s->given, s->path, key), "not-here",
               STR_FMT " means nothing for a %s of kind " STR_FMT, STR_ARG(key), f->many ? "list" : "field",
               STR_ARG(f->kind->name));
    }
}

static bool has_plain_column(const struct kind *k)
{
    return k->column != COLUMN_NONE && k->column != COLUMN_JSON;
}

static void check_flag(struct reader *r, const struct field_source *s, const char *key, const char *why_not)
{
    REFUSE(r, written_path(r->why->arena, s->given, s->path, str_of(key)), "not-here", "%s %s", key, why_not);
}

/* Nothing is stored of it, so nothing can be said about what is stored. */
static void check_computed(struct reader *r, struct field *f, const struct field_source *s, bool inside_set)
{
    static const str fitting[] = {STR("text"), STR("number"), STR("boolean")};
    bool fits = false;
    if (!json_get(s->canonical, S("computed")))
        return;
    for (size_t i = 0; i < COUNTOF(fitting); i++)
        fits = fits || str_equal(fitting[i], f->kind->name);
    if (inside_set || f->in->system)
        check_flag(r, s, "computed", "is for fields of your own collections themselves");
    else if (!fits || f->many)
        check_flag(r, s, "computed", "makes texts, numbers and booleans, one each");
    else if (f->required || f->unique || f->indexed || f->localized || json_get(s->canonical, S("default")))
        check_flag(r, s, "computed", "does not go with required, unique, indexed, localized or default");
    f->locked = true; /* by now `locked` itself has been refused */
}

static void check_flags(struct reader *r, const struct field *f, const struct field_source *s, bool inside_set)
{
    bool secret = f->kind->flags & (KIND_SECRET | KIND_DIGEST);
    if (inside_set && (f->unique || f->indexed))
        check_flag(r, s, f->unique ? "unique" : "indexed", "is for fields of the collection itself");
    else if ((f->unique || f->indexed) && !has_plain_column(f->kind))
        check_flag(r, s, f->unique ? "unique" : "indexed", "needs a field that holds one plain value");
    if (inside_set && json_get(s->canonical, S("required_if")))
        check_flag(r, s, "required_if", "is for fields of the collection itself");
    else if (secret && json_get(s->canonical, S("required_if")))
        check_flag(r, s, "required_if", "needs a field that can be read");
    if (inside_set && json_get(s->canonical, S("back")))
        check_flag(r, s, "back", "is for fields of the collection itself");
    if (inside_set && secret)
        check_flag(r, s, "kind", "secret is for fields of the collection itself");
    if (f->localized && (inside_set || secret || (f->kind->flags & KIND_REF)))
        check_flag(r, s, "localized", inside_set ? "is for fields of the collection itself"
                                                 : "is for values; what a field refers to is the same in every language");
    if (f->locked && (inside_set || s->added || !f->in->system))
        check_flag(r, s, "locked", "is for the fields that a system collection brings along");
    if (f->audit_reads && inside_set)
        check_flag(r, s, "audit_reads", "is for fields of the collection itself");
    if (f->apart && !f->locked)
        check_flag(r, s, "apart", "is for locked fields");
    if (s->added && f->required && !json_get(s->canonical, S("default")))
        check_flag(r, s, "required", "needs a default here, because the server writes such items too");
    if (f->max_items > 0 && f->min_items > f->max_items)
        REFUSE(r, s->path, "range", "min_items is larger than max_items");
}

static void read_set_members(struct reader *r, struct field *f, const struct field_source *s, unsigned depth);

static void remember_site(struct reader *r, struct site site)
{
    if (r->site_count == r->site_room) {
        size_t room = r->site_room ? 2 * r->site_room : 64;
        r->sites = arena_grow(r->arena, r->sites, r->site_count * sizeof site, room * sizeof site);
        r->site_room = room;
    }
    r->sites[r->site_count++] = site;
}

static void refuse_name(struct reader *r, struct field *f, const struct field_source *s, const char *rule,
                        const char *sentence)
{
    str path = pointer_name(r->why->arena, s->path, S("name"));
    r->faults++;
    (void)problem_fault(r->why, ERR_INVALID, path, str_of(rule), "%s", sentence);
    f->name = (str){0};
}

static bool take_name(struct reader *r, struct field *f, const struct field_source *s, struct map *names)
{
    if (f->name.len == 0)
        refuse_name(r, f, s, "required", "A field needs a name");
    else if (f->name.at[0] == '_')
        refuse_name(r, f, s, "reserved", "Names that begin with an underscore belong to the system");
    else if (!name_is_valid(f->name))
        refuse_name(r, f, s, "name",
                    "A field's name begins with a letter and has at most 64 letters, digits and underscores");
    else if (map_put(names, lower_name(r->arena, f->name), f))
        refuse_name(r, f, s, "duplicate", "There is another field of this name; letter case makes no difference");
    return f->name.len > 0;
}

/* Kinds do not know how a key was spelled: their faults name the field, or the key below it. A rule that
 * is called like a key is about that key. */
static void point_at_keys(struct reader *r, const struct field_source *s, size_t first)
{
    for (size_t i = first; i < r->why->fault_count; i++) {
        struct fault *f = &r->why->faults[i];
        str below = str_slice(f->path, s->path.len, f->path.len), key, rest;
        if (!str_starts(f->path, s->path) || (below.len > 0 && below.at[0] != '/'))
            continue;
        bool deeper = str_cut(str_slice(below, 1, below.len), '/', &key, &rest);
        key = below.len > 0 ? key : f->rule;
        if (!json_get(s->canonical, key) || str_equal(key, S("required")))
            continue;
        f->path = written_path(r->why->arena, s->given, s->path, key);
        if (deeper)
            f->path = arena_format(r->why->arena, STR_FMT "/" STR_FMT, STR_ARG(f->path), STR_ARG(rest));
    }
}

static void define_kind(struct reader *r, struct field *f, const struct field_source *s)
{
    size_t first = r->why->fault_count;
    if (!f->kind->define || f->kind->define(r->arena, s->canonical, f, s->path, r->why) == ERR_OK)
        return;
    r->faults++;
    point_at_keys(r, s, first);
}

/* depth 0: a field of the collection; sets inside sets go deeper. */
static void read_field(struct reader *r, struct field *f, const struct field_source *s, struct map *names,
                       unsigned depth)
{
    if (s->canonical->type != JSON_MAP || s->canonical->count > LIMIT_FIELD_KEYS) {
        REFUSE(r, s->path, "type", "A field is an object with name, kind and at most %u keys", LIMIT_FIELD_KEYS);
        return;
    }
    f->definition = s->canonical;
    take_keys(r, s->canonical, s->given, s->path, field_keys, field_key_count, f);
    f->has_own_id = f->id != 0;
    bool named = take_name(r, f, s, names);
    f->label = f->label.len > 0 ? f->label : f->name;
    if (named) {
        f->column = quoted(r->arena, f->name);
        f->json_name = arena_format(r->arena, "\"" STR_FMT "\":", STR_ARG(f->name));
    }
    if (!take_kind(r, f, s))
        return;
    check_kind_keys(r, f, s);
    check_flags(r, f, s, depth > 0);
    check_computed(r, f, s, depth > 0);
    if (json_get(s->canonical, S("fields")) && kind_takes(f->kind, S("fields")))
        read_set_members(r, f, s, depth + 1);
    define_kind(r, f, s);
}

/* list: canonical; given: as it was written, if it is one; at: where. */
static void read_members(struct reader *r, struct field *f, const struct json *list, const struct json *given, str at, bool added,
                         unsigned depth)
{
    if (list->type != JSON_LIST)
        return;
    if (list->count > LIMIT_FIELDS || depth > LIMIT_FIELD_DEPTH) {
        REFUSE(r, at, "limit", "A set has at most %u fields, and sets are at most %u deep", LIMIT_FIELDS,
               LIMIT_FIELD_DEPTH);
        return;
    }
    struct field *members = NEW_N(r->arena, struct field, list->count + 1);
    struct map *names = map_new(r->arena, list->count);
    struct field_source *sources = NEW_N(r->arena, struct field_source, list->count + 1);
    f->members = members;
    f->member_count = list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        bool same = given && given->type == JSON_LIST && i < given->count;
        sources[i] = (struct field_source){
            .canonical = &list->items[i],
            .given = same ? &given->items[i] : &list->items[i],
            .path = pointer_index(r->why->arena, at, i),
            .added = added,
        };
        members[i].index = (uint16_t)i;
        read_field(r, &members[i], &sources[i], names, depth);
        remember_site(r, (struct site){&members[i], &sources[i], members, list->count, depth});
    }
}

static void read_set_members(struct reader *r, struct field *f, const struct field_source *s, unsigned depth)
{
    const struct json *opts = json_get(s->given, S("opts"));
    const struct json *given = json_get(s->given, S("fields"));
    given = given ? given : json_get(opts, S("fields"));
    given = given ? given : json_get(opts, S("columns"));
    read_members(r, f, json_get(s->canonical, S("fields")), given, written_path(r->why->arena, s->given, s->path, S("fields")), s->added,
                 depth);
}

void read_lone_set(struct reader *r, struct field *f, const struct json *definition, const struct json *given, str at, unsigned depth)
{
    const struct json *name = json_get(definition, S("name"));
    *f = (struct field){.name = name->text, .label = name->text, .kind = kind_find(S("set")), .definition = definition};
    f->json_name = arena_format(r->arena, "\"" STR_FMT "\":", STR_ARG(f->name));
    read_members(r, f, json_get(definition, S("fields")), given, at, false, depth);
}

/* Ids that nobody gave are made of the name the field first had, so that they are the same wherever a
 * definition is read: FNV-1a, stored in databases, never to be changed. */
uint32_t field_id_of_name(str name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.at[i]) * 16777619u;
    return hash ? hash : 1;
}

static bool take_id(struct map *taken, struct arena *a, uint32_t id, struct field *f)
{
    str key = arena_format(a, "%u", id);
    if (map_get(taken, key))
        return false;
    (void)map_put(taken, key, f);
    f->id = id;
    return true;
}

static void give_ids(struct reader *r, struct draft *d)
{
    struct map *taken = map_new(r->arena, d->field_count);
    for (size_t i = 0; i < d->field_count; i++) {
        struct field *f = &d->own[i];
        if (f->id != 0 && !take_id(taken, r->arena, f->id, f))
            REFUSE(r, pointer_name(r->why->arena, d->fields[i].path, S("id")), "duplicate",
                   "There is another field with the id %u", f->id);
    }
    for (size_t i = 0; i < d->field_count; i++) {
        struct field *f = &d->own[i];
        f->has_own_id = f->id != 0;
        if (f->has_own_id)
            continue;
        uint32_t id = field_id_of_name(f->was.len > 0 ? f->was : f->name);
        while (id == 0 || !take_id(taken, r->arena, id, f))
            id++;
    }
}

void read_fields(struct reader *r, struct draft *d)
{
    struct map *names = map_new(r->arena, d->field_count);
    for (size_t i = 0; i < d->field_count; i++) {
        struct field *f = &d->own[i];
        bool component = d->collection->shape == SHAPE_COMPONENT;
        f->in = component ? NULL : d->collection;
        f->index = (uint16_t)(component ? i : META_COUNT + i);
        read_field(r, f, &d->fields[i], names, component ? 1 : 0);
        if (f->in && f->kind && (f->kind->flags & KIND_REF) && f->many && f->name.len > 0)
            f->link_table = arena_format(r->arena, "\"" STR_FMT "." STR_FMT "\"", STR_ARG(d->name), STR_ARG(f->name));
        remember_site(r, (struct site){f, &d->fields[i], d->own, d->field_count, component ? 1u : 0u});
        if (f->localized && !component)
            field_set_add(&d->collection->meta_fields, META_I18N);
    }
    give_ids(r, d);
}

/* Definitions in one spelling. Ours is flat ("kind", "many", "min"); Cockpit's has types of other names
 * and an object "opts". Both are read, the canonical one is kept, printed and compared. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

#include <stdlib.h>

struct members {
    struct arena *arena;
    struct json *at;
    size_t count, room;
};

static void add(struct members *m, str name, struct json v)
{
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 16;
        m->at = arena_grow(m->arena, m->at, m->count * sizeof *m->at, room * sizeof *m->at);
        m->room = room;
    }
    m->at[m->count++] = json_named(arena_copy(m->arena, name), v);
}

static struct json *find(struct members *m, str name)
{
    for (size_t i = 0; i < m->count; i++) {
        if (str_equal(m->at[i].name, name))
            return &m->at[i];
    }
    return NULL;
}

static bool is_word(const struct json *v, const char *word)
{
    return v && v->type == JSON_TEXT && str_equal(v->text, str_of(word));
}

/* Nothing, written out: null, false, "", {}. Of a default, only null says nothing, and
 * "search": false turns off what is on by itself. */
static bool says_nothing(str name, const struct json *v)
{
    if (v->type == JSON_NULL)
        return true;
    if (str_equal(name, S("default")) || str_equal(name, S("search")))
        return false;
    return (v->type == JSON_BOOL && !v->boolean) || (v->type == JSON_TEXT && v->text.len == 0) ||
           (v->type == JSON_MAP && v->count == 0);
}

static size_t rank(const struct key *keys, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(keys[i].name, name))
            return i;
    }
    return count;
}

static int order(const struct json *a, const struct json *b, const struct key *keys, size_t count)
{
    size_t x = rank(keys, count, a->name), y = rank(keys, count, b->name);
    return x != y ? (x < y ? -1 : 1) : str_order(a->name, b->name);
}

static int field_order(const void *a, const void *b)
{
    return order(a, b, field_keys, field_key_count);
}

static int collection_order(const void *a, const void *b)
{
    return order(a, b, collection_keys, collection_key_count);
}

/* Maps that are the dashboard's business are kept in an order of their own, too: same model, same bytes. */
static int name_order(const void *a, const void *b)
{
    const struct json *x = a, *y = b;
    return str_order(x->name, y->name);
}

static struct json finish(struct members *m, int (*by)(const void *, const void *))
{
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (!says_nothing(m->at[i].name, &m->at[i]))
            m->at[kept++] = m->at[i];
    }
    if (kept > 1)
        qsort(m->at, kept, sizeof *m->at, by);
    return json_of_map(m->at, kept);
}

/* Cockpit's types that are ours by another name, or that ours can hold. */
static const struct {
    str type, kind, editor;
    bool many;
} types[] = {
    {STR("wysiwyg"), STR("richtext"), {0}, false},
    {STR("contentItemLink"), STR("ref"), {0}, false},
    {STR("table"), STR("set"), STR("table"), true},
    {STR("nav"), STR("object"), STR("nav"), false},
    {STR("layout"), STR("object"), STR("layout"), false},
    {STR("seo"), STR("object"), STR("seo"), false},
    {STR("collectionPageItems"), STR("object"), STR("collectionPageItems"), false},
    {STR("pagesUrl"), STR("text"), STR("pagesUrl"), false},
};

static str kind_word(const struct json *given)
{
    const struct json *v = json_get(given, S("kind"));
    if (!v)
        v = json_get(given, S("type"));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* Where Cockpit writes what we call by another name or in another place. `kinds`: only there. */
static const struct {
    str ours, theirs;
    bool in_opts;
    str only; /* Cockpit's type; {0}: every kind that takes our key */
} aliases[] = {
    {STR("kind"), STR("type"), false, {0}},
    {STR("many"), STR("multiple"), false, {0}},
    {STR("localized"), STR("i18n"), false, {0}},
    {STR("many"), STR("multiple"), true, {0}},
    {STR("default"), STR("default"), true, {0}},
    {STR("min"), STR("min"), true, {0}},
    {STR("max"), STR("max"), true, {0}},
    {STR("minlength"), STR("minlength"), true, {0}},
    {STR("maxlength"), STR("maxlength"), true, {0}},
    {STR("options"), STR("options"), true, {0}},
    {STR("fields"), STR("fields"), true, {0}},
    {STR("fields"), STR("columns"), true, STR("table")},
    {STR("to"), STR("link"), true, {0}},
    {STR("max_items"), STR("max"), true, STR("tags")},
};

str written_path(struct arena *a, const struct json *given, str path, str key)
{
    const struct json *opts = json_get(given, S("opts"));
    if (json_get(given, key))
        return pointer_name(a, path, key);
    for (size_t i = 0; i < COUNTOF(aliases); i++) {
        if (!str_equal(aliases[i].ours, key) || !json_get(aliases[i].in_opts ? opts : given, aliases[i].theirs))
            continue;
        return pointer_name(a, aliases[i].in_opts ? pointer_name(a, path, S("opts")) : path, aliases[i].theirs);
    }
    return pointer_name(a, path, key);
}

bool kind_takes(const struct kind *k, str key)
{
    str rest = str_of(k->keys ? k->keys : ""), word;
    bool ended = false;
    while (str_next(&rest, &ended, ' ', &word)) {
        if (word.len > 0 && str_equal(word, key))
            return true;
    }
    return false;
}

/* Our name for one of Cockpit's options, when the kind has a use for it; {0}: the dashboard's. */
static str lifted(str type, const struct kind *kind, str option)
{
    for (size_t i = 0; i < COUNTOF(aliases); i++) {
        if (!aliases[i].in_opts || !str_equal(aliases[i].theirs, option))
            continue;
        bool fits = str_is_absent(aliases[i].only) ? str_equal(aliases[i].ours, S("many")) ||
                                                         str_equal(aliases[i].ours, S("default")) ||
                                                         (kind && kind_takes(kind, aliases[i].ours))
                                                   : str_equal(aliases[i].only, type);
        if (fits)
            return aliases[i].ours;
    }
    return (str){0};
}

static str renamed(str key)
{
    for (size_t i = 0; i < COUNTOF(aliases); i++) {
        if (!aliases[i].in_opts && str_equal(aliases[i].theirs, key))
            return aliases[i].ours;
    }
    return key;
}

struct json words_of(struct arena *a, str commas)
{
    struct members words = {.arena = a};
    str rest = commas, piece;
    bool ended = false;
    while (str_next(&rest, &ended, ',', &piece)) {
        if (str_trim(piece).len > 0)
            add(&words, (str){0}, json_of_text(arena_copy(a, str_trim(piece))));
    }
    return json_of_list(words.at, words.count);
}

static struct json canon_field(struct arena *a, const struct json *given, unsigned depth);

static struct json canon_members(struct arena *a, const struct json *list, unsigned depth)
{
    if (list->type != JSON_LIST || depth > LIMIT_FIELD_DEPTH)
        return json_copy(a, list);
    struct json *fields = NEW_N(a, struct json, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++)
        fields[i] = canon_field(a, &list->items[i], depth + 1);
    return json_of_list(fields, list->count);
}

static struct json canon_value(struct arena *a, str key, const struct json *v, unsigned depth)
{
    if (str_equal(key, S("fields")))
        return canon_members(a, v, depth);
    if (str_equal(key, S("options")) && v->type == JSON_TEXT)
        return words_of(a, v->text);
    struct json copy = json_copy(a, v);
    copy.name = (str){0};
    return copy;
}

/* The columns of Cockpit's tables are texts and do not say so. */
static struct json canon_columns(struct arena *a, const struct json *columns, unsigned depth)
{
    struct json fields = canon_members(a, columns, depth);
    if (fields.type != JSON_LIST)
        return fields;
    struct json *typed = NEW_N(a, struct json, fields.count + 1);
    for (uint32_t i = 0; i < fields.count; i++) {
        struct members m = {.arena = a};
        typed[i] = fields.items[i];
        if (typed[i].type != JSON_MAP || typed[i].count > LIMIT_FIELD_KEYS || json_get(&typed[i], S("kind")))
            continue;
        for (uint32_t k = 0; k < typed[i].count; k++)
            add(&m, typed[i].items[k].name, typed[i].items[k]);
        add(&m, S("kind"), json_of_text(S("text")));
        typed[i] = finish(&m, field_order);
    }
    return json_of_list(typed, fields.count);
}

static void add_options(struct members *m, const struct json *opts, str type, const struct kind *kind, unsigned depth)
{
    struct members left = {.arena = m->arena};
    for (uint32_t i = 0; i < opts->count; i++) {
        const struct json *v = &opts->items[i];
        str ours = lifted(type, kind, v->name);
        if (str_is_absent(ours))
            add(&left, v->name, json_copy(m->arena, v));
        else if (find(m, ours))
            continue; /* our own key wins, and nothing stays that could win later */
        else if (str_equal(v->name, S("columns")))
            add(m, ours, canon_columns(m->arena, v, depth));
        else if (v->type != JSON_NULL && !(v->type == JSON_TEXT && v->text.len == 0))
            add(m, ours, canon_value(m->arena, ours, v, depth));
    }
    if (left.count > 0)
        add(m, S("opts"), finish(&left, name_order));
}

/* A choice of several is a kind of its own, and lists that are always lists do not say so. */
static void settle_many(struct members *m)
{
    struct json *kind = find(m, S("kind")), *many = find(m, S("many"));
    if (!kind || !many || many->type != JSON_BOOL || !many->boolean)
        return;
    if (is_word(kind, "select"))
        kind->text = S("multiselect");
    if (is_word(kind, "multiselect") || is_word(kind, "tags") || is_word(kind, "blocks"))
        many->boolean = false;
}

static void settle_label(struct members *m)
{
    const struct json *name = find(m, S("name"));
    struct json *label = find(m, S("label"));
    if (name && label && name->type == JSON_TEXT && label->type == JSON_TEXT && str_equal(name->text, label->text))
        *label = json_named(S("label"), json_null);
}

static void add_kind(struct members *m, const struct json *given)
{
    str word = kind_word(given);
    for (size_t i = 0; i < COUNTOF(types); i++) {
        if (!str_equal(types[i].type, word))
            continue;
        add(m, S("kind"), json_of_text(types[i].kind));
        if (types[i].many)
            add(m, S("many"), json_true);
        if (!str_is_absent(types[i].editor) && !json_get(given, S("editor")))
            add(m, S("editor"), json_of_text(types[i].editor));
        return;
    }
    const struct json *v = json_get(given, S("kind"));
    v = v ? v : json_get(given, S("type"));
    if (v)
        add(m, S("kind"), canon_value(m->arena, S("kind"), v, 0));
}

/* Recursion: canon_members stops at LIMIT_FIELD_DEPTH; what lies deeper is refused when it is read. */
static struct json canon_field(struct arena *a, const struct json *given, unsigned depth)
{
    if (given->type != JSON_MAP || given->count > LIMIT_FIELD_KEYS)
        return json_copy(a, given);
    struct members m = {.arena = a};
    add_kind(&m, given);
    for (uint32_t i = 0; i < given->count; i++) {
        const struct json *v = &given->items[i];
        str key = renamed(v->name);
        bool other_name = !str_equal(key, v->name);
        bool is_opts = str_equal(key, S("opts")) && v->type == JSON_MAP;
        if (is_opts || find(&m, key) || (other_name && json_get(given, key)) || v->name.len == 0)
            continue;
        add(&m, key, canon_value(a, key, v, depth));
    }
    const struct json *opts = json_get(given, S("opts")), *kind = find(&m, S("kind"));
    if (opts && opts->type == JSON_MAP)
        add_options(&m, opts, kind_word(given), kind && kind->type == JSON_TEXT ? kind_find(kind->text) : NULL, depth);
    settle_many(&m);
    settle_label(&m);
    return finish(&m, field_order);
}

/* Cockpit's meta.unique: names, in a list or with commas. They become what the fields say. */
static bool take_unique(struct arena *a, struct json *meta, struct json *fields)
{
    const struct json *unique = json_get(meta, S("unique"));
    if (!unique || !fields || fields->type != JSON_LIST)
        return false;
    struct json names = unique->type == JSON_TEXT ? words_of(a, unique->text) : *unique;
    if (names.type != JSON_LIST || names.count > LIMIT_FIELDS || fields->count > LIMIT_FIELDS)
        return false;
    struct json *changed = NEW_N(a, struct json, fields->count + 1);
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct json *name = json_get(&fields->items[i], S("name"));
        changed[i] = fields->items[i];
        for (uint32_t k = 0; k < names.count; k++) {
            const struct json *n = &names.items[k];
            if (!name || name->type != JSON_TEXT || n->type != JSON_TEXT || !str_equal(n->text, name->text))
                continue;
            struct members m = {.arena = a};
            for (uint32_t j = 0; j < changed[i].count; j++)
                add(&m, changed[i].items[j].name, changed[i].items[j]);
            if (!find(&m, S("unique")))
                add(&m, S("unique"), json_true);
            changed[i] = finish(&m, field_order);
            break;
        }
    }
    *fields = json_named(fields->name, json_of_list(changed, fields->count));
    return true;
}

static struct json without(struct arena *a, const struct json *map, str name)
{
    struct members m = {.arena = a};
    for (uint32_t i = 0; i < map->count; i++) {
        if (!str_equal(map->items[i].name, name))
            add(&m, map->items[i].name, map->items[i]);
    }
    return finish(&m, name_order);
}

static struct json canon_shape(struct arena *a, const struct json *v)
{
    if (is_word(v, "collection"))
        return json_of_text(S("list"));
    if (is_word(v, "singleton"))
        return json_of_text(S("single"));
    return json_copy(a, v);
}

/* Rules of one field may be written as its name alone: ["slug", ["a","b"]]. */
static struct json canon_rules(struct arena *a, const struct json *v)
{
    struct json copy = json_copy(a, v);
    if (v->type != JSON_LIST)
        return copy;
    struct json *rules = NEW_N(a, struct json, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++) {
        rules[i] = copy.items[i];
        if (rules[i].type == JSON_TEXT)
            rules[i] = json_of_list(&copy.items[i], 1);
    }
    return json_of_list(rules, v->count);
}

static int action_order(const void *a, const void *b)
{
    return order(a, b, action_keys, action_key_count);
}

/* {"pay": {…}} is [{"name": "pay", …}]; what goes and what comes are fields. */
static struct json canon_action(struct arena *a, const struct json *given, str name)
{
    struct members m = {.arena = a};
    if (given->type != JSON_MAP || given->count > LIMIT_FIELD_KEYS)
        return json_copy(a, given);
    if (name.len && !json_get(given, S("name")))
        add(&m, S("name"), json_of_text(arena_copy(a, name)));
    for (uint32_t i = 0; i < given->count; i++) {
        const struct json *v = &given->items[i];
        bool is_fields = (str_equal(v->name, S("input")) || str_equal(v->name, S("output"))) && v->type == JSON_LIST;
        if (v->name.len && !find(&m, v->name))
            add(&m, v->name, is_fields ? canon_members(a, v, 1) : json_copy(a, v));
    }
    return finish(&m, action_order);
}

static struct json canon_actions(struct arena *a, const struct json *v)
{
    if ((v->type != JSON_LIST && v->type != JSON_MAP) || v->count > LIMIT_RULES)
        return json_copy(a, v);
    struct json *list = NEW_N(a, struct json, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++)
        list[i] = canon_action(a, &v->items[i], v->type == JSON_MAP ? v->items[i].name : (str){0});
    return json_of_list(list, v->count);
}

static struct json canon_member(struct arena *a, str key, const struct json *v)
{
    if (str_equal(key, S("actions")))
        return canon_actions(a, v);
    if (str_equal(key, S("shape")))
        return canon_shape(a, v);
    if (str_equal(key, S("fields")))
        return canon_members(a, v, 1);
    if (str_equal(key, S("unique")) || str_equal(key, S("indexes")))
        return canon_rules(a, v);
    return json_copy(a, v);
}

const struct json *definition_canonical(struct arena *a, const struct json *definition)
{
    struct json *out = NEW(a, struct json);
    struct json nameless = *definition; /* a member's name belongs to whoever made the item around it */
    nameless.name = (str){0};
    *out = json_copy(a, &nameless);
    if (definition->type != JSON_MAP)
        return out;
    struct members m = {.arena = a};
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct json *v = &definition->items[i];
        bool type = str_equal(v->name, S("type"));
        /* "_created" and its like are an exported item's, not the model's. */
        if (v->name.len == 0 || v->name.at[0] == '_' || (type && json_get(definition, S("shape"))))
            continue;
        str key = type ? S("shape") : v->name;
        add(&m, key, canon_member(a, key, v));
    }
    if (!find(&m, S("fields")))
        add(&m, S("fields"), json_of_list(NULL, 0));
    struct json *meta = find(&m, S("meta")), *fields = find(&m, S("fields"));
    if (meta && meta->type == JSON_MAP && take_unique(a, meta, fields))
        *meta = json_named(S("meta"), without(a, meta, S("unique")));
    if (!find(&m, S("shape")))
        add(&m, S("shape"), json_of_text(S("list")));
    settle_label(&m);
    *out = finish(&m, collection_order);
    return out;
}

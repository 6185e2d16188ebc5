/* An export archive of Strapi. Rows come in the order of their tables, links between rows behind all rows, in any order, and
 * say rows, not documents. So there are three sortings on disk before anything is written:
 *
 *   targets   by the row that a link leads to: which document is that?
 *   holders   by the row or component that has the link: which document, which row of it?
 *   groups    by document: its rows, then their links, in order
 *
 * Keys end in a NUL and what orders their values: '0' the thing itself, then what is said about it. */
#include "server/import_strapi.h"

#include "base/limits.h"
#include "server/sorted.h"
#include "server/strapi_item.h"
#include "server/tar_lines.h"

#include <stdlib.h>

struct strapi {
    struct line_sink lines;           /* first */
    struct transfer *to;
    struct tar_file *file;
    struct tar_reader tar;
    enum { SCHEMAS, ENTITIES, LINKS, CONFIGURATION, SECTIONS } section;
    uint64_t seen[SECTIONS];
    struct strapi_schema *schema;
    struct strapi_languages languages;
    str standard;                     /* code of the default language */
    struct strapi_tally tally;
    struct sorted *targets, *holders, *groups;
    struct arena *arena, *line, *one; /* the schema; the present line or group; one link to it */
    struct buf key, value;
    struct json_writer w;
    struct problem *why;
};

static str text_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

static bool row_of(const struct json *v, int64_t *out)
{
    if (!v || v->type != JSON_INT || v->integer < 0)
        return false;
    *out = v->integer;
    return true;
}

/* Writing to a sorting: key and value are put together in m->key and m->value. */

static struct json_writer *value_open(struct strapi *m)
{
    buf_clear(&m->value);
    json_begin(&m->w, &m->value);
    json_map_open(&m->w);
    return &m->w;
}

static void value_text(struct strapi *m, str name, str text)
{
    json_name(&m->w, name);
    json_text(&m->w, text);
}

static void value_int(struct strapi *m, str name, int64_t n)
{
    json_name(&m->w, name);
    json_int(&m->w, n);
}

static enum err put(struct strapi *m, struct sorted *where)
{
    json_map_close(&m->w);
    json_end(&m->w);
    if (m->key.failed || m->value.failed)
        return problem_set(m->why, ERR_TOO_LARGE, "One row has more than %u bytes", LIMIT_RESPONSE_BYTES);
    return sorted_add(where, buf_str(&m->key), buf_str(&m->value), m->why);
}

static void key_of_row(struct strapi *m, str uid, int64_t row, char order)
{
    buf_clear(&m->key);
    buf_add(&m->key, uid);
    buf_format(&m->key, "\n%016llx", (unsigned long long)row);
    buf_byte(&m->key, '\0');
    buf_byte(&m->key, order);
}

static void key_of_group(struct strapi *m, str group, char order)
{
    buf_clear(&m->key);
    buf_add(&m->key, group);
    buf_byte(&m->key, '\0');
    buf_byte(&m->key, order);
}

static void add_position(struct strapi *m, int64_t position)
{
    buf_format(&m->key, "%016llx", (unsigned long long)position);
}

/* What is before the NUL. */
static str front_of(str key)
{
    str front, back;
    (void)str_cut(key, '\0', &front, &back);
    return front;
}

static char order_of(str key)
{
    return key.at[front_of(key).len + 1];
}

/* The archive's lines. */

static enum err take_entity(struct strapi *m, const struct json *v)
{
    str uid = text_of(json_get(v, S("type")));
    const struct json *data = json_get(v, S("data"));
    int64_t row;
    if (uid.len == 0 || !data || data->type != JSON_MAP)
        return problem_set(m->why, ERR_BAD_INPUT, "%s: a row without type or data", m->tar.name);
    if (str_equal(uid, S("plugin::i18n.locale"))) {
        str code = text_of(json_get(data, S("code")));
        if (code.len > 0 && m->languages.count < COUNTOF(m->languages.codes))
            m->languages.codes[m->languages.count++] = arena_copy(m->arena, code);
        return ERR_OK;
    }
    if (!strapi_is_content(uid) || !row_of(json_get(v, S("id")), &row))
        return ERR_OK;
    key_of_row(m, uid, row, '0');
    json_name(value_open(m), S("d"));
    json_value(&m->w, data);
    value_int(m, S("r"), row);
    return put(m, m->targets);
}

/* One end of a link. */
struct end {
    str uid, field;
    int64_t row;
    bool has_row;
};

static struct end end_of(const struct json *v)
{
    struct end e = {text_of(json_get(v, S("type"))), text_of(json_get(v, S("field"))), 0, false};
    e.has_row = row_of(json_get(v, S("ref")), &e.row);
    return e;
}

/* A file says where it is used: that is the place's field. Everything else is said by who has the field. */
static enum err take_link(struct strapi *m, const struct json *v)
{
    const struct json *left = json_get(v, S("left")), *right = json_get(v, S("right"));
    if (!left || !right)
        return problem_set(m->why, ERR_BAD_INPUT, "%s: a link without ends", m->tar.name);
    bool is_use = str_equal(text_of(json_get(left, S("type"))), STRAPI_FILES) && json_is_text(json_get(left, S("field")), S("related"));
    struct end holder = end_of(is_use ? right : left), target = end_of(is_use ? left : right);
    const struct json *position = json_get(is_use ? right : left, S("pos"));
    if (!holder.has_row || !target.has_row || holder.field.len == 0)
        return ERR_OK;
    if (str_equal(holder.field, S("localizations"))) {
        key_of_row(m, holder.uid, holder.row, '1');
        (void)value_open(m);
        value_int(m, S("r"), target.row);
        return put(m, m->targets);
    }
    if (!strapi_is_content(target.uid) || (!strapi_is_content(holder.uid) && str_contains(holder.uid, S("::"))))
        return ERR_OK;
    key_of_row(m, target.uid, target.row, '2');
    (void)value_open(m);
    value_text(m, S("u"), holder.uid);
    value_int(m, S("r"), holder.row);
    value_text(m, S("f"), holder.field);
    value_int(m, S("p"), position && position->type == JSON_INT && position->integer > 0 ? position->integer
                         : position && position->type == JSON_REAL && position->real > 0 && position->real < 1e9 ? (int64_t)(position->real * 1024)
                                                                                                                : 0);
    return put(m, m->targets);
}

static enum err take_setting(struct strapi *m, const struct json *v)
{
    const struct json *value = json_get(v, S("value"));
    if (json_is_text(json_get(value, S("key")), S("plugin_i18n_default_locale")))
        m->standard = arena_copy(m->arena, text_of(json_get(value, S("value"))));
    return ERR_OK;
}

static enum err take_line(struct line_sink *self, str line, struct problem *why)
{
    struct strapi *m = (struct strapi *)(void *)self;
    const struct json *v;
    arena_reset(m->line);
    TRY(json_read(m->line, line, NULL, arena_format(m->line, "%s", m->tar.name), &v, why));
    transfer_show(m->to, tar_file_progress(m->file) / 2);
    m->seen[m->section]++;
    switch (m->section) {
    case SCHEMAS: return strapi_add(m->schema, v, why);
    case ENTITIES: return take_entity(m, v);
    case LINKS: return take_link(m, v);
    case CONFIGURATION:
    case SECTIONS: break;
    }
    return take_setting(m, v);
}

static enum err take_entry(struct strapi *m)
{
    static const str folders[SECTIONS] = {STR("schemas/"), STR("entities/"), STR("links/"), STR("configuration/")};
    str name = str_of(m->tar.name);
    if (str_starts(name, S("./")))
        name = str_slice(name, 2, name.len);
    for (size_t i = 0; i < SECTIONS; i++)
        if (str_starts(name, folders[i]) && str_ends(name, S(".jsonl"))) {
            m->section = i;
            return tar_lines(&m->tar, LIMIT_RESPONSE_BYTES, &m->lines, m->why);
        }
    return ERR_OK;
}

static enum err no_archive(struct strapi *m)
{
    return problem_set(m->why, ERR_BAD_INPUT,
                       "This is no export of Strapi that can be read here: make it with strapi export --no-encrypt");
}

static enum err read_archive(struct strapi *m)
{
    bool found = true, any = false;
    while (found) {
        enum err e = tar_next(&m->tar, &found, m->why);
        if (e != ERR_OK)
            return any || e != ERR_BAD_INPUT ? e : no_archive(m);
        any = true;
        if (found)
            TRY(take_entry(m));
    }
    if (m->seen[SCHEMAS] == 0)
        return no_archive(m);
    return m->tar.is_whole ? ERR_OK : problem_set(m->why, ERR_BAD_INPUT, "The archive ends too early");
}

/* Languages: the default first; without any localised type they are off. */
static void settle_languages(struct strapi *m)
{
    struct strapi_languages *l = &m->languages;
    bool wanted = false;
    for (size_t i = 0; i < m->schema->count; i++)
        wanted |= m->schema->types[i].is_localized;
    if (!wanted)
        l->count = 0;
    for (size_t i = 1; i < l->count; i++)
        if (str_equal(l->codes[i], m->standard)) {
            l->codes[i] = l->codes[0];
            l->codes[0] = m->standard;
        }
}

/* targets -> holders, groups. */

struct row {                          /* the row that the links at hand lead to */
    struct arena *arena;
    str key;
    const struct json *value;         /* NULL: it is not in the archive */
    int64_t least;                    /* of its translations' rows (Strapi 4) */
    const struct strapi_type *type;
    str group;
    bool is_passed_on;
};

static enum err add_owner(struct strapi *m, const struct row *r, str uid, int64_t id)
{
    key_of_row(m, uid, id, '0');
    (void)value_open(m);
    value_text(m, S("g"), r->group);
    value_int(m, S("r"), json_get(r->value, S("r"))->integer);
    if (!str_contains(uid, S("::"))) {
        value_text(m, S("cu"), uid);
        value_int(m, S("ci"), id);
    }
    return put(m, m->holders);
}

/* All components in these values, which may have links of their own. */
static enum err add_components(struct strapi *m, const struct row *r, const struct strapi_type *t, const struct json *data)
{
    for (size_t i = 0; i < t->attribute_count; i++) {
        const struct strapi_attribute *x = &t->attributes[i];
        const struct json *v = json_get(data, x->theirs);
        if (!v || (x->sort != STRAPI_COMPONENT && x->sort != STRAPI_ZONE) || (v->type != JSON_LIST && v->type != JSON_MAP))
            continue;
        const struct json *all = v->type == JSON_LIST ? v->items : v;
        for (uint32_t k = 0; k < (v->type == JSON_LIST ? v->count : 1); k++) {
            str uid = x->sort == STRAPI_ZONE ? text_of(json_get(&all[k], S("__component"))) : x->target;
            const struct strapi_type *of = strapi_find(m->schema, uid);
            int64_t id;
            if (!of || !row_of(json_get(&all[k], S("id")), &id))
                continue;
            TRY(add_owner(m, r, uid, id));
            TRY(add_components(m, r, of, &all[k]));
        }
    }
    return ERR_OK;
}

/* Now that all of its translations are known, the row has a document. */
static enum err pass_on(struct strapi *m, struct row *r)
{
    if (r->is_passed_on || !r->value || !r->type)
        return ERR_OK;
    r->is_passed_on = true;
    str document = text_of(json_at(r->value, S("/d/documentId")));
    if (document.len == 0)
        document = arena_format(r->arena, "%lld", (long long)r->least);
    r->group = arena_format(r->arena, "%03zu" STR_FMT, (size_t)(r->type - m->schema->types), STR_ARG(document));
    key_of_group(m, r->group, '0');
    struct json_writer *w = value_open(m);
    json_name(w, S("d"));
    json_value(w, json_get(r->value, S("d")));
    value_int(m, S("r"), json_get(r->value, S("r"))->integer);
    TRY(put(m, m->groups));
    TRY(add_owner(m, r, r->type->uid, json_get(r->value, S("r"))->integer));
    return add_components(m, r, r->type, json_get(r->value, S("d")));
}

static enum err take_target(struct strapi *m, struct row *r, str key, str value)
{
    const struct json *v;
    arena_reset(m->one);
    TRY(json_read(m->one, value, NULL, S("row"), &v, m->why));
    if (order_of(key) == '0') {
        struct json *kept = NEW(r->arena, struct json);
        *kept = json_copy(r->arena, v);
        r->value = kept;
        v = kept;
        r->least = json_get(v, S("r"))->integer;
        return ERR_OK;
    }
    if (order_of(key) == '1') {
        int64_t other = json_get(v, S("r"))->integer;
        r->least = other < r->least ? other : r->least;
        return ERR_OK;
    }
    TRY(pass_on(m, r));
    if (!r->is_passed_on)
        return ERR_OK; /* to what is not brought along */
    key_of_row(m, text_of(json_get(v, S("u"))), json_get(v, S("r"))->integer, '1');
    add_position(m, json_get(v, S("p"))->integer);
    (void)value_open(m);
    value_text(m, S("f"), text_of(json_get(v, S("f"))));
    value_text(m, S("v"), strapi_id(m->one, r->type, str_slice(r->group, 3, r->group.len)));
    return put(m, m->holders);
}

static enum err sort_targets(struct strapi *m)
{
    struct row r = {.arena = m->line};
    for (;;) {
        str key, value;
        bool found;
        TRY(sorted_next(m->targets, &key, &value, &found, m->why));
        if (found && r.key.len > 0 && str_equal(front_of(key), r.key)) {
            TRY(take_target(m, &r, key, value));
            continue;
        }
        TRY(pass_on(m, &r));
        if (!found)
            return ERR_OK;
        arena_reset(m->line);
        r = (struct row){.arena = m->line, .key = arena_copy(m->line, front_of(key))};
        str uid, number;
        (void)str_cut(r.key, '\n', &uid, &number);
        r.type = strapi_find(m->schema, uid);
        TRY(take_target(m, &r, key, value));
    }
}

/* holders -> groups. */

static enum err take_held(struct strapi *m, str key, str value, str owner_key, str owner_value)
{
    const struct json *v, *owner;
    TRY(json_read(m->line, owner_value, NULL, S("owner"), &owner, m->why));
    TRY(json_read(m->line, value, NULL, S("link"), &v, m->why));
    key_of_group(m, text_of(json_get(owner, S("g"))), '1');
    buf_add(&m->key, str_slice(key, owner_key.len + 2, key.len));
    (void)value_open(m);
    for (uint32_t i = 0; i < owner->count; i++)
        if (!str_equal(owner->items[i].name, S("g"))) {
            json_name(&m->w, owner->items[i].name);
            json_value(&m->w, &owner->items[i]);
        }
    value_text(m, S("f"), text_of(json_get(v, S("f"))));
    value_text(m, S("v"), text_of(json_get(v, S("v"))));
    return put(m, m->groups);
}

static enum err sort_holders(struct strapi *m, struct buf *owner_key, struct buf *owner_value)
{
    for (;;) {
        str key, value;
        bool found;
        arena_reset(m->line);
        TRY(sorted_next(m->holders, &key, &value, &found, m->why));
        if (!found)
            return ERR_OK;
        if (order_of(key) == '0') {
            buf_clear(owner_key);
            buf_clear(owner_value);
            buf_add(owner_key, front_of(key));
            buf_add(owner_value, value);
        } else if (str_equal(front_of(key), buf_str(owner_key))) {
            TRY(take_held(m, key, value, buf_str(owner_key), buf_str(owner_value)));
        }
    }
}

static enum err settle_holders(struct strapi *m)
{
    struct buf key, value;
    buf_init(&key, NULL, LIMIT_BODY_BYTES);
    buf_init(&value, NULL, LIMIT_BODY_BYTES);
    enum err e = sort_holders(m, &key, &value);
    buf_free(&key);
    buf_free(&value);
    return e;
}

/* groups -> items. */

static void append(struct arena *a, const struct json **list, size_t *count, size_t *room, const struct json *v)
{
    struct json *all = (struct json *)(uintptr_t)*list;
    if (*count == *room) {
        size_t more = *room ? 2 * *room : 8;
        all = arena_grow(a, all, *room * sizeof *all, more * sizeof *all);
        *room = more;
    }
    all[(*count)++] = *v;
    *list = all;
}

static enum err give(struct strapi *m, struct strapi_group *g)
{
    if (g->row_count == 0)
        return ERR_OK;
    struct json item = strapi_item(g, &m->languages, &m->tally), kept = json_copy(transfer_arena(m->to), &item);
    return transfer_item(m->to, &kept, m->why);
}

static enum err begin(struct strapi *m, struct strapi_group *g, str group)
{
    uint64_t number;
    const struct strapi_type *before = g->type;
    must(str_to_u64(str_slice(group, 0, 3), STRAPI_TYPES, &number));
    arena_reset(m->line);
    *g = (struct strapi_group){.arena = m->line, .schema = m->schema, .type = &m->schema->types[number]};
    g->id = strapi_id(g->arena, g->type, str_slice(group, 3, group.len));
    return g->type == before ? ERR_OK : transfer_into(m->to, g->type->ours, m->why);
}

static enum err give_all(struct strapi *m, struct buf *group)
{
    struct strapi_group g = {.arena = m->line};
    for (;;) {
        str key, value;
        bool found;
        const struct json *v;
        TRY(sorted_next(m->groups, &key, &value, &found, m->why));
        if (!found)
            return give(m, &g);
        if (!str_equal(front_of(key), buf_str(group))) {
            TRY(give(m, &g));
            buf_clear(group);
            buf_add(group, front_of(key));
            TRY(begin(m, &g, buf_str(group)));
        }
        TRY(json_read(g.arena, arena_copy(g.arena, value), NULL, S("row"), &v, m->why));
        if (order_of(key) == '0')
            append(g.arena, &g.rows, &g.row_count, &g.row_room, v);
        else
            append(g.arena, &g.links, &g.link_count, &g.link_room, v);
    }
}

static enum err settle_groups(struct strapi *m)
{
    struct buf group;
    buf_init(&group, NULL, LIMIT_BODY_BYTES);
    enum err e = give_all(m, &group);
    buf_free(&group);
    return e;
}

static void tell(struct strapi *m, uint64_t count, const char *what)
{
    if (count > 0)
        transfer_tell(m->to, arena_format(m->arena, "%llu %s", (unsigned long long)count, what));
}

static enum err read_all(struct strapi *m)
{
    TRY(read_archive(m));
    settle_languages(m);
    strapi_settle(m->schema, m->languages.count > 0, m->to);
    TRY(sort_targets(m));
    TRY(settle_holders(m));
    TRY(transfer_languages(m->to, m->languages.codes, m->languages.count, m->why));
    TRY(strapi_define(m->schema, m->to, m->why));
    TRY(settle_groups(m));
    tell(m, m->tally.pending, "published items have changes that are not: the published version was taken");
    tell(m, m->tally.drafts_left, "translations of published items that are drafts were not brought along");
    tell(m, m->tally.without_default, "items say nothing in the default language: they say there what they say in another");
    return ERR_OK;
}

static void strapi_open(struct strapi *m)
{
    m->lines.line = take_line;
    m->arena = arena_open(64u << 10);
    m->line = arena_open(64u << 10);
    m->one = arena_open(4096);
    m->schema = NEW(m->arena, struct strapi_schema);
    m->schema->arena = m->arena;
    m->targets = sorted_open();
    m->holders = sorted_open();
    m->groups = sorted_open();
    buf_init(&m->key, NULL, LIMIT_BODY_BYTES);
    buf_init(&m->value, NULL, LIMIT_RESPONSE_BYTES);
}

static void strapi_close(struct strapi *m)
{
    sorted_close(m->targets);
    sorted_close(m->holders);
    sorted_close(m->groups);
    buf_free(&m->key);
    buf_free(&m->value);
    tar_file_close(m->file);
    arena_close(m->one);
    arena_close(m->line);
    arena_close(m->arena);
    free(m);
}

enum err import_strapi(struct transfer *t, const char *path, struct problem *why)
{
    struct strapi *m = calloc(1, sizeof *m);
    must(m != NULL);
    m->to = t;
    m->why = why;
    strapi_open(m);
    enum err e = str_ends(str_of(path), S(".enc")) ? no_archive(m) : tar_file_open(path, &m->file, why);
    if (e == ERR_OK) {
        m->tar.from = tar_file_source(m->file);
        e = read_all(m);
    }
    strapi_close(m);
    return e;
}

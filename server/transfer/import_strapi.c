/* An export archive of Strapi: what is read, and in which order things are done. */
#include "server/transfer/import_sources.h"

#include "base/limits.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/strapi_parts.h"

#include <stdlib.h>

/* The archive's lines. */

static enum err take_entity(struct strapi *m, const struct json *v)
{
    str uid = import_text(json_get(v, S("type")));
    const struct json *data = json_get(v, S("data"));
    int64_t row;
    if (uid.len == 0 || !data || data->type != JSON_MAP)
        return problem_set(m->why, ERR_BAD_INPUT, "%s: a row without type or data", m->tar.name);
    if (str_equal(uid, S("plugin::i18n.locale"))) {
        str code = import_text(json_get(data, S("code")));
        if (code.len > 0 && m->languages.count < COUNTOF(m->languages.codes))
            m->languages.codes[m->languages.count++] = arena_copy(m->arena, code);
        return ERR_OK;
    }
    if (!strapi_is_content(uid) || !strapi_row(json_get(v, S("id")), &row))
        return ERR_OK;
    strapi_key(m, uid, row, '0');
    json_name(strapi_value(m), S("d"));
    json_value(&m->w, data);
    strapi_int(m, S("r"), row);
    return strapi_put(m, m->targets);
}

/* One end of a link. */
struct end {
    str uid, field;
    int64_t row;
    bool has_row;
};

static struct end end_of(const struct json *v)
{
    struct end e = {import_text(json_get(v, S("type"))), import_text(json_get(v, S("field"))), 0, false};
    e.has_row = strapi_row(json_get(v, S("ref")), &e.row);
    return e;
}

/* Where a link stands among its likes; what was put between two has a fraction. */
static int64_t place_of(const struct json *position)
{
    double at = !position ? 0 : position->type == JSON_INT ? (double)position->integer
                : position->type == JSON_REAL            ? position->real
                                                         : 0;
    return at > 0 && at < 1e12 ? (int64_t)(at * 1024) : 0;
}

/* A file says where it is used: that is the place's field. Everything else is said by who has the field. */
static enum err take_link(struct strapi *m, const struct json *v)
{
    const struct json *left = json_get(v, S("left")), *right = json_get(v, S("right"));
    if (!left || !right)
        return problem_set(m->why, ERR_BAD_INPUT, "%s: a link without ends", m->tar.name);
    bool is_use = str_equal(import_text(json_get(left, S("type"))), STRAPI_FILES) && json_is_text(json_get(left, S("field")), S("related"));
    struct end holder = end_of(is_use ? right : left), target = end_of(is_use ? left : right);
    const struct json *position = json_get(is_use ? right : left, S("pos"));
    if (!holder.has_row || !target.has_row || holder.field.len == 0)
        return ERR_OK;
    if (str_equal(holder.field, S("localizations"))) {
        strapi_key(m, holder.uid, holder.row, '1');
        (void)strapi_value(m);
        strapi_int(m, S("r"), target.row);
        return strapi_put(m, m->targets);
    }
    if (!strapi_is_content(target.uid) || (!strapi_is_content(holder.uid) && str_contains(holder.uid, S("::"))))
        return ERR_OK;
    strapi_key(m, target.uid, target.row, '2');
    (void)strapi_value(m);
    strapi_text(m, S("u"), holder.uid);
    strapi_int(m, S("r"), holder.row);
    strapi_text(m, S("f"), holder.field);
    strapi_int(m, S("p"), place_of(position));
    return strapi_put(m, m->targets);
}

static enum err take_setting(struct strapi *m, const struct json *v)
{
    const struct json *value = json_get(v, S("value"));
    if (json_is_text(json_get(value, S("key")), S("plugin_i18n_default_locale")))
        m->standard = arena_copy(m->arena, import_text(json_get(value, S("value"))));
    return ERR_OK;
}

static enum err take_schema(struct strapi *m, const struct json *v)
{
    return strapi_add(m->schema, v, m->why);
}

static const struct {
    str folder;
    enum err (*take)(struct strapi *m, const struct json *line);
} sections[] = {
    {STR("schemas/"), take_schema}, {STR("entities/"), take_entity}, {STR("links/"), take_link}, {STR("configuration/"), take_setting}};

static enum err take_line(struct line_sink *self, str line, struct problem *why)
{
    struct strapi *m = (struct strapi *)(void *)self;
    const struct json *v;
    arena_reset(m->line);
    TRY(json_read(m->line, line, NULL, arena_format(m->line, "%s", m->tar.name), &v, why));
    transfer_show(m->to, tar_file_progress(m->file) / 2);
    m->seen[m->section]++;
    return sections[m->section].take(m, v);
}

static enum err take_entry(struct strapi *m)
{
    str name = str_of(m->tar.name);
    if (str_starts(name, S("./")))
        name = str_slice(name, 2, name.len);
    for (size_t i = 0; i < COUNTOF(sections); i++)
        if (str_starts(name, sections[i].folder) && str_ends(name, S(".jsonl"))) {
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
    if (m->seen[0] == 0)
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

static enum err read_all(struct strapi *m)
{
    TRY(read_archive(m));
    settle_languages(m);
    strapi_settle(m->schema, m->languages.count > 0, m->to);
    TRY(strapi_join(m));
    TRY(transfer_languages(m->to, m->languages.codes, m->languages.count, m->why));
    TRY(strapi_define(m->schema, m->to, m->why));
    TRY(strapi_give(m));
    transfer_tell_count(m->to, m->tally.pending, "published items have changes that are not: the published version was taken");
    transfer_tell_count(m->to, m->tally.drafts_left, "translations of published items that are drafts were not brought along");
    transfer_tell_count(m->to, m->tally.without_default, "items say nothing in the default language: they say there what they say in another");
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

#include "content/languages/translations.h"

#include <stdlib.h>

#include "base/limits.h"
#include "content/kind.h"

static struct cell cell_of(const struct json *v)
{
    switch (v->type) {
    case JSON_INT: return CELL_OF_INT(v->integer);
    case JSON_REAL: return CELL_OF_REAL(v->real);
    case JSON_TEXT: return CELL_OF_TEXT(v->text);
    case JSON_BOOL: return CELL_OF_INT(v->boolean);
    case JSON_NULL:
    case JSON_LIST:
    case JSON_MAP:
    case JSON_BYTES: break;
    }
    return CELL_OF_NULL;
}

static struct json json_of_cell(const struct cell *c)
{
    switch (c->type) {
    case CELL_INT: return json_of_int(c->integer);
    case CELL_REAL: return json_of_real(c->real);
    case CELL_TEXT: return json_of_text(c->text);
    case CELL_NULL:
    case CELL_BLOB: break;
    }
    return json_null;
}

/* The text was written by translation_put: no blanks, two levels, scalars at the bottom. */
struct scan {
    str text;
    size_t at;
};

static bool skip(struct scan *s, char c)
{
    bool is = s->at < s->text.len && s->text.at[s->at] == c;
    s->at += is;
    return is;
}

static str quoted(struct scan *s)
{
    size_t start = ++s->at;
    while (s->at < s->text.len && s->text.at[s->at] != '"')
        s->at += s->text.at[s->at] == '\\' ? 2 : 1;
    size_t end = s->at < s->text.len ? s->at : s->text.len;
    s->at = end + 1;
    return str_slice(s->text, start, end);
}

static str scalar(struct scan *s)
{
    size_t start = s->at;
    if (s->at < s->text.len && s->text.at[s->at] == '"')
        (void)quoted(s);
    else
        while (s->at < s->text.len && s->text.at[s->at] != ',' && s->text.at[s->at] != '}')
            s->at++;
    return str_slice(s->text, start, s->at < s->text.len ? s->at : s->text.len);
}

/* Inside one language, behind its '{'. */
static bool find_in_language(struct scan *s, str id, bool wanted, str *out)
{
    bool found = false;
    while (s->at < s->text.len && !skip(s, '}')) {
        (void)skip(s, ',');
        str name = quoted(s);
        (void)skip(s, ':');
        str value = scalar(s);
        if (wanted && !found && str_equal(name, id)) {
            *out = value;
            found = true;
        }
    }
    return found;
}

static struct cell cell_of_text(struct arena *a, str raw)
{
    const struct json *v = NULL;
    struct problem quiet = {.arena = a};
    bool plain = raw.len >= 2 && raw.at[0] == '"' && !memchr(raw.at, '\\', raw.len);
    if (plain)
        return CELL_OF_TEXT(str_slice(raw, 1, raw.len - 1));
    if (json_read(a, raw, NULL, (str){0}, &v, &quiet) != ERR_OK)
        return CELL_OF_NULL;
    return cell_of(v);
}

struct cell translation_cell(struct arena *a, str i18n, str code, uint32_t field)
{
    char room[16];
    struct buf id = {.at = room, .room = sizeof room, .max = sizeof room};
    struct scan s = {i18n, 0};
    str raw;
    buf_u64(&id, field);
    if (!skip(&s, '{'))
        return CELL_OF_NULL;
    while (s.at < s.text.len && !skip(&s, '}')) {
        (void)skip(&s, ',');
        bool wanted = str_equal(quoted(&s), code);
        if (!skip(&s, ':') || !skip(&s, '{'))
            return CELL_OF_NULL;
        bool found = find_in_language(&s, buf_str(&id), wanted, &raw);
        if (wanted)
            return found ? cell_of_text(a, raw) : CELL_OF_NULL;
    }
    return CELL_OF_NULL;
}

static str id_text(struct arena *a, const struct field *f)
{
    return arena_format(a, "%u", f->id);
}

struct cell translation_of(struct arena *a, const struct json *i18n, str code, const struct field *f)
{
    const struct json *v = json_get(json_get(i18n, code), id_text(a, f));
    return v ? cell_of(v) : CELL_OF_NULL;
}

static int by_name(const void *l, const void *r)
{
    return str_order(((const struct json *)l)->name, ((const struct json *)r)->name);
}

/* A map with one member put in, in order; JSON_NULL takes it out. What is empty is null. */
static struct json with_member(struct arena *a, const struct json *map, str name, struct json value)
{
    uint32_t had = map && map->type == JSON_MAP ? map->count : 0;
    struct json *members = NEW_N(a, struct json, had + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < had; i++)
        if (!str_equal(map->items[i].name, name))
            members[count++] = map->items[i];
    if (value.type != JSON_NULL)
        members[count++] = json_named(name, value);
    qsort(members, count, sizeof *members, by_name);
    return count ? json_of_map(members, count) : json_null;
}

static bool is_empty(const struct json *v)
{
    return v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.len == 0) || (v->type == JSON_LIST && v->count == 0);
}

struct json translation_put(struct arena *a, const struct json *i18n, str code, const struct field *f,
                            const struct json *canonical)
{
    struct cell cell = is_empty(canonical) ? CELL_OF_NULL : kind_cell(a, f, canonical);
    struct json language = with_member(a, json_get(i18n, code), id_text(a, f), json_of_cell(&cell));
    return with_member(a, i18n, code, language);
}

struct json translation_drop(struct arena *a, const struct json *i18n, str code)
{
    return with_member(a, i18n, code, json_null);
}

static struct json moved_document(struct arena *a, const struct json *cell, const struct json *moves)
{
    struct problem quiet = {.arena = a};
    const struct json *document = NULL;
    if (!moves || cell->type != JSON_TEXT || json_read(a, cell->text, NULL, (str){0}, &document, &quiet) != ERR_OK)
        return *cell;
    struct json moved = members_move(a, document, moves);
    return json_of_text(json_print(a, &moved));
}

struct json translations_carry(struct arena *a, const struct json *i18n, uint32_t from, uint32_t to,
                               const struct json *moves)
{
    str was = arena_format(a, "%u", from), now = arena_format(a, "%u", to);
    struct json out = *i18n;
    for (uint32_t i = 0; i18n->type == JSON_MAP && i < i18n->count; i++) {
        const struct json *language = &i18n->items[i], *cell = json_get(language, was);
        if (!cell)
            continue;
        struct json rest = with_member(a, language, was, json_null);
        out = with_member(a, &out, language->name, with_member(a, &rest, now, moved_document(a, cell, moves)));
    }
    return out;
}

struct json image_value(struct arena *a, const struct json *image, const struct field *f, const struct lens *lens)
{
    const struct json *own = json_get(image, f->name), *i18n = json_get(image, S("_i18n"));
    size_t count = lens && f->localized && !lens->every_locale ? lens->locale_count : 0;
    for (size_t i = 0; i < count; i++) {
        if (lens->locales[i]->standard && own && own->type != JSON_NULL)
            return *own;
        struct cell cell = translation_of(a, i18n, lens->locales[i]->code, f);
        if (!lens->locales[i]->standard && cell.type != CELL_NULL)
            return kind_value(a, f, &cell);
    }
    return count || !own ? json_null : *own;
}

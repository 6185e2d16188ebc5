/* The tree is built without recursion. Values pile up as they are read; a list or map lies below
 * its members. When it closes, its members are copied down to the arena in one piece and taken from
 * the pile, so the members of each list or map end up side by side. */
#include "base/json_scan.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdlib.h>

#define PILE_FIRST 96u /* enough for a usual entry; beyond that malloc */

struct frame {
    size_t first;        /* of its members on the pile */
    uint64_t names_seen; /* a bit per name_hint() */
    const char *opened_at;
    bool is_map;
};

struct reader {
    struct json_scan scan;
    unsigned depth, depth_max;
    uint32_t count, count_max;
    size_t piled, room;
    struct json *pile; /* `first_pile` or malloc'd */
    struct frame frames[LIMIT_JSON_DEPTH];
    struct json first_pile[PILE_FIRST];
};

static enum err read_tree(struct reader *r);

enum err json_read(struct arena *a, str text, const struct json_options *options, str where,
                   const struct json **out, struct problem *why)
{
    static const struct json_options usual = {0};
    if (options == NULL)
        options = &usual;
    must(options->depth_max <= LIMIT_JSON_DEPTH);
    struct reader r;
    const char *at = text.at != NULL ? text.at : "";
    r.scan = (struct json_scan){.at = at,
                                .end = at + text.len,
                                .begin = at,
                                .arena = a,
                                .why = why,
                                .where = where,
                                .json5 = options->dialect == JSON_5};
    r.depth = 0;
    r.depth_max = options->depth_max != 0 ? options->depth_max : LIMIT_JSON_DEPTH;
    r.count = 0;
    r.count_max = options->count_max != 0 ? options->count_max : LIMIT_JSON_VALUES;
    r.piled = 0;
    r.room = PILE_FIRST;
    r.pile = r.first_pile;
    enum err e = read_tree(&r);
    if (e == ERR_OK) {
        struct json *root = NEW(a, struct json);
        *root = r.pile[0];
        *out = root;
    }
    if (r.pile != r.first_pile)
        free(r.pile);
    return e;
}

/* ---- mistakes, with advice where we can guess what was meant */

struct advice {
    const char *found; /* one of these bytes */
    const char *hint;
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The first row that fits is said. JSON5 never fails at what it allows. */
static const struct advice for_values[] = {
    {"'", "Texts are written in double quotes."},
    {"+", "Numbers do not begin with '+'."},
    {".", "Write a digit before the decimal point."},
    {"NI", "NaN and Infinity are not accepted."},
    {LOWER UPPER, "The only words are true, false and null."},
    {"/#", "Comments are not part of JSON."},
    {NULL, NULL},
};
static const struct advice for_names[] = {
    {"'" LOWER UPPER "_$", "Names are written in double quotes."},
    {"0123456789", "Names are written in quotes."},
    {"/#", "Comments are not part of JSON."},
    {NULL, NULL},
};
static const struct advice for_ends[] = {
    {"/#", "Comments are not part of JSON."},
    {NULL, NULL},
};

static const char *advice_at(const struct json_scan *s, const struct advice *table)
{
    if (s->at == s->end || *s->at == '\0')
        return NULL;
    if (*s->at == ']' || *s->at == '}') {
        const char *p = s->at;
        while (p > s->begin && json_is_blank(p[-1]))
            p--;
        return p > s->begin && p[-1] == ',' ? "There is a comma too many." : NULL;
    }
    while (table->found != NULL && strchr(table->found, *s->at) == NULL)
        table++;
    return table->hint;
}

static enum err fail_here(const struct reader *r, const struct advice *table, const char *expected)
{
    const struct json_scan *s = &r->scan;
    struct json_found f = json_found_at(s, s->at);
    return json_fail(s, s->at, RULE_SYNTAX, advice_at(s, table), "Expected %s but found %s",
                     expected, f.text);
}

static enum err fail_after_value(const struct reader *r)
{
    const struct json_scan *s = &r->scan;
    const struct frame *f = &r->frames[r->depth - 1];
    if (s->at == s->end)
        return json_fail(s, f->opened_at, RULE_SYNTAX, NULL, "The %s is never closed",
                         f->is_map ? "map" : "list");
    return fail_here(r, for_ends, f->is_map ? "',' or '}'" : "',' or ']'");
}

static enum err fail_twice(const struct reader *r, const char *at, str name)
{
    /* Enough of the name to find it, cut between characters. */
    str shown = utf8_cut(name, 64);
    return json_fail(&r->scan, at, RULE_TWICE, NULL, "The name \"" STR_FMT "%s\" is there twice",
                     STR_ARG(shown), shown.len < name.len ? "…" : "");
}

/* ---- the pile */

static struct json *push(struct reader *r, str name)
{
    if (r->piled == r->room) {
        size_t bytes = r->room * sizeof(struct json);
        struct json *more = realloc(r->pile != r->first_pile ? r->pile : NULL, 2 * bytes);
        must(more != NULL && "out of memory");
        if (r->pile == r->first_pile)
            memcpy(more, r->first_pile, bytes);
        r->pile = more;
        r->room *= 2;
    }
    struct json *v = &r->pile[r->piled++];
    v->name = name;
    v->count = 0;
    return v;
}

static enum err open_scope(struct reader *r, struct json *v, bool is_map)
{
    if (r->depth == r->depth_max)
        return json_fail(&r->scan, r->scan.at, RULE_DEPTH, NULL,
                         "Lists and maps are nested more than %u deep", r->depth_max);
    v->type = is_map ? JSON_MAP : JSON_LIST;
    v->items = &json_null; /* an empty one has a place, too: items + count is always legal */
    r->frames[r->depth++] =
        (struct frame){.first = r->piled, .opened_at = r->scan.at, .is_map = is_map};
    r->scan.at++;
    return ERR_OK;
}

static enum err check_many_names(struct reader *r, const struct json *items, uint32_t count)
{
    struct json_names names;
    uint32_t twice = 0;
    bool is_fine = json_names_open(&names, items, count, &twice);
    json_names_close(&names);
    if (is_fine)
        return ERR_OK;
    /* A name with escapes was decoded elsewhere; then we can only point at the end of its map. */
    uintptr_t name = (uintptr_t)items[twice].name.at;
    bool is_slice = name > (uintptr_t)r->scan.begin && name < (uintptr_t)r->scan.end;
    return fail_twice(r, is_slice ? items[twice].name.at - 1 : r->scan.at, items[twice].name);
}

static enum err close_scope(struct reader *r)
{
    const struct frame *f = &r->frames[r->depth - 1];
    size_t count = r->piled - f->first;
    if (f->is_map && count > JSON_NAMES_FEW)
        TRY(check_many_names(r, r->pile + f->first, (uint32_t)count));
    if (count > 0) {
        struct json *items = NEW_N(r->scan.arena, struct json, count);
        memcpy(items, r->pile + f->first, count * sizeof(struct json));
        struct json *v = &r->pile[f->first - 1];
        v->count = (uint32_t)count;
        v->items = items;
    }
    r->piled = f->first;
    r->depth--;
    r->scan.at++;
    return ERR_OK;
}

/* ---- the grammar */

static char peek(const struct reader *r)
{
    return r->scan.at < r->scan.end ? *r->scan.at : '\0';
}

/* Four cheap bytes of a name in six bits: tells most names apart without looking at siblings. */
static unsigned name_hint(str name)
{
    if (name.len == 0)
        return 0;
    uint64_t mix = (uint64_t)(unsigned char)name.at[0] |
                   (uint64_t)(unsigned char)name.at[name.len - 1] << 8 |
                   (uint64_t)(unsigned char)name.at[name.len / 2] << 16 | (uint64_t)name.len << 24;
    return (unsigned)(mix * 0x9E3779B97F4A7C15u >> 58);
}

static enum err check_name(struct reader *r, const char *at, str name)
{
    struct frame *f = &r->frames[r->depth - 1];
    uint64_t bit = (uint64_t)1 << name_hint(name);
    bool may_be_there = (f->names_seen & bit) != 0;
    f->names_seen |= bit;
    if (!may_be_there || r->piled - f->first >= JSON_NAMES_FEW)
        return ERR_OK; /* a big map is checked as a whole when it closes */
    for (size_t i = f->first; i < r->piled; i++) {
        if (str_equal(r->pile[i].name, name))
            return fail_twice(r, at, name);
    }
    return ERR_OK;
}

/* A name and its colon; what comes next is the value. */
static enum err read_name(struct reader *r, str *name)
{
    struct json_scan *s = &r->scan;
    const char *at = s->at;
    char c = peek(r);
    if (c == '"' || (c == '\'' && s->json5))
        TRY(json_scan_text(s, name));
    else if (s->json5 && json_begins_bare_name(s))
        TRY(json_scan_bare_name(s, name));
    else
        return fail_here(r, for_names, "a name");
    TRY(check_name(r, at, *name));
    TRY(json_skip(s));
    if (peek(r) != ':')
        return fail_here(r, for_ends, "':' after the name");
    s->at++;
    return json_skip(s);
}

static enum err read_word(struct reader *r, str name)
{
    static const struct {
        str word;
        enum json_type type;
        bool boolean;
    } words[] = {
        {STR("null"), JSON_NULL, false},
        {STR("true"), JSON_BOOL, true},
        {STR("false"), JSON_BOOL, false},
    };
    str rest = {r->scan.at, (size_t)(r->scan.end - r->scan.at)};
    for (size_t i = 0; i < COUNTOF(words); i++) {
        str word = words[i].word;
        if (rest.len < word.len || memcmp(rest.at, word.at, word.len) != 0)
            continue;
        struct json *v = push(r, name);
        v->type = words[i].type;
        v->integer = 0;
        v->boolean = words[i].boolean;
        r->scan.at += word.len;
        return ERR_OK;
    }
    return fail_here(r, for_values, "a value");
}

/* One value; of a list or map only its opening bracket. */
static enum err read_value(struct reader *r, str name, bool *opened)
{
    struct json_scan *s = &r->scan;
    char c = peek(r);
    if (r->count++ == r->count_max)
        return json_fail(s, s->at, RULE_COUNT, NULL, "There are more than %u values", r->count_max);
    if (c == '"' || (c == '\'' && s->json5)) {
        struct json *v = push(r, name);
        v->type = JSON_TEXT;
        return json_scan_text(s, &v->text);
    }
    if (c == '{' || c == '[') {
        *opened = true;
        return open_scope(r, push(r, name), c == '{');
    }
    if ((c >= '0' && c <= '9') || c == '-' || (s->json5 && (c == '+' || c == '.')))
        return json_scan_number(s, push(r, name));
    return read_word(r, name);
}

static char closing(const struct reader *r)
{
    return r->frames[r->depth - 1].is_map ? '}' : ']';
}

/* Behind an opening bracket: closes an empty list or map at once. */
static enum err step_in(struct reader *r, str *name, bool *is_open)
{
    TRY(json_skip(&r->scan));
    if (peek(r) == closing(r)) {
        *is_open = false;
        return close_scope(r);
    }
    return r->frames[r->depth - 1].is_map ? read_name(r, name) : ERR_OK;
}

/* Behind a value: up to the next one, closing what ends here. */
static enum err step_on(struct reader *r, str *name)
{
    struct json_scan *s = &r->scan;
    for (;;) {
        TRY(json_skip(s));
        if (r->depth == 0)
            return ERR_OK;
        if (peek(r) == ',') {
            s->at++;
            TRY(json_skip(s));
            if (!s->json5 || peek(r) != closing(r))
                return r->frames[r->depth - 1].is_map ? read_name(r, name) : ERR_OK;
        }
        if (peek(r) != closing(r))
            return fail_after_value(r);
        TRY(close_scope(r));
    }
}

static enum err read_tree(struct reader *r)
{
    struct json_scan *s = &r->scan;
    if (s->end - s->at >= 3 && memcmp(s->at, "\xEF\xBB\xBF", 3) == 0)
        return json_fail(s, s->at, RULE_SYNTAX, "Send UTF-8 without it.",
                         "The text begins with a byte order mark");
    TRY(json_skip(s));
    str name = {0};
    do {
        bool is_open = false;
        TRY(read_value(r, name, &is_open));
        name = (str){0};
        if (is_open)
            TRY(step_in(r, &name, &is_open));
        if (!is_open)
            TRY(step_on(r, &name));
    } while (r->depth > 0);
    return s->at == s->end ? ERR_OK : fail_here(r, for_ends, "the end of the text");
}

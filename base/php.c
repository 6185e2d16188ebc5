/* Recursive descent over PHP's literals, at most PHP_DEPTH deep. */
#include "base/php.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"

#define PHP_DEPTH (LIMIT_JSON_DEPTH - 1)

struct php {
    struct arena *arena;
    str text, where;
    size_t at;
    unsigned depth;
    uint32_t values;
    struct problem *why;
};

static enum err refuse(struct php *p, const char *what)
{
    size_t line = 1;
    for (size_t i = 0; i < p->at && i < p->text.len; i++)
        line += p->text.at[i] == '\n';
    return problem_set(p->why, ERR_BAD_INPUT, STR_FMT ", line %zu: %s", STR_ARG(p->where), line, what);
}

static bool looks(const struct php *p, str word)
{
    return str_starts(str_slice(p->text, p->at, p->text.len), word);
}

static void skip_until(struct php *p, str end)
{
    while (p->at < p->text.len && !looks(p, end))
        p->at++;
    p->at = p->at + end.len < p->text.len ? p->at + end.len : p->text.len;
}

static void skip(struct php *p)
{
    while (p->at < p->text.len) {
        char c = p->text.at[p->at];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            p->at++;
        else if (c == '#' || looks(p, S("//")))
            skip_until(p, S("\n"));
        else if (looks(p, S("/*")))
            skip_until(p, S("*/"));
        else
            return;
    }
}

/* A mark, with what may stand in front of it. */
static bool mark(struct php *p, str word)
{
    skip(p);
    if (!looks(p, word))
        return false;
    p->at += word.len;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\\';
}

/* A word in any letter case; nothing of a longer one. */
static bool word(struct php *p, str want)
{
    skip(p);
    str here = str_slice(p->text, p->at, p->at + want.len);
    size_t end = p->at + want.len;
    if (!str_equal_nocase(here, want) || (end < p->text.len && is_letter(p->text.at[end])))
        return false;
    p->at = end;
    return true;
}

/* Texts. */

static bool escaped(char quote, char c, char *out)
{
    static const char plain[] = "\\'", names[] = "\\\"$nrt0", meanings[] = "\\\"$\n\r\t\0";
    const char *at = memchr(quote == '"' ? names : plain, c, quote == '"' ? sizeof names - 1 : sizeof plain - 1);
    if (at)
        *out = quote == '"' ? meanings[at - names] : c;
    return at != NULL;
}

static enum err read_quoted(struct php *p, struct buf *out)
{
    char quote = p->text.at[p->at++];
    for (; p->at < p->text.len && p->text.at[p->at] != quote; p->at++) {
        char c = p->text.at[p->at], meant;
        if (quote == '"' && (c == '$' || c == '{'))
            return refuse(p, "a text with a variable in it is code, and only values are read");
        if (c == '\\' && p->at + 1 < p->text.len && escaped(quote, p->text.at[p->at + 1], &meant)) {
            buf_byte(out, meant);
            p->at++;
        } else if (c == '\\' && quote == '"') {
            return refuse(p, "this escape is not understood");
        } else {
            buf_byte(out, c);
        }
    }
    if (p->at >= p->text.len)
        return refuse(p, "a text does not end");
    p->at++;
    return ERR_OK;
}

static bool at_quote(struct php *p)
{
    skip(p);
    return p->at < p->text.len && (p->text.at[p->at] == '\'' || p->text.at[p->at] == '"');
}

static enum err read_text(struct php *p, str *out)
{
    struct buf b;
    buf_init(&b, p->arena, p->text.len + 1);
    do {
        if (!at_quote(p))
            return refuse(p, "only texts can be joined");
        TRY(read_quoted(p, &b));
    } while (mark(p, S(".")));
    *out = buf_str(&b);
    return utf8_valid(*out) ? ERR_OK : refuse(p, "a text is not UTF-8");
}

/* Numbers: JSON knows them all, but for PHP's underscores, octals and the least integer. */
static enum err read_number(struct php *p, struct json *out)
{
    size_t from = p->at;
    const struct json *v;
    struct problem own = {.arena = p->arena};
    while (p->at < p->text.len && memchr("+-.0123456789eE", p->text.at[p->at], 15))
        p->at++;
    str digits = str_slice(p->text, from, p->at);
    if (str_equal(digits, S("-9223372036854775807-1"))) {
        *out = json_of_int(INT64_MIN);
        return ERR_OK;
    }
    if (json_read(p->arena, digits, NULL, S("number"), &v, &own) != ERR_OK || (v->type != JSON_INT && v->type != JSON_REAL))
        return refuse(p, "this is no number");
    *out = *v;
    return ERR_OK;
}

static enum err read_value(struct php *p, struct json *out);

/* Arrays. */

struct entries {
    struct json *at;                  /* with names; of a list "0", "1" … */
    size_t count, room;
    struct map *places;               /* name -> 1 + place */
    int64_t next;                     /* the key of an element without one */
    bool is_list;
};

static void put(struct php *p, struct entries *e, str name, struct json v)
{
    size_t place = (size_t)(uintptr_t)map_get(e->places, name);
    if (place == 0) {
        if (e->count == e->room) {
            size_t room = e->room ? 2 * e->room : 8;
            e->at = arena_grow(p->arena, e->at, e->room * sizeof *e->at, room * sizeof *e->at);
            e->room = room;
        }
        place = ++e->count;
        (void)map_put(e->places, name, (void *)(uintptr_t)place);
    }
    e->at[place - 1] = json_named(name, v);
}

/* What a key is: "5" is 5, true is 1, null is "". Keys that PHP would round are refused. */
static enum err key_of(struct php *p, const struct json *v, struct entries *e, str *out)
{
    int64_t n;
    bool is_number = v->type == JSON_INT || v->type == JSON_BOOL;
    if (!is_number && v->type != JSON_TEXT)
        return refuse(p, "a key must be a text or a whole number");
    n = v->type == JSON_BOOL ? v->boolean : v->type == JSON_INT ? v->integer : 0;
    str digits = v->type == JSON_TEXT ? v->text : arena_format(p->arena, "%lld", (long long)n);
    if (v->type == JSON_TEXT && str_to_i64(v->text, &n))
        is_number = str_equal(arena_format(p->arena, "%lld", (long long)n), v->text);
    e->is_list &= is_number && n >= 0 && (uint64_t)n == e->count;
    if (is_number && n >= e->next && n < INT64_MAX)
        e->next = n + 1;
    *out = digits;
    return ERR_OK;
}

static enum err read_entry(struct php *p, struct entries *e)
{
    struct json key, v;
    str name;
    TRY(read_value(p, &key));
    bool named = mark(p, S("=>"));
    v = key;
    if (named)
        TRY(read_value(p, &v));
    struct json place = json_of_int(e->next);
    bool is_again = false;
    size_t before = e->count;
    bool was_list = e->is_list;
    TRY(key_of(p, named ? &key : &place, e, &name));
    is_again = map_get(e->places, name) != NULL;
    put(p, e, name, v);
    if (is_again && e->count == before)
        e->is_list = was_list;
    return ERR_OK;
}

static enum err read_array(struct php *p, str end, struct json *out)
{
    struct entries e = {.places = map_new(p->arena, 8), .is_list = true};
    while (!mark(p, end)) {
        TRY(read_entry(p, &e));
        if (!mark(p, S(","))) {
            if (!mark(p, end))
                return refuse(p, "an array ends here, or a comma is missing");
            break;
        }
    }
    for (size_t i = 0; e.is_list && i < e.count; i++)
        e.at[i].name = (str){0};
    *out = e.is_list ? json_of_list(e.at, e.count) : json_of_map(e.at, e.count);
    return ERR_OK;
}

static enum err read_nested(struct php *p, struct json *out)
{
    if (++p->depth > PHP_DEPTH)
        return refuse(p, "arrays are nested too deeply");
    bool is_old = word(p, S("array"));
    if (is_old && !mark(p, S("(")))
        return refuse(p, "array needs a parenthesis");
    if (!is_old && !mark(p, S("[")))
        return refuse(p, "only texts, numbers, true, false, null and arrays are read, no code");
    TRY(read_array(p, is_old ? S(")") : S("]"), out));
    p->depth--;
    return ERR_OK;
}

static enum err read_value(struct php *p, struct json *out)
{
    skip(p);
    if (++p->values > LIMIT_JSON_VALUES)
        return refuse(p, "too many values");
    if (p->at >= p->text.len)
        return refuse(p, "it ends too early");
    char c = p->text.at[p->at];
    if (at_quote(p)) {
        *out = (struct json){.type = JSON_TEXT};
        return read_text(p, &out->text);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(p, out);
    if (word(p, S("null")))
        *out = json_null;
    else if (word(p, S("true")))
        *out = json_true;
    else if (word(p, S("false")))
        *out = json_false;
    else
        return read_nested(p, out);
    return ERR_OK;
}

enum err php_read(struct arena *a, str text, str where, const struct json **out, struct problem *why)
{
    struct php p = {.arena = a, .text = text, .where = where, .why = why};
    struct json *v = NEW(a, struct json);
    *out = NULL;
    if (!word(&p, S("<?php")))
        return refuse(&p, "a file of PHP begins with <?php");
    if (!word(&p, S("return")))
        return refuse(&p, "only \"return\" and a value are read, no code");
    TRY(read_value(&p, v));
    if (!mark(&p, S(";")))
        return refuse(&p, "only values are read, no code");
    (void)mark(&p, S("?>"));
    skip(&p);
    if (p.at < p.text.len)
        return refuse(&p, "something follows the value");
    *out = v;
    return ERR_OK;
}

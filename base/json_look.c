#include "base/json_scan.h"

#include "base/limits.h"

#include <math.h>
#include <stdlib.h>

const struct json json_null = {.type = JSON_NULL};
const struct json json_true = {.type = JSON_BOOL, .boolean = true};
const struct json json_false = {.type = JSON_BOOL, .boolean = false};

const char *json_type_name(enum json_type t)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",   [JSON_BOOL] = "boolean", [JSON_INT] = "integer",
        [JSON_REAL] = "number", [JSON_TEXT] = "text",    [JSON_LIST] = "list",
        [JSON_MAP] = "map",     [JSON_BYTES] = "bytes",
    };
    must((unsigned)t < COUNTOF(names));
    return names[t];
}

/* ---- finding */

const struct json *json_get(const struct json *v, str name)
{
    if (v == NULL || v->type != JSON_MAP)
        return NULL;
    for (uint32_t i = 0; i < v->count; i++) {
        if (str_equal(v->items[i].name, name))
            return &v->items[i];
    }
    return NULL;
}

/* Is `part` of a pointer, with its "~0" and "~1", this name? */
static bool part_is(str part, str name)
{
    size_t n = 0;
    for (size_t i = 0; i < part.len; i++, n++) {
        char c = part.at[i];
        if (c == '~') {
            if (++i == part.len || (part.at[i] != '0' && part.at[i] != '1'))
                return false;
            c = part.at[i] == '0' ? '~' : '/';
        }
        if (n >= name.len || name.at[n] != c)
            return false;
    }
    return n == name.len;
}

static const struct json *item_at(const struct json *list, str part)
{
    uint64_t index;
    bool has_zero = part.len > 1 && part.at[0] == '0';
    if (has_zero || list->count == 0 || !str_to_u64(part, list->count - 1, &index))
        return NULL;
    return &list->items[index];
}

static const struct json *member_at(const struct json *map, str part)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (part_is(part, map->items[i].name))
            return &map->items[i];
    }
    return NULL;
}

const struct json *json_at(const struct json *v, str pointer)
{
    if (pointer.len == 0)
        return v;
    if (pointer.at[0] != '/')
        return NULL;
    str rest = str_slice(pointer, 1, pointer.len), part;
    bool ended = false;
    while (v != NULL && str_next(&rest, &ended, '/', &part)) {
        if (v->type == JSON_LIST)
            v = item_at(v, part);
        else if (v->type == JSON_MAP)
            v = member_at(v, part);
        else
            v = NULL;
    }
    return v;
}

/* ---- equality */

struct pair_frame {
    const struct json *a, *b;
    uint32_t next;
};

struct pairs {
    struct pair_frame frames[LIMIT_JSON_TREE_DEPTH];
    unsigned depth;
    /* One per frame: names of b, once a name of a big map was not where it was expected. Rarely
     * needed, so not on the stack. */
    struct json_names *names;
};

static bool int_equals_real(int64_t n, double d)
{
    /* 2^63 is a double; below it every whole double is an int64. */
    return d >= -0x1p63 && d < 0x1p63 && trunc(d) == d && (int64_t)d == n;
}

static bool scalars_equal(const struct json *a, const struct json *b)
{
    if (a->type == JSON_INT && b->type == JSON_REAL)
        return int_equals_real(a->integer, b->real);
    if (a->type == JSON_REAL && b->type == JSON_INT)
        return int_equals_real(b->integer, a->real);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return a->boolean == b->boolean;
    case JSON_INT:
        return a->integer == b->integer;
    case JSON_REAL:
        return !(a->real < b->real) && !(a->real > b->real);
    case JSON_TEXT:
        return str_equal(a->text, b->text);
    case JSON_BYTES:
        return a->bytes == b->bytes;
    case JSON_LIST:
    case JSON_MAP:
        return a->count == b->count;
    }
    return false;
}

/* The value of b that goes with value i of a. Equal maps mostly have equal order. */
static const struct json *partner(struct pairs *p, const struct pair_frame *f, uint32_t i)
{
    str name = f->a->items[i].name;
    if (f->a->type == JSON_LIST || str_equal(f->b->items[i].name, name))
        return &f->b->items[i];
    if (f->b->count <= JSON_NAMES_FEW)
        return json_get(f->b, name);
    if (p->names == NULL) {
        p->names = calloc(LIMIT_JSON_TREE_DEPTH, sizeof(struct json_names));
        must(p->names != NULL && "out of memory");
    }
    struct json_names *names = &p->names[p->depth - 1];
    uint32_t twice;
    if (names->slots == NULL && !json_names_open(names, f->b->items, f->b->count, &twice))
        return NULL;
    return json_names_get(names, name);
}

static void pop(struct pairs *p)
{
    p->depth--;
    if (p->names != NULL)
        json_names_close(&p->names[p->depth]);
}

bool json_is_text(const struct json *v, str text)
{
    return v != NULL && v->type == JSON_TEXT && str_equal(v->text, text);
}

bool json_equal(const struct json *a, const struct json *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    struct pairs p;
    p.depth = 0;
    p.names = NULL;
    bool is_equal = scalars_equal(a, b);
    for (;;) {
        if (is_equal && (a->type == JSON_LIST || a->type == JSON_MAP)) {
            must(p.depth < LIMIT_JSON_TREE_DEPTH);
            p.frames[p.depth++] = (struct pair_frame){.a = a, .b = b};
        }
        while (p.depth > 0 &&
               (!is_equal || p.frames[p.depth - 1].next == p.frames[p.depth - 1].a->count))
            pop(&p);
        if (p.depth == 0)
            break;
        struct pair_frame *f = &p.frames[p.depth - 1];
        a = &f->a->items[f->next];
        b = partner(&p, f, f->next++);
        is_equal = b != NULL && scalars_equal(a, b);
    }
    free(p.names);
    return is_equal;
}

/* ---- making */

struct json json_of_text(str s)
{
    return (struct json){.type = JSON_TEXT, .text = s};
}

struct json json_of_int(int64_t n)
{
    return (struct json){.type = JSON_INT, .integer = n};
}

struct json json_of_real(double d)
{
    return (struct json){.type = JSON_REAL, .real = d};
}

struct json json_of_bool(bool b)
{
    return (struct json){.type = JSON_BOOL, .boolean = b};
}

static struct json of_items(enum json_type type, const struct json *items, size_t count)
{
    must(count <= UINT32_MAX && (items != NULL || count == 0));
    return (struct json){
        .type = type, .count = (uint32_t)count, .items = items != NULL ? items : &json_null};
}

struct json json_of_list(const struct json *items, size_t count)
{
    return of_items(JSON_LIST, items, count);
}

struct json json_of_map(const struct json *members, size_t count)
{
    return of_items(JSON_MAP, members, count);
}

struct json json_named(str name, struct json v)
{
    v.name = name;
    return v;
}

/* ---- copying */

struct copy_frame {
    struct json *items;
    uint32_t next, count;
};

/* Turns a shallow copy into a deep one, but for its members, which go on the stack. */
static void deepen(struct arena *a, struct json *v, struct copy_frame *frames, unsigned *depth)
{
    v->name = arena_copy(a, v->name);
    if (v->type == JSON_TEXT)
        v->text = arena_copy(a, v->text);
    if ((v->type != JSON_LIST && v->type != JSON_MAP) || v->count == 0)
        return;
    must(*depth < LIMIT_JSON_TREE_DEPTH);
    struct json *items = NEW_N(a, struct json, v->count);
    memcpy(items, v->items, v->count * sizeof(struct json));
    v->items = items;
    frames[(*depth)++] = (struct copy_frame){.items = items, .count = v->count};
}

struct json json_copy(struct arena *a, const struct json *v)
{
    struct copy_frame frames[LIMIT_JSON_TREE_DEPTH];
    unsigned depth = 0;
    struct json root = *v;
    deepen(a, &root, frames, &depth);
    while (depth > 0) {
        struct copy_frame *f = &frames[depth - 1];
        if (f->next == f->count)
            depth--;
        else
            deepen(a, &f->items[f->next++], frames, &depth);
    }
    return root;
}

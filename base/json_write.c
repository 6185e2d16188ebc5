#include "base/json.h"

#include "base/limits.h"

#include <math.h>

/* Which of the open scopes are maps is remembered for the first 64; that is enough to find a wrong
 * pairing in our code, and deeper trees still come out right. */
static bool in_map(const struct json_writer *w)
{
    return w->depth > 0 && w->depth <= 64 && (w->maps >> (w->depth - 1) & 1) != 0;
}

static void separate(struct json_writer *w)
{
    if (w->has_comma_due)
        buf_byte(w->out, ',');
    w->has_comma_due = true;
}

/* Before any value. A map's values follow their names; at the top there is only one. */
static void begin_value(struct json_writer *w)
{
    if (w->after_name) {
        w->after_name = false;
        w->has_comma_due = true;
        return;
    }
    must(!in_map(w) && (w->depth > 0 || !w->has_comma_due));
    separate(w);
}

static void open_scope(struct json_writer *w, bool is_map)
{
    begin_value(w);
    buf_byte(w->out, is_map ? '{' : '[');
    w->depth++;
    if (w->depth <= 64) {
        uint64_t bit = (uint64_t)1 << (w->depth - 1);
        w->maps = is_map ? w->maps | bit : w->maps & ~bit;
    }
    w->has_comma_due = false;
}

static void close_scope(struct json_writer *w, bool is_map)
{
    must(w->depth > 0 && !w->after_name);
    must(w->depth > 64 || in_map(w) == is_map);
    buf_byte(w->out, is_map ? '}' : ']');
    w->depth--;
    w->has_comma_due = true;
}

void json_begin(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

void json_end(struct json_writer *w)
{
    must(w->depth == 0 && !w->after_name);
}

void json_map_open(struct json_writer *w)
{
    open_scope(w, true);
}

void json_map_close(struct json_writer *w)
{
    close_scope(w, true);
}

struct buf *json_raw_map_open(struct json_writer *w)
{
    open_scope(w, true);
    return w->out;
}

void json_raw_map_close(struct json_writer *w)
{
    close_scope(w, true);
}

void json_raw_value(struct json_writer *w)
{
    must(in_map(w) || w->depth > 64);
    w->after_name = true;
}

void json_list_open(struct json_writer *w)
{
    open_scope(w, false);
}

void json_list_close(struct json_writer *w)
{
    close_scope(w, false);
}

void json_name(struct json_writer *w, str name)
{
    must(!w->after_name && (in_map(w) || w->depth > 64));
    separate(w);
    buf_json_text(w->out, name);
    buf_byte(w->out, ':');
    w->after_name = true;
}

void json_name_ready(struct json_writer *w, str quoted)
{
    must(!w->after_name && (in_map(w) || w->depth > 64));
    separate(w);
    buf_add(w->out, quoted);
    w->after_name = true;
}

void json_text(struct json_writer *w, str s)
{
    begin_value(w);
    buf_json_text(w->out, s);
}

void json_member_text(struct json_writer *w, const char *name, str s)
{
    json_name(w, str_of(name));
    json_text(w, s.len ? s : S(""));
}

void json_member_text_or_null(struct json_writer *w, const char *name, str s)
{
    json_name(w, str_of(name));
    if (str_is_absent(s))
        json_nothing(w);
    else
        json_text(w, s);
}

void json_member_uint(struct json_writer *w, const char *name, uint64_t n)
{
    json_name(w, str_of(name));
    json_uint(w, n);
}

void json_int(struct json_writer *w, int64_t n)
{
    begin_value(w);
    buf_i64(w->out, n);
}

void json_uint(struct json_writer *w, uint64_t n)
{
    begin_value(w);
    buf_u64(w->out, n);
}

void json_real(struct json_writer *w, double d)
{
    begin_value(w);
    /* Sums may overflow; JSON has no word for that but null. */
    if (isfinite(d))
        buf_double(w->out, d);
    else
        buf_add(w->out, S("null"));
}

void json_bool(struct json_writer *w, bool b)
{
    begin_value(w);
    buf_add(w->out, b ? S("true") : S("false"));
}

void json_nothing(struct json_writer *w)
{
    begin_value(w);
    buf_add(w->out, S("null"));
}

void json_ready(struct json_writer *w, str json)
{
    begin_value(w);
    buf_add(w->out, json);
}

static void scalar(struct json_writer *w, const struct json *v)
{
    switch (v->type) {
    case JSON_BOOL:
        json_bool(w, v->boolean);
        break;
    case JSON_INT:
        json_int(w, v->integer);
        break;
    case JSON_REAL:
        json_real(w, v->real);
        break;
    case JSON_TEXT:
        json_text(w, v->text);
        break;
    case JSON_NULL:
    case JSON_BYTES: /* a stream has no text */
    case JSON_LIST:
    case JSON_MAP:
        json_nothing(w);
        break;
    }
}

struct value_frame {
    const struct json *items;
    uint32_t next, count;
    bool is_map;
};

void json_value(struct json_writer *w, const struct json *v)
{
    struct value_frame frames[LIMIT_JSON_TREE_DEPTH];
    unsigned depth = 0;
    for (;;) {
        if (v->type == JSON_LIST || v->type == JSON_MAP) {
            bool is_map = v->type == JSON_MAP;
            must(depth < LIMIT_JSON_TREE_DEPTH);
            frames[depth++] = (struct value_frame){v->items, 0, v->count, is_map};
            open_scope(w, is_map);
        } else {
            scalar(w, v);
        }
        while (depth > 0 && frames[depth - 1].next == frames[depth - 1].count)
            close_scope(w, frames[--depth].is_map);
        if (depth == 0)
            return;
        struct value_frame *f = &frames[depth - 1];
        v = &f->items[f->next++];
        if (f->is_map)
            json_name(w, v->name);
    }
}

str json_print(struct arena *a, const struct json *v)
{
    struct buf b;
    buf_init(&b, a, SIZE_MAX / 4);
    struct json_writer w;
    json_begin(&w, &b);
    json_value(&w, v);
    json_end(&w);
    str out = {0};
    must(buf_done(&b, &out) == ERR_OK);
    return out;
}

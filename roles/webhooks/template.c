#include "base/limits.h"
#include "roles/webhooks/part.h"

/* "data.after.tags.0": names of members and numbers of elements. NULL: there is no such place. */
static const struct json *find(const struct json *from, str path)
{
    bool ended = false;
    str name;
    const struct json *at = from;
    path = str_trim(path);
    while (at && str_next(&path, &ended, '.', &name)) {
        uint64_t index = 0;
        if (at->type == JSON_MAP)
            at = json_get(at, name);
        else if (at->type == JSON_LIST && str_to_u64(name, UINT32_MAX, &index) && index < at->count)
            at = &at->items[index];
        else
            at = NULL;
    }
    return at;
}

static bool find_text(str s, str part, size_t *at)
{
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (memcmp(s.at + i, part.at, part.len) == 0) {
            *at = i;
            return true;
        }
    return false;
}

/* The next "{{…}}" of a text: what stands before it, what is inside, what comes behind. */
static bool next_place(str text, str *before, str *inside, str *behind)
{
    size_t open = 0, close = 0;
    if (!find_text(text, S("{{"), &open) || !find_text(str_slice(text, open + 2, text.len), S("}}"), &close))
        return false;
    *before = str_slice(text, 0, open);
    *inside = str_slice(text, open + 2, open + 2 + close);
    *behind = str_slice(text, open + 2 + close + 2, text.len);
    return true;
}

static void add_inside(struct arena *a, struct buf *to, const struct json *v)
{
    if (v && v->type == JSON_TEXT)
        buf_add(to, v->text);
    else if (v && v->type != JSON_NULL)
        buf_add(to, json_print(a, v));
}

struct filling {
    struct json_writer to;
    struct arena *arena;
    const struct json *from;
    bool is_too_large;
};

/* Nothing more is put in: a template can name what is large a hundred thousand times. */
static bool is_over(const struct filling *f)
{
    return f->is_too_large || f->to.out->failed;
}

static void write_value(struct filling *f, const struct json *v)
{
    if (v)
        json_value(&f->to, v);
    else
        json_nothing(&f->to);
}

static void write_text(struct filling *f, str text)
{
    str before, inside, behind;
    struct buf b;
    if (!next_place(text, &before, &inside, &behind)) {
        json_text(&f->to, text);
        return;
    }
    if (before.len == 0 && behind.len == 0) {
        write_value(f, find(f->from, inside));
        return;
    }
    buf_init(&b, f->arena, LIMIT_WEBHOOK_BODY_BYTES);
    do {
        buf_add(&b, before);
        add_inside(f->arena, &b, find(f->from, inside));
        text = behind;
    } while (!b.failed && next_place(text, &before, &inside, &behind));
    buf_add(&b, text);
    f->is_too_large |= b.failed;
    json_text(&f->to, b.failed ? S("") : buf_str(&b));
}

/* Recursion as deep as a definition may be: the template was read with LIMIT_JSON_DEPTH. */
static void write_filled(struct filling *f, const struct json *v, unsigned depth)
{
    must(depth <= LIMIT_JSON_TREE_DEPTH);
    if (v->type == JSON_TEXT) {
        write_text(f, v->text);
    } else if (v->type == JSON_MAP) {
        json_map_open(&f->to);
        for (uint32_t i = 0; i < v->count && !is_over(f); i++) {
            json_name(&f->to, v->items[i].name);
            write_filled(f, &v->items[i], depth + 1);
        }
        json_map_close(&f->to);
    } else if (v->type == JSON_LIST) {
        json_list_open(&f->to);
        for (uint32_t i = 0; i < v->count && !is_over(f); i++)
            write_filled(f, &v->items[i], depth + 1);
        json_list_close(&f->to);
    } else {
        json_value(&f->to, v);
    }
}

enum err webhook_fill(struct buf *out, const struct json *template, const struct json *from, struct problem *why)
{
    struct filling f = {.arena = arena_open(4096), .from = from};
    json_begin(&f.to, out);
    write_filled(&f, template, 0);
    json_end(&f.to);
    arena_close(f.arena);
    if (!is_over(&f))
        return ERR_OK;
    return problem_set(why, ERR_TOO_LARGE, "What the template makes is larger than %u bytes", LIMIT_WEBHOOK_BODY_BYTES);
}

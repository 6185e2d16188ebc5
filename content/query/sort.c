/* sort=…: {"views":-1,"title":1} or "-views,title". */
#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/query/query.h"

struct sorting {
    struct query *query;
    str where;
    struct problem *why;
    struct sort keys[LIMIT_SORT_KEYS];
    size_t count;
};

#define REFUSE_SORT(s, rule, ...) problem_fault((s)->why, ERR_BAD_INPUT, (s)->where, S(rule), __VA_ARGS__)

static enum err unsortable(struct sorting *s, str name)
{
    return REFUSE_SORT(s, "unsortable", "\"%.*s\" cannot be sorted by.", STR_ARG(short_name(name)));
}

static bool can_be_sorted(const struct field *f, enum func func)
{
    if (func != FUNC_NONE)
        return !f->backwards && func_takes(func, f) && (func == FUNC_COUNT || f->kind->column != COLUMN_JSON) &&
               !is_deep(f);
    return f->is_meta || f->backwards || (f->kind->flags & KIND_SORTABLE);
}

/* "author.name": through references that lead to one item. "posts_via_author" at the end: how many. */
static enum err find_key(struct sorting *s, str name, struct sort *key)
{
    const struct collection *c = s->query->from;
    str rest = name, piece;
    bool ended = false;

    while (str_next(&rest, &ended, '.', &piece)) {
        if (key->by && !(is_reference(key->by) && !key->by->many && key->by->to))
            return unsortable(s, name);
        if (key->by && key->hop_count == LIMIT_SORT_HOPS)
            return REFUSE_SORT(s, "limit", "\"%.*s\" follows more than %u references.", STR_ARG(short_name(name)),
                               LIMIT_SORT_HOPS);
        if (key->by) {
            key->hops[key->hop_count++] = key->by;
            c = key->by->to;
        }
        key->by = known_field(c, s->query->reader, piece);
        key->by = key->by ? key->by : known_relation(c, s->query->reader, piece);
        if (!key->by)
            return query_unknown_field(s->why, s->where, piece);
    }
    return can_be_sorted(key->by, key->func) ? ERR_OK : unsortable(s, name);
}

static bool same_key(const struct sort *l, const struct sort *r)
{
    return l->by == r->by && l->func == r->func && l->hop_count == r->hop_count &&
           memcmp(l->hops, r->hops, l->hop_count * sizeof *l->hops) == 0;
}

static enum err add_sort(struct sorting *s, str name, struct sort key)
{
    for (size_t i = 0; i < s->count; i++)
        if (same_key(&s->keys[i], &key))
            return REFUSE_SORT(s, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(name)));
    if (s->count == LIMIT_SORT_KEYS)
        return REFUSE_SORT(s, "limit", "At most %u fields can be sorted by.", LIMIT_SORT_KEYS);
    s->keys[s->count++] = key;
    return ERR_OK;
}

/* "random", "random(7)": the same order for the same seed. */
static enum err add_random(struct sorting *s, str seed, bool down)
{
    uint64_t n = 0;

    if (seed.len > 0 && (!str_to_u64(seed, INT64_MAX, &n) || n == 0))
        return REFUSE_SORT(s, "type", "random() takes a whole number from 1 on.");
    s->query->seed = (int64_t)n;
    return add_sort(s, S("random"),
                    (struct sort){.by = &s->query->from->fields[META_ID], .down = down, .func = FUNC_RANDOM});
}

static enum err add_key(struct sorting *s, str name, bool down)
{
    struct sort key = {.down = down};
    str word, inner = name;

    if (str_equal(name, S("random")) && !collection_field(s->query->from, name))
        return add_random(s, (str){0}, down);
    if (func_split(name, &word, &inner) && str_equal(word, S("random")))
        return add_random(s, inner, down);
    if (inner.at != name.at && (key.func = func_find(word)) == FUNC_NONE)
        return REFUSE_SORT(s, "unknown-function", "There is no function \"%.*s\" here.", STR_ARG(short_name(word)));
    TRY(find_key(s, inner, &key));
    return add_sort(s, name, key);
}

bool query_is_random(const struct query *q)
{
    for (size_t i = 0; i < q->sort_count; i++)
        if (q->sort[i].func == FUNC_RANDOM)
            return true;
    return false;
}

static enum err read_keys_of_text(struct sorting *s, str text)
{
    str piece;
    bool ended = false;

    while (str_next(&text, &ended, ',', &piece)) {
        piece = str_trim(piece);
        bool down = str_starts(piece, S("-"));
        TRY(add_key(s, down ? str_slice(piece, 1, piece.len) : piece, down));
    }
    return ERR_OK;
}

static enum err read_keys_of_map(struct sorting *s, struct arena *a, str text)
{
    struct json_options options = {.dialect = JSON_5};
    const struct json *map = NULL;

    TRY(json_read(a, text, &options, s->where, &map, s->why));
    for (uint32_t i = 0; i < map->count; i++) {
        const struct json *v = &map->items[i];
        if (v->type != JSON_INT || (v->integer != 1 && v->integer != -1))
            return REFUSE_SORT(s, "type", "\"%.*s\" is 1 (up) or -1 (down).", STR_ARG(short_name(v->name)));
        TRY(add_key(s, v->name, v->integer < 0));
    }
    return ERR_OK;
}

enum err query_read_sort(struct arena *a, struct query *q, str text, str where, struct problem *why)
{
    struct sorting s = {.query = q, .where = where, .why = why};

    text = str_trim(text);
    if (text.len == 0)
        return ERR_OK;
    if (str_starts(text, S("{")))
        TRY(read_keys_of_map(&s, a, text));
    else
        TRY(read_keys_of_text(&s, text));
    memcpy(q->sort, s.keys, sizeof s.keys);
    q->sort_count = s.count;
    return ERR_OK;
}

/* sort=…: {"views":-1,"title":1} or "-views,title". */
#include "content/filter_internal.h"
#include "content/kind.h"
#include "content/query.h"

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
    bool sorts = key->by->is_meta || key->by->backwards || (key->by->kind->flags & KIND_SORTABLE);
    return sorts ? ERR_OK : unsortable(s, name);
}

static bool same_key(const struct sort *l, const struct sort *r)
{
    return l->by == r->by && l->hop_count == r->hop_count &&
           memcmp(l->hops, r->hops, l->hop_count * sizeof *l->hops) == 0;
}

static enum err add_key(struct sorting *s, str name, bool down)
{
    struct sort key = {.down = down};

    TRY(find_key(s, name, &key));
    for (size_t i = 0; i < s->count; i++)
        if (same_key(&s->keys[i], &key))
            return REFUSE_SORT(s, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(name)));
    if (s->count == LIMIT_SORT_KEYS)
        return REFUSE_SORT(s, "limit", "At most %u fields can be sorted by.", LIMIT_SORT_KEYS);
    s->keys[s->count++] = key;
    return ERR_OK;
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

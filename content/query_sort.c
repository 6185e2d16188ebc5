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

static enum err add_key(struct sorting *s, str name, bool down)
{
    str first, rest;
    bool is_dotted = str_cut(name, '.', &first, &rest);
    const struct field *f = known_field(s->query->from, s->query->reader, first);

    if (!f)
        return query_unknown_field(s->why, s->where, first);
    if (is_dotted || !(f->is_meta || (f->kind->flags & KIND_SORTABLE)))
        return REFUSE_SORT(s, "unsortable", "\"%.*s\" cannot be sorted by.", STR_ARG(short_name(name)));
    for (size_t i = 0; i < s->count; i++)
        if (s->keys[i].by == f)
            return REFUSE_SORT(s, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(name)));
    if (s->count == LIMIT_SORT_KEYS)
        return REFUSE_SORT(s, "limit", "At most %u fields can be sorted by.", LIMIT_SORT_KEYS);
    s->keys[s->count++] = (struct sort){.by = f, .down = down};
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

#include "content/query/groups.h"

#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/store/engine.h"

const str group_words[GROUP_DO_COUNT] = {
#define X(name, word) [GROUP_##name] = STR(word),
    GROUP_TABLE(X)
#undef X
};

struct group_reader {
    struct arena *arena;
    const struct query *query;
    struct grouping *into;
    struct problem *why;
};
#define REFUSE_GROUP(r, where, rule, ...) problem_fault((r)->why, ERR_BAD_INPUT, (where), S(rule), __VA_ARGS__)

static bool is_scalar_column(const struct field *f)
{
    return f->kind->column != COLUMN_NONE && f->kind->column != COLUMN_JSON;
}

static enum err read_key(struct group_reader *r, str name)
{
    static const str where = STR("groupBy");
    str word, inner = name;
    enum func func = FUNC_NONE;
    struct grouping *g = r->into;

    if (func_split(name, &word, &inner) && (func = func_find(word)) == FUNC_NONE)
        return REFUSE_GROUP(r, where, "unknown-function", "There is no function \"%.*s\" here.", STR_ARG(short_name(word)));
    const struct field *f = known_field(r->query->from, r->query->reader, inner);
    if (!f)
        return query_unknown_field(r->why, where, inner);
    bool can = func == FUNC_COUNT ? func_takes(func, f) && !is_deep(f)
                                  : is_scalar_column(f) && (func == FUNC_NONE || func_takes(func, f));
    if (!can)
        return REFUSE_GROUP(r, where, "ungroupable", "\"%.*s\" cannot be grouped by.", STR_ARG(short_name(name)));
    for (size_t i = 0; i < g->key_count; i++)
        if (str_equal(g->keys[i].name, name))
            return REFUSE_GROUP(r, where, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(name)));
    if (g->key_count == LIMIT_GROUP_KEYS)
        return REFUSE_GROUP(r, where, "limit", "At most %u names can be grouped by.", LIMIT_GROUP_KEYS);
    g->keys[g->key_count++] = (struct group_key){arena_copy(r->arena, name), f, func};
    return ERR_OK;
}

/* Numbers are added up, what is in order has a first and a last. */
static bool suits(enum group_do what, const struct field *f)
{
    enum column c = f->kind->column;
    if (what == GROUP_COUNT || what == GROUP_COUNT_DISTINCT)
        return is_scalar_column(f);
    if (what == GROUP_MIN || what == GROUP_MAX)
        return is_scalar_column(f) && (f->is_meta || (f->kind->flags & KIND_SORTABLE));
    return c == COLUMN_NUMBER || c == COLUMN_INTEGER || c == COLUMN_BOOLEAN;
}

static enum err read_value(struct group_reader *r, enum group_do what, str name)
{
    str where = arena_format(r->arena, "aggregate[" STR_FMT "]", STR_ARG(group_words[what]));
    struct grouping *g = r->into;
    const struct field *f = NULL;

    if (what != GROUP_COUNT || !str_equal(name, S("*"))) {
        f = known_field(r->query->from, r->query->reader, name);
        if (!f)
            return query_unknown_field(r->why, where, name);
        if (!suits(what, f))
            return REFUSE_GROUP(r, where, "type", STR_FMT " makes no sense of \"%.*s\", which is a " STR_FMT ".",
                                STR_ARG(group_words[what]), STR_ARG(short_name(name)), STR_ARG(f->kind->name));
    }
    for (size_t i = 0; i < g->value_count; i++)
        if (g->values[i].what == what && g->values[i].field == f)
            return REFUSE_GROUP(r, where, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(name)));
    if (g->value_count == LIMIT_GROUP_VALUES)
        return REFUSE_GROUP(r, where, "limit", "At most %u values of a group can be asked for.", LIMIT_GROUP_VALUES);
    g->values[g->value_count++] = (struct group_value){what, f};
    return ERR_OK;
}

static enum err read_values(struct group_reader *r, const struct group_wish *wish)
{
    for (unsigned what = 0; what < GROUP_DO_COUNT; what++) {
        str rest = wish->values[what], piece;
        bool ended = str_is_absent(rest);
        while (!ended && str_next(&rest, &ended, ',', &piece))
            TRY(read_value(r, (enum group_do)what, str_trim(piece)));
    }
    if (r->into->value_count == 0 && r->into->key_count == 0)
        return REFUSE_GROUP(r, S("aggregate"), "required", "Say aggregate[count]=*, aggregate[sum]=field …, or groupBy.");
    return ERR_OK;
}

static bool counts_fields(const struct grouping *g)
{
    for (size_t i = 0; i < g->value_count; i++)
        if (g->values[i].what == GROUP_COUNT && g->values[i].field)
            return true;
    return false;
}

/* "count", "sum.views" */
static str name_of_value(struct arena *a, const struct grouping *g, const struct group_value *v)
{
    str word = group_words[v->what];
    if (!v->field && !counts_fields(g))
        return word;
    return arena_format(a, STR_FMT "." STR_FMT, STR_ARG(word), STR_ARG(v->field ? v->field->name : (str)STR("*")));
}

static enum err read_sort_name(struct group_reader *r, str name, bool down)
{
    struct grouping *g = r->into;
    size_t column = 0;

    for (; column < g->key_count; column++)
        if (str_equal(g->keys[column].name, name))
            break;
    for (size_t i = 0; column == g->key_count + i && i < g->value_count; i++)
        if (!str_equal(name_of_value(r->arena, g, &g->values[i]), name))
            column++;
    if (column == g->key_count + g->value_count)
        return REFUSE_GROUP(r, S("sort"), "unknown-field", "Groups have nothing called \"%.*s\".", STR_ARG(short_name(name)));
    if (g->sort_count == LIMIT_SORT_KEYS)
        return REFUSE_GROUP(r, S("sort"), "limit", "At most %u names can be sorted by.", LIMIT_SORT_KEYS);
    g->sort[g->sort_count++] = (struct group_sort){column, down};
    return ERR_OK;
}

static enum err read_sort(struct group_reader *r, str text)
{
    str piece;
    bool ended = str_is_absent(text) || str_trim(text).len == 0;

    while (!ended && str_next(&text, &ended, ',', &piece)) {
        piece = str_trim(piece);
        bool down = str_starts(piece, S("-"));
        TRY(read_sort_name(r, str_slice(piece, down, piece.len), down));
    }
    return ERR_OK;
}

/* What a document of a group has: keys, and a map for each function. */
static enum err read_having(struct group_reader *r, const struct json *text)
{
    struct grouping *g = r->into;
    field_set used = {{0}};
    struct known_names known = {.at = NEW_N(r->arena, struct known, g->key_count + g->value_count), .used = &used};
    struct name_scope names = {.in = r->query->from, .known = &known, .where = STR("having")};
    struct filter_options options = {.dialect = JSON_5, .reader = r->query->reader, .where = STR("having")};

    for (size_t i = 0; i < g->key_count; i++)
        known.at[known.count++] = (struct known){
            .name = g->keys[i].name, .field = g->keys[i].func == FUNC_NONE ? g->keys[i].field : NULL};
    for (size_t i = 0; i < g->value_count; i++)
        known.at[known.count++] = (struct known){.name = group_words[g->values[i].what], .levels = 1};
    return filter_read_names(r->arena, &names, text, &options, &g->having, r->why);
}

enum err groups_read(struct arena *a, const struct query *q, const struct group_wish *wish,
                     const struct grouping **out, struct problem *why)
{
    struct grouping *g = NEW(a, struct grouping);
    struct group_reader r = {a, q, g, why};

    for (size_t i = 0; i < wish->by_count; i++) {
        str rest = wish->by[i], piece;
        bool ended = false;
        while (str_next(&rest, &ended, ',', &piece))
            TRY(read_key(&r, str_trim(piece)));
    }
    TRY(read_values(&r, wish));
    TRY(read_sort(&r, wish->sort));
    TRY(read_having(&r, wish->having));
    *out = g;
    return ERR_OK;
}

static struct json plain_value(struct arena *a, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_INT: return json_of_int(cell->integer);
    case CELL_REAL: return json_of_real(cell->real);
    case CELL_TEXT: return json_of_text(arena_copy(a, cell->text));
    case CELL_NULL:
    case CELL_BLOB: break;
    }
    return json_null;
}

static struct json value_of(struct arena *a, const struct group_value *v, const struct cell *cell)
{
    bool is_own = v->what == GROUP_MIN || v->what == GROUP_MAX;
    return is_own ? kind_value(a, v->field, cell) : plain_value(a, cell);
}

/* Values of one function stand side by side: they were read function by function. */
static size_t add_function(struct arena *a, const struct grouping *g, size_t first, const struct cell *cells,
                           struct json *out)
{
    enum group_do what = g->values[first].what;
    size_t count = 0, n = 0;
    while (first + count < g->value_count && g->values[first + count].what == what)
        count++;
    if (count == 1 && !g->values[first].field) {
        *out = json_named(group_words[what], value_of(a, &g->values[first], cells));
        return 1;
    }
    struct json *members = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++) {
        const struct group_value *v = &g->values[first + i];
        members[n++] = json_named(v->field ? v->field->name : (str)STR("*"), value_of(a, v, &cells[i]));
    }
    *out = json_named(group_words[what], json_of_map(members, n));
    return count;
}

struct json group_document(struct arena *a, const struct grouping *g, const struct cell *cells)
{
    struct json *members = NEW_N(a, struct json, g->key_count + g->value_count);
    size_t count = 0;

    for (; count < g->key_count; count++) {
        const struct group_key *k = &g->keys[count];
        struct json v = k->func == FUNC_NONE ? kind_value(a, k->field, &cells[count]) : plain_value(a, &cells[count]);
        members[count] = json_named(k->name, v);
    }
    for (size_t i = 0; i < g->value_count;)
        i += add_function(a, g, i, cells + g->key_count + i, &members[count++]);
    return json_of_map(members, count);
}

static enum err write_group(struct receiver *self, const struct plan_node *node, const struct row *row,
                            struct problem *why)
{
    struct group_writer *w = (struct group_writer *)(void *)self;
    struct json document = group_document(w->arena, node->query->groups, row->cells);

    (void)why;
    json_value(w->to, &document);
    return ERR_OK;
}

void group_writer_init(struct group_writer *w, struct arena *a, struct json_writer *to)
{
    *w = (struct group_writer){.receiver = {.row = write_group}, .arena = a, .to = to};
}

static enum err list_group(struct receiver *self, const struct plan_node *node, const struct row *row, struct problem *why)
{
    struct group_list *l = (struct group_list *)(void *)self;
    (void)why;
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 8;
        l->items = arena_grow(l->arena, l->items, l->room * sizeof *l->items, room * sizeof *l->items);
        l->room = room;
    }
    l->items[l->count++] = group_document(l->arena, node->query->groups, row->cells);
    return ERR_OK;
}

void group_list_init(struct group_list *l, struct arena *a)
{
    *l = (struct group_list){.receiver = {.row = list_group}, .arena = a};
}

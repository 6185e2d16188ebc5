/* Expressions: "$field.path", literals, documents, and calls. Reading looks names up and bounds size and
 * depth; what an operator takes stands in a table (calls.c). */
#include "content/aggregate/internal.h"

static enum err read_expr(struct aggregate_reader *r, const struct known_names *known, const struct json *in,
                          unsigned depth, struct expr *out);

static enum err count_expr(struct aggregate_reader *r, unsigned depth)
{
    if (depth >= LIMIT_AGGREGATE_DEPTH)
        return REFUSE_STAGE(r, "limit", "" STR_FMT ": an expression is at most %u deep.", STR_ARG(r->stage),
                            LIMIT_AGGREGATE_DEPTH);
    if (r->nodes++ >= LIMIT_AGGREGATE_NODES)
        return REFUSE_STAGE(r, "limit", "All expressions together have at most %u parts.", LIMIT_AGGREGATE_NODES);
    return ERR_OK;
}

enum err dotted_read(struct aggregate_reader *r, const struct known_names *known, str name, struct dotted *out,
                     struct known *known_as)
{
    struct name_scope scope = {.in = r->in, .known = known, .where = r->options->where};
    struct place place;
    str first, rest;

    TRY(place_find(r->arena, &scope, name, &place, r->why));
    *out = (struct dotted){place.path, place.path_count};
    str_cut(name, '.', &first, &rest);
    *known_as = *known_find(known, first);
    return ERR_OK;
}

static enum err read_text(struct aggregate_reader *r, const struct known_names *known, str text, struct expr *out)
{
    struct dotted path;
    struct known name;

    if (!str_starts(text, S("$"))) {
        *out = (struct expr){.kind = EXPR_LITERAL, .literal = json_of_text(text)};
        return ERR_OK;
    }
    if (str_equal(text, S("$$ROOT"))) {
        *out = (struct expr){.kind = EXPR_DOCUMENT};
        for (size_t i = 0; i < known->count; i++) {
            unsigned levels = known_find(known, known->at[i].name)->levels + 1;
            out->levels = levels > out->levels ? levels : out->levels;
        }
        return ERR_OK;
    }
    if (str_starts(text, S("$$")))
        return REFUSE_STAGE(r, "unknown-variable", "There is no variable \"%.*s\".", STR_ARG(short_name(text)));
    TRY(dotted_read(r, known, str_slice(text, 1, text.len), &path, &name));
    *out = (struct expr){.kind = EXPR_PATH, .path = path.pieces, .path_count = path.count, .levels = name.levels};
    return ERR_OK;
}

static enum err read_call(struct aggregate_reader *r, const struct known_names *known, const struct call *call,
                          const struct json *args, size_t count, unsigned depth, struct expr *out)
{
    struct expr *exprs = NEW_N(r->arena, struct expr, count);
    unsigned levels = 0;

    if (count < call->least || count > call->most)
        return REFUSE_STAGE(r, "type", STR_FMT ": " STR_FMT " does not take %zu values.", STR_ARG(r->stage),
                            STR_ARG(call->name), count);
    for (size_t i = 0; i < count; i++) {
        TRY(read_expr(r, known, &args[i], depth + 1, &exprs[i]));
        levels = exprs[i].levels > levels ? exprs[i].levels : levels;
    }
    *out = (struct expr){.kind = EXPR_CALL, .code = call->code, .args = exprs, .arg_count = count,
                         .scratch = r->into->scratch};
    out->levels = call->levels == CALL_SCALAR ? 0 : levels + (call->levels == CALL_ONE_MORE);
    r->into->scratch += count;
    return ERR_OK;
}

/* {"$cond": {"if", "then", "else"}} as the list it stands for. */
static enum err read_cond_map(struct aggregate_reader *r, const struct known_names *known, const struct json *map,
                              const struct call *call, unsigned depth, struct expr *out)
{
    const struct json *parts[] = {json_get(map, S("if")), json_get(map, S("then")), json_get(map, S("else"))};
    struct json args[COUNTOF(parts)];

    for (size_t i = 0; i < COUNTOF(parts); i++) {
        if (!parts[i] || map->count != COUNTOF(parts))
            return REFUSE_STAGE(r, "type", STR_FMT ": $cond takes if, then and else.", STR_ARG(r->stage));
        args[i] = *parts[i];
    }
    return read_call(r, known, call, args, COUNTOF(args), depth, out);
}

/* At most as deep as json_read reads. */
static unsigned levels_of(const struct json *v)
{
    unsigned deepest = 0;

    if (v->type != JSON_LIST && v->type != JSON_MAP)
        return 0;
    for (uint32_t i = 0; i < v->count; i++) {
        unsigned levels = levels_of(&v->items[i]);
        deepest = levels > deepest ? levels : deepest;
    }
    return deepest + 1;
}

static enum err read_operator(struct aggregate_reader *r, const struct known_names *known, const struct json *in,
                              unsigned depth, struct expr *out)
{
    if (str_equal(in->name, S("$literal"))) {
        *out = (struct expr){.kind = EXPR_LITERAL, .literal = json_named((str){0}, *in), .levels = levels_of(in)};
        return ERR_OK;
    }
    const struct call *call = call_find(in->name);
    if (!call)
        return REFUSE_STAGE(r, "unknown-operator", "There is no operator \"%.*s\".", STR_ARG(short_name(in->name)));
    if (in->type == JSON_LIST)
        return read_call(r, known, call, in->items, in->count, depth, out);
    if (in->type == JSON_MAP && str_equal(in->name, S("$cond")))
        return read_cond_map(r, known, in, call, depth, out);
    return read_call(r, known, call, in, 1, depth, out);
}

static enum err read_document(struct aggregate_reader *r, const struct known_names *known, const struct json *in,
                              unsigned depth, struct expr *out)
{
    struct expr *exprs = NEW_N(r->arena, struct expr, in->count);
    str *names = NEW_N(r->arena, str, in->count);
    unsigned levels = 0;

    for (uint32_t i = 0; i < in->count; i++) {
        TRY(output_name_check(r, in->items[i].name));
        names[i] = in->items[i].name;
        TRY(read_expr(r, known, &in->items[i], depth + 1, &exprs[i]));
        levels = exprs[i].levels > levels ? exprs[i].levels : levels;
    }
    *out = (struct expr){
        .kind = EXPR_MAP, .args = exprs, .names = names, .arg_count = in->count, .levels = levels + 1};
    return ERR_OK;
}

static enum err read_expr(struct aggregate_reader *r, const struct known_names *known, const struct json *in,
                          unsigned depth, struct expr *out)
{
    TRY(count_expr(r, depth));
    switch (in->type) {
    case JSON_TEXT:
        return read_text(r, known, in->text, out);
    case JSON_LIST:
        return read_call(r, known, &call_list_of, in->items, in->count, depth, out);
    case JSON_MAP:
        if (in->count == 1 && str_starts(in->items[0].name, S("$")))
            return read_operator(r, known, &in->items[0], depth, out);
        return read_document(r, known, in, depth, out);
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_INT:
    case JSON_REAL:
    case JSON_BYTES:
        break;
    }
    *out = (struct expr){.kind = EXPR_LITERAL, .literal = json_named((str){0}, *in)};
    return ERR_OK;
}

enum err expr_read(struct aggregate_reader *r, const struct known_names *known, const struct json *in, struct expr *out)
{
    TRY(read_expr(r, known, in, 0, out));
    if (out->levels > LIMIT_AGGREGATE_LEVELS)
        return REFUSE_STAGE(r, "limit", STR_FMT ": the documents would nest more than %u levels deep.",
                            STR_ARG(r->stage), LIMIT_AGGREGATE_LEVELS);
    return ERR_OK;
}

/* At most LIMIT_AGGREGATE_DEPTH deep, as it was read. A call's arguments have a place of their own, which
 * nobody else uses meanwhile: an expression does not contain itself. */
struct json expr_value(struct run *run, const struct expr *e, const struct json *document)
{
    struct json out = json_null;

    switch (e->kind) {
    case EXPR_LITERAL:
        return e->literal;
    case EXPR_DOCUMENT:
        out = *document;
        break;
    case EXPR_PATH:
        out = value_at(run->arena, document, e->path, e->path_count);
        break;
    case EXPR_MAP: {
        struct json *members = NEW_N(run->arena, struct json, e->arg_count);
        for (size_t i = 0; i < e->arg_count; i++)
            members[i] = json_named(e->names[i], expr_value(run, &e->args[i], document));
        return json_of_map(members, e->arg_count);
    }
    case EXPR_CALL: {
        struct json *args = run->scratch + e->scratch;
        for (size_t i = 0; i < e->arg_count; i++)
            args[i] = expr_value(run, &e->args[i], document);
        if (run->err != ERR_OK || !e->code(run, args, e->arg_count, &out))
            return json_null;
        break;
    }
    }
    out.name = (str){0};
    return out;
}

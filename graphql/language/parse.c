/* Values, types, arguments, directives: what documents and SDL share. */
#include "graphql/language/parse.h"

#define PILE_FIRST 16u

/* ---- piles */

void gql_pile_push(struct gql_parser *p, struct gql_pile *pile, const void *item, size_t size)
{
    if (pile->room - pile->used < size) {
        size_t room = pile->room ? 2 * pile->room : PILE_FIRST * size;
        pile->at = arena_grow(p->scratch, pile->at, pile->room, room);
        pile->room = room;
    }
    memcpy(pile->at + pile->used, item, size);
    pile->used += size;
}

void *gql_pile_take(struct gql_parser *p, struct gql_pile *pile, size_t first, size_t size, uint32_t *count)
{
    size_t bytes = pile->used - first;
    *count = (uint32_t)(bytes / size);
    if (!bytes)
        return NULL;
    void *items = arena_get(p->lex.arena, *count, size);
    memcpy(items, pile->at + first, bytes);
    pile->used = first;
    return items;
}

/* ---- values */

static enum err parse_variable(struct gql_parser *p, enum gql_variables variables, struct gql_value *out)
{
    struct gql_lexer *l = &p->lex;
    TRY(gql_lex_take(l, GQL_T_DOLLAR));
    if (variables == GQL_CONSTANT)
        return gql_lex_fail(l, out->at, "no variable may stand in a constant");
    out->kind = GQL_VARIABLE;
    return gql_lex_name(l, &out->text);
}

static enum err parse_list(struct gql_parser *p, enum gql_variables variables, struct gql_value *out)
{
    struct gql_lexer *l = &p->lex;
    size_t first = p->values.used;
    TRY(gql_lex_take(l, GQL_T_BRACKET_OPEN));
    while (l->token != GQL_T_BRACKET_CLOSE) {
        struct gql_value item = {0};
        TRY(gql_parse_value(p, variables, &item));
        gql_pile_push(p, &p->values, &item, sizeof item);
    }
    out->kind = GQL_LIST;
    out->items = gql_pile_take(p, &p->values, first, sizeof(struct gql_value), &out->count);
    return gql_lex_next(l);
}

static enum err parse_object(struct gql_parser *p, enum gql_variables variables, struct gql_value *out)
{
    struct gql_lexer *l = &p->lex;
    size_t first = p->values.used;
    TRY(gql_lex_take(l, GQL_T_BRACE_OPEN));
    while (l->token != GQL_T_BRACE_CLOSE) {
        struct gql_value member = {.name_at = l->at};
        TRY(gql_lex_name(l, &member.name));
        TRY(gql_lex_take(l, GQL_T_COLON));
        TRY(gql_parse_value(p, variables, &member));
        gql_pile_push(p, &p->values, &member, sizeof member);
    }
    out->kind = GQL_OBJECT;
    out->items = gql_pile_take(p, &p->values, first, sizeof(struct gql_value), &out->count);
    return gql_lex_next(l);
}

static enum err parse_word(struct gql_parser *p, struct gql_value *out)
{
    str word = p->lex.value;
    if (str_equal(word, S("null"))) {
        out->kind = GQL_NULL;
    } else if (str_equal(word, S("true")) || str_equal(word, S("false"))) {
        out->kind = GQL_BOOLEAN;
        out->is_true = word.at[0] == 't';
    } else {
        out->kind = GQL_ENUM;
        out->text = word;
    }
    return gql_lex_next(&p->lex);
}

static enum err parse_text(struct gql_parser *p, enum gql_value_kind kind, struct gql_value *out)
{
    out->kind = kind;
    out->text = p->lex.value;
    out->is_block = p->lex.token == GQL_T_BLOCK;
    return gql_lex_next(&p->lex);
}

enum err gql_parse_value(struct gql_parser *p, enum gql_variables variables, struct gql_value *out)
{
    out->at = p->lex.at;
    switch ((int)p->lex.token) {
    case GQL_T_DOLLAR:
        return parse_variable(p, variables, out);
    case GQL_T_INT:
        return parse_text(p, GQL_INT, out);
    case GQL_T_FLOAT:
        return parse_text(p, GQL_FLOAT, out);
    case GQL_T_STRING:
    case GQL_T_BLOCK:
        return parse_text(p, GQL_STRING, out);
    case GQL_T_NAME:
        return parse_word(p, out);
    case GQL_T_BRACKET_OPEN:
        return parse_list(p, variables, out);
    case GQL_T_BRACE_OPEN:
        return parse_object(p, variables, out);
    default:
        return gql_lex_expected(&p->lex, "a value");
    }
}

/* ---- types, arguments, directives */

enum err gql_parse_type(struct gql_parser *p, const struct gql_typeref **out)
{
    struct gql_lexer *l = &p->lex;
    struct gql_typeref *t = NEW(l->arena, struct gql_typeref);
    t->at = l->at;
    if (l->token == GQL_T_BRACKET_OPEN) {
        t->is_list = true;
        TRY(gql_lex_next(l));
        TRY(gql_parse_type(p, &t->of));
        TRY(gql_lex_take(l, GQL_T_BRACKET_CLOSE));
    } else if (l->token == GQL_T_NAME) {
        TRY(gql_lex_name(l, &t->name));
    } else {
        return gql_lex_expected(l, "a type");
    }
    if (l->token == GQL_T_BANG) {
        t->non_null = true;
        TRY(gql_lex_next(l));
    }
    *out = t;
    return ERR_OK;
}

enum err gql_parse_arguments(struct gql_parser *p, enum gql_variables variables, const struct gql_argument **out, uint32_t *count)
{
    struct gql_lexer *l = &p->lex;
    if (l->token != GQL_T_PAREN_OPEN)
        return ERR_OK;
    size_t first = p->arguments.used;
    TRY(gql_lex_next(l));
    do {
        struct gql_argument argument = {.at = l->at};
        TRY(gql_lex_name(l, &argument.name));
        TRY(gql_lex_take(l, GQL_T_COLON));
        TRY(gql_parse_value(p, variables, &argument.value));
        gql_pile_push(p, &p->arguments, &argument, sizeof argument);
    } while (l->token != GQL_T_PAREN_CLOSE);
    *out = gql_pile_take(p, &p->arguments, first, sizeof(struct gql_argument), count);
    return gql_lex_next(l);
}

enum err gql_parse_directives(struct gql_parser *p, enum gql_variables variables, const struct gql_directive **out,
                              uint32_t *count)
{
    struct gql_lexer *l = &p->lex;
    if (l->token != GQL_T_AT)
        return ERR_OK;
    size_t first = p->directives.used;
    while (l->token == GQL_T_AT) {
        struct gql_directive directive = {.at = l->at};
        TRY(gql_lex_next(l));
        TRY(gql_lex_name(l, &directive.name));
        TRY(gql_parse_arguments(p, variables, &directive.arguments, &directive.argument_count));
        gql_pile_push(p, &p->directives, &directive, sizeof directive);
    }
    *out = gql_pile_take(p, &p->directives, first, sizeof(struct gql_directive), count);
    return ERR_OK;
}

enum err gql_parse_description(struct gql_parser *p, str *out)
{
    if (p->lex.token != GQL_T_STRING && p->lex.token != GQL_T_BLOCK)
        return ERR_OK;
    *out = p->lex.value;
    return gql_lex_next(&p->lex);
}

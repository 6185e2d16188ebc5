#ifndef GRAPHQL_LANGUAGE_PARSE_H
#define GRAPHQL_LANGUAGE_PARSE_H
#include "graphql/language/lex.h"

/* Productions that documents and SDL share. Members of lists pile up while they are read and are copied to the arena in
 * one piece when their list closes. Recursion only behind a bracket, which the lexer has counted. */

struct gql_pile {
    char *at;
    size_t used, room;                /* bytes */
};
struct gql_parser {
    struct gql_lexer lex;
    struct arena *scratch;            /* what piles up */
    struct gql_pile values, arguments, directives;
    struct gql_pile others;           /* selections; variables, which come before any selection */
    uint32_t selection_count, set_count;
};

enum gql_variables { GQL_WITH_VARIABLES, GQL_CONSTANT };

/* Pushes a copy; takes everything from `first` on as one piece of the arena (NULL when there is nothing). */
void gql_pile_push(struct gql_parser *p, struct gql_pile *pile, const void *item, size_t size);
void *gql_pile_take(struct gql_parser *p, struct gql_pile *pile, size_t first, size_t size, uint32_t *count);

NODISCARD enum err gql_parse_value(struct gql_parser *p, enum gql_variables variables, struct gql_value *out);
NODISCARD enum err gql_parse_type(struct gql_parser *p, const struct gql_typeref **out);
NODISCARD enum err gql_parse_arguments(struct gql_parser *p, enum gql_variables variables, const struct gql_argument **out,
                                       uint32_t *count);      /* none: nothing is taken */
NODISCARD enum err gql_parse_directives(struct gql_parser *p, enum gql_variables variables,
                                        const struct gql_directive **out, uint32_t *count);
/* A string in front of a definition; {0} when there is none. */
NODISCARD enum err gql_parse_description(struct gql_parser *p, str *out);

/* Does a definition of the type system begin with this word? "extend" is none of them. */
bool gql_is_foreign_word(str word);
/* Steps over such a definition or an extension; the token at hand is its first word. Fills word and name. */
NODISCARD enum err gql_skip_foreign(struct gql_parser *p, struct gql_foreign *out);

#endif

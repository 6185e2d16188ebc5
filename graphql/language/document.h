#ifndef GRAPHQL_LANGUAGE_DOCUMENT_H
#define GRAPHQL_LANGUAGE_DOCUMENT_H
#include "graphql/error.h"

/* An executable document as a tree (GraphQL, September 2025, section 2; graphql.md 2 and 3). Immutable, in the arena it
 * was read into, together with a copy of its text: documents outlive the request that brought them. Read from any thread.
 *
 * Places are byte offsets into the text; gql_place() makes lines and columns of them when there is something to say.
 * `number` counts nodes of a sort from 0, so that passes over the tree can keep bits and arrays beside it. */

enum gql_value_kind {
    GQL_VARIABLE, GQL_INT, GQL_FLOAT, GQL_STRING, GQL_BOOLEAN, GQL_NULL, GQL_ENUM, GQL_LIST, GQL_OBJECT
};
struct gql_value {
    enum gql_value_kind kind;
    uint32_t at;
    str name;                         /* a member of an object: its name … */
    uint32_t name_at;
    str text;                         /* the variable's name, the number as it was written, the string's value, the enum's name */
    bool is_true;                     /* GQL_BOOLEAN */
    bool is_block;                    /* GQL_STRING written as """…""" */
    const struct gql_value *items;    /* GQL_LIST, GQL_OBJECT: side by side, as they were written */
    uint32_t count;
};

struct gql_argument {
    str name;
    uint32_t at;
    struct gql_value value;
};
struct gql_directive {
    str name;
    uint32_t at;
    const struct gql_argument *arguments;
    uint32_t argument_count;
};
struct gql_typeref {                  /* "[Int!]!" */
    bool is_list, non_null;
    uint32_t at;
    str name;                         /* not a list: the named type */
    const struct gql_typeref *of;     /* a list: of what */
};

enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };
struct gql_selections {
    uint32_t at, number;
    const struct gql_selection *items;
    uint32_t count;                   /* never 0 in a field that has any: {} is a fault of syntax */
};
struct gql_selection {
    enum gql_selection_kind kind;
    uint32_t at, number;              /* among all selections of the document */
    str alias;                        /* {0}: none */
    str name;                         /* the field's, or the fragment's that is spread */
    uint32_t name_at;
    str on;                           /* GQL_INLINE: its type; {0}: none */
    uint32_t on_at;
    const struct gql_argument *arguments;
    uint32_t argument_count;
    const struct gql_directive *directives;
    uint32_t directive_count;
    const struct gql_selections *set; /* NULL: a leaf */
};
static inline str gql_key(const struct gql_selection *field) /* its name in the answer */
{
    return field->alias.at ? field->alias : field->name;
}

struct gql_variable {
    str name;
    uint32_t at, number;              /* within its operation */
    uint32_t name_at;                 /* behind the "$" */
    const struct gql_typeref *type;
    const struct gql_value *standard; /* NULL: no default */
    const struct gql_directive *directives;
    uint32_t directive_count;
};
enum gql_operation_kind { GQL_QUERY, GQL_MUTATION, GQL_SUBSCRIPTION };
struct gql_operation {
    enum gql_operation_kind kind;
    uint32_t at;
    str name;                         /* {0}: none */
    uint32_t name_at;
    const struct gql_variable *variables;
    uint32_t variable_count;
    const struct gql_directive *directives;
    uint32_t directive_count;
    const struct gql_selections *set;
};
struct gql_fragment {
    uint32_t at, number;
    str name;
    uint32_t name_at;
    str on;
    uint32_t on_at;
    const struct gql_directive *directives;
    uint32_t directive_count;
    const struct gql_selections *set;
};
struct gql_foreign {                  /* a definition that does not execute: "type", "extend", … (ExecutableDefinitions) */
    uint32_t at;
    str word, name;
};

struct gql_document {
    str text;
    const struct gql_operation *operations;
    uint32_t operation_count;
    const struct gql_fragment *fragments;
    uint32_t fragment_count;
    const struct gql_foreign *foreign;
    uint32_t foreign_count;
    uint32_t selection_count, set_count; /* how far `number` goes */
    uint32_t token_count;
};

/* Limits before work (security G-1): bytes, tokens, depth; then the tree. text may hold zero bytes; what is not valid UTF-8 is
 * a fault. On a fault *out is NULL, the result is ERR_BAD_INPUT, and errors has exactly one, code GRAPHQL_PARSE_FAILED
 * (LIMIT_EXCEEDED for limits). Its sentence is the reader's own. No recursion without a counter. A definition begins
 * (`at`) with its description when it has one; descriptions are read over. */
NODISCARD enum err gql_read(struct arena *a, str text, struct gql_errors *errors, const struct gql_document **out);
/* One value without variables ("{a: [1, \"x\"]}"): defaults in schemas. NULL: it is none, and errors has why. */
const struct gql_value *gql_read_value(struct arena *a, str text, struct gql_errors *errors);

/* Back to text: canonical, without comments and descriptions, operations first, what is foreign left out; what it prints
 * reads back the same, unless it has become longer than a document may be. Trees are as deep as gql_read makes them. */
void gql_print_value(struct buf *b, const struct gql_value *v);
void gql_print_type(struct buf *b, const struct gql_typeref *t);
void gql_print_selections(struct buf *b, const struct gql_selections *set); /* "{ … }" */
void gql_print_document(struct buf *b, const struct gql_document *d);
/* A string literal with its quotes. */
void gql_print_string(struct buf *b, str s);

#endif

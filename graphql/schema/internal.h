#ifndef GRAPHQL_SCHEMA_INTERNAL_H
#define GRAPHQL_SCHEMA_INTERNAL_H
#include "graphql/schema/build.h"

/* Private to graphql/schema/: what a schema is while it is being built. Rows hang in lists in an arena of their own, so
 * that they keep their addresses while more come; gql_schema_finish() lays those that are reached side by side in the
 * schema's arena and throws the rest away. */

struct input_row {
    struct gql_input input;           /* first: what build.h hands out */
    struct input_row *next;
    str literal;                      /* of the default; {0}: none */
};
struct input_rows {
    struct input_row *first, **end;
    uint32_t count;
};
struct field_row {
    struct gql_field field;           /* first */
    struct field_row *next;
    struct input_rows arguments;
    struct gql_input *laid;           /* the arguments' place in the schema; NULL: another field's serve */
};
struct value_row {
    struct gql_enum_value value;      /* first */
    struct value_row *next;
};
struct type_link {
    const struct gql_type *type;
    struct type_link *next;
};
struct type_links {
    struct type_link *first, **end;
    uint32_t count;
};

struct directive_row {                /* on top of the specification's */
    struct gql_directive_type directive;
    struct directive_row *next;
    struct input_rows arguments;
};

struct words_link {
    struct gql_words words;           /* in the schema's arena */
    struct words_link *next;
};
struct laid_link {                    /* arguments that were laid into the schema, and of which rows */
    const struct input_rows *rows;
    struct gql_input *laid;
    struct laid_link *next;
};
#define BUILD_BUCKETS 1024u           /* of both, while a schema is built */

/* Beside each type, by its number. */
struct draft {
    struct gql_type *type;
    struct field_row *fields, **fields_end;
    struct input_rows inputs;
    struct gql_input *inputs_laid;
    struct value_row *values, **values_end;
    struct type_links interfaces, members;
    const struct gql_type **possible; /* an interface's, while they are gathered */
    bool is_reached;
    bool has_defaults;                /* those of its inputs are made */
};

struct gql_builder {
    struct arena *arena;              /* the schema's */
    struct arena *own;                /* dies with the builder */
    str description;
    struct draft *drafts;
    uint32_t count, room;
    struct map *by_name;
    struct words_link **words;        /* BUILD_BUCKETS of them; … */
    struct laid_link **laid;
    struct map *literals;             /* of defaults: each is read once */
    struct type_link *wraps;          /* lists and non-nulls around shared types */
    struct directive_row *directives;
    uint32_t directive_count;
    struct gql_type *schema_type;     /* __Schema */
    bool is_foreign;                  /* read from SDL: faults are told by gql_schema_check(), not by must() */
};

/* String and Boolean are in every schema and the same in all of them: __typename and the specification's directives have
 * types without a schema. They are the first two of gql_schema.types. */
#define GQL_SHARED_TYPES 2u
extern const struct gql_type gql_string_type, gql_boolean_type;
extern const struct gql_directive_type gql_directives[];
extern const uint32_t gql_directive_count;

/* Instead of finishing. */
void gql_build_abandon(struct gql_builder *b);

/* Words that a row may have: the same ones for the same texts. */
const struct gql_words *gql_share_words(struct gql_builder *b, struct gql_words words);
extern const struct gql_words gql_no_words;

/* Where a row stands in the table of its type: open addressing by str_hash(), 1 + its place, 0 where nothing is. The names
 * are ours or a model's; what a client asks for cannot make looking longer. */
struct gql_index {
    uint32_t mask;
    uint16_t slots[];
};
const struct gql_index *gql_index_rows(struct arena *a, const struct gql_type *t); /* NULL: not worth it */

/* Rows of arguments outside of fields: of directives. */
struct input_row *gql_add_input_row(struct gql_builder *b, struct input_rows *rows, str name, str description);

/* Adds the types of the specification: the other scalars and introspection's. */
void gql_add_known(struct gql_builder *b);
void gql_add_introspection(struct gql_builder *b);     /* introspect.c */
void gql_add_meta_fields(struct gql_builder *b, struct gql_schema *s);

/* Is it one of the specification's, which SDL leaves out? */
bool gql_is_known_type(const struct gql_type *t);

/* Makes the defaults of all inputs that were laid into the schema (defaults.c). */
void gql_make_defaults(struct gql_builder *b);
/* … of one list of rows, laid out as `inputs`. */
void gql_make_defaults_of(struct gql_builder *b, const struct input_rows *rows, struct gql_input *inputs);

uint64_t gql_hash_schema(const struct gql_schema *s);  /* hash.c */

#endif

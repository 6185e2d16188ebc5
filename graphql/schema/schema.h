#ifndef GRAPHQL_SCHEMA_SCHEMA_H
#define GRAPHQL_SCHEMA_SCHEMA_H
#include "base/map.h"
#include "base/thread.h"
#include "graphql/language/document.h"

/* A type system (GraphQL, section 3): what validation, introspection, SDL and execution look at. Whose schema it is
 * matters to none of them: ours, Cockpit's and fixed ones are built by the same calls (schema/build.h) and hang what they
 * know on `meaning`. Immutable once gql_schema_finish() has seen it, counted, read from any thread. */
struct gql_schema;
struct gql_type;
struct gql_execution;                 /* execute/execute.h */
struct gql_node;
struct gql_thing;

enum gql_type_kind {
    GQL_SCALAR, GQL_OBJECT_TYPE, GQL_INTERFACE, GQL_UNION, GQL_ENUM_TYPE, GQL_INPUT, GQL_LIST_OF, GQL_NON_NULL
};

/* A scalar's values: from a literal, from a variable, into the answer. */
struct gql_scalar {
    /* A literal or a JSON value (never null) as the value that a field's code gets; a sentence in *why when it is none.
     * Literals come as JSON too, with `literal` telling what was written (NULL: it came as a variable); lists and maps in a
     * literal have their variables put in. */
    bool (*take)(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why);
    /* Is this JSON value one that the scalar may answer with? Gives the form that is written: ids as texts. False: an
     * execution error. NULL: everything is. */
    bool (*give)(struct arena *a, const struct json *in, struct json *out);
};

/* What introspection tells of a row beside its name and type. A generated schema has some ten thousand rows, of which most
 * have nothing to tell and many the same: they share it. Never NULL in a row. */
struct gql_words {
    str description;
    str deprecated;                   /* the reason; {0}: it is not */
    str standard;                     /* an input's default, as a literal */
};

struct gql_input {                    /* an argument, or a field of an input object */
    str name;                         /* first, as in all rows */
    const struct gql_type *type;
    const struct gql_words *words;
    const struct json *standard;      /* default, coerced; NULL: none. Enum values are texts */
    const void *meaning;
};

/* What stands behind a field: exactly one of these, or neither for fields that their parent's writer knows. */
typedef enum err gql_resolve(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                             struct problem *why);
/* How writing a position ended. NULLED: there is an error (or the null of a position that must not be null), nothing was
 * written (the buffer is as long as before): the nearest position outside that may be null is. STOPPED: the
 * whole execution ends (the answer is too large, the time is over), errors has it. */
enum gql_done { GQL_WROTE, GQL_NULLED, GQL_STOPPED };
/* Writes the whole value, its selections included, at the end of the answer, and settles it (execute/execute.h). */
typedef enum gql_done gql_writer(struct gql_execution *x, const struct gql_node *node, const void *self);

/* A subscription's field: which changes are its events (specification 6.2.3.1). */
struct feed_wish;                     /* roles/feed/feed.h */
typedef enum err gql_source(struct gql_execution *x, const struct gql_node *node, struct feed_wish *out, struct problem *why);

struct gql_field {
    str name;
    const struct gql_type *type;
    const struct gql_words *words;
    const struct gql_input *arguments; /* fields that take the same share them */
    gql_resolve *resolve;
    gql_writer *write;
    const void *meaning;
    uint32_t argument_count;
    uint32_t cost;                    /* on top of what its selections cost (graphql.md 14) */
};
struct gql_enum_value {
    str name;
    const struct gql_words *words;
    const void *meaning;
};

struct gql_type {
    enum gql_type_kind kind;
    str name;                         /* {0} for lists and non-null */
    str description;
    str specified_by;                 /* scalars: a URL, {0} */
    const struct gql_type *of;        /* GQL_LIST_OF, GQL_NON_NULL */
    const struct gql_type *list, *non_null; /* the type around this one, made once by build.h; NULL: nobody asked */
    const struct gql_scalar *scalar;
    const struct gql_field *fields;   /* objects and interfaces, in the order of introspection */
    uint32_t field_count;
    const struct gql_input *inputs;   /* input objects */
    uint32_t input_count;
    bool one_of;
    const struct gql_enum_value *values;
    uint32_t value_count;
    const struct gql_type *const *interfaces; /* objects and interfaces */
    uint32_t interface_count;
    const struct gql_type *const *possible;   /* interfaces and unions: object types only */
    uint32_t possible_count;
    const struct gql_index *index;    /* fields, inputs or values by name; NULL: few enough to look through */
    uint32_t number;                  /* among the named types of the schema */
    const void *meaning;
};

struct gql_directive_type {
    str name, description;
    const str *locations;             /* "FIELD", … */
    uint32_t location_count;
    const struct gql_input *arguments;
    uint32_t argument_count;
    bool repeatable;
};

struct gql_schema {
    struct counted counted;           /* first */
    struct arena *arena;
    str description;
    const struct gql_type *query, *mutation, *subscription; /* the last two may be NULL */
    gql_source *source;               /* of the fields of subscription; NULL: there are none */
    const struct gql_type *const *types;   /* all named types, built-in and introspection ones too, in a stable order */
    uint32_t type_count;
    const struct map *by_name;
    const struct gql_directive_type *directives;
    uint32_t directive_count;
    const struct gql_field *meta;     /* __schema and __type, which no type lists */
    bool hides_itself;                /* no __schema and __type */
    uint64_t hash;                    /* of what introspection says: equal schemas, equal hashes */
    const void *meaning;
};

const struct gql_type *gql_type_named(const struct gql_schema *s, str name);       /* NULL */
/* The type that a document writes; NULL: unknown name. Lists and non-nulls around it that the schema has no use for are
 * made in the arena: types around a named one are compared piece by piece, named ones by their address. */
const struct gql_type *gql_type_of_ref(struct arena *a, const struct gql_schema *s, const struct gql_typeref *t);
/* With __typename, and __schema and __type on the query root. NULL. */
const struct gql_field *gql_field_named(const struct gql_schema *s, const struct gql_type *of, str name);
const struct gql_input *gql_argument_named(const struct gql_field *f, str name);
const struct gql_input *gql_input_named(const struct gql_type *t, str name);
/* So many members may an object of this type have of which `given` are given: with those that have a default. What a schema
 * makes of a model may have hundreds, and a client may send a hundred thousand objects without any. */
size_t gql_input_room(const struct gql_type *t, size_t given);
const struct gql_enum_value *gql_value_named(const struct gql_type *t, str name);
const struct gql_directive_type *gql_directive_named(const struct gql_schema *s, str name);
extern const struct gql_field gql_typename_field;     /* __typename: String! */

static inline const struct gql_type *gql_nullable(const struct gql_type *t)
{
    return t->kind == GQL_NON_NULL ? t->of : t;
}
static inline const struct gql_type *gql_innermost(const struct gql_type *t) /* the named type */
{
    while (t->of)
        t = t->of;
    return t;
}
bool gql_is_introspection(str name);                  /* a type with which schemas tell about themselves */
bool gql_is_input(const struct gql_type *t);          /* named: scalar, enum, input object */
bool gql_is_output(const struct gql_type *t);
bool gql_is_leaf(const struct gql_type *t);           /* scalar, enum */
bool gql_is_composite(const struct gql_type *t);      /* object, interface, union */
bool gql_is_possible(const struct gql_type *abstract, const struct gql_type *object); /* itself, for objects */
bool gql_types_overlap(const struct gql_type *a, const struct gql_type *b);
void gql_print_type_name(struct buf *b, const struct gql_type *t);   /* "[Post!]!" */

/* Literals as values (graphql.md 4; specification 6.4.1): a single value is put into a list, defaults of input objects are put
 * in, members whose variable is absent are left out, items are null. variables: as gql_take_variables gives them; NULL: a
 * constant. False: *why says what does not fit, with the place inside the value. */
bool gql_take_literal(struct arena *a, const struct gql_type *type, const struct gql_value *literal, const struct json *variables,
                      struct json *out, str *why);
/* A literal as JSON, whatever its type will be: enum names are texts, numbers that JSON cannot hold are texts, too. */
struct json gql_literal_json(struct arena *a, const struct gql_value *literal, const struct json *variables);

/* The schema as SDL, the types of the specification left out; stable. */
void gql_print_schema(struct buf *b, const struct gql_schema *s);

#endif

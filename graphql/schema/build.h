#ifndef GRAPHQL_SCHEMA_BUILD_H
#define GRAPHQL_SCHEMA_BUILD_H
#include "graphql/schema/schema.h"

/* How a schema comes to be. Types are named first and filled later, so that they can point to each other; whoever
 * builds keeps the order, introspection shows it. Names are ours or were checked: an invalid schema is a must(), as
 * gql_schema_check() says it (tests run it over every schema that they can make). */
struct gql_builder;

/* Begins with the types of the specification: Int Float String Boolean ID, introspection, directives. The schema's arena
 * is a new one, and dies with the schema's last use. */
struct gql_builder *gql_build(str description);
struct arena *gql_build_arena(struct gql_builder *b);

/* The type of that name; made when there is none yet (kind must agree afterwards). */
struct gql_type *gql_type_make(struct gql_builder *b, enum gql_type_kind kind, str name, str description);
const struct gql_type *gql_type_have(struct gql_builder *b, str name);          /* NULL: not (yet) */
const struct gql_type *gql_list_of(struct gql_builder *b, const struct gql_type *t);
const struct gql_type *gql_non_null(struct gql_builder *b, const struct gql_type *t);
/* "[Post!]!" out of types that have been made; must(). */
const struct gql_type *gql_type_text(struct gql_builder *b, const char *text);

/* The returned row may be filled further until the schema is finished, and is gone then. Names are not copied; those that
 * are made belong into gql_build_arena(). */
struct gql_field *gql_add_field(struct gql_builder *b, struct gql_type *t, str name, const struct gql_type *type, str description);
struct gql_input *gql_add_argument(struct gql_builder *b, struct gql_field *f, str name, const struct gql_type *type, str description);
struct gql_input *gql_add_input(struct gql_builder *b, struct gql_type *t, str name, const struct gql_type *type, str description);
struct gql_enum_value *gql_add_value(struct gql_builder *b, struct gql_type *t, str name, str description);
/* Of any row: gql_set_deprecated(b, &f->words, S("Use title.")). */
void gql_set_deprecated(struct gql_builder *b, const struct gql_words **words, str reason);
void gql_add_interface(struct gql_builder *b, struct gql_type *t, const struct gql_type *interface);
void gql_add_member(struct gql_builder *b, struct gql_type *u, const struct gql_type *object);
/* A default: a literal of the type ("50", "PUBLISHED", "{}"); must() be one. */
void gql_set_default(struct gql_builder *b, struct gql_input *i, const char *literal);

/* Looks at everything, makes maps, possible types and the hash. Types that nothing reaches are left out. The builder is
 * gone afterwards; the caller has one use of the schema. */
struct gql_schema *gql_schema_finish(struct gql_builder *b, const struct gql_type *query, const struct gql_type *mutation,
                                     const struct gql_type *subscription);
/* Does it hold to section 3 of the specification (graphql.md 8)? A sentence per fault. */
bool gql_schema_check(const struct gql_schema *s, struct gql_errors *errors);

/* A fixed schema out of SDL, with all of its types, whether anything reaches them or not. It is checked: the errors are those
 * of its text or of gql_schema_check(). bind() hangs code and meaning on fields ("Query", "Image") and may be NULL. */
NODISCARD enum err gql_schema_read(str sdl, void (*bind)(void *self, const struct gql_type *t, struct gql_field *f), void *self,
                                   struct gql_schema **out, struct gql_errors *errors);

/* Int Float String Boolean ID, and those that the specification leaves to us. */
extern const struct gql_scalar gql_int, gql_float, gql_string, gql_boolean, gql_id, gql_json;

#endif

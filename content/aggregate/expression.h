#ifndef CONTENT_AGGREGATE_EXPRESSION_H
#define CONTENT_AGGREGATE_EXPRESSION_H
#include "content/filter/filter.h"

/* One expression over the fields of one item: $expr in filters, computed fields. The language is that of aggregations
 * (docs/aggregate.md), and so is its code. Immutable, in the arena it was read into; any thread. */
struct expression;

struct name_scope;
/* Names are fields of the scope's collection that its reader may know, but for many-references, which no row
 * holds. Faults have the path options->where. */
NODISCARD enum err expression_read(struct arena *a, const struct name_scope *names, const struct json *in,
                                   const struct filter_options *options, const struct expression **out,
                                   struct problem *why);
/* The same by the server's own eyes, for definitions. */
NODISCARD enum err expression_of_collection(struct arena *a, const struct collection *c, const struct json *in, str where,
                                            const struct expression **out, struct problem *why);
/* The fields it looks at, in model order. */
size_t expression_fields(const struct expression *e, const struct field *const **out);
/* Its canonical spelling is what was read. */
const struct json *expression_source(const struct expression *e);
struct lens;
/* Of an item's image; references count as the ids they hold. Null when time or memory run out. lens: in which
 * language the image is looked at; NULL: as it is. */
struct json expression_value(const struct expression *e, struct arena *a, const struct json *item,
                             const struct lens *lens);
/* The value of a computed field: one that does not fit its kind is null. */
struct json expression_of_field(const struct field *f, struct arena *a, const struct json *item,
                                const struct lens *lens);
bool expression_is_true(const struct expression *e, struct arena *a, const struct json *item, const struct lens *lens);

#endif

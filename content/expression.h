#ifndef CONTENT_EXPRESSION_H
#define CONTENT_EXPRESSION_H
#include "content/filter.h"

/* One expression over the fields of one item: $expr in filters. The language is that of aggregations
 * (docs/aggregate.md), and so is its code. Immutable, in the arena it was read into; any thread. */
struct expression;

struct name_scope;
/* Names are fields of the scope's collection that its reader may know, but for many-references, which no row
 * holds. Faults have the path options->where. */
NODISCARD enum err expression_read(struct arena *a, const struct name_scope *names, const struct json *in,
                                   const struct filter_options *options, const struct expression **out,
                                   struct problem *why);
/* The fields it looks at, in model order. */
size_t expression_fields(const struct expression *e, const struct field *const **out);
/* Its canonical spelling is what was read. */
const struct json *expression_source(const struct expression *e);
/* Of an item's image; references count as the ids they hold. Null when time or memory run out. */
struct json expression_value(const struct expression *e, struct arena *a, const struct json *item);
bool expression_is_true(const struct expression *e, struct arena *a, const struct json *item);

#endif

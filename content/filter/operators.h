#ifndef CONTENT_FILTER_OPERATORS_H
#define CONTENT_FILTER_OPERATORS_H
#include "content/filter/filter.h"

/* Which operators of the filter language a field takes: the filter's reader refuses the others, schemas do not offer
 * them. Of a field itself, without functions and hops; member NULL: of free JSON. References to several collections and
 * what refers to an item have tests of their own (relation.c). */
bool operator_suits(const struct filter_operator *o, const struct field *member);
const struct filter_operator *operator_find(str spelling); /* "$nin"; NULL */

#endif

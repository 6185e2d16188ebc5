#ifndef GRAPHQL_OWN_INPUTS_H
#define GRAPHQL_OWN_INPUTS_H
#include "graphql/own/own.h"

/* An input of operators, {gt: 3, isNull: false}, as a member {"name": {"$gt": 3, "$exists": true}}
 * of the content API's filter. Null is refused; of nothing, nothing is asked. */
NODISCARD enum err own_take_operators(struct arena *a, str name, const struct json *in, str where,
                                      struct json *out, struct problem *why);
/* Can all of these operators be asked of the field itself? */
bool own_operators_suit(const struct json *in, const struct field *f);

#endif

#ifndef GRAPHQL_OWN_CHANGE_DATA_H
#define GRAPHQL_OWN_CHANGE_DATA_H
#include "content/change/change.h"

/* Inputs of mutations (own.h tells their shapes), coerced, as the JSON that change_read takes: so that what is refused, and
 * with which rule, is the same as over the content API. What stands elsewhere afterwards is remembered, and faults
 * come back to where the client wrote it. Memory: the arena's. */
struct own_data {
    struct arena *arena;
    struct own_place {
        str there, here;              /* pointers: in what was made, in what was sent */
    } *places;
    size_t count, room;
};

/* One item or change of one. where: the argument's pointer ("/data", "/data/0"), here and there. ERR_INVALID: a translation
 * says no language. */
NODISCARD enum err own_data_item(struct own_data *d, const struct collection *c, const struct json *sent, str where,
                                 const struct json **out, struct problem *why);
/* Faults of why from number `first` on: pointers there become places here, in GraphQL's way of writing ("data.tags.0"). */
void own_data_faults(const struct own_data *d, struct problem *why, size_t first);

#endif

#ifndef GRAPHQL_OWN_EVENTS_H
#define GRAPHQL_OWN_EVENTS_H
#include "graphql/own/own.h"

/* What is told of a change beside its item: a field of PostChange each. Schemas are made of these rows, and the fields resolve
 * by them; self is a struct feed_event. */
struct event_row {
    const char *name, *type, *doc;
    gql_resolve *give;
    bool is_of_journal;               /* for those who may read that */
};
extern const struct event_row event_rows[];
extern const size_t event_row_count;

#endif

#ifndef GRAPHQL_COCKPIT_INTERNAL_H
#define GRAPHQL_COCKPIT_INTERNAL_H
#include "graphql/cockpit/cockpit.h"

/* What hangs on fields: of roots `of`, of an item's type `field`. Members of sets have none: they are looked up in trees. */
struct cockpit_meaning {
    const struct collection *of;
    const struct field *field;
};

/* Roots. */
gql_writer cockpit_read_items;        /* postsModel of lists and trees */
gql_writer cockpit_read_single;       /* settingsModel */
gql_writer cockpit_read_content;      /* content */
gql_writer cockpit_read_tree;         /* contentTree */
gql_writer cockpit_save;              /* saveContentItem … */
gql_writer cockpit_write_saved;       /* … its member item */
gql_writer cockpit_delete;            /* deleteContentItem */

/* What a query without anything but arguments comes to: published items of `c`, in the language asked for, without outputs. */
NODISCARD enum err cockpit_ask(struct gql_execution *x, const struct gql_node *node, const struct collection *c, struct query *q,
                               struct problem *why);
/* … and with its outputs settled: populated as deep as wanted, links seen as published. */
NODISCARD enum err cockpit_populate(struct gql_execution *x, const struct gql_node *node, struct query *q, struct problem *why);
/* The collection that the argument `model` names. */
NODISCARD enum err cockpit_model(struct gql_execution *x, const struct gql_node *node, const struct collection **out,
                                 struct problem *why);

#endif

#ifndef TESTS_SUPPORT_KITCHEN_H
#define TESTS_SUPPORT_KITCHEN_H
#include "tests/support/house.h"

/* A house whose model has one of everything: each kind, relations of each sort, a tree, a singleton, components and blocks, a
 * view, two languages. Names with "hidden" are what no narrow role may find anywhere. Roles, each with a key of its name:
 *
 *   editor      all of the users' collections, assets
 *   reader      some fields of blog_posts, names of those people that were born
 *   one_field   titles of posts that are published
 *   dropper     creates posts and cannot read
 *   keeper      api_keys      nothing      admin */
struct house *kitchen_open(void);
/* A few items; the id of a post that has a value in each field. */
str kitchen_fill(struct house *h);
#endif

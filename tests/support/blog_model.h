#ifndef TESTS_SUPPORT_BLOG_MODEL_H
#define TESTS_SUPPORT_BLOG_MODEL_H
#include "content/model/model.h"

/* A small model with a field of every sort, for tests of the query language. In this order:
 *   posts       title body views rating live day clock published tags flavour author coauthors category
 *               seo{title words score checked} rows[name price on by parts[sku]] data scores events token
 *   authors     name born salary mentor publisher data password
 *   publishers  name country
 *   categories  title, a tree
 * Lives as long as the arena. */
const struct model *blog_model(struct arena *a);

#endif

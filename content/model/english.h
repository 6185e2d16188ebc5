#ifndef CONTENT_MODEL_ENGLISH_H
#define CONTENT_MODEL_ENGLISH_H
#include "base/arena.h"

/* One and many, of names made of English words: "blog_posts" and "blog_post", "newsPages" and "newsPage". Only the last
 * word of a name changes, and its letter case stays. A guess that holds for usual words; whoever names his things
 * otherwise says so (docs/modelling.md, "singular" and "plural"). */
str english_singular(struct arena *a, str name);   /* the name itself when it is no plural */
str english_plural(struct arena *a, str name);

#endif

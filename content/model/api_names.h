#ifndef CONTENT_MODEL_API_NAMES_H
#define CONTENT_MODEL_API_NAMES_H
#include "content/model/model.h"

/* Names in APIs that are generated from the model and have their own rules of spelling (GraphQL): a collection is read
 * as `blogPost` and `blog_posts`, its items are a BlogPost. They are made once, with the model, and are the same for
 * every caller, whatever he sees of the model.
 *
 *   "singular", "plural"     keys of a definition: what it says is what it is called, or the definition is refused
 *   else                     guessed from the name (content/model/english.h); of two that would be called the same, letter case
 *                            aside, the earlier has the name, and the later one gets "Item", "Block", a number behind it
 *
 * Whatever is made of a type's name with an ending ("BlogPostWhere") belongs to it as well: no two are alike.
 * struct collection has the result in `api`, a field whose values have a type of their own (sets, blocks, references to
 * several collections, options that are words of an enum) in `api_type`. */

/* Endings that types are made with; of collections and components, and of fields. {0} ends them. */
extern const str api_type_endings[], api_field_endings[];
/* Types that are there whatever the model is. {0} ends them. */
extern const str api_own_types[];
/* Scalars, each also with "Filter", "ListFilter" and "Range" behind it. */
extern const str api_scalars[];

/* "blog_post" is BlogPost and blogPost. */
str api_pascal(struct arena *a, str name);
str api_camel(struct arena *a, str name);
/* Can these options be the words of an enum? */
bool options_are_names(const struct json *options);
str option_text(const struct json *option);        /* the value of one of field->options */

#endif

#ifndef CONTENT_CHANGE_LANGUAGES_H
#define CONTENT_CHANGE_LANGUAGES_H
#include "content/change/change.h"
#include "content/languages/languages.h"

/* Changes in other languages than the default one. What a client says (by `locale`, as a map of languages, or
 * as Cockpit's title_de) becomes wishes beside the values: change->translations. */

/* Takes one value that a client sent for a localised field; *taken is false when it is of the default language,
 * an ordinary value. */
NODISCARD enum err languages_take(struct arena *a, struct change *c, const struct field *f, const struct json *v,
                                  str path, bool *taken, struct problem *why);
/* "title_de": the field and the language; false when the name says no such thing. */
bool languages_suffix(const struct change *c, str name, const struct field **f, const struct language **l);
void languages_add(struct arena *a, struct change *c, struct translation t);
/* May this access write all that is wished, language by language? ERR_FORBIDDEN. OP_REPLACE: what the client left
 * out is taken away in the language that he writes, and in no other. */
NODISCARD enum err languages_judge(struct arena *a, struct change *c, const struct access *access,
                                   const struct languages *l, struct problem *why);
/* Does OP_REPLACE clear this field's own column when the client left it out? */
bool languages_clears(const struct change *c, const struct field *f, const struct access *access,
                      const struct languages *l);
/* The present "_i18n" with the wishes in it: into values[META_I18N]. Slugs of languages that have none are made. */
void languages_settle(struct arena *a, struct change *c, const struct json *present);

#endif

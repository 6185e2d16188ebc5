#ifndef CONTENT_JOURNAL_IMAGE_SEEN_H
#define CONTENT_JOURNAL_IMAGE_SEEN_H
#include "content/internal.h"

/* Images of items that are not rows (any more): judged in C by the same rules, by what they refer to now. */
bool image_reached(struct work *w, const struct rights *rights, enum verb verb, const struct collection *c,
                   const struct json *image);
/* Does this condition hold for the image? */
bool image_satisfies(struct work *w, const struct filter *condition, const struct json *image);
/* Is this member of an image for somebody with this access? An image holds the default language's values, which are
 * not for who may not read that language, and all translations together, which are for nobody. */
bool image_shows(const struct work *w, const struct access *read, const struct field *f);
/* What may be read of it; NULL: nothing. */
const struct json *image_readable(struct work *w, const struct rights *rights, const struct collection *c,
                                  const struct json *image);

#endif

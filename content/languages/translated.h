#ifndef CONTENT_LANGUAGES_TRANSLATED_H
#define CONTENT_LANGUAGES_TRANSLATED_H
#include "content/plan/plan.h"

/* What answers say about languages beyond a value: all of them at once, and which fields fell back. */
struct row;

/* Does this node's lens want every language of the field? */
bool shows_languages(const struct plan_node *n, const struct field *f);
/* {"en":"Hello","de":"Hallo"}: those that are there and may be read; `own`: the field's own cell. */
struct json languages_of(struct arena *a, const struct plan_node *n, const struct row *row, const struct field *f,
                         const struct cell *own);
/* {"title":"en"}: outputs whose value is not of the language that was asked for; false: none is reported. */
bool fallbacks_of(struct arena *a, const struct plan_node *n, const struct row *row, struct json *out);

#endif

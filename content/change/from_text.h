#ifndef CONTENT_CHANGE_FROM_TEXT_H
#define CONTENT_CHANGE_FROM_TEXT_H
#include "content/model/model.h"

/* Values that arrive as text although they mean something else: CSV cells, form fields. The kind says
 * what the text should be; a text that is not one stays a text, and the kind's check then says so. */
struct json value_from_text(struct arena *a, const struct field *f, str text);
/* A map of texts ({"title":"x","views":"3"}) with each member turned into what its field wants. */
struct json item_from_texts(struct arena *a, const struct collection *c, const struct json *texts);
#endif

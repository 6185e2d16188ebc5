#ifndef CONTENT_LANGUAGES_TRANSLATIONS_H
#define CONTENT_LANGUAGES_TRANSLATIONS_H
#include "content/languages/languages.h"

/* What the column "_i18n" holds: {"de":{"2556802313":"Hallo"}}, by language and by a field's stable id, so that
 * a rename touches no row. A value stands there in column form (a text, a whole number, a real; documents as the
 * text of their JSON); what is empty does not stand there. Languages and ids are in order, so that equal
 * translations are equal bytes. Images in the journal hold the same. */

/* In the text of the column, without reading the rest of it; CELL_NULL: no translation. The cell's text is
 * in the arena or in `i18n`. */
struct cell translation_cell(struct arena *a, str i18n, str code, uint32_t field);
/* In an image or a tree of the column ("_i18n": a map or null). */
struct cell translation_of(struct arena *a, const struct json *i18n, str code, const struct field *f);
/* The tree with one value put in or, when it is null, taken out; null when nothing is left. */
struct json translation_put(struct arena *a, const struct json *i18n, str code, const struct field *f,
                            const struct json *canonical);
/* The tree without a language. */
struct json translation_drop(struct arena *a, const struct json *i18n, str code);

/* The tree after a change of the model: what stood under one field's id stands under another's; moves (NULL: none)
 * are for members_move, inside documents. */
struct json translations_carry(struct arena *a, const struct json *i18n, uint32_t from, uint32_t to,
                               const struct json *moves);

/* A localised field of an item's image, looked at through a lens. */
struct json image_value(struct arena *a, const struct json *image, const struct field *f, const struct lens *lens);

#endif

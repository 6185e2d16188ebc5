#include "content/languages/translated.h"

#include "content/kind.h"
#include "content/languages/translations.h"
#include "content/store/engine.h"

static str i18n_of(const struct plan_node *n, const struct row *row)
{
    const struct cell *c = &row->cells[n->translations - 1];
    return c->type == CELL_TEXT ? c->text : (str){0};
}

bool shows_languages(const struct plan_node *n, const struct field *f)
{
    return n->translations > 0 && n->lens->every_locale && f->localized;
}

struct json languages_of(struct arena *a, const struct plan_node *n, const struct row *row, const struct field *f,
                         const struct cell *own)
{
    const struct lens *lens = n->lens;
    struct json *members = NEW_N(a, struct json, lens->locale_count);
    size_t count = 0;
    for (size_t i = 0; i < lens->locale_count; i++) {
        const struct language *l = lens->locales[i];
        if (n->access && !access_has_language(n->access, l->code))
            continue;
        struct cell cell = l->standard ? *own : translation_cell(a, i18n_of(n, row), l->code, f->id);
        if (cell.type != CELL_NULL)
            members[count++] = json_named(l->code, kind_value(a, f, &cell));
    }
    return json_of_map(members, count);
}

static bool same_cell(const struct cell *l, const struct cell *r)
{
    if (l->type != r->type)
        return false;
    switch (l->type) {
    case CELL_INT: return l->integer == r->integer;
    case CELL_REAL: return l->real <= r->real && l->real >= r->real;
    case CELL_TEXT:
    case CELL_BLOB: return str_equal(l->text, r->text);
    case CELL_NULL: break;
    }
    return true;
}

/* Where the chain found the value. The default language's own cell is not at hand beside what was chosen: it
 * was the one unless a later language says the very same. */
static const struct language *source_of(struct arena *a, const struct plan_node *n, const struct row *row,
                                        const struct field *f, const struct cell *value)
{
    const struct language **chain = NEW_N(a, const struct language *, n->lens->locale_count);
    size_t count = 0;
    for (size_t i = 0; i < n->lens->locale_count; i++)
        if (!n->access || access_has_language(n->access, n->lens->locales[i]->code))
            chain[count++] = n->lens->locales[i];
    const struct language *standard = NULL;
    for (size_t i = 0; i < count; i++) {
        if (chain[i]->standard) {
            standard = chain[i];
            continue;
        }
        struct cell cell = translation_cell(a, i18n_of(n, row), chain[i]->code, f->id);
        if (cell.type != CELL_NULL && (!standard || same_cell(&cell, value)))
            return chain[i];
    }
    return standard;
}

bool fallbacks_of(struct arena *a, const struct plan_node *n, const struct row *row, struct json *out)
{
    struct json *members;
    size_t count = 0;
    if (n->translations == 0 || !n->lens->reports_locales || n->lens->locale_count == 0)
        return false;
    members = NEW_N(a, struct json, n->output_count);
    for (size_t i = 0; i < n->output_count; i++) {
        const struct plan_output *po = &n->outputs[i];
        const struct field *f = po->output->field;
        if (!f->localized || po->column < 0 || row->cells[po->column].type == CELL_NULL)
            continue;
        const struct language *from = source_of(a, n, row, f, &row->cells[po->column]);
        if (from && from != n->lens->locales[0])
            members[count++] = json_named(po->output->alias.at ? po->output->alias : f->name, json_of_text(from->code));
    }
    *out = json_of_map(members, count);
    return true;
}

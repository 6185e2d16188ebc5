/* A localised field seen through a lens: its own column holds the default language, "_i18n" the others. What a
 * reader may not read is not in the chain, so that falling back leads nowhere he may not go. */
#include "content/languages/languages.h"
#include "content/store/emit.h"

struct chosen {
    const struct language **list;
    size_t count;
};

/* What a plan's conditions, orders and answers look at; false: the column, as it is. */
static bool choose(const struct emit *e, const struct field *f, struct chosen *out)
{
    static const struct languages off;
    const struct plan *p = e->plan;
    if (!f->localized || !p || e->plainly)
        return false;
    const struct lens *lens = p->lens && p->lens->locale_count ? p->lens : NULL;
    const struct access *access = p->rights ? rights_access(p->rights, VERB_READ, f->in) : NULL;
    bool limited = access && !access->every_locale;
    if (!lens && !limited)
        return false;
    const struct languages *all = p->rights ? model_languages(p->rights->model) : &off;
    if (!lens && all->count == 0)
        return false;
    out->list = NEW_N(e->arena, const struct language *, lens ? lens->locale_count : 1);
    if (lens && !lens->every_locale) {
        out->count = lens_languages(lens, all, access, out->list);
    } else {
        out->count = lens_languages(NULL, all, access, out->list);
        if (!p->rights)
            return false;
    }
    return !(out->count == 1 && out->list[0]->standard);
}

bool emit_is_plain(const struct emit *e, const struct field *f)
{
    struct chosen unused;
    return !choose(e, f, &unused);
}

static void emit_translation(struct emit *e, unsigned alias, const struct field *f, str code)
{
    const struct field *i18n = &f->in->fields[META_I18N];
    for (const char *c = e->dialect->forms[FORM_TRANSLATION]; *c; c++) {
        if (*c == '$') {
            emit_alias(e, 't', alias);
            buf_byte(e->sql, '.');
            buf_add(e->sql, i18n->column);
        } else if (*c == '?') {
            emit_bind(e, code.at ? CELL_OF_TEXT(code) : CELL_OF_INT(f->id));
            code = (str){0};
        } else {
            buf_byte(e->sql, *c);
        }
    }
}

bool emit_translated(struct emit *e, unsigned alias, const struct field *f)
{
    struct chosen c;
    if (!choose(e, f, &c))
        return false;
    if (c.count == 0)
        emit_text(e, "NULL");
    emit_text(e, c.count > 1 ? "coalesce(" : "");
    for (size_t i = 0; i < c.count; i++) {
        emit_text(e, i ? ", " : "");
        if (c.list[i]->standard) {
            emit_alias(e, 't', alias);
            buf_byte(e->sql, '.');
            buf_add(e->sql, f->column);
        } else {
            emit_translation(e, alias, f, c.list[i]->code);
        }
    }
    emit_text(e, c.count > 1 ? ")" : "");
    return true;
}

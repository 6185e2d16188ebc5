#include "content/change/languages.h"

#include "content/kind.h"
#include "content/languages/translations.h"
#include "content/pointer.h"

void languages_add(struct arena *a, struct change *c, struct translation t)
{
    if (c->translation_count == c->translation_room) {
        size_t room = c->translation_room ? 2 * c->translation_room : 8;
        c->translations = arena_grow(a, c->translations, c->translation_room * sizeof t, room * sizeof t);
        c->translation_room = room;
    }
    t.value.name = (str){0};
    c->translations[c->translation_count++] = t;
}

static void put(struct change *c, const struct field *f, struct json v)
{
    c->values[f->index] = json_named(f->name, v);
    field_set_add(&c->set, f->index);
}

static enum err unknown_language(str code, str path, struct problem *why)
{
    return problem_fault(why, ERR_INVALID, path, S("unknown-language"), "There is no language \"%.*s\"",
                         (int)(code.len < 80 ? code.len : 80), code.at);
}

/* {"de":"Hallo","en":"Hello"}; null takes the value away in all of them. */
static enum err take_map(struct arena *a, struct change *c, const struct field *f, const struct json *v, str path,
                         struct problem *why)
{
    enum err e = ERR_OK;
    if (v->type != JSON_MAP && v->type != JSON_NULL)
        return problem_fault(why, ERR_INVALID, path, S("type"),
                             STR_FMT " must be an object of languages, because of locale=all", STR_ARG(f->name));
    for (size_t i = 0; v->type == JSON_NULL && i < c->languages->count; i++) {
        const struct language *l = &c->languages->list[i];
        if (l->standard)
            put(c, f, json_null);
        else
            languages_add(a, c, (struct translation){f, l, json_null, path});
    }
    for (uint32_t i = 0; v->type == JSON_MAP && i < v->count; i++) {
        const struct json *one = &v->items[i];
        const struct language *l = language_find(c->languages, one->name);
        str at = pointer_name(a, path, one->name);
        if (!l)
            e = unknown_language(one->name, at, why);
        else if (l->standard)
            put(c, f, *one);
        else
            languages_add(a, c, (struct translation){f, l, *one, at});
    }
    return e;
}

enum err languages_take(struct arena *a, struct change *c, const struct field *f, const struct json *v, str path,
                        bool *taken, struct problem *why)
{
    *taken = false;
    if (!f->localized || !c->languages || c->languages->count == 0)
        return ERR_OK;
    *taken = true;
    if (c->every_language)
        return take_map(a, c, f, v, path, why);
    *taken = c->language && !c->language->standard;
    if (*taken)
        languages_add(a, c, (struct translation){f, c->language, *v, path});
    return ERR_OK;
}

bool languages_suffix(const struct change *c, str name, const struct field **f, const struct language **l)
{
    size_t at = name.len;
    while (at > 0 && name.at[at - 1] != '_')
        at--;
    if (!c->languages || at < 2)
        return false;
    const struct field *named = collection_field(c->in, str_slice(name, 0, at - 1));
    const struct language *language = language_find(c->languages, str_slice(name, at, name.len));
    if (!named || !named->localized || !language)
        return false;
    *f = named;
    *l = language;
    return true;
}

static enum err refuse(str code, struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "Your role may not write the language " STR_FMT " here", STR_ARG(code));
}

/* The language that an ordinary value is of. */
static bool may_write_own(const struct access *access, const struct languages *l)
{
    return l->count == 0 || access_has_language(access, l->standard->code);
}

bool languages_clears(const struct change *c, const struct field *f, const struct access *access,
                      const struct languages *l)
{
    bool elsewhere = c->language && !c->language->standard;
    return !f->localized || (!elsewhere && may_write_own(access, l));
}

static bool is_wished(const struct change *c, const struct field *f, const struct language *l)
{
    for (size_t i = 0; i < c->translation_count; i++)
        if (c->translations[i].field == f && c->translations[i].language == l)
            return true;
    return false;
}

static void clear_rest(struct arena *a, struct change *c, const struct access *access)
{
    for (size_t i = 0; i < c->languages->count; i++) {
        const struct language *l = &c->languages->list[i];
        bool written = c->every_language || l == c->language;
        for (size_t k = META_COUNT; written && !l->standard && k < c->in->field_count; k++) {
            const struct field *f = &c->in->fields[k];
            if (f->localized && !f->locked && field_set_has(&access->fields, k) && access_has_language(access, l->code) &&
                !is_wished(c, f, l))
                languages_add(a, c, (struct translation){f, l, json_null, c->where});
        }
    }
}

enum err languages_judge(struct arena *a, struct change *c, const struct access *access, const struct languages *l,
                         struct problem *why)
{
    if (l->count == 0)
        return ERR_OK;
    if (c->op == OP_REPLACE && c->languages && (c->language || c->every_language))
        clear_rest(a, c, access);
    for (size_t i = META_COUNT; i < c->in->field_count && !access->every_locale; i++)
        if (c->in->fields[i].localized && field_set_has(&c->set, i) && !may_write_own(access, l))
            return refuse(l->standard->code, why);
    for (size_t i = 0; i < c->translation_count; i++) {
        const struct translation *t = &c->translations[i];
        if (!access_has_language(access, t->language->code))
            return refuse(t->language->code, why);
        if (!field_set_has(&access->fields, t->field->index))
            (void)problem_fault(why, ERR_INVALID, t->path, S("unknown-field"), "There is no field " STR_FMT,
                                STR_ARG(t->field->name));
    }
    return why->err;
}

/* A slug that nobody gave is made of the title in its language. */
static struct json with_slugs(struct arena *a, const struct change *c, struct json i18n, const struct language *l)
{
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        const struct field *from = str_is_absent(f->from) ? NULL : collection_field(c->in, f->from);
        if (!f->localized || !from || !from->localized)
            continue;
        struct cell title = translation_of(a, &i18n, l->code, from), slug = translation_of(a, &i18n, l->code, f);
        if (title.type != CELL_TEXT || slug.type != CELL_NULL)
            continue;
        struct json made = json_of_text(change_slug(a, f, title.text));
        i18n = translation_put(a, &i18n, l->code, f, &made);
    }
    return i18n;
}

void languages_settle(struct arena *a, struct change *c, const struct json *present)
{
    const struct json *now = present ? json_get(present, S("_i18n")) : NULL;
    if (c->translation_count == 0)
        return;
    if (field_set_has(&c->set, META_I18N))
        now = &c->values[META_I18N];
    struct json i18n = now ? *now : json_null;
    for (size_t i = 0; i < c->translation_count; i++)
        i18n = translation_put(a, &i18n, c->translations[i].language->code, c->translations[i].field,
                               &c->translations[i].value);
    for (size_t i = 0; i < c->translation_count; i++)
        i18n = with_slugs(a, c, i18n, c->translations[i].language);
    put(c, &c->in->fields[META_I18N], i18n);
}

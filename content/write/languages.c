/* Translations of one change, inside its transaction. */
#include "content/change/languages.h"
#include "content/internal.h"
#include "content/kind.h"
#include "content/languages/translations.h"

/* Another item with this value in this language? No index knows: the collection is gone through. */
static enum err check_unique(struct work *w, const struct change *c, const struct json *present, const struct field *f,
                             str code, struct problem *why)
{
    struct cell cell = translation_of(w->arena, &c->values[META_I18N], code, f);
    struct cell was = translation_of(w->arena, json_get(present, S("_i18n")), code, f);
    struct json value = kind_value(w->arena, f, &cell), before = kind_value(w->arena, f, &was);
    struct language language = {.code = code};
    if (cell.type == CELL_NULL || json_equal(&value, &before))
        return ERR_OK;
    const struct filter *same = filter_test(w->arena, f, TEST_EQ, kind_comparable(f, &value));
    const struct filter *other = filter_test(w->arena, &c->in->fields[META_ID], TEST_NE, json_of_text(c->result_id));
    struct query q = {.from = c->in, .limit = 1, .where = filter_and(w->arena, same, other)};
    struct item_list found;
    q.lens = lens_of_language(w->arena, &language);
    item_list_init(&found, w->arena);
    TRY(read_server(w, &q, &found, why));
    if (found.count == 0)
        return ERR_OK;
    (void)problem_fault(why, ERR_CONFLICT, arena_format(w->arena, STR_FMT "/" STR_FMT, STR_ARG(c->where), STR_ARG(f->name)),
                        S("unique"), STR_FMT " is taken by another item in the language " STR_FMT, STR_ARG(f->name),
                        STR_ARG(code));
    return problem_set(why, ERR_CONFLICT, "Another item has the same value");
}

enum err write_languages(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    languages_settle(w->arena, c, present);
    const struct json *i18n = &c->values[META_I18N];
    for (uint32_t i = 0; field_set_has(&c->set, META_I18N) && i18n->type == JSON_MAP && i < i18n->count; i++)
        for (size_t k = META_COUNT; k < c->in->field_count; k++)
            if (c->in->fields[k].localized && c->in->fields[k].unique)
                TRY(check_unique(w, c, present, &c->in->fields[k], i18n->items[i].name, why));
    return ERR_OK;
}

/* Some localised field has a value. */
static const struct filter *some_value(struct arena *a, const struct collection *c)
{
    const struct filter *some = &filter_none;
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (c->fields[i].localized)
            some = filter_or(a, some, filter_test(a, &c->fields[i], TEST_EXISTS, json_true));
    return some;
}

enum err work_count_translations(struct work *w, str language, uint64_t *out, struct problem *why)
{
    struct language one = {.code = language};
    *out = 0;
    for (size_t i = 0; i < w->model->collection_count; i++) {
        const struct collection *c = w->model->collections[i];
        struct query q = {.from = c, .limit = 1, .where = some_value(w->arena, c), .lens = lens_of_language(w->arena, &one)};
        uint64_t count = 0;
        if (field_set_has(&c->meta_fields, META_I18N))
            TRY(count_server(w, &q, &count, why));
        *out += count;
    }
    return ERR_OK;
}

enum err work_count_localized(struct work *w, uint64_t *out, struct problem *why)
{
    *out = 0;
    for (size_t i = 0; i < w->model->collection_count; i++) {
        struct query q = {.from = w->model->collections[i], .limit = 1};
        uint64_t count = 0;
        if (field_set_has(&q.from->meta_fields, META_I18N))
            TRY(count_server(w, &q, &count, why));
        *out += count;
    }
    return ERR_OK;
}

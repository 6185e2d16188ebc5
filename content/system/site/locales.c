/* Languages: what items say in a language is kept by its code, and the default language is the fields' own columns.
 * So a language that is used is not deleted or called otherwise, and the default does not move while there are
 * items that have values in it. Refusals say how many. */
#include <inttypes.h>

#include "content/languages/languages.h"
#include "content/system/behaviours.h"

static str code_of(const struct json *image)
{
    const struct json *v = json_get(image, S("code"));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static enum err refuse_used(struct work *w, str code, struct problem *why)
{
    uint64_t count = 0;
    TRY(work_count_translations(w, code, &count, why));
    if (count == 0)
        return ERR_OK;
    return problem_fault(why, ERR_CONFLICT, S("/code"), S("used"),
                         "%" PRIu64 " item%s ha%s values in " STR_FMT "; take them away first, or disable the language",
                         count, count == 1 ? "" : "s", count == 1 ? "s" : "ve", STR_ARG(code));
}

static enum err before_locale(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    static const str words[] = {STR("default"), STR("all"), STR("none")};
    const struct field *code = collection_field(c->in, S("code"));
    const struct json *next = field_set_has(&c->set, code->index) ? &c->values[code->index] : NULL;
    str was = code_of(present), now = next && next->type == JSON_TEXT ? next->text : was;
    for (size_t i = 0; i < COUNTOF(words) && c->op != OP_DELETE; i++)
        if (str_equal_nocase(words[i], now))
            return problem_fault(why, ERR_INVALID, arena_format(work_arena(w), STR_FMT "/code", STR_ARG(c->where)), S("reserved"),
                                 STR_FMT " means something else where a language is asked for", STR_ARG(now));
    if (!present || (c->op != OP_DELETE && str_equal(was, now)))
        return ERR_OK;
    return refuse_used(w, was, why);
}

struct rows {
    struct arena *arena;
    struct json *items;
    size_t count, standards;
};

static enum err keep_row(void *self, const struct json *item)
{
    struct rows *r = self;
    const struct json *standard = json_get(item, S("standard"));
    r->items = arena_grow(r->arena, r->items, r->count * sizeof *r->items, (r->count + 1) * sizeof *r->items);
    r->items[r->count++] = *item;
    r->standards += standard && standard->type == JSON_BOOL && standard->boolean;
    return ERR_OK;
}

static enum err after_locale(struct work *w, struct change *c, struct problem *why)
{
    const struct languages *before = model_languages(work_model(w));
    struct rows rows = {.arena = work_arena(w)};
    uint64_t count = 0;
    TRY(work_each(w, S("locales"), &filter_all, keep_row, &rows, why));
    if (rows.standards > 1)
        return problem_fault(why, ERR_CONFLICT, arena_format(work_arena(w), STR_FMT "/standard", STR_ARG(c->where)),
                             S("unique"), "Another language is the default already");
    const struct languages *after = languages_read(work_arena(w), rows.items, rows.count);
    if (!before->standard || !after->standard || str_equal_nocase(before->standard->code, after->standard->code))
        return ERR_OK;
    bool renamed = c->before && str_equal_nocase(code_of(c->before), before->standard->code) && c->after &&
                   str_equal_nocase(code_of(c->after), after->standard->code);
    if (renamed)
        return ERR_OK;
    TRY(work_count_localized(w, &count, why));
    if (count == 0)
        return ERR_OK;
    return problem_fault(why, ERR_CONFLICT, arena_format(work_arena(w), STR_FMT "/standard", STR_ARG(c->where)), S("used"),
                         "%" PRIu64 " item%s ha%s values in the default language " STR_FMT ", which " STR_FMT " would become",
                         count, count == 1 ? "" : "s", count == 1 ? "s" : "ve", STR_ARG(before->standard->code),
                         STR_ARG(after->standard->code));
}

const struct behaviour behaviour_locales = {.collection = STR("locales"), .before = before_locale, .after = after_locale};

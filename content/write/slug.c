/* A slug that was made of another field, and not chosen by anybody, gives way to one that is there: "news" becomes
 * "news-2". One that somebody chose is refused, as every unique value. */
#include "base/regex.h"
#include "content/internal.h"

#define SLUG_NUMBERS 1000000u

static bool is_unique(const struct collection *c, const struct field *f)
{
    bool unique = f->unique;
    for (size_t i = 0; i < c->rule_count; i++)
        unique |= c->rules[i].unique && c->rules[i].count == 1 && c->rules[i].fields[0] == f;
    return unique;
}

/* Is there another item with this slug? */
static enum err is_taken(struct work *w, const struct change *c, const struct field *f, str slug, bool *out, struct problem *why)
{
    const struct filter *same = filter_test(w->arena, f, TEST_EQ, json_of_text(slug));
    const struct filter *other = filter_test(w->arena, &c->in->fields[META_ID], TEST_NE, json_of_text(c->result_id));
    uint64_t count = 0;
    TRY(work_count(w, c->in->name, filter_and(w->arena, same, other), &count, why));
    *out = count > 0;
    return ERR_OK;
}

/* A number whose slug is free, with few looks however many there are: twice as far each time, then back between the
 * last that was taken and the first that was not. */
static enum err find_number(struct work *w, const struct change *c, const struct field *f, str slug, unsigned *out, struct problem *why)
{
    unsigned taken_to = 1, free_from = 2;
    bool taken = true;
    for (; free_from < SLUG_NUMBERS; free_from *= 2) {
        TRY(is_taken(w, c, f, change_slug_numbered(w->arena, f, slug, free_from), &taken, why));
        if (!taken)
            break;
        taken_to = free_from;
    }
    while (free_from - taken_to > 1) {
        unsigned middle = taken_to + (free_from - taken_to) / 2;
        TRY(is_taken(w, c, f, change_slug_numbered(w->arena, f, slug, middle), &taken, why));
        if (taken)
            taken_to = middle;
        else
            free_from = middle;
    }
    *out = free_from;
    return ERR_OK;
}

static enum err number_slug(struct work *w, struct change *c, const struct field *f, struct problem *why)
{
    str slug = c->values[f->index].text;
    unsigned number = 0;
    bool taken = false;
    TRY(is_taken(w, c, f, slug, &taken, why));
    if (!taken)
        return ERR_OK;
    TRY(find_number(w, c, f, slug, &number, why));
    str numbered = change_slug_numbered(w->arena, f, slug, number);
    if (!f->pattern || regex_matches(f->pattern, numbered)) /* else: refused like one that was chosen */
        c->values[f->index] = json_named(f->name, json_of_text(numbered));
    return ERR_OK;
}

enum err number_slugs(struct work *w, struct change *c, struct problem *why)
{
    for (size_t i = META_COUNT; i < c->in->field_count && !field_set_is_empty(&c->made); i++)
        if (field_set_has(&c->made, i) && is_unique(c->in, &c->in->fields[i]) && c->values[i].type == JSON_TEXT)
            TRY(number_slug(w, c, &c->in->fields[i], why));
    return ERR_OK;
}

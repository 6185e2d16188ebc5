/* Which fields full-text search looks at, and what a word in each weighs. By itself every text that a person
 * reads is searched; "search" in a field's definition says otherwise (true, false or a weight), in a
 * collection's it turns all of it off. */
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

#define WEIGHT_MAX 100.0
#define WEIGHT_OF_DISPLAY 5.0 /* what names the item */

/* Kinds whose values have words; by_itself: also when nobody says so. */
static const struct {
    str kind;
    double weight;
    bool by_itself;
} kinds_with_words[] = {
    {STR("text"), 1, true}, {STR("richtext"), 1, true},    {STR("slug"), 2, true},
    {STR("tags"), 2, true}, {STR("select"), 2, true},      {STR("multiselect"), 2, true},
    {STR("code"), 1, true}, {STR("set"), 1, false},        {STR("object"), 1, false},
    {STR("url"), 1, false}, {STR("email"), 1, false},
};

/* Every kind that keeps texts may be asked for; of these nobody knows better than the row above. */
static bool has_words(const struct field *f, double *weight, bool *by_itself)
{
    for (size_t i = 0; i < COUNTOF(kinds_with_words); i++) {
        if (!str_equal(kinds_with_words[i].kind, f->kind->name))
            continue;
        *weight = kinds_with_words[i].weight;
        *by_itself = kinds_with_words[i].by_itself;
        return true;
    }
    *weight = 1;
    *by_itself = false;
    return f->kind->column == COLUMN_JSON;
}

static bool weight_said(const struct json *said, double *weight)
{
    if (said->type == JSON_BOOL)
        return said->boolean;
    *weight = said->type == JSON_REAL ? said->real : (double)said->integer;
    return true;
}

static void link_field(struct reader *r, struct collection *c, struct field *f, const struct field_source *s, bool on)
{
    const struct json *said = json_get(s->canonical, S("search"));
    double weight = 0;
    bool by_itself = false, fits = f->kind && f->name.len > 0 && !json_get(s->canonical, S("computed")) && has_words(f, &weight, &by_itself);
    if (said) {
        str path = written_path(r->why->arena, s->given, s->path, S("search"));
        bool is_number = said->type == JSON_INT || said->type == JSON_REAL;
        double number = said->type == JSON_REAL ? said->real : said->type == JSON_INT ? (double)said->integer : 1;
        if ((said->type != JSON_BOOL && !is_number) || number < 0 || number > WEIGHT_MAX) {
            REFUSE(r, path, "type", "search must be true, false or a weight up to %d", (int)WEIGHT_MAX);
            return;
        }
        if (f->kind && !fits && !(said->type == JSON_BOOL && !said->boolean)) {
            REFUSE(r, path, "not-here", "search means nothing for a field of kind " STR_FMT, STR_ARG(f->kind->name));
            return;
        }
    }
    if (f == c->display && by_itself)
        weight = WEIGHT_OF_DISPLAY;
    bool wanted = fits && (said ? weight_said(said, &weight) : by_itself && !c->system);
    f->search_weight = on && wanted ? weight : 0;
    c->searched = c->searched || f->search_weight > 0;
}

void link_search(struct reader *r, struct draft *d)
{
    const struct json *said = json_get(d->canonical, S("search"));
    bool on = !said || said->type != JSON_BOOL || said->boolean;
    for (size_t i = 0; i < d->field_count; i++)
        link_field(r, d->collection, &d->own[i], &d->fields[i], on && !d->collection->read_only);
}

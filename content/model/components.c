/* Components: named groups of fields that other fields are made of. They are read like collections, stand beside
 * them, and are put in where a field says "of". */
#include "base/limits.h"
#include "content/filter/filter.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

const struct collection *model_component(const struct model *m, str name)
{
    return map_get(m->component_names, name);
}

const struct collection *block_component(const struct field *f, const struct json *element)
{
    const struct json *word = json_get(element, S("_component"));
    word = word ? word : json_get(element, S("__component"));
    if (!word || word->type != JSON_TEXT)
        return NULL;
    str name = word->text, category, rest;
    while (str_cut(name, '.', &category, &rest))
        name = rest;
    for (size_t i = 0; i < f->of_count; i++)
        if (str_equal(f->of[i]->name, name))
            return f->of[i];
    return NULL;
}

/* Reading. */

static void refuse_collection_keys(struct reader *r, const struct draft *d)
{
    static const str keys[] = {STR("unique"), STR("indexes"), STR("actions"), STR("extends"), STR("system"), STR("read_only")};
    for (size_t i = 0; i < COUNTOF(keys); i++)
        if (json_get(d->canonical, keys[i]))
            REFUSE(r, written_path(r->why->arena, d->given, d->path, keys[i]), "not-here",
                   "A component has no items of its own; " STR_FMT " is for collections", STR_ARG(keys[i]));
}

bool draft_is_component(const struct draft *d)
{
    return json_is_text(json_get(d->canonical, S("shape")), S("component"));
}

void read_component(struct reader *r, struct draft *d, struct collection *c)
{
    c->shape = SHAPE_COMPONENT;
    refuse_collection_keys(r, d);
    if (d->field_count == 0)
        REFUSE(r, pointer_name(r->why->arena, d->path, S("fields")), "required", "A component needs fields");
}

/* Linking. */

static const struct collection *find_component(struct reader *r, const struct site *s, const struct json *name)
{
    str path = written_path(r->why->arena, s->source->given, s->source->path, S("of"));
    const struct collection *c = name->type == JSON_TEXT ? map_get(r->component_names, name->text) : NULL;
    if (!c && name->type == JSON_TEXT)
        REFUSE(r, path, "unknown-component", "There is no component \"" STR_FMT "\"", STR_ARG(name->text));
    return c;
}

static void link_of(struct reader *r, const struct site *s)
{
    const struct json *of = json_get(s->field->definition, S("of"));
    const struct json *names = !of || of->type == JSON_TEXT ? of : of->items;
    size_t count = !of ? 0 : of->type == JSON_TEXT ? 1 : of->type == JSON_LIST ? of->count : 0;
    const struct collection **list = NEW_N(r->arena, const struct collection *, count + 1);
    for (size_t i = 0; i < count && count <= LIMIT_COMPONENTS; i++) {
        const struct collection *c = find_component(r, s, &names[i]);
        if (c)
            list[s->field->of_count++] = c;
    }
    s->field->of = list;
}

/* Levels of documents: how many a field adds, given those of the components. */
static unsigned levels_of(const struct field *f, const unsigned *heights);

static unsigned levels_of_list(const struct field *list, size_t count, const unsigned *heights)
{
    unsigned most = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned n = levels_of(&list[i], heights);
        most = n > most ? n : most;
    }
    return most;
}

/* Recursion: sets are at most LIMIT_FIELD_DEPTH deep. */
static unsigned levels_of(const struct field *f, const unsigned *heights)
{
    unsigned most = 0;
    for (size_t i = 0; i < f->of_count; i++)
        most = heights[f->of[i]->index] > most ? heights[f->of[i]->index] : most;
    if (f->of_count == 0 && f->member_count == 0)
        return 0;
    return 1 + (f->of_count > 0 ? most : levels_of_list(f->members, f->member_count, heights));
}

/* After as many rounds as there may be levels every height is right, or too much: a circle grows for ever. */
static const unsigned *measure(struct reader *r)
{
    unsigned *heights = NEW_N(r->arena, unsigned, r->model->component_count + 1);
    for (unsigned round = 0; round <= LIMIT_FIELD_DEPTH; round++)
        for (size_t i = 0; i < r->model->component_count; i++) {
            const struct collection *c = r->model->components[i];
            unsigned n = levels_of_list(c->fields + META_COUNT, c->field_count - META_COUNT, heights);
            heights[i] = n > LIMIT_FIELD_DEPTH ? LIMIT_FIELD_DEPTH : n;
        }
    return heights;
}

void link_components(struct reader *r)
{
    for (size_t i = 0; i < r->site_count; i++)
        if (r->sites[i].field->kind && kind_takes(r->sites[i].field->kind, S("of")))
            link_of(r, &r->sites[i]);
    const unsigned *heights = measure(r);
    for (size_t i = 0; i < r->site_count; i++) {
        const struct site *s = &r->sites[i];
        struct field *f = s->field;
        if (f->of_count > 0 && s->depth + levels_of(f, heights) > LIMIT_FIELD_DEPTH)
            REFUSE(r, written_path(r->why->arena, s->source->given, s->source->path, S("of")), "limit",
                   "Components and sets are at most %u deep within each other, and not within themselves", LIMIT_FIELD_DEPTH);
        else if (f->of_count > 0 && f->kind && !field_is_blocks(f)) {
            f->members = f->of[0]->fields + META_COUNT;
            f->member_count = f->of[0]->field_count - META_COUNT;
        }
    }
}

/* Conditions that a field's definition holds. */

static enum err see_own(void *self, const struct field *field, const struct filter *at)
{
    bool *hops = self;
    (void)field;
    *hops |= at->hop_count > 0;
    return ERR_OK;
}

void link_conditions(struct reader *r, struct draft *d)
{
    static const str keys[] = {STR("required_if"), STR("shown_if")};
    struct filter_options options = {.allow_vars = true};
    for (size_t i = 0; i < d->field_count; i++)
        for (size_t k = 0; k < COUNTOF(keys); k++) {
            const struct json *given = json_get(d->own[i].definition, keys[k]);
            const struct filter *f = NULL;
            bool hops = false;
            if (!given)
                continue;
            options.where = written_path(r->why->arena, d->fields[i].given, d->fields[i].path, keys[k]);
            if (filter_read(r->arena, r->model, d->collection, given, &options, &f, r->why) != ERR_OK)
                r->faults++;
            else if (filter_each_field(f, see_own, &hops) != ERR_OK || hops)
                REFUSE(r, options.where, "not-here", STR_FMT " looks at the item's own fields", STR_ARG(keys[k]));
            else if (k == 0)
                d->own[i].required_if = f;
        }
}

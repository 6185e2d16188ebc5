/* Views: collections that are queries. Read once their sources are complete, references included. */
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/model/view.h"
#include "content/pointer.h"

struct view_draft {
    struct reader *r;
    struct draft *draft;
    const struct json *given;         /* the member "view" */
    const struct collection *from;
    struct view *view;
};

static str view_path(const struct view_draft *v, const char *key)
{
    struct arena *a = v->r->why->arena;
    str path = pointer_name(a, v->draft->path, S("view"));
    return key ? pointer_name(a, path, str_of(key)) : path;
}

bool draft_is_view(const struct draft *d)
{
    return json_get(d->canonical, S("view")) != NULL;
}

static bool check_form(struct view_draft *v)
{
    static const str known[] = {STR("from"), STR("filter"), STR("fields"), STR("sort")};
    const struct json *own = json_get(v->draft->canonical, S("fields"));
    if (v->given->type != JSON_MAP) {
        REFUSE(v->r, view_path(v, NULL), "type", "A view is an object with from, and perhaps filter, fields, sort");
        return false;
    }
    for (uint32_t i = 0; i < v->given->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < COUNTOF(known); k++)
            is_known = is_known || str_equal(known[k], v->given->items[i].name);
        if (!is_known)
            REFUSE(v->r, view_path(v, NULL), "unknown-key", "A view has no \"" STR_FMT "\"", STR_ARG(v->given->items[i].name));
    }
    if (own && own->count > 0)
        REFUSE(v->r, pointer_name(v->r->why->arena, v->draft->path, S("fields")), "not-here",
               "A view has no fields of its own; view/fields names those of its source");
    return v->r->faults == 0;
}

static bool find_source(struct view_draft *v)
{
    const struct json *from = json_get(v->given, S("from"));
    v->from = from && from->type == JSON_TEXT ? map_get(v->r->by_name, from->text) : NULL;
    if (!v->from)
        REFUSE(v->r, view_path(v, "from"), "unknown-collection", "A view is made from a collection that there is");
    else if (v->from->system || v->from->read_only || v->from->shape == SHAPE_SINGLE)
        REFUSE(v->r, view_path(v, "from"), "not-here",
               "A view cannot be made from a collection of the system, another view or a singleton");
    else
        return true;
    return false;
}

static bool is_hidden(const struct field *f)
{
    return (f->kind->flags & (KIND_SECRET | KIND_DIGEST)) != 0;
}

static const struct json *definition_of(struct arena *a, const struct field *f, str name)
{
    struct json *members = NEW_N(a, struct json, f->definition->count + 1), *out = NEW(a, struct json);
    size_t n = 0;
    members[n++] = json_named(S("name"), json_of_text(name));
    for (uint32_t i = 0; i < f->definition->count; i++)
        if (!str_equal(f->definition->items[i].name, S("name")))
            members[n++] = f->definition->items[i];
    *out = json_of_map(members, n);
    return out;
}

/* The source's field under another name: the same column, kind, links and id. */
static void add_field(struct view_draft *v, struct collection *c, struct field *fields, const struct field *source, str name)
{
    struct arena *a = v->r->arena;
    struct field *f = &fields[c->field_count];
    *f = *source;
    f->name = arena_copy(a, name);
    f->json_name = arena_format(a, "\"" STR_FMT "\":", STR_ARG(name));
    f->label = str_equal(name, source->name) ? source->label : f->name;
    f->in = c;
    f->index = (uint16_t)c->field_count++;
    f->definition = definition_of(a, source, f->name);
    f->required = f->unique = false; /* nothing is written */
    f->locked = true;
    if (field_is_polymorphic(f)) /* "about:posts" of the view, with rights on the view */
        link_into(v->r, f);
}

static bool is_taken(const struct collection *c, const struct field *fields, str name)
{
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (str_equal(fields[i].name, name))
            return true;
    return false;
}

/* {"heading": "title"}: its name here, and there. Without: all of them. */
static void make_fields(struct view_draft *v, struct collection *c)
{
    const struct json *named = json_get(v->given, S("fields"));
    size_t most = v->from->field_count + (named ? named->count : 0);
    struct field *fields = NEW_N(v->r->arena, struct field, most + 1);
    memcpy(fields, v->from->fields, META_COUNT * sizeof *fields);
    for (size_t i = 0; i < META_COUNT; i++)
        fields[i].in = c;
    c->field_count = META_COUNT;
    if (named && (named->type != JSON_MAP || named->count == 0 || named->count > LIMIT_FIELDS - META_COUNT)) {
        REFUSE(v->r, view_path(v, "fields"), "type", "The fields of a view are an object {name: name in its source}");
        named = NULL;
    }
    for (uint32_t i = 0; named && i < named->count; i++) {
        const struct json *m = &named->items[i];
        str path = pointer_name(v->r->why->arena, view_path(v, "fields"), m->name);
        const struct field *source = m->type == JSON_TEXT ? collection_field(v->from, m->text) : NULL;
        if (!name_is_valid(m->name) || is_taken(c, fields, m->name))
            REFUSE(v->r, path, "name", "A field's name begins with a letter, has at most 64 letters, digits and underscores, and stands once");
        else if (!source || source->is_meta || is_hidden(source))
            REFUSE(v->r, path, "unknown-field", STR_FMT " has no such field to show", STR_ARG(v->from->name));
        else
            add_field(v, c, fields, source, m->name);
    }
    for (size_t i = META_COUNT; !named && i < v->from->field_count; i++)
        if (!is_hidden(&v->from->fields[i]))
            add_field(v, c, fields, &v->from->fields[i], v->from->fields[i].name);
    c->fields = fields;
    index_fields(v->r, c, fields);
    v->draft->own = fields + META_COUNT;
}

/* Meta fields as lists have them: what a tree's are about is its own business. */
static void make_collection(struct view_draft *v)
{
    struct collection *c = v->draft->collection;
    c->read_only = true;
    c->shape = SHAPE_LIST;
    c->table = v->from->table;
    c->meta_fields = v->from->meta_fields;
    field_set_drop(&c->meta_fields, META_PARENT);
    field_set_drop(&c->meta_fields, META_ORDER);
    c->all_fields = c->secret_fields = (field_set){{0}};
    v->view = NEW(v->r->arena, struct view);
    *v->view = (struct view){.from = v->from, .where = &filter_all};
    c->view = v->view;
    make_fields(v, c);
}

void read_views(struct reader *r)
{
    for (size_t i = 0; i < r->draft_count; i++) {
        struct draft *d = &r->drafts[i];
        struct view_draft v = {.r = r, .draft = d};
        if (!d->collection || !draft_is_view(d))
            continue;
        v.given = json_get(d->canonical, S("view"));
        if (d->collection->shape != SHAPE_LIST || d->collection->system)
            REFUSE(r, view_path(&v, NULL), "not-here", "A view is a list of the users' own");
        else if (check_form(&v) && find_source(&v))
            make_collection(&v);
    }
}

static bool follows_references(const struct query *q)
{
    for (size_t i = 0; i < q->sort_count; i++)
        if (q->sort[i].hop_count > 0 || q->sort[i].by->backwards)
            return true;
    return false;
}

/* The expressions are the source's: they look at the same row. */
static void take_computed(struct collection *c, const struct collection *from, struct field *fields)
{
    for (size_t i = META_COUNT; i < c->field_count; i++)
        for (size_t k = META_COUNT; k < from->field_count; k++)
            if (from->fields[k].id == fields[i].id)
                fields[i].computed = from->fields[k].computed;
}

void link_view(struct reader *r, struct draft *d)
{
    struct view_draft v = {r, d, json_get(d->canonical, S("view")), d->collection->view->from, NULL};
    struct view *view = (struct view *)(uintptr_t)d->collection->view; /* made here, above */
    const struct json *sort = json_get(v.given, S("sort"));
    struct filter_options options = {.dialect = JSON_STRICT, .where = view_path(&v, "filter")};
    struct query q = {.from = v.from};
    take_computed(d->collection, v.from, d->own - META_COUNT);
    if (filter_read(r->arena, r->model, v.from, json_get(v.given, S("filter")), &options, &view->where, r->why) != ERR_OK)
        r->faults++;
    if (!sort)
        return;
    if (sort->type != JSON_TEXT)
        REFUSE(r, view_path(&v, "sort"), "type", "A view's sort is a text like \"-date,title\"");
    else if (query_read_sort(r->arena, &q, sort->text, view_path(&v, "sort"), r->why) != ERR_OK)
        r->faults++;
    else if (query_is_random(&q) || follows_references(&q))
        REFUSE(r, view_path(&v, "sort"), "not-here", "A view's own order is by fields of its source");
    memcpy(view->sort, q.sort, sizeof q.sort);
    view->sort_count = q.sort_count;
}

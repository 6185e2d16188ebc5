/* Definitions -> a snapshot. Everything wrong is told at once: a collection or field that cannot be used
 * is reported and passed over, and the whole is refused at the end. */
#include "base/limits.h"
#include "content/journal/reads.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"
#include "content/system/system.h"

#define AT(member) offsetof(struct collection, member), 0
const struct key collection_keys[] = {
    {STR("name"), AS_TEXT, AT(name)},
    {STR("id"), AS_TEXT, KEY_LATER, 0},
    {STR("was"), AS_TEXT, KEY_LATER, 0},
    {STR("singular"), AS_TEXT, KEY_LATER, 0},
    {STR("plural"), AS_TEXT, KEY_LATER, 0},
    {STR("label"), AS_TEXT, AT(label)},
    {STR("info"), AS_TEXT, AT(info)},
    {STR("group"), AS_TEXT, AT(group)},
    {STR("shape"), AS_TEXT, KEY_LATER, 0},
    {STR("system"), AS_BOOL, AT(system)},
    {STR("extends"), AS_BOOL, KEY_LATER, 0},
    {STR("read_only"), AS_BOOL, AT(read_only)},
    {STR("demands_match"), AS_BOOL, AT(demands_match)},
    {STR("audit_reads"), AS_BOOL, AT(audit_reads)},
    {STR("within"), AS_TEXT, KEY_LATER, 0},
    {STR("display"), AS_TEXT, KEY_LATER, 0},
    {STR("view"), AS_ANY, KEY_LATER, 0},
    {STR("fields"), AS_LIST, KEY_LATER, 0},
    {STR("unique"), AS_LIST, KEY_LATER, 0},
    {STR("indexes"), AS_LIST, KEY_LATER, 0},
    {STR("actions"), AS_LIST, KEY_LATER, 0},
    {STR("search"), AS_BOOL, KEY_LATER, 0},
    {STR("no_trash"), AS_BOOL, KEY_LATER, 0},
    {STR("history"), AS_MAP, KEY_LATER, 0},
};
const size_t collection_key_count = COUNTOF(collection_keys);
#undef AT

static str member_text(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static bool member_is_true(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_BOOL && v->boolean;
}

static const struct json *member_list(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_LIST ? v : NULL;
}

/* Reading one definition's sources. */

/* The list that canonical fields were made of, and where it stands. */
static const struct json *written_fields(struct reader *r, const struct json *given, str path, str *at)
{
    *at = written_path(r->why->arena, given, path, S("fields"));
    return member_list(given, S("fields"));
}

static void take_sources(struct reader *r, struct draft *d)
{
    const struct json *canonical = member_list(d->canonical, S("fields"));
    str at;
    const struct json *given = written_fields(r, d->given, d->path, &at);
    size_t count = canonical ? canonical->count : 0;
    if (count > LIMIT_FIELDS - META_COUNT) {
        REFUSE(r, at, "limit", STR_FMT " has %zu fields; at most %u are possible", STR_ARG(d->name), count,
               LIMIT_FIELDS - META_COUNT);
        count = 0;
    }
    d->fields = NEW_N(r->arena, struct field_source, count + 1);
    d->field_count = count;
    for (size_t i = 0; i < count; i++) {
        d->fields[i] = (struct field_source){
            .canonical = &canonical->items[i],
            .given = given ? &given->items[i] : &canonical->items[i],
            .path = pointer_index(r->why->arena, at, i),
        };
    }
}

static void check_name(struct reader *r, struct draft *d)
{
    str path = pointer_name(r->why->arena, d->path, S("name"));
    bool system = member_is_true(d->canonical, S("system"));
    d->name = member_text(d->canonical, S("name"));
    d->extends = member_is_true(d->canonical, S("extends"));
    if (d->name.len == 0) {
        REFUSE(r, path, "required", "A collection needs a name");
    } else if (!name_is_valid(d->name)) {
        REFUSE(r, path, "name",
               "A collection's name begins with a letter and has at most 64 letters, digits and underscores");
        d->name = (str){0};
    } else if (system && d->extends) {
        REFUSE(r, path, "reserved", "\"system\" and \"extends\" exclude each other");
    } else if (system != system_name_reserved(d->name) && !d->extends) {
        if (system)
            REFUSE(r, pointer_name(r->why->arena, d->path, S("system")), "reserved",
                   STR_FMT " is no system collection", STR_ARG(d->name));
        else
            REFUSE(r, path, "reserved",
                   STR_FMT " is a name of the system; choose another one, or say \"extends\": true to add fields "
                           "to the collection that has it",
                   STR_ARG(d->name));
        d->name = (str){0};
    }
}

static void read_draft(struct reader *r, struct draft *d, const struct json *given, size_t index)
{
    d->given = given;
    d->path = pointer_index(r->why->arena, S(""), index);
    if (given->type != JSON_MAP) {
        REFUSE(r, d->path, "type", "A collection is an object with name and fields");
        return;
    }
    d->canonical = definition_canonical(r->arena, given);
    check_name(r, d);
    if (d->name.len > 0)
        take_sources(r, d);
}

/* Extensions: "extends": true under the name of a system collection adds fields to it. */

static struct draft *system_draft(struct reader *r, str name)
{
    for (size_t i = 0; i < r->draft_count; i++) {
        struct draft *d = &r->drafts[i];
        if (!d->extends && str_equal(d->name, name) && member_is_true(d->canonical, S("system")))
            return d;
    }
    return NULL;
}

static void check_extension_keys(struct reader *r, const struct draft *d)
{
    for (uint32_t i = 0; i < d->canonical->count; i++) {
        str key = d->canonical->items[i].name;
        if (str_equal(key, S("name")) || str_equal(key, S("extends")) || str_equal(key, S("fields")) ||
            str_equal(key, S("shape")) || str_equal(key, S("system")))
            continue;
        REFUSE(r, written_path(r->why->arena, d->given, d->path, key), "not-here",
               "An extension adds fields; " STR_FMT " cannot be changed", STR_ARG(key));
    }
}

static struct json with_fields(struct arena *a, const struct draft *d)
{
    struct json *fields = NEW_N(a, struct json, d->field_count + 1);
    struct json *members = NEW_N(a, struct json, d->canonical->count);
    for (size_t i = 0; i < d->field_count; i++)
        fields[i] = *d->fields[i].canonical;
    for (uint32_t i = 0; i < d->canonical->count; i++) {
        members[i] = d->canonical->items[i];
        if (str_equal(members[i].name, S("fields")))
            members[i] = json_named(S("fields"), json_of_list(fields, d->field_count));
    }
    return json_of_map(members, d->canonical->count);
}

static void extend(struct reader *r, const struct draft *extension)
{
    struct draft *d = system_draft(r, extension->name);
    if (!d) {
        REFUSE(r, pointer_name(r->why->arena, extension->path, S("extends")), "unknown-collection",
               "There is no system collection " STR_FMT " to extend", STR_ARG(extension->name));
        return;
    }
    check_extension_keys(r, extension);
    size_t count = d->field_count + extension->field_count;
    if (count > LIMIT_FIELDS - META_COUNT) {
        REFUSE(r, extension->path, "limit", STR_FMT " would have %zu fields; at most %u are possible",
               STR_ARG(d->name), count, LIMIT_FIELDS - META_COUNT);
        return;
    }
    struct field_source *all = NEW_N(r->arena, struct field_source, count + 1);
    memcpy(all, d->fields, d->field_count * sizeof *all);
    for (size_t i = 0; i < extension->field_count; i++) {
        all[d->field_count + i] = extension->fields[i];
        all[d->field_count + i].added = true;
    }
    d->fields = all;
    d->field_count = count;
    struct json *merged = NEW(r->arena, struct json);
    *merged = with_fields(r->arena, d);
    d->canonical = merged;
}

/* Collections. */

static void read_shape(struct reader *r, struct draft *d, struct collection *c)
{
    static const str words[] = {[SHAPE_LIST] = STR("list"), [SHAPE_SINGLE] = STR("single"), [SHAPE_TREE] = STR("tree")};
    str given = member_text(d->canonical, S("shape"));
    for (size_t i = 0; i < COUNTOF(words); i++) {
        if (str_equal(words[i], given)) {
            c->shape = (enum shape)i;
            return;
        }
    }
    REFUSE(r, pointer_name(r->why->arena, d->path, json_get(d->given, S("shape")) ? S("shape") : S("type")), "shape",
           "shape must be list, single, tree or component");
}

void index_fields(struct reader *r, struct collection *c, struct field *fields)
{
    struct map *by_name = map_new(r->arena, c->field_count);
    for (size_t i = 0; i < c->field_count; i++) {
        struct field *f = &fields[i];
        if (f->is_meta && !field_set_has(&c->meta_fields, i))
            continue;
        field_set_add(&c->all_fields, i);
        if (f->kind && (f->kind->flags & (KIND_SECRET | KIND_DIGEST)))
            field_set_add(&c->secret_fields, i);
        if (f->name.len > 0 && i != META_I18N) /* no client's name */
            (void)map_put(by_name, f->name, f);
    }
    c->by_name = by_name;
}

/* Cockpit's word for it; anything else there is the dashboard's business. */
static uint32_t levels_allowed(const struct json *canonical)
{
    const struct json *v = json_get(json_get(json_get(canonical, S("meta")), S("tree")), S("maxlevel"));
    return v && v->type == JSON_INT && v->integer > 0 && v->integer <= LIMIT_TREE_DEPTH ? (uint32_t)v->integer : 0;
}

static void read_collection(struct reader *r, struct draft *d)
{
    struct collection *c = NEW(r->arena, struct collection);
    struct field *fields = NEW_N(r->arena, struct field, META_COUNT + d->field_count);
    take_keys(r, d->canonical, d->given, d->path, collection_keys, collection_key_count, c);
    c->name = d->name;
    c->label = c->label.len > 0 ? c->label : c->name;
    c->max_level = levels_allowed(d->canonical);
    c->table = arena_format(r->arena, "\"c_" STR_FMT "\"", STR_ARG(c->name));
    c->definition = d->canonical;
    c->fields = fields;
    c->field_count = META_COUNT + d->field_count;
    d->collection = c;
    d->own = fields + META_COUNT;
    if (draft_is_component(d))
        read_component(r, d, c);
    else
        read_shape(r, d, c);
    if (c->read_only && !c->system)
        REFUSE(r, pointer_name(r->why->arena, d->path, S("read_only")), "not-here",
               "Only system collections can be read-only");
    read_meta_fields(r, c, fields);
    read_fields(r, d);
    index_fields(r, c, fields);
    read_actions(r, d);
}

static void read_collections(struct reader *r)
{
    const struct collection **list = NEW_N(r->arena, const struct collection *, r->draft_count + 1);
    const struct collection **components = NEW_N(r->arena, const struct collection *, r->draft_count + 1);
    struct map *names = map_new(r->arena, r->draft_count);
    for (size_t i = 0; i < r->draft_count; i++) {
        struct draft *d = &r->drafts[i];
        if (d->name.len == 0 || d->extends)
            continue;
        if (map_put(names, lower_name(r->arena, d->name), d)) {
            REFUSE(r, pointer_name(r->why->arena, d->path, S("name")), "duplicate",
                   "There is another collection " STR_FMT "; letter case makes no difference", STR_ARG(d->name));
            continue;
        }
        read_collection(r, d);
        if (d->collection->shape == SHAPE_COMPONENT) {
            d->collection->index = (uint16_t)r->model->component_count;
            components[r->model->component_count++] = d->collection;
            (void)map_put(r->component_names, d->name, d->collection);
            continue;
        }
        d->collection->index = (uint16_t)r->model->collection_count;
        list[r->model->collection_count++] = d->collection;
        (void)map_put(r->by_name, d->name, d->collection);
    }
    r->model->collections = list;
    r->model->by_name = r->by_name;
    r->model->components = components;
    r->model->component_names = r->component_names;
}

static void drop_model(struct counted *self)
{
    struct model *m = (struct model *)(void *)self;
    arena_close(m->arena);
}

/* "within": the name of a single, required reference to another collection that is nobody's part itself. */
static void link_within(struct reader *r, struct draft *d)
{
    str name = member_text(d->canonical, S("within"));
    const struct field *f = name.len ? collection_field(d->collection, name) : NULL;
    if (name.len == 0)
        return;
    if (!d->collection->system)
        REFUSE(r, pointer_name(r->why->arena, d->path, S("within")), "not-here", "Only system collections are within another one");
    else if (!f || !f->to || f->many || !f->required || json_get(f->to->definition, S("within")))
        REFUSE(r, pointer_name(r->why->arena, d->path, S("within")), "reference",
               "within is a required reference to one collection");
    else
        d->collection->within = f;
}

static void read_all(struct reader *r, const struct json *const *definitions, size_t count)
{
    r->drafts = NEW_N(r->arena, struct draft, count + 1);
    r->draft_count = count;
    for (size_t i = 0; i < count; i++)
        read_draft(r, &r->drafts[i], definitions[i], i);
    for (size_t i = 0; i < count; i++) {
        if (r->drafts[i].extends && r->drafts[i].name.len > 0)
            extend(r, &r->drafts[i]);
    }
    read_collections(r);
    link_fields(r);
    read_views(r);
    link_relations(r);
    for (size_t i = 0; i < count; i++) {
        if (r->drafts[i].collection)
            link_collection(r, &r->drafts[i]);
    }
    bool sound = r->faults == 0;
    for (size_t i = 0; i < count && sound; i++) {
        if (r->drafts[i].collection && !r->drafts[i].collection->view)
            link_conditions(r, &r->drafts[i]);
    }
    for (size_t i = 0; i < count && sound; i++) {
        if (r->drafts[i].collection && !r->drafts[i].collection->view)
            link_computed(r, &r->drafts[i]);
    }
    for (size_t i = 0; i < count && sound; i++) {
        if (r->drafts[i].collection && r->drafts[i].collection->view)
            link_view(r, &r->drafts[i]);
    }
    for (size_t i = 0; i < count && sound; i++) {
        if (r->drafts[i].collection)
            link_within(r, &r->drafts[i]);
        if (r->drafts[i].collection)
            link_actions(r, &r->drafts[i]);
    }
    link_names(r);
}

static void note_watched(struct model *m)
{
    for (size_t i = 0; i < m->collection_count && !m->watches_reads; i++)
        m->watches_reads = reads_watch_items(m->collections[i]);
}

enum err model_read(const struct json *const *definitions, size_t count, uint64_t epoch, struct model **out,
                    struct problem *why)
{
    if (count > LIMIT_COLLECTIONS)
        return problem_set(why, ERR_INVALID, "The model has %zu collections; at most %u are possible", count,
                           LIMIT_COLLECTIONS);
    struct arena *arena = arena_open(64u << 10);
    struct reader r = {.arena = arena, .why = why, .model = NEW(arena, struct model), .by_name = map_new(arena, count),
                       .component_names = map_new(arena, count)};
    r.model->counted.users = 1;
    r.model->counted.drop = drop_model;
    r.model->arena = arena;
    r.model->epoch = epoch;
    read_all(&r, definitions, count);
    if (r.faults > 0) {
        arena_close(arena);
        return problem_set(why, ERR_INVALID, "The model is not valid: %zu fault%s", r.faults, r.faults == 1 ? "" : "s");
    }
    note_watched(r.model);
    *out = r.model;
    return ERR_OK;
}

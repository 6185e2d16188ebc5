/* What fields and collections say about each other: looked at once all of them are known. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

static str site_path(struct reader *r, const struct site *s, const char *key)
{
    return written_path(r->why->arena, s->source->given, s->source->path, str_of(key));
}

static str collection_word(const void *words, size_t index)
{
    return ((const struct model *)words)->collections[index]->name;
}

static const struct collection *target_named(struct reader *r, str name, str path)
{
    const struct collection *target = map_get(r->by_name, name);
    if (target && !target->read_only)
        return target;
    str near = nearest_word(name, collection_word, r->model, r->model->collection_count);
    if (target)
        REFUSE(r, path, "to", "Items of " STR_FMT " cannot be referred to", STR_ARG(name));
    else if (str_is_absent(near))
        REFUSE(r, path, "unknown-collection", "There is no collection \"" STR_FMT "\"", STR_ARG(name));
    else
        REFUSE(r, path, "unknown-collection",
               "There is no collection \"" STR_FMT "\"; did you mean \"" STR_FMT "\"?", STR_ARG(name), STR_ARG(near));
    return NULL;
}

static void link_targets(struct reader *r, const struct site *s, const struct json *names)
{
    struct field *f = s->field;
    const struct collection **targets = NEW_N(r->arena, const struct collection *, names->count);
    for (uint32_t i = 0; i < names->count; i++) {
        str path = pointer_index(r->why->arena, site_path(r, s, "to"), i);
        targets[i] = names->items[i].type == JSON_TEXT ? target_named(r, names->items[i].text, path) : NULL;
        if (!targets[i])
            return;
    }
    f->targets = targets;
    f->target_count = names->count;
}

static void link_target(struct reader *r, const struct site *s)
{
    struct field *f = s->field;
    const struct json *to = json_get(f->definition, S("to"));
    str name = to && to->type == JSON_TEXT ? to->text : (str){0};
    if (to && to->type == JSON_LIST && to->count <= LIMIT_REF_TARGETS && str_equal(f->kind->name, S("ref"))) {
        link_targets(r, s, to);
        return;
    }
    if (str_equal(f->kind->name, S("asset")))
        name = S("assets");
    if (name.len > 0) /* else the kind has complained */
        f->to = target_named(r, name, site_path(r, s, "to"));
}

static bool is_computed(const struct field *f, const struct json *v)
{
    bool text = str_equal(f->kind->name, S("text"));
    if (v->type != JSON_TEXT || f->many)
        return false;
    if (str_equal(v->text, S("$now")))
        return str_equal(f->kind->name, S("date")) || str_equal(f->kind->name, S("time")) ||
               str_equal(f->kind->name, S("datetime"));
    if (str_equal(v->text, S("$user")))
        return text || (f->to && str_equal(f->to->name, S("users")));
    return false;
}

static void link_default(struct reader *r, const struct site *s)
{
    struct field *f = s->field;
    const struct json *given = json_get(f->definition, S("default"));
    if (!given)
        return;
    str path = site_path(r, s, "default");
    if (f->kind->flags & (KIND_SECRET | KIND_DIGEST)) {
        REFUSE(r, path, "not-here", "A secret has no default");
        return;
    }
    struct json *value = NEW(r->arena, struct json);
    struct check check = {.arena = r->arena, .field = f, .path = path, .why = r->why};
    if ((f->kind->flags & KIND_REF) && !f->to && !field_is_polymorphic(f))
        return;
    if (is_computed(f, given))
        *value = json_of_text(given->text);
    else if (f->kind->check(&check, given, value) != ERR_OK)
        r->faults++;
    if (value->type != JSON_NULL)
        f->standard = value;
}

static void link_slug(struct reader *r, const struct site *s)
{
    struct field *f = s->field;
    if (str_is_absent(f->from) || !str_equal(f->kind->name, S("slug")))
        return;
    for (size_t i = 0; i < s->sibling_count; i++) {
        const struct field *from = &s->siblings[i];
        if (!str_equal(from->name, f->from) || !from->kind)
            continue;
        if (from == f || from->kind->column != COLUMN_TEXT)
            REFUSE(r, site_path(r, s, "from"), "from", "A slug is made from another field that holds one text");
        return;
    }
    REFUSE(r, site_path(r, s, "from"), "unknown-field", "There is no field \"" STR_FMT "\"", STR_ARG(f->from));
}

void link_fields(struct reader *r)
{
    for (size_t i = 0; i < r->site_count; i++) {
        struct site *s = &r->sites[i];
        if (s->field->kind && (s->field->kind->flags & KIND_REF))
            link_target(r, s);
    }
    link_components(r);
    bool sound = r->faults == 0; /* defaults are checked by rules that may be broken themselves */
    for (size_t i = 0; i < r->site_count; i++) {
        struct site *s = &r->sites[i];
        if (!s->field->kind || s->field->name.len == 0)
            continue;
        link_slug(r, s);
        if (sound)
            link_default(r, s);
    }
}

/* Rules. */

static const struct field *rule_field(struct reader *r, const struct collection *c, const struct json *v, bool unique,
                                      str path, bool *down)
{
    str name = v->type == JSON_TEXT ? v->text : (str){0};
    *down = !unique && str_starts(name, S("-"));
    name = str_slice(name, *down ? 1 : 0, name.len);
    const struct field *f = name.len > 0 ? collection_field(c, name) : NULL;
    if (!f)
        REFUSE(r, path, "unknown-field", "There is no field \"" STR_FMT "\"", STR_ARG(name));
    else if (f->kind && (f->kind->column == COLUMN_NONE || f->kind->column == COLUMN_JSON))
        REFUSE(r, path, "not-here", STR_FMT " does not hold one plain value", STR_ARG(f->name));
    return f;
}

static void read_rule(struct reader *r, const struct collection *c, const struct json *v, bool unique, str path,
                      struct unique_rule *rule)
{
    rule->unique = unique;
    if (v->type != JSON_LIST || v->count == 0 || v->count > COUNTOF(rule->fields)) {
        REFUSE(r, path, "type", "A rule is a list of one to %zu field names", COUNTOF(rule->fields));
        return;
    }
    for (uint32_t i = 0; i < v->count; i++) {
        str at = pointer_index(r->why->arena, path, i);
        const struct field *f = rule_field(r, c, &v->items[i], unique, at, &rule->down[rule->count]);
        for (size_t k = 0; f && k < rule->count; k++) {
            if (rule->fields[k] == f)
                REFUSE(r, at, "duplicate", STR_FMT " is in this rule twice", STR_ARG(f->name));
        }
        rule->fields[rule->count++] = f;
    }
}

static size_t read_rules(struct reader *r, struct draft *d, const char *key, bool unique, struct unique_rule *rules)
{
    const struct json *list = json_get(d->canonical, str_of(key));
    str path = pointer_name(r->why->arena, d->path, str_of(key));
    if (!list || list->type != JSON_LIST)
        return 0;
    if (list->count > LIMIT_RULES) {
        REFUSE(r, path, "limit", "A collection has at most %u entries in %s", LIMIT_RULES, key);
        return 0;
    }
    for (uint32_t i = 0; i < list->count; i++)
        read_rule(r, d->collection, &list->items[i], unique, pointer_index(r->why->arena, path, i), &rules[i]);
    return list->count;
}

/* Display. */

static bool can_name(const struct field *f)
{
    return f->kind && f->name.len > 0 && !f->is_meta &&
           (f->kind->column == COLUMN_TEXT || f->kind->column == COLUMN_NUMBER || f->kind->column == COLUMN_TIME);
}

static const struct field *usual_display(const struct draft *d)
{
    static const str usual[] = {STR("title"), STR("name"), STR("label"), STR("email")};
    for (size_t i = 0; i < COUNTOF(usual); i++) {
        const struct field *f = collection_field(d->collection, usual[i]);
        if (f && can_name(f) && f->kind->column == COLUMN_TEXT)
            return f;
    }
    for (size_t i = 0; i < d->field_count; i++) {
        if (can_name(&d->own[i]) && d->own[i].kind->column == COLUMN_TEXT)
            return &d->own[i];
    }
    return &d->collection->fields[META_ID];
}

static void link_display(struct reader *r, struct draft *d)
{
    const struct json *given = json_get(d->canonical, S("display"));
    d->collection->display = usual_display(d);
    if (!given || given->type != JSON_TEXT)
        return;
    const struct field *f = collection_field(d->collection, given->text);
    str path = pointer_name(r->why->arena, d->path, S("display"));
    if (!f)
        REFUSE(r, path, "unknown-field", "There is no field \"" STR_FMT "\"", STR_ARG(given->text));
    else if (f->index != META_ID && !can_name(f))
        REFUSE(r, path, "not-here", STR_FMT " cannot name an item", STR_ARG(f->name));
    else
        d->collection->display = f;
}

void link_collection(struct reader *r, struct draft *d)
{
    const struct json *unique = json_get(d->canonical, S("unique")), *indexes = json_get(d->canonical, S("indexes"));
    size_t most = (unique ? unique->count : 0) + (size_t)(indexes ? indexes->count : 0);
    struct unique_rule *rules = NEW_N(r->arena, struct unique_rule, most < 2 * LIMIT_RULES ? most + 1 : 2 * LIMIT_RULES);
    size_t count = read_rules(r, d, "unique", true, rules);
    count += read_rules(r, d, "indexes", false, rules + count);
    d->collection->rules = rules;
    d->collection->rule_count = count;
    link_display(r, d);
    link_search(r, d);
}

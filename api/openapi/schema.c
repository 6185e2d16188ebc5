/* Collections as JSON Schema: each field is its kind's fragment, narrowed by the field's own rules.
 */
#include "api/openapi/openapi.h"
#include "base/limits.h"
#include "content/kind.h"
#include "content/languages/languages.h"
#include "content/search/search.h"

/* An object that is put together member by member. */
struct object {
    struct json members[16];
    size_t count;
};

static void put(struct object *o, str name, struct json v)
{
    for (size_t i = 0; i < o->count; i++)
        if (str_equal(o->members[i].name, name)) {
            o->members[i] = json_named(name, v);
            return;
        }
    must(o->count < COUNTOF(o->members));
    o->members[o->count++] = json_named(name, v);
}

static struct json finish(struct arena *a, const struct object *o)
{
    struct json *members = NEW_N(a, struct json, o->count + 1);
    memcpy(members, o->members, o->count * sizeof *members);
    return json_of_map(members, o->count);
}

static struct json pair_of(struct arena *a, struct json first, struct json second)
{
    struct json *items = NEW_N(a, struct json, 2);
    items[0] = first;
    items[1] = second;
    return json_of_list(items, 2);
}

static struct json link_to(struct arena *a, str schema)
{
    struct object o = {.count = 0};
    put(&o, S("$ref"),
        json_of_text(arena_format(a, "#/components/schemas/" STR_FMT, STR_ARG(schema))));
    return finish(a, &o);
}

static struct json any_of(struct arena *a, struct json first, struct json second)
{
    struct object o = {.count = 0};
    put(&o, S("anyOf"), pair_of(a, first, second));
    return finish(a, &o);
}

/* A reference is read as {_model, _id}, or as its target where the request populates. */
static struct json reference(struct arena *a, const struct openapi_schema *s, const struct field *f)
{
    if (s->writes)
        return link_to(a, S("api.ReferenceInput"));
    struct json targets = link_to(a, S("api.Reference"));
    for (size_t i = 0; i < f->target_count && !s->alone; i++)
        if (gate_may(s->who, VERB_READ, f->targets[i]))
            targets = any_of(a, targets, link_to(a, f->targets[i]->name));
    if (field_is_polymorphic(f))
        return targets;
    if (s->alone || !f->to || !gate_may(s->who, VERB_READ, f->to))
        return link_to(a, S("api.Reference"));
    return any_of(a, link_to(a, S("api.Reference")), link_to(a, f->to->name));
}

static struct json values_of(struct arena *a, const struct json *options)
{
    struct json *values = NEW_N(a, struct json, options->count + 1);
    for (uint32_t i = 0; i < options->count; i++) {
        const struct json *v = json_get(&options->items[i], S("value"));
        values[i] = v ? *v : options->items[i];
        values[i].name = (str){0};
    }
    return json_of_list(values, options->count);
}

static void add_rules(struct arena *a, struct object *o, const struct field *f)
{
    if (f->integer_only)
        put(o, S("type"), json_of_text(S("integer")));
    if (f->has_min)
        put(o, S("minimum"), json_of_real(f->min));
    if (f->has_max)
        put(o, S("maximum"), json_of_real(f->max));
    if (f->min_length)
        put(o, S("minLength"), json_of_int(f->min_length));
    if (f->max_length)
        put(o, S("maxLength"), json_of_int(f->max_length));
    if (f->options && f->options->type == JSON_LIST)
        put(o, S("enum"), values_of(a, f->options));
}

static struct json field_schema(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth);

static void add_members(struct arena *a, const struct openapi_schema *s, struct object *o,
                        const struct field *f, unsigned depth)
{
    struct json *properties = NEW_N(a, struct json, f->member_count + 1);
    if (depth == 0)
        return;
    for (size_t i = 0; i < f->member_count; i++)
        properties[i] =
            json_named(f->members[i].name, field_schema(a, s, &f->members[i], depth - 1));
    put(o, S("properties"), json_of_map(properties, f->member_count));
}

/* An element of blocks: the component that it says it is of, and that component's fields. */
static struct json block_schema(struct arena *a, const struct openapi_schema *s, const struct collection *c, unsigned depth)
{
    size_t own = c->field_count > META_COUNT ? c->field_count - META_COUNT : 0;
    struct json *properties = NEW_N(a, struct json, own + 1), *required = NEW(a, struct json);
    struct object o = {.count = 0}, name = {.count = 0};
    put(&name, S("const"), json_of_text(c->name));
    properties[0] = json_named(S("_component"), finish(a, &name));
    for (size_t i = 0; i < own; i++)
        properties[i + 1] =
            json_named(c->fields[META_COUNT + i].name, field_schema(a, s, &c->fields[META_COUNT + i], depth - 1));
    *required = json_of_text(S("_component"));
    put(&o, S("type"), json_of_text(S("object")));
    put(&o, S("title"), json_of_text(c->label.len ? c->label : c->name));
    put(&o, S("properties"), json_of_map(properties, own + 1));
    put(&o, S("required"), json_of_list(required, 1));
    return finish(a, &o);
}

static struct json blocks_schema(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth)
{
    struct json *choices = NEW_N(a, struct json, f->of_count);
    struct object o = {.count = 0};
    for (size_t i = 0; i < f->of_count; i++)
        choices[i] = block_schema(a, s, f->of[i], depth);
    put(&o, S("anyOf"), json_of_list(choices, (uint32_t)f->of_count));
    return finish(a, &o);
}

/* One value; a list's element. */
static struct json value_schema(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth)
{
    const struct json *fragment = NULL;
    struct object o = {.count = 0};
    struct problem why = {.arena = a};
    if ((f->kind->flags & KIND_REF) && !f->is_meta)
        return reference(a, s, f);
    if (f->of_count && f->member_count == 0 && depth > 0)
        return blocks_schema(a, s, f, depth);
    str text = str_of(kind_of_one(f->kind)->json_schema);
    must(json_read(a, text, NULL, S("kind"), &fragment, &why) == ERR_OK &&
         fragment->type == JSON_MAP);
    for (uint32_t i = 0; i < fragment->count; i++)
        put(&o, fragment->items[i].name, fragment->items[i]);
    add_rules(a, &o, f);
    if (f->member_count)
        add_members(a, s, &o, f, depth);
    return finish(a, &o);
}

static struct json list_schema(struct arena *a, const struct field *f, struct json element)
{
    struct object o = {.count = 0};
    put(&o, S("type"), json_of_text(S("array")));
    put(&o, S("items"), element);
    if (f->min_items)
        put(&o, S("minItems"), json_of_int(f->min_items));
    if (f->max_items)
        put(&o, S("maxItems"), json_of_int(f->max_items));
    return finish(a, &o);
}

static void describe(struct object *o, const struct field *f)
{
    str said = f->info.len ? f->info : f->is_meta ? str_of(f->kind->doc) : (str){0};
    if (f->label.len)
        put(o, S("title"), json_of_text(f->label));
    if (said.len)
        put(o, S("description"), json_of_text(said));
    if (f->standard && !f->is_meta &&
        !str_starts(f->standard->type == JSON_TEXT ? f->standard->text : S(""), S("$")))
        put(o, S("default"), *f->standard);
}

/* Those that nobody in particular made have no maker, those at the root no parent. */
static bool may_be_absent(const struct openapi_schema *s, const struct field *f)
{
    if (f->is_meta)
        return f->index == META_CBY || f->index == META_MBY || f->index == META_PARENT;
    bool unfinished = f->in && !f->in->system && gate_sees_drafts(s->who, f->in); /* drafts may lack what is required */
    return !f->required || s->writes || unfinished;
}

/* A value, and null where there may be none. */
static struct json field_schema(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth)
{
    struct object o = {.count = 0}, null = {.count = 0};
    struct json v = value_schema(a, s, f, depth);
    if (f->many || f->kind->one)
        v = list_schema(a, f, v);
    put(&null, S("type"), json_of_text(S("null")));
    bool is_any = v.count == 0;
    if (!is_any && may_be_absent(s, f))
        v = any_of(a, v, finish(a, &null));
    for (uint32_t i = 0; i < v.count; i++)
        put(&o, v.items[i].name, v.items[i]);
    describe(&o, f);
    if (s->writes && (f->kind->flags & KIND_SECRET))
        put(&o, S("writeOnly"), json_true);
    return finish(a, &o);
}

static void write_property(struct json_writer *w, struct arena *a, const struct openapi_schema *s, const struct field *f)
{
    struct json v = field_schema(a, s, f, LIMIT_FIELD_DEPTH);
    json_name(w, f->name);
    json_value(w, &v);
}

static bool is_writable(const struct principal *who, const struct field *f)
{
    bool listed =
        field_set_has(&rights_access(who->rights, VERB_CREATE, f->in)->fields, f->index) ||
        field_set_has(&rights_access(who->rights, VERB_UPDATE, f->in)->fields, f->index);
    bool ours =
        f->is_meta && f->index != META_STATE && f->index != META_PARENT && f->index != META_ORDER;
    return listed && !f->locked && !ours;
}

bool openapi_shows(const struct openapi_schema *s, const struct field *f)
{
    if (!field_set_has(&f->in->all_fields, f->index))
        return false;
    return s->writes ? is_writable(s->who, f)
                     : field_set_has(&rights_access(s->who->rights, VERB_READ, f->in)->fields, f->index);
}

static void write_extra(struct json_writer *w, const char *name, const char *schema)
{
    json_name(w, str_of(name));
    json_ready(w, str_of(schema));
}

static bool is_translated(const struct openapi_schema *s, const struct collection *c)
{
    bool some = false;
    for (size_t i = META_COUNT; i < c->field_count; i++)
        some |= c->fields[i].localized && openapi_shows(s, &c->fields[i]);
    return some && model_languages(principal_model(s->who))->count > 0;
}

/* What no field is: members that answers have when there is a reason. */
static void write_extras(struct json_writer *w, const struct openapi_schema *s, const struct collection *c)
{
    write_extra(w, "_model", "{\"type\":\"string\",\"description\":\"The collection, of singletons and of what stands in a reference's place\"}");
    if (has_states(c) && gate_sees_drafts(s->who, c))
        write_extra(w, "_draft", "{\"type\":\"boolean\",\"description\":\"With perspective=draft: this is not published\"}");
    if (is_translated(s, c))
        write_extra(w, "_locale", "{\"type\":\"object\",\"description\":\"With locale_report=1: fields that fell back, and to which language\","
                                  "\"additionalProperties\":{\"type\":\"string\"}}");
    if (!search_is_possible(s->who->rights, c))
        return;
    write_extra(w, "_score", "{\"type\":\"number\",\"description\":\"With score=1: how well it matches, within one answer\"}");
    write_extra(w, "_highlight", "{\"type\":\"object\",\"description\":\"With highlight or snippet: texts with marks, by field\","
                                 "\"additionalProperties\":{\"type\":\"string\"}}");
}

void openapi_schema(struct json_writer *w, struct arena *a, const struct openapi_schema *s, const struct collection *c)
{
    json_map_open(w);
    json_name(w, S("type"));
    json_text(w, S("object"));
    json_name(w, S("title"));
    json_text(w, c->label.len ? c->label : c->name);
    if (c->info.len) {
        json_name(w, S("description"));
        json_text(w, c->info);
    }
    json_name(w, S("properties"));
    json_map_open(w);
    for (size_t i = 0; i < c->field_count; i++)
        if (openapi_shows(s, &c->fields[i]))
            write_property(w, a, s, &c->fields[i]);
    if (!s->writes)
        write_extras(w, s, c);
    json_map_close(w);
    openapi_example(w, a, s, c);
    json_map_close(w);
}

static struct json required_members(struct arena *a, const struct field *set)
{
    struct json *names = NEW_N(a, struct json, set->member_count + 1);
    size_t n = 0;
    for (size_t i = 0; i < set->member_count; i++)
        if (set->members[i].required && !set->members[i].standard)
            names[n++] = json_of_text(set->members[i].name);
    return json_of_list(names, n);
}

void openapi_set(struct json_writer *w, struct arena *a, const struct openapi_schema *s, const struct field *set)
{
    struct object o = {.count = 0};
    put(&o, S("type"), json_of_text(S("object")));
    if (set) {
        struct json required = required_members(a, set);
        add_members(a, s, &o, set, LIMIT_FIELD_DEPTH);
        if (required.count)
            put(&o, S("required"), required);
    }
    put(&o, S("additionalProperties"), json_of_bool(false));
    struct json v = finish(a, &o);
    json_value(w, &v);
}

void openapi_required(struct json_writer *w, const struct principal *who,
                      const struct collection *c)
{
    json_list_open(w);
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (f->required && !f->standard && f->from.len == 0 && is_writable(who, f))
            json_text(w, f->name);
    }
    json_list_close(w);
}

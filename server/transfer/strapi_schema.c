#include "server/transfer/strapi_schema.h"

#include "base/limits.h"
#include "server/transfer/import_parts.h"

/* Strapi's types of attributes, ours, and how values are changed on the way. */
static const struct {
    str theirs, ours;
    enum strapi_sort sort;
} kinds[] = {
    {STR("string"), STR("text"), STRAPI_PLAIN},
    {STR("text"), STR("text"), STRAPI_PLAIN},
    {STR("richtext"), STR("code"), STRAPI_PLAIN},
    {STR("blocks"), STR("object"), STRAPI_PLAIN},
    {STR("json"), STR("object"), STRAPI_PLAIN},
    {STR("email"), STR("email"), STRAPI_PLAIN},
    {STR("uid"), STR("slug"), STRAPI_PLAIN},
    {STR("enumeration"), STR("select"), STRAPI_PLAIN},
    {STR("date"), STR("date"), STRAPI_PLAIN},
    {STR("time"), STR("time"), STRAPI_TIME},
    {STR("datetime"), STR("datetime"), STRAPI_PLAIN},
    {STR("timestamp"), STR("datetime"), STRAPI_PLAIN},
    {STR("integer"), STR("number"), STRAPI_NUMBER},
    {STR("biginteger"), STR("number"), STRAPI_NUMBER},
    {STR("float"), STR("number"), STRAPI_NUMBER},
    {STR("decimal"), STR("number"), STRAPI_NUMBER},
    {STR("boolean"), STR("boolean"), STRAPI_PLAIN},
    {STR("component"), STR("component"), STRAPI_COMPONENT},
    {STR("dynamiczone"), STR("blocks"), STRAPI_ZONE},
    {STR("relation"), STR("ref"), STRAPI_REF},
    {STR("media"), STR("ref"), STRAPI_MEDIA},
};

bool strapi_is_content(str uid)
{
    return str_starts(uid, S("api::")) || str_equal(uid, STRAPI_FILES);
}

enum err strapi_add(struct strapi_schema *s, const struct json *schema, struct problem *why)
{
    str uid = import_text(json_get(schema, S("uid")));
    const struct json *attributes = json_get(schema, S("attributes"));
    bool is_component = json_is_text(json_get(schema, S("modelType")), S("component"));
    if (uid.len == 0 || !attributes || attributes->type != JSON_MAP)
        return problem_set(why, ERR_BAD_INPUT, "A schema in the archive has no uid or no attributes");
    if (!is_component && !strapi_is_content(uid))
        return ERR_OK;
    if (s->count == STRAPI_TYPES)
        return problem_set(why, ERR_TOO_LARGE, "More than %u content types and components", STRAPI_TYPES);
    struct json *kept = NEW(s->arena, struct json);
    *kept = json_copy(s->arena, schema);
    struct strapi_type *t = &s->types[s->count++];
    *t = (struct strapi_type){.uid = arena_copy(s->arena, uid), .schema = kept, .is_component = is_component};
    t->is_single = json_is_text(json_get(kept, S("kind")), S("singleType"));
    t->has_drafts = import_is_true(json_at(kept, S("/options/draftAndPublish")));
    t->is_localized = import_is_true(json_at(kept, S("/pluginOptions/i18n/localized")));
    return ERR_OK;
}

const struct strapi_type *strapi_find(const struct strapi_schema *s, str uid)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->types[i].uid, uid))
            return &s->types[i];
    return NULL;
}

/* Attributes. */

static bool is_own(str name)
{
    static const str of_strapi[] = {STR("createdAt"), STR("updatedAt"), STR("publishedAt"), STR("createdBy"), STR("updatedBy"), STR("locale"), STR("localizations"), STR("documentId"), STR("strapi_stage"), STR("strapi_assignee")};
    for (size_t i = 0; i < COUNTOF(of_strapi); i++)
        if (str_equal(of_strapi[i], name))
            return true;
    return false;
}

static bool is_of_file(str name)
{
    static const str told[] = {STR("name"), STR("alternativeText"), STR("caption"), STR("url"), STR("mime"), STR("width"), STR("height"), STR("size")};
    for (size_t i = 0; i < COUNTOF(told); i++)
        if (str_equal(told[i], name))
            return true;
    return false;
}

static void take_kind(const struct strapi_schema *s, struct strapi_attribute *x)
{
    str type = import_text(json_get(x->definition, S("type"))), relation = import_text(json_get(x->definition, S("relation")));
    x->sort = STRAPI_LEFT_OUT;
    for (size_t i = 0; i < COUNTOF(kinds); i++)
        if (str_equal(kinds[i].theirs, type)) {
            x->sort = kinds[i].sort;
            x->kind = kinds[i].ours;
        }
    x->many = x->sort == STRAPI_COMPONENT ? import_is_true(json_get(x->definition, S("repeatable")))
                                          : import_is_true(json_get(x->definition, S("multiple"))) || str_ends(relation, S("ToMany"));
    x->target = x->sort == STRAPI_MEDIA       ? STRAPI_FILES
                : x->sort == STRAPI_COMPONENT ? import_text(json_get(x->definition, S("component")))
                                              : import_text(json_get(x->definition, S("target")));
    bool leads = x->sort == STRAPI_MEDIA || x->sort == STRAPI_REF || x->sort == STRAPI_COMPONENT;
    if ((leads && !strapi_find(s, x->target)) || str_starts(relation, S("morph")))
        x->sort = STRAPI_LEFT_OUT;
}

/* The other side of a relation that is kept where it is owned: the name articles_via_author reads it. */
static bool is_mirrored(const struct json *definition)
{
    return json_get(definition, S("mappedBy")) != NULL;
}

static void take_attributes(struct strapi_schema *s, struct strapi_type *t, bool speaks, struct transfer *to)
{
    const struct json *all = json_get(t->schema, S("attributes"));
    struct import_names names = {.arena = s->arena};
    t->attributes = NEW_N(s->arena, struct strapi_attribute, all->count + 1);
    for (uint32_t i = 0; i < all->count; i++) {
        const struct json *d = &all->items[i];
        struct strapi_attribute *x = &t->attributes[t->attribute_count];
        bool is_file = str_equal(t->uid, STRAPI_FILES);
        if (is_own(d->name) || is_mirrored(d) || (is_file && !is_of_file(d->name)))
            continue;
        *x = (struct strapi_attribute){.theirs = d->name, .definition = d};
        take_kind(s, x);
        if (x->sort == STRAPI_LEFT_OUT) {
            transfer_tell(to, arena_format(s->arena, STR_FMT ": the attribute " STR_FMT " (" STR_FMT ") was not brought along", STR_ARG(t->uid),
                                           STR_ARG(d->name), STR_ARG(import_text(json_get(d, S("type"))))));
            continue;
        }
        x->ours = import_name(&names, S("attribute"), d->name);
        x->localized = speaks && t->is_localized && x->sort != STRAPI_REF && x->sort != STRAPI_MEDIA &&
                       import_is_true(json_at(d, S("/pluginOptions/i18n/localized")));
        t->attribute_count++;
    }
}

/* "default.hero" is hero, a content type its plural. */
static str their_name(const struct strapi_type *t)
{
    str category, name;
    if (str_equal(t->uid, STRAPI_FILES))
        return S("media");
    if (t->is_component)
        return str_cut(t->uid, '.', &category, &name) ? name : t->uid;
    name = import_text(json_at(t->schema, t->is_single ? S("/info/singularName") : S("/info/pluralName")));
    if (name.len > 0)
        return name;
    name = import_text(json_get(t->schema, S("modelName")));
    return name.len > 0 ? name : str_slice(t->uid, 5, t->uid.len);
}

void strapi_settle(struct strapi_schema *s, bool speaks, struct transfer *t)
{
    struct import_names names = {.arena = s->arena, .of_collections = true};
    for (int components = 0; components < 2; components++)
        for (size_t i = 0; i < s->count; i++) {
            struct strapi_type *x = &s->types[i];
            str name = their_name(x);
            /* Two that are called the same are two: their names are told apart by their uids. */
            if (x->is_component == (components == 1))
                x->ours = import_name(&names, x->uid, name);
        }
    for (size_t i = 0; i < s->count; i++)
        take_attributes(s, &s->types[i], speaks, t);
}

/* Definitions. */

static void write_member(struct json_writer *w, str name, const struct json *v, bool when)
{
    if (!v || !when)
        return;
    json_name(w, name);
    json_value(w, v);
}

static bool is_numeric(const struct json *v)
{
    return v && (v->type == JSON_INT || v->type == JSON_REAL);
}

static void write_rules(struct json_writer *w, const struct strapi_type *t, const struct strapi_attribute *x)
{
    const struct json *d = x->definition, *min = json_get(d, S("min")), *max = json_get(d, S("max")), *standard = json_get(d, S("default"));
    bool is_text = str_equal(x->kind, S("text")) || str_equal(x->kind, S("code"));
    bool is_list = x->sort == STRAPI_ZONE || (x->sort == STRAPI_COMPONENT && x->many);
    bool can_be_unique = !t->is_component && (is_text || x->sort == STRAPI_NUMBER || str_equal(x->kind, S("email")) || str_equal(x->kind, S("slug")));
    write_member(w, S("required"), json_get(d, S("required")), import_is_true(json_get(d, S("required"))));
    write_member(w, S("unique"), &json_true, can_be_unique && (import_is_true(json_get(d, S("unique"))) || str_equal(x->kind, S("slug"))));
    write_member(w, S("minlength"), json_get(d, S("minLength")), is_text && is_numeric(json_get(d, S("minLength"))));
    write_member(w, S("maxlength"), json_get(d, S("maxLength")), is_text && is_numeric(json_get(d, S("maxLength"))));
    write_member(w, S("min"), min, x->sort == STRAPI_NUMBER && is_numeric(min));
    write_member(w, S("max"), max, x->sort == STRAPI_NUMBER && is_numeric(max));
    write_member(w, S("min_items"), min, is_list && is_numeric(min));
    write_member(w, S("max_items"), max, is_list && is_numeric(max));
    write_member(w, S("options"), json_get(d, S("enum")), str_equal(x->kind, S("select")));
    str type = import_text(json_get(d, S("type")));
    write_member(w, S("integer"), &json_true, str_equal(type, S("integer")) || str_equal(type, S("biginteger")));
    bool fits = standard && ((standard->type == JSON_BOOL && str_equal(x->kind, S("boolean"))) ||
                             (is_numeric(standard) && x->sort == STRAPI_NUMBER) ||
                             (standard->type == JSON_TEXT && standard->text.len > 0 && (is_text || str_equal(x->kind, S("select")))));
    write_member(w, S("default"), standard, fits);
    if (str_equal(type, S("richtext")))
        write_member(w, S("opts"), &(struct json){.type = JSON_MAP, .count = 1, .items = (struct json[]){json_named(S("mode"), json_of_text(S("markdown")))}}, true);
}

static void write_names(struct json_writer *w, const struct strapi_schema *s, const struct json *uids)
{
    json_list_open(w);
    for (uint32_t i = 0; uids && uids->type == JSON_LIST && i < uids->count; i++) {
        const struct strapi_type *of = strapi_find(s, import_text(&uids->items[i]));
        if (of)
            json_text(w, of->ours);
    }
    json_list_close(w);
}

static str source_of_slug(const struct strapi_type *t, const struct strapi_attribute *x)
{
    str target = import_text(json_get(x->definition, S("targetField")));
    for (size_t i = 0; i < t->attribute_count && !t->is_component; i++)
        if (str_equal(t->attributes[i].theirs, target) && str_equal(t->attributes[i].kind, S("text")))
            return t->attributes[i].ours;
    return (str){0};
}

static void write_field(struct json_writer *w, const struct strapi_schema *s, const struct strapi_type *t, const struct strapi_attribute *x)
{
    bool is_ref = x->sort == STRAPI_REF || x->sort == STRAPI_MEDIA;
    str from = str_equal(x->kind, S("slug")) ? source_of_slug(t, x) : (str){0};
    json_map_open(w);
    json_name(w, S("name"));
    json_text(w, x->ours);
    json_name(w, S("kind"));
    json_text(w, x->kind);
    if (is_ref || x->sort == STRAPI_COMPONENT) {
        json_name(w, is_ref ? S("to") : S("of"));
        json_text(w, strapi_find(s, x->target)->ours);
    }
    if (x->sort == STRAPI_ZONE) {
        json_name(w, S("of"));
        write_names(w, s, json_get(x->definition, S("components")));
    }
    write_member(w, S("many"), &json_true, x->many && (is_ref || x->sort == STRAPI_COMPONENT));
    write_member(w, S("localized"), &json_true, x->localized);
    if (from.len > 0) {
        json_name(w, S("from"));
        json_text(w, from);
    }
    if (!is_ref && !str_equal(t->uid, STRAPI_FILES))
        write_rules(w, t, x);
    json_map_close(w);
}

static enum err define(const struct strapi_schema *s, const struct strapi_type *t, const struct json **out, struct problem *why)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, s->arena, LIMIT_DEFINITION_BYTES);
    json_begin(&w, &text);
    json_map_open(&w);
    json_name(&w, S("name"));
    json_text(&w, t->ours);
    json_name(&w, S("shape"));
    json_text(&w, t->is_component ? S("component") : t->is_single ? S("single")
                                                                  : S("list"));
    str label = import_text(json_at(t->schema, S("/info/displayName")));
    if (label.len > 0) {
        json_name(&w, S("label"));
        json_text(&w, label);
    }
    json_name(&w, S("fields"));
    json_list_open(&w);
    for (size_t i = 0; i < t->attribute_count; i++)
        write_field(&w, s, t, &t->attributes[i]);
    json_list_close(&w);
    json_map_close(&w);
    json_end(&w);
    return json_read(s->arena, buf_str(&text), NULL, t->ours, out, why);
}

enum err strapi_define(const struct strapi_schema *s, struct transfer *t, struct problem *why)
{
    const struct json **all = NEW_N(s->arena, const struct json *, s->count + 1);
    for (size_t i = 0; i < s->count; i++)
        TRY(define(s, &s->types[i], &all[i], why));
    return transfer_models(t, all, s->count, why);
}

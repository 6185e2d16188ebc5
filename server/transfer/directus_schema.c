#include "server/transfer/directus_schema.h"

#include "base/limits.h"
#include "server/transfer/import_parts.h"

static const struct json *list_of(const struct json *v, str name)
{
    static const struct json none = {.type = JSON_LIST, .count = 0, .items = &json_null};
    const struct json *list = json_get(v, name);
    return list && list->type == JSON_LIST ? list : &none;
}

static bool has_text(const struct json *list, str text)
{
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        if (json_is_text(&list->items[i], text))
            return true;
    return false;
}

static bool is_special(const struct json *field, const char *what)
{
    return has_text(json_at(field, S("/meta/special")), str_of(what));
}

struct directus_collection *directus_find(struct directus_schema *s, str theirs)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->all[i].theirs, theirs))
            return &s->all[i];
    return NULL;
}

/* The many-to-one (or many-to-any) relation of a field; NULL: it has none. */
static const struct json *relation_of(const struct json *snapshot, str collection, str field)
{
    const struct json *all = list_of(snapshot, S("relations"));
    for (uint32_t i = 0; i < all->count; i++)
        if (json_is_text(json_get(&all->items[i], S("collection")), collection) && json_is_text(json_get(&all->items[i], S("field")), field))
            return &all->items[i];
    return NULL;
}

/* Collections. */

static enum err take_collections(struct directus_schema *s, const struct json *snapshot, struct problem *why)
{
    const struct json *all = list_of(snapshot, S("collections"));
    struct import_names names = {.arena = s->arena, .of_collections = true};
    for (uint32_t i = 0; i < all->count; i++) {
        const struct json *c = &all->items[i], *table = json_get(c, S("schema"));
        str name = import_text(json_get(c, S("collection")));
        if (name.len == 0 || str_starts(name, S("directus_")) || !table || table->type != JSON_MAP)
            continue; /* Directus' own, or a folder */
        if (s->count == DIRECTUS_COLLECTIONS)
            return problem_set(why, ERR_TOO_LARGE, "More than %u collections", DIRECTUS_COLLECTIONS);
        s->all[s->count++] = (struct directus_collection){
            .theirs = name, .ours = import_name(&names, S("collection"), name), .meta = json_get(c, S("meta")), .is_single = import_is_true(json_at(c, S("/meta/singleton")))};
    }
    return ERR_OK;
}

static void take_keys(struct directus_schema *s, const struct json *snapshot)
{
    const struct json *all = list_of(snapshot, S("fields"));
    for (uint32_t i = 0; i < all->count; i++) {
        const struct json *f = &all->items[i];
        struct directus_collection *c = directus_find(s, import_text(json_get(f, S("collection"))));
        str name = import_text(json_get(f, S("field")));
        if (!c)
            continue;
        if (import_is_true(json_at(f, S("/schema/is_primary_key"))))
            c->key = name;
        if (is_special(f, "date-created"))
            c->created = name;
        if (is_special(f, "date-updated"))
            c->modified = name;
        if (json_is_text(json_at(c->meta, S("/archive_field")), name) || (str_is_absent(c->status) && str_equal(name, S("status"))))
            c->status = name;
    }
    for (size_t i = 0; i < s->count; i++)
        if (str_is_absent(s->all[i].key))
            s->all[i].key = S("id");
}

/* Junctions: two relations that name each other, and nothing else in them. */

static bool carries_more(const struct directus_collection *c, const struct json *snapshot, const struct directus_junction *j)
{
    const struct json *all = list_of(snapshot, S("fields"));
    const str known[] = {c->key, j->holder_field, j->target_field, j->any_field, j->sort_field};
    for (uint32_t i = 0; i < all->count; i++) {
        str name = import_text(json_get(&all->items[i], S("field")));
        bool is_known = !json_is_text(json_get(&all->items[i], S("collection")), c->theirs);
        for (size_t k = 0; k < COUNTOF(known); k++)
            is_known |= !str_is_absent(known[k]) && str_equal(known[k], name);
        if (!is_known)
            return true;
    }
    return false;
}

static void add_target(struct directus_schema *s, struct directus_junction *j, str name)
{
    const struct directus_collection *to = directus_find(s, name);
    if (to && j->target_count < DIRECTUS_TARGETS)
        j->targets[j->target_count++] = to;
}

static bool take_junction(struct directus_schema *s, struct directus_collection *c, const struct json *snapshot, const struct json *r)
{
    const struct json *meta = json_get(r, S("meta"));
    const struct json *other = relation_of(snapshot, c->theirs, import_text(json_get(meta, S("junction_field"))));
    struct directus_junction j = {.holder_field = import_text(json_get(r, S("field"))), .holder = directus_find(s, import_text(json_get(r, S("related_collection"))))};
    if (!other || !j.holder || import_text(json_get(meta, S("one_field"))).len == 0)
        return false;
    const struct json *allowed = json_at(other, S("/meta/one_allowed_collections"));
    str any = import_text(json_at(other, S("/meta/one_collection_field"))), sort = import_text(json_get(meta, S("sort_field")));
    j.target_field = import_text(json_get(other, S("field")));
    j.any_field = any.len ? any : (str){0};
    j.sort_field = sort.len ? sort : (str){0};
    if (any.len == 0)
        add_target(s, &j, import_text(json_get(other, S("related_collection"))));
    for (uint32_t i = 0; allowed && allowed->type == JSON_LIST && i < allowed->count; i++)
        add_target(s, &j, import_text(&allowed->items[i]));
    if (j.target_count == 0 || carries_more(c, snapshot, &j))
        return false;
    c->junction = j;
    c->is_junction = true;
    return true;
}

static void take_junctions(struct directus_schema *s, const struct json *snapshot)
{
    const struct json *all = list_of(snapshot, S("relations"));
    for (uint32_t i = 0; i < all->count; i++) {
        struct directus_collection *c = directus_find(s, import_text(json_get(&all->items[i], S("collection"))));
        if (c && !c->is_junction)
            (void)take_junction(s, c, snapshot, &all->items[i]);
    }
}

/* Fields. */

static bool has_choices(const struct json *f)
{
    const struct json *choices = json_at(f, S("/meta/options/choices"));
    for (uint32_t i = 0; choices && choices->type == JSON_LIST && i < choices->count; i++)
        if (!json_get(&choices->items[i], S("value")) || json_get(&choices->items[i], S("value"))->type != JSON_TEXT)
            return false;
    return choices && choices->type == JSON_LIST && choices->count > 0 && !import_is_true(json_at(f, S("/meta/options/allowOther")));
}

static str kind_of_text(const struct json *f)
{
    str interface = import_text(json_at(f, S("/meta/interface")));
    if (str_equal(interface, S("input-rich-text-html")) || str_equal(interface, S("wysiwyg")))
        return S("richtext");
    if (str_equal(interface, S("input-rich-text-md")) || str_equal(interface, S("input-code")))
        return S("code");
    if (str_equal(interface, S("select-color")))
        return S("color");
    return has_choices(f) && (str_equal(interface, S("select-dropdown")) || str_equal(interface, S("select-radio"))) ? S("select") : S("text");
}

static str kind_of_list(const struct json *f, str otherwise)
{
    str interface = import_text(json_at(f, S("/meta/interface")));
    if (str_starts(interface, S("select-multiple")) && has_choices(f))
        return S("multiselect");
    return str_equal(interface, S("tags")) ? S("tags") : otherwise;
}

static void take_kind(struct directus_field *x)
{
    static const struct {
        str theirs, ours;
        enum directus_sort sort;
    } kinds[] = {
        {STR("integer"), STR("number"), DIRECTUS_NUMBER},
        {STR("bigInteger"), STR("number"), DIRECTUS_NUMBER},
        {STR("float"), STR("number"), DIRECTUS_NUMBER},
        {STR("decimal"), STR("number"), DIRECTUS_NUMBER},
        {STR("boolean"), STR("boolean"), DIRECTUS_PLAIN},
        {STR("date"), STR("date"), DIRECTUS_PLAIN},
        {STR("time"), STR("time"), DIRECTUS_PLAIN},
        {STR("dateTime"), STR("datetime"), DIRECTUS_LOCAL_TIME},
        {STR("timestamp"), STR("datetime"), DIRECTUS_LOCAL_TIME},
        {STR("uuid"), STR("text"), DIRECTUS_PLAIN},
    };
    str type = import_text(json_get(x->definition, S("type")));
    x->sort = DIRECTUS_PLAIN;
    if (str_equal(type, S("string")) || str_equal(type, S("text"))) {
        x->kind = kind_of_text(x->definition);
        return;
    }
    if (str_equal(type, S("csv")) || str_equal(type, S("json")) || str_starts(type, S("geometry"))) {
        x->kind = kind_of_list(x->definition, str_equal(type, S("csv")) ? S("tags") : S("object"));
        return;
    }
    x->sort = DIRECTUS_LEFT_OUT;
    for (size_t i = 0; i < COUNTOF(kinds); i++)
        if (str_equal(kinds[i].theirs, type)) {
            x->sort = kinds[i].sort;
            x->kind = kinds[i].ours;
        }
}

/* Fields whose values are kept elsewhere: as _id, _created, _state, or by Directus alone. */
static bool is_covered(const struct directus_collection *c, const struct json *f, str name)
{
    static const char *const ours[] = {"date-created", "date-updated", "user-created", "user-updated"};
    str type = import_text(json_get(f, S("type")));
    bool names_itself = str_equal(type, S("string")) && !is_special(f, "uuid");
    for (size_t i = 0; i < COUNTOF(ours); i++)
        if (is_special(f, ours[i]))
            return true;
    if (str_equal(name, c->key))
        return !names_itself;
    if (!str_is_absent(c->status) && str_equal(name, c->status)) {
        const struct json *choices = json_at(f, S("/meta/options/choices"));
        for (uint32_t i = 0; choices && choices->type == JSON_LIST && i < choices->count; i++) {
            str v = import_text(json_get(&choices->items[i], S("value")));
            if (!str_equal(v, S("published")) && !str_equal(v, S("draft")) && !str_equal(v, S("archived")))
                return false;
        }
        return true;
    }
    return false;
}

static const struct directus_collection *junction_for(const struct directus_schema *s, const struct json *snapshot, const struct directus_collection *c, str alias)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct directus_collection *j = &s->all[i];
        if (!j->is_junction || j->junction.holder != c)
            continue;
        const struct json *r = relation_of(snapshot, j->theirs, j->junction.holder_field);
        if (json_is_text(json_at(r, S("/meta/one_field")), alias))
            return j;
    }
    return NULL;
}

/* What a field with a relation leads to; false: to what is not brought along, so that its ids stay texts. */
static bool take_reference(struct directus_schema *s, const struct json *snapshot, const struct directus_collection *c, struct directus_field *x)
{
    const struct json *r = relation_of(snapshot, c->theirs, x->theirs);
    x->target = r ? directus_find(s, import_text(json_get(r, S("related_collection")))) : NULL;
    if (!x->target || x->target->is_junction)
        return false;
    x->sort = DIRECTUS_REF;
    x->kind = S("ref");
    return true;
}

static void left_out(struct directus_schema *s, struct transfer *t, const struct directus_collection *c, const struct directus_field *x)
{
    transfer_tell(t, arena_format(s->arena, STR_FMT "." STR_FMT " (" STR_FMT ") was not brought along", STR_ARG(c->theirs), STR_ARG(x->theirs),
                                  STR_ARG(import_text(json_get(x->definition, S("type"))))));
}

static bool take_field(struct directus_schema *s, const struct json *snapshot, struct transfer *t, struct directus_collection *c, struct directus_field *x)
{
    const struct json *f = x->definition;
    if (str_equal(import_text(json_get(f, S("type"))), S("alias"))) {
        x->junction = junction_for(s, snapshot, c, x->theirs);
        x->sort = DIRECTUS_FOLDED;
        x->kind = S("ref");
        x->many = true;
        return x->junction != NULL; /* groups, dividers; the other side of a reference */
    }
    if (is_covered(c, f, x->theirs))
        return false;
    take_kind(x);
    bool is_secret = is_special(f, "hash") || is_special(f, "conceal");
    if (x->sort == DIRECTUS_LEFT_OUT || is_secret) {
        left_out(s, t, c, x);
        return false;
    }
    if (!take_reference(s, snapshot, c, x) && relation_of(snapshot, c->theirs, x->theirs)) {
        x->kind = S("text");
        x->sort = DIRECTUS_PLAIN;
        transfer_tell(t, arena_format(s->arena, STR_FMT "." STR_FMT " leads to files or accounts: their ids are kept as text", STR_ARG(c->theirs), STR_ARG(x->theirs)));
    }
    return true;
}

static void take_fields(struct directus_schema *s, const struct json *snapshot, struct transfer *t, struct directus_collection *c)
{
    const struct json *all = list_of(snapshot, S("fields"));
    struct import_names names = {.arena = s->arena};
    size_t count = 0;
    for (uint32_t i = 0; i < all->count; i++)
        count += json_is_text(json_get(&all->items[i], S("collection")), c->theirs);
    c->fields = NEW_N(s->arena, struct directus_field, count + 1);
    for (uint32_t i = 0; i < all->count; i++) {
        const struct json *f = &all->items[i];
        struct directus_field *x = &c->fields[c->field_count];
        if (!json_is_text(json_get(f, S("collection")), c->theirs))
            continue;
        *x = (struct directus_field){.theirs = import_text(json_get(f, S("field"))), .definition = f};
        if (x->theirs.len == 0 || !take_field(s, snapshot, t, c, x))
            continue;
        x->ours = import_name(&names, S("field"), x->theirs);
        c->field_count++;
    }
}

enum err directus_take(struct directus_schema *s, const struct json *snapshot, struct transfer *t, struct problem *why)
{
    const struct json *inner = json_get(snapshot, S("data"));
    if (inner && inner->type == JSON_MAP)
        snapshot = inner;
    if (list_of(snapshot, S("collections"))->count == 0 || list_of(snapshot, S("fields"))->count == 0)
        return problem_set(why, ERR_BAD_INPUT, "snapshot.json is no schema snapshot of Directus: it has no collections or no fields");
    TRY(take_collections(s, snapshot, why));
    take_keys(s, snapshot);
    take_junctions(s, snapshot);
    for (size_t i = 0; i < s->count; i++)
        take_fields(s, snapshot, t, &s->all[i]);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->all[i].field_count; k++)
            if (s->all[i].fields[k].junction)
                ((struct directus_collection *)(uintptr_t)s->all[i].fields[k].junction)->junction.field = &s->all[i].fields[k];
    return ERR_OK;
}

#include "server/transfer/strapi_item.h"

#include "base/time.h"
#include "content/change/change.h"
#include "server/transfer/import_parts.h"

str strapi_id(struct arena *a, const struct strapi_type *t, str group)
{
    return t->is_single ? S(SINGLE_ID) : transfer_id(a, S("strapi"), t->uid, group);
}

static int64_t int_of(const struct json *v)
{
    return v && v->type == JSON_INT ? v->integer : -1;
}

static const struct json *data_of(const struct json *row)
{
    return json_get(row, S("d"));
}

/* Values. */

/* Who a value belongs to: a row, or a component within it. */
struct holder {
    const struct strapi_group *group;
    const struct strapi_schema *schema;
    int64_t row;
    str component;                    /* uid; empty: the row itself */
    int64_t component_id;
};

static bool is_of(const struct json *link, const struct holder *h, str field)
{
    return int_of(json_get(link, S("r"))) == h->row && str_equal(import_text(json_get(link, S("cu"))), h->component) &&
           int_of(json_get(link, S("ci"))) == h->component_id && json_is_text(json_get(link, S("f")), field);
}

static struct json linked(const struct holder *h, const struct strapi_attribute *x)
{
    const struct strapi_group *g = h->group;
    struct json *ids = NEW_N(g->arena, struct json, g->link_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < g->link_count; i++)
        if (is_of(&g->links[i], h, x->theirs))
            ids[count++] = json_of_text(import_text(json_get(&g->links[i], S("v"))));
    if (x->many)
        return json_of_list(ids, count);
    return count ? ids[0] : json_null;
}

static struct json value_of(const struct holder *h, const struct strapi_attribute *x, const struct json *v);

static size_t add_members(const struct holder *h, const struct strapi_type *t, const struct json *data, struct json *out)
{
    size_t count = 0;
    for (size_t i = 0; i < t->attribute_count; i++) {
        const struct strapi_attribute *x = &t->attributes[i];
        struct json v = value_of(h, x, json_get(data, x->theirs));
        if (v.type != JSON_NULL)
            out[count++] = json_named(x->ours, v);
    }
    return count;
}

/* A component's values; of a dynamic zone with the name of the component. */
static struct json component_of(const struct holder *h, str uid, const struct json *v, bool says_which)
{
    const struct strapi_type *t = strapi_find(h->schema, uid);
    if (!t || v->type != JSON_MAP)
        return json_null;
    struct holder inner = *h;
    inner.component = uid;
    inner.component_id = int_of(json_get(v, S("id")));
    struct json *members = NEW_N(h->group->arena, struct json, t->attribute_count + 2);
    size_t count = 0;
    if (says_which)
        members[count++] = json_named(S("_component"), json_of_text(t->ours));
    count += add_members(&inner, t, v, members + count);
    return json_of_map(members, count);
}

static struct json components_of(const struct holder *h, const struct strapi_attribute *x, const struct json *list)
{
    bool is_zone = x->sort == STRAPI_ZONE;
    struct json *all = NEW_N(h->group->arena, struct json, list->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *v = &list->items[i];
        all[count] = component_of(h, is_zone ? import_text(json_get(v, S("__component"))) : x->target, v, is_zone);
        count += all[count].type != JSON_NULL;
    }
    return json_of_list(all, count);
}

static struct json value_of(const struct holder *h, const struct strapi_attribute *x, const struct json *v)
{
    if (x->sort == STRAPI_REF || x->sort == STRAPI_MEDIA)
        return linked(h, x);
    if (!v || v->type == JSON_NULL)
        return json_null;
    if (x->sort == STRAPI_NUMBER)
        return number_in(h->group->arena, v);
    if (x->sort == STRAPI_TIME)
        return json_of_text(str_slice(import_text(v), 0, 8));
    if ((x->sort == STRAPI_COMPONENT || x->sort == STRAPI_ZONE) && v->type == JSON_LIST)
        return components_of(h, x, v);
    return x->sort == STRAPI_COMPONENT ? component_of(h, x->target, v, false) : *v;
}

/* Rows. */

static bool is_live(const struct strapi_type *t, const struct json *row)
{
    const struct json *at = json_get(data_of(row), S("publishedAt"));
    return !t->has_drafts || !at || at->type == JSON_TEXT;
}

static bool is_in(const struct strapi_group *g, const struct json *row, str code)
{
    return str_is_absent(code) || !g->type->is_localized || json_is_text(json_get(data_of(row), S("locale")), code);
}

/* The row that stands for the language; NULL: none. */
static const struct json *row_in(const struct strapi_group *g, str code, bool live)
{
    for (size_t i = 0; i < g->row_count; i++)
        if (is_in(g, &g->rows[i], code) && is_live(g->type, &g->rows[i]) == live)
            return &g->rows[i];
    return NULL;
}

static void count_what_is_left(const struct strapi_group *g, str code, bool live, struct strapi_tally *tally)
{
    const struct json *published = row_in(g, code, true), *draft = row_in(g, code, false);
    if (!live || !draft)
        return;
    int64_t before, after;
    if (!published)
        tally->drafts_left++;
    else if (time_read(import_text(json_get(data_of(published), S("updatedAt"))), &before) &&
             time_read(import_text(json_get(data_of(draft), S("updatedAt"))), &after) && after > before)
        tally->pending++;
}

static void say_times(const struct json *row, struct json *out, size_t *count)
{
    int64_t ms;
    if (time_read(import_text(json_get(data_of(row), S("createdAt"))), &ms))
        out[(*count)++] = json_named(S("_created"), json_of_int(ms / 1000));
    if (time_read(import_text(json_get(data_of(row), S("updatedAt"))), &ms))
        out[(*count)++] = json_named(S("_modified"), json_of_int(ms / 1000));
}

static struct holder holder_of(const struct strapi_group *g, const struct json *row)
{
    return (struct holder){.group = g, .schema = g->schema, .row = int_of(json_get(row, S("r"))), .component = {"", 0}, .component_id = -1};
}

/* {"en": …, "de": …}; what the default language lacks it has from `base`. */
static struct json translated(const struct strapi_group *g, const struct strapi_languages *l, const struct strapi_attribute *x,
                              const struct json *base, bool live)
{
    struct json *all = NEW_N(g->arena, struct json, l->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct json *row = row_in(g, l->codes[i], live);
        if (!row && i == 0)
            row = base;
        if (!row)
            continue;
        struct holder h = holder_of(g, row);
        struct json v = value_of(&h, x, json_get(data_of(row), x->theirs));
        if (v.type != JSON_NULL)
            all[count++] = json_named(l->codes[i], v);
    }
    return count ? json_of_map(all, count) : json_null;
}

struct json strapi_item(const struct strapi_group *g, const struct strapi_languages *l, struct strapi_tally *tally)
{
    const struct strapi_type *t = g->type;
    bool speaks = l->count > 0 && t->is_localized, live = row_in(g, (str){0}, true) != NULL;
    const struct json *base = speaks ? row_in(g, l->codes[0], live) : NULL;
    struct json *members = NEW_N(g->arena, struct json, t->attribute_count + 5);
    size_t count = 0;
    tally->without_default += speaks && !base;
    if (!base)
        base = row_in(g, (str){0}, live);
    for (size_t i = 0; i < (speaks ? l->count : 1); i++)
        count_what_is_left(g, speaks ? l->codes[i] : (str){0}, live, tally);
    members[count++] = json_named(S("_id"), json_of_text(g->id));
    members[count++] = json_named(S("_state"), json_of_int(live));
    say_times(base, members, &count);
    struct holder h = holder_of(g, base);
    for (size_t i = 0; i < t->attribute_count; i++) {
        const struct strapi_attribute *x = &t->attributes[i];
        struct json v = x->localized ? translated(g, l, x, base, live) : value_of(&h, x, json_get(data_of(base), x->theirs));
        if (v.type != JSON_NULL)
            members[count++] = json_named(x->ours, v);
    }
    return json_of_map(members, count);
}

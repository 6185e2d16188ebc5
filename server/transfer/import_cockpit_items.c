/* Items of Cockpit: looked at once, for what they have and what they lack, then taken in our words. */
#include "base/id.h"
#include "content/change/change.h"
#include "server/transfer/import_cockpit.h"

struct items {
    struct cockpit_sink sink;         /* first */
    struct cockpit *c;
    struct cockpit_model *of;         /* NULL: the table of all singletons */
    uint64_t taken;
};

static str table_of(struct cockpit *c, const struct cockpit_model *m)
{
    return arena_format(c->arena, "collections_" STR_FMT, STR_ARG(m->name));
}

static str id_of(struct arena *a, const struct cockpit_model *m, const struct json *document)
{
    str id = text_member(document, S("_id"));
    return m->is_single || str_is_absent(id) ? S(SINGLE_ID) : transfer_id(a, S("cockpit"), m->name, id);
}

static str full_id(struct arena *a, str model, str id)
{
    return arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(model), STR_ARG(id));
}

static struct cockpit_model *model_of(struct items *it, const struct json *document)
{
    return it->of ? it->of : (struct cockpit_model *)(uintptr_t)cockpit_model_named(it->c, text_member(document, S("_model")));
}

/* What an asset's value names: the file, unless it is not there or was refused. */
static str file_of(struct cockpit *c, struct arena *a, const struct json *v)
{
    str id = v ? text_member(v, S("_id")) : (str){0};
    if (id.len == 0)
        return (str){0};
    id = transfer_id(a, S("cockpit"), S("assets"), id);
    return map_get(c->ids, full_id(a, S("assets"), id)) && !map_get(c->ids, full_id(a, S("refused"), id)) ? id : (str){0};
}

/* Looking. */

static bool lacks(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v)
{
    if (f->as != AS_ASSET || says_nothing(v))
        return says_nothing(v);
    for (uint32_t i = 0; v->type == JSON_LIST && i < v->count; i++)
        if (!str_is_absent(file_of(c, a, &v->items[i])))
            return false;
    return v->type == JSON_LIST || str_is_absent(file_of(c, a, v));
}

static enum err look_at(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct items *it = (struct items *)(void *)self;
    struct cockpit_model *m = model_of(it, document);
    (void)why;
    for (size_t i = 0; m && i < m->field_count; i++)
        m->fields[i].empty += lacks(it->c, a, &m->fields[i], json_get(document, m->fields[i].name));
    if (m && !m->is_single)
        (void)map_put(it->c->ids, full_id(it->c->arena, m->name, id_of(it->c->arena, m, document)), m);
    return ERR_OK;
}

static enum err each(struct cockpit *c, struct items *it, struct arena *(*into)(struct transfer *t))
{
    str table = it->of ? table_of(c, it->of) : S("singletons");
    return cockpit_documents(c, c->content, table, &it->sink, into);
}

enum err cockpit_look_at_items(struct cockpit *c)
{
    struct items singles = {{look_at}, c, NULL, 0};
    for (size_t i = 0; i < c->model_count; i++) {
        struct items it = {{look_at}, c, &c->models[i], 0};
        if (!c->models[i].is_single)
            TRY(each(c, &it, NULL));
    }
    return each(c, &singles, NULL);
}

/* Values. Recursion: sets are as deep as their definition, which the model's reader bounds. */

static struct json value_of(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v);

static struct json set_of(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v)
{
    struct member_list m = {.arena = a};
    for (size_t i = 0; i < f->member_count; i++) {
        const struct json *inner = json_get(v, f->members[i].name);
        if (inner && inner->type != JSON_NULL)
            member_put(&m, f->members[i].own, value_of(c, a, &f->members[i], inner));
    }
    return member_map(&m);
}

static struct json link_of(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v)
{
    str id = v->type == JSON_TEXT ? v->text : text_member(v, S("_id"));
    if (id.len == 0)
        return json_null;
    id = transfer_id(a, S("cockpit"), f->to->name, id);
    if (map_get(c->ids, full_id(a, f->to->name, id)))
        return json_of_text(id);
    c->dangling++;
    return json_null;
}

static struct json asset_of(struct cockpit *c, struct arena *a, const struct json *v)
{
    str id = file_of(c, a, v);
    if (!str_is_absent(id))
        return json_of_text(id);
    c->dangling += !says_nothing(v);
    return json_null;
}

static struct json one_value(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v)
{
    switch (f->as) {
    case AS_NUMBER:
        return number_in(a, v);
    case AS_CHOICE:
        return v->type == JSON_INT ? json_of_text(arena_format(a, "%lld", (long long)v->integer)) : says_nothing(v) ? json_null : *v;
    case AS_LINK:
        return link_of(c, a, f, v);
    case AS_ASSET:
        return asset_of(c, a, v);
    case AS_SET:
        return v->type == JSON_MAP ? set_of(c, a, f, v) : says_nothing(v) ? json_null : *v;
    case AS_IT_IS:
    case AS_WORDS:
    default:
        return f->unique && says_nothing(v) ? json_null : *v;
    }
}

/* Lists of references, choices and words have everything once; what is gone leaves no hole. */
static struct json list_of(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v)
{
    bool is_list = v->type == JSON_LIST, once = f->as == AS_LINK || f->as == AS_ASSET || f->as == AS_CHOICE || f->as == AS_WORDS;
    uint32_t given = is_list ? v->count : 1;
    struct json *out = NEW_N(a, struct json, given);
    size_t count = 0;
    for (uint32_t i = 0; i < given && !says_nothing(v); i++) {
        struct json one = one_value(c, a, f, is_list ? &v->items[i] : v);
        one.name = (str){0};
        if (one.type != JSON_NULL && !(once && list_has(out, count, &one)))
            out[count++] = one;
    }
    return json_of_list(out, count);
}

static struct json value_of(struct cockpit *c, struct arena *a, const struct cockpit_field *f, const struct json *v)
{
    return f->many ? list_of(c, a, f, v) : one_value(c, a, f, v);
}

/* Items. */

static void put_field(struct cockpit *c, struct member_list *item, const struct cockpit_field *f, const struct json *document)
{
    struct arena *a = item->arena;
    const struct json *v = json_get(document, f->name);
    struct member_list m = {.arena = a};
    if (!f->localized || str_is_absent(c->standard)) {
        if (v && v->type != JSON_NULL)
            member_put(item, f->own, value_of(c, a, f, v));
        return;
    }
    if (v && v->type != JSON_NULL)
        member_put(&m, c->standard, value_of(c, a, f, v));
    for (size_t i = 0; i < c->language_count; i++) {
        str name = arena_format(a, STR_FMT "_" STR_FMT, STR_ARG(f->name), STR_ARG(c->languages[i].suffix));
        v = json_get(document, name);
        if (!says_nothing(v))
            member_put(&m, c->languages[i].code, value_of(c, a, f, v));
    }
    if (m.count)
        member_put(item, f->own, member_map(&m));
}

static void put_meta(struct member_list *item, const struct cockpit_model *m, const struct json *document)
{
    static const str kept[] = {STR("_created"), STR("_modified"), STR("_cby"), STR("_mby")};
    const struct json *state = json_get(document, S("_state")), *order = json_get(document, S("_o"));
    str parent = text_member(document, S("_pid"));
    member_put(item, S("_id"), json_of_text(id_of(item->arena, m, document)));
    /* Cockpit shows a singleton whatever its state is. */
    member_put(item, S("_state"), state && state->type == JSON_INT && !m->is_single ? *state : json_of_int(m->is_single));
    for (size_t i = 0; i < COUNTOF(kept); i++) {
        const struct json *v = json_get(document, kept[i]);
        bool fits = v && (v->type == JSON_INT || (v->type == JSON_TEXT && id_valid(v->text)));
        if (fits)
            member_put(item, kept[i], *v);
    }
    if (m->is_tree && parent.len)
        member_put(item, S("_pid"), json_of_text(transfer_id(item->arena, S("cockpit"), m->name, parent)));
    if (m->is_tree && order && order->type == JSON_INT)
        member_put(item, S("_o"), *order);
}

static enum err take_one(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct items *it = (struct items *)(void *)self;
    struct cockpit_model *m = model_of(it, document);
    if (!m || m->is_single != !it->of)
        return ERR_OK;
    if (m->is_single) {
        TRY(transfer_into(it->c->to, m->own, why));
        a = transfer_arena(it->c->to);
    }
    struct member_list item = {.arena = a};
    put_meta(&item, m, document);
    for (size_t i = 0; i < m->field_count; i++)
        put_field(it->c, &item, &m->fields[i], document);
    struct json made = member_map(&item);
    if (m->is_single) /* the document lives until the next one, this until it is written */
        made = json_copy(a, &made);
    transfer_show(it->c->to, 0);
    return transfer_item(it->c->to, &made, why);
}

enum err cockpit_take_items(struct cockpit *c)
{
    struct items singles = {{take_one}, c, NULL, 0};
    for (size_t i = 0; i < c->model_count; i++) {
        struct items it = {{take_one}, c, &c->models[i], 0};
        if (c->models[i].is_single)
            continue;
        TRY(transfer_into(c->to, c->models[i].own, c->why));
        TRY(each(c, &it, transfer_arena));
    }
    TRY(each(c, &singles, NULL));
    if (c->dangling)
        transfer_tell(c->to, arena_format(c->arena, "%llu links lead to what is not there; they are left out", (unsigned long long)c->dangling));
    return ERR_OK;
}

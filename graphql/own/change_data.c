#include "graphql/own/change_data.h"

#include "content/kind.h"
#include "graphql/own/own.h"

struct at {                           /* one place in both worlds */
    str there, here;
};

static struct at below(const struct own_data *d, struct at at, str there, str here)
{
    return (struct at){pointer_name(d->arena, at.there, there), pointer_name(d->arena, at.here, here)};
}

static struct at below_index(const struct own_data *d, struct at at, size_t i)
{
    return (struct at){pointer_index(d->arena, at.there, i), pointer_index(d->arena, at.here, i)};
}

static void remember(struct own_data *d, struct at at)
{
    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 16;
        d->places = arena_grow(d->arena, d->places, d->room * sizeof *d->places, room * sizeof *d->places);
        d->room = room;
    }
    d->places[d->count++] = (struct own_place){at.there, at.here};
}

/* Members that are being made. */
struct members {
    struct json *items;
    size_t count;
};

static struct members room_for(const struct own_data *d, size_t most)
{
    return (struct members){NEW_N(d->arena, struct json, most + 1), 0};
}

static void put(struct members *m, str name, struct json v)
{
    m->items[m->count++] = json_named(name, v);
}

static struct json done(const struct members *m)
{
    return json_of_map(m->items, m->count);
}

static enum err value(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                      struct problem *why);
static enum err item(struct own_data *d, const struct collection *c, const struct json *sent, struct at at, struct members *out,
                     struct problem *why);

typedef enum err one_value(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                           struct problem *why);

/* Of a list each element, else the value. */
static enum err each(struct own_data *d, const struct field *f, const struct json *v, struct at at, one_value *one,
                     struct json *out, struct problem *why)
{
    if (v->type != JSON_LIST)
        return one(d, f, v, at, out, why);
    struct json *items = NEW_N(d->arena, struct json, v->count + (size_t)1);
    for (uint32_t i = 0; i < v->count; i++)
        TRY(one(d, f, &v->items[i], below_index(d, at, i), &items[i], why));
    *out = json_of_list(items, v->count);
    return ERR_OK;
}

/* ---- documents ---- */

static enum err members_of(struct own_data *d, const struct field *fields, size_t field_count, const struct json *v, struct at at,
                           struct members *out, struct problem *why)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *m = &v->items[i];
        struct json made = *m;
        for (size_t k = 0; k < field_count; k++)
            if (str_equal(fields[k].name, m->name))
                TRY(value(d, &fields[k], m, below(d, at, m->name, m->name), &made, why));
        put(out, m->name, made);
    }
    return ERR_OK;
}

static enum err document(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                         struct problem *why)
{
    struct members m = room_for(d, v->type == JSON_MAP ? v->count : 0);
    *out = *v;
    if (v->type != JSON_MAP)
        return ERR_OK;
    TRY(members_of(d, f->members, f->member_count, v, at, &m, why));
    *out = done(&m);
    return ERR_OK;
}

/* {hero: {…}} is {"_component":"hero", …}. */
static enum err block(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                      struct problem *why)
{
    const struct json *said = v->type == JSON_MAP && v->count == 1 ? &v->items[0] : NULL;
    const struct collection *of = NULL;
    for (size_t i = 0; said && i < f->of_count; i++)
        if (str_equal(f->of[i]->name, said->name))
            of = f->of[i];
    *out = *v;
    if (!of || said->type != JSON_MAP)
        return ERR_OK; /* the kind says what is wrong */
    struct members m = room_for(d, said->count + (size_t)1);
    at.here = pointer_name(d->arena, at.here, said->name);
    remember(d, at);
    put(&m, S("_component"), json_of_text(of->name));
    TRY(members_of(d, of->fields + META_COUNT, of->field_count - META_COUNT, said, at, &m, why));
    *out = done(&m);
    return ERR_OK;
}

/* ---- references ---- */

/* {posts: "…"} is {"_model":"posts","_id":"…"}. */
static enum err one_of_several(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                               struct problem *why)
{
    (void)why;
    (void)f;
    *out = *v;
    if (v->type != JSON_MAP || v->count != 1)
        return ERR_OK;
    struct members m = room_for(d, 2);
    put(&m, S("_model"), json_of_text(v->items[0].name));
    put(&m, S("_id"), v->items[0]);
    remember(d, (struct at){at.there, pointer_name(d->arena, at.here, v->items[0].name)});
    *out = done(&m);
    return ERR_OK;
}

static enum err nested_item(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                            struct problem *why)
{
    struct members m = {0};
    *out = *v;
    if (v->type != JSON_MAP)
        return ERR_OK;
    TRY(item(d, f->to, v, at, &m, why));
    *out = done(&m);
    return ERR_OK;
}

/* {_id, data: {…}, ifRev} is {"_id", …, "_if_rev"}. */
static enum err nested_update(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                              struct problem *why)
{
    const struct json *data = json_get(v, S("data")), *id = json_get(v, S("_id")), *revision = json_get(v, S("ifRev"));
    struct members own = {0}, m = room_for(d, (data ? data->count : 0) + (size_t)2);
    *out = *v;
    if (!data || data->type != JSON_MAP)
        return ERR_OK;
    struct at inside = {at.there, pointer_name(d->arena, at.here, S("data"))};
    remember(d, inside);
    TRY(item(d, f->to, data, inside, &own, why));
    m = room_for(d, own.count + 2);
    if (id && id->type != JSON_NULL) {
        put(&m, S("_id"), *id);
        remember(d, below(d, at, S("_id"), S("_id")));
    }
    if (revision && revision->type != JSON_NULL) {
        put(&m, S("_if_rev"), *revision);
        remember(d, below(d, at, S("_if_rev"), S("ifRev")));
    }
    for (size_t i = 0; i < own.count; i++)
        put(&m, own.items[i].name, own.items[i]);
    *out = done(&m);
    return ERR_OK;
}

static enum err as_it_is(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                         struct problem *why)
{
    (void)d, (void)f, (void)at, (void)why;
    *out = *v;
    return ERR_OK;
}

/* Steps that are null are not said; without any step there is nothing left of the reference. */
static enum err links(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                      struct problem *why)
{
    struct members m = room_for(d, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *step = &v->items[i];
        one_value *one = str_equal(step->name, S("create"))   ? nested_item
                         : str_equal(step->name, S("update")) ? nested_update
                                                              : as_it_is;
        struct json made;
        if (step->type == JSON_NULL)
            continue;
        TRY(each(d, f, step, below(d, at, step->name, step->name), one, &made, why));
        put(&m, step->name, made);
    }
    *out = done(&m);
    return ERR_OK;
}

static bool is_no_step(const struct field *f, const struct json *made)
{
    return (f->kind->flags & KIND_REF) && !field_is_polymorphic(f) && made->type == JSON_MAP && made->count == 0;
}

static enum err value(struct own_data *d, const struct field *f, const struct json *v, struct at at, struct json *out,
                      struct problem *why)
{
    *out = *v;
    if (v->type == JSON_NULL)
        return ERR_OK;
    if ((f->kind->flags & KIND_REF) && field_is_polymorphic(f))
        return each(d, f, v, at, one_of_several, out, why);
    if (f->kind->flags & KIND_REF)
        return v->type == JSON_MAP ? links(d, f, v, at, out, why) : ERR_OK;
    if (field_is_blocks(f))
        return each(d, f, v, at, block, out, why);
    if (f->member_count > 0)
        return each(d, f, v, at, document, out, why);
    return ERR_OK;
}

/* ---- items ---- */

/* "_inc" is "$inc", field by field; what goes in front has a sign in its name. */
static enum err edits(struct own_data *d, const struct collection *c, const struct own_member *as, const struct json *v, struct at at,
                      struct members *out, struct problem *why)
{
    struct members m = room_for(d, v->count);
    bool by_sign = str_equal(as->spelling, S("+"));
    struct at inside = below(d, at, as->spelling, as->name);
    if (!by_sign)
        remember(d, inside);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *one = &v->items[i];
        const struct field *f = collection_field(c, one->name);
        str name = by_sign ? arena_format(d->arena, "+" STR_FMT, STR_ARG(one->name)) : one->name;
        struct at here = by_sign ? (struct at){pointer_name(d->arena, at.there, name), pointer_name(d->arena, inside.here, one->name)}
                                 : below(d, inside, name, name);
        struct json made = *one;
        if (by_sign)
            remember(d, here);
        if (f)
            TRY(value(d, f, one, here, &made, why));
        put(by_sign ? out : &m, name, made);
    }
    if (!by_sign && m.count)
        put(out, as->spelling, done(&m));
    return ERR_OK;
}

/* {_locale: "de", title: "…"} is "title_de". A field whose own name is that would be meant instead: then it is refused. */
static enum err translation(struct own_data *d, const struct collection *c, const struct json *v, struct at at, struct at item_at,
                            struct members *out, struct problem *why)
{
    const struct json *locale = json_get(v, S("_locale"));
    if (!locale || locale->type != JSON_TEXT || locale->text.len == 0)
        return problem_fault(why, ERR_INVALID, at.there, S("required"), "A translation says its _locale");
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *m = &v->items[i];
        const struct field *f = collection_field(c, m->name);
        struct json made = *m;
        if (m == locale)
            continue;
        str name = arena_format(d->arena, STR_FMT "_" STR_FMT, STR_ARG(m->name), STR_ARG(locale->text));
        struct at here = {pointer_name(d->arena, item_at.there, name), pointer_name(d->arena, at.here, m->name)};
        remember(d, here);
        if (collection_field(c, name))
            return problem_fault(why, ERR_INVALID, here.there, S("unknown-language"), "There is no language \"%.*s\" for " STR_FMT,
                                 (int)(locale->text.len < 80 ? locale->text.len : 80), locale->text.at, STR_ARG(m->name));
        if (f)
            TRY(value(d, f, m, here, &made, why));
        put(out, name, made);
    }
    return ERR_OK;
}

static enum err translations(struct own_data *d, const struct collection *c, const struct json *v, struct at item_at,
                             struct members *out, struct problem *why)
{
    struct at at = below(d, item_at, S("_translations"), S("_translations"));
    for (uint32_t i = 0; v->type == JSON_LIST && i < v->count; i++)
        TRY(translation(d, c, &v->items[i], below_index(d, at, i), item_at, out, why));
    return ERR_OK;
}

static const struct own_member *edit_named(str name)
{
    for (size_t i = 0; i < own_data_member_count; i++)
        if (own_data_members[i].spelling.len && str_equal(own_data_members[i].name, name))
            return &own_data_members[i];
    return NULL;
}

/* How many members there may be in the end: those that stand in others come up. */
static size_t members_at_most(const struct json *sent)
{
    size_t n = 0;
    for (uint32_t i = 0; i < sent->count; i++) {
        const struct json *m = &sent->items[i];
        n += 1 + (size_t)(m->type == JSON_MAP || m->type == JSON_LIST ? m->count : 0);
        for (uint32_t k = 0; m->type == JSON_LIST && k < m->count; k++)
            n += m->items[k].type == JSON_MAP ? m->items[k].count : 0;
    }
    return n;
}

static enum err item(struct own_data *d, const struct collection *c, const struct json *sent, struct at at, struct members *out,
                     struct problem *why)
{
    *out = room_for(d, members_at_most(sent));
    for (uint32_t i = 0; i < sent->count; i++) {
        const struct json *m = &sent->items[i];
        const struct own_member *edit = edit_named(m->name);
        const struct field *f = collection_field(c, m->name);
        struct json made = *m;
        if (edit && m->type == JSON_NULL)
            continue;
        if (edit) {
            TRY(edits(d, c, edit, m, at, out, why));
        } else if (str_equal(m->name, S("_translations"))) {
            TRY(translations(d, c, m, at, out, why));
        } else {
            if (f && !f->is_meta)
                TRY(value(d, f, m, below(d, at, m->name, m->name), &made, why));
            if (!f || m->type == JSON_NULL || !is_no_step(f, &made))
                put(out, m->name, made);
        }
    }
    return ERR_OK;
}

enum err own_data_item(struct own_data *d, const struct collection *c, const struct json *sent, str where, const struct json **out,
                       struct problem *why)
{
    struct members m = {0};
    struct json *made = NEW(d->arena, struct json);
    TRY(item(d, c, sent, (struct at){where, where}, &m, why));
    *made = done(&m);
    *out = made;
    return ERR_OK;
}

/* ---- faults ---- */

static bool is_below(str path, str above)
{
    return str_starts(path, above) && (path.len == above.len || path.at[above.len] == '/');
}

/* "/data/tags/0" is "data.tags.0". Names in inputs have neither dots nor slashes. */
static str dotted(struct arena *a, str pointer)
{
    char *text = arena_get(a, pointer.len, 1);
    for (size_t i = 1; i < pointer.len; i++)
        text[i - 1] = pointer.at[i];
    for (size_t i = 0; i + 1 < pointer.len; i++)
        text[i] = (char)(text[i] == '/' ? '.' : text[i]);
    return (str){text, pointer.len - 1};
}

void own_data_faults(const struct own_data *d, struct problem *why, size_t first)
{
    for (size_t i = first; i < why->fault_count; i++) {
        struct fault *f = &why->faults[i];
        const struct own_place *best = NULL;
        if (!str_starts(f->path, S("/")))
            continue;
        for (size_t k = 0; k < d->count; k++)
            if (is_below(f->path, d->places[k].there) && (!best || d->places[k].there.len >= best->there.len))
                best = &d->places[k];
        if (best)
            f->path = arena_format(d->arena, STR_FMT STR_FMT, STR_ARG(best->here),
                                   STR_ARG(str_slice(f->path, best->there.len, f->path.len)));
        f->path = dotted(d->arena, f->path);
    }
}

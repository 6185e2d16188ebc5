#include "server/transfer/strapi_parts.h"

#include "base/limits.h"
#include "server/transfer/import_parts.h"

bool strapi_row(const struct json *v, int64_t *out)
{
    if (!v || v->type != JSON_INT || v->integer < 0)
        return false;
    *out = v->integer;
    return true;
}

/* Writing to a sorting: key and value are put together in m->key and m->value. */

struct json_writer *strapi_value(struct strapi *m)
{
    buf_clear(&m->value);
    json_begin(&m->w, &m->value);
    json_map_open(&m->w);
    return &m->w;
}

void strapi_text(struct strapi *m, str name, str text)
{
    json_name(&m->w, name);
    json_text(&m->w, text);
}

void strapi_int(struct strapi *m, str name, int64_t n)
{
    json_name(&m->w, name);
    json_int(&m->w, n);
}

enum err strapi_put(struct strapi *m, struct sorted *where)
{
    json_map_close(&m->w);
    json_end(&m->w);
    if (m->key.failed || m->value.failed)
        return problem_set(m->why, ERR_TOO_LARGE, "One row has more than %u bytes", LIMIT_RESPONSE_BYTES);
    if (memchr(m->key.at, 0, m->front)) /* JSON can say it, and nothing that Strapi calls something by has it */
        return problem_set(m->why, ERR_BAD_INPUT, "%s: a name or id with the character U+0000", m->tar.name);
    return sorted_add(where, buf_str(&m->key), buf_str(&m->value), m->why);
}

void strapi_key(struct strapi *m, str uid, int64_t row, char order)
{
    buf_clear(&m->key);
    buf_add(&m->key, uid);
    buf_format(&m->key, "\n%016llx", (unsigned long long)row);
    m->front = m->key.len;
    buf_byte(&m->key, '\0');
    buf_byte(&m->key, order);
}

static void key_of_group(struct strapi *m, str group, char order)
{
    buf_clear(&m->key);
    buf_add(&m->key, group);
    m->front = m->key.len;
    buf_byte(&m->key, '\0');
    buf_byte(&m->key, order);
}

static void add_position(struct strapi *m, int64_t position)
{
    buf_format(&m->key, "%016llx", (unsigned long long)position);
}

/* What is before the NUL. */
static str front_of(str key)
{
    str front, back;
    (void)str_cut(key, '\0', &front, &back);
    return front;
}

static char order_of(str key)
{
    return key.at[front_of(key).len + 1];
}

/* targets -> holders, groups. */

struct row {                          /* the row that the links at hand lead to */
    struct arena *arena;
    str key;
    const struct json *value;         /* NULL: it is not in the archive */
    int64_t least;                    /* of its translations' rows (Strapi 4) */
    const struct strapi_type *type;
    str group;
    bool is_passed_on;
};

static enum err add_owner(struct strapi *m, const struct row *r, str uid, int64_t id)
{
    strapi_key(m, uid, id, '0');
    (void)strapi_value(m);
    strapi_text(m, S("g"), r->group);
    strapi_int(m, S("r"), json_get(r->value, S("r"))->integer);
    if (!str_contains(uid, S("::"))) {
        strapi_text(m, S("cu"), uid);
        strapi_int(m, S("ci"), id);
    }
    return strapi_put(m, m->holders);
}

/* All components in these values, which may have links of their own. */
static enum err add_components(struct strapi *m, const struct row *r, const struct strapi_type *t, const struct json *data)
{
    for (size_t i = 0; i < t->attribute_count; i++) {
        const struct strapi_attribute *x = &t->attributes[i];
        const struct json *v = json_get(data, x->theirs);
        if (!v || (x->sort != STRAPI_COMPONENT && x->sort != STRAPI_ZONE) || (v->type != JSON_LIST && v->type != JSON_MAP))
            continue;
        const struct json *all = v->type == JSON_LIST ? v->items : v;
        for (uint32_t k = 0; k < (v->type == JSON_LIST ? v->count : 1); k++) {
            str uid = x->sort == STRAPI_ZONE ? import_text(json_get(&all[k], S("__component"))) : x->target;
            const struct strapi_type *of = strapi_find(m->schema, uid);
            int64_t id;
            if (!of || !strapi_row(json_get(&all[k], S("id")), &id))
                continue;
            TRY(add_owner(m, r, uid, id));
            TRY(add_components(m, r, of, &all[k]));
        }
    }
    return ERR_OK;
}

/* Now that all of its translations are known, the row has a document. */
static enum err pass_on(struct strapi *m, struct row *r)
{
    if (r->is_passed_on || !r->value || !r->type)
        return ERR_OK;
    r->is_passed_on = true;
    str document = import_text(json_at(r->value, S("/d/documentId")));
    if (document.len == 0)
        document = arena_format(r->arena, "%lld", (long long)r->least);
    r->group = arena_format(r->arena, "%03zu" STR_FMT, (size_t)(r->type - m->schema->types), STR_ARG(document));
    key_of_group(m, r->group, '0');
    struct json_writer *w = strapi_value(m);
    json_name(w, S("d"));
    json_value(w, json_get(r->value, S("d")));
    strapi_int(m, S("r"), json_get(r->value, S("r"))->integer);
    TRY(strapi_put(m, m->groups));
    TRY(add_owner(m, r, r->type->uid, json_get(r->value, S("r"))->integer));
    return add_components(m, r, r->type, json_get(r->value, S("d")));
}

static enum err take_target(struct strapi *m, struct row *r, str key, str value)
{
    const struct json *v;
    arena_reset(m->one);
    TRY(json_read(m->one, value, NULL, S("row"), &v, m->why));
    if (order_of(key) == '0') {
        struct json *kept = NEW(r->arena, struct json);
        *kept = json_copy(r->arena, v);
        r->value = kept;
        v = kept;
        r->least = json_get(v, S("r"))->integer;
        return ERR_OK;
    }
    if (order_of(key) == '1') {
        int64_t other = json_get(v, S("r"))->integer;
        r->least = other < r->least ? other : r->least;
        return ERR_OK;
    }
    TRY(pass_on(m, r));
    if (!r->is_passed_on)
        return ERR_OK; /* to what is not brought along */
    strapi_key(m, import_text(json_get(v, S("u"))), json_get(v, S("r"))->integer, '1');
    add_position(m, json_get(v, S("p"))->integer);
    (void)strapi_value(m);
    strapi_text(m, S("f"), import_text(json_get(v, S("f"))));
    strapi_text(m, S("v"), strapi_id(m->one, r->type, str_slice(r->group, 3, r->group.len)));
    return strapi_put(m, m->holders);
}

static enum err sort_targets(struct strapi *m)
{
    struct row r = {.arena = m->line};
    for (;;) {
        str key, value;
        bool found;
        TRY(sorted_next(m->targets, &key, &value, &found, m->why));
        if (found && r.key.len > 0 && str_equal(front_of(key), r.key)) {
            TRY(take_target(m, &r, key, value));
            continue;
        }
        TRY(pass_on(m, &r));
        if (!found)
            return ERR_OK;
        arena_reset(m->line);
        r = (struct row){.arena = m->line, .key = arena_copy(m->line, front_of(key))};
        str uid, number;
        (void)str_cut(r.key, '\n', &uid, &number);
        r.type = strapi_find(m->schema, uid);
        TRY(take_target(m, &r, key, value));
    }
}

/* holders -> groups. */

static enum err take_held(struct strapi *m, str key, str value, str owner_key, str owner_value)
{
    const struct json *v, *owner;
    TRY(json_read(m->line, owner_value, NULL, S("owner"), &owner, m->why));
    TRY(json_read(m->line, value, NULL, S("link"), &v, m->why));
    key_of_group(m, import_text(json_get(owner, S("g"))), '1');
    buf_add(&m->key, str_slice(key, owner_key.len + 2, key.len));
    (void)strapi_value(m);
    for (uint32_t i = 0; i < owner->count; i++)
        if (!str_equal(owner->items[i].name, S("g"))) {
            json_name(&m->w, owner->items[i].name);
            json_value(&m->w, &owner->items[i]);
        }
    strapi_text(m, S("f"), import_text(json_get(v, S("f"))));
    strapi_text(m, S("v"), import_text(json_get(v, S("v"))));
    return strapi_put(m, m->groups);
}

static enum err sort_holders(struct strapi *m, struct buf *owner_key, struct buf *owner_value)
{
    for (;;) {
        str key, value;
        bool found;
        arena_reset(m->line);
        TRY(sorted_next(m->holders, &key, &value, &found, m->why));
        if (!found)
            return ERR_OK;
        if (order_of(key) == '0') {
            buf_clear(owner_key);
            buf_clear(owner_value);
            buf_add(owner_key, front_of(key));
            buf_add(owner_value, value);
        } else if (str_equal(front_of(key), buf_str(owner_key))) {
            TRY(take_held(m, key, value, buf_str(owner_key), buf_str(owner_value)));
        }
    }
}

static enum err settle_holders(struct strapi *m)
{
    struct buf key, value;
    buf_init(&key, NULL, LIMIT_BODY_BYTES);
    buf_init(&value, NULL, LIMIT_BODY_BYTES);
    enum err e = sort_holders(m, &key, &value);
    buf_free(&key);
    buf_free(&value);
    return e;
}

/* groups -> items. */

static void append(struct arena *a, const struct json **list, size_t *count, size_t *room, const struct json *v)
{
    struct json *all = (struct json *)(uintptr_t)*list;
    if (*count == *room) {
        size_t more = *room ? 2 * *room : 8;
        all = arena_grow(a, all, *room * sizeof *all, more * sizeof *all);
        *room = more;
    }
    all[(*count)++] = *v;
    *list = all;
}

static enum err give(struct strapi *m, struct strapi_group *g)
{
    if (g->row_count == 0)
        return ERR_OK;
    struct json item = strapi_item(g, &m->languages, &m->tally), kept = json_copy(transfer_arena(m->to), &item);
    return transfer_item(m->to, &kept, m->why);
}

static enum err begin(struct strapi *m, struct strapi_group *g, str group)
{
    uint64_t number;
    const struct strapi_type *before = g->type;
    must(str_to_u64(str_slice(group, 0, 3), STRAPI_TYPES, &number));
    arena_reset(m->line);
    *g = (struct strapi_group){.arena = m->line, .schema = m->schema, .type = &m->schema->types[number]};
    g->id = strapi_id(g->arena, g->type, str_slice(group, 3, group.len));
    return g->type == before ? ERR_OK : transfer_into(m->to, g->type->ours, m->why);
}

static enum err give_all(struct strapi *m, struct buf *group)
{
    struct strapi_group g = {.arena = m->line};
    for (;;) {
        str key, value;
        bool found;
        const struct json *v;
        TRY(sorted_next(m->groups, &key, &value, &found, m->why));
        if (!found)
            return give(m, &g);
        if (!str_equal(front_of(key), buf_str(group))) {
            TRY(give(m, &g));
            buf_clear(group);
            buf_add(group, front_of(key));
            TRY(begin(m, &g, buf_str(group)));
        }
        TRY(json_read(g.arena, arena_copy(g.arena, value), NULL, S("row"), &v, m->why));
        if (order_of(key) == '0')
            append(g.arena, &g.rows, &g.row_count, &g.row_room, v);
        else
            append(g.arena, &g.links, &g.link_count, &g.link_room, v);
    }
}

enum err strapi_give(struct strapi *m)
{
    struct buf group;
    buf_init(&group, NULL, LIMIT_BODY_BYTES);
    enum err e = give_all(m, &group);
    buf_free(&group);
    return e;
}

enum err strapi_join(struct strapi *m)
{
    TRY(sort_targets(m));
    return settle_holders(m);
}

/* Create or change: one item, two wishes, of which the transaction takes one. */
#include "api/content.h"


static enum err bad_key(struct problem *why, str name)
{
    return problem_fault(why, ERR_BAD_INPUT, S("key"), S("key"),
                         "Items are not known by " STR_FMT "; a key is _id, a unique field, or all fields of a unique rule",
                         STR_ARG(name));
}

static bool is_rule(const struct unique_rule *r, const struct upsert *u)
{
    if (!r->unique || r->count != u->count)
        return false;
    for (size_t i = 0; i < r->count; i++) {
        bool is_in = false;
        for (size_t k = 0; k < u->count; k++)
            is_in |= u->by[k] == r->fields[i];
        if (!is_in)
            return false;
    }
    return true;
}

static bool is_unique(const struct collection *c, const struct upsert *u)
{
    if (u->count == 1 && (u->by[0]->index == META_ID || u->by[0]->unique))
        return true;
    for (size_t i = 0; i < c->rule_count; i++)
        if (is_rule(&c->rules[i], u))
            return true;
    return false;
}

/* A field that the caller may not read does not exist for him. */
static enum err read_key(struct exchange *x, const struct collection *c, str key, struct upsert *out, struct problem *why)
{
    const field_set *readable = &rights_access(x->who->rights, VERB_READ, c)->fields;
    str rest = key, name;
    bool ended = false;
    while (str_next(&rest, &ended, ',', &name)) {
        const struct field *f = collection_field(c, str_trim(name));
        bool is_id = f && f->is_meta && f->index == META_ID;
        if (!f || out->count == COUNTOF(out->by) || (!is_id && (f->is_meta || !field_set_has(readable, f->index))))
            return bad_key(why, key);
        out->by[out->count++] = f;
    }
    return is_unique(c, out) ? ERR_OK : bad_key(why, key);
}

static enum err demand_values(struct exchange *x, const struct change *c, const struct upsert *u, str where,
                              struct problem *why)
{
    for (size_t i = 0; i < u->count; i++) {
        const struct field *f = u->by[i];
        bool is_there = f->index == META_ID ? !str_is_absent(c->id)
                                            : field_set_has(&c->set, f->index) && c->values[f->index].type != JSON_NULL;
        if (!is_there)
            (void)problem_fault(why, ERR_INVALID, pointer_name(x->arena, where, f->name), S("required"),
                                STR_FMT " is what the item is known by", STR_ARG(f->name));
    }
    return why->err;
}

enum err content_read_upsert(struct exchange *x, const struct collection *c, str key, enum op op,
                             const struct sent_item *sent, struct change *out, struct problem *why)
{
    struct upsert *u = NEW(x->arena, struct upsert);
    struct change *update = NEW(x->arena, struct change);
    struct problem *as_new = NEW(x->arena, struct problem);
    bool may_update = gate_may(x->who, VERB_UPDATE, c), may_create = gate_may(x->who, VERB_CREATE, c);
    if (!may_update && !may_create)
        return gate_allows(x->who, VERB_CREATE, c, why);
    TRY(read_key(x, c, key, u, why));
    *update = (struct change){.op = op, .in = c, .id = out->id, .merge = op == OP_UPDATE, .placed = out->placed};
    as_new->arena = x->arena;
    u->update = update;
    out->op = OP_CREATE;
    out->upsert = u;
    if (may_update)
        TRY(content_read_change(x, c, sent, update, why));
    if (may_create && content_read_change(x, c, sent, out, may_update ? as_new : why) != ERR_OK) {
        TRY(why->err);
        u->not_new = as_new;
    }
    out->in = c;
    out->where = sent->where;
    return demand_values(x, may_update ? update : out, u, sent->where, why);
}

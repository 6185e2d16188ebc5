#include "content/query/perspective.h"
#include "roles/internal.h"

enum err gate_take_item(const struct principal *who, const struct collection *c, const struct item_sent *sent,
                        struct change *out, struct arena *a, struct problem *why)
{
    enum verb verb = out->op == OP_CREATE ? VERB_CREATE : VERB_UPDATE;
    TRY(gate_allows(who, verb, c, why));
    out->in = c;
    TRY(change_language(who->rights, verb, sent->locale, out, why));
    out->draft = sent->draft && !c->system;
    out->writable = &rights_access(who->rights, verb, c)->fields;
    out->author = who->rights;
    out->where = sent->where;
    enum err e = change_read(a, c, sent->data, sent->where, out, why);
    if (e == ERR_INVALID)
        err_ignored(change_check(a, out, &who->actor.vars, sent->where, why));
    return e;
}

static enum err try_single(struct gate *g, const struct principal *who, const struct collection *c, const struct item_sent *sent,
                           struct before_write *before, struct change *out, struct arena *a, struct problem *why)
{
    out->id = S(SINGLE_ID);
    TRY(gate_take_item(who, c, sent, out, a, why));
    if (before != NULL)
        TRY(before->look(before, out, why));
    return gate_write(g, who, out, 1, a, why);
}

/* Whether it is there is found out by writing: looking first would need the right to read. */
enum err gate_save_single(struct gate *g, const struct principal *who, const struct collection *c, const struct item_sent *sent,
                          struct before_write *before, struct change *out, struct arena *a, struct problem *why)
{
    struct change created = {.op = OP_CREATE, .once = out->once, .placed = out->placed};
    if (gate_may(who, VERB_UPDATE, c)) {
        struct problem first = {.arena = a};
        enum err e = try_single(g, who, c, sent, before, out, a, &first);
        if (e != ERR_NOT_FOUND) {
            *why = first;
            return e;
        }
    }
    TRY(try_single(g, who, c, sent, before, &created, a, why));
    *out = created;
    return ERR_OK;
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

bool upsert_has_key(const struct collection *c, const struct upsert *u)
{
    if (u->count == 1 && (u->by[0]->index == META_ID || u->by[0]->unique))
        return true;
    for (size_t i = 0; i < c->rule_count; i++)
        if (is_rule(&c->rules[i], u))
            return true;
    return false;
}

static enum err demand_values(struct arena *a, const struct change *c, const struct upsert *u, str where, struct problem *why)
{
    for (size_t i = 0; i < u->count; i++) {
        const struct field *f = u->by[i];
        bool is_there = f->index == META_ID ? !str_is_absent(c->id)
                                            : field_set_has(&c->set, f->index) && c->values[f->index].type != JSON_NULL;
        if (!is_there)
            (void)problem_fault(why, ERR_INVALID, pointer_name(a, where, f->name), S("required"),
                                STR_FMT " is what the item is known by", STR_ARG(f->name));
    }
    return why->err;
}

enum err gate_take_upsert(const struct principal *who, const struct collection *c, struct upsert *by, enum op op,
                          const struct item_sent *created, const struct item_sent *updated, struct change *out,
                          struct arena *a, struct problem *why)
{
    struct change *update = NEW(a, struct change);
    struct problem *as_new = NEW(a, struct problem);
    bool may_update = gate_may(who, VERB_UPDATE, c), may_create = gate_may(who, VERB_CREATE, c);
    if (!may_update && !may_create)
        return gate_allows(who, VERB_CREATE, c, why);
    *update = (struct change){.op = op, .in = c, .id = out->id, .merge = op == OP_UPDATE, .placed = out->placed};
    as_new->arena = a;
    by->update = update;
    out->op = OP_CREATE;
    out->upsert = by;
    if (may_update)
        TRY(gate_take_item(who, c, updated, update, a, why));
    if (may_create && gate_take_item(who, c, created, out, a, may_update ? as_new : why) != ERR_OK) {
        TRY(why->err);
        by->not_new = as_new;
    }
    out->in = c;
    out->where = created->where;
    return demand_values(a, may_update ? update : out, by, may_update ? updated->where : created->where, why);
}

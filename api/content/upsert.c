/* Create or change: one item, two wishes, of which the transaction takes one. */
#include "api/content/content.h"

static enum err bad_key(struct problem *why, str name)
{
    return problem_fault(why, ERR_BAD_INPUT, S("key"), S("key"),
                         "Items are not known by " STR_FMT "; a key is _id, a unique field, or all fields of a unique rule",
                         STR_ARG(name));
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
    return upsert_has_key(c, out) ? ERR_OK : bad_key(why, key);
}

enum err content_read_upsert(struct exchange *x, const struct collection *c, str key, enum op op,
                             const struct sent_item *sent, struct change *out, struct problem *why)
{
    struct upsert *u = NEW(x->arena, struct upsert);
    if (!gate_may(x->who, VERB_UPDATE, c) && !gate_may(x->who, VERB_CREATE, c))
        return gate_allows(x->who, VERB_CREATE, c, why);
    TRY(read_key(x, c, key, u, why));
    return content_take_upsert(x, c, u, op, sent, out, why);
}

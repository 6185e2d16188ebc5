/* A profile says what its certificates are good for: one that says nothing would be good for everything. */
#include "content/system/behaviours.h"
#include "content/system/pki/pki.h"

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    const struct field *f = collection_field(c->in, S("usages"));
    const struct json *to_be = value_to_be(c, present, S("usages"));
    (void)w;
    if (c->op == OP_DELETE || !field_set_has(&c->set, f->index) || (to_be && to_be->type == JSON_LIST && to_be->count))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/usages"), S("required"), "Say at least one thing that its certificates are good for");
}

const struct behaviour behaviour_certificate_profiles = {.collection = STR("certificate_profiles"), .before = before};

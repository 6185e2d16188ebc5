/* A request's changes, before the first of them is made: behaviours that settle several at once see theirs. */
#include "content/internal.h"

static const struct access *access_for(const struct rights *rights, const struct change *c)
{
    return rights_access(rights, c->op == OP_DELETE ? VERB_DELETE : VERB_UPDATE, c->in);
}

static enum err see_own(struct work *w, const struct behaviour *b, struct change *changes, size_t count, struct problem *why)
{
    struct change **own = NEW_N(w->arena, struct change *, count);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        struct change *c = &changes[i];
        if (!str_equal(c->in->name, b->collection))
            continue;
        if (c->op != OP_CREATE)
            TRY(check_reach(w, c->in, c->id, access_for(w->rights, c)->where, why));
        own[n++] = c;
    }
    return n > 0 ? b->ahead(w, own, n, why) : ERR_OK;
}

enum err look_ahead(struct work *w, struct change *changes, size_t count, struct problem *why)
{
    for (size_t i = 0; behaviours[i]; i++)
        if (behaviours[i]->ahead)
            TRY(see_own(w, behaviours[i], changes, count, why));
    return ERR_OK;
}

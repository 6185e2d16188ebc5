/* The door for what is done to an item as a whole: publishing, taking back, giving up. */
#include "content/content.h"
#include "roles/internal.h"

bool gate_sees_drafts(const struct principal *who, const struct collection *c)
{
    return sees_pending(who->rights, &who->actor, c);
}

enum err gate_state(struct gate *g, const struct principal *who, struct state_wish *wish, struct arena *a,
                    struct problem *why)
{
    if (!state_granted(who->rights, wish->act, wish->in))
        TRY(gate_allows(who, VERB_PUBLISH, wish->in, why));
    return content_state(g->content, who->rights, &who->actor, wish, a, why);
}

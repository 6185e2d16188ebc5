/* The doors for what is done to an item as a whole: publishing, taking back, giving up, bringing back, looking back. */
#include "content/content.h"
#include "roles/internal.h"

bool gate_sees_drafts(const struct principal *who, const struct collection *c)
{
    return sees_pending(who->rights, &who->actor, c);
}

static enum err check_state(const struct principal *who, enum state_act act, const struct collection *c, struct problem *why)
{
    return state_granted(who->rights, act, c) ? ERR_OK : gate_allows(who, VERB_PUBLISH, c, why);
}

enum err gate_state(struct gate *g, const struct principal *who, struct state_wish *wish, struct arena *a,
                    struct problem *why)
{
    TRY(check_state(who, wish->act, wish->in, why));
    return content_state(g->content, who->rights, &who->actor, wish, a, why);
}

enum err gate_schedule(struct gate *g, const struct principal *who, const struct schedule_wish *wishes, size_t count,
                       struct state_wish *now, struct arena *a, struct problem *why)
{
    if (now)
        TRY(check_state(who, now->act, now->in, why));
    for (size_t i = 0; i < count; i++)
        TRY(check_state(who, wishes[i].act, wishes[i].in, why));
    return content_schedule(g->content, who->rights, &who->actor, wishes, count, now, a, why);
}

enum err gate_trash_list(struct gate *g, const struct principal *who, const struct trash_wish *wish, struct json *out,
                         struct arena *a, struct problem *why)
{
    TRY(gate_allows(who, VERB_DELETE, wish->in, why));
    return content_trash_list(g->content, who->rights, &who->actor, wish, out, a, why);
}

enum err gate_trash_restore(struct gate *g, const struct principal *who, const struct trash_wish *wish, uint64_t *revision,
                            struct arena *a, struct problem *why)
{
    TRY(gate_allows(who, VERB_DELETE, wish->in, why));
    return content_trash_restore(g->content, who->rights, &who->actor, wish, revision, a, why);
}

enum err gate_trash_purge(struct gate *g, const struct principal *who, const struct trash_wish *wish, struct arena *a,
                          struct problem *why)
{
    TRY(gate_allows(who, VERB_DELETE, wish->in, why));
    return content_trash_purge(g->content, who->rights, &who->actor, wish, a, why);
}

static enum err check_history(const struct principal *who, const struct collection *c, struct problem *why)
{
    TRY(gate_allows(who, VERB_READ, c, why));
    return history_granted(who->rights, c) ? ERR_OK : gate_allows(who, VERB_UPDATE, c, why);
}

enum err gate_history(struct gate *g, const struct principal *who, const struct history_wish *wish, struct json *out,
                      struct arena *a, struct problem *why)
{
    TRY(check_history(who, wish->in, why));
    return content_history(g->content, who->rights, &who->actor, wish, out, a, why);
}

enum err gate_history_image(struct gate *g, const struct principal *who, const struct history_wish *wish,
                            const struct json **out, struct arena *a, struct problem *why)
{
    TRY(check_history(who, wish->in, why));
    return content_history_image(g->content, who->rights, &who->actor, wish, out, a, why);
}

enum err gate_history_diff(struct gate *g, const struct principal *who, const struct history_wish *wish, struct json *out,
                           struct arena *a, struct problem *why)
{
    TRY(check_history(who, wish->in, why));
    return content_history_diff(g->content, who->rights, &who->actor, wish, out, a, why);
}

/* What a webhook sees: what its author may read at this moment, and of that no more than the role that it names. A role only
 * takes away, so whoever may write webhooks can name any without becoming more by it. */
#include "base/time.h"
#include "content/system/members.h"
#include "roles/webhooks/part.h"

static enum err nobody(struct problem *why, str reason)
{
    return problem_set(why, ERR_FORBIDDEN, STR_FMT, STR_ARG(reason));
}

static enum err find_author(struct eyes *e, struct arena *a, struct problem *why)
{
    struct subject subject;
    struct moment now = {.now_ms = time_now_ms()};
    struct problem own = {.arena = a};
    if (str_is_absent(e->hook->by))
        return nobody(why, S("Nobody in particular wrote it, so nobody's rights count for it"));
    enum err failed = subject_find(e->gate, a, e->hook->by, &now, &subject, &own);
    if (failed == ERR_NOT_FOUND)
        return nobody(why, S("Who wrote it is not there any more"));
    if (failed != ERR_OK)
        return problem_set(why, failed, STR_FMT, STR_ARG(own.text));
    if (subject.is_off)
        return nobody(why, S("Who wrote it was switched off, or his key has ended"));
    e->author = subject.who;
    return ERR_OK;
}

static enum err find_role(struct eyes *e, struct arena *a, struct problem *why)
{
    const struct json *item = NULL;
    if (str_is_absent(e->hook->role))
        return ERR_OK;
    TRY(read_item(e->gate->content, principal_system(e->gate, a, SYSTEM_WEBHOOKS)->rights, S("roles"), S("_id"), e->hook->role, a, &item, why));
    if (!item)
        return nobody(why, S("The role that it is seen as is not there any more"));
    e->role = principal_of_role(e->gate, a, text_in(item, S("name")));
    return e->role ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "The role that it is seen as cannot be read now");
}

static enum err read_filters(const struct eyes *e, struct arena *a, const struct principal *who, const struct filter ***out, struct problem *why)
{
    const struct json *rows = e->hook->events;
    struct problem own = {.arena = a};
    *out = NEW_N(a, const struct filter *, rows->count + 1);
    for (uint32_t i = 0; i < rows->count; i++)
        if (webhook_row_filter(a, who->rights, &rows->items[i], S("filter"), &(*out)[i], &own) != ERR_OK)
            return nobody(why, S("Its filter means nothing with the rights that it has now"));
    return ERR_OK;
}

static bool reads_journal(const struct principal *who)
{
    return gate_may_all(who, VERB_READ, model_find(who->rights->model, S("journal")));
}

enum err eyes_open(struct gate *g, struct arena *a, const struct hook *h, struct eyes *out, struct problem *why)
{
    *out = (struct eyes){.gate = g, .hook = h};
    TRY(find_author(out, a, why));
    TRY(find_role(out, a, why));
    TRY(read_filters(out, a, out->author, &out->author_where, why));
    if (out->role)
        TRY(read_filters(out, a, out->role, &out->role_where, why));
    out->shows_who = reads_journal(out->author) && (!out->role || reads_journal(out->role));
    return ERR_OK;
}

static enum err look(const struct eyes *e, const struct principal *who, const struct news *n, const struct filter *where, struct arena *a,
                     struct seen *out, struct problem *why)
{
    struct looker l;
    looker_begin(&l, e->gate->content, who->rights, &who->actor, a, why);
    enum err failed = look_at(&l, n, where, out);
    looker_end(&l);
    return failed;
}

/* What both show of an image. */
static const struct json *common(struct arena *a, const struct json *x, const struct json *y)
{
    if (!x || !y)
        return NULL;
    struct json *members = NEW_N(a, struct json, x->count + 1), *out = NEW(a, struct json);
    size_t count = 0;
    for (uint32_t i = 0; i < x->count; i++) {
        const struct json *other = json_get(y, x->items[i].name);
        if (other && json_equal(&x->items[i], other))
            members[count++] = x->items[i];
    }
    *out = json_of_map(members, count);
    return out;
}

/* For two at once an item was there when it was there for both. */
static struct seen both(struct arena *a, const struct seen *x, const struct seen *y)
{
    struct seen out = x->sight == SIGHT_CHANGED ? *y : *x;
    out.before = common(a, x->before, y->before);
    out.after = common(a, x->after, y->after);
    bool is_nothing = x->sight == SIGHT_NOTHING || y->sight == SIGHT_NOTHING || (x->sight == SIGHT_NOTE) != (y->sight == SIGHT_NOTE);
    if (is_nothing || (out.sight != SIGHT_NOTE && !out.before && !out.after))
        out.sight = SIGHT_NOTHING;
    return out;
}

enum err eyes_see(const struct eyes *e, const struct news *n, struct arena *a, struct seen *out, struct problem *why)
{
    const struct json *rows = e->hook->events;
    *out = (struct seen){.sight = SIGHT_NOTHING};
    for (uint32_t i = 0; i < rows->count; i++) {
        struct seen seen, as_role;
        if (!webhook_row_wants(&rows->items[i], e->author->rights->model, &n->entry))
            continue;
        TRY(look(e, e->author, n, e->author_where[i], a, &seen, why));
        if (e->role && seen.sight != SIGHT_NOTHING) {
            TRY(look(e, e->role, n, e->role_where[i], a, &as_role, why));
            seen = both(a, &seen, &as_role);
        }
        if (seen.sight != SIGHT_NOTHING && webhook_row_has_verb(&rows->items[i], seen.verb)) {
            *out = seen;
            return ERR_OK;
        }
    }
    return ERR_OK;
}

/* How long and from where a key is good, when somebody else has a say in it: the operator, who may want keys to
 * end, and the key that makes or changes one, whose own end and places bind what it makes (AK-6). */
#include "base/network.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/keys/keys.h"
#include "content/system/people/standing.h"

#define DAY_MS INT64_C(86400000)

static int64_t time_of(const struct json *v)
{
    int64_t ms = 0;
    return v && v->type == JSON_TEXT && time_read(v->text, &ms) ? ms : 0;
}

static enum err refuse_end(struct work *w, int64_t latest_ms, const char *whose, struct problem *why)
{
    struct buf b;
    buf_init(&b, work_arena(w), 64);
    time_write(&b, latest_ms);
    return problem_fault(why, ERR_INVALID, S("/expires_at"), S("range"), "The key must end by " STR_FMT " (%s)",
                         STR_ARG(buf_str(&b)), whose);
}

/* A key for which nobody says an end gets the longest life there is. */
static enum err check_rule(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    int64_t days = work_key_rules(w)->days_max, latest = work_now_ms(w) + days * DAY_MS;
    int64_t ends = time_of(value_to_be(c, present, S("expires_at")));
    if (days == 0 || (present && !value_changes(c, present, S("expires_at"))) || (ends && ends <= latest))
        return ERR_OK;
    if (ends || present)
        return refuse_end(w, latest, "auth.key_max_days", why);
    value_put(c, S("expires_at"), change_now(work_arena(w), collection_field(c->in, S("expires_at")), latest));
    return ERR_OK;
}

static bool is_within(const struct network *n, const struct json *list)
{
    struct network wide;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && network_read(list->items[i].text, &wide) && wide.bits <= n->bits &&
            network_has(&wide, 1, &n->at))
            return true;
    return false;
}

static bool all_within(const struct json *narrow, const struct json *wide)
{
    struct network n;
    if (!wide || wide->type != JSON_LIST || wide->count == 0)
        return true;
    if (!narrow || narrow->type != JSON_LIST || narrow->count == 0)
        return false;
    for (uint32_t i = 0; i < narrow->count; i++)
        if (narrow->items[i].type != JSON_TEXT || !network_read(narrow->items[i].text, &n) || !is_within(&n, wide))
            return false;
    return true;
}

static enum err check_maker(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    const struct json *maker = NULL;
    str key = work_actor(w)->vars.key;
    if (str_is_absent(key) || work_follows(w))
        return ERR_OK;
    TRY(work_get(w, S("api_keys"), key, &maker, why));
    int64_t latest = time_of(json_get(maker, S("expires_at"))), ends = time_of(value_to_be(c, present, S("expires_at")));
    if (latest && (ends == 0 || ends > latest))
        return refuse_end(w, latest, "like the key that makes it", why);
    if (!all_within(value_to_be(c, present, S("addresses")), json_get(maker, S("addresses"))))
        return problem_fault(why, ERR_INVALID, S("/addresses"), S("range"),
                             "A key that is bound to networks makes keys for these alone");
    return ERR_OK;
}

enum err key_bounds_check(struct work *w, struct change *c, const struct json *present, bool widens, struct problem *why)
{
    TRY(check_rule(w, c, present, why));
    return widens ? check_maker(w, c, present, why) : ERR_OK;
}

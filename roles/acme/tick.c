/* What ACME needs without being asked: names that were being proven when a process ended are tried again, and what has long been
 * over goes. */
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/acme/part.h"

enum { AT_ONCE = 100, SWEEP_US = 2000000 };
static const int64_t kept_ms = INT64_C(30) * 86400000;

static enum err take_up(struct gate *g, int64_t now_ms, struct problem *why)
{
    struct item_list list;
    TRY(acme_list(g, why->arena, "acme_authorizations",
                  arena_format(why->arena, "{\"trying\":{\"$exists\":true},\"status\":\"pending\",\"expires_at\":{\"$gt\":\"" STR_FMT "\"}}", STR_ARG(acme_time(why->arena, now_ms))),
                  LIMIT_ROWS, &list, why));
    for (size_t i = 0; i < list.count; i++) {
        struct problem own = {.arena = why->arena};
        const struct json *account = NULL;
        bool is_running;
        str id = item_text(&list.items[i], S("_id")), whose = item_text(&list.items[i], S("account"));
        TRY(acme_find(g, why->arena, "acme_accounts", "_id", whose, &account, why));
        str key = item_text(account, S("key"));
        if (acme_check_reserve(g->checks, id, key.len ? key : whose, &is_running, &own) == ERR_OK && !is_running) /* no room: with the next tick */
            acme_check_send(g->checks, id, acme_account_url(g, why->arena, (str){0}, whose));
    }
    return ERR_OK;
}

/* One transaction each. */
static enum err forget_some(struct gate *g, const char *collection, str filter, struct arena *a, size_t *count, struct problem *why)
{
    struct own_change *changes[AT_ONCE];
    struct item_list list;
    TRY(acme_list(g, a, collection, filter, AT_ONCE, &list, why));
    *count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        changes[i] = NEW(a, struct own_change);
        if (i == 0)
            own_change_begin(changes[i], g, a, SYSTEM_PKI, str_of(collection), OP_DELETE);
        else
            own_change_beside(changes[i], changes[0], str_of(collection), OP_DELETE);
        changes[i]->change.id = item_text(&list.items[i], S("_id"));
    }
    return list.count ? own_changes_commit(changes, list.count, why) : ERR_OK;
}

/* Until nothing is left, or the time is up: the next tick goes on. */
static enum err forget(struct gate *g, const char *collection, str filter, struct problem *why)
{
    int64_t until = time_mono_us() + SWEEP_US;
    size_t count = AT_ONCE;
    while (count == AT_ONCE && time_mono_us() < until) {
        struct arena *a = arena_open(1 << 16);
        struct problem own = {.arena = a};
        enum err e = forget_some(g, collection, filter, a, &count, &own);
        if (e != ERR_OK)
            e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        arena_close(a);
        TRY(e);
    }
    return ERR_OK;
}

enum err acme_tick(struct gate *g, int64_t now_ms, struct problem *why)
{
    str long_ago = acme_time(why->arena, now_ms - kept_ms);
    TRY(take_up(g, now_ms, why));
    TRY(forget(g, "acme_orders",
               arena_format(why->arena, "{\"expires_at\":{\"$lt\":\"" STR_FMT "\"},\"status\":{\"$ne\":\"processing\"}}", STR_ARG(long_ago)), why));
    return forget(g, "acme_authorizations", arena_format(why->arena, "{\"expires_at\":{\"$lt\":\"" STR_FMT "\"}}", STR_ARG(long_ago)), why);
}

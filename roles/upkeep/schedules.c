/* What is due is done by the server's own thread, in the name of who asked for it and with the rights that he has by
 * now. Other processes do the same; the row says who was first (content/publish/schedules.h). */
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/content.h"
#include "content/kind.h"
#include "roles/internal.h"

static enum err read_waiting(struct gate *g, const struct principal *system, struct arena *a, struct item_list *out,
                             struct problem *why)
{
    const struct collection *c = model_find(system->rights->model, S("schedules"));
    struct query q = {.from = c, .limit = LIMIT_SCHEDULES_AT_ONCE};
    q.where = filter_test(a, collection_field(c, S("state")), TEST_EQ, json_of_text(S("waiting")));
    q.sort[q.sort_count++] = (struct sort){.by = collection_field(c, S("at"))};
    query_all_fields(a, &q, NULL);
    item_list_init(out, a);
    return content_read(g->content, system->rights, VERB_READ, &system->actor, &q, &out->receiver, NULL, why);
}

/* The reason in one line, the faults behind it. */
static str reason_of(struct arena *a, const struct problem *p)
{
    str text = p->text;
    for (size_t i = 0; i < p->fault_count && i < 10; i++)
        text = arena_format(a, STR_FMT "; " STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(p->faults[i].path),
                            STR_ARG(p->faults[i].text));
    return utf8_cut(text, LIMIT_SCHEDULE_PROBLEM_BYTES);
}

static enum err run_one(struct gate *g, struct arena *a, const struct json *row, int64_t now_ms, struct problem *own)
{
    struct subject subject;
    struct moment moment = {.now_ms = now_ms};
    str by = item_text(row, S("by"));
    if (str_is_absent(by))
        return problem_set(own, ERR_FORBIDDEN, "Nobody in particular asked for it");
    TRY(subject_find(g, a, by, &moment, &subject, own));
    struct actor actor = subject.who->actor;
    actor.via = S("schedule");
    return content_schedule_run(g->content, subject.who->rights, &actor, item_text(row, S("_id")), a, own);
}

static bool may_pass(enum err e)
{
    return e == ERR_UNAVAILABLE || e == ERR_TIMEOUT;
}

static enum err run_due(struct gate *g, const struct principal *system, const struct json *row, int64_t now_ms,
                        struct problem *why)
{
    struct problem own = {.arena = why->arena};
    enum err e = run_one(g, why->arena, row, now_ms, &own);
    if (e == ERR_OK)
        return ERR_OK;
    if (may_pass(e))
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    return content_schedule_fail(g->content, system->rights, &system->actor, item_text(row, S("_id")),
                                 reason_of(why->arena, &own), why->arena, why);
}

enum err schedules_tick(struct gate *g, struct problem *why)
{
    int64_t now = time_now_ms();
    TRY(gate_catch_up(g, why));
    uint64_t seen = journal_last(g->content);
    if (seen == g->due_seen && now < g->due_ms)
        return ERR_OK;
    const struct principal *system = principal_system(g, why->arena, SYSTEM_SCHEDULE);
    struct item_list rows;
    TRY(read_waiting(g, system, why->arena, &rows, why));
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < rows.count && next == INT64_MAX; i++) {
        int64_t at = item_time(&rows.items[i], S("at"));
        if (at > now)
            next = at;
        else
            TRY(run_due(g, system, &rows.items[i], now, why));
    }
    if (rows.count == LIMIT_SCHEDULES_AT_ONCE && next == INT64_MAX)
        next = 0;
    g->due_seen = seen;
    g->due_ms = next;
    return ERR_OK;
}

enum err trash_tick(struct gate *g, struct problem *why)
{
    int64_t now = time_now_ms();
    bool did = false;
    if (now >= g->emptied_ms && now - g->emptied_ms < LIMIT_TRIM_LOOK_MS)
        return ERR_OK;
    TRY(gate_catch_up(g, why));
    const struct principal *system = principal_system(g, why->arena, SYSTEM_SCHEDULE);
    TRY(content_trash_forget(g->content, system->rights, &system->actor, now - (int64_t)LIMIT_TRASH_DAYS * 86400000, &did, why));
    g->emptied_ms = did ? 0 : now;
    return ERR_OK;
}

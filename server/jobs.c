#include "server/jobs.h"

#include <stdlib.h>

#include "base/log.h"
#include "content/content_figures.h"
#include "server/audit_file.h"
#include "server/ticker.h"

#define CHECKPOINTS_AT_ONCE 100u

struct jobs {
    struct gate *gate;
    struct ticker *ticker, *auditing;
    struct audit_file *audit;         /* of the thread of auditing, as what follows; NULL: none */
    bool audit_failing;
    bool failing;                     /* of the other one's, as what follows */
    uint64_t looked_at;               /* the journal's last entry then */
    uint64_t told;                    /* the last checkpoint in the log */
};

static str hex(struct arena *a, str bytes)
{
    struct buf b;
    buf_init(&b, a, 2 * bytes.len + 1);
    buf_hex(&b, bytes.at, bytes.len);
    return buf_str(&b);
}

static void tell(struct arena *a, const struct checkpoint *p)
{
    LOG(LOG_INFO, "journal.checkpoint", LOG_NUMBER("seq", (int64_t)p->seq), LOG_TEXT("mac", hex(a, p->mac)),
        LOG_NUMBER("at_ms", p->at_ms), LOG_TEXT("key", p->key), LOG_TEXT("signature", hex(a, p->signature)));
}

/* Other processes' too. Looked for only when the journal grew. */
static enum err tell_checkpoints(struct jobs *j, struct problem *why)
{
    struct content_figures now;
    struct checkpoint *list = NULL;
    size_t count = 0;
    gate_figures(j->gate, &now);
    if (now.last_seq == j->looked_at)
        return ERR_OK;
    do {
        TRY(gate_checkpoints(j->gate, j->told, CHECKPOINTS_AT_ONCE, why->arena, &list, &count, why));
        for (size_t i = 0; i < count; i++)
            if (j->told > 0 || (i + 1 == count && count < CHECKPOINTS_AT_ONCE)) /* at start: the newest */
                tell(why->arena, &list[i]);
        if (count > 0)
            j->told = list[count - 1].seq;
    } while (count == CHECKPOINTS_AT_ONCE);
    j->looked_at = now.last_seq;
    return ERR_OK;
}

static void tick(struct jobs *j, enum err (*work)(struct gate *g, struct problem *why))
{
    struct arena *arena = arena_open(16u << 10);
    struct problem why = {.arena = arena};
    enum err e = work(j->gate, &why);
    if (e == ERR_OK)
        e = tell_checkpoints(j, &why);
    bool fails = e != ERR_OK;
    if (fails && !j->failing)
        LOG(LOG_WARN, "jobs.failing", LOG_TEXT("cause", why.text));
    else if (!fails && j->failing)
        LOG(LOG_INFO, "jobs.working", LOG_TEXT("cause", S("it works again")));
    j->failing = fails;
    arena_close(arena);
}

static void beat(void *self, bool is_last)
{
    tick(self, is_last ? gate_settle : gate_tick);
}

/* Whatever else fails, and if it fails itself, nothing else does. On a thread of its own: the server's work may take minutes (a
 * backup), and this file's disk may be one that does not answer. */
static void tell_auditors(void *self, bool is_last)
{
    struct jobs *j = self;
    struct arena *arena = arena_open(4096);
    struct problem why = {.arena = arena};
    (void)is_last;
    bool fails = audit_file_write(j->audit, &why) != ERR_OK;
    if (fails && !j->audit_failing)
        LOG(LOG_WARN, "audit.failing", LOG_TEXT("cause", why.text));
    else if (!fails && j->audit_failing)
        LOG(LOG_INFO, "audit.working", LOG_TEXT("cause", S("it works again")));
    j->audit_failing = fails;
    arena_close(arena);
}

enum err jobs_start(struct gate *g, str audit_file, struct jobs **out, struct problem *why)
{
    struct audit_file *audit = NULL;
    TRY(audit_file_open(g, audit_file, &audit, why));
    struct jobs *j = calloc(1, sizeof *j);
    must(j != NULL);
    j->gate = g;
    j->audit = audit;
    enum err e = ticker_start(beat, j, &j->ticker, why);
    if (e == ERR_OK && audit)
        e = ticker_start(tell_auditors, j, &j->auditing, why);
    if (e != ERR_OK) {
        jobs_stop(j);
        return e;
    }
    *out = j;
    return ERR_OK;
}

/* What the last round of work notes is in the file, too. */
void jobs_stop(struct jobs *j)
{
    if (!j)
        return;
    ticker_stop(j->ticker);
    ticker_stop(j->auditing);
    audit_file_close(j->audit);
    free(j);
}

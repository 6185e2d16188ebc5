/* Full-text indexes: one for new words is begun with the model's change that asks for it. A table that has many
 * items already is gone through in small transactions, so that nobody waits for them; until that is over, searches
 * there are told to come back. */
#include <stdatomic.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/internal.h"

enum err index_words(struct content *c, struct txn *t, const struct model *m, size_t rows, bool *wrote,
                     struct problem *why)
{
    struct indexing done;
    TRY(c->ops->index(t, m, rows, &done, why));
    *wrote |= done.changed;
    atomic_store(&c->indexing, done.more);
    return ERR_OK;
}

struct index_job {
    struct job job; /* first */
    struct content *content;
    const struct model *model;
};

static enum err index_some(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct index_job *j = (struct index_job *)(void *)self;
    struct epochs now;
    TRY(content_catch_up(j->content, &now, why));
    if (now.model != j->model->epoch) /* the next tick has the new one */
        return ERR_OK;
    return index_words(j->content, t, j->model, LIMIT_SEARCH_BUILD_ROWS, wrote, why);
}

enum err content_index(struct content *c, int64_t for_ms, struct problem *why)
{
    int64_t until = time_mono_us() + for_ms * 1000;
    enum err e = ERR_OK;
    while (e == ERR_OK && !c->read_only && atomic_load(&c->indexing) && time_mono_us() < until) {
        const struct model *m = content_model(c);
        struct index_job job = {{index_some, NULL}, c, m};
        e = writer_run(c->writer, &job.job, why);
        counted_release(&((struct model *)(uintptr_t)m)->counted);
    }
    return e;
}

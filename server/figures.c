#include "server/figures.h"

#include <stddef.h>

#include "base/time.h"
#include "content/content_figures.h"
#include "roles/feed/feed.h"
#include "roles/upkeep/upkeep.h"

/* One number of content's, as the metrics want it. */
struct figure {
    struct gate *gate;
    double (*of)(const struct content_figures *f);
};

static double read_figure(void *arg)
{
    struct content_figures now;
    const struct figure *f = arg;
    gate_figures(f->gate, &now);
    return f->of(&now);
}

static double queue_of(const struct content_figures *f)
{
    return (double)f->queue_length;
}

static double commits_of(const struct content_figures *f)
{
    return (double)f->commits;
}

static double writes_of(const struct content_figures *f)
{
    return (double)f->jobs;
}

static double wal_of(const struct content_figures *f)
{
    return (double)f->engine.wal_bytes;
}

static double seq_of(const struct content_figures *f)
{
    return (double)f->last_seq;
}

static double prepared_of(const struct content_figures *f)
{
    return (double)f->engine.statements_prepared;
}

static double reused_of(const struct content_figures *f)
{
    return (double)f->engine.statements_reused;
}

static const struct {
    enum metric_kind kind;
    const char *name, *help;
    double (*of)(const struct content_figures *f);
} figures[] = {
    {METRIC_GAUGE, "vitrine_writer_queue_length", "Changes that wait for the writer", queue_of},
    {METRIC_COUNTER, "vitrine_writer_commits_total", "Commits, each one sync", commits_of},
    {METRIC_COUNTER, "vitrine_writer_changes_total", "Changes in those commits", writes_of},
    {METRIC_GAUGE, "vitrine_wal_bytes", "Size of the write-ahead log", wal_of},
    {METRIC_GAUGE, "vitrine_journal_seq", "Number of the last journal entry", seq_of},
    {METRIC_COUNTER, "vitrine_statements_prepared_total", "SQL statements prepared", prepared_of},
    {METRIC_COUNTER, "vitrine_statements_reused_total", "SQL statements taken from the cache",
     reused_of},
};

/* The same of GraphQL's memory. */
struct graphql_figure {
    struct graphql *graphql;
    double (*of)(const struct graphql_figures *f);
};

static double read_graphql_figure(void *arg)
{
    struct graphql_figures now;
    const struct graphql_figure *f = arg;
    graphql_figures(f->graphql, &now);
    return f->of(&now);
}

static double schemas_of(const struct graphql_figures *f)
{
    return (double)f->schemas;
}

static double schemas_made_of(const struct graphql_figures *f)
{
    return (double)f->schemas_made;
}

static double documents_of(const struct graphql_figures *f)
{
    return (double)f->documents;
}

static double documents_read_of(const struct graphql_figures *f)
{
    return (double)f->documents_read;
}

static double documents_reused_of(const struct graphql_figures *f)
{
    return (double)f->documents_reused;
}

static const struct {
    enum metric_kind kind;
    const char *name, *help;
    double (*of)(const struct graphql_figures *f);
} of_graphql[] = {
    {METRIC_GAUGE, "vitrine_graphql_schemas", "GraphQL schemas that are kept", schemas_of},
    {METRIC_COUNTER, "vitrine_graphql_schemas_made_total", "GraphQL schemas made", schemas_made_of},
    {METRIC_GAUGE, "vitrine_graphql_documents", "GraphQL documents that are kept", documents_of},
    {METRIC_COUNTER, "vitrine_graphql_documents_read_total", "GraphQL documents read and judged", documents_read_of},
    {METRIC_COUNTER, "vitrine_graphql_documents_reused_total", "GraphQL documents taken from memory", documents_reused_of},
};

/* The same of what is kept. */
struct upkeep_figure {
    struct gate *gate;
    size_t offset;
};

static double read_upkeep_figure(void *arg)
{
    struct upkeep_figures now;
    const struct upkeep_figure *f = arg;
    gate_upkeep_figures(f->gate, &now);
    return (double)*(const uint64_t *)(const void *)((const char *)&now + f->offset);
}

static const struct {
    enum metric_kind kind;
    const char *name, *help;
    size_t offset;
} of_upkeep[] = {
    {METRIC_GAUGE, "vitrine_blobs_damaged", "Files that are known to be lost or damaged", offsetof(struct upkeep_figures, damaged)},
    {METRIC_COUNTER, "vitrine_blobs_found_damaged_total", "Files that were found to be lost or damaged", offsetof(struct upkeep_figures, found_damaged)},
    {METRIC_COUNTER, "vitrine_blobs_checked_total", "Files that were read again", offsetof(struct upkeep_figures, looked_at)},
    {METRIC_COUNTER, "vitrine_blobs_checked_bytes_total", "Bytes that were read again", offsetof(struct upkeep_figures, looked_at_bytes)},
    {METRIC_COUNTER, "vitrine_blobs_swept_total", "Files that nobody referred to and that were removed", offsetof(struct upkeep_figures, swept_blobs)},
    {METRIC_COUNTER, "vitrine_blobs_swept_bytes_total", "Their bytes", offsetof(struct upkeep_figures, swept_bytes)},
};

/* And of the change feed. */
static double read_feed_figure(void *arg)
{
    struct feed_figures now;
    const struct upkeep_figure *f = arg;
    gate_feed_figures(f->gate, &now);
    return (double)*(const uint64_t *)(const void *)((const char *)&now + f->offset);
}

static const struct {
    enum metric_kind kind;
    const char *name, *help;
    size_t offset;
} of_feeds[] = {
    {METRIC_GAUGE, "vitrine_streams", "Readers of changes that wait for news", offsetof(struct feed_figures, streams)},
    {METRIC_GAUGE, "vitrine_streams_max", "… and how many may", offsetof(struct feed_figures, streams_max)},
    {METRIC_COUNTER, "vitrine_streams_refused_total", "Those that were one too many", offsetof(struct feed_figures, refused)},
    {METRIC_COUNTER, "vitrine_feed_events_total", "Changes that were told of, one for each reader", offsetof(struct feed_figures, events)},
    {METRIC_GAUGE, "vitrine_feed_window_entries", "Journal entries in memory for those who wait", offsetof(struct feed_figures, window_entries)},
    {METRIC_GAUGE, "vitrine_feed_window_bytes", "Their bytes", offsetof(struct feed_figures, window_bytes)},
    {METRIC_COUNTER, "vitrine_feed_behind_total", "Readings of the journal by readers who were behind", offsetof(struct feed_figures, behind)},
};

static void register_feeds(struct metrics *m, struct arena *a, struct gate *gate)
{
    struct upkeep_figure *own = NEW_N(a, struct upkeep_figure, COUNTOF(of_feeds));
    for (size_t i = 0; i < COUNTOF(of_feeds); i++) {
        own[i] = (struct upkeep_figure){gate, of_feeds[i].offset};
        metrics_register(m, of_feeds[i].kind, of_feeds[i].name, of_feeds[i].help, read_feed_figure, &own[i]);
    }
}

void figures_register(struct metrics *m, struct arena *a, struct gate *gate, struct graphql *graphql)
{
    struct graphql_figure *own_graphql = NEW_N(a, struct graphql_figure, COUNTOF(of_graphql));
    for (size_t i = 0; i < COUNTOF(of_graphql); i++) {
        own_graphql[i] = (struct graphql_figure){graphql, of_graphql[i].of};
        metrics_register(m, of_graphql[i].kind, of_graphql[i].name, of_graphql[i].help, read_graphql_figure,
                         &own_graphql[i]);
    }
    struct upkeep_figure *own_upkeep = NEW_N(a, struct upkeep_figure, COUNTOF(of_upkeep));
    for (size_t i = 0; i < COUNTOF(of_upkeep); i++) {
        own_upkeep[i] = (struct upkeep_figure){gate, of_upkeep[i].offset};
        metrics_register(m, of_upkeep[i].kind, of_upkeep[i].name, of_upkeep[i].help, read_upkeep_figure, &own_upkeep[i]);
    }
    register_feeds(m, a, gate);
    struct figure *own = NEW_N(a, struct figure, COUNTOF(figures));
    for (size_t i = 0; i < COUNTOF(figures); i++) {
        own[i] = (struct figure){gate, figures[i].of};
        metrics_register(m, figures[i].kind, figures[i].name, figures[i].help,
                         read_figure, &own[i]);
    }
}

/* The same of the server's own backups. */
struct backup_figure {
    struct backup_job *backups;
    double (*of)(const struct backup_figures *f);
};

static double read_backup_figure(void *arg)
{
    struct backup_figures now;
    const struct backup_figure *f = arg;
    backup_job_figures(f->backups, &now);
    return f->of(&now);
}

static double last_of(const struct backup_figures *f)
{
    return (double)f->last_ms / 1000;
}

/* Never made is as old as time, so that one alarm is for both. */
static double age_of(const struct backup_figures *f)
{
    int64_t age = time_now_ms() - f->last_ms;
    return age > 0 ? (double)age / 1000 : 0;
}

static double bytes_of(const struct backup_figures *f)
{
    return (double)f->bytes;
}

static double made_of(const struct backup_figures *f)
{
    return (double)f->made;
}

static double failed_of(const struct backup_figures *f)
{
    return (double)f->failed;
}

static const struct {
    enum metric_kind kind;
    const char *name, *help;
    double (*of)(const struct backup_figures *f);
} of_backups[] = {
    {METRIC_GAUGE, "vitrine_backup_last_success_timestamp_seconds", "The moment of the newest good backup; 0: there is none", last_of},
    {METRIC_GAUGE, "vitrine_backup_age_seconds", "How long ago that was", age_of},
    {METRIC_GAUGE, "vitrine_backup_bytes", "Size of the last backup that this server made", bytes_of},
    {METRIC_COUNTER, "vitrine_backups_total", "Good backups that this server made", made_of},
    {METRIC_COUNTER, "vitrine_backup_failures_total", "Backups that could not be made, or were found bad", failed_of},
};

void figures_register_backups(struct metrics *m, struct arena *a, struct backup_job *backups)
{
    struct backup_figure *own = NEW_N(a, struct backup_figure, COUNTOF(of_backups));
    for (size_t i = 0; i < COUNTOF(of_backups); i++) {
        own[i] = (struct backup_figure){backups, of_backups[i].of};
        metrics_register(m, of_backups[i].kind, of_backups[i].name, of_backups[i].help, read_backup_figure, &own[i]);
    }
}

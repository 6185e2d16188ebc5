/* Figures of the log that is shipped. */
#include <stddef.h>

#include "base/time.h"
#include "server/figures.h"

struct shipping_figure {
    struct ship_job *ships;
    size_t offset;                    /* of a counter … */
    double (*of)(const struct ship_job_figures *f); /* … or what is made of others; NULL: that */
};

static double read_figure(void *arg)
{
    struct ship_job_figures now;
    const struct shipping_figure *f = arg;
    ship_job_figures(f->ships, &now);
    return f->of ? f->of(&now) : (double)*(const uint64_t *)(const void *)((const char *)&now + f->offset);
}

/* Never whole is as old as time, so that one alarm is for both. */
static double lag_of(const struct ship_job_figures *f)
{
    int64_t lag = time_now_ms() - f->whole_ms;
    return lag > 0 ? (double)lag / 1000 : 0;
}

static double pause_of(const struct ship_job_figures *f)
{
    return (double)f->pause_us_most / 1e6;
}

static const struct {
    enum metric_kind kind;
    const char *name, *help;
    double (*of)(const struct ship_job_figures *f);
    size_t offset;
} rows[] = {
#define AT(member) offsetof(struct ship_job_figures, member)
    {METRIC_GAUGE, "vitrine_ship_lag_seconds", "How old what was not shipped yet may be", lag_of, 0},
    {METRIC_GAUGE, "vitrine_ship_lag_bytes", "Bytes of the log, and of its pieces, that are not at the target yet", NULL, AT(bytes_behind)},
    {METRIC_COUNTER, "vitrine_ship_segments_total", "Pieces of the log that were shipped", NULL, AT(segments)},
    {METRIC_COUNTER, "vitrine_ship_files_total", "Files that were shipped with them", NULL, AT(files)},
    {METRIC_COUNTER, "vitrine_ship_bytes_total", "Bytes of those pieces", NULL, AT(bytes)},
    {METRIC_COUNTER, "vitrine_ship_failures_total", "Rounds that failed, and strands that ended", NULL, AT(failures)},
    {METRIC_COUNTER, "vitrine_ship_strands_total", "Strands that began, each with a backup to stand on", NULL, AT(strands)},
    {METRIC_COUNTER, "vitrine_ship_lost_files_total", "Files that were swept away before they were shipped", NULL, AT(lost_files)},
    {METRIC_GAUGE, "vitrine_ship_pause_most_seconds", "The longest that writers waited for the log to begin anew", pause_of, 0},
#undef AT
};

void figures_register_shipping(struct metrics *m, struct arena *a, struct ship_job *ships)
{
    struct shipping_figure *own = NEW_N(a, struct shipping_figure, COUNTOF(rows));
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        own[i] = (struct shipping_figure){ships, rows[i].offset, rows[i].of};
        metrics_register(m, rows[i].kind, rows[i].name, rows[i].help, read_figure, &own[i]);
    }
}

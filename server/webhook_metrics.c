#include "server/webhook_metrics.h"

#include "roles/webhooks/webhooks.h"

static void one(struct buf *out, const char *name, const char *help, uint64_t value)
{
    buf_format(out, "# HELP %s %s\n# TYPE %s gauge\n%s %llu\n", name, help, name, name, (unsigned long long)value);
}

void webhook_metrics_write(struct buf *out, struct gate *g)
{
    struct webhook_figures f;
    gate_webhook_figures(g, &f);
    const struct {
        const char *outcome;
        uint64_t count;
    } rows[] = {{"delivered", f.delivered}, {"retried", f.retried}, {"failed", f.failed}, {"dropped", f.dropped}};
    buf_format(out, "# HELP vitrine_webhook_deliveries_total Attempts to deliver, by what came of them\n"
                    "# TYPE vitrine_webhook_deliveries_total counter\n");
    for (size_t i = 0; i < COUNTOF(rows); i++)
        buf_format(out, "vitrine_webhook_deliveries_total{outcome=\"%s\"} %llu\n", rows[i].outcome, (unsigned long long)rows[i].count);
    buf_format(out, "# HELP vitrine_webhooks_disabled_total Webhooks that the server switched off\n"
                    "# TYPE vitrine_webhooks_disabled_total counter\nvitrine_webhooks_disabled_total %llu\n", (unsigned long long)f.disabled);
    one(out, "vitrine_webhook_waiting", "Deliveries that wait", f.waiting);
    one(out, "vitrine_webhook_oldest_seconds", "… and for how long the oldest of them has", f.oldest_s);
    one(out, "vitrine_webhook_busy", "Deliveries on their way", f.busy);
    one(out, "vitrine_webhook_workers", "Threads for them, begun so far", f.workers);
}

#ifndef SERVER_WEBHOOK_METRICS_H
#define SERVER_WEBHOOK_METRICS_H
#include "roles/gate.h"

/* What /metrics says of webhooks (docs/webhooks.md): attempts by outcome, what waits and for how long, threads. No label is a
 * name that somebody can invent. */
void webhook_metrics_write(struct buf *out, struct gate *g);

#endif

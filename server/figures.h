#ifndef SERVER_FIGURES_H
#define SERVER_FIGURES_H
#include "graphql/http/http.h"
#include "server/backup_job.h"
#include "server/civet.h"
#include "server/metrics.h"
#include "server/slow.h"
#include "server/tracing.h"

/* What /metrics tells beside requests: the writer, the journal, statements, GraphQL's memory. Once, before the first
 * request; gate and graphql outlive the metrics. */
void figures_register(struct metrics *m, struct arena *a, struct gate *gate, struct graphql *graphql);
/* And of the server's own backups, which outlive the metrics, too. */
void figures_register_backups(struct metrics *m, struct arena *a, struct backup_job *backups);
void figures_register_shipping(struct metrics *m, struct arena *a, struct ship_job *ships);
/* And of what lies deeper: memories, queues, the writer's batches, connections to the database, the log, this program. */
void figures_register_inside(struct metrics *m, struct arena *a, struct gate *gate);
/* Of what is written down about requests. */
void figures_register_reports(struct metrics *m, struct slow *slow, struct tracing *tracing);
/* Of the sockets' side: `civet` becomes NULL before it ends. */
void figures_register_sockets(struct metrics *m, _Atomic(struct civet *) *civet);
#endif

#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H
#include "roles/gate.h"

/* What a server does besides answering: one thread that calls gate_tick about once a second, says in the log
 * when that begins to fail and when it works again, and tells the log of each checkpoint of the journal (the
 * newest at start, too), so that whoever keeps the log can tell when the journal's end was cut off; and, where audit.file is
 * wanted, another that writes it. */
struct jobs;

/* audit_file: where the journal goes, too (server/audit_file.h); {0}: nowhere. */
NODISCARD enum err jobs_start(struct gate *g, str audit_file, struct jobs **out, struct problem *why);
void jobs_stop(struct jobs *j);       /* after a last tick; NULL is fine */

#endif

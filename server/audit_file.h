#ifndef SERVER_AUDIT_FILE_H
#define SERVER_AUDIT_FILE_H
#include "roles/gate.h"

/* audit.file: every entry of the journal as a line of JSON in a file for an outside collector (docs/audit.md), behind the named
 * consumer "audit_file". At least once, in order: a place is remembered when its lines are synced. The file is opened by its
 * name for each round, so whoever rotates it renames it and is done; it is for its owner alone (0600), and a link in
 * its place is refused, and so is what is no file (a pipe would hold the thread up). A line that was cut off by a crash or a full disk is ended, and comes again whole.
 *
 * One thread of server/jobs.c, which does nothing else. */
struct audit_file;

/* path {0}: none is wanted, and the consumer of an earlier run is dropped, or the journal would be kept for it; *out is NULL. */
NODISCARD enum err audit_file_open(struct gate *g, str path, struct audit_file **out, struct problem *why);
void audit_file_close(struct audit_file *f); /* NULL is fine */
/* What there is to write; NULL is fine. ERR_UNAVAILABLE: the file takes nothing, try again. */
NODISCARD enum err audit_file_write(struct audit_file *f, struct problem *why);

#endif

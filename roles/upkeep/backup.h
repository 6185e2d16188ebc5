#ifndef ROLES_UPKEEP_BACKUP_H
#define ROLES_UPKEEP_BACKUP_H
#include "content/backup/backup.h"
#include "content/backup/ship.h"
#include "roles/gate.h"

/* Backups (content/backup/backup.h), for the server's own thread and for commands: never for a request. */
NODISCARD enum err gate_backup(struct gate *g, const struct backup_wish *wish, struct backup_manifest *out, struct problem *why);
/* What was restored into this house, whole? ERR_CONFLICT with a fault per finding. */
NODISCARD enum err gate_backup_check(struct gate *g, const struct journal_watch *watch, struct journal_proof *proof,
                                     struct sweep_figures *files, struct problem *why);

/* Continuous shipping (content/backup/ship.h), for the server's thread: a round, and what it knows then. */
bool gate_ships(const struct gate *g);
NODISCARD enum err gate_ship(struct gate *g, struct ship_figures *out, struct problem *why);
void gate_ship_end(struct gate *g);
/* Whose backups they are: the id of the key that signs this journal. */
str gate_backup_site(struct gate *g, struct arena *a);

/* Behind a backup lists of revoked certificates may have been given away: those to come have numbers that no clock could have reached
 * by then, one per second, however often the same backup comes back (CA-7); and they are due, so that the next start writes them. */
NODISCARD enum err gate_backup_lift(struct gate *g, struct arena *a, struct problem *why);

/* What became of one, told in the journal: a note by the system. */
#define NOTE_BACKUP_DONE     S("backup.done")
#define NOTE_BACKUP_FAILED   S("backup.failed")
#define NOTE_BACKUP_RESTORED S("backup.restored")
struct backup_note {
    str verb;
    str name;                         /* of its file or directory, without where that lies */
    uint64_t seq, bytes;              /* of the journal, in it; in all */
    str reason;                       /* a sentence of ours; {0}: none */
};
NODISCARD enum err gate_backup_note(struct gate *g, const struct backup_note *n, struct problem *why);
#endif

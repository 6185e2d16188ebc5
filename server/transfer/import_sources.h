#ifndef SERVER_TRANSFER_IMPORT_SOURCES_H
#define SERVER_TRANSFER_IMPORT_SOURCES_H
#include "server/transfer/transfer.h"

/* Other systems whose contents can be brought here (docs/import.md), each in a file of its own. path: a file or a
 * folder, as the system has it on its disk. Broken sources are refused before anything is written. */
NODISCARD enum err cockpit_read(struct transfer *t, const char *path, struct problem *why);
NODISCARD enum err pocketbase_read(struct transfer *t, const char *path, struct problem *why);
#endif

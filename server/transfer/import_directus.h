#ifndef SERVER_TRANSFER_IMPORT_DIRECTUS_H
#define SERVER_TRANSFER_IMPORT_DIRECTUS_H
#include "server/transfer/transfer.h"

/* import --from directus FOLDER, with FOLDER/snapshot.json and FOLDER/items/NAME.json: docs/import.md. */
NODISCARD enum err import_directus(struct transfer *t, const char *path, struct problem *why);
#endif

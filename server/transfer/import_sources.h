#ifndef SERVER_TRANSFER_IMPORT_SOURCES_H
#define SERVER_TRANSFER_IMPORT_SOURCES_H
#include "server/transfer/transfer.h"

/* import --from NAME: other systems whose contents can be brought here (docs/import.md), each in a file of its own.
 * Broken sources are refused before anything is written. */
NODISCARD enum err import_cockpit(struct transfer *t, const char *path, struct problem *why);     /* its folder */
NODISCARD enum err import_directus(struct transfer *t, const char *path, struct problem *why);    /* FOLDER/snapshot.json, FOLDER/items/NAME.json */
NODISCARD enum err import_distribution(struct transfer *t, const char *path, struct problem *why);   /* its folder: docker/registry/v2 */
NODISCARD enum err import_notary(struct transfer *t, const char *path, struct problem *why);      /* its database, SQLite */
NODISCARD enum err import_oci_layout(struct transfer *t, const char *path, struct problem *why);     /* a layout, or a folder of them: zot's */
NODISCARD enum err import_pocketbase(struct transfer *t, const char *path, struct problem *why);  /* pb_data, or data.db in it */
NODISCARD enum err import_strapi(struct transfer *t, const char *path, struct problem *why);      /* FILE.tar[.gz] of 4 or 5, made with --no-encrypt */
NODISCARD enum err import_wordpress(struct transfer *t, const char *path, struct problem *why);   /* FILE.xml[.gz] */
NODISCARD enum err import_zot(struct transfer *t, const char *path, struct problem *why);         /* its configuration, JSON */
#endif

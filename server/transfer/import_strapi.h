#ifndef SERVER_TRANSFER_IMPORT_STRAPI_H
#define SERVER_TRANSFER_IMPORT_STRAPI_H
#include "server/transfer/transfer.h"

/* import --from strapi FILE.tar[.gz], of Strapi 4 or 5, made with --no-encrypt: docs/import.md. */
NODISCARD enum err import_strapi(struct transfer *t, const char *path, struct problem *why);
#endif

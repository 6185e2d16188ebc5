#ifndef SERVER_TRANSFER_IMPORT_WORDPRESS_H
#define SERVER_TRANSFER_IMPORT_WORDPRESS_H
#include "server/transfer/transfer.h"

/* import --from wordpress FILE.xml[.gz]: docs/import.md. */
NODISCARD enum err import_wordpress(struct transfer *t, const char *path, struct problem *why);
#endif

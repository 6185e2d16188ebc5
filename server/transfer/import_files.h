#ifndef SERVER_TRANSFER_IMPORT_FILES_H
#define SERVER_TRANSFER_IMPORT_FILES_H
#include "server/transfer/transfer.h"

/* Files of other systems, from their disk through the door for bytes (roles/files.h), like any upload: what a file is
 * not, it does not become here either. */
bool import_file_is_there(struct arena *a, str place);             /* a plain file; place {0}: no */
/* Makes the asset of it: values are its fields, its _id among them. One that is here already stays as it is. *taken
 * false: it was refused, which is told and counted, and no error. */
NODISCARD enum err import_file(struct transfer *t, struct arena *a, str place, const struct json *values, bool *taken, struct problem *why);
#endif

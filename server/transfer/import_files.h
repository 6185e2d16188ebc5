#ifndef SERVER_TRANSFER_IMPORT_FILES_H
#define SERVER_TRANSFER_IMPORT_FILES_H
#include "server/transfer/transfer.h"

/* Files of other systems, from their disk through the door for bytes (roles/files/files.h), like any upload: what a file is
 * not, it does not become here either. */
/* Where the plain file lies that is called path within the folder; {0}: there is none, or it is not within, whether by
 * ".." or by a link: what an import reads is the other system's, not the rest of this machine. */
str import_file_place(struct arena *a, str folder, str path);
/* Makes the asset of it: values are its fields, its _id among them. One that is here already stays as it is. *taken
 * false: it was refused, which is told and counted, and no error. */
NODISCARD enum err import_file(struct transfer *t, struct arena *a, str place, const struct json *values, bool *taken, struct problem *why);
#endif

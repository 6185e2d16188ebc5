#ifndef SERVER_TRANSFER_IMPORT_NAME_H
#define SERVER_TRANSFER_IMPORT_NAME_H
#include "base/buf.h"

/* Names of other systems ("my-type", "2nd", "tags") as names that collections and fields may have here ("my_type", "n2nd",
 * "tags_"): different ones stay different, the same one is answered the same way. */
struct import_names {
    struct arena *arena;
    struct import_named {
        str sort, theirs, ours;
    } *known;
    size_t count, room;
    bool of_collections;              /* what the system's collections are called is taken, too */
};
/* sort: of what theirs is the name; a type and a taxonomy of one name are two. */
void import_name_fix(struct import_names *n, str sort, str theirs, str ours);  /* decided beforehand */
str import_name(struct import_names *n, str sort, str theirs);
#endif

#ifndef SERVER_TRANSFER_IMPORT_POCKETBASE_H
#define SERVER_TRANSFER_IMPORT_POCKETBASE_H
#include "base/map.h"
#include "content/foreign.h"
#include "server/transfer/import_name.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/transfer.h"

/* A database of PocketBase: the table _collections says which tables there are, in two forms: `fields` with
 * everything side by side (0.23 and later), `schema` with an object `options` in each field before. Every collection is
 * a table of its own with a column per field; lists are JSON in a text. Files lie beside the database:
 * storage/COLLECTION'S ID/RECORD'S ID/NAME. */
struct pocketbase_field {
    str name, own, kind;              /* kind: ours */
    enum pocketbase_as { POCKET_PLAIN, POCKET_TIME, POCKET_BOOL, POCKET_NUMBER, POCKET_LINK, POCKET_JSON, POCKET_FILE } as;
    bool many, required;
    const struct json *given;
    const struct pocketbase_collection *to;
    uint64_t empty;                   /* rows without it */
};

struct pocketbase_collection {
    str id, name, own;
    struct import_names names;        /* of fields */
    struct pocketbase_field *fields;
    size_t field_count;
    const struct json *indexes;       /* list of SQL texts, or NULL */
};

struct pocketbase {
    struct transfer *to;
    struct arena *arena;
    struct problem *why;
    struct foreign *db;
    struct import_names names;        /* of collections */
    str storage;                      /* the folder of files; {0}: there is none, so that their names are kept as texts */
    struct pocketbase_collection *collections;
    size_t count;
    struct map *ids;                  /* "collection/id" of every row */
    uint64_t dangling, lost_files;
};

/* import_pocketbase_model.c. A row of _collections; after all of them, what leads where. */
NODISCARD enum err pocketbase_keep(struct pocketbase *p, const struct json *row);
void pocketbase_link(struct pocketbase *p);
NODISCARD enum err pocketbase_define(struct pocketbase *p);        /* after the rows were looked at */
#endif

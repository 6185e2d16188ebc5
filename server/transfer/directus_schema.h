#ifndef SERVER_TRANSFER_DIRECTUS_SCHEMA_H
#define SERVER_TRANSFER_DIRECTUS_SCHEMA_H
#include "server/transfer/import_name.h"
#include "server/transfer/transfer.h"

/* A schema snapshot of Directus, and what its collections are called and look like here. */
#define DIRECTUS_COLLECTIONS 500u
#define DIRECTUS_TARGETS 16u          /* collections that one many-to-any may lead to */

enum directus_sort { DIRECTUS_PLAIN, DIRECTUS_NUMBER, DIRECTUS_LOCAL_TIME, DIRECTUS_REF, DIRECTUS_FOLDED, DIRECTUS_LEFT_OUT };

struct directus_field {
    str theirs, ours, kind;
    const struct json *definition;
    enum directus_sort sort;
    const struct directus_collection *target;     /* DIRECTUS_REF */
    const struct directus_collection *junction;   /* DIRECTUS_FOLDED: whose items say what this field holds */
    bool many;
};
/* A collection that only links two others. */
struct directus_junction {
    str holder_field, target_field, any_field, sort_field;   /* any_field: names the target's collection; {0}: it is one */
    struct directus_collection *holder;
    const struct directus_collection *targets[DIRECTUS_TARGETS];
    size_t target_count;
    const struct directus_field *field;            /* the holder's */
};
struct directus_collection {
    str theirs, ours, key;            /* key: the field that is the primary key */
    const struct json *meta;
    bool is_single, is_junction;
    struct directus_junction junction;
    struct directus_field *fields;
    size_t field_count;
    str status, created, modified;    /* fields; {0}: none */
};
struct directus_schema {
    struct arena *arena;              /* outlives it */
    struct directus_collection all[DIRECTUS_COLLECTIONS];
    size_t count;
};

/* What cannot be brought along is told to t. The snapshot lives as long as the schema. */
NODISCARD enum err directus_take(struct directus_schema *s, const struct json *snapshot, struct transfer *t, struct problem *why);
struct directus_collection *directus_find(struct directus_schema *s, str theirs);          /* NULL: none */
NODISCARD enum err directus_define(const struct directus_schema *s, struct transfer *t, struct problem *why);
#endif

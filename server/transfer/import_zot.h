#ifndef SERVER_TRANSFER_IMPORT_ZOT_H
#define SERVER_TRANSFER_IMPORT_ZOT_H
#include "base/map.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/transfer.h"
#include "server/transfer/zot_access.h"

/* zot's configuration file (oci-registry.md 13 and 14; docs/import-zot.md), JSON, in this order:
 *
 *   zot_keys.c               what its keys are here, key by key
 *   import_zot_people.c      accessControl and the htpasswd file: roles, grants, groups, users, the public's role
 *   import_zot_providers.c   openid: identity_providers
 *   import_zot_sync.c        extensions.sync: upstreams
 *   import_zot_retention.c   storage.retention: retention_rules
 *
 * Roles that come from it are called zot.…, by which a later run finds those it made: grants that the file does not say any more
 * go away. Nothing secret is ever told. */
struct zot {
    struct transfer *to;
    struct arena *arena;
    struct problem *why;
    str folder;                       /* of the file: where relative paths in it begin */
    const struct json *config;
    struct zot_access access;
    bool has_access, has_sign_in;     /* an accessControl; a way to be somebody */
    struct json *names;               /* of users in the htpasswd file */
    size_t name_count;
    struct map *our_roles, *our_groups;   /* zot_here.c: ids of what is called zot.… here; NULL: not looked yet */
};

/* zot_keys.c: a sentence for each key that does not come along as it is. */
void zot_tell_keys(struct zot *z);
/* import_zot_people.c */
NODISCARD enum err zot_look_at_people(struct zot *z);
NODISCARD enum err zot_take_people(struct zot *z);
/* Names of roles here, and their items' ids; role {0}: of everybody who has signed in. */
str zot_role_name(struct arena *a, enum zot_whom whom, str name);
str zot_role_id(struct arena *a, str role);
/* import_zot_providers.c */
NODISCARD enum err zot_take_providers(struct zot *z);
/* import_zot_sync.c */
NODISCARD enum err zot_take_sync(struct zot *z);
/* import_zot_retention.c */
NODISCARD enum err zot_take_retention(struct zot *z);

/* The member of members, {"a":{"b":…}} by "a.b"; NULL. */
const struct json *zot_key(const struct json *config, str path);
/* A file that the configuration names, at most `most` bytes; {0} and told when it cannot be read. */
str zot_file(struct zot *z, str path, size_t most);
/* "6h", "1h30m", "90s", or a number of nanoseconds; false: it is none, or has a fraction. */
bool zot_seconds(const struct json *v, int64_t *out);
/* … as an item of the collection that transfer_into() named. */
NODISCARD enum err zot_give(struct zot *z, const struct member_list *m);
#endif

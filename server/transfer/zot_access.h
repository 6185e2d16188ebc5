#ifndef SERVER_TRANSFER_ZOT_ACCESS_H
#define SERVER_TRANSFER_ZOT_ACCESS_H
#include "server/transfer/zot_pattern.h"

/* zot's accessControl, taken apart by who may do what (oci-registry.md 13). There the longest pattern that matches a name is
 * the only one that counts; here what roles grant adds up. So each becomes the names that it matches and no longer one does,
 * those left out that grant the same to the same people anyway. What cannot be said here is left out: nobody may more than in
 * zot. Two patterns of one length that match the same name are a throw of the dice in zot; here only what both grant is granted.
 * Pure. */
enum zot_action { ZOT_READ, ZOT_CREATE, ZOT_UPDATE, ZOT_DELETE, ZOT_ACTIONS };
extern const str zot_verbs[ZOT_ACTIONS];      /* they are called the same in zot and here */

struct zot_subject {
    enum zot_whom { ZOT_USER, ZOT_GROUP, ZOT_SIGNED_IN, ZOT_ANYBODY } whom;
    str name;                         /* of a user or a group */
    unsigned everywhere;              /* 1 << action: the adminPolicy */
    unsigned *by_pattern;
};

struct zot_access {
    struct arena *arena;
    struct zot_pattern *patterns;
    size_t pattern_count;
    struct zot_subject *subjects;
    size_t subject_count, room;
    void (*tell)(void *self, str sentence);   /* what is left out */
    void *self;
};
/* ERR_BAD_INPUT: it is no accessControl. Everything lives in the arena, and as long as `control`. */
NODISCARD enum err zot_access_read(struct zot_access *z, const struct json *control, struct problem *why);
/* Made when there is none; name as it stands in the file. */
struct zot_subject *zot_subject_of(struct zot_access *z, enum zot_whom whom, str name);

struct zot_grant {
    unsigned actions;
    struct json where;                /* JSON_NULL: everywhere */
};
/* In the order of the patterns. */
void zot_access_grants(struct zot_access *z, const struct zot_subject *s, struct zot_grant **out, size_t *count);
#endif

#ifndef CONTENT_SYSTEM_REGISTRY_RETENTION_H
#define CONTENT_SYSTEM_REGISTRY_RETENTION_H
#include "base/json.h"

/* What of a repository stays and what goes (oci-registry.md 15): rules as they are written, and a verdict on facts. Pure: no
 * database, no clock. Whoever gathers facts and acts on verdicts: roles/registry/facts.c, round.c.
 *
 * The law. Tags: without entries all stay. Else a tag belongs to the first entry with a pattern that is found in it, or
 * that has none; a tag of no entry goes, a tag of an entry without conditions stays, and of several conditions any will do. The
 * most recent so many are counted within the entry. A manifest is as old as its first push, by whatever name it was pulled.
 * "Pulled within" counts the push, too, so that nothing goes before anybody could pull it. Where tags do not move they do not go.
 *
 * Manifests: what a tag that stays names, what an index that stays lists, and what is about a manifest that stays, stays. Of
 * the rest nothing goes that was pushed within `delay`; what is about something that is not there or goes, only with
 * delete_referrers; other manifests unless delete_untagged is false or a condition of keep_untagged holds, of which the most
 * recent so many are counted among those that no index lists.
 *
 * Tags like sha256-<hex>.sig (of clients that know no referrers) are about that digest, and follow the same law. */

struct regex;

struct retention_test {
    int64_t pulled_within_ms, pushed_within_ms; /* 0: not asked */
    uint64_t most_pulled, most_pushed;
};
struct retention_entry {
    const struct regex **patterns;
    size_t pattern_count;             /* 0: every tag */
    struct retention_test test;
};
struct retention_rule {
    str id;
    int64_t order;
    const struct regex **repositories;
    size_t repository_count;
    struct retention_entry *entries;
    size_t entry_count;
    struct retention_test untagged;
    bool delete_untagged, delete_referrers, dry_run, enabled;
    int64_t delay_ms;
};
/* An item of retention_rules. ERR_INVALID with a fault behind `where` for each thing that is wrong. Patterns live in the arena. */
NODISCARD enum err retention_rule_read(struct arena *a, const struct json *item, str where, struct retention_rule *out, struct problem *why);
bool retention_rule_names(const struct retention_rule *rule, str repository);

/* One row each: its name, whether it stays, and the reason in words. */
#define RETENTION_TABLE(X)                                                       \
    X(UNDECIDED, false, "")                                                      \
    X(ALL_TAGS, true, "the rule has no entries for tags")                        \
    X(IMMUTABLE, true, "tags of this repository do not move")                    \
    X(PATTERN, true, "a pattern matches")                                        \
    X(PULLED_WITHIN, true, "pulled or pushed lately")                            \
    X(PUSHED_WITHIN, true, "pushed lately")                                      \
    X(MOST_PULLED, true, "among the most recently pulled")                       \
    X(MOST_PUSHED, true, "among the most recently pushed")                       \
    X(TAGGED, true, "a tag that stays names it")                                 \
    X(LISTED, true, "an index that stays lists it")                              \
    X(ABOUT, true, "it is about a manifest that stays")                          \
    X(YOUNG, true, "pushed within the delay")                                    \
    X(UNTAGGED_STAY, true, "the rule leaves untagged manifests")                 \
    X(REFERRERS_STAY, true, "the rule leaves referrers without a subject")       \
    X(NO_PATTERN, false, "no pattern matches")                                   \
    X(NO_TEST, false, "no condition of its entry holds")                         \
    X(UNTAGGED, false, "untagged")                                               \
    X(NO_SUBJECT, false, "what it is about is not there or goes")
enum retention_verdict {
#define X(name, stays, text) RETENTION_##name,
    RETENTION_TABLE(X)
#undef X
        RETENTION_COUNT
};
bool retention_stays(enum retention_verdict v);
str retention_reason(enum retention_verdict v);

struct retention_tag {
    str id, name, manifest;           /* manifest: id */
    uint64_t revision;
    int64_t pushed_ms;                /* it may name what was here before */
    str digest;                       /* filled by retention_judge, like the next; {0}: its manifest is not among the facts */
    enum retention_verdict verdict;
};
struct retention_manifest {
    str id, digest, subject;          /* subject {0}: about nothing */
    const str *lists;                 /* of an index: ids, or digests of what came after it */
    size_t list_count;
    uint64_t revision;
    int64_t pushed_ms, pulled_ms;     /* pulled 0: never */
    enum retention_verdict verdict;
};
struct retention_facts {
    bool immutable_tags;
    struct retention_tag *tags;
    size_t tag_count;
    struct retention_manifest *manifests;
    size_t manifest_count;
};
void retention_judge(const struct retention_rule *rule, int64_t now_ms, struct retention_facts *f, struct arena *a);
/* The manifests that go, in an order in which they can: indexes before what they list, subjects before what is about them. */
const struct retention_manifest **retention_order(const struct retention_facts *f, struct arena *a, size_t *count);
#endif

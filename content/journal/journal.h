#ifndef CONTENT_JOURNAL_JOURNAL_H
#define CONTENT_JOURNAL_JOURNAL_H
#include "base/json.h"

/* What happened: every commit in order, written in the same transaction as the change. */
struct content;

struct entry {
    uint64_t seq, tx;                 /* seq: dense commit order; entries of one transaction share tx (its first seq) */
    int64_t at_ms;
    str who, via, request_id, user;   /* "key ci-bot", "oci", "01J…", id of the person or {0} */
    str collection, item, verb;       /* create, update, delete, or the action's name; notes: sign_in.done … */
    uint64_t revision;
    str before, after;                /* JSON images, secrets left out; {0} when there is none */
    str mac;                          /* 32 bytes; {0}: older than the chain (content/journal/chain.h) */
};

/* Oldest first; fewer than there are when they become many bytes (LIMIT_JOURNAL_READ_BYTES), but at least one. */
NODISCARD enum err journal_read(struct content *c, uint64_t after, size_t max, struct arena *a,
                                struct entry **out, size_t *count, struct problem *why);
/* Waits until there is an entry after `after`; ERR_TIMEOUT otherwise, also as soon as journal_ring was called without there being
 * one. Our own commits are learnt of at once, those of other processes within half a second. */
NODISCARD enum err journal_wait(struct content *c, uint64_t after, int timeout_ms, struct problem *why);
/* Wakes all who wait: something was committed, or they shall stop waiting. Never waits. */
void journal_ring(void *content);
uint64_t journal_last(struct content *c);

/* Notes: entries of what happened without changing anything. Their verbs have a dot, which no change's has;
 * nothing that hangs on changes (models, rights, versions) moves with them. */
bool journal_is_note(str verb);
/* The verb of bookkeeping (content_keep_books): seen by whoever reads the item, and nothing is made of it. */
#define VERB_USED S("used")
/* Verbs of pending versions: changed, given up. Readers of what is published learn of neither. */
#define VERB_DRAFT S("draft")
#define VERB_DISCARD S("discard")
bool verb_is_pending(str verb);
/* Appends them in one transaction, with time and author as the caller gives them; must: each is a note. */
NODISCARD enum err journal_note(struct content *c, struct entry *entries, size_t count, struct problem *why);

/* A signed word that entry `seq` has this mac (content/journal/checkpoint.h). Every LIMIT_CHECKPOINT_ENTRIES-th entry
 * takes one with it, in its transaction; journal_sign makes the others. */
struct checkpoint {
    uint64_t seq;
    int64_t at_ms;
    str mac, key, signature;          /* 32 bytes, the key's id in hex, 64 bytes */
};
/* Signs for the newest entry when there are new ones and the last signature is so old. */
NODISCARD enum err journal_sign(struct content *c, int64_t age_ms, struct problem *why);
NODISCARD enum err journal_checkpoints(struct content *c, uint64_t after, size_t max, struct arena *a,
                                       struct checkpoint **out, size_t *count, struct problem *why);

/* Takes out entries that are older, up to the next checkpoint. A signed word stands for them. ERR_CONFLICT: what would be
 * taken out is not what was written. */
struct trimmed {
    bool did;                         /* call again */
    str held_by;                      /* nothing was taken out, for this consumer (content/journal/feed.h) has only done … */
    uint64_t held_at;                 /* … this one; {0}: nobody */
};
NODISCARD enum err journal_trim(struct content *c, int64_t before_ms, struct arena *a, struct trimmed *out, struct problem *why);

/* What looking through the journal found (content_check), and who watches while it runs. */
struct journal_proof {
    uint64_t entries, first, last;    /* there are; 0: none */
    uint64_t chained_from;            /* what is older carries no mac */
    uint64_t trimmed_to;              /* 0: nothing was taken out */
    uint64_t checkpoints;
    uint8_t mac[32];                  /* of the last entry; zeros: none has one */
    str key, public_key;              /* of this server's signatures, hex */
};
struct journal_watch {
    void (*progress)(void *self, uint64_t done, uint64_t all); /* may be NULL */
    void *self;
};

#endif

#ifndef ROLES_NOTES_H
#define ROLES_NOTES_H
#include "roles/gate.h"

/* What happened without changing anything and belongs in the journal all the same (security L-2): sign-ins,
 * refused credentials, refused permissions, the use of keys.
 *
 * A note is taken in memory, on the thread of the request, and never waits for the database. gate_tick()
 * writes: the first of its sort with the next tick, what repeats it (same verb, who, collection, item,
 * address, reason; of what is refused the /64 of an IPv6 address) once a minute with a count, keys once an hour. At most LIMIT_NOTES sorts are remembered;
 * an hour has LIMIT_NOTE_REFUSALS entries of refusals; what does not fit is counted in one entry `notes.lost`. Thread-safe. A gate that only reads takes none.
 *
 * No secret has a way in: fill the fields with ids, names and words of ours. What somebody typed who is not
 * known (a name that may be a password) is not noted; a key that was refused is noted by its item's id or not
 * at all. */
struct notes;

#define NOTE_SIGNED_IN          S("sign_in.done")         /* strength; collection users, item and user: whose */
#define NOTE_SIGN_IN_REFUSED    S("sign_in.refused")      /* collection users, item when the account is known; reason */
#define NOTE_CREDENTIAL_REFUSED S("credential.refused")   /* item and collection when it is known whose; reason */
#define NOTE_ACCESS_DENIED      S("access.denied")        /* collection, reason: the verb or action */
#define NOTE_KEY_USED           S("key.used")             /* collection api_keys, item: the key's id */
#define NOTE_KEY_REPORTED       S("key.reported")         /* as leaked, by anybody; it was no key of ours */
#define NOTE_LOST               S("notes.lost")

struct note {
    str verb;                         /* one of the above; they have a dot, which no change has (content/journal/journal.h) */
    str collection, item;             /* what it is about; {0}: nothing in particular */
    str who, user, via, request_id, address;   /* note_for, note_by fill these */
    str strength;                     /* password, second_factor, passkey, oidc, link, signature */
    str reason;                       /* a word or two of ours */
};
/* By whoever sends this request; where nobody was identified (yet), by the public. */
struct note note_for(const struct exchange *x, str verb);
struct note note_by(const struct principal *who, str verb);
void notes_add(struct notes *notes, const struct note *n);

/* For gate.c. */
struct notes *notes_open(void);
void notes_close(struct notes *n);    /* forgets what was not written; NULL is fine */
/* Writes what is due, or (all) everything that waits. What could not be written waits on. */
NODISCARD enum err notes_write(struct notes *n, struct content *content, bool all, struct problem *why);

#endif

#ifndef CONTENT_SYSTEM_KEYS_KEY_FORMAT_H
#define CONTENT_SYSTEM_KEYS_KEY_FORMAT_H
#include "base/arena.h"

/* The shapes of keys (contract 4, security AK-1, AK-2). Pure but for the random numbers.
 *
 *   native    vtr_<u|s|r|t>_<12 Crockford>_<43 base62><6 check digits>
 *   cockpit   USR-<40 hex> of a person, API-<40 hex> else
 *   zot       zak_<32 hex>
 *   chutes    cpk_<key's UUID, hex>.<owner's UUID, hex>.<32 base62>
 *   zenml     ZENKEY_<base64 of {"id":"<key's UUID>","key":"<64 hex>"}>
 *
 * Hex digits are small letters everywhere. What is digested is the one spelling of a key, so no two texts
 * that are good belong to one secret, but for the freedoms that ZenML's clients take. */

struct key_mold {
    str kind;                         /* a row above; {0}: native */
    char owner;                       /* 'u' person, 's' service account or role, 'r' registry, 't' short-lived */
    str item, owner_item;             /* ids, for the kinds that say them */
};
str key_make(struct arena *a, const struct key_mold *mold);

/* Shape and, for native ones, checksum: garbage is refused before anything is hashed or looked up. Gives the
 * key's one spelling: ZenML's prefix may be missing, its JSON may have blanks and its members any order, and a
 * '+' may have become a blank on the way. */
bool key_read(struct arena *a, str given, str *key);

/* The ids that a key says itself, of this server's items; {0}: says none, or comes from elsewhere. */
struct key_ids {
    str item, owner;
};
struct key_ids key_says(struct arena *a, str key);

/* What may be shown of a key: its public part or its beginning, and four characters of its end. */
#define KEY_LAST 4
void key_shown(struct arena *a, str key, str *prefix, str *last);
#endif

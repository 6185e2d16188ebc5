#ifndef ROLES_CREDENTIALS_TOKENS_H
#define ROLES_CREDENTIALS_TOKENS_H
#include "base/jwt.h"
#include "roles/internal.h"

/* Signed tokens inside roles/ (security SE-4, SE-5): what they are for, what signs them, who they name.
 *
 * Each key of the ring has one purpose and one algorithm, and a token is read by what the ring says of its
 * `kid`, never by what it says of itself. Every token names exactly one item that is looked up when it is
 * used (a session, an API key, an item of tokens): deleting that item ends the token at once. Anonymous
 * tokens of the registry alone name nobody and speak for the public. */
struct token_purpose_facts {
    enum token_purpose purpose;
    str name;                         /* as in signing_keys.purpose */
    enum jwt_algorithm algorithm;
    str subject, session, key, token; /* names of the claims that say who; {0}: never written */
    bool uuids;                       /* ids are spelt as UUIDs */
    bool says_issued;                 /* writes "iat" */
    int64_t life_ms, life_max_ms;     /* when the wish says nothing; at most */
    unsigned skew_s;
};
const struct token_purpose_facts *token_purpose_facts(enum token_purpose purpose);

/* ring.c: the keys, remembered until they change. A snapshot is counted; release with counted_release. */
struct ring_key {
    enum token_purpose purpose;
    struct jwt_key key;
    str public;                       /* base64url of an EdDSA key; {0} otherwise */
    bool active;
    int64_t retires_ms;               /* 0: not yet */
};
struct ring {
    struct counted counted;           /* first */
    struct arena *arena;
    const struct ring_key *keys;
    size_t count;
};
NODISCARD enum err ring_use(struct gate *g, const struct ring **out, struct problem *why);
const struct ring_key *ring_find(const struct ring *r, str kid, int64_t now_ms);
const struct ring_key *ring_active(const struct ring *r, enum token_purpose purpose);
/* A key for every purpose that has none that signs. Before the listener opens. */
NODISCARD enum err ring_first_start(struct gate *g, struct problem *why);

/* by_token.c: the principal behind a token; ERR_UNAUTHENTICATED: nobody, whatever the reason. */
NODISCARD enum err by_token(struct gate *g, struct exchange *x, str token, struct principal **out, struct problem *why);
/* Begins the change that makes an item of tokens, which goes with the credential that `who` came with. */
void token_item_begin(struct own_change *item, struct gate *g, struct exchange *x, const struct principal *who, str kind, str label,
                      int64_t expires_ms);
/* One that is over, or that makes room; somebody else may have been faster. */
void token_item_drop(struct gate *g, struct exchange *x, str id);
/* Could this be one? Two dots; keys of Chutes, which have two, begin with cpk_. */
bool token_looks_right(str text);

/* What both lists of alternatives allow: of every pair what they have in common. */
const struct scope *scopes_narrow(struct arena *a, const struct scope *one, size_t one_count, const struct scope *other,
                                  size_t other_count, size_t *count);
#endif

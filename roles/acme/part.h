#ifndef ROLES_ACME_PART_H
#define ROLES_ACME_PART_H
#include "content/system/members.h"
#include "roles/acme/acme.h"
#include "roles/internal.h"

/* What the files of this folder share. */

/* nonce.c: numbers with a code behind that this process alone makes, and a bit for each of the last ones. */
struct acme_nonces;
struct acme_nonces *acme_nonces_open(void);
void acme_nonces_close(struct acme_nonces *n);        /* NULL is fine */
str acme_nonce_make(struct acme_nonces *n, struct arena *a);
bool acme_nonce_spend(struct acme_nonces *n, struct arena *a, str nonce); /* false: none of ours, or spent, or too old */

/* message.c: whom this account acts as, for c->x. ERR_UNAUTHENTICATED: nobody any more. */
NODISCARD enum err acme_principal(struct acme_call *c, const struct json *account, const struct principal **out, struct problem *why);
/* What an account's address is below this base; base {0}: where the operator says that we are, {0}: he does not. */
str acme_account_url(struct gate *g, struct arena *a, str base, str account);
enum err acme_malformed(struct problem *why, const char *what);

/* store.c: rows of the three collections, as the server. */
NODISCARD enum err acme_find(struct gate *g, struct arena *a, const char *collection, const char *field, str value, const struct json **out,
                             struct problem *why);
/* A filter in JSON, as for the content API. */
NODISCARD enum err acme_list(struct gate *g, struct arena *a, const char *collection, str filter, uint32_t limit, struct item_list *out,
                             struct problem *why);
NODISCARD enum err acme_count(struct gate *g, struct arena *a, const char *collection, str filter, uint64_t *out, struct problem *why);
/* Of this account, by id; ERR_NOT_FOUND otherwise. */
NODISCARD enum err acme_own(struct acme_call *c, const char *collection, str id, const struct json **out, struct problem *why);
/* A change of an item that was read, on condition that it is still the same: ERR_STALE. */
void acme_change_of(struct own_change *o, struct gate *g, struct arena *a, const char *collection, const struct json *item);
str acme_time(struct arena *a, int64_t ms);
/* {"type": …, "detail": …} */
struct json acme_error(struct arena *a, const char *type, str detail);

/* order.c: the order as its authorizations and its request have it now. */
NODISCARD enum err acme_settle(struct acme_call *c, const struct json **order, struct problem *why);
/* An authorization has come to this end: so have the orders that it was for, whether anybody looks at them or not. */
NODISCARD enum err acme_orders_fail(struct gate *g, struct arena *a, const struct json *authorization, const char *status, struct problem *why);
/* What the issuing rules say of these names when c->who asks: the answer of the action "check". */
NODISCARD enum err acme_rules(struct acme_call *c, const struct json *names, struct json *verdict, struct problem *why);
/* May this principal hand in requests at all? */
NODISCARD enum err acme_requests(struct acme_call *c, const struct collection **out, struct problem *why);

/* authorization.c */
extern const struct acme_method {
    str type;
    enum acme_proof by;
    bool for_addresses, for_wildcards;
} acme_methods[2];
struct json acme_challenges_new(struct arena *a, bool is_address, bool is_wildcard);
/* What became of a challenge that was tried; type NULL: it holds. Nothing when somebody else has ended it meanwhile. */
NODISCARD enum err acme_judge(struct gate *g, struct arena *a, str authorization, const char *type, str detail, struct problem *why);

/* checks.c: names being proven, LIMIT_ACME_CHECKS at a time, each on a thread of its own; others wait for that. Of one owner, an
 * API key or where there is none whoever asks, only a part is proven at a time and a part waits, so that nobody stops all the others. */
struct acme_checks;
struct acme_checks *acme_checks_open(struct gate *g);
void acme_checks_close(struct acme_checks *c);        /* NULL is fine; ends what runs within a second */
/* Beginning one: first a place is taken (ERR_UNAVAILABLE: there is none), then the row says that it is being tried, then it goes. */
NODISCARD enum err acme_check_reserve(struct acme_checks *c, str authorization, str owner, bool *is_running, struct problem *why);
void acme_check_release(struct acme_checks *c, str authorization);
/* account_url: of the account, for CAA records (RFC 8657); {0}: unknown. Lost when the process ends: the tick sends it again. */
void acme_check_send(struct acme_checks *c, str authorization, str account_url);
/* tick.c, for pki_tick: what was being tried when the process ended goes on; what is long over goes. */
NODISCARD enum err acme_tick(struct gate *g, int64_t now_ms, struct problem *why);

/* revoke.c: the key in a certificate or a request, and the one that signed a message: are they the same? */
bool acme_key_is(struct arena *a, str spki, const struct pubkey *key);
/* The certificate that a client names by its issuer's key and its number (RFC 9773 4.1); *out NULL: none of ours. */
NODISCARD enum err acme_named_certificate(struct gate *g, struct arena *a, str name, const struct json **out, struct problem *why);
#endif

#ifndef ROLES_INTERNAL_H
#define ROLES_INTERNAL_H
#include "content/content.h"
#include "roles/gate.h"
#include "roles/policy.h"

/* What the files of roles/ share; nobody else includes this. */
struct identities;

struct gate {
    struct arena *arena;              /* process lifetime */
    struct content *content;
    const struct crypt *crypt;
    struct policy *policy;
    struct identities *identities;
    bool key_in_query;
    int64_t session_idle_ms, session_life_ms;
    struct throttle *throttle;
    pthread_mutex_t setup_lock;
    char setup_code[20];              /* "" once an administrator exists or before it was asked for */
};

/* policy.c */
NODISCARD enum err policy_open(struct content *content, struct policy **out, struct problem *why);
void policy_close(struct policy *p);
/* Compiles again when the epochs say so; cheap otherwise. */
void policy_catch_up(struct policy *p, const struct epochs *now);
/* Name of the public role, copied into a; {0}: none set. */
str policy_public_role(struct policy *p, struct arena *a);

/* rights.c: grants to rights. */
struct grant {
    str role, collection;             /* "*": every users' collection; system ones are named */
    const str *verbs;
    size_t verb_count;
    const str *fields;                /* none: all */
    size_t field_count;
    const struct json *where, *check, *preset;   /* NULL: no condition */
};
struct policy_rules {
    const struct grant *grants;
    size_t grant_count;
};
/* The only function that makes a struct access. all: the built-in administrator or the server itself. */
enum rights_base { RIGHTS_OF_GRANTS, RIGHTS_OF_ADMIN, RIGHTS_OF_SERVER };
const struct rights *rights_make(const struct model *model, uint64_t policy_epoch, enum rights_base base,
                                 const struct policy_rules *rules, const str *roles, size_t role_count,
                                 const struct scope *scopes, size_t scope_count);

/* identities.c: who is behind a secret, remembered until identities change. */
struct identity {
    enum principal_kind kind;
    str label, user_id, user_name, user_email, key_id, session_id;
    const str *roles;
    size_t role_count;
    const struct scope *scopes;
    size_t scope_count;
    int64_t not_before_ms, expires_ms;  /* 0: no bound */
};
struct identities *identities_open(struct content *content, struct policy *policy);
void identities_close(struct identities *i);
void identities_catch_up(struct identities *i, const struct epochs *now);
/* The principal behind a secret in an exchange's arena. ERR_UNAUTHENTICATED: nobody, expired, revoked. */
NODISCARD enum err identities_find(struct gate *g, const uint8_t digest[DIGEST_BYTES], struct exchange *x,
                                   struct principal **out, struct problem *why);

/* read_items.c: the server's own look at system collections, with rights minted for a reason. */
NODISCARD enum err read_item(struct content *content, const struct rights *rights, str collection, str field, str value,
                             struct arena *a, const struct json **out, struct problem *why);
NODISCARD enum err read_items(struct content *content, const struct rights *rights, str collection,
                              const struct filter *where, struct arena *a, struct item_list *out, struct problem *why);
str item_text(const struct json *item, str field);       /* {0} unless it is text */
bool item_flag(const struct json *item, str field, bool otherwise);
int64_t item_time(const struct json *item, str field);   /* ms; 0 when null */

struct principal *principal_make(struct gate *g, struct exchange *x, enum principal_kind kind, const struct rights *rights);
/* The refusal for a collection this principal has no grant for with this verb (gate.h, "Errors on purpose"). */
enum err gate_refuse(const struct principal *who, const struct collection *c, str name, struct problem *why);

/* The session's secret in the Cookie header, {0} when there is none. Over TLS the cookie's name carries
 * the browser's own guarantee (SE-1); plain HTTP is loopback only. */
#define SESSION_COOKIE_TLS "__Host-vitrine_session"
#define SESSION_COOKIE_PLAIN "vitrine_session"
str session_cookie(const struct exchange *x);

/* first_start.c: roles admin and public, once. */
NODISCARD enum err gate_first_start(struct gate *g, struct problem *why);

/* own_change.c: changes the server itself makes, with its own rights and a stated reason. */
struct own_change {
    struct gate *gate;
    struct arena *arena;
    const struct principal *as;
    struct change change;
};
void own_change_begin(struct own_change *o, struct gate *g, struct arena *a, enum system_reason reason, str collection,
                      enum op op);
void own_set(struct own_change *o, str field, struct json v);
void own_set_time(struct own_change *o, str field, int64_t ms);
NODISCARD enum err own_change_commit(struct own_change *o, struct problem *why);

/* throttle.c: failed attempts per account and per address (security 3.4). */
struct throttle;
struct throttle *throttle_open(void);
void throttle_close(struct throttle *t);
/* ERR_TOO_MANY with retry_after_s when this pair has failed too often. */
NODISCARD enum err throttle_check(struct throttle *t, str account, str address, struct problem *why);
void throttle_failed(struct throttle *t, str account, str address);
void throttle_passed(struct throttle *t, str account);

#endif

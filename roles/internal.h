#ifndef ROLES_INTERNAL_H
#define ROLES_INTERNAL_H
#include "base/limits.h"
#include "content/content.h"
#include "roles/notes.h"
#include "roles/policy/limits.h"
#include "roles/policy/policy.h"
#include "roles/sign_in/account.h"

/* What the files of roles/ share; nobody else includes this. */
struct identities;
struct courier;
struct provider_documents;
struct used_flows;
struct images;
struct image_cache;
struct mirror;
struct pulls;
struct upkeep;
struct keeping;
struct manifest_memory;
struct window;
struct acme_nonces;
struct webhooks;
struct acme_checks;
struct count_memory;

struct gate {
    struct arena *arena;              /* process lifetime */
    struct content *content;
    const struct crypt *crypt;
    struct policy *policy;
    struct identities *identities;
    bool key_in_query, read_only;
    int64_t session_idle_ms, session_life_ms;
    int64_t journal_keep_ms, trimmed_ms;        /* the latter is the tick's own */
    uint64_t held_by;                 /* the tick's own: hash of the consumer for which old entries stay, 0: none */
    enum step_up step_up;
    int64_t due_ms, emptied_ms;       /* the tick's own, as the next: when something is due, when trash was looked at */
    uint64_t due_seen;                /* the journal's last entry when that was found out */
    struct challenges *challenges;
    struct throttle *throttle;
    struct mirror *mirror;            /* mirror/mirror.h */
    struct gate_chutes chutes;
    struct replays *replays;          /* credentials/signature.h */
    struct bad_keys *bad_keys, *leaks; /* wrong credentials; reports of leaked keys */
    struct gate_outside outside;
    struct gate_acme acme;
    str pki_url;                      /* what addresses of ours begin with where site_url says nothing; {0}: unknown */
    struct acme_nonces *nonces;       /* acme/part.h, like the next, which is NULL when nothing can be written */
    struct acme_checks *checks;
    struct last_use *last_use;        /* NULL when nothing can be written */
    struct pulls *pulls;              /* registry/pulls.h; NULL when nothing can be written */
    struct manifest_memory *manifests; /* registry/memory.h */
    struct notes *notes;              /* NULL when nothing can be written */
    pthread_mutex_t ring_lock;        /* guards the two below; held while the ring is loaded */
    const struct ring *ring;
    uint64_t ring_epoch;
    struct courier *courier;          /* courier.h */
    struct provider_documents *providers; /* oidc/oidc.h, like the next */
    struct used_flows *used_flows;
    struct gate_files files;
    struct registry_options registry;
    struct images *images;            /* base/image.h */
    struct image_cache *image_cache;  /* files/image_cache.h */
    struct upkeep *upkeep;            /* upkeep/upkeep.h */
    _Atomic(unsigned) keys_in_making; /* pki/keys.c */
    int64_t pki_looked_ms;            /* the tick's own */
    struct ocsp_memory *ocsp;         /* pki/ocsp.c */
    struct keeping *keeping;          /* registry/round.h; the tick's own, NULL when nothing can be written */
    struct window *window;            /* feed/window.h */
    struct webhooks *webhooks;        /* webhooks/part.h; NULL when nothing can be written */
    size_t webhook_workers;
    int64_t webhook_keep_ms;
    struct count_memory *counts;      /* figures/counts.h */
    unsigned streams_max, streams_share;  /* of all, of one caller */
    struct {
        pthread_mutex_t lock;
        uint64_t holders[LIMIT_OUTGOING_CALLS]; /* whose call it is, hashed; 0: free */
    } outgoing_places;                /* outgoing/outgoing.h: calls at this moment */
    _Atomic(bool) outgoing_stop;      /* … which give up soon */
    pthread_mutex_t setup_lock;       /* guards what follows; held while the first administrator is made */
    bool is_claimed;                  /* an administrator has been seen; there is always one from then on */
    char setup_code[20];              /* "" once an administrator exists or before it was asked for */
};

/* gate.c: one name for all keys and sessions of a person, of a service account; of a visitor for his address. For what each has a share of. */
str principal_whose(const struct principal *who, struct arena *a);
/* pki/keys.c: what is to be made before the write lock is taken. ERR_UNAVAILABLE beyond LIMIT_KEYS_AT_ONCE. */
NODISCARD enum err keys_prepare(struct gate *g, struct change *changes, size_t count, struct arena *a, struct problem *why);
/* pki/pki.c: an authority by its number; with its list of revoked certificates, or without: lists can be long, and anybody may ask. And what it
 * signs with, PEM. ERR_NOT_FOUND. */
NODISCARD enum err pki_authority(struct gate *g, const struct principal *server, int64_t number, bool with_list, struct arena *a,
                                 const struct json **out, struct problem *why);
NODISCARD enum err pki_own_certificate(struct gate *g, const struct principal *server, const struct json *authority, struct arena *a, str *pem,
                                       struct problem *why);
/* pki/ocsp.c */
struct ocsp_memory;
struct ocsp_memory *ocsp_memory_open(void);
void ocsp_memory_close(struct ocsp_memory *m); /* NULL is fine */
/* pki/tick.c */
NODISCARD enum err pki_tick(struct gate *g, struct problem *why);

/* policy/policy.c */
NODISCARD enum err policy_open(struct content *content, struct policy **out, struct problem *why);
void policy_close(struct policy *p);
/* Reads again when the epochs say so; cheap otherwise. ERR_UNAVAILABLE: it could not be read, nobody's rights
 * are known. */
NODISCARD enum err policy_catch_up(struct policy *p, const struct epochs *now, struct problem *why);
/* Name of the public role, copied into a; {0}: none set. */
str policy_public_role(struct policy *p, struct arena *a);
str policy_signed_in_role(struct policy *p, struct arena *a);   /* what people and service accounts hold beside their own */

/* Shows the rules while they are held still: look() is called under the lock and must not ask the policy. */
struct policy_rules;
NODISCARD enum err policy_look(struct policy *p, enum err (*look)(void *self, const struct policy_rules *rules, struct problem *why),
                               void *self, struct problem *why);

/* Takes over what is newer; false when nothing is. Threads may bring their news in any order, and nobody
 * goes back. */
static inline bool epochs_advance(struct epochs *seen, const struct epochs *now)
{
    bool news = now->model > seen->model || now->policy > seen->policy || now->identity > seen->identity;
    seen->model = now->model > seen->model ? now->model : seen->model;
    seen->policy = now->policy > seen->policy ? now->policy : seen->policy;
    seen->identity = now->identity > seen->identity ? now->identity : seen->identity;
    return news;
}

/* policy/rights.c: grants to rights. */
struct role_rule {
    str id, name;
    const uint32_t *inherits;         /* places in the list of roles */
    size_t inherit_count;
    bool second_factor;               /* sessions without one hold nothing */
    enum document_mode documents;         /* which it lets its holders send */
    const struct limit *limit;        /* NULL: always in force */
};
struct grant {
    str id;                           /* of the item; {0}: from its role's `permissions` */
    uint32_t role;                    /* place in the list of roles */
    str collection;                   /* a name, or a pattern for users' collections (content/access.h) */
    const str *verbs;
    size_t verb_count;
    const str *fields;                /* none: all */
    size_t field_count;
    const struct json *where, *check, *preset;   /* NULL: no condition */
    const str *locales;               /* none: all */
    size_t locale_count;
    const struct limit *limit;        /* NULL: always in force */
    bool of_trees;                    /* means nothing elsewhere */
};
struct policy_rules {
    const struct role_rule *roles;
    size_t role_count;
    const struct grant *grants;
    size_t grant_count;
};
/* policy/grants.c: items of the collections roles and grants as rules. */
struct policy_rules rules_of(struct arena *a, const struct item_list *roles, const struct item_list *grants);
str role_name_of(const struct item_list *roles, str id); /* {0}: no such role */
/* A key's `scopes`; NULL and count 0: not narrowed. */
const struct scope *scopes_of(struct arena *a, const struct json *list, size_t *count);

/* policy/role_sets.c: names of the roles that an item's `roles` (a list of ids, or one id) and `groups` give, and this one; {0}: no more. */
struct identity;
NODISCARD enum err roles_given(struct gate *g, const struct rights *server, const struct json *roles, const struct json *groups,
                               str beside, struct arena *a, struct identity *out, struct problem *why);
/* The roles behind these names and what they inherit. Whoever brings another one stands before it; one that is
 * not in force at this moment brings none. at NULL: as if no role were limited. */
#define HELD_DIRECTLY UINT32_MAX
struct held_role {
    uint32_t role, through;           /* places in the rules' list and in this one */
    unsigned depth;
    enum force verdict;
};
const struct held_role *roles_held(struct arena *a, const struct policy_rules *rules, const str *names, size_t count,
                                   const struct moment *at, size_t *out_count);

/* The only function that makes a struct access. RIGHTS_OF_SERVER: whatever the roles are. Who holds the
 * role admin in force is the built-in administrator. */
enum rights_base { RIGHTS_OF_GRANTS, RIGHTS_OF_ADMIN, RIGHTS_OF_SERVER };
struct rights_wish {
    const struct model *model;
    uint64_t policy_epoch;
    bool is_server;
    const struct policy_rules *rules;
    const str *roles;                 /* given, not inherited */
    size_t role_count;
    const struct scope *scopes;
    size_t scope_count;
    struct moment at;
};
const struct rights *rights_make(const struct rights_wish *wish);
/* Are these still the rights of their roles at this moment? */
bool rights_in_force(const struct rights *r, const struct moment *at);
/* policy/rights.c, for explanations: why a grant of a role in force does not count for this verb or action. */
enum grant_verdict { GRANT_COUNTS, GRANT_OTHER_COLLECTION, GRANT_OTHER_VERB, GRANT_OUT_OF_TIME, GRANT_OUT_OF_PLACE, GRANT_UNREADABLE };
enum grant_verdict grant_judge(struct arena *a, const struct model *model, const struct grant *g, const struct collection *c,
                               str verb, const struct moment *at);

/* credentials/identities.c: who is behind a secret, remembered until identities change. */
struct identity {
    enum principal_kind kind;
    str label, user_id, user_name, user_email, service_id, service_name, key_id, session_id;
    const str *roles;                 /* given: its own first */
    const str *groups;                /* for each role: the group that gives it, {0}: its own */
    size_t role_count;
    const struct scope *scopes;
    size_t scope_count;
    int64_t not_before_ms, expires_ms;  /* 0: no bound */
    int64_t user_serial;
    uint32_t key_generation;          /* of a key: which of its secrets this is */
    str token_id;
    enum token_purpose purpose;       /* of the token that said so, TOKEN_NONE: no token */
    bool is_program;                  /* of a session: a program's, which is not idle between two requests */
    const struct network *addresses;  /* of a key: where it may be used from */
    size_t address_count;
    bool is_bound;                    /* … and nowhere else, also when the list is empty */
    int64_t seen_ms;                  /* of a session: when its last use was written down */
    enum strength strength;           /* of a session */
    int64_t proof_ms;                 /* of a session: its last fresh proof */
    bool has_second_factor;           /* the person */
    int64_t ask_again_ms;             /* nobody remembers this longer; 0: until something changes */
};
/* How an identity is found when its secret is not remembered: by the digest itself, or by what a token says. */
struct finder {
    enum err (*find)(struct finder *self, struct gate *g, const struct rights *server, struct arena *a, struct identity *out,
                     struct problem *why);
};
/* credentials/holders.c: what the vault says of a digest. */
struct by_digest {
    struct finder finder; /* first: find_by_digest */
    const uint8_t *digest;
};
NODISCARD enum err find_by_digest(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                                  struct identity *out, struct problem *why);
enum err identity_refused(struct problem *why); /* ERR_UNAUTHENTICATED, in the words that every refusal has */
NODISCARD enum err identities_find_by(struct gate *g, const uint8_t digest[DIGEST_BYTES], struct finder *finder,
                                      struct exchange *x, struct principal **out, struct problem *why);
/* Who stands behind an item; of a key: as of this generation of its secret. */
NODISCARD enum err identity_of_key(struct gate *g, const struct rights *server, str id, uint32_t generation,
                                   struct arena *a, struct identity *out, struct problem *why);
NODISCARD enum err identity_of_user(struct gate *g, const struct rights *server, str id, struct arena *a,
                                    struct identity *out, struct problem *why);
NODISCARD enum err identity_of_service(struct gate *g, const struct rights *server, str id, struct arena *a,
                                       struct identity *out, struct problem *why);
/* Says in a principal who this is; its rights are there already. */
void identity_fill(struct principal *who, const struct identity *id);
/* The roles that its rights are made of, OWN_ROLE included; out has room for LIMIT_ROLES_GIVEN + 1. */
size_t identity_roles(const struct identity *id, str *out);
/* The caller owns a counted use. */
const struct rights *rights_of(struct gate *g, const struct identity *id, const struct moment *at);
NODISCARD enum err identity_of_session(struct gate *g, const struct rights *server, str id, struct arena *a,
                                       struct identity *out, struct problem *why);
/* An item of tokens; what refreshes counts for the registry's tokens alone, and for them it counts. */
NODISCARD enum err identity_of_token(struct gate *g, const struct rights *server, str id, enum token_purpose purpose, struct arena *a,
                                     struct identity *out, struct problem *why);
str token_audience(struct gate *g, struct arena *a, enum token_purpose purpose);
struct identities *identities_open(struct content *content, struct policy *policy);
void identities_close(struct identities *i);
struct hits;
const struct hits *identities_hits(const struct identities *i);
/* Grows whenever what is known of people, roles or the model does. */
uint64_t identities_stamp(struct identities *i);
void identities_catch_up(struct identities *i, const struct epochs *now);
/* The principal behind a secret in an exchange's arena. ERR_UNAUTHENTICATED: nobody, expired, revoked. */
NODISCARD enum err identities_find(struct gate *g, const uint8_t digest[DIGEST_BYTES], struct exchange *x,
                                   struct principal **out, struct problem *why);

/* policy/subject.c: somebody whose rights are looked at without a request of his. */
struct subject {
    const struct principal *who;
    struct identity identity;
    bool is_off;                      /* switched off or out of date: no credential of his is good, so no rights */
};
/* name: user:E, service:N, key:ID, role:NAME or public. ERR_NOT_FOUND. Texts and rights go with the arena. */
NODISCARD enum err subject_find(struct gate *g, struct arena *a, str name, const struct moment *at, struct subject *out,
                                struct problem *why);
/* Who asks, with where his roles are from. */
NODISCARD enum err subject_self(struct gate *g, struct arena *a, const struct principal *who, struct subject *out,
                                struct problem *why);

/* read_items.c: the server's own look at system collections, with rights minted for a reason. */
NODISCARD enum err read_item(struct content *content, const struct rights *rights, str collection, str field, str value,
                             struct arena *a, const struct json **out, struct problem *why);
NODISCARD enum err read_items(struct content *content, const struct rights *rights, str collection,
                              const struct filter *where, struct arena *a, struct item_list *out, struct problem *why);
/* These fields of theirs alone, for items that can be long. */
NODISCARD enum err read_items_of(struct content *content, const struct rights *rights, str collection, const struct filter *where,
                               const str *fields, size_t count, struct arena *a, struct item_list *out, struct problem *why);
str item_text(const struct json *item, str field);       /* {0} unless it is text */
bool item_flag(const struct json *item, str field, bool otherwise);
int64_t item_time(const struct json *item, str field);   /* ms; 0 when null */
/* An object of the named members (null where there is none) and some more behind them. */
struct json item_pick(struct arena *a, const struct json *item, const str *names, size_t count, const struct json *more,
                      size_t more_count);

/* The public principal as of the last look at changes; nobody: without its role. */
struct principal *principal_plain(struct gate *g, struct arena *a, enum principal_kind kind, const struct rights *rights, str label);
struct principal *principal_everyone(struct gate *g, struct arena *a, const struct moment *at, bool nobody);
/* Holds the roles that are in force under these rights; takes over a counted use of them. */
struct principal *principal_make(struct gate *g, struct exchange *x, enum principal_kind kind, const struct rights *rights);
struct moment moment_of(const struct exchange *x);
/* The refusal for a collection this principal has no grant for with this verb (gate.h, "Errors on purpose"). */
enum err gate_refuse(const struct principal *who, const struct collection *c, str name, struct problem *why);

/* The session's secret in the Cookie header, {0} when there is none. Over TLS the cookie's name carries
 * the browser's own guarantee (SE-1); plain HTTP is loopback only. */
#define SESSION_COOKIE_TLS "__Host-vitrine_session"
#define SESSION_COOKIE_PLAIN "vitrine_session"
/* Names that the clients of other systems look for. */
#define COOKIE_ZOT "session"
#define COOKIE_NOTARY "user_token"
#define COOKIE_ZENML "zenml-server"     /* and "-", and the server's id */
str session_cookie(const struct exchange *x);
str cookie_ends(const struct exchange *x, str name); /* Set-Cookie that takes it away */
/* The value of this name in the Cookie header; {0}: none. */
str cookie_named(const struct exchange *x, str name);

/* sign_in/zot_session.c: the session that was opened gets the names that zot's page knows instead of ours. */
NODISCARD enum err zot_takes_session(struct exchange *x, const struct signed_in *in, struct problem *why);

/* upkeep/schedules.c: what is due is done; what is long in the trash goes. Called by gate_tick. */
NODISCARD enum err schedules_tick(struct gate *g, struct problem *why);
NODISCARD enum err trash_tick(struct gate *g, struct problem *why);

/* upkeep/first_start.c: the role admin, once. */
NODISCARD enum err gate_first_start(struct gate *g, struct problem *why);

/* own_change.c: changes the server itself makes, with its own rights and a stated reason. Several that
 * belong together are one transaction: the others are begun beside the first. */
struct own_change {
    struct gate *gate;
    struct arena *arena;
    const struct rights *rights;
    struct actor actor;
    struct change change;             /* set .id for OP_UPDATE and OP_DELETE; holds the results afterwards */
};
void own_change_begin(struct own_change *o, struct gate *g, struct arena *a, enum system_reason reason, str collection,
                      enum op op);
/* The same with somebody's own rights, in his name: what the gate does on a façade's behalf. */
void own_change_as(struct own_change *o, struct gate *g, struct arena *a, const struct principal *who, str collection, enum op op);
void own_change_beside(struct own_change *o, const struct own_change *first, str collection, enum op op);
/* On the occasion of this request: its id and address go to the journal. */
void own_change_for(struct own_change *o, const struct exchange *x);
void own_set(struct own_change *o, str field, struct json v);
void own_set_text(struct own_change *o, str field, str text); /* {0}: null */
void own_set_time(struct own_change *o, str field, int64_t ms);
NODISCARD enum err own_change_commit(struct own_change *o, struct problem *why);
NODISCARD enum err own_changes_commit(struct own_change *const *list, size_t count, struct problem *why);

/* sign_in/throttle.c: failed attempts per account and per address (security 3.4). What is attempted is counted by itself. */
enum attempt { ATTEMPT_SIGN_IN, ATTEMPT_PROOF, ATTEMPT_COUNT }; /* the other: present password, code, link of a mail … */
struct throttle;
struct throttle *throttle_open(int64_t (*now_us)(void)); /* a clock that never jumps */
void throttle_close(struct throttle *t);
/* ERR_TOO_MANY with retry_after_s when this pair has failed too often. Otherwise the attempt counts as
 * failed until throttle_passed (the account starts afresh) or throttle_undo (it was not judged). */
NODISCARD enum err throttle_attempt(struct throttle *t, enum attempt what, str account, str address, struct problem *why);
/* An address of version 6 is one of very many that its holder has: the network counts (RL table). */
#define THROTTLE_NETWORK_BYTES 64
str throttle_network(str address, char room[THROTTLE_NETWORK_BYTES]);
void throttle_passed(struct throttle *t, enum attempt what, str account, str address);
void throttle_undo(struct throttle *t, enum attempt what, str account, str address);

/* identify.c: who this request comes from by now, without anything being noted or counted: for whoever stays. *out lives in a, with
 * texts of x. Errors as identify. */
NODISCARD enum err identify_again(struct gate *g, const struct exchange *x, struct arena *a, const struct principal **out,
                                  struct problem *why);
/* identify.c, credentials/by_cookie.c: one way each to be somebody. *out is left alone when there is no such credential. */
NODISCARD enum err by_secret(struct gate *g, struct exchange *x, str secret, struct principal **out, struct problem *why);
NODISCARD enum err by_key(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why);
void note_key_use(struct gate *g, const struct principal *who);
NODISCARD enum err by_password(struct gate *g, struct exchange *x, str name, str password, struct principal **out,
                               struct problem *why);
NODISCARD enum err by_cookie(struct gate *g, struct exchange *x, struct principal **out, struct problem *why);
/* user:key, anything:key, user:password. */
NODISCARD enum err by_name_and_secret(struct gate *g, struct exchange *x, str name, str secret, struct principal **out,
                                      struct problem *why);
/* What came of a credential that stood in a body (e, found): noted and counted like one of a header. x->who is that one afterwards;
 * ERR_BAD_INPUT when a header means somebody else. */
NODISCARD enum err identify_by_body(struct gate *g, struct exchange *x, enum err e, struct principal *found, struct problem *why);

/* sign_in/session.c */
#define SESSION_SECRET 43
bool session_secret_looks_right(str secret);
/* What else of our own is kept as a digest alone, as long: behind a mark ("vtl_") that says what it is for. */
bool secret_looks_right(str secret, str mark);
/* Set-Cookie for this secret; {0}: for its end. */
str session_set_cookie(const struct exchange *x, str secret);
/* What the client calls itself is anybody's text: printable ASCII of it, and not all day long. {0}: nothing. */
str agent_of(const struct exchange *x);
/* Writes down that it was used; whoever is late in asking finds it done. */
void session_touch(struct gate *g, struct exchange *x, str session_id);
/* How long a use may go unwritten. */
int64_t session_touch_ms(const struct gate *g);
/* Does the browser say that this request comes from a page of ours (B-4)? demands: a silent one is refused. */
bool comes_from_own_page(const struct exchange *x, bool demands);

/* sign_in/session_open.c: sessions begin. */
str strength_name(enum strength strength);
enum strength strength_named(str name); /* as in the field; unknown: the weakest */
struct session_wish {
    str user_id;
    str via;                          /* through what: "vitrine", "zenml", "oidc" … */
    enum strength strength;
    bool is_token;                    /* a program's: no cookie, no secret; signed tokens name the session */
    int64_t proof_ms;                 /* when somebody showed what a step-up asks for (SE-7); 0: not at all */
    bool ends_others;                 /* the changes besides end every session of that person */
    int64_t life_ms;                  /* 0: as configured */
    str device;                       /* item of devices that it ends with; {0}: none */
    struct own_change *const *besides; /* begun with own_change_begin: in the same transaction, before the session */
    size_t beside_count;              /* at most SESSION_BESIDES */
};
#define SESSION_BESIDES 4u
/* Who it is for was found out before: nothing is asked here. secret {0} for tokens. */
NODISCARD enum err session_begin(struct gate *g, struct exchange *x, const struct session_wish *wish, str *id, str *secret,
                                 struct problem *why);
/* The same as a browser's answer; an old session of the same browser ends. */
NODISCARD enum err session_open(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                                struct problem *why);
/* The session of this request goes on under a new secret, with a fresh proof (SE-1, SE-7). A token's stays. */
NODISCARD enum err session_renew(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                                 struct problem *why);

/* sign_in/sign_in.c */
/* The stored hash of somebody's password; ERR_NOT_FOUND: has none. */
NODISCARD enum err password_of(struct gate *g, struct arena *a, str user_id, str *hash, struct problem *why);
/* Takes as long for somebody who does not exist (PW-6). */
NODISCARD enum err password_matches(struct gate *g, struct arena *a, str user_id, str password, bool *out, struct problem *why);

/* sign_in/program.c: the principal of a session that has begun. */
NODISCARD enum err session_principal(struct gate *g, struct exchange *x, str id, struct principal **out, struct problem *why);
/* Who signs in with these, without a session; people with a second factor do not. Throttled, noted, the same time
 * and sentence for every refusal. */
NODISCARD enum err password_judge(struct gate *g, struct exchange *x, str name, str password, str *user_id, struct problem *why);
/* factors/step_up.c: is the proof fresh enough for this? ERR_FORBIDDEN with the fault "step-up". */
NODISCARD enum err step_up_for_changes(const struct gate *g, const struct principal *who, const struct change *changes,
                                       size_t count, struct problem *why);
NODISCARD enum err step_up_for_action(const struct gate *g, const struct principal *who, const struct collection *c,
                                      struct problem *why);
/* A token is made: from then on nobody is asked again. */
NODISCARD enum err step_up_for_token(const struct gate *g, const struct principal *who, enum token_purpose purpose, struct problem *why);
enum err refuse_stale_proof(struct problem *why);

/* factors/code.c: codes that people type. */
#define CODE_DIGITS 12u
str code_make(struct arena *a); /* "0123-4567-89AB" */
/* As people type: any case, blanks and dashes anywhere, letters that look like digits. */
bool code_read(str typed, char out[CODE_DIGITS]);

/* factors/second_factor.c */
/* The last step of every way to sign in: whoever has a second factor and has not shown one gets no session but
 * out->pending and the names of what he may show; what stands besides is done either way. */
NODISCARD enum err sign_in_pass(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                                struct problem *why);
/* Whose sign-in waits here; ERR_UNAUTHENTICATED: too old, from elsewhere, none. */
NODISCARD enum err pending_user(struct gate *g, struct exchange *x, str pending, str *user_id, struct problem *why);
bool has_second_factor(const struct json *user);
bool has_passkey(const struct json *user);
/* To the journal: user_id {0}: nobody has that name. refused {0}: it worked; else why, or "". */
void note_sign_in(struct gate *g, const struct exchange *x, str user_id, enum strength strength, str refused);
/* Has this person shown one of his factors? Prepares the change that uses it up: commit *use with what it is for,
 * and begin again at ERR_STALE. ERR_INVALID with the fault "wrong". Not throttled here. */
NODISCARD enum err factor_take(struct gate *g, struct exchange *x, str user_id, const struct proof *proof, struct own_change *use,
                               enum strength *strength, struct problem *why);
#define FACTOR_ATTEMPTS 8u /* at ERR_STALE */

/* factors/totp.c */
/* The person's item, with what is needed to change it only if it is still the same. */
NODISCARD enum err factor_user(struct gate *g, struct exchange *x, str user_id, const struct json **user, struct own_change *o,
                               struct problem *why);
NODISCARD enum err factor_secret(struct gate *g, struct arena *a, str user_id, str field, str *plain, struct problem *why);
NODISCARD enum err take_totp(struct gate *g, struct exchange *x, const struct json *user, str code, struct own_change *use,
                             bool *good, struct problem *why);
/* factors/recovery.c */
NODISCARD enum err take_recovery(struct gate *g, struct exchange *x, const struct json *user, str code, struct own_change *use,
                                 bool *good, struct problem *why);
/* With the last factor that they stand for. */
void recovery_drop(struct own_change *user);
/* Makes new ones and sets their digests; *out is what is shown, once. */
void recovery_renew(struct gate *g, struct arena *a, str user_id, struct own_change *user, struct json *out);

/* factors/challenges.c */
enum challenge { CHALLENGE_MAKE, CHALLENGE_PROVE };
struct challenges;
struct challenges *challenges_open(void);
void challenges_close(struct challenges *c);
str challenge_make(struct gate *g, struct arena *a, enum challenge what, str user_id); /* bytes; user_id "": anybody's */
bool challenge_holds(struct gate *g, struct arena *a, enum challenge what, str challenge, str *user_id);
/* Once: ERR_UNAUTHENTICATED the second time. Only after a signature was found right. */
NODISCARD enum err challenge_spend(struct gate *g, str challenge, struct problem *why);

/* factors/passkeys.c: has this passkey signed? Prepares the change that notes it. ERR_UNAUTHENTICATED for every reason. */
NODISCARD enum err passkey_take(struct gate *g, struct exchange *x, const struct json *credential, bool needs_person,
                                str wanted_user, struct own_change *use, str *user_id, struct problem *why);

/* sign_in/account.c: what changes of one's own account begin with. */
NODISCARD enum err need_person(const struct exchange *x, struct problem *why);
bool proof_is_fresh(const struct principal *who);
NODISCARD enum err need_fresh_proof(const struct exchange *x, struct problem *why); /* includes need_person */
/* The present password, throttled; ERR_INVALID "wrong" at `where`. Who has none needs a fresh proof. */
NODISCARD enum err prove_password(struct gate *g, struct exchange *x, str password, str where, struct problem *why);
/* Faults of the values speak of the request's own members. */
void point_at(struct problem *why, str from, str to);
/* PW-3, where the server writes what a person chose; the content's own check is for others' changes. */
NODISCARD enum err refuse_weak_password(const struct exchange *x, str password, str name, str email, str where, struct problem *why);
/* A change of one's own user item, by the server in the person's name. */
void own_account_begin(struct own_change *o, struct gate *g, struct exchange *x);
/* … that ends every session of this person, and opens a new one for this browser in the same transaction. */
NODISCARD enum err own_account_commit(struct own_change *user, struct gate *g, struct exchange *x, enum strength strength,
                                      int64_t proof_ms, struct signed_in *out, struct problem *why);
NODISCARD enum err own_account_commit_all(struct own_change *const *besides, size_t count, struct gate *g, struct exchange *x,
                                          enum strength strength, int64_t proof_ms, struct signed_in *out, struct problem *why);

/* policy/own_rights.c: what everybody who has signed in may do with what is his own. A role like others, by a name that
 * no item can have; adds it and its grants to those that were read. */
#define OWN_ROLE "@own"
NODISCARD enum err own_rights_add(struct arena *a, struct item_list *roles, struct item_list *grants, struct problem *why);

/* sign_in/people.c */
NODISCARD enum err has_administrator(struct gate *g, struct arena *a, bool *out, struct problem *why);
str address_lower(struct arena *a, str s); /* as find_user reads an address */
/* By id, e-mail or name, in this order; *out NULL when there is none. */
NODISCARD enum err find_user(struct gate *g, struct arena *a, enum system_reason reason, str name, const struct json **out,
                             struct problem *why);

#endif

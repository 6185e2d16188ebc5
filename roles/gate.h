#ifndef ROLES_GATE_H
#define ROLES_GATE_H
#include "base/mail.h"
#include "base/outbound.h"
#include "content/change/change.h"
#include "content/item/json.h"
#include "content/journal/journal.h"
#include "content/query/query.h"
#include "content/registry_options.h"
#include "content/write/bulk.h"
#include "roles/acme/check.h"
#include "roles/gate_items.h"
#include "roles/gate_states.h"
#include "roles/principal.h"

/* The five doors. Façades (api/, graphql/, server/) see nothing below this header but nouns. Thread-safe.
 *
 * Errors on purpose: no grant on the collection: ERR_UNAUTHENTICATED for the public principal when it
 * could help to sign in, ERR_FORBIDDEN when the caller may know that the collection exists (holds some
 * grant on it), else ERR_NOT_FOUND, byte for byte the answer for a name that does not exist (AZ-12). */
struct gate;
struct content;
struct content_config;

/* What the operator said of the world outside. Texts and lists outlive the gate. */
struct gate_outside {
    struct outbound_policy policy;
    struct mail_server mail;          /* url {0}: no mail is sent */
    str site_url;                     /* what links in mails and returns from elsewhere begin with (PW-7), never what a
                                       * request says; {0}: unknown */
};

/* How signatures of hotkeys count (chutes-keys.md 6). */
struct gate_chutes {
    str prefix;                       /* what its paths begin with; outlives the gate */
    bool requires_v2;                 /* only signatures that say all of the request */
};

/* Certificates for programs (docs/certificates.md); texts and lists outlive the gate. */
struct gate_acme {
    struct acme_outside outside;
    str open_role;                    /* accounts without a binding act as this role; {0}: there are none */
};

/* Opens content below and compiles the policy. First start: creates the role admin.
 * Called by server/app.c and tests only. */
/* Who must show once more that it is he before he changes keys, people and roles by cookie (security SE-7). */
enum step_up { STEP_UP_FACTOR, STEP_UP_ALWAYS, STEP_UP_OFF }; /* with a second factor; everybody; nobody */
/* Files (roles/files/files.h). */
struct gate_files {
    uint64_t asset_bytes_max;         /* 0: LIMIT_ASSET_BYTES */
    uint64_t cache_bytes_max;         /* of what is made of pictures; 0: LIMIT_IMAGE_CACHE_BYTES */
    unsigned transform;               /* enum transform */
    str image_program;                /* {0}: this very program looks into pictures */
};
/* Webhooks (roles/webhooks/webhooks.h). */
struct gate_webhooks {
    unsigned workers;                 /* deliveries on their way at a time; 0: LIMIT_WEBHOOK_WORKERS */
    int64_t keep_ms;                  /* what became of them is kept so long; 0: a week */
};
struct gate_config {
    struct gate_files files;
    const struct content_config *content;
    bool key_in_query;                /* auth.key_in_query: ?api_key= is a credential too */
    uint32_t bad_keys_per_minute;     /* of one address; the others are ERR_TOO_MANY. 0: no limit */
    int64_t session_idle_ms, session_life_ms;   /* 0: 30 min, 12 h */
    int64_t journal_keep_ms;          /* 0: for ever; what is older is taken out by gate_tick */
    enum step_up step_up;
    struct gate_outside outside;
    struct gate_chutes chutes;
    struct gate_acme acme;
    unsigned streams;                 /* that may wait for news (roles/feed/feed.h); 0: LIMIT_STREAMS */
    struct gate_webhooks webhooks;
    unsigned streams_per_caller;      /* … of which one caller may have so many; 0: half of them */
};
NODISCARD enum err gate_open(const struct gate_config *config, struct gate **out, struct problem *why);
/* The server is about to stop: who waits for another one, an upstream, one that does an action, a receiver of webhooks, is let go
 * within a second. Waits for nobody; gate_close() is still to come. */
void gate_stop(struct gate *g);
void gate_close(struct gate *g);
/* What the gate does beside requests: writes notes down, signs for the journal. Called about once a second by a
 * thread of the server's (server/jobs.c); never by one that answers a request. */
NODISCARD enum err gate_tick(struct gate *g, struct problem *why);
/* The last tick of a server that stops: everything that waits, and a signature for the journal's end. */
NODISCARD enum err gate_settle(struct gate *g, struct problem *why);
/* The journal's checkpoints after this number, oldest first, for an external log. */
NODISCARD enum err gate_checkpoints(struct gate *g, uint64_t after, size_t max, struct arena *a, struct checkpoint **out,
                                    size_t *count, struct problem *why);

/* Learns of changes by anybody, reads the credential, fills x->who. No credential at all: the public
 * principal (its role from settings.public_role; none: no grants). Wrong, expired, revoked:
 * ERR_UNAUTHENTICATED, never public; too many such from one address: ERR_TOO_MANY. Two different ones: ERR_BAD_INPUT. Cookie + unsafe method without
 * the CSRF proof (B-4): ERR_FORBIDDEN. x->who is set even then (public), for the log. */
NODISCARD enum err identify(struct gate *g, struct exchange *x, struct problem *why);
/* Learns of changes by anybody: identify() does it for requests, the server's own work before it begins.
 * ERR_UNAVAILABLE when they cannot be read: what was known before may be revoked by now, so do not go on. */
NODISCARD enum err gate_catch_up(struct gate *g, struct problem *why);
/* The server itself, with a stated reason; commands act as this. Its rights do not depend on what changed;
 * should the model have moved unseen, its writes are refused by content. */
const struct principal *principal_system(struct gate *g, struct arena *a, enum system_reason reason);
/* The public principal without an exchange (tests, audit); without any rights when changes cannot be read. */
const struct principal *principal_public(struct gate *g, struct arena *a);
/* A principal holding one role, or one user's (audit, tests, act-as). NULL when unknown. */
const struct principal *principal_of_role(struct gate *g, struct arena *a, str role);

/* The model this principal's rights were compiled for: use it for the whole request. */
static inline const struct model *principal_model(const struct principal *who)
{
    return who->rights->model;
}
/* A collection by name if the principal may know of it, else NULL with ERR_NOT_FOUND "unknown model". */
NODISCARD enum err gate_collection(struct gate *g, const struct principal *who, str name,
                                   const struct collection **out, struct problem *why);
/* May the principal do this at all? For rendering ("can":{…}) and route checks, never instead of a door. */
bool gate_may(const struct principal *who, enum verb verb, const struct collection *c);

/* In this language? For a value of `locale` that somebody sends; ERR_FORBIDDEN is the answer when he may not. */
bool gate_may_locale(const struct principal *who, enum verb verb, const struct collection *c, str locale);

/* The refusal that the door for this verb would give: a façade that reads a body by the model asks first, or
 * faults of fields would tell what the caller may not know (AZ-3). */
NODISCARD enum err gate_allows(const struct principal *who, enum verb verb, const struct collection *c, struct problem *why);
/* The same for an action. */
NODISCARD enum err gate_allows_action(const struct principal *who, const struct collection *c, str action, struct problem *why);

NODISCARD enum err gate_read(struct gate *g, const struct principal *who, struct query *q, struct receiver *out,
                             struct page *page, struct problem *why);
NODISCARD enum err gate_write(struct gate *g, const struct principal *who, struct change *changes, size_t count,
                              struct arena *a, struct problem *why);
/* What changes of "collections" would do (content.h: content_plan): tried and undone, for whoever may make them. */
NODISCARD enum err gate_plan(struct gate *g, const struct principal *who, struct change *changes, size_t count,
                             struct arena *a, struct json *out, struct problem *why);
/* One change for all that match (content/write/bulk.h): the same door. */
NODISCARD enum err gate_write_bulk(struct gate *g, const struct principal *who, struct bulk *b, struct arena *a, struct problem *why);
NODISCARD enum err gate_act(struct gate *g, const struct principal *who, const struct collection *c, str id, str action,
                            const struct json *input, struct json *output, struct arena *a, struct problem *why);
/* Publishing and its like, of items of users' collections; refused as gate_write would. */
NODISCARD enum err gate_state(struct gate *g, const struct principal *who, struct state_wish *wish, struct arena *a,
                              struct problem *why);
/* May the caller see pending versions in this collection? */
bool gate_sees_drafts(const struct principal *who, const struct collection *c);
/* The same on an item at the revision that `at` expects (in, id, expects are looked at; of actions that another server does,
 * `once`, too: at most one call for each key). Theirs: ERR_BAD_GATEWAY, ERR_GATEWAY_TIMEOUT (docs/actions.md). */
NODISCARD enum err gate_act_at(struct gate *g, const struct principal *who, const struct change *at, str action,
                               const struct json *input, struct json *output, struct arena *a, struct problem *why);
/* May this principal do this with the repository of this name, which need not be there yet? Pull is VERB_READ. Its
 * grants on the collection repositories are asked, row filters and the key's scopes included: about the item when
 * there is one, else about one that has this name and nothing else. ERR_UNAUTHENTICATED, ERR_FORBIDDEN when it may
 * be read at least, else ERR_NOT_FOUND. For token endpoints and proxies; whoever reads or writes goes through the
 * other doors. */
NODISCARD enum err gate_repository(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a,
                                   struct problem *why);
/* gate_bytes: roles/files/files.h; gate_sees: roles/feed/feed.h. */

/* A GraphQL document that the house has: by its name, or "sha256:" and its hash. ERR_NOT_FOUND: there is none, or none for
 * this caller, which are the same. Whether he may send others, too, his rights say (content/access.h: documents). */
struct gate_document {
    str source;
    int64_t max_age_s;                /* -1: not said */
};
NODISCARD enum err gate_document(struct gate *g, const struct principal *who, str id, struct arena *a, struct gate_document *out,
                                 struct problem *why);

/* For ETags: equal stamps, equal answers to this query by this principal. 0: never cacheable ($now). */
uint64_t gate_stamp(struct gate *g, const struct principal *who, const struct query *q);

/* What a role reaches, or somebody (user:E, service:N, key:ID, role:NAME, public), by collection and verb: a list of
 * {collection, verb, fields, where, …}, and as canonical lines that can be diffed (docs/roles.md). */
NODISCARD enum err gate_audit(struct gate *g, struct arena *a, str name, struct json *out, struct problem *why);
str gate_audit_text(struct arena *a, const struct json *list);

/* Why somebody may do something, or not, as a JSON text (docs/roles.md): out of the same compiled rights that the
 * doors use. For oneself, or (as: …, address, at) for somebody else: whoever may read all users, roles and grants.
 * A collection that the caller may not know of is refused like one that does not exist. */
struct explain_wish {
    str collection, verb;             /* verb: or an action */
    str id;                           /* {0}: no item */
    str fields;                       /* names with commas; {0}: none asked for */
    str as;                           /* {0}: oneself; else as for gate_audit */
    str address;                      /* from where; {0}: from here */
    int64_t at_ms;                    /* when; 0: now */
};
NODISCARD enum err gate_explain(struct gate *g, const struct exchange *x, const struct explain_wish *wish, str *out,
                                struct problem *why);
/* Templates of roles: a list of {name, label, info, grants}; for whoever may read or make roles. */
NODISCARD enum err gate_role_templates(const struct principal *who, struct arena *a, const struct json **out, struct problem *why);
/* template {0}: none. */
NODISCARD enum err gate_role_create(struct gate *g, struct arena *a, str name, str label, str template, str *id, struct problem *why);

/* Sign-in by password and the first administrator. Routes that call these are ROUTE_OPEN: a cookie that ran
 * out, which identify() refuses, must not keep its owner from signing in. x->who is not looked at.
 * ERR_UNAUTHENTICATED: the same for every reason. ERR_TOO_MANY: wait retry_after_s. ERR_FORBIDDEN: the
 * browser says that another site's page asked, or (gate_setup) a wrong code. ERR_CONFLICT: there is an
 * administrator. */
struct signed_in {
    str cookie;                       /* Set-Cookie value */
    str csrf;
    const struct principal *who;
    /* Or a second factor is asked for first, and the above is not there (roles/sign_in/account.h). */
    str pending;
    bool by_totp, by_recovery, by_passkey;
};
NODISCARD enum err gate_login(struct gate *g, struct exchange *x, str name, str password, struct signed_in *out, struct problem *why);
NODISCARD enum err gate_logout(struct gate *g, struct exchange *x, struct problem *why);
/* While no administrator exists: a one-time code, printed at start (made on first call, in memory). {0}: one exists. */
str gate_setup_code(struct gate *g);
NODISCARD enum err gate_setup(struct gate *g, struct exchange *x, str code, str email, str name, str password,
                              struct signed_in *out, struct problem *why);
/* zot's page has cookies of its own for a session of ours (oci-registry.md 11.2): begun for whoever has shown a
 * password with this request, ended; the answer carries them. ERR_UNAUTHENTICATED: it came with something else. */
NODISCARD enum err gate_zot_login(struct gate *g, struct exchange *x, struct problem *why);
NODISCARD enum err gate_zot_logout(struct gate *g, struct exchange *x, struct problem *why);
str gate_csrf(struct gate *g, struct arena *a, const struct principal *who);   /* {0} unless by_cookie */

/* Signed tokens (security SE-4). Made for `who` from the credential it came with: the token names that session
 * or key, or with has_item an item of tokens, and ends with it. ERR_UNAUTHENTICATED: who has none. */
struct token_wish {
    enum token_purpose purpose;
    int64_t life_ms;                  /* 0: the purpose's usual one; cut to its longest and to the credential's end */
    str item_id;                      /* an item of tokens that is there already and does not end before the token; {0}: none */
    bool has_item;                    /* can be seen in the collection tokens, and ended by itself */
    str label;
    const struct json *scopes;        /* narrower than the credential; NULL: as wide */
    const struct json *claims;        /* the dialect's own, written first */
    size_t claim_count;
};
struct token {
    str text;
    str id;                           /* of its item, {0}: none */
    int64_t expires_ms;
};
NODISCARD enum err gate_token(struct gate *g, struct exchange *x, const struct principal *who, const struct token_wish *wish,
                              struct token *out, struct problem *why);
/* A sign-in by password for programs: a session without a cookie, for gate_token to name. via: the dialect. Throttled,
 * noted and answered as gate_login; accounts with a second factor are refused. life_ms 0: as configured. */
NODISCARD enum err gate_login_program(struct gate *g, struct exchange *x, str name, str password, str via, int64_t life_ms,
                                      const struct principal **who, struct problem *why);
/* The same with a key that was sent in a body. The key of a role is refused: it has no account to sign in to. Wrong
 * keys are counted by address; right ones never wait for them. */
NODISCARD enum err gate_login_key(struct gate *g, struct exchange *x, str key, const struct principal **who, struct problem *why);
/* The caller's own account as an item of users or service_accounts, without secrets: everybody may know what he is.
 * ERR_UNAUTHENTICATED: nobody in particular. ERR_NOT_FOUND: a role's key. */
NODISCARD enum err gate_own_item(struct gate *g, const struct exchange *x, const struct json **out, struct problem *why);
/* May what this answers stay in the browser? Not when it says that a page of another site asked (B-4). */
bool gate_is_own_page(const struct exchange *x);
/* Ends the session, or the item of tokens, that this request came with. Ended twice is ended. */
NODISCARD enum err gate_logout_program(struct gate *g, struct exchange *x, struct problem *why);
/* Does the principal reach every item with this verb, and not only some? For dialects that know no rows. */
bool gate_may_all(const struct principal *who, enum verb verb, const struct collection *c);
/* A token of the registry, narrowed to these scopes ([{repositories, verbs}], at least one): nothing but the registry
 * takes it. For anybody: the public's names nobody and speaks for the public role. Who came with a password or a
 * signature has no item that it could name, so such a person gets one of tokens, for an hour of tokens each. */
NODISCARD enum err gate_registry_token(struct gate *g, struct exchange *x, const struct json *scopes, const struct json *access,
                                       struct token *out, struct problem *why);
/* Public keys as a list of JWKs. */
NODISCARD enum err gate_jwks(struct gate *g, struct arena *a, struct json *out, struct problem *why);
/* This installation as a UUID: who issues its tokens. The same for ever; made of the master key. */
str gate_server_id(struct gate *g, struct arena *a);

/* Commands: people and keys. The secret is returned once. */
/* role: names, separated by commas; "" or {0}: none. An unknown one is a fault. password {0}: cannot sign in by one.
 * The first administrator's has at least LIMIT_FIRST_PASSWORD characters. */
NODISCARD enum err gate_user_add(struct gate *g, struct arena *a, str email, str name, str role, str password, str *id, struct problem *why);
/* user: id, e-mail or name; ERR_NOT_FOUND. Values are lists of objects as `vitrine … list --json` prints them. */
NODISCARD enum err gate_user_list(struct gate *g, struct arena *a, struct json *out, struct problem *why);
NODISCARD enum err gate_user_disable(struct gate *g, struct arena *a, str user, bool disabled, struct problem *why);
/* password {0}: one is made, *made has it; ends every session of that person. */
NODISCARD enum err gate_user_reset(struct gate *g, struct arena *a, str user, str password, str *made, struct problem *why);
/* Takes away codes, recovery codes and passkeys of somebody who has lost them; ends every session, too. */
NODISCARD enum err gate_user_reset_factors(struct gate *g, struct arena *a, str user, struct problem *why);
NODISCARD enum err gate_role_list(struct gate *g, struct arena *a, struct json *out, struct problem *why);
NODISCARD enum err gate_role_show(struct gate *g, struct arena *a, str role, struct json *out, struct problem *why);
struct key_wish {
    str user, role, service_account;  /* exactly one: id or e-mail, role name, id or name */
    str kind;                         /* native cockpit zot chutes zenml; {0}: native */
    str name, description;
    const struct json *scopes;        /* list or NULL */
    const struct json *addresses;     /* list of networks or NULL */
    int64_t not_before_ms;            /* 0: now */
    int64_t expires_ms;               /* 0: never */
    const struct json *wire;          /* what a dialect says again as it was sent; NULL: nothing */
    str plain;                        /* demo and import only: this very key */
};
NODISCARD enum err gate_key_create(struct gate *g, struct arena *a, const struct key_wish *wish, str *id, str *secret, struct problem *why);
/* The same for façades, with the caller's own rights: owners are ids, none of them: the caller himself. Reading,
 * deleting and renaming keys is gate_read and gate_write, the actions "rotate" and "revoke" are gate_act. */
NODISCARD enum err gate_key_make(struct gate *g, const struct principal *who, struct arena *a, const struct key_wish *wish, str *id,
                                 str *secret, struct problem *why);
/* Somebody found this key somewhere: a good one is revoked. The same for every text; ERR_TOO_MANY. x->who is not
 * looked at (ROUTE_OPEN). */
NODISCARD enum err gate_key_leaked(struct gate *g, struct exchange *x, str secret, struct problem *why);
/* key: id or prefix; ERR_NOT_FOUND, ERR_CONFLICT when several begin like that. Rotating keeps the item and its
 * rights; the old secret lives on for so many minutes. Revoking ends all of a key's secrets and keeps the item. */
NODISCARD enum err gate_key_list(struct gate *g, struct arena *a, struct json *out, struct problem *why);
NODISCARD enum err gate_key_rotate(struct gate *g, struct arena *a, str key, int64_t retain_minutes, str *secret, struct problem *why);
NODISCARD enum err gate_key_revoke(struct gate *g, struct arena *a, str key, struct problem *why);

/* vitrine check: damage in database and journal, a fault per finding. */
NODISCARD enum err gate_check(struct gate *g, const struct journal_watch *watch, struct journal_proof *out,
                              struct problem *why);

struct content_figures;
void gate_figures(struct gate *g, struct content_figures *out);
#endif

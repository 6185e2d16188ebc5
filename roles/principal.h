#ifndef ROLES_PRINCIPAL_H
#define ROLES_PRINCIPAL_H
#include "content/access.h"

/* Who asks. Never NULL, immutable, lives in the request's arena (its rights are counted and released
 * when the arena closes). "Nobody" is the public principal. */
enum principal_kind { PRINCIPAL_PUBLIC, PRINCIPAL_USER, PRINCIPAL_KEY, PRINCIPAL_SERVICE, PRINCIPAL_SYSTEM };

/* Why the server itself acts; each is visible in the journal and listed in tests/tidy.c. */
#define SYSTEM_REASON_TABLE(X)                                                                     \
    X(MIRROR, "mirror")                                                                             \
    X(FIRST_START, "first-start") X(IDENTIFY, "identify") X(POLICY, "policy") X(LOGIN, "login")     \
    X(COMMAND, "command") X(CHECK, "check") X(FEED, "feed") X(LEAK, "leaked-key") X(FILES, "files") \
    X(SCHEDULE, "schedule") X(DOCUMENTS, "graphql-documents") X(PKI, "certificates") X(RETENTION, "retention") X(WEBHOOKS, "webhooks") \
    X(FIGURES, "figures")
enum system_reason {
#define X(name, text) SYSTEM_##name,
    SYSTEM_REASON_TABLE(X)
#undef X
        SYSTEM_REASON_COUNT
};

/* How somebody signed in, weakest first. */
enum strength { BY_PASSWORD, BY_LINK, BY_OIDC, BY_SECOND_FACTOR, BY_PASSKEY, STRENGTH_COUNT };

struct notes;
/* What a signed token is for; each has keys of its own (roles/credentials/tokens.h). TOKEN_NONE: no token. */
enum token_purpose { TOKEN_NONE, TOKEN_API, TOKEN_REGISTRY, TOKEN_ZENML, TOKEN_NOTARY, TOKEN_CHUTES, TOKEN_FILES, TOKEN_PURPOSE_COUNT };

struct principal {
    enum principal_kind kind;
    const struct rights *rights;
    struct actor actor;               /* vars, label, via, request id */
    str user_id;                      /* the person behind it, {0} for public and role keys */
    str user_name, user_email;
    str service_id, service_name;     /* the service account behind it, {0}: none; "$user" and `_cby` are its id then */
    str key_id;                       /* api_keys item, or {0} */
    int64_t user_serial;              /* the person's number in dialects that count; 0: none */
    uint32_t key_generation;          /* of the secret that was shown, or that the token was made with */
    str session_id;                   /* sessions item, or {0} */
    str token_id;                     /* tokens item, or {0} */
    enum token_purpose by_token;
    int64_t expires_ms;               /* when the credential ends; 0: not by time */
    const str *roles;                 /* names of the roles in force */
    size_t role_count;
    bool is_admin;                    /* holds the built-in role "admin" without narrowing scopes */
    bool by_cookie;                   /* the CSRF rule applies */
    bool has_second_factor;           /* the person's account asks for one at sign-in */
    bool must_enrol;                  /* a role asks for a second factor: no rights until one was set up */
    enum strength strength;           /* of a session */
    int64_t proof_ms;                 /* of a session: when it last showed what a step-up asks for */
    struct notes *notes;              /* where the gate takes down what it refuses to this one; may be NULL */
};
#endif

#ifndef TESTS_GATE_CREDENTIALS_H
#define TESTS_GATE_CREDENTIALS_H
#include "base/crypt.h"
#include "tests/support/house.h"

/* Every kind of credential in every state, each somebody's of its own: all of them hold the role "clerk" until a state
 * takes it away. test_credentials.c says what each may do and asks every surface. */
#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

enum made_of { OF_NOTHING, OF_KEY, OF_SERVICE_KEY, OF_ROLE_KEY, OF_PASSWORD, OF_HOTKEY, OF_SESSION, OF_TOKEN_OF_KEY, OF_TOKEN_OF_SESSION, OF_TOKEN_OF_SERVICE,
               OF_TOKEN_OF_ROLE };

struct kind {
    const char *name;
    enum made_of made_of;
    const char *headers;              /* %s: the secret, or its spelling for Basic; a hotkey signs each request anew */
    const char *format;               /* of a key; NULL: native */
    enum token_purpose purpose;       /* of a token */
    bool is_registrys;                /* opens /v2/ alone */
};
extern const struct kind sorts[];
extern const size_t sort_count;

/* What became of it before it is used. */
enum state { GOOD, NARROWED, ROLE_GONE, WRONG_BYTE, CUT, EXPIRED, FUTURE, DISABLED, REVOKED, ELSEWHERE, OWNER_DISABLED, OWNER_DELETED, STATE_COUNT };
extern const char *const state_names[];

struct credential {
    const struct kind *kind;
    enum state state;
    const char *owner;                /* name of the user, service account or role; NULL: nobody */
    const char *headers;              /* lines; "" for none */
    struct ed25519_pair pair;         /* of a hotkey */
    str csrf;                         /* goes with a cookie, for changes */
    bool is_person;                   /* signed in: holds what is its own beside its role */
};

/* Made of, or with, a service account's key, a role's key. */
bool is_of_service(enum made_of m);
bool is_of_role(enum made_of m);

struct office {
    struct house *house;
    struct credential *all;           /* kinds x states, as far as they exist */
    size_t count;
};
/* The clock stands at NOON + 2 minutes afterwards. */
void office_open(struct office *o);
void office_close(struct office *o);
/* Lines of headers for a request with this credential; changes prove that they come from a page of ours. */
struct sent {
    const char *method, *target;
    str body;
};
const char *credential_headers(struct arena *a, const struct credential *c, const struct sent *r);
/* Without those that every request has. */
const char *credential_lines(struct arena *a, const struct credential *c, const struct sent *r);
#endif

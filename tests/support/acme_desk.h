#ifndef TESTS_SUPPORT_ACME_DESK_H
#define TESTS_SUPPORT_ACME_DESK_H
#include "base/network.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/acme.h"
#include "tests/support/other_server.h"

/* A certificate desk that ACME's clients come to: an authority, people (ada and eve hand in requests, boss does all, none does
 * nothing) with a key each of the same name, and a server that holds 127.0.0.1. */
#define ITEMS "/api/content/item/"
#define HERE  "http://localhost"
#define IP    "{\"identifiers\":[{\"type\":\"ip\",\"value\":\"127.0.0.1\"}]}"
struct desk {
    struct arena *arena;
    struct house *house;
    struct other other;
    struct network loopback;
    uint16_t port;
    str authority;                    /* id */
    char answer[512];                 /* of that server */
};
struct desk *desk_open(str open_role);
struct desk *desk_open_on(const struct engine_ops *engine, str open_role); /* NULL: as usual */
void desk_close(struct desk *d);
/* By the API with somebody's key. */
struct fake_exchange *desk_ask(struct desk *d, const char *who, const char *method, str target, str body);
str desk_member(struct desk *d, const struct fake_exchange *f, const char *name);
str desk_authority(struct desk *d, const char *name);
uint64_t desk_rows(struct desk *d, const char *collection);
/* A rule "hosts": what asker hands in for 127.0.0.0/8 and *.example.org is signed, or as `decision` says. */
void desk_rule(struct desk *d, const char *decision);
/* An external account binding with somebody's key; a new account with it, whose kid c has then; the same with a client. */
str desk_binding(struct desk *d, struct acme *c, const char *who);
struct fake_exchange *desk_enroll(struct desk *d, struct acme *c, const char *who);
struct acme *desk_account(struct desk *d, const char *who);
/* The address of an order for 127.0.0.1 that is proven and waits for its CSR. */
str desk_ready_order(struct desk *d, struct acme *c);

/* The first text of a list in an answer; a challenge of this type, NULL: none; a text of a map, "": none. */
str acme_first(struct acme *c, const struct fake_exchange *f, const char *name);
const struct json *acme_challenge_in(struct acme *c, const struct fake_exchange *authorization, const char *type);
str acme_text_of(const struct json *v, const char *name);
/* Until there is an entry behind this one in the journal; false: there was none. */
bool desk_waits(struct house *h, struct arena *a, uint64_t last);
/* Looks until it is no more in this state. */
str acme_state_after(struct acme *c, str address, const char *state);
/* Payloads of finalize, and the call. */
str acme_new_key(struct arena *a);
str acme_csr(struct arena *a, str key, const char *common, const struct alt_name *names, size_t count);
str acme_csr_of_loopback(struct arena *a);
struct fake_exchange *acme_finalize_order(struct acme *c, str order, str payload);
#endif

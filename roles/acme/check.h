#ifndef ROLES_ACME_CHECK_H
#define ROLES_ACME_CHECK_H
#include <stdatomic.h>

#include "base/outbound.h"

/* Proving that somebody holds a name: http-01 and dns-01 (RFC 8555 8.3, 8.4), addresses by http-01 alone (RFC 8738), and
 * whether the name's owner lets us issue for it (RFC 8659). The names are strangers': addresses, redirects and answers are
 * looked at with the same distrust as any URL of a stranger (base/outbound.h).
 *
 * Waits for the network on the caller's thread, LIMIT_ACME_TRY_MS at most; never called with a lock held. Thread-safe. */
enum acme_proof { PROOF_HTTP, PROOF_DNS };
enum acme_fault { ACME_NO_FAULT, ACME_CONNECTION, ACME_DNS, ACME_UNAUTHORIZED, ACME_INCORRECT, ACME_CAA };

struct acme_outside {                 /* the operator's, immutable, outlives its users */
    struct outbound_policy policy;    /* that of everything else, with acme.networks allowed beside, and http */
    str resolver;                     /* "ADDR:PORT" that is asked for names; {0}: the system's */
    uint16_t http_port;               /* acme.http_port, where http-01 is looked for; 0: 80 */
    str caa_identity;                 /* acme.caa, who we are in CAA records; {0}: they are not looked at */
};
struct acme_trial {
    enum acme_proof by;
    str name;                         /* in lower case, A-labels, without "*." and the last dot; or an address */
    bool is_address, is_wildcard;
    str token, key_authorization;     /* RFC 8555 8.1 */
    str account_url;                  /* of the account, as CAA records say it (RFC 8657); {0}: unknown */
    const _Atomic(bool) *stop;        /* becomes true: give up within a second; NULL: never */
};
/* ERR_OK: proven. ERR_UNAVAILABLE with ACME_NO_FAULT: it could not be tried (our side); try again later. Else *fault says
 * what kind of fault it is, and `why` in words for the client; a later try may find what this one did not. */
NODISCARD enum err acme_try(const struct acme_outside *o, const struct acme_trial *t, struct arena *a, enum acme_fault *fault,
                            struct problem *why);

#endif

#ifndef ROLES_MIRROR_CLIENT_H
#define ROLES_MIRROR_CLIENT_H
#include <stdatomic.h>

#include "base/outbound.h"

/* Another registry, asked as its other clients ask it (oci-registry.md 10): without a credential first, then with what its
 * challenge wants: Basic, or a token that its token server gives for the user and password that it was set up with. Never a
 * credential of whoever asks us, never one that was not asked for, and one try with it; a password goes to the registry's own
 * host or one that its item names (SS-4). Nothing that comes back is believed:
 * ceilings are ours, digests are for the caller to check.
 *
 * Thread-safe; waits for the network on the caller's thread. */
struct upstream {                     /* an item of `upstreams` */
    str id, name, url;                /* url: without a slash at its end */
    str prefix, remote_prefix;        /* names here begin with the former, there with the latter; "": with anything */
    bool strip_prefix, is_enabled, on_demand;
    int64_t fresh_ms, every_ms;       /* every_ms 0: no runs */
    int64_t last_run_ms;              /* 0: never */
    const struct json *content;       /* of a run: a list of {repositories, tags}; NULL: none */
    str username, password, ca_pem;
    const str *token_hosts;           /* beside its own: where the password may go */
    size_t token_host_count;
    uint64_t revision;
};

struct registry_client;
struct registry_client *registry_client_open(const struct outbound_policy *policy);
void registry_client_close(struct registry_client *c);

struct client_wish {
    const struct upstream *from;
    str repository;                   /* as it is called there; {0}: the registry itself */
    str path;                         /* behind its name: "manifests/latest"; "_catalog" of the registry */
    str accept;                       /* {0}: anything */
    bool head_only;
    uint64_t most;                    /* bytes of the answer */
    const struct outbound_sink *sink; /* takes a layer; redirects are followed, and it may take its time */
    const _Atomic(bool) *stop;
};
/* ERR_OK: 200, with the headers Docker-Content-Digest and Link. ERR_NOT_FOUND: 404. ERR_FORBIDDEN: it does not let us, which is
 * how many say that there is no such repository. ERR_UNAVAILABLE: everything else, with the reason for the operator and, where
 * it was said, for how long. ERR_FULL and the like: the sink's. */
NODISCARD enum err registry_ask(struct registry_client *c, struct arena *a, const struct client_wish *wish, struct outbound_answer *out,
                              struct problem *why);

/* What WWW-Authenticate says (RFC 9110 11.6.1), several challenges in one header or in more: adds to *out. */
struct registry_challenge {
    bool basic, bearer;
    str realm, service;               /* of the bearer's */
};
void registry_challenge_read(struct arena *a, str header, struct registry_challenge *out);
#endif

#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H
#include "base/err.h"
#include "base/network.h"

/* Where to listen: "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (every IPv4 address),
 * "unix:/run/vitrine.sock". With "http://" or "https://" in front the port speaks that; without, it
 * is https when there is a certificate. A Unix socket speaks plain HTTP. Pure. */
struct listen {
    struct address address;
    unsigned port; /* 0: any free one */
    bool is_unix;
    bool is_tls;
    str path; /* of a Unix socket */
};

NODISCARD enum err listen_read(str s, bool has_certificate, struct listen *out,
                               struct problem *why);
/* Plain HTTP beyond this machine needs a word from the operator (T-3). */
NODISCARD enum err listen_check(const struct listen *l, bool insecure_http, bool behind_proxy,
                                struct problem *why);
/* "http://127.0.0.1:8080", "unix:/run/vitrine.sock". */
str listen_write(struct arena *a, const struct listen *l);

#endif

#ifndef SERVER_NETWORKS_H
#define SERVER_NETWORKS_H
#include "base/arena.h"

/* Addresses and ranges of them: trusted proxies (H-10) and the count of connections per address.
 * Pure. */
struct sockaddr;

struct address {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    bool is_local;     /* a Unix socket */
};
struct network {
    struct address at;
    unsigned bits; /* of 128 */
};

bool address_read(str s, struct address *out); /* "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1" */
struct address address_of(const struct sockaddr *sa);
str address_write(struct arena *a, const struct address *at); /* "unix" for a local one */
bool address_is_loopback(const struct address *at);           /* 127/8, ::1, Unix sockets */
bool network_read(str s, struct network *out);                /* an address, "10.0.0.0/8", "unix" */
bool network_has(const struct network *networks, size_t count, const struct address *at);

/* The client behind trusted proxies: the right-most address of X-Forwarded-For that is not one of
 * them. An entry that cannot be read stops the walk. */
struct address network_client(const struct network *trusted, size_t count, struct address peer,
                              str forwarded_for);

/* How many connections each address has (an IPv6 client is its /64). A fixed number of places;
 * thread-safe. */
struct peers;
struct peers *peers_open(size_t places, unsigned per_address);
void peers_close(struct peers *p);
bool peers_enter(struct peers *p, const struct address *at); /* false: too many, or no place left */
void peers_leave(struct peers *p, const struct address *at);

#endif

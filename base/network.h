#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H
#include "base/arena.h"

/* Addresses and ranges of them: trusted proxies (H-10), what a key may come from, where this server may
 * connect to (SS-2). An IPv4 address in IPv6's clothes (::ffff:a.b.c.d) is that IPv4 address; a range of
 * one family holds none of the other, so "::/0" is not "everybody". Pure. */
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
struct address address_of_socket(const struct sockaddr *sa);
str address_write(struct arena *a, const struct address *at); /* "unix" for a local one */
bool address_is_v4(const struct address *at);
bool address_is_loopback(const struct address *at); /* 127/8, ::1, Unix sockets */
/* An address, "10.0.0.0/8", "2001:db8::/32", "unix". What is behind the mask is not looked at. Refused:
 * "::ffff:10.0.0.0/24", which would be all of IPv4 and more; of such there are 96 bits at least. */
bool network_read(str s, struct network *out);
bool network_has(const struct network *networks, size_t count, const struct address *at);

#endif

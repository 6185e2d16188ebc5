#ifndef SERVER_NETWORKS_H
#define SERVER_NETWORKS_H
#include "base/network.h"

/* Whom a connection counts for: the client behind trusted proxies (H-10), and how many connections it
 * has. */

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

#include "server/networks.h"

#include <pthread.h>
#include <stdlib.h>

struct address network_client(const struct network *trusted, size_t count, struct address peer,
                              str forwarded_for)
{
    struct address client = peer;
    while (forwarded_for.len > 0 && network_has(trusted, count, &client)) {
        size_t comma = forwarded_for.len;
        while (comma > 0 && forwarded_for.at[comma - 1] != ',')
            comma--;
        struct address named;
        if (!address_read(str_trim(str_slice(forwarded_for, comma, forwarded_for.len)), &named))
            break;
        client = named;
        forwarded_for = str_slice(forwarded_for, 0, comma > 0 ? comma - 1 : 0);
    }
    return client;
}

/* Open addressing with linear probing over twice as many slots as places; removal closes the gap,
 * so that there are no tombstones. */
struct slot_of_peer {
    uint64_t key;
    unsigned connections; /* 0: free */
};
struct peers {
    pthread_mutex_t lock;
    unsigned per_address;
    size_t places, used;
    size_t mask;
    struct slot_of_peer slots[];
};

struct peers *peers_open(size_t places, unsigned per_address)
{
    size_t slots = 16;
    while (slots < 2 * places)
        slots *= 2;
    struct peers *p = calloc(1, sizeof *p + slots * sizeof p->slots[0]);
    must(p != NULL);
    pthread_mutex_init(&p->lock, NULL);
    p->per_address = per_address;
    p->places = places;
    p->mask = slots - 1;
    return p;
}

void peers_close(struct peers *p)
{
    if (p == NULL)
        return;
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* An IPv4 address, or the 64 bits of an IPv6 network: never equal, since mapped ones begin with
 * zeros. */
static uint64_t key_of(const struct address *at)
{
    uint64_t key = 0;
    memcpy(&key, at->bytes + (address_is_v4(at) ? 8 : 0), 8);
    return key;
}

static size_t home_of(const struct peers *p, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & p->mask;
}

static struct slot_of_peer *find(struct peers *p, uint64_t key)
{
    size_t i = home_of(p, key);
    while (p->slots[i].connections > 0 && p->slots[i].key != key)
        i = (i + 1) & p->mask;
    return &p->slots[i];
}

bool peers_enter(struct peers *p, const struct address *at)
{
    if (at->is_local)
        return true;
    uint64_t key = key_of(at);
    pthread_mutex_lock(&p->lock);
    struct slot_of_peer *s = find(p, key);
    bool admitted = s->connections > 0 ? s->connections < p->per_address : p->used < p->places;
    if (admitted) {
        p->used += s->connections == 0;
        s->key = key;
        s->connections++;
    }
    pthread_mutex_unlock(&p->lock);
    return admitted;
}

static void close_gap(struct peers *p, size_t gap)
{
    p->slots[gap].connections = 0;
    for (size_t i = (gap + 1) & p->mask; p->slots[i].connections > 0; i = (i + 1) & p->mask) {
        size_t home = home_of(p, p->slots[i].key);
        /* Stays when its home lies behind the gap, seen in a circle. */
        if (((i - home) & p->mask) < ((i - gap) & p->mask))
            continue;
        p->slots[gap] = p->slots[i];
        p->slots[i].connections = 0;
        gap = i;
    }
}

void peers_leave(struct peers *p, const struct address *at)
{
    if (at->is_local)
        return;
    uint64_t key = key_of(at);
    pthread_mutex_lock(&p->lock);
    struct slot_of_peer *s = find(p, key);
    must(s->connections > 0);
    if (--s->connections == 0) {
        p->used--;
        close_gap(p, (size_t)(s - p->slots));
    }
    pthread_mutex_unlock(&p->lock);
}

#include "server/networks.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool address_read(str s, struct address *out)
{
    char text[INET6_ADDRSTRLEN];
    if (s.len == 0 || s.len >= sizeof text || memchr(s.at, 0, s.len) != NULL)
        return false;
    memcpy(text, s.at, s.len);
    text[s.len] = 0;
    struct address read = {0};
    memcpy(read.bytes, mapped, sizeof mapped);
    if (inet_pton(AF_INET, text, read.bytes + 12) != 1 &&
        inet_pton(AF_INET6, text, read.bytes) != 1)
        return false;
    *out = read;
    return true;
}

struct address address_of(const struct sockaddr *sa)
{
    struct address at = {0};
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        memcpy(at.bytes, mapped, sizeof mapped);
        memcpy(at.bytes + 12, &in.sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, sa, sizeof in);
        memcpy(at.bytes, &in.sin6_addr, 16);
    } else {
        at.is_local = true;
    }
    return at;
}

static bool is_v4(const struct address *at)
{
    return !at->is_local && memcmp(at->bytes, mapped, sizeof mapped) == 0;
}

str address_write(struct arena *a, const struct address *at)
{
    if (at->is_local)
        return S("unix");
    char *text = arena_get(a, INET6_ADDRSTRLEN, 1);
    if (is_v4(at))
        inet_ntop(AF_INET, at->bytes + 12, text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, at->bytes, text, INET6_ADDRSTRLEN);
    return str_of(text);
}

bool address_is_loopback(const struct address *at)
{
    static const uint8_t one[16] = {[15] = 1};
    return at->is_local || (is_v4(at) && at->bytes[12] == 127) ||
           memcmp(at->bytes, one, sizeof one) == 0;
}

bool network_read(str s, struct network *out)
{
    str address, bits;
    struct network n = {.bits = 128};
    if (str_equal(s, S("unix"))) {
        n.at.is_local = true;
        *out = n;
        return true;
    }
    bool has_bits = str_cut(s, '/', &address, &bits);
    if (!address_read(address, &n.at))
        return false;
    if (has_bits) {
        uint64_t count, most = is_v4(&n.at) ? 32 : 128;
        if (!str_to_u64(bits, most, &count))
            return false;
        n.bits = (unsigned)(count + 128 - most);
    }
    *out = n;
    return true;
}

static bool network_holds(const struct network *n, const struct address *at)
{
    if (n->at.is_local || at->is_local)
        return n->at.is_local && at->is_local;
    unsigned whole = n->bits / 8, rest = n->bits % 8;
    if (memcmp(n->at.bytes, at->bytes, whole) != 0)
        return false;
    return rest == 0 || ((n->at.bytes[whole] ^ at->bytes[whole]) >> (8 - rest)) == 0;
}

bool network_has(const struct network *networks, size_t count, const struct address *at)
{
    for (size_t i = 0; i < count; i++)
        if (network_holds(&networks[i], at))
            return true;
    return false;
}

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
    memcpy(&key, at->bytes + (is_v4(at) ? 8 : 0), 8);
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

#include "base/network.h"

#include <arpa/inet.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
enum { MAPPED_BITS = 8 * sizeof mapped };

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

struct address address_of_socket(const struct sockaddr *sa)
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

bool address_is_v4(const struct address *at)
{
    return !at->is_local && memcmp(at->bytes, mapped, sizeof mapped) == 0;
}

str address_write(struct arena *a, const struct address *at)
{
    if (at->is_local)
        return S("unix");
    char *text = arena_get(a, INET6_ADDRSTRLEN, 1);
    if (address_is_v4(at))
        inet_ntop(AF_INET, at->bytes + 12, text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, at->bytes, text, INET6_ADDRSTRLEN);
    return str_of(text);
}

bool address_is_loopback(const struct address *at)
{
    static const uint8_t one[16] = {[15] = 1};
    return at->is_local || (address_is_v4(at) && at->bytes[12] == 127) ||
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
        size_t colon;
        bool is_v4 = address_is_v4(&n.at), is_short = is_v4 && !str_find(address, ':', &colon);
        uint64_t count, most = is_short ? 32 : 128;
        if (!str_to_u64(bits, most, &count))
            return false;
        n.bits = (unsigned)(count + 128 - most);
        if (is_v4 && n.bits < MAPPED_BITS)
            return false;
    }
    *out = n;
    return true;
}

static bool network_holds(const struct network *n, const struct address *at)
{
    if (n->at.is_local || at->is_local)
        return n->at.is_local && at->is_local;
    if (address_is_v4(&n->at) != address_is_v4(at))
        return false;
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

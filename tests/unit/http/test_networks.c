#include "server/networks.h"

#include "server/listen.h"
#include "tests/support/check.h"

static struct address at(const char *text)
{
    struct address a;
    NEED(address_read(str_of(text), &a));
    return a;
}

static void the_client_is_the_rightmost_stranger(void **state)
{
    static const struct {
        const char *peer, *forwarded, *client;
    } cases[] = {
        {"192.0.2.1", "203.0.113.1", "192.0.2.1"}, /* not trusted: unheard */
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.1", "203.0.113.1"},
        {"10.0.0.1", "198.51.100.7, 203.0.113.1", "203.0.113.1"}, /* the left one is hearsay */
        {"10.0.0.1", "203.0.113.1, 10.0.0.2", "203.0.113.1"},     /* two proxies in a row */
        {"10.0.0.1", "203.0.113.1,10.0.0.2 , 10.0.0.3", "203.0.113.1"},
        {"10.0.0.1", "10.0.0.9", "10.0.0.9"},
        {"10.0.0.1", "203.0.113.1, rubbish", "10.0.0.1"},
        {"10.0.0.1", "rubbish, 203.0.113.1", "203.0.113.1"},
        {"10.0.0.1", ",", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.1:80", "10.0.0.1"},
        {"10.0.0.1", "2001:db8::7", "2001:db8::7"},
    };
    struct network trusted;
    struct arena *arena = arena_open(1024);
    (void)state;
    NEED(network_read(S("10.0.0.0/8"), &trusted));
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct address client =
            network_client(&trusted, 1, at(cases[i].peer), str_of(cases[i].forwarded));
        CHECK_STR(address_write(arena, &client), str_of(cases[i].client));
    }
    arena_close(arena);
}

static void connections_are_counted_per_address(void **state)
{
    struct peers *p = peers_open(1000, 3);
    struct address four = at("192.0.2.1"), other = at("192.0.2.2"), six = at("2001:db8::1"),
                   neighbour = at("2001:db8::2");
    (void)state;
    for (int i = 0; i < 3; i++)
        CHECK(peers_enter(p, &four));
    CHECK(!peers_enter(p, &four));
    CHECK(peers_enter(p, &other));
    CHECK(peers_enter(p, &six) && peers_enter(p, &neighbour) && peers_enter(p, &six));
    CHECK(!peers_enter(p, &neighbour)); /* a customer's /64 is one client */
    peers_leave(p, &four);
    CHECK(peers_enter(p, &four) && !peers_enter(p, &four));
    peers_close(p);
}

static void the_count_survives_any_order_of_coming_and_going(void **state)
{
    enum { HOSTS = 400, PLACES = 300 };
    static unsigned counts[HOSTS];
    struct peers *p = peers_open(PLACES, 4);
    unsigned used = 0, random = 1;
    (void)state;
    for (int step = 0; step < 200000; step++) {
        random = random * 1664525u + 1013904223u;
        unsigned host = (random >> 8) % HOSTS;
        struct address a = at("192.0.2.1");
        a.bytes[14] = (uint8_t)(host >> 8);
        a.bytes[15] = (uint8_t)host;
        if ((random >> 24) % 2) {
            bool wanted = counts[host] > 0 ? counts[host] < 4 : used < PLACES;
            if (peers_enter(p, &a) != wanted)
                CHECK_SAY("step %d: host %u with %u", step, host, counts[host]);
            used += wanted && counts[host] == 0;
            counts[host] += wanted;
        } else if (counts[host] > 0) {
            peers_leave(p, &a);
            used -= --counts[host] == 0;
        }
    }
    peers_close(p);
}

static void listening_addresses_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        bool certificate;
        const char *written; /* NULL: refused */
    } cases[] = {
        {"127.0.0.1:8080", false, "http://127.0.0.1:8080"},
        {"127.0.0.1:8443", true, "https://127.0.0.1:8443"},
        {"http://127.0.0.1:8080", true, "http://127.0.0.1:8080"},
        {"https://127.0.0.1:8080", false, NULL},
        {"[::1]:0", false, "http://[::1]:0"},
        {":8080", false, "http://0.0.0.0:8080"},
        {"localhost:80", false, "http://127.0.0.1:80"},
        {"unix:/run/v.sock", true, "unix:/run/v.sock"},
        {"unix:", false, NULL},
        {"unix:/a,b", false, NULL},
        {"unix:/a:b", false, NULL},
        {"", false, NULL},
        {"8080", false, NULL},
        {"127.0.0.1", false, NULL},
        {"127.0.0.1:", false, NULL},
        {"127.0.0.1:65536", false, NULL},
        {"127.0.0.1:80s", false, NULL},
        {"127.0.0.1:80,0.0.0.0:81", false, NULL},
        {"::1:8080", false, NULL},
        {"[127.0.0.1]:80", false, NULL},
        {"example.org:80", false, NULL},
    };
    struct arena *arena = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = arena};
        struct listen l;
        CHECK_AT(i);
        enum err e = listen_read(str_of(cases[i].text), cases[i].certificate, &l, &why);
        CHECK_PROBLEM(e, cases[i].written ? ERR_OK : ERR_INVALID, &why);
        if (e == ERR_OK && cases[i].written)
            CHECK_STR(listen_write(arena, &l), str_of(cases[i].written));
    }
    arena_close(arena);
}

static void plain_http_stays_on_this_machine(void **state)
{
    static const struct {
        const char *text;
        bool certificate, insecure, proxy, ok;
    } cases[] = {
        {"127.0.0.1:80", false, false, false, true},
        {"127.9.9.9:80", false, false, false, true},
        {"[::1]:80", false, false, false, true},
        {"unix:/x", false, false, false, true},
        {"0.0.0.0:80", false, false, false, false},
        {"192.0.2.1:80", false, false, false, false},
        {"[::]:80", false, false, false, false},
        {"0.0.0.0:80", true, false, false, true},
        {"0.0.0.0:80", false, true, false, true},
        {"0.0.0.0:80", false, false, true, true},
        {"http://0.0.0.0:80", true, false, false, false},
    };
    struct arena *arena = arena_open(1024);
    struct problem why = {.arena = arena};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct listen l;
        CHECK_AT(i);
        NEED(listen_read(str_of(cases[i].text), cases[i].certificate, &l, &why) == ERR_OK);
        CHECK_INT(listen_check(&l, cases[i].insecure, cases[i].proxy, &why) == ERR_OK, cases[i].ok);
    }
    arena_close(arena);
}

CHECK_MAIN(TEST(the_client_is_the_rightmost_stranger), TEST(connections_are_counted_per_address),
           TEST(the_count_survives_any_order_of_coming_and_going),
           TEST(listening_addresses_are_read_and_written), TEST(plain_http_stays_on_this_machine))

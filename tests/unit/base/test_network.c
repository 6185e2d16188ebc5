#include "base/network.h"

#include "tests/support/check.h"

#include <netinet/in.h>

static struct address at(const char *text)
{
    struct address a;
    NEED(address_read(str_of(text), &a));
    return a;
}

static void addresses_are_read_strictly(void **state)
{
    static const char *const good[] = {"127.0.0.1", "::1", "2001:db8::1", "::ffff:10.0.0.1",
                                       "255.255.255.255"};
    static const char *const bad[] = {"",          "1.2.3",  "1.2.3.4.5", "01.2.3.4", "256.1.1.1",
                                      "localhost", "::1%lo", "[::1]",     "1.2.3.4 ", "::g"};
    struct address a;
    (void)state;
    for (size_t i = 0; i < COUNTOF(good); i++) {
        CHECK_AT(i);
        CHECK(address_read(str_of(good[i]), &a));
    }
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!address_read(str_of(bad[i]), &a));
    }
}

static void a_network_holds_its_addresses_and_no_others(void **state)
{
    static const struct {
        const char *network, *address;
        bool inside;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"0.0.0.0/0", "192.0.2.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"192.168.4.0/22", "192.168.7.255", true},
        {"192.168.4.0/22", "192.168.8.0", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::/0", "2001::", true},
        {"::/0", "192.0.2.1", false}, /* IPv4 is not a part of IPv6 */
        {"::/1", "::ffff:192.0.2.1", false},
        {"::ffff:10.0.0.0/104", "10.9.9.9", true},
        {"::ffff:0:0/96", "192.0.2.1", true},
        {"::ffff:0:0/96", "::1", false},
        {"10.1.2.3/8", "10.255.0.1", true}, /* what is behind the mask */
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.1/32", "192.0.2.1", true},
        {"192.0.2.1/32", "192.0.2.0", false},
        {"2001:db8::1/128", "2001:db8::1", true},
        {"2001:db8::1/128", "2001:db8::", false},
        {"unix", "127.0.0.1", false},
    };
    struct network n;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct address a = at(cases[i].address);
        NEED(network_read(str_of(cases[i].network), &n));
        CHECK_INT(network_has(&n, 1, &a), cases[i].inside);
    }
    static const char *const bad[] = {
        "::ffff:10.0.0.0/24", "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/129", "10.0.0.0/8 ",
        "", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8", "Unix"};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!network_read(str_of(bad[i]), &n));
    }
    NEED(network_read(S("unix"), &n));
    struct address local = {.is_local = true};
    CHECK(network_has(&n, 1, &local));
}

static void addresses_are_written_as_they_are(void **state)
{
    static const struct {
        const char *text, *written;
        bool is_v4, is_loopback;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", true, true},
        {"127.255.255.255", "127.255.255.255", true, true},
        {"128.0.0.1", "128.0.0.1", true, false},
        {"::ffff:192.0.2.1", "192.0.2.1", true, false},
        {"::FFFF:C000:0201", "192.0.2.1", true, false},
        {"2001:DB8:0::1", "2001:db8::1", false, false},
        {"::1", "::1", false, true},
        {"::", "::", false, false},
    };
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct address one = at(cases[i].text);
        CHECK_AT(i);
        CHECK_STR(address_write(a, &one), str_of(cases[i].written));
        CHECK_INT(address_is_v4(&one), cases[i].is_v4);
        CHECK_INT(address_is_loopback(&one), cases[i].is_loopback);
    }
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr local = {.sa_family = AF_UNIX};
    struct address of_four = address_of_socket((struct sockaddr *)&four);
    struct address of_six = address_of_socket((struct sockaddr *)&six);
    struct address of_local = address_of_socket(&local);
    CHECK_STR(address_write(a, &of_four), S("192.0.2.1"));
    CHECK_STR(address_write(a, &of_six), S("::1"));
    CHECK_STR(address_write(a, &of_local), S("unix"));
    CHECK(address_is_loopback(&of_local) && !address_is_v4(&of_local));
    arena_close(a);
}

CHECK_MAIN(TEST(addresses_are_read_strictly), TEST(a_network_holds_its_addresses_and_no_others),
           TEST(addresses_are_written_as_they_are))

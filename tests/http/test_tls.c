/* TLS as the rules T-1 and T-2 want it. */
#include "tests/http/wire.h"
#include "tests/support/check.h"

#include <sys/stat.h>
#include <unistd.h>

static struct wire_server server;
static struct wire wire;
static struct wire_answer a;
static char folder[FOLDER_ROOM], cert[96], key[96];

static int shake_hands(int least, int most, const char *suites, size_t listener)
{
    NEED(wire_connect(&wire, &server, listener));
    return wire_shake_hands(&wire, least, most, suites);
}

static void only_new_versions_are_spoken(void **state)
{
    static const struct {
        int least, most, agreed;
    } cases[] = {
        {WIRE_TLS_1_0, WIRE_TLS_1_0, 0},
        {WIRE_TLS_1_1, WIRE_TLS_1_1, 0},
        {WIRE_TLS_1_2, WIRE_TLS_1_2, WIRE_TLS_1_2},
        {WIRE_TLS_1_3, WIRE_TLS_1_3, WIRE_TLS_1_3},
        {WIRE_TLS_1_0, WIRE_TLS_1_3, WIRE_TLS_1_3},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(shake_hands(cases[i].least, cases[i].most, NULL, 0), cases[i].agreed);
        if (cases[i].agreed) {
            CHECK(wire_send(&wire, "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n") &&
                  wire_answer(&wire, "GET", &a));
            CHECK_STR(str_of(a.body), S("127.0.0.1 tls"));
        }
        wire_close(&wire);
    }
}

static void only_forward_secret_suites_are_spoken(void **state)
{
    static const struct {
        const char *suites;
        bool ok;
    } cases[] = {
        {"ECDHE-ECDSA-AES128-GCM-SHA256", true},
        {"ECDHE-ECDSA-CHACHA20-POLY1305", true},
        {"AES128-SHA", false},
        {"AES128-GCM-SHA256", false},
        {"ECDHE-ECDSA-AES128-SHA", false},
        {"ECDHE-ECDSA-AES256-SHA384", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(shake_hands(WIRE_TLS_1_2, WIRE_TLS_1_2, cases[i].suites, 0) != 0, cases[i].ok);
        wire_close(&wire);
    }
}

static void tls_carries_the_same_requests(void **state)
{
    (void)state;
    CHECK(shake_hands(WIRE_TLS_1_2, WIRE_TLS_1_3, NULL, 0) != 0);
    for (int i = 0; i < 3; i++) {
        CHECK(wire_send(&wire, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi") &&
              wire_answer(&wire, "POST", &a));
        CHECK_STR(str_of(a.body), S("POST /x? hi"));
    }
    CHECK(wire_send(&wire, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n") &&
          wire_answer(&wire, "GET", &a));
    CHECK_INT(a.body_bytes, 2 << 20);
    CHECK(wire_send(
        &wire,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"));
    CHECK(wire_answer(&wire, "POST", &a));
    CHECK_INT(a.status, 400);
    CHECK(wire_ends(&wire));
    wire_close(&wire);
}

/* A client that sends half a record costs a thread its time, and no processor. */
static void half_a_record_is_waited_for(void **state)
{
    (void)state;
    NEED(shake_hands(WIRE_TLS_1_2, WIRE_TLS_1_3, NULL, 0) != 0);
    NEED(wire_send(&wire, "GET /halves HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: halves\r\n\r\n") && wire_hears(&wire, "\r\n\r\n"));
    CHECK(wire_send_half(&wire, "hello") && wire_hears(&wire, "waits"));
    CHECK(wire_send_rest(&wire) && wire_hears(&wire, "hello"));
    wire_close(&wire);
}

static void each_port_speaks_one_language(void **state)
{
    (void)state;
    /* Plain HTTP to the TLS port: no answer that could be taken for one. */
    NEED(wire_connect(&wire, &server, 0));
    CHECK(wire_send(&wire, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(!wire_answer(&wire, "GET", &a));
    wire_close(&wire);
    /* TLS to the plain port: 400. */
    CHECK_INT(shake_hands(WIRE_TLS_1_2, WIRE_TLS_1_3, NULL, 1), 0);
    wire_close(&wire);
    NEED(wire_connect(&wire, &server, 1));
    CHECK(wire_send(&wire, "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n") &&
          wire_answer(&wire, "GET", &a));
    CHECK_STR(str_of(a.body), S("127.0.0.1 plain"));
    wire_close(&wire);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    NEED(f != NULL);
    fputs(text, f);
    fchmod(fileno(f), mode);
    fclose(f);
}

static void pairs_that_do_not_work_are_refused(void **state)
{
    char other_folder[FOLDER_ROOM], other_cert[96], other_key[96];
    struct arena *arena = arena_open(4096);
    struct problem why = {.arena = arena};
    struct tls *tls = NULL;
    (void)state;
    wire_make_pair(other_folder, other_cert, other_key);
    CHECK_ERR(tls_open("/nowhere/cert.pem", other_key, &tls, &why), ERR_INVALID);
    CHECK_ERR(tls_open(other_cert, "/nowhere/key.pem", &tls, &why), ERR_INVALID);
    CHECK_ERR(tls_open(other_cert, key, &tls, &why), ERR_INVALID);
    CHECK(str_contains(why.text, S("does not belong")));
    chmod(other_key, 0640);
    CHECK_ERR(tls_open(other_cert, other_key, &tls, &why), ERR_INVALID);
    CHECK(str_contains(why.text, S("chmod 600")));
    chmod(other_key, 0600);
    NEED(tls_open(other_cert, other_key, &tls, &why) == ERR_OK);
    CHECK(!tls_files_changed(tls));
    write_file(other_cert, "rubbish", 0600);
    CHECK(tls_files_changed(tls));
    CHECK_ERR(tls_reload(tls, &why), ERR_INVALID);
    CHECK(!tls_files_changed(tls)); /* said once */
    tls_close(tls);
    wire_remove_pair(other_folder);
    arena_close(arena);
}

static int start(void **state)
{
    (void)state;
    wire_make_pair(folder, cert, key);
    wire_serve(&server, &(struct wire_options){.listen = {"127.0.0.1:0", "http://127.0.0.1:0"},
                                               .cert = cert,
                                               .key = key});
    return 0;
}

static int stop(void **state)
{
    (void)state;
    wire_remove_pair(folder);
    return wire_stop(&server, 5000) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_new_versions_are_spoken),       TEST(only_forward_secret_suites_are_spoken),
        TEST(tls_carries_the_same_requests),      TEST(each_port_speaks_one_language),
        TEST(pairs_that_do_not_work_are_refused), TEST(half_a_record_is_waited_for),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

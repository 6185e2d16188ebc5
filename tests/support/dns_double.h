#ifndef TESTS_SUPPORT_DNS_DOUBLE_H
#define TESTS_SUPPORT_DNS_DOUBLE_H
#include "tests/support/check.h"

#include <pthread.h>

#include "base/str.h"

/* A name server of our own on a free port of the loopback, UDP and TCP, for tests of who asks one. It answers from a
 * table, follows the table's aliases into the same answer, and misbehaves where a row says so. Names that no row has do
 * not exist; names that one has, with another kind, have none of this. */
enum dns_trick {
    DNS_PLAIN,
    DNS_TRUNCATED,                    /* over UDP only that there is more */
    DNS_SILENT,                       /* nothing comes */
    DNS_SILENT_TCP,                   /* truncated over UDP, and over TCP nothing comes */
    DNS_SERVFAIL,
    DNS_WRONG_ID,
    DNS_WRONG_QUESTION,               /* of another name */
    DNS_POINTER_LOOP,                 /* a compressed name that leads to itself */
    DNS_CUT_SHORT,                    /* the last record ends too early */
    DNS_TURNS,                        /* of several rows the first with the first question, the next with the next */
};
struct dns_row {
    const char *name;
    int code;                         /* 1 A, 28 AAAA, 16 TXT, 257 CAA, 5 CNAME */
    const char *data;                 /* "192.0.2.1", "2001:db8::1", a text, "128 issue ca.example" */
    enum dns_trick trick;             /* of the first row that fits */
    unsigned times;                   /* the record is there so often; 0: once */
};

struct dns_double {
    const struct dns_row *rows;
    size_t row_count;
    int udp, tcp;
    uint16_t port;
    str at;                           /* "127.0.0.1:PORT" */
    char text[32];
    _Atomic(unsigned) questions, over_tcp;
    unsigned turn;                    /* the thread's own */
    _Atomic(uint16_t) ids[8];         /* of questions in turn */
    pthread_t thread;
};
void dns_double_open(struct dns_double *d, const struct dns_row *rows, size_t count);
void dns_double_close(struct dns_double *d);

#endif

#include "base/dns.h"

#include <ares.h>
#include <poll.h>

#include "base/limits.h"
#include "base/time.h"

/* ------ what came */

static enum err reader_failed(int status, struct problem *why)
{
    if (status == ARES_ENODATA)
        return ERR_OK;
    return problem_set(why, ERR_BAD_INPUT, "The name server's answer cannot be read: %s", ares_strerror(status));
}

static enum err too_many(struct problem *why)
{
    return problem_set(why, ERR_TOO_LARGE, "The name has more than %u records of one kind", LIMIT_DNS_RECORDS);
}

static enum err read_a(str message, struct dns_record *into, size_t *count, struct arena *a, struct problem *why)
{
    struct ares_addrttl got[LIMIT_DNS_RECORDS + 1];
    int n = COUNTOF(got), status = ares_parse_a_reply((const unsigned char *)message.at, (int)message.len, NULL, got, &n);
    (void)a;
    if (status != ARES_SUCCESS)
        return reader_failed(status, why);
    if (n > (int)LIMIT_DNS_RECORDS)
        return too_many(why);
    for (int i = 0; i < n; i++) {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = got[i].ipaddr};
        into[(*count)++].address = address_of_socket((const struct sockaddr *)&at);
    }
    return ERR_OK;
}

static enum err read_aaaa(str message, struct dns_record *into, size_t *count, struct arena *a, struct problem *why)
{
    struct ares_addr6ttl got[LIMIT_DNS_RECORDS + 1];
    int n = COUNTOF(got), status = ares_parse_aaaa_reply((const unsigned char *)message.at, (int)message.len, NULL, got, &n);
    (void)a;
    if (status != ARES_SUCCESS)
        return reader_failed(status, why);
    if (n > (int)LIMIT_DNS_RECORDS)
        return too_many(why);
    for (int i = 0; i < n; i++)
        memcpy(into[(*count)++].address.bytes, &got[i].ip6addr, 16);
    return ERR_OK;
}

static str join(struct arena *a, str head, const struct ares_txt_ext *piece)
{
    char *longer = arena_grow(a, (void *)(uintptr_t)head.at, head.len, head.len + piece->length + 1);
    memcpy(longer + head.len, piece->txt, piece->length);
    return (str){longer, head.len + piece->length};
}

/* A text longer than 255 bytes comes in pieces. */
static enum err read_txt(str message, struct dns_record *into, size_t *count, struct arena *a, struct problem *why)
{
    struct ares_txt_ext *got = NULL;
    int status = ares_parse_txt_reply_ext((const unsigned char *)message.at, (int)message.len, &got);
    if (status != ARES_SUCCESS)
        return reader_failed(status, why);
    bool fits = true;
    for (const struct ares_txt_ext *i = got; i && fits; i = i->next) {
        if (i->record_start || *count == 0)
            fits = (*count)++ < LIMIT_DNS_RECORDS;
        if (fits)
            into[*count - 1].text = join(a, into[*count - 1].text, i);
    }
    ares_free_data(got);
    return fits ? ERR_OK : too_many(why);
}

static enum err read_caa(str message, struct dns_record *into, size_t *count, struct arena *a, struct problem *why)
{
    struct ares_caa_reply *got = NULL;
    int status = ares_parse_caa_reply((const unsigned char *)message.at, (int)message.len, &got);
    if (status != ARES_SUCCESS)
        return reader_failed(status, why);
    const struct ares_caa_reply *i = got;
    for (; i && *count < LIMIT_DNS_RECORDS; i = i->next)
        into[(*count)++] = (struct dns_record){
            .tag = arena_copy(a, (str){(const char *)i->property, i->plength}),
            .text = arena_copy(a, (str){(const char *)i->value, i->length}),
            .is_critical = i->critical & 0x80,
        };
    bool fits = i == NULL;
    ares_free_data(got);
    return fits ? ERR_OK : too_many(why);
}

static const struct kind {
    int code;                         /* RFC 1035 3.2.2, 3596, 8659 */
    enum err (*read)(str message, struct dns_record *into, size_t *count, struct arena *a, struct problem *why);
} kinds_asked[DNS_KIND_COUNT] = {
    [DNS_A] = {1, read_a},
    [DNS_AAAA] = {28, read_aaaa},
    [DNS_TXT] = {16, read_txt},
    [DNS_CAA] = {257, read_caa},
};

enum err dns_read(enum dns_kind kind, str message, struct arena *a, struct dns_answer *out, struct problem *why)
{
    if (message.len > UINT16_MAX)
        return problem_set(why, ERR_BAD_INPUT, "The name server's answer is larger than a message can be");
    struct dns_record *records = NEW_N(a, struct dns_record, LIMIT_DNS_RECORDS + 1);
    size_t count = 0;
    TRY(kinds_asked[kind].read(message, records, &count, a, why));
    *out = (struct dns_answer){records, count};
    return ERR_OK;
}

/* ------ asking */

struct asking {
    const struct dns_question *question;
    struct arena *arena;
    struct dns_answer *answer;
    struct problem *why;
    int64_t until_us;
    bool is_over, was_stopped;
    enum err err;
};

static enum err judge(const struct asking *s, int status)
{
    str name = s->question->name;
    switch (status) {
    case ARES_ENODATA:
        return ERR_OK;
    case ARES_ENOTFOUND:
        return problem_set(s->why, ERR_NOT_FOUND, "The name server knows no " STR_FMT, STR_ARG(name));
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
    case ARES_EFORMERR:
    case ARES_ENOTIMP:
        return problem_set(s->why, ERR_INVALID, "The name server cannot find " STR_FMT " out: %s", STR_ARG(name), ares_strerror(status));
    case ARES_EBADRESP:
        return problem_set(s->why, ERR_BAD_INPUT, "The name server's answer cannot be read");
    case ARES_ETIMEOUT:
    case ARES_ECANCELLED:
        if (!s->was_stopped)
            return problem_set(s->why, ERR_TIMEOUT, "No name server answered in time about " STR_FMT, STR_ARG(name));
        break;
    default:
        break;
    }
    return problem_set(s->why, ERR_UNAVAILABLE, "No name server can be asked: %s", ares_strerror(status));
}

static void take(void *self, int status, int timeouts, unsigned char *bytes, int length)
{
    struct asking *s = self;
    (void)timeouts;
    s->is_over = true;
    if (status == ARES_SUCCESS)
        s->err = dns_read(s->question->kind, (str){(const char *)bytes, (size_t)length}, s->arena, s->answer, s->why);
    else
        s->err = judge(s, status);
}

/* Letters, digits, dashes and underscores (RFC 8552) between dots: nothing that would be escaped. */
static bool is_name(str name)
{
    bool ended = name.len == 0, fits = name.len > 0 && name.len <= LIMIT_DNS_NAME_BYTES;
    str label;
    while (fits && str_next(&name, &ended, '.', &label)) {
        fits = label.len > 0 && label.len <= 63;
        for (size_t i = 0; fits && i < label.len; i++)
            fits = (label.at[i] >= 'a' && label.at[i] <= 'z') || (label.at[i] >= 'A' && label.at[i] <= 'Z') ||
                   (label.at[i] >= '0' && label.at[i] <= '9') || label.at[i] == '-' || label.at[i] == '_';
    }
    return fits;
}

static enum err open_channel(const struct dns_question *q, struct arena *a, ares_channel *out, struct problem *why)
{
    /* A message of 1232 bytes comes through everywhere in one piece; what is larger is asked for again over TCP. A server
     * that says that it cannot find out is believed: a second one that is less strict is not asked in its place. */
    struct ares_options options = {.flags = ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP, .ednspsz = 1232, .timeout = (int)LIMIT_DNS_AGAIN_MS, .tries = 3};
    int status = ares_init_options(out, &options, ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS)
        return problem_set(why, ERR_UNAVAILABLE, "No name server can be asked: %s", ares_strerror(status));
    if (!str_is_absent(q->server) && (status = ares_set_servers_ports_csv(*out, arena_cstr(a, q->server))) != ARES_SUCCESS) {
        ares_destroy(*out);
        return problem_set(why, ERR_UNAVAILABLE, "The name server's address cannot be used: %s", ares_strerror(status));
    }
    return ERR_OK;
}

static int least(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

#define LOOK_MS 200                   /* whether to stop */
enum { SOCKETS = 8 };                 /* of one question; resolv.conf names three servers at most */

static void wait_a_moment(ares_channel channel, int64_t left_us)
{
    ares_socket_t sockets[SOCKETS];
    struct pollfd waiting[SOCKETS];
    int bits = ares_getsock(channel, sockets, SOCKETS);
    nfds_t count = 0;
    for (int i = 0; i < SOCKETS; i++) {
        short events = (short)((ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) | (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0));
        if (events)
            waiting[count++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    struct timeval most = {0, LOOK_MS * 1000L}, room, *next = ares_timeout(channel, &most, &room);
    int ready = poll(waiting, count, least(next->tv_sec * 1000 + next->tv_usec / 1000 + 1, left_us / 1000 + 1));
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        ares_process_fd(channel, waiting[i].revents & (POLLIN | POLLERR | POLLHUP) ? waiting[i].fd : ARES_SOCKET_BAD,
                        waiting[i].revents & (POLLOUT | POLLERR) ? waiting[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* what is late by now */
}

static void wait_for(ares_channel channel, struct asking *s)
{
    while (!s->is_over) {
        int64_t left_us = s->until_us - time_mono_us();
        s->was_stopped = s->question->stop && atomic_load(s->question->stop);
        if (s->was_stopped || left_us <= 0)
            ares_cancel(channel);     /* calls take() */
        else
            wait_a_moment(channel, left_us);
    }
}

enum err dns_ask(const struct dns_question *q, struct arena *a, struct dns_answer *out, struct problem *why)
{
    ares_channel channel;
    unsigned ms = q->ms && q->ms < LIMIT_DNS_MS ? q->ms : LIMIT_DNS_MS;
    struct asking s = {.question = q, .arena = a, .answer = out, .why = why, .until_us = time_mono_us() + ms * INT64_C(1000)};
    *out = (struct dns_answer){0};
    if (!is_name(q->name))
        return problem_set(why, ERR_INVALID, "\"" STR_FMT "\" is no name that name servers know", STR_ARG(q->name));
    TRY(open_channel(q, a, &channel, why));
    ares_query(channel, arena_cstr(a, q->name), 1, kinds_asked[q->kind].code, take, &s);
    wait_for(channel, &s);
    ares_destroy(channel);
    return s.err;
}

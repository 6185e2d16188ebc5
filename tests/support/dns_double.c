#include "tests/support/dns_double.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MOST = 65535, QUESTION_AT = 12, CODE_CNAME = 5 };

struct message {
    uint8_t *at;
    size_t len;
};

static void put(struct message *m, const void *bytes, size_t n)
{
    NEED(m->len + n <= MESSAGE_MOST);
    memcpy(m->at + m->len, bytes, n);
    m->len += n;
}

static void put_u16(struct message *m, unsigned n)
{
    put(m, (uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
}

static void put_name(struct message *m, const char *name)
{
    for (str rest = str_of(name), label; rest.len;) {
        (void)str_cut(rest, '.', &label, &rest);
        put(m, (uint8_t[]){(uint8_t)label.len}, 1);
        put(m, label.at, label.len);
    }
    put(m, "", 1);
}

static void put_txt(struct message *m, str text)
{
    do {
        str piece = str_slice(text, 0, 255);
        put(m, (uint8_t[]){(uint8_t)piece.len}, 1);
        put(m, piece.at, piece.len);
        text = str_slice(text, piece.len, text.len);
    } while (text.len);
}

static void put_caa(struct message *m, str text)
{
    str flags, tag, value;
    uint64_t number = 0;
    NEED(str_cut(text, ' ', &flags, &text) && str_cut(text, ' ', &tag, &value) && str_to_u64(flags, 255, &number));
    put(m, (uint8_t[]){(uint8_t)number, (uint8_t)tag.len}, 2);
    put(m, tag.at, tag.len);
    put(m, value.at, value.len);
}

static void put_data(struct message *m, const struct dns_row *row)
{
    uint8_t bytes[16];
    size_t length_at = m->len;
    put_u16(m, 0);
    if (row->code == 1 || row->code == 28) {
        NEED(inet_pton(row->code == 1 ? AF_INET : AF_INET6, row->data, bytes) == 1);
        put(m, bytes, row->code == 1 ? 4 : 16);
    } else if (row->code == CODE_CNAME) {
        put_name(m, row->data);
    } else if (row->code == 16) {
        put_txt(m, str_of(row->data));
    } else {
        put_caa(m, str_of(row->data));
    }
    size_t n = m->len - length_at - 2;
    m->at[length_at] = (uint8_t)(n >> 8);
    m->at[length_at + 1] = (uint8_t)n;
}

static void put_record(struct message *m, const struct dns_row *row)
{
    if (row->trick == DNS_POINTER_LOOP)
        put_u16(m, 0xc000 | (unsigned)m->len);
    else
        put_name(m, row->name);
    put_u16(m, (unsigned)row->code);
    put(m, (uint8_t[]){0, 1, 0, 0, 0, 1}, 6);
    put_data(m, row);
}

/* "host.example" of a question; what a resolver asks has no compression. */
static str read_name(const struct message *question, size_t *at, char *into, size_t room)
{
    size_t n = 0;
    while (*at < question->len && question->at[*at]) {
        size_t label = question->at[*at];
        NEED(*at + 1 + label <= question->len && n + label + 1 < room);
        if (n)
            into[n++] = '.';
        memcpy(into + n, question->at + *at + 1, label);
        n += label;
        *at += 1 + label;
    }
    (*at)++;
    return (str){into, n};
}

/* All of a name's records of this kind, aliases on the way. Their number; *has_name: there is such a name. */
static unsigned put_records(struct dns_double *d, struct message *m, str name, int code, unsigned depth, bool *has_name)
{
    unsigned count = 0, matching = 0;
    for (size_t i = 0; i < d->row_count; i++) {
        const struct dns_row *row = &d->rows[i];
        bool is_alias = row->code == CODE_CNAME && code != CODE_CNAME;
        if (!str_equal_nocase(str_of(row->name), name))
            continue;
        *has_name = true;
        if (row->code != code && !is_alias)
            continue;
        if (row->trick == DNS_TURNS && matching++ != d->turn)
            continue;
        for (unsigned n = 0; n < (row->times ? row->times : 1); n++, count++)
            put_record(m, row);
        if (is_alias && depth < 4)
            return count + put_records(d, m, str_of(row->data), code, depth + 1, has_name);
    }
    return count;
}

static enum dns_trick trick_of(const struct dns_double *d, str name, int code)
{
    for (size_t i = 0; i < d->row_count; i++)
        if (str_equal_nocase(str_of(d->rows[i].name), name) && (d->rows[i].code == code || d->rows[i].code == CODE_CNAME))
            return d->rows[i].trick;
    return DNS_PLAIN;
}

static void head(struct message *m, unsigned records, unsigned bits)
{
    uint8_t *at = m->at;
    at[2] = (uint8_t)(0x81 | bits >> 8);
    at[3] = (uint8_t)(0x80 | bits);
    memset(at + 4, 0, 8);
    at[5] = 1;
    at[6] = (uint8_t)(records >> 8);
    at[7] = (uint8_t)records;
}

/* False: nothing comes. */
static bool answer(struct dns_double *d, const struct message *question, bool is_tcp, struct message *m)
{
    char text[256];
    size_t at = QUESTION_AT;
    bool has_name = false;
    str name = read_name(question, &at, text, sizeof text);
    NEED(at + 4 <= question->len);
    int code = question->at[at] << 8 | question->at[at + 1];
    enum dns_trick trick = trick_of(d, name, code);
    d->ids[d->questions++ % COUNTOF(d->ids)] = (uint16_t)(question->at[0] << 8 | question->at[1]);
    d->over_tcp += is_tcp;
    if (trick == DNS_SILENT || (trick == DNS_SILENT_TCP && is_tcp))
        return false;
    put(m, question->at, at + 4);
    unsigned count = put_records(d, m, name, code, 0, &has_name);
    if (trick == DNS_TURNS)
        d->turn++;
    bool is_cut = (trick == DNS_TRUNCATED || trick == DNS_SILENT_TCP) && !is_tcp;
    if (is_cut)
        m->len = at + 4;
    head(m, is_cut ? 0 : count, trick == DNS_SERVFAIL ? 2u : is_cut ? 0x200u : has_name ? 0 : 3u);
    m->at[0] = (uint8_t)(m->at[0] ^ (trick == DNS_WRONG_ID));
    if (trick == DNS_WRONG_QUESTION)
        m->at[QUESTION_AT + 1] ^= 1;
    if (trick == DNS_CUT_SHORT)
        m->len -= 2;
    return true;
}

static void serve_udp(struct dns_double *d, uint8_t *in, uint8_t *out)
{
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    struct message reply = {.at = out};
    ssize_t n = recvfrom(d->udp, in, MESSAGE_MOST, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (n > QUESTION_AT && answer(d, &(struct message){in, (size_t)n}, false, &reply))
        (void)!sendto(d->udp, reply.at, reply.len, 0, (struct sockaddr *)&from, size);
}

static void serve_tcp(struct dns_double *d, uint8_t *in, uint8_t *out)
{
    struct message reply = {.at = out};
    int c = accept(d->tcp, NULL, NULL);
    if (c < 0)
        return;
    if (recv(c, in, 2, MSG_WAITALL) == 2) {
        size_t length = (size_t)in[0] << 8 | in[1];
        bool is_whole = length > QUESTION_AT && recv(c, in, length, MSG_WAITALL) == (ssize_t)length;
        if (is_whole && answer(d, &(struct message){in, length}, true, &reply)) {
            uint8_t prefix[2] = {(uint8_t)(reply.len >> 8), (uint8_t)reply.len};
            (void)!send(c, prefix, 2, MSG_NOSIGNAL | MSG_MORE);
            (void)!send(c, reply.at, reply.len, MSG_NOSIGNAL);
        } else {
            (void)!recv(c, in, 1, 0); /* until the other side goes */
        }
    }
    (void)close(c);
}

static void *run(void *self)
{
    struct dns_double *d = self;
    uint8_t *in = malloc(MESSAGE_MOST), *out = malloc(MESSAGE_MOST);
    struct pollfd both[] = {{.fd = d->udp, .events = POLLIN}, {.fd = d->tcp, .events = POLLIN}};
    NEED(in && out);
    /* A listener that is shut down hangs up: that is the end. */
    while (poll(both, 2, -1) >= 0 && !(both[1].revents & (POLLHUP | POLLERR | POLLNVAL))) {
        if (both[0].revents)
            serve_udp(d, in, out);
        if (both[1].revents)
            serve_tcp(d, in, out);
    }
    free(in);
    free(out);
    return NULL;
}

/* The same port for both. */
static bool open_pair(struct dns_double *d)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    d->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    d->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    NEED(bind(d->tcp, (struct sockaddr *)&at, sizeof at) == 0 && listen(d->tcp, 16) == 0);
    NEED(getsockname(d->tcp, (struct sockaddr *)&at, &size) == 0);
    d->port = ntohs(at.sin_port);
    if (bind(d->udp, (struct sockaddr *)&at, sizeof at) == 0)
        return true;
    (void)close(d->tcp);
    (void)close(d->udp);
    return false;
}

void dns_double_open(struct dns_double *d, const struct dns_row *rows, size_t count)
{
    *d = (struct dns_double){.rows = rows, .row_count = count};
    unsigned tries = 0;
    while (!open_pair(d))
        NEED(++tries < 20);
    int n = snprintf(d->text, sizeof d->text, "127.0.0.1:%u", d->port);
    d->at = (str){d->text, (size_t)n};
    NEED(pthread_create(&d->thread, NULL, run, d) == 0);
}

void dns_double_close(struct dns_double *d)
{
    (void)shutdown(d->tcp, SHUT_RDWR);
    (void)pthread_join(d->thread, NULL);
    (void)close(d->tcp);
    (void)close(d->udp);
}

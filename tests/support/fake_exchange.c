#include "tests/support/fake_exchange.h"

#include "base/limits.h"

static enum err read_body(struct exchange *x, void *into, size_t room, size_t *got)
{
    struct fake_exchange *f = x->transport;
    size_t left = f->body.len - f->body_at;
    if (left == 0 && f->body_error != ERR_OK)
        return f->body_error;
    size_t n = left < room ? left : room;
    if (f->body_step > 0 && n > f->body_step)
        n = f->body_step;
    if (f->body_at + n > x->body_max)
        return ERR_TOO_LARGE;
    if (n > 0)
        memcpy(into, f->body.at + f->body_at, n);
    f->body_at += n;
    *got = n;
    return ERR_OK;
}

static void keep_header(struct fake_exchange *f, struct pair h)
{
    for (size_t i = 0; i < h.value.len; i++)
        must(h.value.at[i] != '\r' && h.value.at[i] != '\n' && h.value.at[i] != '\0');
    must(f->header_count < COUNTOF(f->headers));
    f->headers[f->header_count++] =
        (struct pair){arena_copy(f->x.arena, h.name), arena_copy(f->x.arena, h.value)};
}

static void keep_head(struct fake_exchange *f, int status, const struct pair *headers, size_t count)
{
    must(f->x.status_sent == 0 && (status == 101 || status >= 200) && status < 600);
    for (size_t i = 0; i < count; i++)
        keep_header(f, headers[i]);
    for (size_t i = 0; i < f->x.extra_header_count; i++)
        keep_header(f, f->x.extra_headers[i]);
    f->status = f->x.status_sent = status;
    f->answer = S("");
}

static void add_to_answer(struct fake_exchange *f, str bytes)
{
    if (f->x.method == M_HEAD || bytes.len == 0)
        return;
    char *whole = arena_get(f->x.arena, f->answer.len + bytes.len, 1);
    memcpy(whole, f->answer.at, f->answer.len);
    memcpy(whole + f->answer.len, bytes.at, bytes.len);
    f->answer = (str){whole, f->answer.len + bytes.len};
    f->x.bytes_sent = f->answer.len;
}

static void take_answer(struct exchange *x, int status, const struct pair *headers,
                        size_t header_count, str body)
{
    struct fake_exchange *f = x->transport;
    keep_head(f, status, headers, header_count);
    add_to_answer(f, body);
    f->length = body.len;
    f->has_ended = true;
}

static enum err take_begin(struct exchange *x, int status, const struct pair *headers,
                           size_t header_count, uint64_t length)
{
    struct fake_exchange *f = x->transport;
    keep_head(f, status, headers, header_count);
    f->length = length;
    return f->is_gone ? ERR_UNAVAILABLE : ERR_OK;
}

static enum err take_piece(struct exchange *x, str bytes)
{
    struct fake_exchange *f = x->transport;
    must(f->status != 0 && !f->has_ended);
    if (f->is_gone)
        return ERR_UNAVAILABLE;
    add_to_answer(f, bytes);
    must(f->answer.len <= f->length);
    return ERR_OK;
}

static void take_end(struct exchange *x)
{
    struct fake_exchange *f = x->transport;
    must(f->status != 0 && !f->has_ended);
    must(f->is_gone || x->method == M_HEAD || f->length == UINT64_MAX ||
         f->answer.len == f->length);
    f->has_ended = true;
}

static bool is_over(struct exchange *x)
{
    const struct fake_exchange *f = x->transport;
    return f->is_gone;
}

static enum err take_upgrade(struct exchange *x, const struct pair *headers, size_t count)
{
    struct fake_exchange *f = x->transport;
    keep_head(f, 101, headers, count);
    f->length = UINT64_MAX;
    return f->is_gone ? ERR_UNAVAILABLE : ERR_OK;
}

/* What a client says after that is the test's own. */
static enum err receive_nothing(struct exchange *x, int bell, int timeout_ms, void *into, size_t room, size_t *got)
{
    (void)x, (void)bell, (void)timeout_ms, (void)into, (void)room;
    *got = 0;
    return ERR_UNAVAILABLE;
}

static void take_headers(struct exchange *x, const char *lines)
{
    struct pair *pairs = NEW_N(x->arena, struct pair, LIMIT_HEADERS);
    str rest = str_of(lines), line = {0};
    bool ended = rest.len == 0;
    while (str_next(&rest, &ended, '\n', &line)) {
        if (line.len == 0)
            continue;
        str name = {0}, value = {0};
        must(str_cut(line, ':', &name, &value) && x->header_count < LIMIT_HEADERS);
        pairs[x->header_count++] = (struct pair){str_trim(name), str_trim(value)};
    }
    x->headers = pairs;
}

struct fake_exchange *fake_request(struct arena *a, const char *method, const char *target,
                                   const char *headers, str body)
{
    struct fake_exchange *f = NEW(a, struct fake_exchange);
    struct problem why = {.arena = a};
    f->body = body;
    f->x = (struct exchange){
        .arena = a,
        .request_id = S("01TEST00000000000000000000"),
        .peer = S("192.0.2.1"),
        .body_length = body.len,
        .body_max = LIMIT_BODY_BYTES,
        .body = read_body,
        .send = take_answer,
        .begin = take_begin,
        .piece = take_piece,
        .end = take_end,
        .is_over = is_over,
        .upgrade = take_upgrade,
        .receive = receive_nothing,
        .transport = f,
    };
    must(method_of(str_of(method), &f->x.method));
    must(exchange_take_target(&f->x, arena_copy(a, str_of(target)), &why) == ERR_OK);
    take_headers(&f->x, headers == NULL ? "" : headers);
    return f;
}

str fake_header(const struct fake_exchange *f, const char *name)
{
    for (size_t i = 0; i < f->header_count; i++)
        if (str_equal_nocase(f->headers[i].name, str_of(name)))
            return f->headers[i].value;
    return (str){0};
}

size_t fake_header_count(const struct fake_exchange *f, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < f->header_count; i++)
        count += str_equal_nocase(f->headers[i].name, str_of(name));
    return count;
}

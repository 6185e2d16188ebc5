/* The wire's own table is tests/http/test_smuggling.c; here is what does not show on the wire. */
#include "server/head.h"

#include "server/answer.h"
#include "server/chunked.h"
#include "tests/support/check.h"

static void the_end_is_found_however_the_bytes_arrive(void **state)
{
    static const struct {
        str text;
        size_t end;
    } cases[] = {
        {STR("GET / HTTP/1.1\r\nA: b\r\n\r\nrest"), 24},
        {STR("GET / HTTP/1.1\r\nA: b\r\n"), 0},
        {STR("GET / HTTP/1.1\nA: b\n\nrest"), 21},
        {STR("GET / HTTP/1.1\nA: b\n\r\nrest"), 22},
        {STR("\r\nGET / HTTP/1.1\r\n\r\n"), 20},
        {STR("\r\n\r\n"), 0},
        {STR(""), 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str t = cases[i].text;
        CHECK_AT(i);
        CHECK_INT(head_end(t, 0), cases[i].end);
        /* In two pieces, cut anywhere before the end. */
        for (size_t cut = 0; cut <= t.len; cut++) {
            size_t early = head_end(str_slice(t, 0, cut), 0);
            CHECK_INT(early ? early : head_end(t, cut), cases[i].end);
        }
    }
}

static void a_head_is_taken_apart(void **state)
{
    static struct head h;
    (void)state;
    CHECK_ERR(head_read(S("POST http://A.b:8/x/y?q=1 HTTP/1.1\r\nhost: a.B:8\r\nX-One:  1 "
                          "\t\r\nConnection: Close\r\n"
                          "Content-Length: 007\r\nExpect: 100-CONTINUE\r\n\r\n"),
                        &h, NULL),
              ERR_OK);
    CHECK_INT(h.method, M_POST);
    CHECK_INT(h.minor_version, 1);
    CHECK_STR(h.target, S("http://A.b:8/x/y?q=1"));
    CHECK_STR(h.origin_form, S("/x/y?q=1"));
    CHECK_STR(h.host, S("a.B:8"));
    CHECK_INT(h.header_count, 5);
    CHECK_STR(h.headers[1].name, S("X-One"));
    CHECK_STR(h.headers[1].value, S("1"));
    CHECK_INT(h.body_length, 7);
    CHECK(!h.keep_alive && h.expects_continue);
    /* Nothing of the one before is left. */
    CHECK_ERR(head_read(S("GET / HTTP/1.0\r\n\r\n"), &h, NULL), ERR_OK);
    CHECK(h.header_count == 0 && h.body_length == 0 && !h.keep_alive && !h.expects_continue &&
          str_is_absent(h.host));
}

static void hopeless_beginnings_are_known_at_once(void **state)
{
    static char long_line[HEAD_BYTES_MAX];
    (void)state;
    CHECK_ERR(head_hopeless(S(""), NULL), ERR_OK);
    CHECK_ERR(head_hopeless(S("G"), NULL), ERR_OK);
    CHECK_ERR(head_hopeless(S("\r"), NULL), ERR_OK);
    CHECK_ERR(head_hopeless(S("\x16\x03"), NULL), ERR_BAD_INPUT);
    CHECK_ERR(head_hopeless(S("{"), NULL), ERR_BAD_INPUT);
    memset(long_line, 'a', sizeof long_line);
    CHECK_ERR(head_hopeless((str){long_line, sizeof long_line}, NULL), ERR_TARGET_TOO_LONG);
    long_line[20] = '\n';
    CHECK_ERR(head_hopeless((str){long_line, sizeof long_line}, NULL), ERR_HEAD_TOO_LARGE);
}

/* The data of a chunked body that arrives in pieces of `step` bytes. Returns bytes of input used.
 */
static size_t unchunk(str in, size_t step, char *out, size_t *out_len, enum err *e)
{
    struct chunked c = {0};
    size_t at = 0;
    *out_len = 0;
    *e = ERR_OK;
    while (at < in.len && c.state != CHUNKED_DONE) {
        str piece = str_slice(in, at, at + step);
        size_t used;
        *e = chunked_frame(&c, piece, &used, NULL);
        if (*e != ERR_OK)
            return at;
        at += used;
        piece = str_slice(piece, used, piece.len);
        if (c.state != CHUNKED_DATA)
            continue;
        size_t n = piece.len < c.left ? piece.len : (size_t)c.left;
        if (n > 0) {
            memcpy(out + *out_len, piece.at, n);
            *out_len += n;
            chunked_took(&c, n);
            at += n;
        }
    }
    if (c.state != CHUNKED_DONE)
        *e = ERR_TIMEOUT; /* more is needed */
    return at;
}

static void chunks_are_the_same_in_pieces_of_any_size(void **state)
{
    static const struct {
        str in;
        enum err e;
        str out;
        size_t left;
    } cases[] = {
        {STR("3\r\nabc\r\n0\r\n\r\nGET"), ERR_OK, STR("abc"), 3},
        {STR("3;x=\"y\"\r\nabc\r\n0A\r\n0123456789\r\n00;z\r\nT: u\r\nV: w\r\n\r\n"), ERR_OK,
         STR("abc0123456789"), 0},
        {STR("0\r\n\r\n"), ERR_OK, STR(""), 0},
        {STR("3\r\nabc\r\n0\r\n"), ERR_TIMEOUT, STR("abc"), 0},
        {STR("3\r\nab"), ERR_TIMEOUT, STR("ab"), 0},
        {STR("g\r\n"), ERR_BAD_INPUT, STR(""), 3},
        {STR("3\r\nabcd"), ERR_BAD_INPUT, STR("abc"), 1},
    };
    char out[64];
    size_t len;
    enum err e;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++)
        for (size_t step = 1; step <= cases[i].in.len; step++) {
            CHECK_AT(i);
            size_t used = unchunk(cases[i].in, step, out, &len, &e);
            CHECK_ERR(e, cases[i].e);
            CHECK_STR(((str){out, len}), cases[i].out);
            if (e == ERR_OK)
                CHECK_INT(cases[i].in.len - used, cases[i].left);
        }
}

static void an_answers_head_is_written(void **state)
{
    struct buf b = {0};
    static const struct pair headers[] = {{STR("Content-Type"), STR("text/plain")}},
                             extra[] = {{STR("ETag"), STR("\"1\"")}};
    (void)state;
    buf_init(&b, NULL, 4096);
    answer_head(&b, &(struct answer){.status = 200,
                                     .keep_alive = true,
                                     .minor_version = 1,
                                     .has_length = true,
                                     .length = 3,
                                     .date = S("D"),
                                     .request_id = S("R"),
                                     .standing = S("S: t\r\n"),
                                     .headers = headers,
                                     .header_count = 1,
                                     .extra = extra,
                                     .extra_count = 1});
    CHECK_STR(buf_str(&b),
              S("HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 3\r\nX-Request-Id: R\r\nS: t\r\n"
                "Content-Type: text/plain\r\nETag: \"1\"\r\nCache-Control: no-store\r\n\r\n"));
    buf_clear(&b);
    static const struct pair cached[] = {{STR("cache-control"), STR("no-cache")}};
    answer_head(&b, &(struct answer){.status = 299,
                                     .is_chunked = true,
                                     .has_length = true,
                                     .headers = cached,
                                     .header_count = 1});
    CHECK_STR(buf_str(&b), S("HTTP/1.1 299 Status\r\nTransfer-Encoding: chunked\r\nConnection: "
                             "close\r\ncache-control: no-cache\r\n\r\n"));
    buf_clear(&b);
    answer_head(&b, &(struct answer){.status = 204,
                                     .keep_alive = true,
                                     .minor_version = 1,
                                     .is_private = true,
                                     .headers = cached,
                                     .header_count = 1});
    CHECK_STR(buf_str(&b), S("HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n"));
    buf_free(&b);
}

static void dates_are_written_as_http_wants_them(void **state)
{
    char date[HTTP_DATE_LENGTH + 1];
    (void)state;
    http_date(784111777, date);
    CHECK_STR(str_of(date), S("Sun, 06 Nov 1994 08:49:37 GMT"));
    http_date(0, date);
    CHECK_STR(str_of(date), S("Thu, 01 Jan 1970 00:00:00 GMT"));
}

CHECK_MAIN(TEST(the_end_is_found_however_the_bytes_arrive), TEST(a_head_is_taken_apart),
           TEST(hopeless_beginnings_are_known_at_once),
           TEST(chunks_are_the_same_in_pieces_of_any_size), TEST(an_answers_head_is_written),
           TEST(dates_are_written_as_http_wants_them))

/* What is accepted as a head has one reading: written out in its plainest form it is accepted again
 * and says the same. Its lines, looked at without head.c's eyes, hold nothing ambiguous. */
#include "tests/support/fuzz.h"

#include "base/buf.h"
#include "server/head.h"

static void check_lines(str raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == '\n')
            must(i > 0 && raw.at[i - 1] == '\r');
        if (raw.at[i] == '\r')
            must(i + 1 < raw.len && raw.at[i + 1] == '\n');
        must(raw.at[i] != 0 && raw.at[i] != 0x7f);
        if (i > 0 && raw.at[i - 1] == '\n')
            must(raw.at[i] != ' ' && raw.at[i] != '\t');
    }
}

static void check_lengths(const struct head *h)
{
    unsigned hosts = 0, lengths = 0, codings = 0;
    for (size_t i = 0; i < h->header_count; i++) {
        str name = h->headers[i].name;
        hosts += str_equal_nocase(name, S("host"));
        lengths += str_equal_nocase(name, S("content-length"));
        codings += str_equal_nocase(name, S("transfer-encoding"));
        must(!str_contains(name, S(" ")) && !str_contains(name, S(":")));
    }
    must(hosts <= 1 && lengths + codings <= 1);
    must(codings == (h->body_length == UINT64_MAX));
    must(lengths == 1 || h->body_length == 0 || codings == 1);
}

static str write_plainly(struct arena *a, const struct head *h)
{
    struct buf b;
    str name = method_name(h->method), text;
    buf_init(&b, a, 1 << 20);
    buf_format(&b, STR_FMT " " STR_FMT " HTTP/1.%u\r\n", STR_ARG(name), STR_ARG(h->target),
               h->minor_version);
    for (size_t i = 0; i < h->header_count; i++) {
        buf_add(&b, h->headers[i].name);
        buf_byte(&b, ':');
        buf_add(&b, h->headers[i].value);
        buf_add(&b, S("\r\n"));
    }
    buf_add(&b, S("\r\n"));
    must(buf_done(&b, &text) == ERR_OK);
    return text;
}

static void check_path(struct arena *a, const struct head *h)
{
    struct exchange x = {.arena = a};
    struct problem why = {.arena = a};
    if (str_equal(h->origin_form, S("*")) ||
        exchange_take_target(&x, h->origin_form, &why) != ERR_OK)
        return;
    for (size_t i = 0; i < x.segment_count; i++) {
        str s = x.segments[i];
        must(s.len > 0 && !str_equal(s, S(".")) && !str_equal(s, S("..")));
        must(memchr(s.at, '/', s.len) == NULL && memchr(s.at, 0, s.len) == NULL &&
             memchr(s.at, '\\', s.len) == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct head h, again;
    str raw = {(const char *)data, size};
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    size_t end = head_end(raw, 0);
    if (end > 0) {
        must(end <= size);
        raw.len = end;
        if (head_hopeless(raw, &why) == ERR_OK && head_read(raw, &h, &why) == ERR_OK) {
            check_lines(raw);
            check_lengths(&h);
            must(head_read(write_plainly(a, &h), &again, &why) == ERR_OK);
            must(again.method == h.method && str_equal(again.target, h.target) &&
                 again.header_count == h.header_count);
            must(str_equal(again.origin_form, h.origin_form) && str_equal(again.host, h.host));
            must(again.body_length == h.body_length && again.keep_alive == h.keep_alive);
            check_path(a, &h);
        } else {
            must(why.err != ERR_OK && why.text.len > 0);
        }
    }
    arena_close(a);
    return 0;
}

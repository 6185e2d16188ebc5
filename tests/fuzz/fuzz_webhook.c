/* What is filled into a template is JSON again; what a receiver says of when to come back is within bounds; a header that was
 * read is one that may be sent. The input: a template, a zero byte, what it is filled from. */
#include "base/limits.h"
#include "content/system/site/webhook_headers.h"
#include "roles/webhooks/part.h"
#include "tests/support/fuzz.h"

static void fill(struct arena *a, str template, str from)
{
    const struct json *t = NULL, *f = NULL, *back = NULL;
    struct problem why = {.arena = a};
    struct buf out;
    if (json_read(a, template, NULL, S(""), &t, &why) != ERR_OK || json_read(a, from, NULL, S(""), &f, &why) != ERR_OK)
        return;
    buf_init(&out, a, LIMIT_WEBHOOK_BODY_BYTES);
    if (webhook_fill(&out, t, f, &why) != ERR_OK)
        return;
    /* What is deep within what is deep is deeper than our own reader goes. */
    must(json_read(a, buf_str(&out), NULL, S(""), &back, &why) == ERR_OK || str_equal(why.faults[0].rule, S("json-depth")));
}

static void read_headers(struct arena *a, str lines)
{
    struct pair pairs[LIMIT_WEBHOOK_HEADERS];
    struct problem why = {.arena = a};
    size_t count = 0;
    enum err e = webhook_headers_read(a, lines, S("/h"), pairs, &count, &why);
    must((e == ERR_OK) == (why.fault_count == 0) && count <= LIMIT_WEBHOOK_HEADERS);
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        must(webhook_header_check(pairs[i].name, pairs[i].value, S("/h"), &why) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str all = {(const char *)data, size}, template, from;
    if (size > 16384)
        return 0;
    struct arena *a = arena_open(4096);
    if (str_cut(all, '\0', &template, &from))
        fill(a, template, from);
    read_headers(a, all);
    int64_t ms = webhook_retry_after_ms(all, INT64_C(784111740000));
    must(ms >= -1 && ms <= LIMIT_WEBHOOK_RETRY_AFTER_S * INT64_C(1000));
    arena_close(a);
    return 0;
}

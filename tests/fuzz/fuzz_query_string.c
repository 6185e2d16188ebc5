/* A query that is accepted, written again from its pairs, is accepted and means the same. */
#include "base/http.h"
#include "base/utf8.h"
#include "tests/support/fuzz.h"

static str write_again(struct arena *a, const struct query_string *q)
{
    struct buf b;
    buf_init(&b, a, 1 << 20);
    for (size_t i = 0; i < q->count; i++) {
        buf_byte(&b, '&');
        buf_percent(&b, q->pairs[i].name);
        buf_byte(&b, '=');
        buf_percent(&b, q->pairs[i].value);
    }
    return buf_str(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 8192)
        return 0;
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a}, never = {.arena = a};
    struct query_string once = {0}, twice = {0};
    if (query_string_read(a, (str){(const char *)data, size}, &once, &why) == ERR_OK) {
        must(query_string_read(a, write_again(a, &once), &twice, &never) == ERR_OK);
        must(once.count == twice.count);
        for (size_t i = 0; i < once.count; i++) {
            must(str_equal(once.pairs[i].name, twice.pairs[i].name));
            must(str_equal(once.pairs[i].value, twice.pairs[i].value));
            must(utf8_valid(once.pairs[i].name) && utf8_valid(once.pairs[i].value));
        }
    } else {
        must(why.err == ERR_BAD_INPUT && why.text.len > 0 && once.pairs == NULL);
    }
    arena_close(a);
    return 0;
}

/* What somebody types into a search box: terms are pieces of it, each has something to look for, and there are not
 * too many. The same bytes as HTML give text without tags of ours. */
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "content/search/plain_text.h"
#include "content/search/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct query q = {0};
    struct search s = {0};
    struct buf plain, escaped;
    str text = {size ? (const char *)data : "", size};
    bool looks = false;

    if (search_read(a, &q, text, &s, &why) == ERR_OK) {
        must(s.term_count > 0 && s.term_count <= LIMIT_SEARCH_TERMS && size <= LIMIT_SEARCH_BYTES);
        for (size_t i = 0; i < s.term_count; i++) {
            const struct term *t = &s.terms[i];
            must(t->words.len > 0 && t->words.at >= text.at && t->words.at + t->words.len <= text.at + text.len);
            must(t->in == NULL && utf8_valid(t->words));
            looks |= !t->without;
        }
        must(looks);
    } else {
        must(why.fault_count == 1);
    }
    buf_init(&plain, a, 1u << 22);
    plain_html(&plain, text);
    must(plain.failed || plain.len <= 3 * size + 3);
    must(!utf8_valid(text) || utf8_valid(buf_str(&plain)));
    buf_init(&escaped, a, 1u << 22);
    escape_html(&escaped, text);
    for (size_t i = 0; i < escaped.len; i++)
        must(escaped.at[i] != '<' && escaped.at[i] != '>' && escaped.at[i] != '"' && escaped.at[i] != '\'');
    arena_close(a);
    return 0;
}

/* Prefer: count=exact (RFC 7240, in PostgREST's words): the number of items goes into Content-Range, so that
 * the answer's own shape stays what it is. */
#include "api/content/content.h"

#include "api/etag.h"

static const struct {
    str word;
    enum count_mode mode;
} words[] = {
    {STR("exact"), COUNT_EXACT},
    {STR("estimated"), COUNT_ESTIMATED},
    {STR("planned"), COUNT_ESTIMATED},
};

/* What is not understood is passed over, as the RFC wants it; ?count= has the last word. */
void content_prefer(const struct exchange *x, struct content_params *p, struct query *q, struct etag *tag)
{
    str rest = exchange_header(x, S("prefer")), piece, name, value;
    bool ended = str_is_absent(rest);
    if (p->says_count)
        return;
    while (!ended && str_next(&rest, &ended, ',', &piece)) {
        if (!str_cut(str_trim(piece), '=', &name, &value) || !str_equal_nocase(str_trim(name), S("count")))
            continue;
        for (size_t i = 0; i < COUNTOF(words); i++) {
            if (!str_equal_nocase(str_trim(value), words[i].word))
                continue;
            q->count = words[i].mode;
            p->prefers_count = true;
            tag->moment = tag->moment * 31 + i + 1; /* another answer at the same address */
        }
    }
}

/* Where a page lies is known when nothing but skip led to it. */
void content_say_range(struct exchange *x, const struct content_params *p, const struct query *q,
                       const struct page *page)
{
    if (!p->prefers_count)
        return;
    bool knows_where = page->rows > 0 && !q->after.at && !q->before.at;
    str range = knows_where
                    ? arena_format(x->arena, "items %u-%llu/%llu", q->skip,
                                   (unsigned long long)(q->skip + page->rows - 1), (unsigned long long)page->total)
                    : arena_format(x->arena, "items */%llu", (unsigned long long)page->total);
    exchange_add_header(x, S("Content-Range"), range);
    exchange_add_header(x, S("Preference-Applied"),
                        page->is_estimate || q->count == COUNT_ESTIMATED ? S("count=estimated") : S("count=exact"));
    exchange_add_header(x, S("Vary"), S("Prefer"));
}

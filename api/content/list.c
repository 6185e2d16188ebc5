/* Listings: one page of one, all pages of one, and where the next page is. */
#include "api/content/content.h"
#include "base/limits.h"

/* Cockpit's clients get the total by sending limit and skip; count=none spares them the counting.
 */
static bool counts_by_habit(const struct content_params *p)
{
    return p->has_limit && p->has_skip && !p->says_count;
}

static bool wants_meta(const struct content_params *p)
{
    return (p->has_limit && p->has_skip) || p->says_count || (p->has_cursor && !p->keeps_bare);
}

void content_settle_count(const struct content_params *p, struct query *q)
{
    if (counts_by_habit(p))
        q->count = COUNT_EXACT;
}

void content_write_meta(struct json_writer *w, const struct content_params *p,
                        const struct query *q, const struct page *page)
{
    if (!wants_meta(p))
        return;
    json_name(w, S("meta"));
    json_map_open(w);
    if (q->count != COUNT_NONE) {
        json_name(w, S("total"));
        json_uint(w, page->total);
    }
    if (page->is_estimate) {
        json_name(w, S("estimated"));
        json_bool(w, true);
    }
    json_name(w, S("count"));
    json_uint(w, page->rows);
    json_name(w, S("cursor"));
    if (page->has_more)
        json_text(w, page->next);
    else
        json_nothing(w);
    if (p->has_cursor) {
        json_name(w, S("prev"));
        if (page->prev.len)
            json_text(w, page->prev);
        else
            json_nothing(w);
    }
    json_map_close(w);
}

enum err content_write_list(struct exchange *x, struct api *api, struct query *q,
                            const struct content_params *p, struct json_writer *w,
                            struct page *page, struct problem *why)
{
    struct item_writer items;
    bool meta = wants_meta(p);
    content_settle_count(p, q);
    if (meta) {
        json_map_open(w);
        json_name(w, S("data"));
    }
    json_list_open(w);
    item_writer_init(&items, w);
    TRY(gate_read(api->gate, x->who, q, &items.receiver, page, why));
    json_list_close(w);
    if (meta) {
        content_write_meta(w, p, q, page);
        json_map_close(w);
    }
    return ERR_OK;
}

/* As the client wrote it, with what may not stand in a header or between < and > escaped. */
static void add_raw(struct buf *b, str piece)
{
    static const char refused[] = "<>\"\\^`{|}";
    for (size_t i = 0; i < piece.len; i++) {
        unsigned char c = (unsigned char)piece.at[i];
        if (c > ' ' && c < 0x7f && !strchr(refused, c))
            buf_byte(b, piece.at[i]);
        else
            buf_format(b, "%%%02X", c);
    }
}

static bool is_left_behind(struct arena *a, str piece)
{
    static const str names[] = {STR("cursor"), STR("before"), STR("skip"), STR("api_key")};
    str raw, name, value;
    (void)str_cut(piece, '=', &raw, &value);
    if (!percent_decode(a, raw, true, &name))
        return true;
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* Other pages look like this one: the total goes on being counted, and a bare array stays one, which a
 * cursor alone would not (the mark is content_params_read's). */
static void add_link(struct exchange *x, const struct content_params *p, struct buf *b, const char *name, str cursor,
                     const char *rel)
{
    str rest = x->query, piece;
    bool ended = rest.len == 0;
    buf_add(b, b->len ? S(", <") : S("<"));
    add_raw(b, x->path);
    buf_byte(b, '?');
    while (str_next(&rest, &ended, '&', &piece)) {
        if (piece.len == 0 || is_left_behind(x->arena, piece))
            continue;
        add_raw(b, piece);
        buf_byte(b, '&');
    }
    if (counts_by_habit(p))
        buf_add(b, S("count=exact&"));
    buf_format(b, "%s=%s" STR_FMT ">; rel=\"%s\"", name, wants_meta(p) ? "" : CURSOR_OF_BARE, STR_ARG(cursor), rel);
}

void content_link_next(struct exchange *x, const struct content_params *p, const struct page *page)
{
    struct buf b;
    str link;
    buf_init(&b, x->arena, (size_t)6 * LIMIT_TARGET_BYTES);
    if (page->has_more)
        add_link(x, p, &b, "cursor", page->next, "next");
    if (page->prev.len)
        add_link(x, p, &b, "before", page->prev, "prev");
    if (b.len && buf_done(&b, &link) == ERR_OK)
        exchange_add_header(x, S("Link"), link);
}

enum err content_read_all(struct exchange *x, struct api *api, struct query *q, uint64_t max,
                          struct item_list *out, bool *has_more, struct problem *why)
{
    struct page page = {.has_more = true};
    size_t first = out->count;
    while (page.has_more && out->count - first < max) {
        uint64_t left = max - (out->count - first);
        q->limit = left < LIMIT_ROWS ? (uint32_t)left : LIMIT_ROWS;
        TRY(gate_read(api->gate, x->who, q, &out->receiver, &page, why));
        q->after = page.next;
        q->skip = 0; /* is behind the cursor now */
    }
    *has_more = page.has_more;
    return ERR_OK;
}

void content_narrow(struct arena *a, struct query *q, const struct field *f, str value)
{
    const struct filter *only = filter_test(a, f, TEST_EQ, json_of_text(value));
    q->where = filter_and(a, only, q->where ? q->where : &filter_all);
}

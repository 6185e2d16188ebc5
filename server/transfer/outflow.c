#include "server/transfer/outflow.h"

#include "base/limits.h"
#include "content/languages/languages.h"

struct line_receiver {
    struct receiver receiver; /* first */
    struct item_writer items;
    struct json_writer json;
    struct buf line;
    FILE *to;
    bool failed;
};

static enum err write_line(struct receiver *self, const struct plan_node *node, const struct row *row,
                           struct problem *why)
{
    struct line_receiver *l = (struct line_receiver *)(void *)self;
    buf_clear(&l->line);
    json_begin(&l->json, &l->line);
    TRY(l->items.receiver.row(&l->items.receiver, node, row, why));
    buf_byte(&l->line, '\n');
    l->failed |= fwrite(l->line.at, 1, l->line.len, l->to) != l->line.len;
    return ERR_OK;
}

enum err outflow_items(struct app *app, const struct principal *who, const struct collection *in, FILE *to,
                       struct problem *why)
{
    struct line_receiver l = {.receiver = {.row = write_line}, .to = to};
    struct page page = {.has_more = true};
    struct arena *pages[2] = {arena_open(64u << 10), arena_open(64u << 10)}; /* a cursor is from the page before */
    str cursor = {0};
    enum err e = ERR_OK;
    struct arena *whole = arena_open(4096);
    const struct languages *languages = model_languages(principal_model(who));
    const struct lens *lens = NULL;
    if (languages->count > 0)
        e = lens_read(whole, languages, &(struct lens_wish){.locale = S("all")}, &lens, why);
    buf_init(&l.line, NULL, LIMIT_RESPONSE_BYTES);
    item_writer_init(&l.items, &l.json);
    for (unsigned n = 0; e == ERR_OK && page.has_more && !l.failed; n++) {
        struct arena *a = pages[n % 2];
        struct problem inner = {.arena = a};
        struct query q = {.from = in, .limit = LIMIT_ROWS, .after = cursor, .lens = lens};
        query_all_fields(a, &q, NULL);
        e = gate_read(app->gate, who, &q, &l.receiver, &page, &inner);
        if (e != ERR_OK)
            e = problem_set(why, e, STR_FMT, STR_ARG(inner.text));
        cursor = page.has_more ? page.next : (str){0};
        arena_reset(pages[(n + 1) % 2]);
    }
    buf_free(&l.line);
    arena_close(whole);
    arena_close(pages[0]);
    arena_close(pages[1]);
    return l.failed ? problem_set(why, ERR_UNAVAILABLE, "The output cannot be written") : e;
}

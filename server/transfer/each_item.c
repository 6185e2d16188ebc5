#include "server/transfer/each_item.h"

#include "base/limits.h"
#include "content/filter/filter.h"

/* What the wish wants of them. */
static enum err read_condition(const struct principal *who, const struct item_wish *wish, struct arena *a, struct query *q, struct problem *why)
{
    const struct json *text;
    const struct json_options dialect = {.dialect = JSON_5};
    const struct filter_options options = {.dialect = JSON_STRICT, .where = STR("filter")};
    q->where = &filter_all;
    if (wish->filter) {
        TRY(json_read(a, str_of(wish->filter), &dialect, S("filter"), &text, why));
        TRY(filter_read(a, principal_model(who), q->from, text, &options, &q->where, why));
    }
    if (!str_is_absent(wish->is))
        q->where = filter_and(a, q->where, filter_test(a, collection_field(q->from, wish->is), TEST_EQ, json_of_text(wish->value)));
    return ERR_OK;
}

static void choose_fields(const struct item_wish *wish, struct arena *a, struct query *q)
{
    if (wish->every_field) {
        query_all_fields(a, q, NULL);
        return;
    }
    q->outputs = NEW_N(a, struct output, wish->field_count + 1);
    q->outputs[q->output_count++] = (struct output){.field = &q->from->fields[META_ID]};
    for (size_t i = 0; i < wish->field_count; i++)
        q->outputs[q->output_count++] = (struct output){.field = collection_field(q->from, wish->fields[i])};
}

static enum err read_page(struct app *app, const struct principal *who, const struct item_wish *wish, str after, struct item_sink *sink,
                          struct arena *a, struct page *page, struct problem *why)
{
    const struct collection *in = model_find(principal_model(who), wish->collection);
    struct item_list list;
    struct query q = {.from = in, .limit = LIMIT_ROWS, .after = after};
    must(in != NULL);
    TRY(read_condition(who, wish, a, &q, why));
    choose_fields(wish, a, &q);
    item_list_init(&list, a);
    TRY(gate_read(app->gate, who, &q, &list.receiver, page, why));
    for (size_t i = 0; i < list.count; i++)
        TRY(sink->item(sink, &list.items[i], a));
    return ERR_OK;
}

enum err each_item(struct app *app, const struct principal *who, const struct item_wish *wish, struct item_sink *sink, struct problem *why)
{
    struct arena *pages[2] = {arena_open(64u << 10), arena_open(64u << 10)}; /* a cursor is from the page before */
    struct page page = {.has_more = true};
    enum err e = ERR_OK;
    str after = {0};
    for (unsigned n = 0; e == ERR_OK && page.has_more; n++) {
        struct problem inner = {.arena = pages[n % 2]};
        e = read_page(app, who, wish, after, sink, pages[n % 2], &page, &inner);
        if (e != ERR_OK && why->err == ERR_OK) /* a sink says its own */
            e = problem_set(why, e, STR_FMT, STR_ARG(inner.text));
        after = page.has_more ? page.next : (str){0};
        arena_reset(pages[(n + 1) % 2]);
    }
    arena_close(pages[0]);
    arena_close(pages[1]);
    return e;
}

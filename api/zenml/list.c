/* Lists: page, size, sort_by, and conditions by column names joined by logical_operator. What else narrows a list
 * stands outside of that: no "or" of a client reaches over it (zenml-tokens.md 11). */
#include "api/answer.h"
#include "api/zenml/zenml.h"
#include "base/limits.h"

struct list_wish {
    int64_t page, size;
    str sort_by, join;
    bool hydrate;
};
static const str joins[] = {STR("and"), STR("or"), {0}};
/* clang-format off */
static const struct fast_field list_fields[] = {
    {.name = STR("page"), .kind = FAST_INT, .offset = offsetof(struct list_wish, page), .least = 1, .most = INT32_MAX},
    {.name = STR("size"), .kind = FAST_INT, .offset = offsetof(struct list_wish, size), .least = 1, .most = LIMIT_ROWS},
    {.name = STR("sort_by"), .kind = FAST_TEXT, .offset = offsetof(struct list_wish, sort_by)},
    {.name = STR("logical_operator"), .kind = FAST_WORD, .offset = offsetof(struct list_wish, join), .words = joins},
    {.name = STR("hydrate"), .kind = FAST_BOOL, .offset = offsetof(struct list_wish, hydrate)},
};
/* clang-format on */
static const struct fast_shape list_shape = {list_fields, COUNTOF(list_fields), sizeof(struct list_wish), false};

struct reading {
    struct exchange *x;
    const struct zenml_resource *of;
    struct fast_faults faults;
    const struct pair *pairs; /* a name that stands there twice is two conditions */
    size_t count;
    struct list_wish wish;
};

static enum err read_pairs(struct reading *r, struct problem *why)
{
    struct pair *pairs = NEW_N(r->x->arena, struct pair, LIMIT_QUERY_PARAMETERS);
    str rest = r->x->query, piece;
    bool ended = rest.len == 0;
    while (str_next(&rest, &ended, '&', &piece)) {
        struct query_string one;
        if (piece.len == 0)
            continue;
        TRY(query_string_read(r->x->arena, piece, &one, why));
        if (r->count == LIMIT_QUERY_PARAMETERS)
            return problem_set(why, ERR_BAD_INPUT, "The query has more than %u parameters", LIMIT_QUERY_PARAMETERS);
        pairs[r->count++] = one.pairs[0];
    }
    r->pairs = pairs;
    return ERR_OK;
}

static void fault_of(struct reading *r, str name, str text, str input)
{
    struct json *steps = NEW_N(r->x->arena, struct json, 2), value = json_of_text(input);
    steps[0] = json_of_text(S("query"));
    steps[1] = json_of_text(name);
    fast_add(&r->faults, json_of_list(steps, 2), "value_error", text, &value, NULL);
}

static const struct zenml_column *column_of(const struct zenml_resource *of, str name)
{
    for (size_t i = 0; i < of->column_count; i++)
        if (str_equal(of->columns[i].name, name))
            return &of->columns[i];
    return NULL;
}

/* The client's conditions; names that are no column are passed over, as there. */
static struct json conditions(struct reading *r)
{
    struct json *list = NEW_N(r->x->arena, struct json, r->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct zenml_column *c = column_of(r->of, r->pairs[i].name);
        str text = {0};
        if (c && zenml_condition(r->x->arena, c, r->pairs[i].value, &list[count], &text))
            count++;
        else if (c)
            fault_of(r, c->name, text, r->pairs[i].value);
    }
    struct json *member = NEW(r->x->arena, struct json);
    bool is_or = str_equal(r->wish.join, S("or"));
    *member = json_named(is_or ? S("$or") : S("$and"), json_of_list(list, count));
    return count ? json_of_map(member, 1) : json_of_map(&json_null, 0);
}

static void sort_by(struct reading *r, struct query *q)
{
    str direction, name, text = r->wish.sort_by;
    if (!str_cut(text, ':', &direction, &name))
        name = text, direction = S("asc");
    const struct zenml_column *c = column_of(r->of, name);
    const struct field *f = c && c->type != ZENML_NULL ? collection_field(q->from, c->field) : NULL;
    bool down = str_equal(direction, S("desc"));
    if (!c)
        fault_of(r, S("sort_by"), arena_format(r->x->arena, "Value error, there is no column " STR_FMT, STR_ARG(name)), text);
    if (f)
        q->sort[q->sort_count++] = (struct sort){.by = f, .down = down != (c->type == ZENML_OFF)};
    if (!f || f->index != META_ID)
        q->sort[q->sort_count++] = (struct sort){.by = &q->from->fields[META_ID], .down = false};
}

static enum err make_query(struct reading *r, const struct json *also, struct query *q, struct problem *why)
{
    struct filter_options options = {.reader = r->x->who->rights, .where = S("filter")};
    const struct filter *asked = NULL, *more = NULL;
    struct arena *a = r->x->arena;
    struct json wanted = conditions(r);
    sort_by(r, q);
    if (r->faults.count)
        return ERR_OK;
    TRY(filter_read(a, principal_model(r->x->who), q->from, &wanted, &options, &asked, why));
    TRY(filter_read(a, principal_model(r->x->who), q->from, also, &options, &more, why));
    q->where = filter_and(a, more, asked);
    q->count = COUNT_EXACT;
    q->limit = (uint32_t)r->wish.size;
    query_all_fields(a, q, NULL);
    return ERR_OK;
}

static void write_page(struct zenml_show *s, const struct list_wish *wish, uint64_t total, uint64_t pages,
                       const struct item_list *items)
{
    struct json_writer *w = s->to;
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {{"index", (uint64_t)wish->page}, {"max_size", (uint64_t)wish->size}, {"total_pages", pages}, {"total", total}};
    json_map_open(w);
    for (size_t i = 0; i < COUNTOF(figures); i++) {
        json_name(w, str_of(figures[i].name));
        json_uint(w, figures[i].value);
    }
    json_name(w, S("items"));
    json_list_open(w);
    for (size_t i = 0; i < items->count; i++)
        zenml_write(s, &items->items[i]);
    json_list_close(w);
    json_map_close(w);
}

static enum err read_page(struct exchange *x, struct api *api, const struct list_wish *wish, struct query *q,
                          struct item_list *items, struct page *page, struct problem *why)
{
    uint64_t skip = (uint64_t)(wish->page - 1) * (uint64_t)wish->size;
    q->skip = skip < LIMIT_SKIP ? (uint32_t)skip : LIMIT_SKIP; /* beyond the end in any case */
    item_list_init(items, x->arena);
    return gate_read(api->gate, x->who, q, &items->receiver, page, why);
}

enum err zenml_list(struct zenml_show *s, struct api *api, const struct json *also, struct problem *why)
{
    struct exchange *x = s->x;
    struct reading r = {.x = x, .of = s->of, .wish = {.page = 1, .size = 20, .sort_by = S("created"), .join = S("and")}};
    struct query q = {0};
    struct item_list items;
    struct page page = {0};
    struct answer a;
    str body = {0};
    TRY(zenml_collection(x, api, s->of, &q.from, why));
    TRY(gate_allows(x->who, VERB_READ, q.from, why));
    TRY(read_pairs(&r, why));
    fast_begin(&r.faults, x);
    fast_values(&r.faults, "query", r.pairs, r.count, &list_shape, &r.wish);
    TRY(make_query(&r, also, &q, why));
    if (r.faults.count)
        return fast_refuse(x, &r.faults);
    TRY(read_page(x, api, &r.wish, &q, &items, &page, why));
    uint64_t size = (uint64_t)r.wish.size, pages = page.total ? (page.total + size - 1) / size : 1;
    if ((uint64_t)r.wish.page > pages)
        return problem_set(why, ERR_BAD_INPUT,
                           "Invalid page %lld. The requested page size is %llu and there are a total of %llu items for this "
                           "query. The maximum page value therefore is %llu.",
                           (long long)r.wish.page, (unsigned long long)size, (unsigned long long)page.total,
                           (unsigned long long)pages);
    answer_begin(x, &a);
    s->to = &a.json;
    s->hydrate = r.wish.hydrate;
    write_page(s, &r.wish, page.total, pages, &items);
    TRY(answer_end(&a, &body, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

/* A listing page by page is the listing: for random orders, whatever is null or equal, and for pages of
 * any length; and it is in order by the law's own comparison. */
#include "tests/differ/chance.h"
#include "tests/support/check.h"

#include "base/limits.h"
#include "content/kind.h"

#define ITEMS 40
#define ROUNDS 25
#define ORDERS 40

struct keys {
    struct cell cells[LIMIT_SORT_KEYS + 1];
};

struct listing {
    struct row_sink sink; /* first */
    struct arena *arena;
    const struct plan *plan; /* that is being read */
    struct keys *rows;
    size_t count;
};

static enum err take_keys(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct listing *l = (struct listing *)(void *)self;
    (void)why;
    struct cell *cells = l->rows[l->count].cells;
    must(l->count < ITEMS * 4);
    size_t count = plan_keys(l->plan->root, row->cells, cells);
    for (size_t i = 0; i < count; i++)
        if (cells[i].type == CELL_TEXT)
            cells[i].text = arena_copy(l->arena, cells[i].text);
    l->count++;
    return ERR_OK;
}

static bool can_sort(const struct collection *in, size_t i)
{
    const struct field *f = &in->fields[i];
    enum column c = f->kind->column;
    return field_set_has(&in->all_fields, i) && c != COLUMN_NONE && c != COLUMN_JSON;
}

static enum func any_function(struct chance *c, const struct field *f)
{
    enum func func = (enum func)(1 + chance_of(c, FUNC_COUNT_OF - 1));
    bool is_id = f->is_meta && f->index == META_ID;
    if (!chance_one_in(c, 2) || (func == FUNC_RANDOM ? !is_id : !func_takes(func, f)) || (f->kind->flags & KIND_DEEP))
        return FUNC_NONE;
    return func == FUNC_COUNT || f->kind->column != COLUMN_JSON ? func : FUNC_NONE;
}

/* A key behind a reference, or how many refer: behind the item's own, so that cells come in the order of the keys. */
static void add_far_key(struct chance *c, struct query *q)
{
    const struct collection *in = q->from;
    struct sort key = {.down = q->sort_count ? q->sort[q->sort_count - 1].down : chance_one_in(c, 2)};
    const struct field *f = &in->fields[chance_of(c, in->field_count)];
    f = field_is_polymorphic(f) ? &f->into[chance_of(c, f->target_count)] : f;
    bool leads = (f->kind->flags & KIND_REF) && !f->many && f->to && (f->via || field_set_has(&in->all_fields, f->index));
    size_t i = leads ? chance_of(c, f->to->field_count) : 0;
    if (leads && can_sort(f->to, i)) {
        key.hops[key.hop_count++] = f;
        key.by = &f->to->fields[i];
        if (f->to->back_count && chance_one_in(c, 3))
            key.by = f->to->backs[chance_of(c, f->to->back_count)];
    } else if (in->back_count) {
        key.by = in->backs[chance_of(c, in->back_count)];
    }
    if (key.by)
        q->sort[q->sort_count++] = key;
}

static struct query *any_order(struct chance *c, struct engine_bench *b, const struct collection *in)
{
    struct query *q = NEW(b->arena, struct query);
    *q = (struct query){.from = in, .limit = LIMIT_ROWS, .seed = 7};
    size_t wanted = chance_of(c, 4);
    bool one_way = chance_one_in(c, 2), down = chance_one_in(c, 2);
    for (size_t i = 0; i < wanted; i++) {
        size_t f = chance_of(c, in->field_count);
        bool known = false;
        for (size_t k = 0; k < q->sort_count; k++)
            known = known || q->sort[k].by == &in->fields[f];
        enum func func = any_function(c, &in->fields[f]);
        bool can = field_set_has(&in->all_fields, f) && (func != FUNC_NONE || can_sort(in, f));
        if (can && !known)
            q->sort[q->sort_count++] = (struct sort){.by = &in->fields[f], .down = one_way ? down : chance_one_in(c, 2), .func = func};
    }
    if (chance_one_in(c, 3))
        add_far_key(c, q);
    if (q->sort_count == 0 && in->shape == SHAPE_TREE)
        q->sort[q->sort_count++] = (struct sort){.by = &in->fields[META_ORDER]};
    if (chance_one_in(c, 3))
        q->where = chance_filter(c, b, in);
    q->lens = chance_lens(c, b);
    return q;
}

/* A plan whose cells are the sort keys and the position. */
static struct plan *plan_of(struct engine_bench *b, struct query *q, const struct keys *after, uint32_t limit, bool back)
{
    struct plan *p = bench_plan(b, q);
    struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
    root->columns = NEW_N(b->arena, const struct field *, q->sort_count + 1);
    root->column_count = 0;
    for (size_t i = 0; i < q->sort_count; i++)
        if (!sort_is_far(&q->sort[i]))
            root->columns[root->column_count++] = q->sort[i].by;
    root->with_position = true;
    root->seed = q->seed;
    root->backwards = back;
    root->limit = limit;
    if (after) {
        root->after_count = q->sort_count + 1;
        memcpy(root->after, after->cells, root->after_count * sizeof(struct cell));
    }
    return p;
}

static void read_listing(struct engine_bench *b, struct plan *p, struct listing *l)
{
    struct txn *t = NULL;
    b->why = (struct problem){.arena = b->arena};
    l->plan = p;
    must(b->ops->begin(b->engine, TXN_READ, &t, &b->why) == ERR_OK);
    CHECK_PROBLEM(b->ops->read(t, p, NULL, &l->sink, &b->why), ERR_OK, &b->why);
    b->ops->abandon(t);
}

static struct listing new_listing(struct engine_bench *b)
{
    return (struct listing){.sink = {take_keys}, .arena = b->arena, .rows = NEW_N(b->arena, struct keys, ITEMS * 4)};
}

/* -1 0 1; null is the smallest. The long double of x86 holds every int64 and double exactly. */
static int order_cells(const struct cell *a, const struct cell *b)
{
    if (a->type == CELL_NULL || b->type == CELL_NULL)
        return (a->type != CELL_NULL) - (b->type != CELL_NULL);
    if (a->type == CELL_TEXT)
        return str_order(a->text, b->text);
    long double l = a->type == CELL_INT ? (long double)a->integer : (long double)a->real;
    long double r = b->type == CELL_INT ? (long double)b->integer : (long double)b->real;
    return (l > r) - (l < r);
}

static bool stands_before(const struct query *q, const struct keys *a, const struct keys *b)
{
    for (size_t i = 0; i < q->sort_count; i++) {
        int order = order_cells(&a->cells[i], &b->cells[i]);
        if (order != 0)
            return q->sort[i].down ? order > 0 : order < 0;
    }
    bool down = q->sort_count > 0 && q->sort[q->sort_count - 1].down;
    int64_t l = a->cells[q->sort_count].integer, r = b->cells[q->sort_count].integer;
    return down ? l > r : l < r;
}

static void say_order(const struct query *q, const char *what)
{
    for (size_t i = 0; i < q->sort_count; i++)
        fprintf(stderr, "%s" STR_FMT "(" STR_FMT ") ", q->sort[i].down ? "-" : "", STR_ARG(q->sort[i].by->name),
                STR_ARG(q->sort[i].by->kind->name));
    CHECK_SAY("%s", what);
}

/* The page in front of an item is the `length` items there, in their order. */
static bool page_before_is_right(struct engine_bench *b, struct query *q, const struct listing *whole, size_t at,
                                 uint32_t length)
{
    struct listing page = new_listing(b);
    size_t first = at < length ? 0 : at - length;
    read_listing(b, plan_of(b, q, &whole->rows[at], length, true), &page);
    bool same = page.count == at - first;
    for (size_t i = 0; i < page.count && same; i++)
        same = page.rows[i].cells[q->sort_count].integer == whole->rows[first + i].cells[q->sort_count].integer;
    return same;
}

static void compare_one(struct chance *c, struct engine_bench *b, const struct collection *in)
{
    struct query *q = any_order(c, b, in);
    struct listing whole = new_listing(b), pages = new_listing(b);
    uint32_t length = (uint32_t)(1 + chance_of(c, 9));
    read_listing(b, plan_of(b, q, NULL, LIMIT_ROWS, false), &whole);
    for (size_t i = 1; i < whole.count; i++)
        if (!stands_before(q, &whole.rows[i - 1], &whole.rows[i])) {
            say_order(q, "is out of order");
            return;
        }
    size_t had = SIZE_MAX;
    while (pages.count != had && pages.count <= ITEMS) {
        had = pages.count;
        read_listing(b, plan_of(b, q, had ? &pages.rows[had - 1] : NULL, length, false), &pages);
    }
    bool same = pages.count == whole.count;
    for (size_t i = 0; i < whole.count && same; i++)
        same = pages.rows[i].cells[q->sort_count].integer == whole.rows[i].cells[q->sort_count].integer;
    if (!same)
        say_order(q, "loses or doubles items between pages");
    for (size_t at = 0; at < whole.count && same; at += 1 + chance_of(c, 5))
        same = page_before_is_right(b, q, &whole, at, length);
    if (!same)
        say_order(q, "loses or doubles items in front of a cursor");
}

static void pages_make_up_the_listing(void **state)
{
    uint64_t seed = chance_number_of("VITRINE_SEED", 1), rounds = chance_number_of("VITRINE_ROUNDS", ROUNDS);
    (void)state;
    for (uint64_t round = seed; round < seed + rounds && check_failures < 10; round++) {
        struct chance c;
        struct engine_bench b;
        struct arena *a = arena_open(4096);
        CHECK_AT(round);
        chance_seed(&c, round);
        bench_open(&b, chance_definitions(&c, a));
        chance_fill(&c, &b, ITEMS);
        for (size_t i = 0; i < ORDERS && check_failures < 10; i++)
            compare_one(&c, &b, b.model->collections[i % 3]);
        bench_close(&b);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(pages_make_up_the_listing))

/* A filter as SQL and the same filter in C choose the same items: on random models, with and without
 * rights that narrow what references may show. */
#include "tests/differ/chance.h"
#include "tests/support/check.h"

#include "base/limits.h"

#define ITEMS 12
#define ROUNDS 40
#define FILTERS 60

struct images {
    struct engine_bench *bench;
    struct map *of[3];
    const struct rights *rights; /* NULL: everything is visible */
    const struct lens *lens;
};

static const struct json *fetch_any(void *self, const struct collection *c, str id)
{
    return map_get(((struct images *)self)->of[c->index], id);
}

static bool points_to(const struct json *v, const struct field *via, str id)
{
    for (uint32_t i = 0; v->type == JSON_LIST && i < v->count; i++)
        if (points_to(&v->items[i], via, id))
            return true;
    if (v->type != JSON_TEXT)
        return false;
    return str_equal(via->via ? reference_id(v->text, via->to) : v->text, id);
}

/* Every item that refers, looked for the long way; `see` says which of them are visible. */
static const struct json *all_referrers(struct images *all, const struct field *back, str id,
                                        const struct json *(*see)(void *self, const struct collection *c, str id))
{
    struct json *found = NEW_N(all->bench->arena, struct json, ITEMS);
    struct json *list = NEW(all->bench->arena, struct json);
    size_t cursor = 0, count = 0;
    str key;
    void *item;
    while (map_each(all->of[back->to->index], &cursor, &key, &item)) {
        const struct json *v = json_get(item, field_stored(back)->name);
        const struct json *seen = v && points_to(v, back->via, id) ? see(all, back->to, key) : NULL;
        if (seen)
            found[count++] = *seen;
    }
    *list = json_of_list(found, count);
    return list;
}

static const struct json *referrers_any(void *self, const struct field *back, str id, bool *more)
{
    *more = false;
    return all_referrers(self, back, id, fetch_any);
}

/* What a role's condition looks through is not narrowed. */
static bool reaches(struct images *all, const struct filter *where, const struct json *item)
{
    struct filter_world world = {.arena = all->bench->arena, .vars = &all->bench->vars, .fetch = fetch_any,
                                 .referrers = referrers_any, .self = all};
    return filter_matches(where, item, &world);
}

static const struct json *fetch(void *self, const struct collection *c, str id)
{
    struct images *all = self;
    const struct json *item = fetch_any(self, c, id);
    const struct access *access = all->rights ? rights_access(all->rights, VERB_READ, c) : NULL;
    if (!item || (access && (!access->granted || !reaches(all, access->where, item))))
        return NULL;
    return item;
}

static const struct json *referrers(void *self, const struct field *back, str id, bool *more)
{
    *more = false;
    return all_referrers(self, back, id, fetch);
}

static const struct rights *any_rights(struct chance *c, struct engine_bench *b)
{
    struct rights *r = NEW(b->arena, struct rights);
    struct access *table = NEW_N(b->arena, struct access, 3 * VERB_COUNT);
    for (size_t i = 0; i < 3; i++) {
        const struct collection *in = b->model->collections[i];
        bool granted = !chance_one_in(c, 5);
        table[i * VERB_COUNT + VERB_READ] = (struct access){
            .in = in,
            .granted = granted,
            .fields = in->all_fields,
            .where = !granted ? &filter_none : chance_one_in(c, 3) ? &filter_all : chance_filter(c, b, in),
            .check = &filter_all,
            .every_locale = true,
        };
    }
    *r = (struct rights){.model = b->model, .table = table};
    return r;
}

static str expected(struct images *all, const struct collection *in, const struct filter *f, const struct filter *reach)
{
    struct filter_world world = {.arena = all->bench->arena, .vars = &all->bench->vars, .fetch = fetch,
                                 .referrers = referrers, .self = all, .lens = all->lens};
    struct buf out;
    size_t cursor = 0;
    str id;
    void *item;
    buf_init(&out, all->bench->arena, 1u << 20);
    while (map_each(all->of[in->index], &cursor, &id, &item)) {
        if (!reaches(all, reach, item) || !filter_matches(f, item, &world))
            continue;
        buf_add(&out, out.len ? S(",") : S(""));
        buf_format(&out, "{\"_id\":\"" STR_FMT "\"}", STR_ARG(id));
    }
    return arena_format(all->bench->arena, "[" STR_FMT "]", STR_ARG(buf_str(&out)));
}

static void compare_one(struct chance *c, struct images *all, const struct collection *in)
{
    struct engine_bench *b = all->bench;
    const struct filter *f = chance_filter(c, b, in);
    struct query *q = bench_query(b, arena_cstr(b->arena, in->name), NULL, "_id", NULL);
    enum err e = ERR_OK;
    q->where = f;
    q->lens = all->lens = chance_lens(c, b);
    chance_vars(c, b);
    struct plan *p = bench_plan(b, q);
    struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
    all->rights = NULL;
    if (chance_one_in(c, 2)) {
        all->rights = p->rights = any_rights(c, b);
        p->side = PLAN_PRINCIPAL;
        root->reach = rights_access(p->rights, VERB_READ, in)->where;
    }
    str is = bench_read(b, p, &e), wanted = expected(all, in, f, root->reach);
    CHECK_PROBLEM(e, ERR_OK, &b->why);
    if (e != ERR_OK || !str_equal(is, wanted))
        CHECK_SAY("filter " STR_FMT "\n  reach " STR_FMT "\n  sql " STR_FMT "\n  c   " STR_FMT,
                  STR_ARG(filter_print(b->arena, f)), STR_ARG(filter_print(b->arena, root->reach)), STR_ARG(is),
                  STR_ARG(wanted));
}

static void sql_and_c_choose_the_same_items(void **state)
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
        struct images all = {.bench = &b};
        for (size_t i = 0; i < 3; i++)
            all.of[i] = chance_images(&b, b.model->collections[i]);
        for (size_t i = 0; i < FILTERS && check_failures < 10; i++)
            compare_one(&c, &all, b.model->collections[i % 3]);
        bench_close(&b);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(sql_and_c_choose_the_same_items))

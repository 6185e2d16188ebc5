/* What rights cost: a list of 20 with a two-clause row filter against the same list without, in process, and
 * the compilation of a big policy. Prints figures; ./dev bench does not judge them, people do. */
#include "base/limits.h"
#include "base/time.h"
#include "content/item/json.h"
#include "roles/internal.h"
#include "tests/support/house.h"

#include <stdio.h>

#define ITEMS 2000
#define LISTS 50
#define ROUNDS 100 /* taken in turns, so that a busy machine is unfair to nobody; the best counts */
#define COLLECTIONS 200
#define GRANTS 200

static void list_once(struct house *h, struct arena *a, const struct principal *who)
{
    struct query q = {.from = house_collection(who, "posts"), .limit = 20};
    struct item_writer items;
    struct json_writer writer;
    struct problem why = {.arena = a};
    struct buf body;
    query_all_fields(a, &q, NULL);
    buf_init(&body, a, LIMIT_RESPONSE_BYTES);
    json_begin(&writer, &body);
    json_list_open(&writer);
    item_writer_init(&items, &writer);
    must(gate_read(h->gate, who, &q, &items.receiver, NULL, &why) == ERR_OK && items.rows == 20);
    json_list_close(&writer);
}

/* Microseconds of one list. */
static double time_lists(struct house *h, const char *key)
{
    int64_t from = time_mono_us();
    for (int i = 0; i < LISTS; i++) {
        struct arena *a = arena_open(16u << 10);
        list_once(h, a, house_who(h, a, house_key(h, key)));
        arena_close(a);
    }
    return (double)(time_mono_us() - from) / LISTS;
}

static void measure_lists(void)
{
    static const char *const keys[] = {"plain", "filtered", "limited"};
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'views', kind:'number'},"
                   "  {name:'owner', kind:'text'}]}]");
    house_people(h, "{roles: {plain: [{collection:'posts', verbs:['read']}],"
                    "         filtered: [{collection:'posts', verbs:['read'], where:{_state:1, views:{$gte:0}}}],"
                    "         limited: [{collection:'posts', verbs:['read'], addresses:['192.0.2.0/24'], valid_until:'2100-01-01T00:00:00Z'}]},"
                    " keys: {plain: {role:'plain'}, filtered: {role:'filtered'}, limited: {role:'limited'}}}");
    for (int i = 0; i < ITEMS; i++)
        (void)house_item(h, "posts", "{_state:1, title:'A title like many', body:'Some words that say little', views:3, owner:'x'}");
    double best[COUNTOF(keys)] = {1e9, 1e9, 1e9};
    for (int round = 0; round < ROUNDS; round++)
        for (size_t k = 0; k < COUNTOF(keys); k++) {
            double took = time_lists(h, keys[k]);
            best[k] = took < best[k] ? took : best[k];
        }
    (void)printf("list of 20, no filter: %.1f us; two clauses: %.1f us (x %.2f); grant limited by time and address: %.1f us (x %.2f)\n",
                 best[0], best[1], best[1] / best[0], best[2], best[2] / best[0]);
    house_close(h);
}

static void measure_compilation(void)
{
    struct house *h = house_open();
    struct arena *a = arena_open(1u << 20);
    struct buf b;
    buf_init(&b, a, 1u << 20);
    buf_add(&b, S("["));
    for (int i = 0; i < COLLECTIONS; i++)
        buf_format(&b, "{name:'c%d', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}, {name:'owner', kind:'text'}]},", i);
    buf_add(&b, S("]"));
    house_model(h, arena_cstr(a, buf_str(&b)));
    buf_truncate(&b, 0);
    buf_add(&b, S("{roles:{r:["));
    for (int i = 0; i < GRANTS; i++)
        buf_format(&b, "{collection:'%s%d%s', verbs:['read','update'], fields:['title','views'], where:{owner:'$user', views:{$gt:%d}}},",
                   "c", i % COLLECTIONS, i % 10 == 0 ? "*" : "", i);
    buf_add(&b, S("]}, keys:{r:{role:'r'}}}"));
    house_people(h, arena_cstr(a, buf_str(&b)));
    const struct principal *who = house_who(h, a, house_key(h, "r"));
    must(gate_may(who, VERB_READ, house_collection(who, "c7")));
    double best = 1e9;
    for (int i = 0; i < 20; i++) { /* a new scope set each time: compiled anew */
        struct scope scope = {.collection = STR("*")};
        struct moment now = {.now_ms = time_now_ms()};
        str role = S("r");
        int64_t from = time_mono_us();
        const struct rights *r = policy_rights(h->gate->policy, &role, 1, &scope, 1, &now);
        double took = (double)(time_mono_us() - from);
        best = took < best ? took : best;
        counted_release((struct counted *)(uintptr_t)&r->counted);
    }
    (void)printf("rights for %d collections x %d grants: %.2f ms\n", COLLECTIONS, GRANTS, best / 1000);
    arena_close(a);
    house_close(h);
}

int main(void)
{
    measure_lists();
    measure_compilation();
    return 0;
}

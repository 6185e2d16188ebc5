/* Readers, writers, grants that come and go, a model that changes, keys that are made and revoked, people who sign
 * in, the server's own tick: all at once. What is refused is refused for a reason; what was acknowledged is there; the
 * journal's chain holds. */
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include <stdatomic.h>

enum { ROUNDS = 40, READERS = 3, WRITERS = 2 };

struct bench {
    struct house *house;
    struct gate *gate;
    str reader_role, bot;
    _Atomic(unsigned) written, served;
    _Atomic(bool) over;
};

/* One change by the server itself. The model may move between looking and writing: then it is said again. */
static enum err write_once(struct bench *b, struct arena *a, enum op op, const char *collection, str id, str json, str *made,
                           struct problem *why)
{
    const struct principal *who = principal_system(b->gate, a, SYSTEM_COMMAND);
    const struct collection *c = NULL;
    TRY(gate_collection(b->gate, who, str_of(collection), &c, why));
    struct change change = {.op = op, .in = c, .id = id};
    if (op != OP_DELETE)
        TRY(change_read(a, c, house_json(a, arena_cstr(a, json)), (str){0}, &change, why));
    change.op = op;
    change.id = id;
    TRY(gate_write(b->gate, who, &change, 1, a, why));
    *made = change.result_id;
    return ERR_OK;
}

static str write_item(struct bench *b, struct arena *a, enum op op, const char *collection, str id, str json)
{
    str made = {0};
    for (unsigned i = 0; i < 1000; i++) {
        struct problem why = {.arena = a};
        enum err e = write_once(b, a, op, collection, id, json, &made, &why);
        if (e == ERR_OK)
            return made;
        if (e != ERR_UNAVAILABLE)
            CHECK_PROBLEM(e, ERR_OK, &why);
    }
    CHECK_SAY("a change did not get through in a thousand attempts");
    return made;
}

static void *writer(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < 2 * ROUNDS; i++) {
        struct arena *a = arena_open(16u << 10);
        str id = write_item(b, a, OP_CREATE, "posts", (str){0}, arena_format(a, "{title:'%u'}", i));
        (void)write_item(b, a, OP_UPDATE, "posts", id, S("{title:'again'}"));
        if (i % 2)
            (void)write_item(b, a, OP_DELETE, "posts", id, (str){0});
        b->written += i % 2 == 0;
        arena_close(a);
    }
    return NULL;
}

/* 404: the grant is away at the moment. 503: the model has just moved. */
static void *reader(void *arg)
{
    struct bench *b = arg;
    while (!b->over) {
        struct arena *a = arena_open(16u << 10);
        const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(b->bot)));
        struct fake_exchange *f =
            rest_request(b->gate, a, "GET", "/api/content/items/posts?limit=5&populate=1&count=exact", headers, S(""), NULL);
        if (f->status != 200 && f->status != 404 && f->status != 503)
            CHECK_SAY("a reader was told %d: " STR_FMT, f->status, STR_ARG(f->answer));
        b->served += f->status == 200;
        arena_close(a);
    }
    return NULL;
}

static void *policy_maker(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_open(16u << 10);
        str json = arena_format(a, "{role:'" STR_FMT "', collection:'posts', verbs:['read']}", STR_ARG(b->reader_role));
        str id = write_item(b, a, OP_CREATE, "grants", (str){0}, json);
        (void)write_item(b, a, OP_DELETE, "grants", id, (str){0});
        arena_close(a);
    }
    return NULL;
}

static void *modeller(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        struct arena *a = arena_open(16u << 10);
        str definition = arena_format(a, "{name:'side', fields:[{name:'title', kind:'text'}, {name:'n%u', kind:'number'}]}", i);
        str json = arena_format(a, "{name:'side', definition:" STR_FMT "}", STR_ARG(definition));
        str id = write_item(b, a, OP_CREATE, "collections", (str){0}, json);
        (void)write_item(b, a, OP_DELETE, "collections", id, (str){0});
        arena_close(a);
    }
    return NULL;
}

static void *key_maker(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < ROUNDS / 2; i++) {
        struct arena *a = arena_open(16u << 10);
        struct key_wish wish = {.role = S("reader"), .name = S("another")};
        struct problem why = {.arena = a};
        str id, secret;
        if (gate_key_create(b->gate, a, &wish, &id, &secret, &why) == ERR_OK) {
            str headers = arena_format(a, "api-key: " STR_FMT, STR_ARG(secret));
            for (;;) { /* the model may have moved: then it is still there */
                struct problem own = {.arena = a};
                enum err e = gate_key_revoke(b->gate, a, id, &own);
                if (e == ERR_OK)
                    break;
                CHECK_PROBLEM(e, ERR_UNAVAILABLE, &own);
            }
            struct fake_exchange *f =
                rest_request(b->gate, a, "GET", "/api/content/items/posts", arena_cstr(a, headers), S(""), NULL);
            CHECK_INT(f->status, 401);
        } else {
            CHECK_PROBLEM(why.err, ERR_UNAVAILABLE, &why);
        }
        arena_close(a);
    }
    return NULL;
}

static void *visitor(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < ROUNDS / 2; i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = fake_request(a, "POST", "/", "", S(""));
        struct signed_in in;
        struct problem why = {.arena = a};
        enum err e = gate_login(b->gate, &f->x, S("ada"), S("correct horse battery"), &in, &why);
        if (e != ERR_UNAVAILABLE)
            CHECK_PROBLEM(e, ERR_OK, &why);
        arena_close(a);
    }
    return NULL;
}

static void *ticker(void *arg)
{
    struct bench *b = arg;
    while (!b->over) {
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        CHECK_PROBLEM(gate_settle(b->gate, &why), ERR_OK, &why);
        arena_close(a);
    }
    return NULL;
}

static uint64_t count_posts(struct bench *b, struct arena *a)
{
    const struct principal *who = principal_system(b->gate, a, SYSTEM_CHECK);
    struct query q = {.from = house_collection(who, "posts"), .limit = 1, .count = COUNT_ONLY};
    struct item_list list;
    struct page page = {0};
    struct problem why = {.arena = a};
    item_list_init(&list, a);
    CHECK_PROBLEM(gate_read(b->gate, who, &q, &list.receiver, &page, &why), ERR_OK, &why);
    return page.total;
}

static void everybody_at_once(void **state)
{
    static const struct {
        void *(*run)(void *arg);
        unsigned count;
        bool until_over;
    } parts[] = {{reader, READERS, true},   {ticker, 1, true},    {writer, WRITERS, false}, {policy_maker, 1, false},
                 {modeller, 1, false},      {key_maker, 1, false}, {visitor, 1, false}};
    pthread_t threads[16], endless[16];
    size_t count = 0, endless_count = 0;
    (void)state;
    struct bench b = {.house = house_open()};
    struct arena *a = arena_open(16u << 10);
    b.gate = b.house->gate;
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(b.house, "{roles: {reader: []}, users: {ada: {roles:['reader'], password:'correct horse battery'}},"
                          " keys: {bot: {role:'reader'}}}");
    b.reader_role = house_role(b.house, "reader");
    b.bot = house_key(b.house, "bot");
    for (size_t i = 0; i < COUNTOF(parts); i++)
        for (unsigned k = 0; k < parts[i].count; k++)
            NEED(pthread_create(parts[i].until_over ? &endless[endless_count++] : &threads[count++], NULL, parts[i].run, &b) == 0);
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    b.over = true;
    for (size_t i = 0; i < endless_count; i++)
        (void)pthread_join(endless[i], NULL);
    CHECK_INT(count_posts(&b, a), b.written);
    CHECK(b.served > 0);
    struct journal_proof proof;
    struct problem why = {.arena = a};
    CHECK_PROBLEM(gate_check(b.gate, NULL, &proof, &why), ERR_OK, &why);
    for (size_t i = 0; i < why.fault_count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(why.faults[i].text));
    house_close(b.house);
    arena_close(a);
}

CHECK_MAIN(TEST(everybody_at_once))

/* Call 1 of the engine fails, then call 2, … until a step passes untouched; then the next step. After each failure the
 * journal is dense and chained, nothing is half written, the caller was told 503, and the same step works. */
#include "base/limits.h"
#include "content/bytes/bytes.h"
#include "roles/files/files.h"
#include "roles/internal.h"
#include "tests/fault/sound.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"
#include "tests/support/text_source.h"

#include <stdlib.h>
#include <unistd.h>

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;              /* of one step */
    struct problem why;
    unsigned round;                   /* names what a step makes; a step that is tried again makes the same */
    str role, item, key, key_id;
};

static enum err write_as_server(struct bench *b, enum op op, const char *collection, str id, str json, str *made)
{
    const struct principal *who = principal_system(b->gate, b->arena, SYSTEM_COMMAND);
    const struct collection *c = NULL;
    TRY(gate_collection(b->gate, who, str_of(collection), &c, &b->why));
    struct change change = {.op = op, .in = c, .id = id};
    if (op != OP_DELETE) {
        const struct json *item = house_json(b->arena, arena_cstr(b->arena, json));
        TRY(change_read(b->arena, c, item, (str){0}, &change, &b->why));
        change.op = op;
        change.id = id;
    }
    TRY(gate_write(b->gate, who, &change, 1, b->arena, &b->why));
    if (made)
        *made = arena_copy(b->house->arena, change.result_id);
    return ERR_OK;
}

static enum err define(struct bench *b)
{
    str json = arena_format(b->arena, "{name:'m%u', definition:{name:'m%u', fields:[{name:'title', kind:'text'}]}}", b->round,
                            b->round);
    return write_as_server(b, OP_CREATE, "collections", (str){0}, json, NULL);
}

static enum err grant(struct bench *b)
{
    str json = arena_format(b->arena, "{role:'" STR_FMT "', collection:'posts', verbs:['read'], info:'%u'}",
                            STR_ARG(b->role), b->round);
    return write_as_server(b, OP_CREATE, "grants", (str){0}, json, NULL);
}

static enum err create(struct bench *b)
{
    return write_as_server(b, OP_CREATE, "posts", (str){0}, arena_format(b->arena, "{title:'%u', tags:['a']}", b->round), &b->item);
}

static enum err update(struct bench *b)
{
    return write_as_server(b, OP_UPDATE, "posts", b->item, arena_format(b->arena, "{title:'new %u'}", b->round), NULL);
}

static enum err drop(struct bench *b)
{
    return write_as_server(b, OP_DELETE, "posts", b->item, (str){0}, NULL);
}

static enum err make_key(struct bench *b)
{
    struct key_wish wish = {.role = S("reader"), .name = arena_format(b->arena, "key %u", b->round)};
    str id, secret;
    TRY(gate_key_create(b->gate, b->arena, &wish, &id, &secret, &b->why));
    b->key_id = arena_copy(b->house->arena, id);
    b->key = arena_copy(b->house->arena, secret);
    return ERR_OK;
}

static enum err revoke_key(struct bench *b)
{
    return gate_key_revoke(b->gate, b->arena, b->key_id, &b->why);
}

static enum err sign_in(struct bench *b)
{
    struct fake_exchange *f = fake_request(b->arena, "POST", "/", "", S(""));
    struct signed_in in;
    return gate_login(b->gate, &f->x, S("ada"), S("correct horse battery"), &in, &b->why);
}

/* A whole request: what was asked is answered, or 503 is. */
static enum err ask(struct bench *b)
{
    const char *headers = arena_cstr(b->arena, arena_format(b->arena, "api-key: " STR_FMT, STR_ARG(house_key(b->house, "bot"))));
    enum err e;
    struct fake_exchange *f = rest_request(b->gate, b->arena, "GET", "/api/content/items/posts?populate=1&count=exact", headers,
                                           S(""), &e);
    CHECK_INT(f->status, e == ERR_OK ? 200 : 503);
    if (e != ERR_OK)
        CHECK(!str_is_absent(fake_header(f, "Retry-After")));
    return e;
}

static enum err send(struct bench *b, const char *method, const char *target, str body)
{
    const char *headers = arena_cstr(b->arena, arena_format(b->arena, "api-key: " STR_FMT "\nIdempotency-Key: " STR_FMT "-%u\n"
                                                                      "Content-Type: application/json\n",
                                                            STR_ARG(house_key(b->house, "writer")), STR_ARG(str_of(method)), b->round));
    enum err e;
    (void)rest_request(b->gate, b->arena, method, target, headers, json_print(b->arena, house_json(b->arena, arena_cstr(b->arena, body))), &e);
    return e;
}

/* Three items of two collections, the second within the first. */
static enum err batch(struct bench *b)
{
    return send(b, "POST", "/api/batch",
                arena_format(b->arena, "{changes:[{op:'create', in:'pages', as:'p', data:{name:'b%u', post:{create:{title:'n%u'}}}},"
                                       "{op:'update', in:'pages', id:'$p.id', data:{'hits+':1}}, {op:'create', in:'posts', data:{title:'m%u'}}]}",
                             b->round, b->round, b->round));
}

static enum err bulk(struct bench *b)
{
    return send(b, "PATCH", "/api/content/items/pages?filter={}&limit=3", S("{'hits+':1}"));
}

/* Its bytes are there before the row that tells of them, or not at all. */
static enum err upload(struct bench *b)
{
    const struct principal *who = principal_system(b->gate, b->arena, SYSTEM_COMMAND);
    struct text_source text = {{read_text}, arena_format(b->arena, "file %u", b->round)};
    struct received bytes;
    struct asset_wish wish = {0};
    str id;
    TRY(gate_receive(b->gate, who, false, &text.source, S("a.txt"), b->arena, &bytes, &b->why));
    return gate_asset(b->gate, who, &bytes, &wish, b->arena, &id, &b->why);
}

static enum err note(struct bench *b)
{
    struct note n = {.verb = NOTE_ACCESS_DENIED, .who = S("public"), .request_id = arena_format(b->arena, "%u", b->round)};
    n.address = n.request_id;
    notes_add(b->gate->notes, &n);
    return gate_settle(b->gate, &b->why);
}

static const struct deed {
    const char *name;
    enum err (*run)(struct bench *b);
    bool is_one_transaction;          /* refused means: not an entry more in the journal */
} deeds[] = {
    {"a collection is made", define, true}, {"a grant is made", grant, true},
    {"an item is made", create, true},      {"an item is changed", update, true},
    {"a request", ask, true},               {"an item is deleted", drop, true},
    {"a key is made", make_key, true},      {"a key is revoked", revoke_key, true},
    {"a batch", batch, true},               {"a change of many", bulk, true},
    {"a file comes", upload, true},
    {"signing in", sign_in, false},         {"notes and signatures", note, false},
};

/* One step with its nth call failing; true when that call came. */
static bool run_deed(struct bench *b, const struct deed *deed, unsigned at)
{
    b->arena = arena_open(16u << 10);
    b->why = (struct problem){.arena = b->arena};
    uint64_t before = last_entry(b->gate->content, &b->why);
    engine_faulty_arm(&engine_sqlite, at);
    enum err e = deed->run(b);
    bool fired = engine_faulty_fired();
    engine_faulty_arm(&engine_sqlite, 0);
    if (e != ERR_OK && e != ERR_UNAVAILABLE)
        CHECK_SAY("%s, call %u: %s: " STR_FMT, deed->name, at, err_facts(e)->name, STR_ARG(b->why.text));
    if (!fired && e != ERR_OK)
        CHECK_SAY("%s: " STR_FMT, deed->name, STR_ARG(b->why.text));
    if (e != ERR_OK && deed->is_one_transaction)
        CHECK_INT(last_entry(b->gate->content, &b->why), before);
    if (fired)
        check_house(b->gate, b->arena);
    if (e != ERR_OK) {
        b->why = (struct problem){.arena = b->arena};
        CHECK_PROBLEM(deed->run(b), ERR_OK, &b->why); /* the same once more */
    }
    arena_close(b->arena);
    return fired;
}

static void whatever_call_fails_the_house_is_in_order(void **state)
{
    struct house_config config = {.engine = &engine_faulty};
    unsigned fails[COUNTOF(deeds)] = {0};
    (void)state;
    engine_faulty_arm(&engine_sqlite, 0);
    struct bench b = {.house = house_open_with(&config)};
    b.gate = b.house->gate;
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'tags', kind:'tags'}]},"
                         " {name:'pages', fields:[{name:'name', kind:'text', unique:true}, {name:'hits', kind:'number'}, {name:'post', kind:'ref', to:'posts'}]}]");
    house_people(b.house, "{roles: {reader: [{collection:'posts', verbs:['read']}],"
                          " writer: [{collection:'posts', verbs:['read','create','update']}, {collection:'pages', verbs:['read','create','update']}]}, public: 'reader',"
                          " users: {ada: {roles:['reader'], password:'correct horse battery'}}, keys: {bot: {role:'reader'}, writer: {role:'writer'}}}");
    b.role = house_role(b.house, "reader");
    /* Steps depend on each other (an item is made, changed, deleted), so all of them take their turn until the
     * longest has passed untouched. */
    bool fired = true;
    for (unsigned at = 1; fired && at < 1000; at++) {
        fired = false;
        b.round = at;
        CHECK_AT(at);
        for (size_t i = 0; i < COUNTOF(deeds); i++) {
            bool is_done = fails[i] + 1 < at; /* it has passed untouched, and is only what others need */
            bool came = run_deed(&b, &deeds[i], is_done ? 0 : at);
            fails[i] += came;
            fired |= came;
        }
    }
    b.arena = arena_open(4096);
    check_house(b.gate, b.arena);
    arena_close(b.arena);
    for (size_t i = 0; i < COUNTOF(deeds); i++)
        if (fails[i] < 2)
            CHECK_SAY("%s calls the engine %u times only: is it what was meant?", deeds[i].name, fails[i]);
    house_close(b.house);
}

static void clear_folder(struct arena *a, const char *folder)
{
    static const char *const names[] = {"vitrine.db", "vitrine.db-wal", "vitrine.db-shm"}, *const folders[] = {"blobs", "uploads"};
    for (size_t i = 0; i < COUNTOF(names); i++)
        (void)unlink(arena_cstr(a, arena_format(a, "%s/%s", folder, names[i])));
    for (size_t i = 0; i < COUNTOF(folders); i++)
        (void)rmdir(arena_cstr(a, arena_format(a, "%s/%s", folder, folders[i])));
    (void)rmdir(folder);
}

/* One start whose nth call fails, and one that finds what it left. */
static bool start_twice(const struct house *keeper, unsigned at)
{
    char folder[FOLDER_ROOM];
    bool fired = false;
    folder_new(folder, "fault");
    struct content_config content = {
        .directory = str_of(folder), .engine = &engine_faulty, .crypt = keeper->crypt, .verify_rows = true};
    struct gate_config config = {.content = &content};
    struct arena *a = arena_open(4096);
    for (unsigned again = 0; again < 2; again++) {
        struct problem why = {.arena = a};
        struct journal_proof proof;
        struct gate *gate = NULL;
        engine_faulty_arm(&engine_sqlite, again == 0 ? at : 0);
        enum err e = gate_open(&config, &gate, &why);
        fired |= again == 0 && engine_faulty_fired();
        engine_faulty_arm(&engine_sqlite, 0);
        if (again == 1 || !fired)
            CHECK_PROBLEM(e, ERR_OK, &why);
        if (e == ERR_OK)
            CHECK_PROBLEM(gate_check(gate, NULL, &proof, &why), ERR_OK, &why);
        gate_close(e == ERR_OK ? gate : NULL);
    }
    clear_folder(a, folder);
    arena_close(a);
    return fired;
}

/* Most of a first start is one table like the other: of those not every one has its turn. */
static void starting_can_fail_at_any_call(void **state)
{
    struct house *keeper = house_open(); /* its master key is what we need */
    bool fired = true;
    (void)state;
    for (unsigned at = 1; fired && at < 2000; at += at < 20 ? 1 : 7) {
        CHECK_AT(at);
        fired = start_twice(keeper, at);
    }
    house_close(keeper);
}

/* Two processes, as far as the journal goes: the one takes a right away, the other cannot learn of it. */
struct two_gates {
    struct house *house;
    struct gate *other;
    char folder[FOLDER_ROOM];
};

static void take_grants_away(struct two_gates *p, struct arena *a)
{
    const struct principal *who = principal_system(p->other, a, SYSTEM_COMMAND);
    const struct collection *grants = house_collection(who, "grants");
    struct query q = {.from = grants, .limit = 100};
    struct item_list list;
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    CHECK_PROBLEM(gate_read(p->other, who, &q, &list.receiver, NULL, &why), ERR_OK, &why);
    for (size_t i = 0; i < list.count; i++) {
        struct change gone = {.op = OP_DELETE, .in = grants, .id = json_get(&list.items[i], S("_id"))->text};
        CHECK_PROBLEM(gate_write(p->other, who, &gone, 1, a, &why), ERR_OK, &why);
    }
}

static void who_cannot_learn_of_a_lost_right_gets_no_answer(void **state)
{
    (void)state;
    bool fired = true;
    for (unsigned at = 1; fired && at < 100; at++) {
        struct arena *a = arena_open(16u << 10);
        struct two_gates p = {0};
        folder_new(p.folder, "fault");
        struct house_config own = {.engine = &engine_faulty, .directory = str_of(p.folder)};
        CHECK_AT(at);
        engine_faulty_arm(&engine_sqlite, 0);
        p.house = house_open_with(&own);
        house_model(p.house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
        house_people(p.house, "{roles: {reader: [{collection:'posts', verbs:['read']}]}, keys: {bot: {role:'reader'}}}");
        struct content_config content = {.directory = str_of(p.folder), .engine = &engine_sqlite, .crypt = p.house->crypt};
        struct gate_config config = {.content = &content};
        struct problem why = {.arena = a};
        NEED(gate_open(&config, &p.other, &why) == ERR_OK);
        const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(house_key(p.house, "bot"))));
        CHECK_INT(rest_request(p.house->gate, a, "GET", "/api/content/items/posts", headers, S(""), NULL)->status, 200);
        take_grants_away(&p, a);
        engine_faulty_arm(&engine_sqlite, at);
        int status = rest_request(p.house->gate, a, "GET", "/api/content/items/posts", headers, S(""), NULL)->status;
        fired = engine_faulty_fired();
        CHECK_INT(status, fired ? 503 : 404);
        engine_faulty_arm(&engine_sqlite, 0);
        CHECK_INT(rest_request(p.house->gate, a, "GET", "/api/content/items/posts", headers, S(""), NULL)->status, 404);
        gate_close(p.other);
        house_close(p.house);
        clear_folder(a, p.folder);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(whatever_call_fails_the_house_is_in_order), TEST(starting_can_fail_at_any_call),
           TEST(who_cannot_learn_of_a_lost_right_gets_no_answer))

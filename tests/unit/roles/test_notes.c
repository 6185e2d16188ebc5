/* What happened without changing anything: gathered, counted, bounded, written by the tick alone. */
#include "base/limits.h"
#include "base/time.h"
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#define NOW_MS INT64_C(1800000000000)

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;
    int64_t now;
};

static struct bench open_bench(void)
{
    struct bench b = {.house = house_open(), .arena = arena_open(16u << 10), .now = NOW_MS};
    b.gate = b.house->gate;
    time_set(b.now);
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}, {name:'secrets', fields:[]}]");
    house_people(b.house, "{roles: {reader: [{collection:'posts', verbs:['read']}]},"
                          " users: {ada: {roles:['reader'], password:'correct horse battery'}},"
                          " keys: {bot: {role:'reader'}}}");
    return b;
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    arena_close(b->arena);
    time_set(0);
}

static void tick(struct bench *b, int64_t seconds)
{
    struct problem why = {.arena = b->arena};
    time_set(b->now += seconds * 1000);
    CHECK_PROBLEM(gate_tick(b->gate, &why), ERR_OK, &why);
}

/* The notes in the journal, a line each: verb, who, collection, after. */
static str notes(struct bench *b)
{
    struct entry *entries = NULL;
    size_t count = 0;
    struct problem why = {.arena = b->arena};
    struct buf out;
    buf_init(&out, b->arena, 1u << 20);
    CHECK_PROBLEM(journal_read(b->gate->content, 0, 10000, b->arena, &entries, &count, &why), ERR_OK, &why);
    for (size_t i = 0; i < count; i++)
        if (journal_is_note(entries[i].verb))
            buf_format(&out, STR_FMT " " STR_FMT " " STR_FMT " " STR_FMT "\n", STR_ARG(entries[i].verb),
                       STR_ARG(entries[i].who), STR_ARG(entries[i].collection), STR_ARG(entries[i].after));
    return buf_str(&out);
}

static enum err ask(struct bench *b, const char *headers, const struct principal **who)
{
    struct fake_exchange *f = fake_request(b->arena, "GET", "/", headers, S(""));
    struct problem why = {.arena = b->arena};
    f->x.peer = S("192.0.2.7");
    enum err e = identify(b->gate, &f->x, &why);
    *who = f->x.who;
    return e;
}

static void a_note_is_written_by_the_tick_and_counted_when_it_repeats(void **state)
{
    struct bench b = open_bench();
    const struct principal *who;
    (void)state;
    CHECK_ERR(ask(&b, "api-key: not-a-key", &who), ERR_UNAUTHENTICATED);
    CHECK_STR(notes(&b), S(""));
    tick(&b, 1);
    CHECK_STR(notes(&b), S("credential.refused public  {\"address\":\"192.0.2.7\",\"count\":1}\n"));
    for (int i = 0; i < 3; i++)
        CHECK_ERR(ask(&b, "api-key: not-a-key", &who), ERR_UNAUTHENTICATED);
    tick(&b, 1);
    CHECK_STR(notes(&b), S("credential.refused public  {\"address\":\"192.0.2.7\",\"count\":1}\n"));
    tick(&b, LIMIT_NOTE_REST_S);
    CHECK_STR(notes(&b), S("credential.refused public  {\"address\":\"192.0.2.7\",\"count\":1}\n"
                           "credential.refused public  {\"address\":\"192.0.2.7\",\"count\":3,\"last\":\"2027-01-15T08:00:01Z\"}\n"));
    close_bench(&b);
}

static size_t count_of(str all, str verb)
{
    size_t n = 0;
    bool ended = false;
    str line;
    while (str_next(&all, &ended, '\n', &line))
        n += str_starts(line, verb);
    return n;
}

static void refuse_from(struct bench *b, str address)
{
    struct exchange x = {.arena = b->arena, .peer = address};
    struct note n = note_for(&x, NOTE_CREDENTIAL_REFUSED);
    notes_add(b->gate->notes, &n);
}

static void one_network_is_one_sort_of_refusal(void **state)
{
    struct bench b = open_bench();
    (void)state;
    refuse_from(&b, S("2001:db8:1:2::7"));
    refuse_from(&b, S("2001:db8:1:2:ffff::8"));
    refuse_from(&b, S("2001:db8:1:3::7"));
    refuse_from(&b, S("192.0.2.7"));
    refuse_from(&b, S("192.0.2.8"));
    tick(&b, 1);
    str said = notes(&b);
    CHECK_INT(count_of(said, S("credential.refused")), 4);
    CHECK(str_contains(said, S("{\"address\":\"2001:db8:1:2::7\",\"count\":2,")));
    close_bench(&b);
}

/* From ever new addresses. */
static void a_flood_of_refusals_fills_no_disk(void **state)
{
    struct bench b = open_bench();
    (void)state;
    for (unsigned i = 0; i < LIMIT_NOTE_REFUSALS + 300; i++) {
        refuse_from(&b, arena_format(b.arena, "198.51.%u.%u", i / 250, i % 250));
        if (i % 100 == 99)
            tick(&b, 1);
    }
    str said = notes(&b);
    CHECK_INT(count_of(said, S("credential.refused")), LIMIT_NOTE_REFUSALS);
    CHECK_INT(count_of(said, S("notes.lost system  {\"count\":100}")), 3);
    tick(&b, 3600);
    refuse_from(&b, S("203.0.113.1"));
    tick(&b, 1);
    CHECK_INT(count_of(notes(&b), S("credential.refused")), LIMIT_NOTE_REFUSALS + 1);
    close_bench(&b);
}

static void the_use_of_a_key_is_noted_once_an_hour(void **state)
{
    struct bench b = open_bench();
    const struct principal *who;
    (void)state;
    const char *key = arena_cstr(b.arena, arena_format(b.arena, "api-key: " STR_FMT, STR_ARG(house_key(b.house, "bot"))));
    for (int i = 0; i < 5; i++) {
        CHECK_ERR(ask(&b, key, &who), ERR_OK);
        tick(&b, 60);
    }
    CHECK_STR(notes(&b), S("key.used key bot api_keys {\"address\":\"192.0.2.7\",\"count\":1}\n"));
    tick(&b, LIMIT_NOTE_KEY_REST_S);
    CHECK(str_ends(notes(&b), S("\"count\":4,\"last\":\"2027-01-15T08:04:00Z\"}\n")));
    close_bench(&b);
}

static void refused_permissions_are_noted_for_what_is_there(void **state)
{
    struct bench b = open_bench();
    const struct principal *who;
    const struct collection *c = NULL;
    struct problem why = {.arena = b.arena};
    (void)state;
    CHECK_ERR(ask(&b, arena_cstr(b.arena, arena_format(b.arena, "api-key: " STR_FMT, STR_ARG(house_key(b.house, "bot")))),
                  &who),
              ERR_OK);
    tick(&b, 1);
    CHECK_ERR(gate_collection(b.gate, who, S("secrets"), &c, &why), ERR_NOT_FOUND);
    CHECK_ERR(gate_collection(b.gate, who, S("nothing"), &c, &why), ERR_NOT_FOUND);
    CHECK_ERR(gate_collection(b.gate, who, S("posts"), &c, &why), ERR_OK);
    CHECK_ERR(gate_allows(who, VERB_DELETE, c, &why), ERR_FORBIDDEN);
    tick(&b, 1);
    CHECK_STR(notes(&b), S("key.used key bot api_keys {\"address\":\"192.0.2.7\",\"count\":1}\n"
                           "access.denied key bot secrets {\"address\":\"192.0.2.7\",\"reason\":\"any\",\"count\":1}\n"
                           "access.denied key bot posts {\"address\":\"192.0.2.7\",\"reason\":\"delete\",\"count\":1}\n"));
    close_bench(&b);
}

static void sign_ins_are_noted_and_typed_names_are_not(void **state)
{
    struct bench b = open_bench();
    struct signed_in in;
    (void)state;
    static const struct {
        const char *name, *password;
        enum err wanted;
    } attempts[] = {
        {"ada", "correct horse battery", ERR_OK},
        {"ada", "wrong", ERR_UNAUTHENTICATED},
        {"hunter2-in-the-wrong-place", "ada", ERR_UNAUTHENTICATED},
    };
    for (size_t i = 0; i < COUNTOF(attempts); i++) {
        struct fake_exchange *f = fake_request(b.arena, "POST", "/", "", S(""));
        struct problem why = {.arena = b.arena};
        CHECK_AT(i);
        f->x.peer = S("192.0.2.7");
        CHECK_ERR(gate_login(b.gate, &f->x, str_of(attempts[i].name), str_of(attempts[i].password), &in, &why),
                  attempts[i].wanted);
    }
    tick(&b, 1);
    str all = notes(&b), line = S("sign_in.refused public users {\"address\":\"192.0.2.7\",\"strength\":\"password\",\"count\":1}\n");
    str done = S("sign_in.done public users {\"address\":\"192.0.2.7\",\"strength\":\"password\",\"count\":1}\n");
    CHECK_STR(all, arena_format(b.arena, STR_FMT STR_FMT STR_FMT, STR_ARG(done), STR_ARG(line), STR_ARG(line)));
    close_bench(&b);
}

static void add_many(struct bench *b, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        struct note n = {.verb = NOTE_ACCESS_DENIED, .who = S("public")};
        n.address = arena_format(b->arena, "2001:db8:0:%u::7", i);
        notes_add(b->gate->notes, &n);
    }
}

static void what_does_not_fit_is_counted(void **state)
{
    struct bench b = open_bench();
    (void)state;
    add_many(&b, 0, LIMIT_NOTES);
    tick(&b, 1);
    CHECK_INT(check_lines(notes(&b)), LIMIT_NOTES_AT_ONCE); /* and nothing was lost */
    CHECK(!str_contains(notes(&b), NOTE_LOST));
    add_many(&b, LIMIT_NOTES, LIMIT_NOTES_AT_ONCE + 7); /* those that rest make room, the others do not */
    tick(&b, 1);
    CHECK_INT(check_lines(notes(&b)), 2 * LIMIT_NOTES_AT_ONCE + 1);
    CHECK(str_ends(notes(&b), S("notes.lost system  {\"count\":7}\n")));
    for (unsigned i = 0; i < 2 * LIMIT_NOTES / LIMIT_NOTES_AT_ONCE; i++)
        tick(&b, 1);
    CHECK_INT(check_lines(notes(&b)), LIMIT_NOTES + LIMIT_NOTES_AT_ONCE + 1);
    close_bench(&b);
}

static void long_texts_are_cut_between_characters(void **state)
{
    struct bench b = open_bench();
    struct buf label;
    (void)state;
    buf_init(&label, b.arena, 4096);
    buf_byte(&label, 'x');
    for (int i = 0; i < 200; i++)
        buf_add(&label, S("\xc3\xbc"));
    struct note n = {.verb = NOTE_ACCESS_DENIED, .who = buf_str(&label)};
    notes_add(b.gate->notes, &n);
    tick(&b, 1);
    str all = notes(&b);
    CHECK_INT(all.len, strlen("access.denied  {\"count\":1}\n") + 159 + 1);
    close_bench(&b);
}

static void what_could_not_be_written_waits(void **state)
{
    struct problem why = {.arena = NULL};
    struct house_config config = {.engine = &engine_faulty};
    (void)state;
    engine_faulty_arm(&engine_sqlite, 0);
    struct bench b = {.house = house_open_with(&config), .arena = arena_open(16u << 10), .now = NOW_MS};
    b.gate = b.house->gate;
    time_set(b.now);
    why.arena = b.arena;
    add_many(&b, 0, 3);
    engine_faulty_arm(&engine_sqlite, 5); /* begin, begin, note, note, note */
    CHECK_ERR(gate_tick(b.gate, &why), ERR_UNAVAILABLE);
    CHECK(engine_faulty_fired());
    engine_faulty_arm(&engine_sqlite, 0);
    CHECK_STR(notes(&b), S(""));
    add_many(&b, 0, 1);
    tick(&b, 1);
    CHECK_INT(check_lines(notes(&b)), 3);
    CHECK(str_contains(notes(&b), S("2001:db8:0:0::7\",\"count\":2,")));
    close_bench(&b);
}

static void notes_move_nothing_that_hangs_on_changes(void **state)
{
    struct bench b = open_bench();
    struct epochs before, after;
    struct problem why = {.arena = b.arena};
    (void)state;
    CHECK_ERR(content_catch_up(b.gate->content, &before, &why), ERR_OK);
    uint64_t last = journal_last(b.gate->content);
    struct note n = {.verb = NOTE_ACCESS_DENIED, .who = S("public"), .collection = S("grants")};
    notes_add(b.gate->notes, &n);
    n.collection = S("users");
    notes_add(b.gate->notes, &n);
    tick(&b, 1);
    CHECK_ERR(content_catch_up(b.gate->content, &after, &why), ERR_OK);
    CHECK_INT(journal_last(b.gate->content), last + 2);
    CHECK(after.model == before.model && after.policy == before.policy && after.identity == before.identity);
    close_bench(&b);
}

CHECK_MAIN(TEST(a_note_is_written_by_the_tick_and_counted_when_it_repeats), TEST(one_network_is_one_sort_of_refusal), TEST(a_flood_of_refusals_fills_no_disk),
           TEST(the_use_of_a_key_is_noted_once_an_hour),
           TEST(refused_permissions_are_noted_for_what_is_there), TEST(sign_ins_are_noted_and_typed_names_are_not),
           TEST(what_does_not_fit_is_counted), TEST(long_texts_are_cut_between_characters),
           TEST(what_could_not_be_written_waits), TEST(notes_move_nothing_that_hangs_on_changes))

/* What of the journal is told to whom: by the rights at the moment of telling, for the item before and after. */
#include "base/limits.h"
#include "base/time.h"
#include "content/journal/feed.h"
#include "roles/feed/feed.h"
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#define MODEL                                                                                                        \
    "[{name:'teams', fields:[{name:'name', kind:'text'}, {name:'open', kind:'boolean'}]},"                          \
    " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'secret', kind:'text'}, {name:'views', kind:'number'},"      \
    "   {name:'owner', kind:'text'}, {name:'team', kind:'ref', to:'teams'}]},"                                        \
    " {name:'hidden', fields:[{name:'title', kind:'text'}]}]"

#define PEOPLE                                                                                                       \
    "{roles: {"                                                                                                      \
    "  all:    [{collection:'posts', verbs:['read']}],"                                                             \
    "  public: [{collection:'posts', verbs:['read'], where:{_state:1}, fields:['title']}],"                         \
    "  fields: [{collection:'posts', verbs:['read'], fields:['title','views']}],"                                  \
    "  rows:   [{collection:'posts', verbs:['read'], where:{views:{$gt:10}}}],"                                     \
    "  own:    [{collection:'posts', verbs:['read'], where:{_cby:'$user'}}],"                                       \
    "  refs:   [{collection:'posts', verbs:['read'], where:{'team.open':true}}],"                                   \
    "  closed: [{collection:'posts', verbs:['read'], where:{$nor:[{'team.open':true}]}}],"                          \
    "  editor: [{collection:'posts', verbs:['read','create','update','delete','publish']}],"                        \
    "  audit:  [{collection:'posts', verbs:['read']}, {collection:'journal', verbs:['read']}],"                     \
    "  none:   [{collection:'teams', verbs:['read']}]},"                                                             \
    " public: 'public',"                                                                                             \
    " users: {ada: {roles:['all'], password:'correct horse battery'}},"                                             \
    " services: {robot: {roles:['rows']}},"                                                                          \
    " keys: {all: {role:'all'}, fields: {role:'fields'}, rows: {role:'rows'}, ada: {user:'ada'}, robot: {service:'robot'},"    \
    "        refs: {role:'refs'}, closed: {role:'closed'}, editor: {role:'editor'}, audit: {role:'audit'}, none: {role:'none'},"         \
    "        narrow: {user:'ada', scopes:[{collection:'posts', fields:['views']}]}}}"

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;
    struct problem why;
};

static struct bench open_bench(void)
{
    struct bench b = {.house = house_open(), .arena = arena_open(64u << 10)};
    b.gate = b.house->gate;
    b.why = (struct problem){.arena = b.arena};
    house_model(b.house, MODEL);
    house_people(b.house, PEOPLE);
    return b;
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    arena_close(b->arena);
}

static const struct exchange *request_of(struct bench *b, const char *key)
{
    const char *headers = *key ? arena_cstr(b->arena, arena_format(b->arena, "api-key: " STR_FMT, STR_ARG(house_key(b->house, key)))) : "";
    struct fake_exchange *f = fake_request(b->arena, "GET", "/api/events", headers, S(""));
    f->x.peer = S("192.0.2.7");
    return &f->x;
}

static enum err open_feed(struct bench *b, const char *key, struct feed_wish wish, struct feed **out)
{
    b->why.err = ERR_OK;
    return gate_feed_open(b->gate, &(struct feed_reader){.x = request_of(b, key)}, &wish, out, &b->why);
}

/* A line per event: sight, verb, before, after; meta fields left out. */
static void tell_image(struct bench *b, struct buf *out, const struct json *image)
{
    struct json *kept = NEW_N(b->arena, struct json, image ? image->count : 0);
    size_t count = 0;
    for (uint32_t i = 0; image && i < image->count; i++)
        if (image->items[i].name.at[0] != '_' && image->items[i].type != JSON_NULL)
            kept[count++] = image->items[i];
    struct json map = json_of_map(kept, count);
    buf_byte(out, ' ');
    buf_add(out, image ? json_print(b->arena, &map) : S("-"));
}

static str tell(struct bench *b, const struct feed_batch *batch)
{
    static const char *const words[] = {"nothing", "added", "changed", "removed", "note"};
    struct buf out;
    buf_init(&out, b->arena, 1u << 20);
    for (size_t i = 0; i < batch->count; i++) {
        const struct feed_event *e = &batch->events[i];
        buf_format(&out, "%s " STR_FMT, words[e->seen.sight], STR_ARG(e->seen.verb));
        tell_image(b, &out, e->seen.before);
        tell_image(b, &out, e->seen.after);
        buf_byte(&out, '\n');
    }
    return buf_str(&out);
}

/* wait_ms: of a feed that waits, which learns of news from the window. */
static enum err read_feed(struct bench *b, struct feed *f, int wait_ms, str *out)
{
    struct feed_batch batch;
    b->why.err = ERR_OK;
    TRY(gate_feed_read(f, b->arena, 100, wait_ms, &batch, &b->why));
    CHECK(batch.last >= batch.count);
    *out = tell(b, &batch);
    return ERR_OK;
}

static str events(struct bench *b, const char *key, struct feed_wish wish)
{
    struct feed *f = NULL;
    str out = {0};
    CHECK_PROBLEM(open_feed(b, key, wish, &f), ERR_OK, &b->why);
    CHECK_PROBLEM(read_feed(b, f, 0, &out), ERR_OK, &b->why);
    gate_feed_close(f);
    return out;
}

static uint64_t now(struct bench *b)
{
    CHECK_PROBLEM(gate_catch_up(b->gate, &b->why), ERR_OK, &b->why);
    return journal_last(b->gate->content);
}

static void everybody_is_told_what_he_may_read(void **state)
{
    static const struct { const char *key; str told; } cases[] = {
        {"all", STR("added create - {\"title\":\"a\",\"secret\":\"s\",\"views\":5}\n"
                    "changed update {\"title\":\"a\",\"secret\":\"s\",\"views\":5} {\"title\":\"a\",\"secret\":\"s\",\"views\":20}\n"
                    "changed update {\"title\":\"a\",\"secret\":\"s\",\"views\":20} {\"title\":\"b\",\"secret\":\"s\",\"views\":20}\n"
                    "changed update {\"title\":\"b\",\"secret\":\"s\",\"views\":20} {\"title\":\"b\",\"secret\":\"s\",\"views\":1}\n"
                    "removed delete {\"title\":\"b\",\"secret\":\"s\",\"views\":1} -\n")},
        {"fields", STR("added create - {\"title\":\"a\",\"views\":5}\n"
                       "changed update {\"title\":\"a\",\"views\":5} {\"title\":\"a\",\"views\":20}\n"
                       "changed update {\"title\":\"a\",\"views\":20} {\"title\":\"b\",\"views\":20}\n"
                       "changed update {\"title\":\"b\",\"views\":20} {\"title\":\"b\",\"views\":1}\n"
                       "removed delete {\"title\":\"b\",\"views\":1} -\n")},
        /* Comes into view and leaves it: told like being made and deleted. */
        {"rows", STR("added create - {\"title\":\"a\",\"secret\":\"s\",\"views\":20}\n"
                     "changed update {\"title\":\"a\",\"secret\":\"s\",\"views\":20} {\"title\":\"b\",\"secret\":\"s\",\"views\":20}\n"
                     "removed delete {\"title\":\"b\",\"secret\":\"s\",\"views\":20} -\n")},
        {"robot", STR("added create - {\"title\":\"a\",\"secret\":\"s\",\"views\":20}\n"
                      "changed update {\"title\":\"a\",\"secret\":\"s\",\"views\":20} {\"title\":\"b\",\"secret\":\"s\",\"views\":20}\n"
                      "removed delete {\"title\":\"b\",\"secret\":\"s\",\"views\":20} -\n")},
        {"narrow", STR("added create - {\"views\":5}\n"
                       "changed update {\"views\":5} {\"views\":20}\n"
                       "changed update {\"views\":20} {\"views\":20}\n"
                       "changed update {\"views\":20} {\"views\":1}\n"
                       "removed delete {\"views\":1} -\n")},
        {"", STR("added create - {\"title\":\"a\"}\n"
                 "changed update {\"title\":\"a\"} {\"title\":\"a\"}\n"
                 "changed update {\"title\":\"a\"} {\"title\":\"b\"}\n"
                 "changed update {\"title\":\"b\"} {\"title\":\"b\"}\n"
                 "removed delete {\"title\":\"b\"} -\n")},
        {"none", STR("")},
    };
    struct bench b = open_bench();
    (void)state;
    uint64_t since = now(&b);
    str id = house_item(b.house, "posts", "{title:'a', secret:'s', views:5, _state:1}");
    house_item(b.house, "hidden", "{title:'nobody is told of it'}");
    house_update(b.house, "posts", id, "{views:20}");
    house_update(b.house, "posts", id, "{title:'b'}");
    house_update(b.house, "posts", id, "{views:1}");
    house_delete(b.house, "posts", id);
    for (size_t i = 0; i < COUNTOF(cases); i++)
        CHECK_STR(events(&b, cases[i].key, (struct feed_wish){.since = since}), cases[i].told);
    close_bench(&b);
}

static void rules_that_follow_references_are_answered(void **state)
{
    struct bench b = open_bench();
    (void)state;
    str open = house_item(b.house, "teams", "{name:'open', open:true}"), shut = house_item(b.house, "teams", "{name:'shut', open:false}");
    uint64_t since = now(&b);
    const char *text = arena_cstr(b.arena, arena_format(b.arena, "{title:'a', team:'" STR_FMT "'}", STR_ARG(open)));
    str id = house_item(b.house, "posts", text);
    house_update(b.house, "posts", id, arena_cstr(b.arena, arena_format(b.arena, "{team:'" STR_FMT "'}", STR_ARG(shut))));
    str refs = events(&b, "refs", (struct feed_wish){.since = since}), closed = events(&b, "closed", (struct feed_wish){.since = since});
    CHECK(str_starts(refs, S("added create - {\"title\":\"a\"")) && str_contains(refs, S("\nremoved delete {\"title\":\"a\"")));
    CHECK(str_starts(closed, S("added create - {\"title\":\"a\"")) && !str_contains(closed, S("removed")));
    house_update(b.house, "teams", shut, "{open:true}"); /* what stands behind it at this moment counts */
    CHECK_STR(events(&b, "closed", (struct feed_wish){.since = since}), S(""));
    close_bench(&b);
}

static void a_wish_narrows(void **state)
{
    struct bench b = open_bench();
    struct feed *f = NULL;
    str posts = S("posts"), two[] = {S("posts"), S("teams")}, del = S("delete");
    (void)state;
    uint64_t since = now(&b);
    str one = house_item(b.house, "posts", "{title:'one', views:1}"), other = house_item(b.house, "posts", "{title:'two', views:2}");
    house_update(b.house, "posts", one, "{views:3}");
    house_delete(b.house, "posts", other);
    struct feed_wish wish = {.since = since, .collections = &posts, .collection_count = 1};
    wish.filter = house_json(b.arena, "{views:{$gt:1}}");
    CHECK_STR(events(&b, "fields", wish), S("added create - {\"title\":\"two\",\"views\":2}\n"
                                            "added create - {\"title\":\"one\",\"views\":3}\n"
                                            "removed delete {\"title\":\"two\",\"views\":2} -\n"));
    wish.filter = NULL;
    wish.item = one;
    CHECK_STR(events(&b, "fields", wish), S("added create - {\"title\":\"one\",\"views\":1}\n"
                                            "changed update {\"title\":\"one\",\"views\":1} {\"title\":\"one\",\"views\":3}\n"));
    wish = (struct feed_wish){.since = since, .verbs = &del, .verb_count = 1};
    CHECK_STR(events(&b, "fields", wish), S("removed delete {\"title\":\"two\",\"views\":2} -\n"));
    /* A field that may not be read is unknown, also in a filter; a collection like one that is not there. */
    wish = (struct feed_wish){.since = since, .collections = &posts, .collection_count = 1, .filter = house_json(b.arena, "{secret:'s'}")};
    CHECK_ERR(open_feed(&b, "fields", wish, &f), ERR_BAD_INPUT);
    wish.filter = NULL;
    CHECK_ERR(open_feed(&b, "none", wish, &f), ERR_NOT_FOUND);
    wish.collections = two;
    wish.collection_count = 2;
    CHECK_ERR(open_feed(&b, "fields", wish, &f), ERR_NOT_FOUND);
    wish.item = one;
    CHECK_ERR(open_feed(&b, "editor", wish, &f), ERR_BAD_INPUT);
    close_bench(&b);
}

#define TONGUES                                                                                                      \
    "[{name:'authors', fields:[{name:'name', kind:'text', localized:true}, {name:'secret', kind:'text'}]},"                \
    " {name:'books', fields:[{name:'title', kind:'text', localized:true}, {name:'plain', kind:'text'},"                     \
    "   {name:'author', kind:'ref', to:'authors'}]}]"

/* What is hidden of an image is not answered by delivery either: the default language's values are not for readers of
 * another, here and behind references. */
static void a_wish_is_about_what_may_be_read(void **state)
{
    static const struct { const char *key, *collection, *filter; bool told; } cases[] = {
        {"english", "books", "{title:'Secret'}", true},
        {"english", "books", "{title:'Other'}", false},
        {"german", "books", "{plain:'p'}", true},
        {"german", "books", "{title:'Secret'}", false},
        {"german", "books", "{title:{$exists:true}}", false},
        {"german", "books", "{$nor:[{title:'Secret'}]}", true}, /* as for any other title */
        {"german", "books", "{$nor:[{title:'Other'}]}", true},
        {"english", "books", "{'author.name':'Ada'}", true},
        {"german", "books", "{'author._id':{$exists:true}}", true},
        {"german", "books", "{'author.name':'Ada'}", false},
        {"english", "authors", "{'books_via_author.title':'Secret'}", true},
        {"german", "authors", "{'books_via_author.plain':'p'}", true},
        {"german", "authors", "{'books_via_author.title':'Secret'}", false},
    };
    struct bench b = {.house = house_open(), .arena = arena_open(64u << 10)};
    (void)state;
    b.gate = b.house->gate;
    b.why = (struct problem){.arena = b.arena};
    house_item(b.house, "locales", "{code:'en', standard:true}");
    house_item(b.house, "locales", "{code:'de'}");
    house_model(b.house, TONGUES);
    house_people(b.house, "{roles: {german: [{collection:'books', verbs:['read'], locales:['de']}, {collection:'authors', verbs:['read'], locales:['de']}],"
                          " english: [{collection:'books', verbs:['read']}, {collection:'authors', verbs:['read']}]},"
                          " keys: {german: {role:'german'}, english: {role:'english'}}}");
    uint64_t since = now(&b);
    str ada = house_item(b.house, "authors", "{name:'Ada', secret:'s'}");
    str book = house_item(b.house, "books", arena_cstr(b.arena, arena_format(b.arena, "{title:'Secret', plain:'p', author:'" STR_FMT "'}", STR_ARG(ada))));
    (void)book;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str collection = str_of(cases[i].collection);
        struct feed_wish wish = {.since = since, .collections = &collection, .collection_count = 1, .filter = house_json(b.arena, cases[i].filter)};
        CHECK_AT(i);
        CHECK_INT(str_contains(events(&b, cases[i].key, wish), S("added create")), cases[i].told);
    }
    check_row = -1;
    close_bench(&b);
}

/* Of more back-references than are looked at nothing is said that hangs on the others. */
static void what_cannot_be_decided_is_not_shown(void **state)
{
    struct bench b = open_bench();
    (void)state;
    house_people(b.house, "{roles: {calm: [{collection:'teams', verbs:['read'], where:{$nor:[{'posts_via_team.title':'bad'}]}}],"
                          " good: [{collection:'teams', verbs:['read'], where:{'posts_via_team.title':'good'}}],"
                          " few: [{collection:'teams', verbs:['read'], where:{$nor:[{posts_via_team:{$size:1001}}]}}]},"
                          " keys: {calm: {role:'calm'}, good: {role:'good'}, few: {role:'few'}}}");
    struct feed_wish wish = {.since = now(&b)};
    str team = house_item(b.house, "teams", "{name:'t'}"), told = S("added create - {\"name\":\"t\"}\n");
    const char *good = arena_cstr(b.arena, arena_format(b.arena, "{title:'good', team:'" STR_FMT "'}", STR_ARG(team)));
    for (unsigned i = 0; i < LIMIT_ROWS; i++)
        (void)house_item(b.house, "posts", good);
    CHECK_STR(events(&b, "calm", wish), told);
    CHECK_STR(events(&b, "good", wish), told);
    CHECK_STR(events(&b, "few", wish), told);
    (void)house_item(b.house, "posts", arena_cstr(b.arena, arena_format(b.arena, "{title:'bad', team:'" STR_FMT "'}", STR_ARG(team))));
    CHECK_STR(events(&b, "calm", wish), S(""));
    CHECK_STR(events(&b, "good", wish), told);
    CHECK_STR(events(&b, "few", wish), S(""));
    close_bench(&b);
}

static void notes_are_for_readers_of_the_journal_who_ask(void **state)
{
    struct bench b = open_bench();
    struct feed *f = NULL;
    str journal = S("journal");
    struct feed_batch batch;
    (void)state;
    uint64_t since = now(&b);
    struct entry note = {.at_ms = 1, .who = S("somebody"), .via = S("rest"), .collection = S("posts"), .verb = S("access.denied")};
    CHECK_PROBLEM(journal_note(b.gate->content, &note, 1, &b.why), ERR_OK, &b.why);
    (void)house_item(b.house, "posts", "{title:'one'}");
    struct feed_wish wish = {.since = since, .collections = &journal, .collection_count = 1};
    CHECK_STR(events(&b, "audit", wish), S("note access.denied - -\n"));
    CHECK_ERR(open_feed(&b, "all", wish, &f), ERR_NOT_FOUND);
    CHECK_STR(events(&b, "audit", (struct feed_wish){.since = since}), S("added create - {\"title\":\"one\"}\n"));
    static const struct { const char *key; bool shown; } cases[] = {{"audit", true}, {"all", false}};
    for (size_t i = 0; i < COUNTOF(cases); i++) { /* who did it is the journal's business, too */
        CHECK_PROBLEM(open_feed(&b, cases[i].key, (struct feed_wish){.since = since}, &f), ERR_OK, &b.why);
        CHECK_PROBLEM(gate_feed_read(f, b.arena, 1, 0, &batch, &b.why), ERR_OK, &b.why);
        CHECK(batch.count == 1 && str_is_absent(batch.events[0].who) == !cases[i].shown);
        gate_feed_close(f);
    }
    close_bench(&b);
}

static void who_loses_the_right_meanwhile_is_told_nothing_more(void **state)
{
    static const struct { const char *key, *people; enum err then; } cases[] = {
        {"all", "{keys: {all: {role:'all', disabled:true}}}", ERR_UNAUTHENTICATED},
        {"ada", "{users: {ada: {active:false}}}", ERR_UNAUTHENTICATED},
        {"ada", "{users: {ada: {active:true, roles:['none']}}}", ERR_NOT_FOUND},
        {"fields", "{roles: {fields: [{collection:'teams', verbs:['read']}]}}", ERR_NOT_FOUND},
        {"rows", "{keys: {rows: {role:'rows', expires_at:'2001-01-01T00:00:00Z'}}}", ERR_UNAUTHENTICATED},
        {"", "{public: null}", ERR_UNAUTHENTICATED},
    };
    struct bench b = open_bench();
    str posts = S("posts"), told = {0};
    (void)state;
    house_people(b.house, "{users: {ada: {active:true, roles:['all']}}}");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct feed *f = NULL;
        if (i == 2)
            house_people(b.house, "{users: {ada: {active:true, roles:['all']}}}");
        struct feed_wish wish = {.from_now = true, .collections = &posts, .collection_count = 1, .waits = true};
        CHECK_PROBLEM(open_feed(&b, cases[i].key, wish, &f), ERR_OK, &b.why);
        (void)house_item(b.house, "posts", "{title:'before it', views:99, _state:1}");
        CHECK_PROBLEM(read_feed(&b, f, 60000, &told), ERR_OK, &b.why);
        CHECK(str_contains(told, S("before it")));
        (void)house_item(b.house, "posts", "{title:'written before, told after', views:99, _state:1}");
        house_people(b.house, cases[i].people);
        CHECK_ERR(read_feed(&b, f, 60000, &told), cases[i].then);
        CHECK_ERR(read_feed(&b, f, 60000, &told), cases[i].then);
        gate_feed_close(f);
    }
    close_bench(&b);
}

static void a_role_that_changes_shows_less_from_then_on(void **state)
{
    struct bench b = open_bench();
    struct feed *f = NULL;
    str told = {0};
    (void)state;
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.from_now = true}, &f), ERR_OK, &b.why);
    (void)house_item(b.house, "posts", "{title:'one', secret:'s'}");
    CHECK_PROBLEM(read_feed(&b, f, 0, &told), ERR_OK, &b.why);
    CHECK_STR(told, S("added create - {\"title\":\"one\",\"secret\":\"s\"}\n"));
    (void)house_item(b.house, "posts", "{title:'two', secret:'s'}");
    house_people(b.house, "{roles: {all: [{collection:'posts', verbs:['read'], fields:['title']}]}}");
    CHECK_PROBLEM(read_feed(&b, f, 0, &told), ERR_OK, &b.why);
    CHECK_STR(told, S("added create - {\"title\":\"two\"}\n"));
    gate_feed_close(f);
    close_bench(&b);
}

static void a_place_moves_however_little_is_seen(void **state)
{
    struct bench b = open_bench();
    struct feed *f = NULL;
    struct feed_batch batch;
    (void)state;
    uint64_t since = now(&b);
    for (int i = 0; i < 600; i++)
        (void)house_item(b.house, "hidden", "{title:'x'}");
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.since = since}, &f), ERR_OK, &b.why);
    CHECK_PROBLEM(gate_feed_read(f, b.arena, 100, 0, &batch, &b.why), ERR_OK, &b.why);
    CHECK_INT(batch.count, 0);
    CHECK_INT(batch.last, now(&b));
    CHECK(!batch.more);
    gate_feed_close(f);
    /* One event at a time misses none. */
    since = now(&b);
    for (int i = 0; i < 5; i++)
        (void)house_item(b.house, "posts", "{title:'x'}");
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.since = since}, &f), ERR_OK, &b.why);
    for (int i = 0; i < 5; i++) {
        CHECK_PROBLEM(gate_feed_read(f, b.arena, 1, 0, &batch, &b.why), ERR_OK, &b.why);
        CHECK(batch.count == 1 && batch.events[0].seq == batch.last && batch.more == (i < 4));
    }
    gate_feed_close(f);
    close_bench(&b);
}

static void what_is_not_kept_is_gone(void **state)
{
    struct bench b = open_bench();
    struct feed *f = NULL;
    (void)state;
    CHECK_ERR(open_feed(&b, "all", (struct feed_wish){.since = now(&b) + 1}, &f), ERR_GONE);
    CHECK(b.why.more && json_get(b.why.more, S("last"))->integer == (int64_t)now(&b));
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.since = now(&b)}, &f), ERR_OK, &b.why);
    gate_feed_close(f);
    close_bench(&b);
}

/* Old entries stay for a consumer that has not done them; once they are gone, so is every place before them. */
static void what_a_consumer_has_not_done_is_kept(void **state)
{
    enum { ENTRIES = LIMIT_CHECKPOINT_ENTRIES + 200 };
    struct bench b = open_bench();
    struct content *c = b.gate->content;
    struct entry *notes = NEW_N(b.arena, struct entry, ENTRIES);
    struct trimmed trimmed;
    struct feed *f = NULL;
    uint64_t from = 0;
    str told;
    (void)state;
    CHECK_PROBLEM(feed_begin(c, S("slow"), &from, &b.why), ERR_OK, &b.why);
    for (size_t i = 0; i < ENTRIES; i++)
        notes[i] = (struct entry){.at_ms = 1, .who = S("somebody"), .via = S("rest"), .collection = S("posts"), .verb = S("access.denied")};
    CHECK_PROBLEM(journal_note(c, notes, ENTRIES, &b.why), ERR_OK, &b.why);
    (void)now(&b);
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.since = 1}, &f), ERR_OK, &b.why);
    CHECK_PROBLEM(journal_trim(c, INT64_MAX, b.arena, &trimmed, &b.why), ERR_OK, &b.why);
    CHECK(!trimmed.did && str_equal(trimmed.held_by, S("slow")) && trimmed.held_at == from);
    CHECK_PROBLEM(feed_done(c, S("slow"), LIMIT_CHECKPOINT_ENTRIES, &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(journal_trim(c, INT64_MAX, b.arena, &trimmed, &b.why), ERR_OK, &b.why);
    CHECK(trimmed.did && str_is_absent(trimmed.held_by));
    CHECK_ERR(read_feed(&b, f, 0, &told), ERR_GONE);
    gate_feed_close(f);
    CHECK_ERR(open_feed(&b, "all", (struct feed_wish){.since = LIMIT_CHECKPOINT_ENTRIES - 1}, &f), ERR_GONE);
    CHECK(b.why.more && json_get(b.why.more, S("first"))->integer == LIMIT_CHECKPOINT_ENTRIES + 1);
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.since = LIMIT_CHECKPOINT_ENTRIES}, &f), ERR_OK, &b.why);
    gate_feed_close(f);
    close_bench(&b);
}

static void no_more_wait_than_may(void **state)
{
    struct bench b = open_bench();
    struct feed *feeds[LIMIT_STREAMS], *one = NULL;
    struct feed_figures figures;
    (void)state;
    for (size_t i = 0; i < COUNTOF(feeds); i++) {
        if (i == COUNTOF(feeds) / 2) /* one key has no more than half of them */
            CHECK_ERR(open_feed(&b, "all", (struct feed_wish){.from_now = true, .waits = true}, &one), ERR_TOO_MANY);
        const char *key = i < COUNTOF(feeds) / 2 ? "all" : "audit";
        CHECK_PROBLEM(open_feed(&b, key, (struct feed_wish){.from_now = true, .waits = true}, &feeds[i]), ERR_OK, &b.why);
    }
    CHECK_ERR(open_feed(&b, "refs", (struct feed_wish){.from_now = true, .waits = true}, &one), ERR_UNAVAILABLE);
    CHECK(b.why.retry_after_s > 0);
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.from_now = true}, &one), ERR_OK, &b.why); /* does not wait */
    gate_feed_close(one);
    gate_feed_figures(b.gate, &figures);
    CHECK(figures.streams == LIMIT_STREAMS && figures.refused == 2);
    for (size_t i = 0; i < COUNTOF(feeds); i++)
        gate_feed_close(feeds[i]);
    CHECK_PROBLEM(open_feed(&b, "all", (struct feed_wish){.from_now = true, .waits = true}, &one), ERR_OK, &b.why);
    gate_feed_close(one);
    close_bench(&b);
}

static void consumers_keep_their_place(void **state)
{
    struct bench b = open_bench();
    struct content *c = b.gate->content;
    struct feed_place *places = NULL;
    size_t count = 0;
    uint64_t from = 0, again = 0;
    (void)state;
    CHECK_PROBLEM(feed_begin(c, S("hooks"), &from, &b.why), ERR_OK, &b.why);
    CHECK_INT(from, now(&b));
    (void)house_item(b.house, "posts", "{title:'x'}");
    (void)now(&b);
    CHECK_PROBLEM(feed_places(c, b.arena, &places, &count, &b.why), ERR_OK, &b.why);
    CHECK(count == 1 && str_equal(places[0].name, S("hooks")) && places[0].seq == from && places[0].lag == 1);
    CHECK_PROBLEM(feed_done(c, S("hooks"), from + 1, &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(feed_done(c, S("hooks"), from, &b.why), ERR_OK, &b.why); /* never back */
    CHECK_PROBLEM(feed_begin(c, S("hooks"), &again, &b.why), ERR_OK, &b.why);
    CHECK_INT(again, from + 1);
    CHECK_PROBLEM(feed_drop(c, S("hooks"), &b.why), ERR_OK, &b.why);
    CHECK_ERR(feed_done(c, S("hooks"), from + 1, &b.why), ERR_NOT_FOUND);
    static const str bad[] = {STR(""), STR("A"), STR("a b"), STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")};
    for (size_t i = 0; i < COUNTOF(bad); i++)
        CHECK_ERR(feed_begin(c, bad[i], &from, &b.why), ERR_BAD_INPUT);
    for (unsigned i = 0; i < LIMIT_FEEDS; i++)
        CHECK_PROBLEM(feed_begin(c, arena_format(b.arena, "c%u", i), &from, &b.why), ERR_OK, &b.why);
    CHECK_ERR(feed_begin(c, S("one-more"), &from, &b.why), ERR_FULL);
    close_bench(&b);
}

CHECK_MAIN(TEST(everybody_is_told_what_he_may_read),
           TEST(rules_that_follow_references_are_answered),
           TEST(a_wish_narrows),
           TEST(a_wish_is_about_what_may_be_read),
           TEST(what_cannot_be_decided_is_not_shown),
           TEST(notes_are_for_readers_of_the_journal_who_ask),
           TEST(who_loses_the_right_meanwhile_is_told_nothing_more),
           TEST(a_role_that_changes_shows_less_from_then_on),
           TEST(a_place_moves_however_little_is_seen),
           TEST(what_is_not_kept_is_gone),
           TEST(what_a_consumer_has_not_done_is_kept),
           TEST(no_more_wait_than_may),
           TEST(consumers_keep_their_place))

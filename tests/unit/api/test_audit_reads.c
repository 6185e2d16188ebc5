/* Reads that the model wants noted: whatever way they take (docs/audit.md). */
#include "base/limits.h"
#include "content/internal.h"
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

struct desk {
    struct house *house;
    struct arena *arena;
    str ada, eve, letter;             /* of staff, of letters */
    uint64_t seen;                    /* the journal's end before the request */
};

static struct desk open_desk(void)
{
    struct desk d = {.house = house_open(), .arena = arena_open(64u << 10)};
    house_model(d.house, "[{name:'staff', fields:[{name:'name', kind:'text'}, {name:'salary', kind:'number', audit_reads:true},"
                         "                         {name:'twice', kind:'number', computed:{$multiply:['$salary', 2]}}]},"
                         " {name:'letters', audit_reads:true, fields:[{name:'text', kind:'text', search:true}, {name:'to', kind:'ref', to:'staff'}]},"
                         " {name:'teams', fields:[{name:'name', kind:'text'}, {name:'people', kind:'ref', to:'staff', many:true}]},"
                         " {name:'wages', view:{from:'staff', fields:{pay:'salary', who:'name'}}}]");
    house_people(d.house, "{roles: {boss: [{collection:'*', verbs:['*']}, {collection:'journal', verbs:['read']}],"
                          "         desk: [{collection:'staff', verbs:['read'], fields:['name']}, {collection:'journal', verbs:['read']}],"
                          "         clerk: [{collection:'staff', verbs:['read'], fields:['name']}, {collection:'letters', verbs:['read']}]},"
                          " keys: {boss: {role:'boss'}, clerk: {role:'clerk'}, desk: {role:'desk'}, root: {role:'admin'}}}");
    d.ada = house_item(d.house, "staff", "{name:'Ada', salary:4711}");
    d.eve = house_item(d.house, "staff", "{name:'Eve', salary:815}");
    d.letter = house_item(d.house, "letters", arena_cstr(d.arena, arena_format(d.arena, "{text:'dear', to:'" STR_FMT "'}", STR_ARG(d.ada))));
    (void)house_item(d.house, "teams", arena_cstr(d.arena, arena_format(d.arena, "{name:'one', people:['" STR_FMT "','" STR_FMT "']}", STR_ARG(d.ada), STR_ARG(d.eve))));
    return d;
}

static void close_desk(struct desk *d)
{
    arena_close(d->arena);
    house_close(d->house);
}

/* The notes since, a line each. */
static str notes(struct desk *d)
{
    struct entry *entries = NULL;
    size_t count = 0;
    struct problem why = {.arena = d->arena};
    struct buf out;
    buf_init(&out, d->arena, 1u << 20);
    CHECK_PROBLEM(journal_read(d->house->gate->content, d->seen, 10000, d->arena, &entries, &count, &why), ERR_OK, &why);
    for (size_t i = 0; i < count; i++) {
        d->seen = entries[i].seq;
        if (str_equal(entries[i].verb, S("items.read")))
            buf_format(&out, STR_FMT " " STR_FMT " " STR_FMT "\n", STR_ARG(entries[i].who), STR_ARG(entries[i].collection),
                       STR_ARG(entries[i].after));
    }
    return buf_str(&out);
}

struct call {
    const char *key, *target;
    const char *has;                  /* parts of the notes, with '|' between them; NULL: there is none */
    size_t lines;
};

static str filled(struct desk *d, const char *pattern)
{
    struct buf b;
    buf_init(&b, d->arena, 4096);
    for (const char *p = pattern; *p; p++) {
        str id = *p == '%' ? (p[1] == 'a' ? d->ada : p[1] == 'e' ? d->eve : d->letter) : (str){p, 1};
        buf_add(&b, id);
        p += *p == '%';
    }
    return buf_str(&b);
}

static void converse(struct desk *d, const struct call *calls, size_t count)
{
    (void)notes(d);
    for (size_t i = 0; i < count; i++) {
        const char *target = arena_cstr(d->arena, filled(d, calls[i].target));
        const char *headers = arena_cstr(d->arena, arena_format(d->arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(d->house, calls[i].key))));
        struct fake_exchange *f = rest_request(d->house->gate, d->arena, "GET", target, headers, S(""), NULL);
        str said = notes(d);
        const char *has = calls[i].has ? arena_cstr(d->arena, filled(d, calls[i].has)) : NULL;
        CHECK_AT(i);
        if (f->status != 200 || check_lines(said) != calls[i].lines || !check_has_parts(said, has, true))
            CHECK_SAY("%s: %d\n" STR_FMT STR_FMT, target, f->status, STR_ARG(said), STR_ARG(f->answer));
    }
    check_row = -1;
}

#define C "/api/content/"

static void every_way_is_noted(void **state)
{
    static const struct call calls[] = {
        {"boss", C "item/staff/%a", "key boss staff {\"address\":\"192.0.2.1\",\"count\":1,\"fields\":[\"salary\",\"twice\"],\"items\":[\"%a\"]}", 1},
        {"boss", C "items/staff", "\"count\":2,\"fields\":[\"salary\",\"twice\"],\"items\":[\"%a\",\"%e\"]", 1},
        {"boss", C "items/staff?fields=name", NULL, 0},
        {"boss", C "items/staff?fields=name&filter={salary:{$gt:1000}}", "\"count\":1,\"fields\":[\"salary\"],\"items\":[\"%a\"]", 1},
        {"boss", C "items/staff?fields=name&filter={salary:{$gt:99999}}", "\"count\":0,\"fields\":[\"salary\"],\"items\":[]", 1},
        {"boss", C "items/staff?fields=name&sort=salary", "\"fields\":[\"salary\"]", 1},
        {"boss", C "items/staff?fields=twice", "\"count\":2,\"fields\":[\"twice\"]", 1},
        {"boss", C "items/staff?fields=name&limit=0&count=only&filter[salary][$gt]=1", "\"fields\":[\"salary\"]", 1},
        {"clerk", C "items/staff", NULL, 0},
        {"clerk", C "items/letters", "key clerk letters {\"address\":\"192.0.2.1\",\"count\":1,\"fields\":[\"text\",\"to\"],\"items\":[\"%l\"]}", 1},
        {"clerk", C "items/letters?populate=1", "letters {\"address\":\"192.0.2.1\",\"count\":1", 1},
        {"boss", C "items/letters?populate=1", "staff {\"address\":\"192.0.2.1\",\"count\":1,\"fields\":[\"salary\",\"twice\"],\"items\":[\"%a\"]}|letters {\"address\":\"192.0.2.1\",\"count\":1", 2},
        {"boss", C "items/letters?populate=1", "staff {\"address\":\"192.0.2.1\",\"count\":1", 2}, /* nothing is remembered past it */
        {"boss", C "items/teams?populate=1", "staff {\"address\":\"192.0.2.1\",\"count\":2,\"fields\":[\"salary\",\"twice\"],\"items\":[\"%a\",\"%e\"]}", 1},
        {"boss", C "items/teams", NULL, 0},
        {"boss", C "items/teams?filter={'people.salary':4711}", "staff {\"address\":\"192.0.2.1\",\"count\":0,\"fields\":[\"salary\"]", 1},
        {"boss", C "items/teams?fields=name,people.name", NULL, 0},
        {"boss", C "groups/staff?aggregate[sum]=salary", "\"count\":0,\"fields\":[\"salary\"]", 1},
        {"boss", C "groups/staff?groupBy=salary&aggregate[count]=*", "\"fields\":[\"salary\"]", 1},
        {"boss", C "aggregate/staff?pipeline=[{$group:{_id:null,n:{$max:'$salary'}}}]", "\"count\":2,\"fields\":[\"salary\"]", 1},
        {"boss", C "search?q=dear&collections=letters", "letters {\"address\":\"192.0.2.1\",\"count\":1", 1},
        {"boss", C "items/wages", "staff {\"address\":\"192.0.2.1\",\"count\":2,\"fields\":[\"salary\"],\"items\":[\"%a\",\"%e\"]}", 1},
        {"boss", C "items/wages?fields=who", NULL, 0},
        {"boss", C "items?models={staff:{},teams:{}}", "staff {\"address\":\"192.0.2.1\",\"count\":2", 1},
        {"boss", C "export/staff?format=csv", "\"count\":2", 1},
        {"boss", C "export/staff?fields=name", NULL, 0},
        {"boss", C "item/staff/%a/history/1", "staff {\"address\":\"192.0.2.1\",\"count\":1,\"fields\":[\"salary\"],\"items\":[\"%a\"]}", 1},
        {"boss", C "item/staff/%a/history", NULL, 0},
        {"boss", C "items/journal?filter={collection:'staff'}", "staff {\"address\":\"192.0.2.1\",\"count\":2,\"fields\":[\"salary\"],\"items\":[\"%a\",\"%e\"]}", 1},
        {"root", C "items/journal?filter={collection:'staff'}&fields=changes", "staff {\"address\":\"192.0.2.1\",\"count\":2", 1},
        {"boss", C "items/journal?filter={collection:'staff'}&fields=who,verb", NULL, 0},
        {"boss", "/api/events?since=0&collection=staff", "staff {\"address\":\"192.0.2.1\",\"count\":2,\"fields\":[\"salary\"]", 1},
        {"clerk", "/api/events?since=0&collection=staff", NULL, 0},
    };
    (void)state;
    struct desk d = open_desk();
    converse(&d, calls, COUNTOF(calls));
    house_delete(d.house, "staff", d.eve);
    static const struct call trash[] = {{"boss", C "trash/staff", "staff {\"address\":\"192.0.2.1\",\"count\":1,\"fields\":[\"salary\"],\"items\":[\"%e\"]}", 1}};
    converse(&d, trash, 1);
    close_desk(&d);
}

/* No note, no answer. */
static void a_read_that_cannot_be_noted_fails(void **state)
{
    (void)state;
    struct desk d = open_desk();
    const char *headers = arena_cstr(d.arena, arena_format(d.arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(d.house, "boss"))));
    d.house->gate->content->read_only = true;
    struct fake_exchange *f = rest_request(d.house->gate, d.arena, "GET", C "items/staff", headers, S(""), NULL);
    CHECK_INT(f->status, 503);
    CHECK(!str_contains(f->answer, S("4711")));
    f = rest_request(d.house->gate, d.arena, "GET", C "items/staff?fields=name", headers, S(""), NULL);
    CHECK_INT(f->status, 200);
    d.house->gate->content->read_only = false;
    close_desk(&d);
}

/* How many ids stand in a note, behind its fields. */
static size_t named(str note)
{
    str head, ids;
    size_t count = 1;
    NEED(str_cut(note, '[', &head, &ids) && str_cut(ids, '[', &head, &ids) && str_starts(ids, S("\"")));
    for (size_t i = 0; i < ids.len; i++)
        count += ids.at[i] == ',';
    return count;
}

/* However many: all are counted, so many are named. */
static void a_note_names_so_many(void **state)
{
    static const struct {
        const char *target;
        size_t count;
    } cases[] = {{C "items/staff?fields=salary&limit=1000", LIMIT_ROWS}, {C "items/teams?populate=1&filter[name]=half", LIMIT_READ_NOTE_IDS + 42}};
    (void)state;
    struct desk d = open_desk();
    const char *headers = arena_cstr(d.arena, arena_format(d.arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(d.house, "boss"))));
    for (size_t team = 0; team < 2; team++) {
        struct buf half;
        buf_init(&half, d.arena, 1u << 20);
        for (size_t i = 0; i < LIMIT_READ_NOTE_IDS / 2 + 21; i++)
            buf_format(&half, "%s'" STR_FMT "'", i ? "," : "{name:'half', people:[", STR_ARG(house_item(d.house, "staff", "{name:'x', salary:1}")));
        buf_add(&half, S("]}"));
        (void)house_item(d.house, "teams", arena_cstr(d.arena, buf_str(&half)));
    }
    (void)notes(&d);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(rest_request(d.house->gate, d.arena, "GET", cases[i].target, headers, S(""), NULL)->status, 200);
        str note = notes(&d);
        CHECK_INT(check_lines(note), 1);
        if (!str_contains(note, arena_format(d.arena, "\"count\":%zu,", cases[i].count)))
            CHECK_SAY("%.120s", arena_cstr(d.arena, note));
        CHECK_INT(named(note), LIMIT_READ_NOTE_IDS);
    }
    check_row = -1;
    close_desk(&d);
}

/* A page of an export ends where it is large enough: what it shows is noted all the same. */
static void pages_of_exports_are_noted(void **state)
{
    (void)state;
    struct desk d = open_desk();
    char *text = arena_get(d.arena, 1, 400001);
    memset(text, 'x', 400000);
    text[400000] = 0;
    for (unsigned i = 0; i < 4; i++)
        (void)house_item(d.house, "letters", arena_cstr(d.arena, arena_format(d.arena, "{text:'%s'}", text)));
    static const struct call calls[] = {{"boss", C "export/letters", "\"count\":4|\"count\":1", 2},
                                        {"boss", C "export/letters?format=csv", "\"count\":4|\"count\":1", 2}};
    converse(&d, calls, COUNTOF(calls));
    close_desk(&d);
}

/* Who reads of such a note is not told of a field that he does not know of. */
static void a_note_names_no_hidden_field(void **state)
{
    static const struct {
        const char *key;
        bool knows;
    } readers[] = {{"boss", true}, {"root", true}, {"desk", false}};
    (void)state;
    struct desk d = open_desk();
    static const struct call calls[] = {{"boss", C "items/staff", "\"fields\":[\"salary\",\"twice\"]", 1}};
    converse(&d, calls, 1);
    for (size_t i = 0; i < COUNTOF(readers); i++) {
        const char *headers = arena_cstr(d.arena, arena_format(d.arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(d.house, readers[i].key))));
        struct fake_exchange *f = rest_request(d.house->gate, d.arena, "GET", C "items/journal?filter={verb:'items.read'}", headers, S(""), NULL);
        CHECK_AT(i);
        CHECK(str_contains(f->answer, str_of("\"count\":2")) && str_contains(f->answer, d.ada));
        CHECK(str_contains(f->answer, S("salary")) == readers[i].knows && str_contains(f->answer, S("twice")) == readers[i].knows);
    }
    check_row = -1;
    close_desk(&d);
}

/* Which items a change would be for tells of what they are asked by. */
static void what_changes_are_asked_by_is_noted(void **state)
{
    (void)state;
    struct desk d = open_desk();
    const char *headers = arena_cstr(d.arena, arena_format(d.arena, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(d.house, "boss"))));
    static const struct {
        const char *filter;
        size_t notes;
    } cases[] = {{"{salary:{$gt:1000}}", 1}, {"{name:'Ada'}", 0}};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        (void)notes(&d);
        const char *target = arena_cstr(d.arena, arena_format(d.arena, C "items/staff?dry_run=true&filter=%s", cases[i].filter));
        struct fake_exchange *f = rest_request(d.house->gate, d.arena, "PATCH", target, headers, S("{\"name\":\"Bob\"}"), NULL);
        CHECK_AT(i);
        CHECK_INT(f->status, 200);
        str said = notes(&d);
        CHECK(check_lines(said) == cases[i].notes && str_contains(said, S("salary")) == (cases[i].notes > 0));
    }
    check_row = -1;
    close_desk(&d);
}

/* A change that is not made shows what it was not made to. */
static void conflicts_show_no_value_of_theirs(void **state)
{
    (void)state;
    struct desk d = open_desk();
    house_update(d.house, "staff", d.ada, "{name:'Bea', salary:4712}");
    const char *headers = arena_cstr(d.arena, arena_format(d.arena, "api-key: " STR_FMT "\nContent-Type: application/json\nIf-Match: \"1\"\n",
                                                           STR_ARG(house_key(d.house, "boss"))));
    struct fake_exchange *f = rest_request(d.house->gate, d.arena, "PATCH", arena_cstr(d.arena, filled(&d, C "item/staff/%a")), headers,
                                           S("{\"name\":\"Eva\"}"), NULL);
    CHECK_INT(f->status, 412);
    CHECK(str_contains(f->answer, S("\"Ada\"")) && str_contains(f->answer, S("\"Bea\"")) && str_contains(f->answer, S("[\"name\",\"salary\"]")));
    CHECK(!str_contains(f->answer, S("471")));
    close_desk(&d);
}

CHECK_MAIN(TEST(every_way_is_noted), TEST(a_read_that_cannot_be_noted_fails), TEST(a_note_names_so_many),
           TEST(pages_of_exports_are_noted), TEST(a_note_names_no_hidden_field),
           TEST(what_changes_are_asked_by_is_noted), TEST(conflicts_show_no_value_of_theirs))

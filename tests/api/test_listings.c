/* A listing page by page is the listing: by cursor and by skip, whatever it is sorted by, with
 * values that are missing and values that many items share. */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/stand.h"

#define ITEMS 60u

static struct stand *stand;
static struct arena *arena; /* of one row */

static const char model[] =
    "[{name:'things', fields:[{name:'title', kind:'text'}, {name:'rank', kind:'number', "
    "indexed:true},"
    " {name:'day', kind:'date'}, {name:'live', kind:'boolean'}, {name:'at', kind:'datetime'}]},"
    " {name:'branches', shape:'tree', fields:[{name:'title', kind:'text'}]},"
    " {name:'few', fields:[{name:'title', kind:'text'}]}]";

/* Few values, many holes: every third title is missing, ranks are whole, broken or none. */
static void fill(void)
{
    static const char *const ranks[] = {"null", "1", "2", "2.5", "-1", "9007199254740993"};
    static const char *const titles[] = {"null", "'a'", "'A'", "'ä'", "''", "'b'"};
    static const char *const days[] = {"null", "'2026-01-01'", "'2025-12-31'"};
    static const char *const lives[] = {"null", "true", "false"};
    static const char *const times[] = {"null", "'2026-01-01T00:00:00Z'",
                                        "'2026-01-01T01:00:00+01:00'"};
    house_model(stand->house, model);
    for (unsigned i = 0; i < ITEMS; i++) {
        str item = arena_format(stand->house->arena,
                                "{title:%s, rank:%s, day:%s, live:%s, at:%s, _state:%d}",
                                titles[i % 6], ranks[(i * 7 + i / 6) % 6], days[i / 3 % 3],
                                lives[i / 5 % 3], times[i % 3], i % 10 == 9 ? 0 : 1);
        house_item(stand->house, "things", arena_cstr(stand->house->arena, item));
    }
    str top = house_item(stand->house, "branches", "{title:'top'}");
    for (unsigned i = 0; i < 7; i++) {
        str item =
            arena_format(stand->house->arena, "{title:'b', _pid:'" STR_FMT "'}", STR_ARG(top));
        house_item(stand->house, "branches", arena_cstr(stand->house->arena, item));
    }
}

static const struct json *ask(str target)
{
    struct fake_exchange *f =
        stand_ask(stand, arena, "GET", arena_cstr(arena, target), stand->admin, NULL);
    CHECK_INT(f->status, 200);
    return stand_json(arena, f);
}

/* "id id id" of a list, in order. */
static void add_ids(struct buf *b, const struct json *list)
{
    must(list && list->type == JSON_LIST);
    for (uint32_t i = 0; i < list->count; i++)
        buf_format(b, STR_FMT " ", STR_ARG(json_get(&list->items[i], S("_id"))->text));
}

static struct buf new_buf(void)
{
    struct buf b;
    buf_init(&b, arena, 1u << 20);
    return b;
}

static str whole(const char *collection, const char *rest)
{
    struct buf b = new_buf();
    add_ids(&b, ask(arena_format(arena, "/api/content/items/%s?%s", collection, rest)));
    return buf_str(&b);
}

static str by_cursor(const char *collection, const char *rest, unsigned limit)
{
    struct buf b = new_buf();
    str cursor = S("");
    for (unsigned pages = 0; !str_is_absent(cursor) && pages < 200; pages++) {
        const struct json *page =
            ask(arena_format(arena, "/api/content/items/%s?%s&limit=%u&cursor=" STR_FMT, collection,
                             rest, limit, STR_ARG(cursor)));
        const struct json *data = json_get(page, S("data")),
                          *next = json_at(page, S("/meta/cursor"));
        add_ids(&b, data);
        CHECK(data->count <= limit && (next->type == JSON_NULL || data->count == limit));
        cursor = next->type == JSON_TEXT ? next->text : (str){0};
    }
    return buf_str(&b);
}

static str by_skip(const char *collection, const char *rest, unsigned limit)
{
    struct buf b = new_buf();
    int64_t total = 1;
    for (unsigned skip = 0; skip < total; skip += limit) {
        const struct json *page = ask(arena_format(
            arena, "/api/content/items/%s?%s&limit=%u&skip=%u", collection, rest, limit, skip));
        add_ids(&b, json_get(page, S("data")));
        total = json_at(page, S("/meta/total"))->integer;
    }
    return buf_str(&b);
}

/* The address in a Link header; {0}: no next page. */
static str next_link(const struct fake_exchange *f)
{
    str link = fake_header(f, "Link"), head, tail;
    if (str_is_absent(link))
        return link;
    must(str_cut(link, '>', &head, &tail));
    if (str_starts(tail, S("; rel=\"prev\""))) /* the last page */
        return (str){0};
    CHECK(str_starts(tail, S("; rel=\"next\"")));
    return str_slice(head, 1, head.len);
}

static str by_link(const char *collection, const char *rest, unsigned limit, bool bare)
{
    struct buf b = new_buf();
    str target = arena_format(arena, "/api/content/items/%s?%s&limit=%u%s", collection, rest, limit,
                              bare ? "" : "&skip=0");
    for (unsigned pages = 0; !str_is_absent(target) && pages < 200; pages++) {
        struct fake_exchange *f =
            stand_ask(stand, arena, "GET", arena_cstr(arena, target), stand->admin, NULL);
        CHECK_INT(f->status, 200);
        const struct json *v = stand_json(arena, f);
        CHECK(bare == (v->type == JSON_LIST));
        CHECK(bare || json_at(v, S("/meta/total")));
        add_ids(&b, bare ? v : json_get(v, S("data")));
        target = next_link(f);
    }
    return buf_str(&b);
}

static const struct {
    const char *collection, *rest;
} listings[] = {
    {"things", "x"}, /* put in below: no parameter at all */
    {"things", "sort=title"},
    {"things", "sort=-title"},
    {"things", "sort=rank"},
    {"things", "sort=-rank"},
    {"things", "sort=day,-rank"},
    {"things", "sort=-live,title,-day"},
    {"things", "sort=at"},
    {"things", "sort=-at,rank,title,day,live"},
    {"things", "sort=_created,-_id"},
    {"things", "sort=-_modified"},
    {"things", "sort=_id"},
    {"things", "sort={title:1,rank:-1}&filter={live:true}"},
    {"things", "sort=title&state=any"},
    {"things", "sort=-rank&state=draft"},
    {"things", "filter={rank:null}"},
    {"things", "sort=rank&fields=title"},
    {"things", "sort=-title&fields={_id:1}"},
    {"branches", "sort=title"},
    {"branches", "sort=-_o"},
    {"branches", "state=any"},
    {"few", "sort=title"},
};

static void pages_make_up_the_listing(void **state)
{
    static const unsigned sizes[] = {1, 2, 7, 53, 54, 55, 1000};
    (void)state;
    for (size_t i = 0; i < COUNTOF(listings); i++)
        for (size_t k = 0; k < COUNTOF(sizes); k++) {
            arena = arena_open(1u << 20);
            CHECK_AT(i * 10 + k);
            const char *c = listings[i].collection;
            const char *rest = i == 0 ? "populate=0" : listings[i].rest;
            str all = whole(c, rest);
            CHECK_STR(by_cursor(c, rest, sizes[k]), all);
            CHECK_STR(by_skip(c, rest, sizes[k]), all);
            CHECK_STR(by_link(c, rest, sizes[k], true), all);
            CHECK_STR(by_link(c, rest, sizes[k], false), all);
            arena_close(arena);
        }
    CHECK_AT(-1);
}

/* What comes in between pages does not move what is still to come. */
static void cursors_stand_still_when_items_come_and_go(void **state)
{
    (void)state;
    arena = arena_open(1u << 20);
    const struct json *page = ask(S("/api/content/items/things?sort=title&limit=20&cursor="));
    struct buf rest = new_buf(), then = new_buf();
    str cursor = json_at(page, S("/meta/cursor"))->text;
    str tail = arena_format(
        arena, "/api/content/items/things?sort=title&limit=1000&cursor=" STR_FMT, STR_ARG(cursor));
    add_ids(&rest, json_get(ask(tail), S("data")));
    str first = json_get(&json_get(page, S("data"))->items[0], S("_id"))->text;
    house_update(stand->house, "things", first, "{_state:0}");
    str made = house_item(stand->house, "things", "{title:null}");
    add_ids(&then, json_get(ask(tail), S("data")));
    CHECK_STR(buf_str(&then), buf_str(&rest));
    house_delete(stand->house, "things", made);
    house_update(stand->house, "things", first, "{_state:1}");
    arena_close(arena);
}

static void a_cursor_is_of_its_listing_only(void **state)
{
    static const struct {
        const char *target;
        int status;
    } uses[] = {
        {"/api/content/items/things?sort=title&limit=3&cursor=", 200},
        {"/api/content/items/things?sort=title&limit=9&filter={live:true}&cursor=",
         200}, /* may be narrowed */
        {"/api/content/items/things?sort=-title&limit=3&cursor=", 400},
        {"/api/content/items/things?sort=rank&limit=3&cursor=", 400},
        {"/api/content/items/things?limit=3&cursor=", 400},
        {"/api/content/items/branches?sort=title&limit=3&cursor=", 400},
        {"/api/content/items/things?sort=title&limit=3&skip=1&cursor=", 400},
        {"/api/content/items/things?sort=title&limit=3&cursor=A", 400},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(uses); i++) {
        arena = arena_open(1u << 16);
        CHECK_AT(i);
        const struct json *page = ask(S("/api/content/items/things?sort=title&limit=3&cursor="));
        str target = arena_format(arena, "%s" STR_FMT, uses[i].target,
                                  STR_ARG(json_at(page, S("/meta/cursor"))->text));
        struct fake_exchange *f =
            stand_ask(stand, arena, "GET", arena_cstr(arena, target), stand->admin, NULL);
        CHECK_INT(f->status, uses[i].status);
        arena_close(arena);
    }
    CHECK_AT(-1);
}

/* One row more than a page holds: 1,000 without a limit, and a Link. */
static void without_a_limit_there_are_a_thousand(void **state)
{
    (void)state;
    arena = arena_open(1u << 20);
    for (unsigned i = 0; i < LIMIT_ROWS; i++)
        house_item(stand->house, "few", "{title:'x'}");
    struct fake_exchange *f =
        stand_ask(stand, arena, "GET", "/api/content/items/few", stand->admin, NULL);
    CHECK_INT(stand_json(arena, f)->count, LIMIT_ROWS);
    CHECK(str_is_absent(fake_header(f, "Link")));
    house_item(stand->house, "few", "{title:'x'}");
    f = stand_ask(stand, arena, "GET", "/api/content/items/few", stand->admin, NULL);
    CHECK_INT(stand_json(arena, f)->count, LIMIT_ROWS);
    str next = next_link(f);
    NEED(!str_is_absent(next));
    CHECK_INT(ask(next)->count, 1);
    CHECK_INT(ask(S("/api/content/items/few?limit=0"))->count, LIMIT_ROWS);
    arena_close(arena);
}

static int open_all(void **state)
{
    (void)state;
    stand = stand_open();
    fill();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    stand_close(stand);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_make_up_the_listing),
        TEST(cursors_stand_still_when_items_come_and_go),
        TEST(a_cursor_is_of_its_listing_only),
        TEST(without_a_limit_there_are_a_thousand),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

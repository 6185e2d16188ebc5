/* Full-text search through the API: what is found, in which order, and what must not be found. */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/stand.h"

static const char model[] =
    "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'richtext'}, {name:'tags', kind:'tags'},"
    " {name:'internal', kind:'text'}, {name:'views', kind:'number'}, {name:'mark', kind:'text', search:false}]},"
    " {name:'pages', fields:[{name:'title', kind:'text'}]},"
    " {name:'quiet', search:false, fields:[{name:'title', kind:'text'}]}]";

static const char people[] =
    "{roles: {reader: [{collection:'posts', verbs:['read'], fields:['title','body','tags','views'],"
    "                   where:{views:{$lt:100}}},"
    "                  {collection:'pages', verbs:['read']}, {collection:'quiet', verbs:['read']}]},"
    " public: 'reader'}";

static struct stand *stand;
static struct arena *arena;

static void fill(void)
{
    house_model(stand->house, model);
    house_people(stand->house, people);
    house_item(stand->house, "posts",
               "{title:'Bäume', body:'<p>The q<b>uick</b> brown fox &amp; the dog</p>', tags:['nature'], views:1,"
               " internal:'salary'}");
    house_item(stand->house, "posts", "{title:'A fox in the tree', body:'', tags:['forest'], views:2}");
    house_item(stand->house, "posts", "{title:'Foxes', body:'many of <script>evil</script>them', views:3, mark:'unmarked'}");
    house_item(stand->house, "posts", "{title:'Hidden fox', body:'secretword', views:1000}");
    house_item(stand->house, "posts", "{title:'Draft fox', body:'draftword', views:4, _state:0}");
    house_item(stand->house, "pages", "{title:'About foxes and a fox'}");
    house_item(stand->house, "quiet", "{title:'fox'}");
}

static str ask(const char *target, str key)
{
    struct fake_exchange *f = stand_ask(stand, arena, "GET", target, key, NULL);
    return f->answer;
}

static const str nobody = {0};

/* "title|title", or the status when it is not 200. */
static str titles(const char *rest, str key)
{
    struct buf b;
    buf_init(&b, arena, 1u << 16);
    struct fake_exchange *f = stand_ask(
        stand, arena, "GET", arena_cstr(arena, arena_format(arena, "/api/content/items/posts?%s", rest)), key, NULL);
    if (f->status != 200)
        return arena_format(arena, "%d", f->status);
    const struct json *list = stand_json(arena, f);
    for (uint32_t i = 0; list->type == JSON_LIST && i < list->count; i++)
        buf_format(&b, "%s" STR_FMT, i ? "|" : "", STR_ARG(json_get(&list->items[i], S("title"))->text));
    return buf_str(&b);
}

static void words_find_what_the_caller_may_read(void **state)
{
    static const struct {
        const char *query, *titles;
    } rows[] = {
        {"search=fox", "A fox in the tree|Bäume"},
        {"search=FOX", "A fox in the tree|Bäume"},
        {"search=baume", "Bäume"},
        {"search=quick", "Bäume"},
        {"search=fox*", "Foxes|A fox in the tree|Bäume"},
        {"search=foxe*", "Foxes"},
        {"search=fores*", "A fox in the tree"},
        {"search=secretwo*", ""},
        {"search=fox%20dog", "Bäume"},
        {"search=%22brown%20fox%22", "Bäume"},
        {"search=%22fox%20brown%22", ""},
        {"search=fox%20-tree", "Bäume"},
        {"search=title:fox", "A fox in the tree"},
        {"search=forest", "A fox in the tree"},
        {"search=evil", ""},
        {"search=unmarked", ""},
        {"search=fox&sort=views", "Bäume|A fox in the tree"},
        {"search=fox&sort=-views&limit=1", "A fox in the tree"},
        {"search=fox&filter=%7Bviews:1%7D", "Bäume"},
        {"search=fox&skip=1", "Bäume"},
        /* leaks */
        {"search=salary", ""},
        {"search=internal:salary", ""},
        {"search=dog%20-salary", "Bäume"},
        {"search=secretword", ""},
        {"search=draftword", ""},
        {"search=%22fox%20OR%22%20salary", ""},
        {"search=tags:nature%20OR%20internal", ""},
        /* slips of the fingers */
        {"search=qiuck", ""},
        {"search=qiuck&fuzzy=1", "Bäume"},
        {"search=qick&fuzzy=1", "Bäume"},
        {"search=quicck&fuzzy=1", "Bäume"},
        {"search=quack%20fox&fuzzy=1", "Bäume"},
        {"search=quick&fuzzy=1", "Bäume"},
        {"search=title:forsst&fuzzy=1", ""},
        {"search=forsst&fuzzy=1", "A fox in the tree"},
        {"search=%22qiuck%22&fuzzy=1", ""},
        {"search=faxes&fuzzy=1", "Foxes"},
        {"search=sa1ary&fuzzy=1", ""},
        {"search=secretwerd&fuzzy=1", ""},
        {"search=draftwerd&fuzzy=1", ""},
        {"search=", "400"},
        {"search=-fox", "400"},
        {"highlight=title", "400"},
        {"search=fox&highlight=internal", "400"},
        {"search=fox&highlight=nothing", "400"},
        {"search=fox&highlight=views", "400"},
        {"search=fox&mark=b%3E", "400"},
        {"search=fox&fuzzy=2", "400"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(titles(rows[i].query, nobody), str_of(rows[i].titles));
    }
    CHECK_STR(titles("search=salary", stand->admin), S("Bäume"));
    CHECK_STR(titles("search=secretword", stand->admin), S("Hidden fox"));
    CHECK_STR(titles("search=draftword&state=draft", stand->admin), S("Draft fox"));
}

static void counts_do_not_tell_either(void **state)
{
    (void)state;
    CHECK(str_contains(ask("/api/content/items/posts?search=salary&count=only", nobody), S("\"total\":0")));
    CHECK(str_contains(ask("/api/content/items/posts?search=secretword&count=exact", nobody), S("\"total\":0")));
    CHECK(str_contains(ask("/api/content/items/posts?search=fox&count=exact&limit=1", nobody), S("\"total\":2")));
    CHECK(str_contains(ask("/api/content/items/posts?search=fox&count=exact&limit=1", stand->admin), S("\"total\":3")));
}

static void several_collections_give_one_list(void **state)
{
    static const struct {
        const char *query, *hits; /* "collection:title" */
    } rows[] = {
        {"q=fox", "pages:About foxes and a fox|posts:A fox in the tree|posts:Bäume"},
        {"q=fox&limit=1", "pages:About foxes and a fox"},
        {"q=fox&collections=posts", "posts:A fox in the tree|posts:Bäume"},
        {"q=fox&collections=quiet,users,nothing", ""},
        {"q=qiuck&fuzzy=1", "posts:Bäume"},
        {"q=salary", ""},
        {"q=secretword", ""},
        {"q=draftword", ""},
        {"", "400"},
        {"q=fox&limit=101", "400"},
        {"q=fox&models=posts", "400"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct buf b;
        CHECK_AT(i);
        buf_init(&b, arena, 1u << 16);
        struct fake_exchange *f = stand_ask(
            stand, arena, "GET", arena_cstr(arena, arena_format(arena, "/api/content/search?%s", rows[i].query)), nobody, NULL);
        const struct json *list = stand_json(arena, f);
        if (f->status != 200)
            buf_format(&b, "%d", f->status);
        for (uint32_t k = 0; list->type == JSON_LIST && k < list->count; k++)
            buf_format(&b, "%s" STR_FMT ":" STR_FMT, k ? "|" : "", STR_ARG(json_get(&list->items[k], S("_model"))->text),
                       STR_ARG(json_get(&list->items[k], S("title"))->text));
        CHECK_STR(buf_str(&b), str_of(rows[i].hits));
    }
}

static void marks_are_safe(void **state)
{
    static const struct {
        const char *query, *piece;
    } rows[] = {
        {"search=quick&highlight=title,body",
         "\"_highlight\":{\"title\":\"Bäume\",\"body\":\"The <mark>quick</mark> brown fox &amp; the dog\\n\"}"},
        {"search=quick&snippet=body&mark=em", "\"body\":\"The <em>quick</em> brown fox &amp; the dog\""},
        {"search=foxes&highlight=body", "\"body\":\"many of \\nthem\""},
        {"search=%22brown%20fox%22%20dog&highlight=body", "<mark>brown fox</mark> &amp; the <mark>dog</mark>"},
        {"search=quick&sort=views&highlight=body", "<mark>quick</mark>"},
        {"search=quick&score=1", "\"_score\":"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        str answer = ask(arena_cstr(arena, arena_format(arena, "/api/content/items/posts?%s", rows[i].query)), nobody);
        if (!str_contains(answer, str_of(rows[i].piece)))
            CHECK_SAY(STR_FMT, STR_ARG(answer));
    }
}

static void pages_go_on_where_they_ended(void **state)
{
    str target = S("/api/content/items/posts?search=fox*&limit=1&cursor=");
    str all = S("");
    (void)state;
    for (unsigned page = 0; page < 10 && !str_is_absent(target); page++) {
        struct fake_exchange *f = stand_ask(stand, arena, "GET", arena_cstr(arena, target), nobody, NULL);
        CHECK_INT(f->status, 200);
        const struct json *v = stand_json(arena, f);
        const struct json *cursor = json_get(json_get(v, S("meta")), S("cursor")), *data = json_get(v, S("data"));
        for (uint32_t i = 0; i < data->count; i++)
            all = arena_format(arena, STR_FMT STR_FMT "|", STR_ARG(all), STR_ARG(json_get(&data->items[i], S("title"))->text));
        target = cursor->type == JSON_TEXT
                     ? arena_format(arena, "/api/content/items/posts?search=fox*&limit=1&cursor=" STR_FMT, STR_ARG(cursor->text))
                     : (str){0};
    }
    CHECK_STR(all, S("Foxes|A fox in the tree|Bäume|"));
}

static void the_index_follows_every_write(void **state)
{
    (void)state;
    str id = house_item(stand->house, "posts", "{title:'Elephant', body:'grey', views:5}");
    CHECK_STR(titles("search=elephant", nobody), S("Elephant"));
    house_update(stand->house, "posts", id, "{title:'Zebra'}");
    CHECK_STR(titles("search=elephant", nobody), S(""));
    CHECK_STR(titles("search=zebra%20grey", nobody), S("Zebra"));
    house_update(stand->house, "posts", id, "{views:6}");
    CHECK_STR(titles("search=zebra", nobody), S("Zebra"));
    house_delete(stand->house, "posts", id);
    CHECK_STR(titles("search=grey", nobody), S(""));
}

static void redefine(const char *collection, const char *definition)
{
    house_update(stand->house, "collections", house_find(stand->house, arena, "collections", "name", collection), definition);
}

static void a_changed_model_changes_what_is_found(void **state)
{
    (void)state;
    CHECK_INT(stand_ask(stand, arena, "GET", "/api/content/items/quiet?search=fox", nobody, NULL)->status, 400);
    redefine("quiet", "{definition:{name:'quiet', fields:[{name:'title', kind:'text'}]}}");
    CHECK(str_contains(ask("/api/content/items/quiet?search=fox", nobody), S("\"title\":\"fox\"")));
    redefine("quiet", "{definition:{name:'quiet', fields:[{name:'title', kind:'text', search:false},"
                      " {name:'b', kind:'text'}]}}");
    CHECK_STR(ask("/api/content/items/quiet?search=fox", nobody), S("[]"));
    /* as text a tag is a word, as HTML it is none; words that were indexed by the one rule are taken out by it */
    str id = house_item(stand->house, "quiet", "{b:'<em>loud</em>'}");
    CHECK(str_contains(ask("/api/content/items/quiet?search=em", nobody), S("\"b\":")));
    redefine("quiet", "{definition:{name:'quiet', fields:[{name:'title', kind:'text', search:false},"
                      " {name:'b', kind:'richtext'}]}}");
    CHECK_STR(ask("/api/content/items/quiet?search=em", nobody), S("[]"));
    CHECK(str_contains(ask("/api/content/items/quiet?search=loud", nobody), S("\"b\":")));
    house_update(stand->house, "quiet", id, "{b:'gone'}");
    CHECK_STR(ask("/api/content/items/quiet?search=em", nobody), S("[]"));
}

static int open_all(void **state)
{
    (void)state;
    arena = arena_open(1u << 16);
    stand = stand_open();
    fill();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    stand_close(stand);
    arena_close(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_find_what_the_caller_may_read), TEST(counts_do_not_tell_either), TEST(several_collections_give_one_list), TEST(marks_are_safe),
        TEST(pages_go_on_where_they_ended),        TEST(the_index_follows_every_write),
        TEST(a_changed_model_changes_what_is_found),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

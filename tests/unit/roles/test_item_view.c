/* Item views say of rows what the content API's writer says of them; pages of branches and what stands around them. */
#include "content/item/view.h"

#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/house.h"

struct site {
    struct house *house;
    struct arena *arena;
    const struct principal *who;
    const struct collection *posts, *authors;
};

static void open_site(struct site *s)
{
    struct arena *a = s->arena = arena_open(64u << 10);
    struct house *h = s->house = house_open();
    house_model(h, "[{name:'topics', fields:[{name:'word', kind:'text'}]},"
                   " {name:'authors', fields:[{name:'name', kind:'text'}, {name:'hidden', kind:'text'}]},"
                   " {name:'pages', fields:[{name:'path', kind:'text'}]},"
                   " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}, {name:'at', kind:'datetime'},"
                   "   {name:'live', kind:'boolean'}, {name:'words', kind:'tags'}, {name:'data', kind:'object'},"
                   "   {name:'author', kind:'ref', to:'authors'}, {name:'tags', kind:'ref', to:'topics', many:true},"
                   "   {name:'about', kind:'ref', to:['authors','pages']}, {name:'more', kind:'ref', to:['authors','pages'], many:true},"
                   "   {name:'seo', kind:'set', fields:[{name:'by', kind:'ref', to:'authors'}, {name:'title', kind:'text'}]}]}]");
    house_people(h, "{roles:{r:[{collection:'posts', verbs:['read']}, {collection:'topics', verbs:['read']}, {collection:'pages', verbs:['read']},"
                    " {collection:'authors', verbs:['read'], fields:['_id','name']}]}, keys:{r:{role:'r'}}}");
    str ada = house_item(h, "authors", "{_state:1, name:'Ada', hidden:'x'}");
    str page = house_item(h, "pages", "{_state:1, path:'/about'}");
    str tags[3];
    for (int i = 0; i < 3; i++)
        tags[i] = house_item(h, "topics", arena_cstr(a, arena_format(a, "{_state:1, word:'t%d'}", i)));
    for (int i = 0; i < 5; i++)
        (void)house_item(h, "posts", arena_cstr(a, arena_format(a,
            "{_state:1, title:'P%d', views:%d.5, at:'2026-01-0%dT00:00:00Z', live:true, words:['a','b'], data:{x:[1]}, author:'" STR_FMT "',"
            " tags:['" STR_FMT "','" STR_FMT "','" STR_FMT "'], about:'pages/" STR_FMT "', more:['authors/" STR_FMT "','pages/" STR_FMT "'],"
            " seo:{by:'" STR_FMT "', title:'s'}}", i, i, i + 1, STR_ARG(ada), STR_ARG(tags[2]), STR_ARG(tags[0]), STR_ARG(tags[1]),
            STR_ARG(page), STR_ARG(ada), STR_ARG(page), STR_ARG(ada))));
    s->who = house_who(h, a, house_key(h, "r"));
    s->posts = house_collection(s->who, "posts");
    s->authors = house_collection(s->who, "authors");
}

static void close_site(struct site *s)
{
    house_close(s->house);
    arena_close(s->arena);
}

struct pieces {
    struct item_sink sink; /* first */
    struct buf *out;
    size_t items;
};

static enum err write_pieces(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct pieces *p = (struct pieces *)(void *)self;
    const struct query *q = item_query(v);
    buf_add(p->out, p->items++ ? S(",{") : S("{"));
    for (size_t i = 0; i < q->output_count; i++) {
        buf_add(p->out, i ? S(",") : S(""));
        buf_json_text(p->out, query_shown_name(&q->outputs[i]));
        buf_byte(p->out, ':');
        TRY(item_write(v, i, p->out, why));
    }
    buf_byte(p->out, '}');
    return ERR_OK;
}

static void all_of(struct site *s, struct query *q)
{
    *q = (struct query){.from = s->posts, .limit = 20};
    query_all_fields(s->arena, q, NULL);
    query_populate(s->arena, q, 2);
}

static void views_say_the_same_as_the_writer(void **state)
{
    struct site s;
    struct query q;
    struct buf ours, theirs;
    struct problem why;
    struct json_writer json;
    struct item_writer writer;
    struct item_views views;
    struct pieces pieces = {{write_pieces}, &ours, 0};
    (void)state;
    open_site(&s);
    why = (struct problem){.arena = s.arena};
    buf_init(&ours, s.arena, LIMIT_RESPONSE_BYTES);
    buf_init(&theirs, s.arena, LIMIT_RESPONSE_BYTES);
    all_of(&s, &q);
    json_begin(&json, &theirs);
    json_list_open(&json);
    item_writer_init(&writer, &json);
    CHECK_INT(gate_read(s.house->gate, s.who, &q, &writer.receiver, NULL, &why), ERR_OK);
    json_list_close(&json);
    all_of(&s, &q);
    buf_byte(&ours, '[');
    item_views_init(&views, &pieces.sink);
    CHECK_INT(gate_read(s.house->gate, s.who, &q, &views.receiver, NULL, &why), ERR_OK);
    buf_byte(&ours, ']');
    CHECK_STR(buf_str(&ours), buf_str(&theirs));
    CHECK_INT(pieces.items, 5);
    close_site(&s);
}

/* Ids of tags, a page of them per post, with cursors. */
struct page_of_tags {
    struct item_sink sink; /* first */
    struct arena *arena;
    struct buf *out;
    str last;
};

static enum err take_tag(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct page_of_tags *p = (struct page_of_tags *)(void *)self;
    const struct cell *word = item_cell(v, 0);
    (void)why;
    buf_add(p->out, word ? word->text : (str)STR("?"));
    return item_cursor(v, p->arena, &p->last);
}

struct tags_of_post {
    struct item_sink sink; /* first */
    struct page_of_tags *page;
};

static enum err take_post(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct tags_of_post *t = (struct tags_of_post *)(void *)self;
    uint64_t count = 0;
    TRY(item_each(v, 0, &t->page->sink, why));
    TRY(item_count(v, 1, &count, why));
    buf_format(t->page->out, "/%d", (int)count);
    return ERR_OK;
}

struct wish {
    uint32_t limit;
    bool from_end;
    str after;
};

static str read_tags(struct site *s, const struct wish *w, str *last)
{
    const struct field *tags = collection_field(s->posts, S("tags"));
    struct output word = {.field = collection_field(tags->to, S("word"))};
    struct query page = {.from = tags->to, .outputs = &word, .output_count = 1, .limit = w->limit, .paged = tags,
                         .from_end = w->from_end, .after = w->after};
    struct query count = {.from = tags->to, .limit = 1, .count = COUNT_ONLY};
    struct output outputs[] = {{.field = tags, .branch = &page}, {.field = tags, .branch = &count}};
    struct query q = {.from = s->posts, .outputs = outputs, .output_count = 2, .limit = 1};
    struct buf out;
    struct page_of_tags into = {{take_tag}, s->arena, &out, {0}};
    struct tags_of_post posts = {{take_post}, &into};
    struct item_views views;
    struct problem why = {.arena = s->arena};
    buf_init(&out, s->arena, 1024);
    item_views_init(&views, &posts.sink);
    CHECK_INT(gate_read(s->house->gate, s->who, &q, &views.receiver, NULL, &why), ERR_OK);
    *last = into.last;
    return buf_str(&out);
}

static void branches_have_pages(void **state)
{
    struct site s;
    str last, none;
    (void)state;
    open_site(&s);
    /* one more than asked for tells that there is more; links keep their order */
    CHECK_STR(read_tags(&s, &(struct wish){.limit = 1}, &last), S("t2t0/3"));
    CHECK_STR(read_tags(&s, &(struct wish){.limit = 5, .after = last}, &none), S("t1/3"));
    CHECK_STR(read_tags(&s, &(struct wish){.limit = 1, .from_end = true}, &last), S("t1t0/3"));
    CHECK_STR(read_tags(&s, &(struct wish){.limit = 5, .from_end = true, .after = last}, &none), S("t2/3"));
    close_site(&s);
}

/* What may not be read is no cell, and the others keep their numbers. */
static enum err look(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    (void)self;
    (void)why;
    CHECK(item_cell(v, 0) == NULL);
    CHECK_STR(item_cell(v, 1)->text, S("Ada"));
    CHECK(item_tree(v, 0, why->arena).type == JSON_NULL);
    CHECK(!item_is_draft(v));
    return ERR_OK;
}

static void unreadable_outputs_are_dropped(void **state)
{
    struct site s;
    struct item_sink sink = {look};
    struct item_views views;
    (void)state;
    open_site(&s);
    struct output outputs[] = {{.field = collection_field(s.authors, S("hidden"))}, {.field = collection_field(s.authors, S("name"))}};
    struct query q = {.from = s.authors, .outputs = outputs, .output_count = 2, .limit = 1};
    struct problem why = {.arena = s.arena};
    item_views_init(&views, &sink);
    CHECK_INT(gate_read(s.house->gate, s.who, &q, &views.receiver, NULL, &why), ERR_OK);
    close_site(&s);
}

CHECK_MAIN(TEST(views_say_the_same_as_the_writer), TEST(branches_have_pages), TEST(unreadable_outputs_are_dropped))

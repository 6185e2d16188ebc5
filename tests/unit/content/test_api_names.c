#include "content/model/api_names.h"

#include "content/model/english.h"
#include "tests/support/check.h"
#include "tests/support/model_text.h"

static void one_and_many(void **state)
{
    static const struct {
        str many, one;
    } rows[] = {
        {STR("posts"), STR("post")},
        {STR("blog_posts"), STR("blog_post")},
        {STR("newsPages"), STR("newsPage")},
        {STR("categories"), STR("category")},
        {STR("People"), STR("Person")},
        {STR("salesPeople"), STR("salesPerson")},
        {STR("addresses"), STR("address")},
        {STR("statuses"), STR("status")},
        {STR("boxes"), STR("box")},
        {STR("pitches"), STR("pitch")},
        {STR("caches"), STR("cache")},
        {STR("wishes"), STR("wish")},
        {STR("heroes"), STR("hero")},
        {STR("photos"), STR("photo")},
        {STR("ties"), STR("tie")},
        {STR("movies"), STR("movie")},
        {STR("indices"), STR("index")},
        {STR("wolves"), STR("wolf")},
        {STR("archives"), STR("archive")},
        {STR("analyses"), STR("analysis")},
        {STR("menus"), STR("menu")},
        {STR("houses"), STR("house")},
        {STR("courses"), STR("course")},
        {STR("api_keys"), STR("api_key")},
        {STR("repositories"), STR("repository")},
        {STR("days"), STR("day")},
        {STR("quizzes"), STR("quiz")},
        {STR("classes"), STR("class")},
        {STR("beaches"), STR("beach")},
        {STR("sandwiches"), STR("sandwich")},
        {STR("headaches"), STR("headache")},
        {STR("niches"), STR("niche")},
        {STR("licenses"), STR("license")},
        {STR("databases"), STR("database")},
        {STR("pages_2"), STR("pages_2")},
    };
    static const str same[] = {STR("news"), STR("series"), STR("staff"), STR("media"), STR("site_data"), STR("sent_sms")};
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(english_singular(a, rows[i].many), rows[i].one);
        CHECK_STR(english_singular(a, rows[i].one), rows[i].one);
        if (!str_equal(rows[i].many, rows[i].one))
            CHECK_STR(english_plural(a, rows[i].one), rows[i].many);
    }
    for (size_t i = 0; i < COUNTOF(same); i++) {
        CHECK_STR(english_singular(a, same[i]), same[i]);
        CHECK_STR(english_plural(a, same[i]), same[i]);
    }
    arena_close(a);
}

static void spellings(void **state)
{
    static const struct {
        str name, pascal, camel;
    } rows[] = {
        {STR("blog_post"), STR("BlogPost"), STR("blogPost")},
        {STR("blogPost"), STR("BlogPost"), STR("blogPost")},
        {STR("URL"), STR("URL"), STR("url")},
        {STR("URLList"), STR("URLList"), STR("urlList")},
        {STR("top_10"), STR("Top10"), STR("top10")},
        {STR("x"), STR("X"), STR("x")},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(api_pascal(a, rows[i].name), rows[i].pascal);
        CHECK_STR(api_camel(a, rows[i].name), rows[i].camel);
    }
    arena_close(a);
}

static void add_fields(struct buf *b, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].api_type.len) {
            buf_format(b, " " STR_FMT ":" STR_FMT, STR_ARG(fields[i].name), STR_ARG(fields[i].api_type));
            if (fields[i].of_count == 0)
                add_fields(b, fields[i].members, fields[i].member_count);
        }
}

/* "list one type types field:type …" of each, in order. */
static str names_text(struct arena *a, const struct model *m)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < m->collection_count + m->component_count; i++) {
        const struct collection *c = i < m->collection_count ? m->collections[i] : m->components[i - m->collection_count];
        buf_add(&b, i ? S("; ") : S(""));
        buf_format(&b, STR_FMT " " STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(c->api.list), STR_ARG(c->api.one), STR_ARG(c->api.type),
                   STR_ARG(c->api.types));
        add_fields(&b, c->fields + META_COUNT, c->field_count - META_COUNT);
    }
    return buf_str(&b);
}

static void names_of_models(void **state)
{
    static const struct {
        const char *model, *names;
    } rows[] = {
        {"[{name:'blog_posts'}]", "blog_posts blogPost BlogPost BlogPosts"},
        {"[{name:'post'}]", "posts post Post Posts"},
        {"[{name:'news'}]", "news newsItem NewsItem News"},
        {"[{name:'site_header',shape:'single'}]", "site_header site_header SiteHeader SiteHeader"},
        {"[{name:'settings_page',shape:'single',singular:'options'}]", "options options Options Options"},
        {"[{name:'staff',singular:'employee',plural:'employees'}]", "employees employee Employee Employees"},
        {"[{name:'crew',singular:'hand'}]", "crews hand Hand Crews"},
        {"[{name:'posts'},{name:'post',singular:'letter'},{name:'q',plural:'nodes_of_it'}]",
         "posts post Post Posts; postsList letter Letter PostsList; nodes_of_it nodesOfItItem NodesOfItItem NodesOfIt"},
        /* The same when written otherwise: the earlier has the name. */
        {"[{name:'blog_posts'},{name:'blogPosts'}]", "blog_posts blogPost BlogPost BlogPosts; blogPosts blogPostItem BlogPostItem BlogPostsList"},
        {"[{name:'post'},{name:'posts'}]", "posts post Post Posts; postsList postItem PostItem PostsList"},
        /* What belongs to others: types of theirs, scalars, root fields. */
        {"[{name:'posts'},{name:'post_wheres'}]", "posts post Post Posts; post_wheres postWhereItem PostWhereItem PostWheres"},
        {"[{name:'URL'},{name:'queries'},{name:'string_filters'}]",
         "URLs urlItem URLItem URLs; queries queryItem QueryItem Queries; string_filters stringFilterItem StringFilterItem StringFilters"},
        {"[{name:'nodes'},{name:'me',shape:'single'}]", "nodesList nodeItem NodeItem Nodes; meSingle meSingle MeSingle Me"},
        /* Fields. */
        {"[{name:'hero',shape:'component',fields:[{name:'t',kind:'text'}]},{name:'heroes'},"
         "{name:'pages',fields:[{name:'seo',kind:'set',fields:[{name:'og',kind:'set',fields:[{name:'t',kind:'text'}]}]},"
         "{name:'h',kind:'component',of:'hero'},{name:'body',kind:'blocks',of:['hero']},{name:'about',kind:'ref',to:['pages','heroes']},"
         "{name:'size',kind:'select',options:['s','xl']},{name:'shirt',kind:'select',options:['s','42']},{name:'where',kind:'select',options:['a']}]}]",
         "heroes heroItem HeroItem Heroes; pages page Page Pages seo:PageSeo og:PageSeoOg body:PageBody about:PageAbout size:PageSize "
         "where:Page_where; hero hero Hero Hero"},
        {"[{name:'posts',fields:[{name:'seo_data',kind:'set',fields:[{name:'t',kind:'text'}]},{name:'seoData',kind:'set',fields:[{name:'t',kind:'text'}]}]}]",
         "posts post Post Posts seo_data:PostSeoData seoData:Post_seoData"},
        {"[{name:'posts',fields:[{name:'seo_meta',kind:'select',options:['a']}]},{name:'post_seos',fields:[{name:'meta',kind:'select',options:['a']}]}]",
         "posts post Post Posts seo_meta:PostSeoMeta; post_seos postSeo PostSeo PostSeos meta:PostSeo_meta"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *m = NULL;
        CHECK_PROBLEM(model_of(a, rows[i].model, false, &m, &why), ERR_OK, &why);
        if (m)
            CHECK_STR(names_text(a, m), str_of(rows[i].names));
        else
            CHECK_STR(faults_text(a, &why), S(""));
        arena_close(a);
    }
}

static void names_that_are_refused(void **state)
{
    static const struct {
        const char *model, *path, *rule;
    } rows[] = {
        {"[{name:'a',singular:'x y'}]", "/0/singular", "name"},
        {"[{name:'a',singular:'_x'}]", "/0/singular", "name"},
        {"[{name:'a',plural:'9'}]", "/0/plural", "name"},
        {"[{name:'a',shape:'single',plural:'b'}]", "/0/plural", "not-here"},
        {"[{name:'a',shape:'component',plural:'b',fields:[{name:'t',kind:'text'}]}]", "/0/plural", "not-here"},
        {"[{name:'a',singular:'b',plural:'B'}]", "/0/singular", "name-taken"},
        {"[{name:'a',singular:'string'}]", "/0/singular", "name-taken"},
        {"[{name:'a',singular:'page_info'}]", "/0/singular", "name-taken"},
        {"[{name:'a',plural:'nodes'}]", "/0/plural", "name-taken"},
        {"[{name:'as',singular:'post'},{name:'posts'}]", "/0/singular", "name-taken"},
        {"[{name:'as',singular:'x'},{name:'bs',singular:'X'}]", "/1/singular", "name-taken"},
        {"[{name:'as',singular:'x'},{name:'bs',singular:'x_where'}]", "/1/singular", "name-taken"},
        {"[{name:'as',plural:'things',singular:'t'},{name:'bs',plural:'Things'}]", "/1/plural", "name-taken"},
        {"[{name:'as',plural:'posts'},{name:'posts'}]", "/0/plural", "name-taken"},
        {"[{name:'a',singular:4}]", "/0/singular", "type"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *m = NULL;
        CHECK_ERR(model_of(a, rows[i].model, false, &m, &why), ERR_INVALID);
        CHECK_FAULT(&why, str_of(rows[i].path), str_of(rows[i].rule));
        arena_close(a);
    }
}

static void definitions_keep_the_keys(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct model *m = NULL;
    (void)state;
    CHECK_ERR(model_of(a, "[{plural:'employees',name:'staff',singular:'employee'}]", false, &m, &why), ERR_OK);
    CHECK(str_starts(collection_print(a, m->collections[0]), S("{\"name\":\"staff\",\"singular\":\"employee\",\"plural\":\"employees\"")));
    arena_close(a);
}

CHECK_MAIN(TEST(one_and_many), TEST(spellings), TEST(names_of_models), TEST(names_that_are_refused), TEST(definitions_keep_the_keys))

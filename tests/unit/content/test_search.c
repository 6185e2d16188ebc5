/* What somebody typed -> terms; formatted values -> words. */
#include "content/search/plain_text.h"
#include "content/search/search.h"
#include "tests/support/blog_model.h"
#include "tests/support/check.h"

#include "base/limits.h"

static str print_terms(struct arena *a, const struct search *s)
{
    struct buf b;
    buf_init(&b, a, 1u << 16);
    for (size_t i = 0; i < s->term_count; i++) {
        const struct term *t = &s->terms[i];
        buf_format(&b, "%s%s", i ? " " : "", t->without ? "-" : "");
        if (t->in)
            buf_format(&b, STR_FMT ":", STR_ARG(t->in->name));
        buf_format(&b, "%s" STR_FMT "%s%s", t->is_phrase ? "\"" : "[", STR_ARG(t->words), t->is_phrase ? "\"" : "]",
                   t->is_prefix ? "*" : "");
    }
    return buf_str(&b);
}

static void texts_are_words_unless_they_plainly_are_not(void **state)
{
    static const struct {
        const char *text, *terms; /* NULL: refused */
    } rows[] = {
        {"fox", "[fox]"},
        {"  quick\tfox \n", "[quick] [fox]"},
        {"\"quick fox\" dog", "\"quick fox\" [dog]"},
        {"\"quick fox", "\"quick fox\""},
        {"fo* \"quick br\"*", "[fo]* \"quick br\"*"},
        {"fox**", "[fox]*"},
        {"fox -dog -\"lazy cat\"", "[fox] -[dog] -\"lazy cat\""},
        {"fox - dog", "[fox] [dog]"},
        {"well-known", "[well-known]"},
        {"title:fox body:\"a b\" -title:cat", "title:[fox] body:\"a b\" -title:[cat]"},
        {"nothing:fox views:3", "[nothing:fox] [views:3]"},
        {"title: fox", "[title:] [fox]"},
        {"token:x", "[token:x]"},
        {"http://example.com/a", "[http://example.com/a]"},
        {"a AND b OR NOT (c) NEAR(d, 2)", "[a] [AND] [b] [OR] [NOT] [(c)] [NEAR(d,] [2)]"},
        {"fox\"bar\"", "[fox] \"bar\""},
        {"{} : ^fox", "[^fox]"},
        {"über 北京", "[über] [北京]"},
        {"", NULL},
        {"  ", NULL},
        {"*** -- \"\"", NULL},
        {"-fox", NULL},
        {"a\x80", NULL},
    };
    struct arena *a = arena_open(1u << 16);
    const struct model *m = blog_model(a);
    struct query q = {.from = model_find(m, S("posts"))};
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        struct search s = {0};
        CHECK_AT(i);
        enum err e = search_read(a, &q, str_of(rows[i].text), &s, &why);
        CHECK_ERR(e, rows[i].terms ? ERR_OK : ERR_BAD_INPUT);
        if (rows[i].terms && e == ERR_OK)
            CHECK_STR(print_terms(a, &s), str_of(rows[i].terms));
        else
            CHECK_INT(why.fault_count, 1);
    }
    arena_close(a);
}

static str repeated(struct arena *a, const char *piece, size_t count)
{
    struct buf b;
    buf_init(&b, a, 1u << 16);
    for (size_t i = 0; i < count; i++)
        buf_add(&b, str_of(piece));
    return buf_str(&b);
}

static void there_is_an_end_to_what_is_searched_for(void **state)
{
    struct arena *a = arena_open(1u << 16);
    const struct model *m = blog_model(a);
    struct query q = {.from = model_find(m, S("posts"))};
    const struct {
        str text;
        enum err err;
    } rows[] = {
        {repeated(a, "x", LIMIT_SEARCH_BYTES), ERR_OK},
        {repeated(a, "x", LIMIT_SEARCH_BYTES + 1), ERR_BAD_INPUT},
        {repeated(a, "x ", LIMIT_SEARCH_TERMS), ERR_OK},
        {repeated(a, "x ", LIMIT_SEARCH_TERMS + 1), ERR_BAD_INPUT},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        struct search s = {0};
        CHECK_AT(i);
        CHECK_ERR(search_read(a, &q, rows[i].text, &s, &why), rows[i].err);
    }
    arena_close(a);
}

static void html_gives_its_words(void **state)
{
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"plain", "plain"},
        {"<p>one</p><p>two</p>", "one\ntwo\n"},
        {"w<b>or</b>d and <em>more</em>", "word and more"},
        {"one<br>two<BR/>three", "one\ntwo\nthree"},
        {"a &lt; b &amp;&amp; &#228;&#xE4;&auml; &nope; &", "a < b && äää &nope; &"},
        {"1 < 2 > 0 <3", "1 < 2 > 0 <3"},
        {"a<!-- no --- <b> -->b", "ab"},
        {"a<script>var x = '<p>';</script>b", "a\nb"},
        {"<a href='x>y' title=\"a>b\">link</a>", "link"},
        {"<div", ""},
        {"&#0;&#x110000;&#xd800;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    struct arena *a = arena_open(1u << 16);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct buf b;
        CHECK_AT(i);
        buf_init(&b, a, 1u << 16);
        plain_html(&b, str_of(rows[i].html));
        CHECK_STR(buf_str(&b), str_of(rows[i].text));
    }
    arena_close(a);
}

static void what_is_searched_by_itself(void **state)
{
    static const struct {
        const char *field;
        double weight;
    } rows[] = {{"title", 5}, {"body", 1}, {"tags", 2}, {"flavour", 2}, {"views", 0}, {"seo", 0}, {"token", 0}};
    struct arena *a = arena_open(1u << 16);
    const struct model *m = blog_model(a);
    const struct collection *posts = model_find(m, S("posts"));
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK(collection_field(posts, str_of(rows[i].field))->search_weight == rows[i].weight);
    }
    CHECK(posts->searched);
    arena_close(a);
}

CHECK_MAIN(TEST(texts_are_words_unless_they_plainly_are_not), TEST(there_is_an_end_to_what_is_searched_for),
           TEST(html_gives_its_words), TEST(what_is_searched_by_itself))

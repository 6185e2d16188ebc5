#include "tests/support/blog_model.h"
#include "tests/support/check.h"

#include "content/access.h"
#include "content/query/query.h"

struct bench {
    struct arena *arena;
    const struct model *model;
    struct query query;
    struct problem why;
};

static void bench_open(struct bench *b)
{
    *b = (struct bench){.arena = arena_open(1u << 16)};
    b->model = blog_model(b->arena);
}

static struct query *fresh(struct bench *b, const char *collection)
{
    b->query = (struct query){.from = model_find(b->model, str_of(collection)), .limit = 10};
    b->why = (struct problem){.arena = b->arena};
    return &b->query;
}

/* "_id title author(name) seo{title}"; named outputs only get a '*' when `marks`. */
static void print_outputs(struct buf *out, const struct query *q, unsigned depth)
{
    for (size_t i = 0; i < q->output_count && depth > 0; i++) {
        const struct output *o = &q->outputs[i];
        buf_format(out, "%s" STR_FMT, i > 0 ? " " : "", STR_ARG(o->field->name));
        for (size_t k = 0; k < o->keep_count; k++)
            buf_format(out, "%s" STR_FMT "%s", k == 0 ? "{" : ",", STR_ARG(o->keep[k]), k + 1 == o->keep_count ? "}" : "");
        if (o->branch) {
            buf_add(out, S("("));
            print_outputs(out, o->branch, depth - 1);
            buf_add(out, S(")"));
        }
    }
}

static str outputs(struct bench *b, unsigned depth)
{
    struct buf out;

    buf_init(&out, b->arena, 1u << 20);
    print_outputs(&out, &b->query, depth);
    return buf_str(&out);
}

#define META "_id _state _created _modified _cby _mby _rev"
#define AUTHOR META " name born salary mentor publisher data"
#define POST_BEFORE_BODY META " title"
#define POST_AFTER_BODY                                                                                        \
    "views rating live day clock published tags flavour author coauthors category seo rows data scores events"

static void all_fields_come_in_model_order_without_secrets(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    query_all_fields(b.arena, fresh(&b, "posts"), NULL);
    CHECK_STR(outputs(&b, 1), S(POST_BEFORE_BODY " body " POST_AFTER_BODY));
    query_all_fields(b.arena, fresh(&b, "categories"), NULL);
    CHECK_STR(outputs(&b, 1), S(META " _pid _o title"));
    field_set only = {0};
    field_set_add(&only, META_ID);
    field_set_add(&only, collection_field(model_find(b.model, S("authors")), S("name"))->index);
    field_set_add(&only, collection_field(model_find(b.model, S("authors")), S("password"))->index);
    query_all_fields(b.arena, fresh(&b, "authors"), &only);
    CHECK_STR(outputs(&b, 1), S("_id name"));
    CHECK(!b.query.outputs[0].named);
    arena_close(b.arena);
}

static void populate_follows_references_for_so_many_hops(void **state)
{
    static const char one[] = "_id author(" AUTHOR ") coauthors(" AUTHOR ")";
    struct bench b;
    (void)state;
    bench_open(&b);
    NEED(query_read_fields(b.arena, fresh(&b, "posts"), S("author,coauthors"), S("fields"), &b.why) == ERR_OK);
    query_populate(b.arena, &b.query, 0);
    CHECK_STR(outputs(&b, 9), S("_id author coauthors"));
    query_populate(b.arena, &b.query, 1);
    CHECK_STR(outputs(&b, 9), str_of(one));
    CHECK_INT(b.query.outputs[1].branch->limit, LIMIT_ROWS);

    NEED(query_read_fields(b.arena, fresh(&b, "posts"), S("author.mentor"), S("fields"), &b.why) == ERR_OK);
    query_populate(b.arena, &b.query, 2);
    CHECK_STR(outputs(&b, 9), S("_id author(mentor(" AUTHOR "))"));
    arena_close(b.arena);
}

static size_t count_branches(const struct query *q, unsigned depth)
{
    size_t n = 0;

    for (size_t i = 0; i < q->output_count && depth > 0; i++)
        if (q->outputs[i].branch)
            n += 1 + count_branches(q->outputs[i].branch, depth - 1);
    return n;
}

static void populate_of_an_entangled_model_is_bounded(void **state)
{
    struct arena *a = arena_open(1u << 16);
    struct problem why = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    struct buf text;
    const struct json *definition = NULL;
    struct model *m = NULL;
    (void)state;
    buf_init(&text, a, 1u << 16);
    buf_add(&text, S("{name: 'knots', fields: ["));
    for (unsigned i = 0; i < 20; i++)
        buf_format(&text, "{name: 'r%u', kind: 'ref', to: 'knots'},", i);
    buf_add(&text, S("]}"));
    NEED(json_read(a, buf_str(&text), &options, S(""), &definition, &why) == ERR_OK);
    NEED(model_read(&definition, 1, 1, &m, &why) == ERR_OK);
    struct query q = {.from = m->collections[0], .limit = 1};
    query_all_fields(a, &q, NULL);
    query_populate(a, &q, 5);
    CHECK_INT(count_branches(&q, 9), LIMIT_POPULATE_BRANCHES);
    /* The first two hops are complete: 20 and 400. */
    CHECK_INT(count_branches(&q, 2), 420);
    counted_release(&m->counted);
    arena_close(a);
}

static void fields_are_named_or_left_out(void **state)
{
    static const struct {
        const char *text, *outputs;
    } rows[] = {
        {"", POST_BEFORE_BODY " body " POST_AFTER_BODY},
        {"{}", POST_BEFORE_BODY " body " POST_AFTER_BODY},
        {"{title:1}", "_id title"},
        {"{title:true,views:1}", "_id title views"},
        {"{\"title\":1,\"_id\":0}", "title"},
        {"{_id:1}", "_id"},
        {"{_id:0}", "_state _created _modified _cby _mby _rev title body " POST_AFTER_BODY},
        {"{body:0}", POST_BEFORE_BODY " " POST_AFTER_BODY},
        {"{body:false,_id:1}", POST_BEFORE_BODY " " POST_AFTER_BODY},
        {"{body:0,_id:0}", "_state _created _modified _cby _mby _rev title " POST_AFTER_BODY},
        {"['title','views']", "_id title views"},
        {"title,views", "_id title views"},
        {" title , views ", "_id title views"},
        {"views,title,views", "_id views title"},
        {"-body", POST_BEFORE_BODY " " POST_AFTER_BODY},
        {"title,-_id", "title"},
        {"title,author", "_id title author"},
        {"title,author.name", "_id title author(name)"},
        {"author.name,author", "_id author(name)"},
        {"author,author.name,author.salary", "_id author(name salary)"},
        {"author._id,author.name", "_id author(_id name)"},
        {"author.publisher.name,author.name", "_id author(publisher(name) name)"},
        {"author.publisher._id", "_id author(publisher(_id))"},
        {"author.publisher", "_id author(publisher)"},
        {"coauthors.name", "_id coauthors(name)"},
        {"{\"..author.name\":1}", "_id author(name)"},
        {"..author.name,title", "_id author(name) title"},
        {"@author.name", "_id author(name)"},
        {"seo.title", "_id seo{title}"},
        {"seo.title,seo.score", "_id seo{title,score}"},
        {"seo.title,seo", "_id seo"},
        {"seo,seo.title", "_id seo"},
        {"rows.parts.sku", "_id rows{parts.sku}"},
        {"data.any.thing", "_id data{any.thing}"},
        {"author.data.x", "_id author(data{x})"},
        {"_state,_rev", "_id _state _rev"},
        {"author.mentor.mentor.mentor.mentor.name", "_id author(mentor(mentor(mentor(mentor(name)))))"},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_ERR(query_read_fields(b.arena, fresh(&b, "posts"), str_of(rows[i].text), S("fields"), &b.why), ERR_OK);
        if (b.why.fault_count)
            CHECK_STR(b.why.faults[0].text, str_of(rows[i].text));
        CHECK_STR(outputs(&b, 9), str_of(rows[i].outputs));
    }
    arena_close(b.arena);
}

struct refused {
    const char *text, *rule, *sentence;
};

static void bad_fields_are_refused_by_name(void **state)
{
    static const struct refused rows[] = {
        {"nothing", "unknown-field", "There is no field \"nothing\"."},
        {"-nothing", "unknown-field", "There is no field \"nothing\"."},
        {"token", "unknown-field", "There is no field \"token\"."},
        {"{token:0}", "unknown-field", "There is no field \"token\"."},
        {"title,", "unknown-field", "There is no field \"\"."},
        {"_pid", "unknown-field", "There is no field \"_pid\"."},
        {"title:locale", "unknown-field", "There is no field \"locale\"."},
        {"author.password", "unknown-field", "There is no field \"password\"."},
        {"seo.nothing", "unknown-field", "There is no field \"nothing\"."},
        {"data.a-b", "unknown-field", "There is no field \"a-b\"."},
        {"{title:1,body:0}", "type", "Fields are either named or left out, not both."},
        {"title,-body", "type", "Fields are either named or left out, not both."},
        {"{title:2}", "type", "\"title\" is 1, 0 or the name of a field."},
        {"{title:'1'}", "unknown-field", "There is no field \"1\"."},
        {"[1]", "type", "A list of fields holds names."},
        {"{'author.name':0}", "type", "\"author.name\": only whole fields can be left out."},
        {"-seo.title", "type", "\"seo.title\": only whole fields can be left out."},
        {"author.mentor.mentor.mentor.mentor.mentor.name", "limit",
         "\"author.mentor.mentor.mentor.mentor.mentor.name\" follows more than 5 references."},
        {"author.mentor.mentor.mentor.mentor.publisher._id", "limit",
         "\"author.mentor.mentor.mentor.mentor.publisher._id\" follows more than 5 references."},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_ERR(query_read_fields(b.arena, fresh(&b, "posts"), str_of(rows[i].text), S("fields"), &b.why),
                  ERR_BAD_INPUT);
        CHECK_FAULT(&b.why, S("fields"), str_of(rows[i].rule));
        if (b.why.fault_count)
            CHECK_STR(b.why.faults[0].text, str_of(rows[i].sentence));
    }
    CHECK_ERR(query_read_fields(b.arena, fresh(&b, "posts"), S("{title"), S("fields"), &b.why), ERR_BAD_INPUT);
    arena_close(b.arena);
}

static void sorts_are_read_in_both_spellings(void **state)
{
    static const struct {
        const char *text, *keys;
    } rows[] = {
        {"", ""},
        {"{}", ""},
        {"{views:-1,title:1}", "-views title"},
        {"{\"views\":1}", "views"},
        {"-views,title", "-views title"},
        {" -views , title ", "-views title"},
        {"_modified,-_id", "_modified -_id"},
        {"views,title,day,clock,-published", "views title day clock -published"},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct query *q = fresh(&b, "posts");
        struct buf keys;
        CHECK_AT(i);
        CHECK_ERR(query_read_sort(b.arena, q, str_of(rows[i].text), S("sort"), &b.why), ERR_OK);
        buf_init(&keys, b.arena, 1000);
        for (size_t k = 0; k < q->sort_count; k++)
            buf_format(&keys, "%s%s" STR_FMT, k > 0 ? " " : "", q->sort[k].down ? "-" : "",
                       STR_ARG(q->sort[k].by->name));
        CHECK_STR(buf_str(&keys), str_of(rows[i].keys));
    }
    CHECK_ERR(query_read_sort(b.arena, fresh(&b, "categories"), S("_pid,_o"), S("sort"), &b.why), ERR_OK);
    arena_close(b.arena);
}

static void bad_sorts_are_refused_by_name(void **state)
{
    static const struct refused rows[] = {
        {"nothing", "unknown-field", "There is no field \"nothing\"."},
        {"{nothing:1}", "unknown-field", "There is no field \"nothing\"."},
        {"token", "unknown-field", "There is no field \"token\"."},
        {"_o", "unknown-field", "There is no field \"_o\"."},
        {"title,", "unknown-field", "There is no field \"\"."},
        {"--title", "unknown-field", "There is no field \"-title\"."},
        {"title desc", "unknown-field", "There is no field \"title desc\"."},
        {"body", "unsortable", "\"body\" cannot be sorted by."},
        {"coauthors.name", "unsortable", "\"coauthors.name\" cannot be sorted by."},
        {"author", "unsortable", "\"author\" cannot be sorted by."},
        {"author.mentor", "unsortable", "\"author.mentor\" cannot be sorted by."},
        {"author.nothing", "unknown-field", "There is no field \"nothing\"."},
        {"author.name,-author.name", "repeated", "\"author.name\" is named twice."},
        {"author.mentor.mentor.mentor.name", "limit", "\"author.mentor.mentor.mentor.name\" follows more than 3 references."},
        {"tags", "unsortable", "\"tags\" cannot be sorted by."},
        {"title,-title", "repeated", "\"title\" is named twice."},
        {"{title:'desc'}", "type", "\"title\" is 1 (up) or -1 (down)."},
        {"{title:0}", "type", "\"title\" is 1 (up) or -1 (down)."},
        {"views,title,day,clock,published,rating", "limit", "At most 5 fields can be sorted by."},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_ERR(query_read_sort(b.arena, fresh(&b, "posts"), str_of(rows[i].text), S("sort"), &b.why), ERR_BAD_INPUT);
        CHECK_INT(b.query.sort_count, 0);
        CHECK_FAULT(&b.why, S("sort"), str_of(rows[i].rule));
        if (b.why.fault_count)
            CHECK_STR(b.why.faults[0].text, str_of(rows[i].sentence));
    }
    arena_close(b.arena);
}

static void hidden_fields_are_unknown_to_sorts_and_projections(void **state)
{
    static const char *const fields[] = {"salary", "-salary", "{salary:0}", "mentor.salary", "salary.x"};
    static const char *const sorts[] = {"salary", "-salary", "{salary:-1}", "salary.x", "name,salary"};
    struct bench b;
    struct access table[4 * VERB_COUNT] = {0};
    (void)state;
    bench_open(&b);
    struct rights rights = {.model = b.model, .table = table};
    for (size_t i = 0; i < 4 * VERB_COUNT; i++) {
        const struct collection *c = b.model->collections[i / VERB_COUNT];
        const struct field *salary = collection_field(c, S("salary"));
        table[i] = (struct access){.in = c, .granted = true, .fields = c->all_fields};
        if (salary)
            field_set_drop(&table[i].fields, salary->index);
    }
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        CHECK_AT(i);
        fresh(&b, "authors")->reader = &rights;
        CHECK_ERR(query_read_fields(b.arena, &b.query, str_of(fields[i]), S("fields"), &b.why), ERR_BAD_INPUT);
        CHECK_STR(b.why.faults[0].text, S("There is no field \"salary\"."));
        fresh(&b, "authors")->reader = &rights;
        CHECK_ERR(query_read_sort(b.arena, &b.query, str_of(sorts[i]), S("sort"), &b.why), ERR_BAD_INPUT);
        CHECK_STR(b.why.faults[0].text, S("There is no field \"salary\"."));
    }
    arena_close(b.arena);
}

CHECK_MAIN(TEST(all_fields_come_in_model_order_without_secrets), TEST(populate_follows_references_for_so_many_hops),
           TEST(populate_of_an_entangled_model_is_bounded), TEST(fields_are_named_or_left_out),
           TEST(bad_fields_are_refused_by_name), TEST(sorts_are_read_in_both_spellings),
           TEST(bad_sorts_are_refused_by_name), TEST(hidden_fields_are_unknown_to_sorts_and_projections))

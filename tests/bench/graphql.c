/* What reading by GraphQL costs beside the same by the content API's writer, in process and in one
 * run, taken in turns: a list of 20 with its author; 50 posts with author and three topics; three
 * levels over a large table. Prints figures; people judge them. */
#include "base/limits.h"
#include "base/time.h"
#include "content/item/json.h"
#include "content/query/perspective.h"
#include "graphql/own/own.h"
#include "tests/support/house.h"

#include <stdio.h>
#include <time.h>

#define LISTS   50
#define ROUNDS  60 /* in turns, so that a busy machine is unfair to nobody; the best counts */
#define AUTHORS 100
#define TOPICS  200

struct bench {
    struct house *house;
    struct arena *arena;
    const struct principal *who;
    struct gql_schema *schema;
};

static const struct document_of {
    const char *name, *text;
    unsigned limit, hops; /* REST: fields title, views of posts; populated so far */
    bool topics;
} asked[] = {
    {"list of 20 with author", "{ posts(limit: 20) { _id title views author { name } } }", 20, 1,
     false},
    {"50 posts with author and 3 topics",
     "{ posts(limit: 50) { _id title views author { name } topics { word } } }", 50, 1, true},
    {"20 authors, 10 posts each, 3 topics each",
     "{ authors(limit: 20) { _id name posts_via_author(limit: 10, orderBy: [{views: DESC}]) { "
     "title topics { word } } } }",
     20, 2, true},
};

static int64_t cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void add_field(struct arena *a, struct query *q, const char *name)
{
    struct output *grown = NEW_N(a, struct output, q->output_count + 1);
    if (q->output_count)
        memcpy(grown, q->outputs, q->output_count * sizeof *grown);
    const struct field *f = collection_field(q->from, str_of(name));
    grown[q->output_count++] =
        (struct output){.field = f ? f : collection_relation(q->from, str_of(name))};
    q->outputs = grown;
}

static struct query *branch(struct arena *a, struct query *q, const char *name, uint32_t limit)
{
    struct query *b = NEW(a, struct query);
    add_field(a, q, name);
    struct output *o = &q->outputs[q->output_count - 1];
    b->from = o->field->to;
    b->limit = limit;
    o->branch = b;
    return b;
}

/* The same items as the content API reads them. */
static void by_writer(struct bench *b, const struct document_of *d, struct buf *out)
{
    struct arena *a = out->arena;
    struct problem why = {.arena = a};
    struct query q = {.from = house_collection(b->who, d->hops == 2 ? "authors" : "posts"),
                      .limit = d->limit,
                      .reader = b->who->rights};
    struct query *posts = &q;
    struct json_writer w;
    struct item_writer items;
    add_field(a, &q, "_id");
    if (d->hops == 2) {
        add_field(a, &q, "name");
        posts = branch(a, &q, "posts_via_author", 10);
        must(query_read_sort(a, posts, S("-views"), S("sort"), &why) == ERR_OK);
    }
    add_field(a, posts, "title");
    if (d->hops == 1) {
        add_field(a, posts, "views");
        add_field(a, branch(a, posts, "author", 1), "name");
    }
    if (d->topics)
        add_field(a, branch(a, posts, "topics", 50), "word");
    q.where = perspective_states(a, q.from, SEE_PUBLISHED);
    perspective_branches(a, &q, SEE_PUBLISHED);
    json_begin(&w, out);
    json_list_open(&w);
    item_writer_init(&items, &w);
    must(gate_read(b->house->gate, b->who, &q, &items.receiver, NULL, &why) == ERR_OK);
    json_list_close(&w);
}

/* A document that was read and judged before, as it comes out of the cache. */
static void by_graphql(struct bench *b, const struct gql_document *document, struct buf *out)
{
    struct gql_errors errors = {.arena = out->arena};
    struct gql_execution x = {.arena = out->arena,
                              .gate = b->house->gate,
                              .who = b->who,
                              .schema = b->schema,
                              .document = document,
                              .out = out,
                              .errors = &errors,
                              .cost_max = UINT64_MAX};
    x.operation = gql_operation_named(document, (str){0}, &errors);
    must(gql_take_variables(x.arena, x.schema, document, x.operation, NULL, &x.variables, &errors));
    gql_execute(&x);
    must(errors.count == 0 && !out->failed);
}

static double one_round(struct bench *b, const struct document_of *d,
                        const struct gql_document *document, size_t *bytes)
{
    int64_t from = cpu_us();
    for (int i = 0; i < LISTS; i++) {
        struct arena *a = arena_open(64u << 10);
        struct buf out;
        buf_init(&out, a, LIMIT_RESPONSE_BYTES);
        if (document)
            by_graphql(b, document, &out);
        else
            by_writer(b, d, &out);
        *bytes = out.len;
        arena_close(a);
    }
    return (double)(cpu_us() - from) / LISTS;
}

static void measure(struct bench *b, const struct document_of *d)
{
    struct gql_errors errors = {.arena = b->arena};
    const struct gql_document *document = NULL;
    double best[2] = {1e9, 1e9};
    size_t bytes[2] = {0};
    must(gql_read(b->arena, str_of(d->text), &errors, &document) == ERR_OK &&
         gql_validate(b->schema, document, &errors));
    for (int round = 0; round < ROUNDS; round++)
        for (int k = 0; k < 2; k++) {
            double took = one_round(b, d, k ? document : NULL, &bytes[k]);
            best[k] = took < best[k] ? took : best[k];
        }
    (void)printf(
        "%s: %.1f us by GraphQL (%zu bytes), %.1f us by the content API (%zu bytes): x %.2f\n",
        d->name, best[1], bytes[1], best[0], bytes[0], best[1] / best[0]);
}

#define BATCH 500

static struct json text_list(struct arena *a, const str *ids, size_t count)
{
    struct json *items = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        items[i] = json_of_text(ids[i]);
    return json_of_list(items, count);
}

static void set(struct change *c, const char *name, struct json value)
{
    const struct field *f = collection_field(c->in, str_of(name));
    c->values[f->index] = value;
    field_set_add(&c->set, f->index);
}

/* So many posts from this one on, in one transaction. */
static void add_posts(struct bench *b, size_t from, size_t count, const str *authors,
                      const str *topics)
{
    struct arena *a = arena_open(1u << 20);
    const struct principal *who = principal_system(b->house->gate, a, SYSTEM_COMMAND);
    const struct collection *posts = house_collection(who, "posts");
    struct change *changes = NEW_N(a, struct change, count);
    struct problem why = {.arena = a};
    for (size_t i = 0; i < count; i++) {
        size_t n = from + i;
        struct change *c = &changes[i];
        str about[] = {topics[n % TOPICS], topics[(n + 7) % TOPICS], topics[(n + 31) % TOPICS]};
        *c = (struct change){
            .op = OP_CREATE, .in = posts, .values = NEW_N(a, struct json, posts->field_count)};
        set(c, "_state", json_of_int(1));
        set(c, "title", json_of_text(arena_format(a, "A title like many, number %zu", n)));
        set(c, "body", json_of_text(S("Some words that say little")));
        set(c, "views", json_of_int((int64_t)(n * 7919 % 1000)));
        set(c, "author", json_of_text(authors[n * 31 % AUTHORS]));
        set(c, "topics", text_list(a, about, COUNTOF(about)));
    }
    must(gate_write(b->house->gate, who, changes, count, a, &why) == ERR_OK);
    arena_close(a);
}

static void fill(struct bench *b, size_t posts)
{
    str authors[AUTHORS], topics[TOPICS];
    struct arena *a = b->arena;
    for (int i = 0; i < AUTHORS; i++)
        authors[i] = house_item(b->house, "authors",
                                arena_cstr(a, arena_format(a, "{_state:1, name:'Author %d'}", i)));
    for (int i = 0; i < TOPICS; i++)
        topics[i] = house_item(b->house, "topics",
                               arena_cstr(a, arena_format(a, "{_state:1, word:'topic %d'}", i)));
    for (size_t i = 0; i < posts; i += BATCH)
        add_posts(b, i, posts - i < BATCH ? posts - i : BATCH, authors, topics);
}

int main(int argc, char **argv)
{
    uint64_t posts = 10000;
    if (argc > 1)
        must(str_to_u64(str_of(argv[1]), 10000000, &posts));
    struct bench b = {.house = house_open(), .arena = arena_open(1u << 20)};
    house_model(b.house, "[{name:'topics', fields:[{name:'word', kind:'text'}]}, {name:'authors', "
                         "fields:[{name:'name', kind:'text'}]},"
                         " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', "
                         "kind:'text'}, {name:'views', kind:'number', integer:true, indexed:true},"
                         "   {name:'author', kind:'ref', to:'authors'}, {name:'topics', "
                         "kind:'ref', to:'topics', many:true}], indexes:[['author','-views']]}]");
    house_people(b.house, "{roles:{r:[{collection:'*', verbs:['read']}]}, keys:{r:{role:'r'}}}");
    fill(&b, (size_t)posts);
    b.who = house_who(b.house, b.arena, house_key(b.house, "r"));
    b.schema = own_schema_make(b.who, true);
    for (size_t i = 0; i < COUNTOF(asked); i++)
        measure(&b, &asked[i]);
    counted_release(&b.schema->counted);
    arena_close(b.arena);
    house_close(b.house);
    return 0;
}

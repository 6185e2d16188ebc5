/* What mutations answer, and what they refuse in their own words. */
#include "tests/support/check.h"
#include "tests/support/graph.h"
#include "tests/support/rest.h"

#include "base/limits.h"

#define ADA "00000000000000000000a001"
#define POST "00000000000000000000b001"
#define OTHER "00000000000000000000b002"

static const char model[] =
    "[{name:'authors', fields:[{name:'name', kind:'text', required:true}, {name:'slug', kind:'text', unique:true}]},"
    " {name:'hero', shape:'component', fields:[{name:'title', kind:'text', maxlength:5}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', required:true}, {name:'views', kind:'number', integer:true, max:100},"
    "   {name:'author', kind:'ref', to:'authors'}, {name:'blocks', kind:'blocks', of:['hero']}]}]";
static const char people[] =
    "{roles: {editor: [{collection:'*', verbs:['*']}, {collection:'journal', verbs:['read']}],"
    "         blind: [{collection:'posts', verbs:['create','update','delete']}],"
    "         half: [{collection:'posts', verbs:['read'], where:{views:1}}, {collection:'posts', verbs:['create','update']}],"
    "         own: [{collection:'posts', verbs:['read'], where:{$or:[{_state:1},{views:7}]}}, {collection:'posts', verbs:['create','update']}],"
    "         live: [{collection:'posts', verbs:['read'], where:{_state:1}}],"
    "         reader: [{collection:'posts', verbs:['read']}]},"
    " users: {root: {roles:['admin']}},"
    " keys: {editor: {role:'editor'}, blind: {role:'blind'}, half: {role:'half'}, reader: {role:'reader'}, own: {role:'own'}, live: {role:'live'}, root: {user:'root'}}}";

struct stage {
    struct house *house;
    struct graph graph;
};

static void open_stage(struct stage *s)
{
    s->house = house_open();
    house_model(s->house, model);
    house_people(s->house, people);
    (void)house_item(s->house, "authors", "{_id:'" ADA "', name:'Ada', slug:'ada'}");
    (void)house_item(s->house, "posts", "{_id:'" POST "', title:'One', views:1, author:'" ADA "'}");
    (void)house_item(s->house, "posts", "{_id:'" OTHER "', title:'Other', views:2}");
    graph_open(&s->graph, s->house);
}

static void close_stage(struct stage *s)
{
    graph_close(&s->graph);
    house_close(s->house);
}

/* One document; `code` of the first error, NULL: none. `has` and `lacks` are pieces of the answer, apart by '~'. */
struct ask {
    const char *who, *document, *code, *has, *lacks, *headers;
};

static void check_pieces(const struct ask *step, str text, const char *pieces, bool wanted)
{
    str rest = str_of(pieces), piece;
    for (bool ended = rest.len == 0; str_next(&rest, &ended, '~', &piece);)
        if (str_contains(text, piece) != wanted)
            CHECK_SAY("%s\n   %s " STR_FMT "\n   " STR_FMT, step->document, wanted ? "lacks" : "tells", STR_ARG(piece), STR_ARG(text));
}

static void run(struct stage *s, const struct ask *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open(64u << 10);
        struct graph_answer answer;
        CHECK_AT(i);
        str document = str_of(steps[i].document), before, after;
        while (str_cut(document, '@', &before, &after)) /* "@ROOT" */
            document = arena_format(a, STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(house_user(s->house, "root")),
                                    STR_ARG(str_slice(after, 4, after.len)));
        graph_ask(&s->graph, a, house_key(s->house, steps[i].who), document, NULL, steps[i].headers, &answer);
        str code = graph_code(&answer), wanted = steps[i].code ? str_of(steps[i].code) : S("");
        if (answer.err != ERR_OK || !str_equal(code.at ? code : S(""), wanted))
            CHECK_SAY("%s\n   wanted " STR_FMT ", is\n   " STR_FMT, steps[i].document, STR_ARG(wanted), STR_ARG(answer.text));
        check_pieces(&steps[i], answer.text, steps[i].has, true);
        check_pieces(&steps[i], answer.text, steps[i].lacks ? steps[i].lacks : "", false);
        arena_close(a);
    }
}

#define RUN(steps)                                                                                                  \
    do {                                                                                                            \
        struct stage stage;                                                                                         \
        open_stage(&stage);                                                                                         \
        run(&stage, steps, COUNTOF(steps));                                                                         \
        close_stage(&stage);                                                                                        \
    } while (0)

static void mutations_run_one_after_the_other(void **state)
{
    static const struct ask steps[] = {
        {"editor", "mutation{a:updatePost(_id:\"" POST "\",data:{_inc:{views:1}}){views} b:updatePost(_id:\"" POST "\",data:{_inc:{views:1}}){views _rev}}", NULL,
         "{\"a\":{\"views\":2},\"b\":{\"views\":3,\"_rev\":3}}", NULL, NULL},
        {"editor", "mutation{a:updatePost(_id:\"" POST "\",data:{title:\"A\"}){title} b:updatePost(_id:\"" POST "\",data:{views:101}){title} c:updatePost(_id:\"" POST "\",data:{_inc:{views:1}}){title views}}",
         "INVALID", "\"a\":{\"title\":\"A\"},\"b\":null,\"c\":{\"title\":\"A\",\"views\":4}~\"path\":[\"b\"]~\"path\":\"data.views\"~\"line\":1", NULL, NULL},
        {"editor", "mutation{a:createPost(data:{title:\"T\"}){_id} b:createPost(data:{title:\"T\",author:{connect:\"" POST "\"}}){_id}}", "INVALID", "\"a\":{\"_id\":~\"b\":null~data.author~reference", NULL, NULL},
        {"editor", "mutation{createPost(data:{title:\"T\",blocks:[{hero:{title:\"a\"}},{hero:{title:\"far too long\"}}]}){_id}}", "INVALID", "\"path\":\"data.blocks.1.hero.title\"", NULL, NULL},
        {"editor", "mutation{updatePost(_id:\"" POST "\",ifRev:-2,data:{title:\"x\"}){_id}}", "BAD_USER_INPUT", "-1 for whichever", NULL, NULL},
        {"editor", "mutation($t:String=\"Var\"){createPost(data:{title:$t}){...F}} fragment F on Post{title __typename}", NULL, "\"createPost\":{\"title\":\"Var\",\"__typename\":\"Post\"}", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

static void many_are_not_more_than_was_said(void **state)
{
    static const struct ask steps[] = {
        {"editor", "mutation{updatePosts(where:{},data:{views:9}){count}}", "TOO_MANY_ROWS", "\"updatePosts\":null~nothing was changed", NULL, NULL},
        {"editor", "{posts(where:{views:{eq:9}}){title}}", NULL, "\"posts\":[]", NULL, NULL},
        {"editor", "mutation{updatePosts(where:{title:{eq:\"One\"}},data:{views:9}){count ids nodes{title views author{name}}}}", NULL,
         "{\"count\":1,\"ids\":[\"" POST "\"],\"nodes\":[{\"title\":\"One\",\"views\":9,\"author\":{\"name\":\"Ada\"}}]}", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:1){count}}", "TOO_MANY_ROWS", "null", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:1){count nodes{title}}}", "TOO_MANY_ROWS", "null", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:2,dryRun:true){count}}", NULL, "\"count\":2", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:2,dryRun:true){a:nodes{title} b:nodes{views}}}", NULL,
         "{\"a\":[{\"title\":\"One\"},{\"title\":\"Other\"}],\"b\":[{\"views\":9},{\"views\":2}]}", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:2){nodes{title author{name}} count}}", NULL, "\"title\":\"One\",\"author\":{\"name\":\"Ada\"}~\"title\":\"Other\",\"author\":null~\"count\":2", NULL, NULL},
        {"editor", "{posts{title}}", NULL, "\"posts\":[]", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:2){nodes{title} count ids}}", NULL, "{\"nodes\":[],\"count\":0,\"ids\":[]}", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:0){count}}", "BAD_USER_INPUT", "atMost is a number from 1", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:10000){count}}", NULL, "\"count\":0", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:10001){count}}", "BAD_USER_INPUT", "from 1 to 10000", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{},atMost:1001){nodes{title}}}", "BAD_USER_INPUT", "1000 at most", NULL, NULL},
        {"editor", "mutation{deletePosts(where:{title:{eq:null}}){count}}", "BAD_USER_INPUT", "null", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

static void answers_keep_to_what_the_caller_sees(void **state)
{
    static const struct ask steps[] = {
        {"blind", "mutation{createPost(data:{title:\"B\"}){_id _rev __typename}}", NULL, "\"_rev\":1,\"__typename\":\"PostWritten\"", "title", NULL},
        {"blind", "mutation{createPosts(data:[{title:\"B\"},{title:\"C\"}]){_rev}}", NULL, "[{\"_rev\":1},{\"_rev\":1}]", NULL, NULL},
        {"blind", "mutation{updatePost(_id:\"" POST "\",data:{title:\"B\"}){_id _rev}}", NULL, "{\"_id\":\"" POST "\",\"_rev\":2}", NULL, NULL},
        {"blind", "mutation{updatePost(_id:\"" POST "\",data:{title:\"B\"}){title}}", "GRAPHQL_VALIDATION_FAILED", "There is no field", "data\":", NULL},
        {"blind", "mutation{deletePost(_id:\"" POST "\"){_id}}", NULL, "{\"_id\":\"" POST "\"}", NULL, NULL},
        {"blind", "mutation{updatePosts(where:{},data:{title:\"B\"}){count}}", "GRAPHQL_VALIDATION_FAILED", "updatePosts", NULL, NULL},
        {"half", "mutation{createPost(data:{title:\"H\",views:1}){title}}", NULL, "{\"createPost\":{\"title\":\"H\"}}", NULL, NULL},
        {"half", "mutation{createPost(data:{title:\"H\",views:5}){title}}", NULL, "{\"createPost\":null}", NULL, NULL}, /* done, and not his to see */
        {"half", "mutation{createPosts(data:[{title:\"H\",views:5},{title:\"I\",views:1}]){title}}", NULL, "[null,{\"title\":\"I\"}]", NULL, NULL},
        {"reader", "mutation{createPost(data:{title:\"R\"}){title}}", "GRAPHQL_VALIDATION_FAILED", "", NULL, NULL},
        {"editor", "mutation{deletePost(_id:\"" OTHER "\"){title views author{name} _rev}}", NULL, "{\"title\":\"Other\",\"views\":2,\"author\":null,\"_rev\":1}", NULL, NULL},
        {"editor", "mutation{deletePost(_id:\"" OTHER "\"){title}}", "NOT_FOUND", "\"deletePost\":null", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

static void versions_and_plans_are_answered(void **state)
{
    static const struct ask steps[] = {
        {"editor", "mutation{updatePost(_id:\"" POST "\",perspective:DRAFT,data:{title:\"Next\"}){title _rev}}", NULL, "{\"title\":\"Next\",\"_rev\":2}", NULL, NULL},
        {"editor", "{post(_id:\"" POST "\"){title}}", NULL, "\"title\":\"One\"", NULL, NULL},
        {"editor", "mutation{publishPost(_id:\"" POST "\",ifRev:1){title}}", "STALE", "\"publishPost\":null", NULL, NULL},
        {"editor", "mutation{publishPost(_id:\"" POST "\",ifRev:2){title _state}}", NULL, "{\"title\":\"Next\",\"_state\":1}", NULL, NULL},
        {"editor", "mutation{unpublishPost(_id:\"" POST "\"){_state} archivePost(_id:\"" POST "\"){_state}}", NULL, "{\"unpublishPost\":{\"_state\":0},\"archivePost\":{\"_state\":-1}}", NULL, NULL},
        {"editor", "mutation{publishPost(_id:\"" POST "\",at:\"2099-01-01T00:00:00Z\"){_state}}", NULL, "{\"_state\":-1}", NULL, NULL}, /* planned */
        {"editor", "mutation{publishPost(_id:\"" POST "\",unpublishAt:\"2099-01-01T00:00:00Z\"){_state}}", NULL, "{\"_state\":1}", NULL, NULL},
        {"editor", "mutation{createPost(perspective:DRAFT,data:{title:\"D\"}){_state title}}", NULL, "{\"_state\":0,\"title\":\"D\"}", NULL, NULL},
        {"editor", "mutation{discardPost(_id:\"" OTHER "\"){_state}}", NULL, "{\"_state\":1}", NULL, NULL},
        {"editor", "mutation{updatePost(_id:\"" POST "\",ifRev:1,data:{title:\"x\"}){_state}}", "STALE", "\"conflict\"~\"current\"", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

/* Who reads drafts of some rows only, and whoever writes drafts, may say that he means them. */
static void drafts_that_one_may_read_are_there(void **state)
{
    static const struct ask steps[] = {
        {"own", "mutation{createPost(perspective:DRAFT,data:{views:7,title:null}){views title _state}}", NULL, "{\"views\":7,\"title\":null,\"_state\":0}", NULL, NULL},
        {"own", "{posts(perspective:DRAFT,where:{views:{eq:7}}){views title _state}}", NULL, "[{\"views\":7,\"title\":null,\"_state\":0}]", NULL, NULL},
        {"own", "{posts(where:{views:{eq:7}}){views}}", NULL, "\"posts\":[]", NULL, NULL},
        {"own", "mutation{createPost(perspective:DRAFT,data:{views:8,title:\"Mine\"}){views}}", NULL, "\"createPost\":null", NULL, NULL},
        {"blind", "mutation{createPost(perspective:DRAFT,data:{title:\"Mine\"}){_rev}}", NULL, "\"_rev\":1", NULL, NULL},
        {"live", "{posts{title}}", NULL, "One~Other", "Mine", NULL},
        {"live", "{posts(perspective:DRAFT){title}}", "GRAPHQL_VALIDATION_FAILED", "perspective", NULL, NULL},
        {"live", "{__type(name:\"Post\"){fields{name type{kind}}}}", NULL, "{\"name\":\"title\",\"type\":{\"kind\":\"NON_NULL\"}}", "_draft", NULL},
        {"own", "{__type(name:\"Post\"){fields{name type{kind}}}}", NULL, "{\"name\":\"title\",\"type\":{\"kind\":\"SCALAR\"}}", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

static void a_secret_is_shown_once_and_alone(void **state)
{
    static const struct ask steps[] = {
        {"root", "mutation{createApiKey(data:{user:{connect:\"@ROOT\"},label:\"ci\"}){_id secret item{label prefix}}}", NULL, "\"secret\":\"~\"label\":\"ci\"", NULL, NULL},
        {"root", "mutation{a:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"x\"}){_id} b:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"y\"}){_id}}", "BAD_USER_INPUT", "\"a\":null,\"b\":null~alone", NULL, NULL},
        {"root", "mutation{a:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"x\"}){_id} ...F} fragment F on Mutation{... on Mutation{b:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"y\"}){_id}}}", "BAD_USER_INPUT", "\"a\":null,\"b\":null", NULL, NULL},
        {"root", "mutation{a:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"x\"}){_id} ...F} fragment F on Mutation{a:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"x\"}){secret}}", NULL, "\"secret\":", NULL, NULL}, /* one field */
        {"root", "mutation{a:createApiKey(data:{user:{connect:\"@ROOT\"},label:\"z\"}){_id} updatePost(_id:\"" POST "\",data:{title:\"beside\"}){title}}", NULL, "beside", NULL, NULL},
        {"root", "mutation{createApiKeys(data:[{user:{connect:\"@ROOT\"},label:\"m\"},{user:{connect:\"@ROOT\"},label:\"n\"}]){secret item{label}}}", NULL, "\"secret\":\"~\"label\":\"m\"~\"secret\":\"~\"label\":\"n\"", "null", NULL},
        {"root", "{api_keys(where:{label:{in:[\"x\",\"y\"]}}){label}}", NULL, "[{\"label\":\"x\"}]", NULL, NULL},
        {"editor", "mutation{createApiKey(data:{user:{connect:\"@ROOT\"},label:\"ci\"}){_id}}", "GRAPHQL_VALIDATION_FAILED", "", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

static void a_key_makes_it_happen_once(void **state)
{
    static const struct ask steps[] = {
        {"editor", "mutation{createAuthor(data:{name:\"Once\",slug:\"once\"}){name slug}}", NULL, "\"slug\":\"once\"", NULL, "Idempotency-Key: k1\n"},
        {"editor", "mutation{createAuthor(data:{name:\"Once\",slug:\"once\"}){name}}", NULL, "\"name\":\"Once\"", NULL, "Idempotency-Key: k1\n"},
        {"editor", "mutation{createAuthor(data:{name:\"Once\",slug:\"once\"}){name}}", "CONFLICT", "slug", NULL, NULL},
        {"editor", "mutation{createAuthor(data:{name:\"Twice\"}){name}}", "INVALID", "", NULL, "Idempotency-Key: k1\n"},
        {"editor", "mutation{a:createAuthor(data:{name:\"A\",slug:\"a\"}){name} b:createAuthor(data:{name:\"B\",slug:\"b\"}){name}}", NULL, "\"A\"~\"B\"", NULL, "Idempotency-Key: k2\n"},
        {"editor", "mutation{a:createAuthor(data:{name:\"A\",slug:\"a\"}){name} b:createAuthor(data:{name:\"B\",slug:\"b\"}){name}}", NULL, "\"A\"~\"B\"", NULL, "Idempotency-Key: k2\n"},
        {"editor", "mutation{publishPost(_id:\"" POST "\"){title}}", "BAD_USER_INPUT", "take no Idempotency-Key", NULL, "Idempotency-Key: k3\n"},
        {"editor", "mutation{createAuthor(data:{name:\"A\"}){name}}", "BAD_USER_INPUT", "printable", NULL, "Idempotency-Key: a b\n"},
        {"editor", "mutation{deletePosts(where:{},atMost:2){count ids}}", NULL, "\"count\":2", NULL, "Idempotency-Key: k4\n"},
        {"editor", "mutation{deletePosts(where:{},atMost:2){count ids}}", NULL, "\"count\":2~" POST, NULL, "Idempotency-Key: k4\n"},
        {"editor", "{authors(where:{name:{ne:\"Ada\"}}){name}}", NULL, "[{\"name\":\"~\"A\"~\"B\"~\"Once\"", "Twice", NULL},
    };
    (void)state;
    RUN(steps);
}

/* The same mutation twice in a batch is meant twice, and the batch sent again is not. */
static void a_key_tells_the_requests_of_a_batch_apart(void **state)
{
    struct stage s;
    (void)state;
    open_stage(&s);
    for (size_t i = 0; i < 2; i++) {
        struct arena *a = arena_open(64u << 10);
        str one = S("{\"query\":\"mutation{createAuthor(data:{name:\\\"B\\\"}){name}}\"}");
        str lines = arena_format(a, "Content-Type: application/json\nAccept: application/json\nIdempotency-Key: k\n");
        struct graph_answer answer;
        graph_send(&s.graph, a, house_key(s.house, "editor"), arena_cstr(a, lines), arena_format(a, "[" STR_FMT "," STR_FMT "]", STR_ARG(one), STR_ARG(one)), &answer);
        if (!str_equal(answer.text, S("[{\"data\":{\"createAuthor\":{\"name\":\"B\"}}},{\"data\":{\"createAuthor\":{\"name\":\"B\"}}}]")))
            CHECK_SAY(STR_FMT, STR_ARG(answer.text));
        arena_close(a);
    }
    static const struct ask steps[] = {{"editor", "{authorsConnection(where:{name:{eq:\"B\"}}){totalCount}}", NULL, "\"totalCount\":2", NULL, NULL}};
    run(&s, steps, COUNTOF(steps));
    close_stage(&s);
}

static void create_or_change_by_a_key(void **state)
{
    static const struct ask steps[] = {
        {"editor", "mutation{upsertAuthor(key:{slug:\"zoe\"},create:{name:\"Zoe\"},update:{name:\"Again\"}){name slug _rev}}", NULL, "{\"name\":\"Zoe\",\"slug\":\"zoe\",\"_rev\":1}", NULL, NULL},
        {"editor", "mutation{upsertAuthor(key:{slug:\"zoe\"},create:{name:\"Zoe\"},update:{name:\"Again\"}){name slug _rev}}", NULL, "{\"name\":\"Again\",\"slug\":\"zoe\",\"_rev\":2}", NULL, NULL},
        {"editor", "mutation{upsertAuthor(key:{slug:\"zoe\"},create:{name:\"Zoe\",slug:\"x\"},update:{slug:\"y\"}){name}}", "INVALID", "create.slug", NULL, NULL},
        {"editor", "mutation{upsertAuthor(key:{slug:\"new\"},create:{name:null},update:{name:\"x\"}){name}}", "INVALID", "create.name", NULL, NULL},
        {"editor", "mutation{upsertAuthor(key:{slug:\"zoe\"},ifRev:1,create:{name:\"Zoe\"},update:{name:\"x\"}){name}}", "STALE", "", NULL, NULL},
        {"editor", "mutation{upsertAuthor(key:{_id:\"nonsense\"},create:{name:\"Zoe\"},update:{name:\"x\"}){name}}", "INVALID", "", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

static void the_journal_says_by_what(void **state)
{
    static const struct ask steps[] = {
        {"editor", "mutation{createPost(data:{title:\"J\"}){_id}}", NULL, "", NULL, NULL},
    };
    struct stage s;
    struct arena *a = arena_open(64u << 10);
    (void)state;
    open_stage(&s);
    run(&s, steps, COUNTOF(steps));
    str lines = arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(s.house, "editor")));
    struct fake_exchange *f = rest_request(s.house->gate, a, "GET", "/api/content/items/journal?filter[collection]=posts&sort=-_id&limit=1", arena_cstr(a, lines), S(""), NULL);
    if (!str_contains(f->answer, S("\"via\":\"graphql\"")))
        CHECK_SAY("the journal: " STR_FMT, STR_ARG(f->answer));
    close_stage(&s);
    arena_close(a);
}

static void actions_answer_as_they_do(void **state)
{
    static const struct ask steps[] = {
        {"root", "mutation{createApiKey(data:{user:{connect:\"@ROOT\"},label:\"turns\",_id:\"00000000000000000000d001\"}){secret}}", NULL, "secret", NULL, NULL},
        {"root", "mutation{rotateApiKey(_id:\"00000000000000000000d001\",input:{retain_minutes:5})}", NULL, "\"rotateApiKey\":{~\"secret\":\"", NULL, NULL},
        {"root", "mutation{rotateApiKey(_id:\"00000000000000000000d001\",ifRev:1)}", "STALE", "null", "secret", NULL},
        {"root", "mutation{rotateApiKey(_id:\"00000000000000000000d009\")}", "NOT_FOUND", "null", NULL, NULL},
        {"root", "mutation{rotateApiKey(_id:\"00000000000000000000d001\",input:[1])}", "BAD_USER_INPUT", "an object", NULL, NULL},
        {"root", "mutation{a:rotateApiKey(_id:\"00000000000000000000d001\") b:rotateApiKey(_id:\"00000000000000000000d001\")}", "BAD_USER_INPUT", "\"a\":null,\"b\":null", "secret\":", NULL},
        {"root", "mutation{rotateApiKey(_id:\"00000000000000000000d001\")}", "BAD_USER_INPUT", "Idempotency-Key", NULL, "Idempotency-Key: k\n"},
        {"root", "mutation{revokeApiKey(_id:\"00000000000000000000d001\")}", NULL, "\"revokeApiKey\":{", NULL, NULL},
        {"editor", "mutation{rotateApiKey(_id:\"00000000000000000000d001\")}", "GRAPHQL_VALIDATION_FAILED", "", NULL, NULL},
        {"root", "mutation{unpublishPost(_id:\"" POST "\"){_state} createRelease(data:{_id:\"00000000000000000000e001\",name:\"R\",entries:[{collection:\"posts\",item:\"" POST "\"}]}){name}}", NULL, "\"_state\":0~\"R\"", NULL, NULL},
        {"root", "mutation{publishRelease(_id:\"00000000000000000000e001\"){name published_at}}", NULL, "\"published_at\":\"2", NULL, NULL},
        {"root", "{post(_id:\"" POST "\"){_state}}", NULL, "{\"_state\":1}", NULL, NULL},
        {"root", "mutation{createRetentionRule(data:{_id:\"00000000000000000000f001\",repositories:[\"acme/*\"],keep:[{patterns:[\"^v\"]}]}){keep{patterns}}}", NULL, "\"^v\"", NULL, NULL},
        {"root", "mutation{previewRetentionRule(_id:\"00000000000000000000f001\",input:{verdict:\"delete\"})}", NULL, "\"previewRetentionRule\":{\"rows\":[]", NULL, NULL},
        {"editor", "mutation{previewRetentionRule(_id:\"00000000000000000000f001\")}", "GRAPHQL_VALIDATION_FAILED", "", "rows", NULL},
    };
    (void)state;
    RUN(steps);
}

/* Two files of one request, in their order; the same file twice; a fault in what is said of one. */
static void files_become_assets(void **state)
{
#define PART(name, more) "--x\r\nContent-Disposition: form-data; name=\"" name "\"" more "\r\n\r\n"
#define FORM(document, map) PART("operations", "") "{\"query\":\"" document "\",\"variables\":{\"f\":null,\"g\":null}}\r\n" PART("map", "") map "\r\n" \
    PART("0", "; filename=\"one.txt\"") "first\r\n" PART("1", "; filename=\"two.txt\"") "second!\r\n--x--\r\n"
#define BOTH "{\"0\":[\"variables.f\"],\"1\":[\"variables.g\"]}"
    static const struct {
        const char *who, *body, *code, *has;
    } rows[] = {
        {"editor", FORM("mutation($f:Upload!,$g:Upload!){a:uploadAsset(file:$f,data:{title:\\\"One\\\"}){title size} b:uploadAsset(file:$g){title size}}", BOTH), NULL,
         "{\"a\":{\"title\":\"One\",\"size\":5},\"b\":{\"title\":\"Two\",\"size\":7}}"},
        {"editor", FORM("mutation($f:Upload!){a:uploadAsset(file:$f){size} b:uploadAsset(file:$f){size}}", BOTH), "BAD_USER_INPUT", "\"a\":{\"size\":5},\"b\":null"},
        {"editor", FORM("mutation($f:Upload!){uploadAsset(file:$f,ifRev:3){size}}", BOTH), "STALE", "null"},
        {"editor", FORM("mutation($f:Upload!){uploadAsset(file:$f,replaces:\\\"" POST "\\\"){size}}", BOTH), "NOT_FOUND", "null"},
        {"editor", FORM("mutation($f:Upload!){uploadAsset(file:$f,data:{folder:{connect:\\\"" POST "\\\"}}){size}}", BOTH), "INVALID", "data.folder"},
        {"editor", FORM("mutation($f:Upload){uploadAsset(file:$f){size}}", "{}"), "GRAPHQL_VALIDATION_FAILED", ""},
        {"editor", FORM("mutation($f:Upload!){uploadAsset(file:$f){size}}", "{}"), "BAD_USER_INPUT", ""},
        {"reader", FORM("mutation($f:Upload!){uploadAsset(file:$f){size}}", BOTH), "GRAPHQL_VALIDATION_FAILED", ""},
    };
    struct stage s;
    (void)state;
    open_stage(&s);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        struct graph_answer answer;
        CHECK_AT(i);
        graph_send(&s.graph, a, house_key(s.house, rows[i].who), "Content-Type: multipart/form-data; boundary=x\n", str_of(rows[i].body), &answer);
        str code = graph_code(&answer);
        if (!str_equal(code.at ? code : S(""), rows[i].code ? str_of(rows[i].code) : S("")) || !str_contains(answer.text, str_of(rows[i].has)))
            CHECK_SAY("%s\n   is " STR_FMT, rows[i].body, STR_ARG(answer.text));
        arena_close(a);
    }
    close_stage(&s);
}

/* One more than a transaction may change is refused as a whole. */
static void a_list_is_as_long_as_a_transaction(void **state)
{
    struct stage s;
    (void)state;
    open_stage(&s);
    for (uint32_t over = 0; over <= 1; over++) {
        struct arena *a = arena_open(64u << 10);
        struct graph_answer answer;
        uint32_t count = LIMIT_CHANGES + over;
        struct json *items = NEW_N(a, struct json, count), title = json_named(S("title"), json_of_text(S("x"))), variable;
        for (uint32_t i = 0; i < count; i++)
            items[i] = json_of_map(&title, 1);
        variable = json_named(S("d"), json_of_list(items, count));
        struct json variables = json_of_map(&variable, 1);
        CHECK_AT(over);
        graph_ask(&s.graph, a, house_key(s.house, "blind"), S("mutation($d:[PostCreate!]!){createPosts(data:$d){_rev}}"), &variables, NULL, &answer);
        if (over)
            CHECK_STR(graph_code(&answer), S("TOO_LARGE"));
        else if (answer.errors || json_get(answer.data, S("createPosts"))->count != count)
            CHECK_SAY(STR_FMT, STR_ARG(str_slice(answer.text, 0, 400)));
        arena_close(a);
    }
    static const struct ask steps[] = {{"editor", "{postsConnection(perspective:DRAFT,first:1){totalCount}}", NULL, "\"totalCount\":1002", NULL, NULL}};
    run(&s, steps, COUNTOF(steps));
    close_stage(&s);
}

/* Behaviours decide here as anywhere; and what follows a change of the model in one document is sent again. */
static void the_servers_own_collections_keep_their_rules(void **state)
{
    static const struct ask steps[] = {
        {"root", "mutation{createCollection(data:{name:\"extra\",definition:{fields:[{name:\"a\",kind:\"text\"}]}}){name} updatePost(_id:\"" POST "\",data:{title:\"after\"}){title}}",
         "UNAVAILABLE", "\"createCollection\":{\"name\":\"extra\"},\"updatePost\":null~retryAfter", NULL, NULL},
        {"root", "mutation{createExtra(data:{a:\"1\"}){a}}", NULL, "{\"a\":\"1\"}", NULL, NULL},
        {"root", "mutation{updateUser(_id:\"@ROOT\",data:{roles:{set:[]}}){name}}", "CONFLICT", "last administrator", NULL, NULL},
        {"root", "mutation{deleteUsers(where:{},atMost:9){count}}", "CONFLICT", "last administrator", NULL, NULL},
        {"root", "mutation{updateSettings(data:{site_name:\"S\"}){site_name}}", NULL, "{\"site_name\":\"S\"}", NULL, NULL},
        {"root", "mutation{createRole(data:{name:\"r\"}){name} createGrant(data:{collection:\"posts\",verbs:[\"read\"]}){_id}}", "INVALID", "{\"name\":\"r\"}~\"createGrant\":null~data.role", NULL, NULL},
    };
    (void)state;
    RUN(steps);
}

CHECK_MAIN(TEST(mutations_run_one_after_the_other), TEST(many_are_not_more_than_was_said), TEST(answers_keep_to_what_the_caller_sees),
           TEST(versions_and_plans_are_answered), TEST(drafts_that_one_may_read_are_there), TEST(a_secret_is_shown_once_and_alone), TEST(a_key_makes_it_happen_once), TEST(a_key_tells_the_requests_of_a_batch_apart),
           TEST(create_or_change_by_a_key), TEST(the_journal_says_by_what),
           TEST(the_servers_own_collections_keep_their_rules), TEST(actions_answer_as_they_do), TEST(files_become_assets), TEST(a_list_is_as_long_as_a_transaction))

#include "tests/support/blog_model.h"
#include "tests/support/check.h"

#include "base/time.h"
#include "content/access.h"
#include "content/filter/filter.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaa"
#define NOW_MS INT64_C(1795255200123) /* 2026-11-21T10:00:00.123Z */

struct bench {
    struct arena *arena;
    const struct model *model;
    struct filter_options options;
    struct problem why;
};

static struct bench bench_open(enum json_dialect dialect, bool allow_vars)
{
    struct bench b = {.arena = arena_open(1u << 16)};

    b.model = blog_model(b.arena);
    b.options = (struct filter_options){.dialect = dialect, .allow_vars = allow_vars, .where = STR("filter")};
    return b;
}

static enum err read_text(struct bench *b, const char *text, const struct filter **out)
{
    const struct json *tree = NULL;
    struct json_options options = {.dialect = b->options.dialect};

    b->why = (struct problem){.arena = b->arena};
    NEED(json_read(b->arena, str_of(text), &options, S("filter"), &tree, &b->why) == ERR_OK);
    return filter_read(b->arena, b->model, model_find(b->model, S("posts")), tree, &b->options, out, &b->why);
}

struct accepted {
    const char *in, *out;
};

/* What was read is printed as `out`, and reading that prints the same again. */
static void check_accepted(struct bench *b, const struct accepted *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct filter *f = NULL, *again = NULL;
        CHECK_AT(i);
        CHECK_ERR(read_text(b, rows[i].in, &f), ERR_OK);
        if (!f) {
            for (size_t k = 0; k < b->why.fault_count; k++)
                CHECK_STR(b->why.faults[k].text, str_of(rows[i].in));
            continue;
        }
        str printed = filter_print(b->arena, f);
        CHECK_STR(printed, str_of(rows[i].out));
        CHECK_ERR(read_text(b, arena_cstr(b->arena, printed), &again), ERR_OK);
        if (again)
            CHECK_STR(filter_print(b->arena, again), printed);
    }
}

struct refused {
    const char *in, *rule, *text;
};

static void check_refused(struct bench *b, const struct refused *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct filter *f = NULL;
        CHECK_AT(i);
        CHECK_ERR(read_text(b, rows[i].in, &f), ERR_BAD_INPUT);
        CHECK(f == NULL);
        CHECK_INT(b->why.fault_count, 1);
        if (b->why.fault_count != 1)
            continue;
        CHECK_STR(b->why.faults[0].path, S("filter"));
        CHECK_STR(b->why.faults[0].rule, str_of(rows[i].rule));
        CHECK_STR(b->why.faults[0].text, str_of(rows[i].text));
    }
}

#define ACCEPTED(b, rows) check_accepted((b), (rows), COUNTOF(rows))
#define REFUSED(b, rows) check_refused((b), (rows), COUNTOF(rows))

static void values_and_operators_are_read(void **state)
{
    static const struct accepted rows[] = {
        {"null", "{}"},
        {"{}", "{}"},
        {"{'title':'a'}", "{\"title\":\"a\"}"},
        {"{title:{$eq:'a'}}", "{\"title\":\"a\"}"},
        {"{title:null}", "{\"title\":null}"},
        {"{title:{$ne:null}}", "{\"title\":{\"$ne\":null}}"},
        {"{views:{$gt:1}}", "{\"views\":{\"$gt\":1}}"},
        {"{views:{$gte:1.5}}", "{\"views\":{\"$gte\":1.5}}"},
        {"{views:{$lt:-1}}", "{\"views\":{\"$lt\":-1}}"},
        {"{views:{$lte:1}}", "{\"views\":{\"$lte\":1}}"},
        {"{views:{$between:[1,2]}}", "{\"views\":{\"$between\":[1,2]}}"},
        {"{views:{$mod:[3,-1]}}", "{\"views\":{\"$mod\":[3,-1]}}"},
        {"{title:{$in:['a','b']}}", "{\"title\":{\"$in\":[\"a\",\"b\"]}}"},
        {"{title:{$nin:['a']}}", "{\"title\":{\"$nin\":[\"a\"]}}"},
        {"{tags:{$all:['a','b']}}", "{\"tags\":{\"$all\":[\"a\",\"b\"]}}"},
        {"{tags:'a'}", "{\"tags\":\"a\"}"},
        {"{tags:{$has:'a'}}", "{\"tags\":\"a\"}"},
        {"{tags:{$size:2}}", "{\"tags\":{\"$size\":2}}"},
        {"{tags:{$regex:'^a'}}", "{\"tags\":{\"$regex\":\"^a\",\"$options\":\"i\"}}"},
        {"{title:{$exists:true}}", "{\"title\":{\"$exists\":true}}"},
        {"{title:{$exists:0}}", "{\"title\":{\"$exists\":false}}"},
        {"{title:{$startsWith:'a'}}", "{\"title\":{\"$startsWith\":\"a\"}}"},
        {"{title:{$endsWith:'a'}}", "{\"title\":{\"$endsWith\":\"a\"}}"},
        {"{title:{$contains:'a'}}", "{\"title\":{\"$contains\":\"a\"}}"},
        {"{title:{$text:'Ada  Lovelace'}}", "{\"title\":{\"$text\":\"Ada  Lovelace\"}}"},
        {"{title:{$text:{$search:'Ada'}}}", "{\"title\":{\"$text\":\"Ada\"}}"},
        {"{title:{$regex:'a.b'}}", "{\"title\":{\"$regex\":\"a.b\",\"$options\":\"i\"}}"},
        {"{title:{$regex:'a.b',$options:''}}", "{\"title\":{\"$regex\":\"a.b\",\"$options\":\"\"}}"},
        {"{title:{$options:'sim',$regex:'a'}}", "{\"title\":{\"$regex\":\"a\",\"$options\":\"ims\"}}"},
        {"{title:{$regex:'/a/b/mu'}}", "{\"title\":{\"$regex\":\"a/b\",\"$options\":\"m\"}}"},
        {"{title:{$regex:'/a'}}", "{\"title\":{\"$regex\":\"/a\",\"$options\":\"i\"}}"},
        {"{title:{$regex:'/'}}", "{\"title\":{\"$regex\":\"/\",\"$options\":\"i\"}}"},
        {"{title:{$regex:'/a/',$options:''}}", "{\"title\":{\"$regex\":\"/a/\",\"$options\":\"\"}}"},
        {"{live:true}", "{\"live\":true}"},
        {"{live:0}", "{\"live\":false}"},
        {"{data:{$type:'text'}}", "{\"data\":{\"$type\":\"string\"}}"},
        {"{data:{$type:4}}", "{\"data\":{\"$type\":\"array\"}}"},
        {"{'data.a':{$type:'integer'}}", "{\"data.a\":{\"$type\":\"int\"}}"},
        {"{rows:{$elemMatch:{price:{$gt:5},name:'x'}}}",
         "{\"rows\":{\"$elemMatch\":{\"$and\":[{\"price\":{\"$gt\":5}},{\"name\":\"x\"}]}}}"},
        {"{rows:{$elemMatch:{'parts.sku':'x'}}}", "{\"rows\":{\"$elemMatch\":{\"parts.sku\":\"x\"}}}"},
        {"{rows:{$elemMatch:{parts:{$elemMatch:{sku:'x'}}}}}",
         "{\"rows\":{\"$elemMatch\":{\"parts\":{\"$elemMatch\":{\"sku\":\"x\"}}}}}"},
        {"{data:{$elemMatch:{any:{$in:[1,'a']}}}}", "{\"data\":{\"$elemMatch\":{\"any\":{\"$in\":[1,\"a\"]}}}}"},
        {"{_id:'" ID_A "'}", "{\"_id\":\"" ID_A "\"}"},
        {"{_state:1,_rev:{$gt:2}}", "{\"$and\":[{\"_state\":1},{\"_rev\":{\"$gt\":2}}]}"},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    ACCEPTED(&b, rows);
    arena_close(b.arena);
}

static void groups_are_folded(void **state)
{
    static const struct accepted rows[] = {
        {"{title:'a',views:1}", "{\"$and\":[{\"title\":\"a\"},{\"views\":1}]}"},
        {"{views:{$gt:1,$lt:5}}", "{\"$and\":[{\"views\":{\"$gt\":1}},{\"views\":{\"$lt\":5}}]}"},
        {"{$and:[{title:'a'},{$and:[{views:1},{views:2}]}]}",
         "{\"$and\":[{\"title\":\"a\"},{\"views\":1},{\"views\":2}]}"},
        {"{$or:[{title:'a'}]}", "{\"title\":\"a\"}"},
        {"{$or:[{title:'a'},{views:1}]}", "{\"$or\":[{\"title\":\"a\"},{\"views\":1}]}"},
        {"{$nor:[{title:'a'},{views:1}]}", "{\"$nor\":[{\"title\":\"a\"},{\"views\":1}]}"},
        {"{$not:{title:'a'}}", "{\"$nor\":[{\"title\":\"a\"}]}"},
        {"{$not:{$not:{title:'a'}}}", "{\"title\":\"a\"}"},
        {"{$not:{title:'a',views:1}}", "{\"$nor\":[{\"$and\":[{\"title\":\"a\"},{\"views\":1}]}]}"},
        {"{views:{$not:{$gt:5}}}", "{\"$nor\":[{\"views\":{\"$gt\":5}}]}"},
        {"{title:{$not:'^a'}}", "{\"$nor\":[{\"title\":{\"$regex\":\"^a\",\"$options\":\"i\"}}]}"},
        {"{$and:[]}", "{}"},
        {"{$or:[]}", "{\"$or\":[]}"},
        {"{$nor:[]}", "{}"},
        {"{$not:{}}", "{\"$or\":[]}"},
        {"{title:{$in:[]}}", "{\"$or\":[]}"},
        {"{title:{$nin:[]}}", "{}"},
        {"{tags:{$all:[]}}", "{}"},
        {"{rows:{$elemMatch:{}}}", "{\"rows\":{\"$elemMatch\":{}}}"},
        {"{rows:{$elemMatch:{name:{$nin:[]}}}}", "{\"rows\":{\"$elemMatch\":{}}}"},
        {"{rows:{$elemMatch:{name:{$in:[]}}}}", "{\"$or\":[]}"},
        {"{title:'a',$or:[]}", "{\"$or\":[]}"},
        {"{title:'a',$and:[]}", "{\"title\":\"a\"}"},
        {"{$or:[{title:'a'},{}]}", "{}"},
        {"{$or:[{title:'a'},{$or:[]}]}", "{\"title\":\"a\"}"},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    ACCEPTED(&b, rows);
    arena_close(b.arena);
}

static void names_lead_through_references_and_documents(void **state)
{
    static const struct accepted rows[] = {
        {"{author:'" ID_A "'}", "{\"author\":\"" ID_A "\"}"},
        {"{'author._id':'" ID_A "'}", "{\"author\":\"" ID_A "\"}"},
        {"{'author._id':'@" ID_A "'}", "{\"author\":\"" ID_A "\"}"},
        {"{_id:'#" ID_A "'}", "{\"_id\":\"" ID_A "\"}"},
        {"{author:{$exists:true}}", "{\"author\":{\"$exists\":true}}"},
        {"{'author.name':'Ada'}", "{\"author.name\":\"Ada\"}"},
        {"{'@author.name':'Ada'}", "{\"author.name\":\"Ada\"}"},
        {"{'author.publisher.country':'UK'}", "{\"author.publisher.country\":\"UK\"}"},
        {"{'author.publisher._id':null}", "{\"author.publisher\":null}"},
        {"{'author._created':{$gt:5}}", "{\"author._created\":{\"$gt\":5}}"},
        {"{'coauthors.name':'Ada'}", "{\"coauthors.name\":\"Ada\"}"},
        {"{coauthors:{$size:0}}", "{\"coauthors\":{\"$size\":0}}"},
        {"{'category._pid.title':'a'}", "{\"category._pid.title\":\"a\"}"},
        {"{'author.mentor.mentor.mentor.mentor.name':'a'}", "{\"author.mentor.mentor.mentor.mentor.name\":\"a\"}"},
        {"{'seo.title':'a'}", "{\"seo.title\":\"a\"}"},
        {"{'seo.words':'a'}", "{\"seo.words\":\"a\"}"},
        {"{'rows.price':{$gt:1}}", "{\"rows.price\":{\"$gt\":1}}"},
        {"{'rows.parts.sku':'a'}", "{\"rows.parts.sku\":\"a\"}"},
        {"{'rows.by._id':'" ID_A "'}", "{\"rows.by\":\"" ID_A "\"}"},
        {"{'data.a.b':1}", "{\"data.a.b\":1}"},
        {"{'data._id':'x'}", "{\"data._id\":\"x\"}"},
        {"{'author.data.a':1}", "{\"author.data.a\":1}"},
        {"{'data.a.b.c.d.e.f.g.h':1}", "{\"data.a.b.c.d.e.f.g.h\":1}"},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    ACCEPTED(&b, rows);
    arena_close(b.arena);
}

static void operands_are_as_the_kind_keeps_them(void **state)
{
    static const struct accepted rows[] = {
        {"{day:'2026-11-21'}", "{\"day\":\"2026-11-21\"}"},
        {"{clock:'10:00:00'}", "{\"clock\":\"10:00\"}"},
        {"{published:'2026-11-21 10:00'}", "{\"published\":\"2026-11-21T10:00:00Z\"}"},
        {"{published:{$gt:'2026-11-21T11:00:00.5+01:00'}}", "{\"published\":{\"$gt\":\"2026-11-21T10:00:00.500Z\"}}"},
        {"{published:{$in:['2026-11-21 10:00']}}", "{\"published\":{\"$in\":[\"2026-11-21T10:00:00Z\"]}}"},
        {"{events:'2026-11-21 10:00'}", "{\"events\":\"2026-11-21T10:00:00Z\"}"},
        {"{'seo.checked':{$lt:'2026-11-21 10:00'}}", "{\"seo.checked\":{\"$lt\":\"2026-11-21T10:00:00Z\"}}"},
        {"{'rows.on':1}", "{\"rows.on\":true}"},
        {"{scores:{$gt:3}}", "{\"scores\":{\"$gt\":3}}"},
        /* Query strings know only texts. */
        {"{views:'100'}", "{\"views\":100}"},
        {"{views:{$between:['1','2.5']}}", "{\"views\":{\"$between\":[1,2.5]}}"},
        {"{live:'true'}", "{\"live\":true}"},
        {"{title:'100'}", "{\"title\":\"100\"}"},
        {"{title:{$exists:'false'}}", "{\"title\":{\"$exists\":false}}"},
        {"{tags:{$size:'2'}}", "{\"tags\":{\"$size\":2}}"},
        {"{views:{$mod:['2','0']}}", "{\"views\":{\"$mod\":[2,0]}}"},
        {"{'data.a':'100'}", "{\"data.a\":\"100\"}"},
        {"{day:'$DATE(Y-m-d)'}", "{\"day\":\"2026-11-21\"}"},
        {"{published:{$lt:'$DATE(Y-m-d H:i)'}}", "{\"published\":{\"$lt\":\"2026-11-21T10:00:00Z\"}}"},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    time_set(NOW_MS);
    ACCEPTED(&b, rows);
    time_set(0);
    arena_close(b.arena);
}

static void rules_may_use_variables(void **state)
{
    static const struct accepted rows[] = {
        {"{\"_cby\":\"$user\"}", "{\"_cby\":\"$user\"}"},
        {"{\"author\":{\"$ne\":\"$user\"}}", "{\"author\":{\"$ne\":\"$user\"}}"},
        {"{\"coauthors\":{\"$has\":\"$user\"}}", "{\"coauthors\":\"$user\"}"},
        {"{\"tags\":{\"$in\":\"$role\"}}", "{\"tags\":\"$role\"}"},
        {"{\"tags\":{\"$nin\":\"$role\"}}", "{\"tags\":{\"$ne\":\"$role\"}}"},
        {"{\"published\":{\"$lte\":\"$now\"}}", "{\"published\":{\"$lte\":\"$now\"}}"},
        {"{\"_created\":{\"$lte\":\"$now\"}}", "{\"_created\":{\"$lte\":\"$now\"}}"},
        {"{\"day\":\"$now\"}", "{\"day\":\"$now\"}"},
        {"{\"data.ip\":\"$ip\"}", "{\"data.ip\":\"$ip\"}"},
        {"{\"author.publisher.name\":\"$role\"}", "{\"author.publisher.name\":\"$role\"}"},
        {"{\"title\":{\"$contains\":\"$5\"}}", "{\"title\":{\"$contains\":\"$5\"}}"},
    };
    static const struct refused bad[] = {
        {"{\"title\":\"$usr\"}", "unknown-variable", "There is no variable \"$usr\"."},
        {"{\"views\":\"$user\"}", "type", "\"views\" cannot be compared with $user by $eq."},
        {"{\"title\":\"$now\"}", "type", "\"title\" cannot be compared with $now by $eq."},
        {"{\"title\":{\"$gt\":\"$role\"}}", "type", "\"title\" cannot be compared with $role by $gt."},
        {"{\"title\":{\"$in\":[\"$user\"]}}", "type", "A variable cannot stand in a list: $in of \"title\"."},
        {"{\"seo.checked\":{\"$lt\":\"$now\"}}", "type", "\"seo.checked\" cannot be compared with $now by $lt."},
        {"{\"tags\":{\"$all\":\"$role\"}}", "type", "$all of \"tags\" takes a list of values."},
    };
    struct bench b = bench_open(JSON_STRICT, true);
    (void)state;
    ACCEPTED(&b, rows);
    REFUSED(&b, bad);

    /* Elsewhere they are texts. */
    static const struct accepted plain[] = {{"{\"title\":\"$user\"}", "{\"title\":\"$user\"}"}};
    const struct filter *f = NULL;
    b.options.allow_vars = false;
    ACCEPTED(&b, plain);
    NEED(read_text(&b, plain[0].in, &f) == ERR_OK);
    CHECK(!filter_uses(f, VAR_USER));
    b.options.allow_vars = true;
    NEED(read_text(&b, plain[0].in, &f) == ERR_OK);
    CHECK(filter_uses(f, VAR_USER));
    CHECK(!filter_uses(f, VAR_NOW));
    arena_close(b.arena);
}

static void bad_filters_are_refused_by_name(void **state)
{
    static const struct refused rows[] = {
        {"[]", "type", "A filter is an object, not a list."},
        {"'title'", "type", "A filter is an object, not a text."},
        {"{nothing:1}", "unknown-field", "There is no field \"nothing\"."},
        {"{nothing:{$bogus:1}}", "unknown-field", "There is no field \"nothing\"."},
        {"{Title:1}", "unknown-field", "There is no field \"Title\"."},
        {"{'':1}", "unknown-field", "There is no field \"\"."},
        {"{token:'a'}", "unknown-field", "There is no field \"token\"."},
        {"{'author.password':'a'}", "unknown-field", "There is no field \"password\"."},
        {"{'seo.pin':'a'}", "unknown-field", "There is no field \"pin\"."},
        {"{'seo.nothing':'a'}", "unknown-field", "There is no field \"nothing\"."},
        {"{_pid:null}", "unknown-field", "There is no field \"_pid\"."},
        {"{'title:locale':'a'}", "unknown-field", "There is no field \"title:locale\"."},
        {"{'title.x':'a'}", "unknown-field", "There is no field \"x\"."},
        {"{'title.':'a'}", "unknown-field", "There is no field \"\"."},
        {"{'author.':'a'}", "unknown-field", "There is no field \"\"."},
        {"{'author._id.x':'a'}", "unknown-field", "There is no field \"x\"."},
        {"{'author.name.x':'a'}", "unknown-field", "There is no field \"x\"."},
        {"{'seo.title.x':'a'}", "unknown-field", "There is no field \"x\"."},
        {"{'data.a-b':'a'}", "unknown-field", "There is no field \"a-b\"."},
        {"{'data.0':'a'}", "unknown-field", "There is no field \"0\"."},
        {"{'data.a\\')--':'a'}", "unknown-field", "There is no field \"a')--\"."},
        {"{'@':1}", "unknown-field", "There is no field \"@\"."},
        {"{'@@author.name':1}", "unknown-field", "There is no field \"@author\"."},
        {"{'t1.token':1}", "unknown-field", "There is no field \"t1\"."},
        {"{'data.a.b.c.d.e.f.g.h.i':1}", "limit", "\"data.a.b.c.d.e.f.g.h.i\" goes more than 8 members deep."},
        {"{'author.mentor.mentor.mentor.mentor.mentor.name':1}", "limit",
         "\"author.mentor.mentor.mentor.mentor.mentor.name\" follows more than 5 references."},
        {"{$where:'1'}", "unknown-operator", "There is no operator \"$where\"."},
        {"{$expr:{$func:1}}", "unknown-operator", "There is no operator \"$func\"."},
        {"{$expr:'$token'}", "unknown-field", "There is no field \"token\"."},
        {"{$expr:'$coauthors'}", "unknown-field", "There is no field \"coauthors\"."},
        {"{data:{$elemMatch:{$expr:1}}}", "unknown-operator",
         "$expr looks at the fields of an item, it has no place here."},
        {"{title:{$func:'a'}}", "unknown-operator", "There is no operator \"$func\"."},
        {"{title:{$GT:'a'}}", "unknown-operator", "There is no operator \"$GT\"."},
        {"{author:{name:'a'}}", "unknown-operator", "There is no operator \"name\"."},
        {"{title:{$options:'i'}}", "unknown-operator", "$options stands beside $regex only."},
        {"{title:{}}", "type", "\"title\" is given no operator."},
        {"{title:[]}", "type", "$eq of \"title\" takes a single value, not a list."},
        {"{title:{$eq:{$ne:null}}}", "type", "$eq of \"title\" takes a single value, not a map."},
        {"{title:{$gt:null}}", "type", "$gt of \"title\" takes a single value, not a null."},
        {"{title:{$in:'a'}}", "type", "$in of \"title\" takes a list of values."},
        {"{title:{$in:[null]}}", "type", "$in of \"title\" takes a single value, not a null."},
        {"{title:{$in:[['a']]}}", "type", "$in of \"title\" takes a single value, not a list."},
        {"{views:{$between:[1]}}", "type", "$between of \"views\" takes a list of two values."},
        {"{views:{$mod:[0,1]}}", "type", "$mod of \"views\" takes [divisor, remainder], whole numbers, the first not 0."},
        {"{views:{$regex:'a'}}", "operator", "$regex cannot be used with \"views\", which is a number."},
        {"{live:{$gt:false}}", "operator", "$gt cannot be used with \"live\", which is a boolean."},
        {"{author:{$gt:'a'}}", "operator", "$gt cannot be used with \"author\", which is a ref."},
        {"{title:{$size:1}}", "operator", "$size cannot be used with \"title\", which is a text."},
        {"{title:{$type:'string'}}", "operator", "$type cannot be used with \"title\", which is a text."},
        {"{tags:{$elemMatch:{a:1}}}", "operator", "$elemMatch cannot be used with \"tags\", which is a tags."},
        {"{seo:{$gt:1}}", "operator", "$gt cannot be used with \"seo\", which is a set."},
        {"{seo:'a'}", "type", "\"seo\" holds documents; name one of their members."},
        {"{tags:{$size:-1}}", "type", "$size of \"tags\" takes a whole number from 0 on."},
        {"{tags:{$size:1.5}}", "type", "$size of \"tags\" takes a whole number from 0 on."},
        {"{title:{$exists:'yes'}}", "type", "$exists of \"title\" takes true or false."},
        {"{title:{$exists:null}}", "type", "$exists of \"title\" takes true or false."},
        {"{title:{$regex:1}}", "type", "$regex of \"title\" takes a text."},
        {"{title:{$regex:'a',$options:'x'}}", "type", "$options of \"title\" takes the letters i m s u."},
        {"{title:{$regex:'/a/g'}}", "type", "The pattern for \"title\" ends in flags other than i m s u."},
        {"{title:{$regex:'('}}", "pattern",
         "$regex of \"title\": The pattern cannot be understood at byte 1: missing closing parenthesis."},
        {"{title:{$startsWith:1}}", "type", "$startsWith of \"title\" takes a text."},
        {"{title:{$text:{$minScore:1}}}", "type", "$text of \"title\" takes a text or {\"$search\": text}."},
        {"{data:{$type:'function'}}", "type",
         "$type of \"data\" takes null, bool, number, int, string, array or object."},
        {"{data:{$elemMatch:5}}", "type", "$elemMatch of \"data\" takes conditions on members."},
        {"{rows:{$elemMatch:{nothing:1}}}", "unknown-field", "There is no field \"nothing\"."},
        {"{title:{$not:1}}", "type", "$not of \"title\" takes operators or a pattern."},
        {"{$not:[]}", "type", "$not takes a filter, which is an object."},
        {"{$or:{}}", "type", "$or takes a list of filters."},
        {"{$and:[1]}", "type", "$and takes a list of filters, which are objects."},
        {"{day:''}", "type", "$eq of \"day\": an empty text is no value here; compare with null."},
        {"{day:'$DATE()'}", "type", "$eq of \"day\": an empty text is no value here; compare with null."},
        {"{day:'$DATE(l)'}", "type", "$DATE knows the letters Y m d H i s, not \"l\"."},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    REFUSED(&b, rows);
    arena_close(b.arena);
}

static void operands_of_the_wrong_kind_are_refused(void **state)
{
    static const char *const rows[] = {
        "{views:'many'}", "{views:true}",        "{live:2}",           "{live:'maybe'}",     "{day:'2026-02-30'}",
        "{day:5}",        "{published:'never'}", "{clock:'25:00'}",    "{title:5}",          "{'rows.price':'x'}",
        "{author:5}",     "{_state:'x'}",        "{tags:{$in:[1]}}",   "{scores:{$gt:'x'}}", "{'seo.checked':'x'}",
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct filter *f = NULL;
        CHECK_AT(i);
        CHECK_ERR(read_text(&b, rows[i], &f), ERR_BAD_INPUT);
        CHECK(check_fault(&b.why, S("filter")) != NULL);
    }
    arena_close(b.arena);
}

/* count times `unit`, between `open` and `close`. */
static const char *repeated(struct arena *a, const char *open, const char *unit, unsigned count, const char *close)
{
    struct buf text;

    buf_init(&text, a, 1u << 20);
    buf_add(&text, str_of(open));
    for (unsigned i = 0; i < count; i++)
        buf_add(&text, str_of(unit));
    buf_add(&text, str_of(close));
    return arena_cstr(a, buf_str(&text));
}

static void limits_hold_on_both_sides(void **state)
{
    static const struct {
        const char *open, *unit, *close;
        unsigned good, bad;
        const char *text;
    } rows[] = {
        {"{$or:[", "{views:1},", "]}", LIMIT_FILTER_NODES - 1, LIMIT_FILTER_NODES,
         "A filter has at most 100 conditions and groups."},
        {"{$or:[", "{},", "]}", LIMIT_FILTER_NODES - 1, LIMIT_FILTER_NODES + 1,
         "A filter has at most 100 conditions and groups."},
        {"{title:{$in:[", "'a',", "]}}", LIMIT_FILTER_LIST, LIMIT_FILTER_LIST + 1,
         "$in of \"title\" has 1001 values, at most 1000 are allowed."},
        {"{title:{$regex:'", "a", "'}}", LIMIT_REGEX_BYTES, LIMIT_REGEX_BYTES + 1,
         "$regex of \"title\" has 257 bytes, at most 256 are allowed."},
        {"{title:{$text:'", "a", "'}}", LIMIT_REGEX_BYTES, LIMIT_REGEX_BYTES + 1,
         "$text of \"title\" has 257 bytes, at most 256 are allowed."},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct filter *f = NULL;
        CHECK_AT(i);
        CHECK_ERR(read_text(&b, repeated(b.arena, rows[i].open, rows[i].unit, rows[i].good, rows[i].close), &f), ERR_OK);
        CHECK_ERR(read_text(&b, repeated(b.arena, rows[i].open, rows[i].unit, rows[i].bad, rows[i].close), &f),
                  ERR_BAD_INPUT);
        CHECK_FAULT(&b.why, S("filter"), S("limit"));
        CHECK_STR(b.why.faults[0].text, str_of(rows[i].text));
    }
    arena_close(b.arena);
}

static void depth_is_bounded(void **state)
{
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    for (unsigned depth = LIMIT_FILTER_DEPTH - 1; depth < LIMIT_FILTER_DEPTH + 3; depth++) {
        const struct filter *f = NULL;
        struct buf text;
        CHECK_AT(depth);
        buf_init(&text, b.arena, 1u << 16);
        for (unsigned i = 0; i < depth; i++)
            buf_add(&text, i % 2 ? S("{title:'a',$or:[{views:1},") : S("{$or:[{views:1},"));
        buf_add(&text, S("{views:2}"));
        for (unsigned i = 0; i < depth; i++)
            buf_add(&text, S("]}"));
        /* A map of two conditions is a group too; an "or" right below an "or" is none. */
        CHECK_ERR(read_text(&b, arena_cstr(b.arena, buf_str(&text)), &f),
                  depth < LIMIT_FILTER_DEPTH ? ERR_OK : ERR_BAD_INPUT);

        buf_clear(&text);
        for (unsigned i = 0; i < depth; i++)
            buf_add(&text, i % 2 ? S("{$or:[{views:1},") : S("{$and:[{views:1},"));
        buf_add(&text, S("{views:2}"));
        for (unsigned i = 0; i < depth; i++)
            buf_add(&text, S("]}"));
        CHECK_ERR(read_text(&b, arena_cstr(b.arena, buf_str(&text)), &f),
                  depth <= LIMIT_FILTER_DEPTH ? ERR_OK : ERR_BAD_INPUT);
    }
    arena_close(b.arena);
}

/* AZ-3: whatever is sent with a name that the reader may not know, the answer is the one for a name that
 * does not exist. */
static void hidden_fields_are_unknown_in_every_position(void **state)
{
    static const char *const forms[] = {
        "{?:1}",        "{?:{$bogus:1}}", "{?:{$mod:[0,0]}}", "{?:{}}",         "{?:[]}",
        "{?:{$in:5}}",  "{?:{$regex:'('}}", "{$or:[{?:1}]}", "{'?.x':1}",      "{?:{$elemMatch:5}}",
        "{'author.?':1}", "{'author.?':{$gt:'x'}}", "{'coauthors.?':{$exists:1}}", "{'author.mentor.?':{$size:1}}",
    };
    struct bench b = bench_open(JSON_5, false);
    struct access table[4 * VERB_COUNT] = {0};
    struct rights rights = {.model = b.model, .table = table};
    (void)state;
    for (size_t i = 0; i < 4 * VERB_COUNT; i++) {
        const struct collection *c = b.model->collections[i / VERB_COUNT];
        table[i] = (struct access){.in = c, .granted = true, .fields = c->all_fields};
        for (size_t k = 0; k < c->field_count; k++) {
            str name = c->fields[k].name;
            if (str_equal(name, S("salary")) || str_equal(name, S("views")) || str_equal(name, S("password")))
                field_set_drop(&table[i].fields, k);
        }
    }
    table[3 * VERB_COUNT].granted = false; /* categories */
    b.options.reader = &rights;

    static const char *const hidden[] = {"salary", "views", "password", "token"};
    for (size_t i = 0; i < COUNTOF(forms); i++) {
        for (size_t k = 0; k < COUNTOF(hidden); k++) {
            const struct filter *f = NULL;
            str before, after;
            CHECK_AT(i);
            str_cut(str_of(forms[i]), '?', &before, &after);
            str text = arena_format(b.arena, STR_FMT "%s" STR_FMT, STR_ARG(before), hidden[k], STR_ARG(after));
            CHECK_ERR(read_text(&b, arena_cstr(b.arena, text), &f), ERR_BAD_INPUT);
            CHECK_INT(b.why.fault_count, 1);
            CHECK_STR(b.why.faults[0].rule, S("unknown-field"));
            CHECK_STR(b.why.faults[0].text, arena_format(b.arena, "There is no field \"%s\".", hidden[k]));
        }
    }
    static const struct accepted seen[] = {{"{'author.name':'a'}", "{\"author.name\":\"a\"}"}};
    static const struct refused unseen[] = {
        {"{'category.title':'a'}", "unknown-field", "There is no field \"title\"."},
        {"{'category._id.x':'a'}", "unknown-field", "There is no field \"_id\"."},
    };
    ACCEPTED(&b, seen);
    REFUSED(&b, unseen);
    arena_close(b.arena);
}

static enum err note_field(void *self, const struct field *field, const struct filter *at)
{
    struct buf *names = self;

    (void)at;
    buf_format(names, STR_FMT "." STR_FMT " ", STR_ARG(field->in->name), STR_ARG(field->name));
    return str_equal(field->name, S("clock")) ? ERR_FORBIDDEN : ERR_OK;
}

static void every_field_looked_at_is_shown(void **state)
{
    static const struct {
        const char *in, *names;
        enum err result;
    } rows[] = {
        {"{}", "", ERR_OK},
        {"{title:1,$or:[{views:1},{'seo.title':'a'}]}", NULL, ERR_OK},
        {"{$nor:[{'author.publisher.name':'a'}]}", "posts.author authors.publisher publishers.name ", ERR_OK},
        {"{rows:{$elemMatch:{price:1}}}", "posts.rows ", ERR_OK},
        {"{title:'a',clock:null,views:1}", "posts.title posts.clock ", ERR_FORBIDDEN},
    };
    struct bench b = bench_open(JSON_5, false);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct filter *f = NULL;
        struct buf names;
        CHECK_AT(i);
        if (!rows[i].names)
            continue;
        buf_init(&names, b.arena, 1000);
        NEED(read_text(&b, rows[i].in, &f) == ERR_OK);
        CHECK_ERR(filter_each_field(f, note_field, &names), rows[i].result);
        CHECK_STR(buf_str(&names), str_of(rows[i].names));
    }
    arena_close(b.arena);
}

static void copies_print_the_same_without_the_arena_they_came_from(void **state)
{
    static const char text[] = "{'author.name':{$in:['a','b']},rows:{$elemMatch:{name:'x'}},title:{$text:'a b'},"
                               "$nor:[{'data.a':1},{views:{$gt:5}}]}";
    struct bench b = bench_open(JSON_5, false);
    struct arena *other = arena_open(4096), *first = b.arena;
    const struct filter *f = NULL;
    (void)state;
    b.arena = arena_open(4096);
    NEED(read_text(&b, text, &f) == ERR_OK);
    str printed = arena_copy(first, filter_print(b.arena, f));
    const struct filter *copy = filter_copy(other, f);
    arena_close(b.arena);
    CHECK_STR(filter_print(other, copy), printed);
    arena_close(other);
    arena_close(first);
}

static void joining_folds(void **state)
{
    struct bench b = bench_open(JSON_5, false);
    struct arena *a = b.arena;
    const struct collection *posts = model_find(b.model, S("posts"));
    const struct filter *id = filter_test(a, collection_field(posts, S("_id")), TEST_EQ, json_of_text(S("x")));
    const struct filter *state_ = filter_test(a, collection_field(posts, S("_state")), TEST_IN,
                                              json_of_list((const struct json[]){json_of_int(1), json_of_int(0)}, 2));
    (void)state;
    CHECK(filter_and(a, &filter_all, id) == id);
    CHECK(filter_and(a, id, &filter_none) == &filter_none);
    CHECK(filter_or(a, &filter_all, id) == &filter_all);
    CHECK(filter_or(a, &filter_none, id) == id);
    CHECK(filter_or(a, &filter_none, &filter_none) == &filter_none);
    CHECK(filter_and(a, &filter_all, &filter_all) == &filter_all);
    CHECK_STR(filter_print(a, filter_and(a, filter_and(a, id, state_), id)),
              S("{\"$and\":[{\"_id\":\"x\"},{\"_state\":{\"$in\":[1,0]}},{\"_id\":\"x\"}]}"));
    CHECK_STR(filter_print(a, filter_or(a, id, filter_and(a, id, state_))),
              S("{\"$or\":[{\"_id\":\"x\"},{\"$and\":[{\"_id\":\"x\"},{\"_state\":{\"$in\":[1,0]}}]}]}"));
    arena_close(a);
}

CHECK_MAIN(TEST(values_and_operators_are_read), TEST(groups_are_folded),
           TEST(names_lead_through_references_and_documents), TEST(operands_are_as_the_kind_keeps_them),
           TEST(rules_may_use_variables), TEST(bad_filters_are_refused_by_name),
           TEST(operands_of_the_wrong_kind_are_refused), TEST(limits_hold_on_both_sides), TEST(depth_is_bounded),
           TEST(hidden_fields_are_unknown_in_every_position), TEST(every_field_looked_at_is_shown),
           TEST(copies_print_the_same_without_the_arena_they_came_from), TEST(joining_folds))

/* Operators with letter case aside or negated, functions of fields, moments, places, words that are nearly
 * right, expressions: how they are read and printed, and what they choose. tests/differ holds SQL to it. */
#include "tests/support/blog_model.h"
#include "tests/support/check.h"

#include "base/limits.h"
#include "content/filter/filter.h"

#define NOW_MS INT64_C(1795255200000) /* Saturday 2026-11-21T10:00:00Z */

struct row {
    const char *filter, *printed, *item; /* printed NULL: as it was written */
    bool matches;
};

static const struct json *tree_of(struct arena *a, const char *text)
{
    const struct json *tree = NULL;
    struct problem why = {.arena = a};
    NEED(json_read(a, str_of(text), &(struct json_options){.dialect = JSON_5}, S(""), &tree, &why) == ERR_OK);
    return tree;
}

static enum err read_filter(struct arena *a, const struct model *m, const char *text, const struct filter **out,
                            struct problem *why)
{
    struct filter_options options = {.dialect = JSON_5, .where = STR("filter")};
    *why = (struct problem){.arena = a};
    return filter_read(a, m, model_find(m, S("posts")), tree_of(a, text), &options, out, why);
}

static void check_rows(const struct row *rows, size_t count)
{
    struct arena *a = arena_open(1u << 16);
    const struct model *m = blog_model(a);
    struct vars vars = {.now_ms = NOW_MS};
    struct filter_world world = {.arena = a, .vars = &vars};
    for (size_t i = 0; i < count; i++) {
        const struct filter *f = NULL, *again = NULL;
        struct problem why;
        CHECK_AT(i);
        enum err e = read_filter(a, m, rows[i].filter, &f, &why);
        CHECK_PROBLEM(e, ERR_OK, &why);
        if (e != ERR_OK)
            continue;
        str printed = filter_print(a, f);
        if (rows[i].printed)
            CHECK_STR(printed, str_of(rows[i].printed));
        CHECK_PROBLEM(read_filter(a, m, arena_cstr(a, printed), &again, &why), ERR_OK, &why);
        CHECK_STR(filter_print(a, filter_copy(a, again)), printed);
        CHECK_INT(filter_matches(again, tree_of(a, rows[i].item), &world), rows[i].matches);
    }
    arena_close(a);
}
#define ROWS(rows) check_rows(rows, COUNTOF(rows))

static void letter_case_may_be_left_aside(void **state)
{
    static const struct row rows[] = {
        {"{title:{$eqi:'ÉCOLE'}}", "{\"title\":{\"$eqi\":\"école\"}}", "{title:'École'}", true},
        {"{title:{$eqi:'ecole'}}", NULL, "{title:'École'}", false},
        {"{title:{$nei:'A'}}", NULL, "{title:'a'}", false},
        {"{title:{$nei:'A'}}", NULL, "{}", true},
        {"{title:{$containsi:'BC'}}", NULL, "{title:'abcd'}", true},
        {"{title:{$startsWithi:'AB'}}", NULL, "{title:'abcd'}", true},
        {"{title:{$endsWithi:'AB'}}", NULL, "{title:'abcd'}", false},
        {"{tags:{$eqi:'RED'}}", NULL, "{tags:['blue','red']}", true},
        {"{title:{$notContainsi:'BC'}}", "{\"title\":{\"$notContainsi\":\"bc\"}}", "{title:'abcd'}", false},
        {"{title:{$notContains:'BC'}}", NULL, "{title:'abcd'}", true},
        {"{title:{$notStartsWith:'ab'}}", NULL, "{title:'abcd'}", false},
        {"{title:{$notEndsWithi:'X'}}", NULL, "{}", true},
        {"{tags:{$notContains:'re'}}", NULL, "{tags:['blue','red']}", false},
        {"{views:{$nbetween:[1,3]}}", NULL, "{views:2}", false},
        {"{views:{$nbetween:[1,3]}}", NULL, "{}", true},
        {"{title:{$empty:true}}", NULL, "{title:''}", true},
        {"{title:{$empty:true}}", NULL, "{title:null}", true},
        {"{title:{$nempty:true}}", "{\"title\":{\"$empty\":false}}", "{title:' '}", true},
        {"{tags:{$empty:true}}", NULL, "{tags:[]}", true},
        {"{views:{$empty:false}}", NULL, "{views:0}", true},
        {"{author:{$empty:true}}", NULL, "{author:null}", true},
    };
    (void)state;
    ROWS(rows);
}

static void functions_look_at_parts(void **state)
{
    static const struct row rows[] = {
        {"{'year(published)':2026}", "{\"year(published)\":2026}", "{published:'2026-11-21T10:00:00Z'}", true},
        {"{'year(published)':{$gt:2025,$lt:2027}}", NULL, "{published:'2026-11-21T10:00:00Z'}", true},
        {"{'year(published)':null}", NULL, "{published:null}", true},
        {"{'month(day)':{$in:[1,'11']}}", NULL, "{day:'2026-11-21'}", true},
        {"{'week(day)':47}", NULL, "{day:'2026-11-21'}", true},
        {"{'week(day)':53}", NULL, "{day:'2021-01-03'}", true},
        {"{'week(day)':1}", NULL, "{day:'2019-12-30'}", true},
        {"{'weekday(day)':6}", NULL, "{day:'2026-11-21'}", true},
        {"{'weekday(day)':0}", NULL, "{day:'1969-12-28'}", true},
        {"{'day(_created)':21}", NULL, "{_created:1795255200}", true},
        {"{'hour(clock)':14}", NULL, "{clock:'14:30'}", true},
        {"{'second(clock)':0}", NULL, "{clock:'14:30'}", true},
        {"{'minute(published)':{$ne:1}}", NULL, "{}", true},
        {"{'year(events)':1999}", NULL, "{events:['2026-11-21T10:00:00Z','1999-01-01T00:00:00Z']}", true},
        {"{'year(data.when)':1999}", NULL, "{data:{when:'1999-01-01'}}", true},
        {"{'year(data.when)':{$exists:true}}", NULL, "{data:{when:5}}", false},
        {"{'count(tags)':2}", NULL, "{tags:['a','b']}", true},
        {"{'count(tags)':{$gte:1}}", NULL, "{tags:null}", false},
        {"{'count(tags)':0}", NULL, "{}", true},
        {"{'count(coauthors)':{$ne:0}}", NULL, "{coauthors:['x']}", true},
        {"{'count(rows.parts)':{$gt:1}}", NULL, "{rows:[{parts:[1]},{parts:[1,2]}]}", true},
        {"{'lower(title)':'straße'}", NULL, "{title:'STRAßE'}", true},
        {"{'upper(title)':{$startsWith:'AB'}}", NULL, "{title:'abc'}", true},
        {"{'length(title)':4}", NULL, "{title:'äöüß'}", true},
        {"{'length(tags)':{$gt:3}}", NULL, "{tags:['a','blue']}", true},
    };
    (void)state;
    ROWS(rows);
}

static void moments_are_relative_to_now(void **state)
{
    static const struct row rows[] = {
        {"{published:{$gt:'$NOW(-1 day)'}}", "{\"published\":{\"$gt\":\"$now(-1 day)\"}}", "{published:'2026-11-20T10:00:01Z'}", true},
        {"{published:{$gt:'$now(-1 days)'}}", "{\"published\":{\"$gt\":\"$now(-1 day)\"}}", "{published:'2026-11-20T10:00:00Z'}", false},
        {"{published:{$lte:'$now'}}", "{\"published\":{\"$lte\":\"$now\"}}", "{published:'2026-11-21T10:00:00Z'}", true},
        {"{day:'$now(today)'}", "{\"day\":\"$now(start of day)\"}", "{day:'2026-11-21'}", true},
        {"{day:'$now(yesterday)'}", "{\"day\":\"$now(start of day, -1 day)\"}", "{day:'2026-11-20'}", true},
        {"{published:'$now(start of week)'}", NULL, "{published:'2026-11-16T00:00:00Z'}", true},
        {"{published:'$now(end of year)'}", NULL, "{published:'2026-12-31T23:59:59.999Z'}", true},
        {"{published:'$now(start of month, +3 months, -1 second)'}", NULL, "{published:'2027-01-31T23:59:59Z'}", true},
        {"{day:'$now(+10 days, +3 months)'}", NULL, "{day:'2027-03-01'}", true},
        {"{day:'$now(+9 days, +3 months)'}", NULL, "{day:'2027-02-28'}", true},
        {"{_created:{$between:['$now(-1 hour)','$now']}}", NULL, "{_created:1795255200}", true},
        {"{day:{$between:['2026-01-01','$now(-1 month)']}}", "{\"day\":{\"$between\":[\"2026-01-01\",\"$now(-1 month)\"]}}", "{day:'2026-10-21'}", true},
        {"{title:'$now(-1 day)'}", NULL, "{title:'$now(-1 day)'}", true},
        {"{day:'$now(-9999 years)'}", NULL, "{day:'0000-01-01'}", true},
    };
    (void)state;
    ROWS(rows);
}

static void places_lie_near_and_within(void **state)
{
#define BERLIN "{data:{type:'Point',coordinates:[13.4,52.5]}}"
    static const struct row rows[] = {
        {"{data:{$near:{$geometry:{coordinates:[13.41,52.5]},$maxDistance:700}}}", NULL, BERLIN, true},
        {"{data:{$near:{$geometry:{coordinates:[13.41,52.5]},$maxDistance:600}}}", NULL, BERLIN, false},
        {"{data:{$near:{$geometry:{coordinates:[13.41,52.5]},$minDistance:600}}}", NULL, BERLIN, true},
        {"{data:{$near:{$geometry:{coordinates:[13.41,52.5]}}}}", NULL, "{data:{coordinates:'x'}}", false},
        {"{data:{$geoWithin:{$box:[[13,52],[14,53]]}}}", NULL, BERLIN, true},
        {"{data:{$geoWithin:{$center:[[13.4,52.5],0]}}}", NULL, BERLIN, true},
        {"{data:{$geoWithin:{$centerSphere:[[13.4,53],0.0001]}}}", NULL, BERLIN, false},
        {"{data:{$geoWithin:{$geometry:{type:'Polygon',coordinates:[[[13,52],[14,52],[14,53]]]}}}}", NULL, BERLIN, false},
        {"{data:{$geoWithin:{$geometry:{type:'Polygon',coordinates:[[[13,52],[14,52],[13,53.5]]]}}}}", NULL, BERLIN, true},
        {"{data:{$geoIntersects:{$geometry:{type:'Point',coordinates:[13.4,52.5]}}}}", NULL, BERLIN, true},
        {"{data:{$geoIntersects:{$geometry:{type:'Polygon',coordinates:[[[0,0],[20,0],[20,60],[0,60]],[[13,52],[14,52],[14,53],[13,53]]]}}}}",
         NULL, BERLIN, false},
        {"{'data.place':{$near:{$geometry:{lat:0,lng:179.99},$maxDistance:5000}}}", NULL, "{data:{place:{lat:0,lng:-179.99}}}", true},
        {"{data:{$near:{$geometry:{coordinates:[0,89.99]},$maxDistance:5000}}}", NULL, "{data:{coordinates:[180,89.99]}}", true},
    };
    (void)state;
    ROWS(rows);
}

static void words_may_have_slips(void **state)
{
    static const struct row rows[] = {
        {"{title:{$text:{$search:'lovelase'}}}", NULL, "{title:'Ada Lovelace'}", false},
        {"{title:{$text:{$search:'lovelase',$distance:1}}}", NULL, "{title:'Ada Lovelace'}", true},
        {"{title:{$text:{$search:'lvelase',$distance:1}}}", NULL, "{title:'Ada Lovelace'}", false},
        {"{title:{$text:{$search:'lvelase',$distance:2}}}", NULL, "{title:'Ada Lovelace'}", true},
        {"{title:{$text:{$search:'ada babbage',$minScore:0.5}}}", NULL, "{title:'Ada Lovelace'}", true},
        {"{title:{$text:{$search:'ada babbage',$minScore:0.7}}}", NULL, "{title:'Ada Lovelace'}", false},
        {"{title:{$text:{$search:'xyz',$minScore:0}}}", NULL, "{title:'Ada Lovelace'}", true},
        {"{title:{$text:{$search:'ab',$distance:3}}}", NULL, "{title:'cdefg'}", false},
    };
    (void)state;
    ROWS(rows);
}

static void expressions_compare_fields(void **state)
{
    static const struct row rows[] = {
        {"{$expr:{$gt:['$views','$rating']}}", "{\"$expr\":{\"$gt\":[\"$views\",\"$rating\"]}}", "{views:2,rating:1}", true},
        {"{$expr:{$gt:['$views','$rating']}}", NULL, "{views:1,rating:1}", false},
        {"{$expr:{$eq:[{$add:['$views',1]},{$multiply:['$rating',2]}]}}", NULL, "{views:3,rating:2}", true},
        {"{$expr:{$eq:['$author','x']}}", NULL, "{author:{_model:'authors',_id:'x'}}", true},
        {"{$expr:{$eq:['$seo.title','$title']}}", NULL, "{seo:{title:'a'},title:'a'}", true},
        {"{live:true,$nor:[{$expr:'$views'}]}", NULL, "{live:true,views:0}", true},
    };
    (void)state;
    ROWS(rows);
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *filter, *rule;
    } rows[] = {
        {"{'year(title)':1}", "function"}, {"{'hour(day)':1}", "function"}, {"{'count(title)':1}", "function"},
        {"{'lower(views)':'a'}", "function"}, {"{'nope(title)':1}", "unknown-function"}, {"{'year(nope)':1}", "unknown-field"},
        {"{'year(token)':1}", "unknown-field"}, {"{'caseless(title)':'a'}", "unknown-function"},
        {"{'year(published)':'soon'}", "type"}, {"{'year(published)':{$regex:'2'}}", "operator"},
        {"{'length(title)':{$eqi:'a'}}", "operator"}, {"{views:{$eqi:'a'}}", "operator"}, {"{views:{$near:1}}", "operator"},
        {"{published:'$now(-1 fortnight)'}", "type"}, {"{published:'$now(1'}", "type"},
        {"{data:{$near:{$geometry:{coordinates:[181,0]}}}}", "type"}, {"{data:{$geoWithin:{$box:1}}}", "type"},
        {"{title:{$text:{$search:'a',$distance:4}}}", "type"}, {"{title:{$text:{$search:'a',$minScore:2}}}", "type"},
        {"{title:{$text:{$search:'a',$nope:2}}}", "type"},
        {"{published:{$lt:'$now(1 day,1 day,1 day,1 day,1 day,1 day,1 day,1 day,1 day)'}}", "type"},
    };
    struct arena *a = arena_open(1u << 16);
    const struct model *m = blog_model(a);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct filter *f = NULL;
        struct problem why;
        CHECK_AT(i);
        CHECK_ERR(read_filter(a, m, rows[i].filter, &f, &why), ERR_BAD_INPUT);
        if (why.fault_count == 1)
            CHECK_STR(why.faults[0].rule, str_of(rows[i].rule));
    }
    arena_close(a);
}

static void areas_have_so_many_points(void **state)
{
    struct arena *a = arena_open(1u << 16);
    (void)state;
    for (size_t n = LIMIT_AREA_POINTS; n <= LIMIT_AREA_POINTS + 1; n++) {
        struct json *ring = NEW_N(a, struct json, n), *pair = NEW_N(a, struct json, 2);
        pair[0] = pair[1] = json_of_int(1);
        for (size_t i = 0; i < n; i++)
            ring[i] = json_of_list(pair, 2);
        struct json rings = json_of_list(ring, n);
        struct json members[] = {json_named(S("type"), json_of_text(S("Polygon"))),
                                 json_named(S("coordinates"), json_of_list(&rings, 1))};
        struct json geometry = json_named(S("$geometry"), json_of_map(members, 2)), in = json_of_map(&geometry, 1);
        struct geo_area area;
        CHECK_INT(geo_intersects_read(a, &in, &area) == NULL, n == LIMIT_AREA_POINTS);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(letter_case_may_be_left_aside), TEST(functions_look_at_parts), TEST(moments_are_relative_to_now),
           TEST(places_lie_near_and_within), TEST(words_may_have_slips), TEST(expressions_compare_fields),
           TEST(what_makes_no_sense_is_refused), TEST(areas_have_so_many_points))

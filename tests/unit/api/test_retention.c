/* Rules at work: by the clock, in steps, beside pushes, over a restart; and what they would do, for whom. */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/content.h"
#include "roles/registry/facts.h"
#include "roles/registry/keep.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/oci.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define HOUR 3600
#define DAY  (24 * HOUR)

struct bench {
    struct house *house;
    struct arena *arena;
    int64_t now;
};

/* options NULL: as usual. */
static struct bench open_bench_with(const struct registry_options *options)
{
    time_set(NOON);
    struct bench b = {.house = oci_house_with(&(struct house_config){.registry = options}), .arena = arena_open(1u << 20), .now = NOON};
    oci_push(b.house, b.arena, "pub/app", S("{}"));
    return b;
}

static struct bench open_bench(void)
{
    return open_bench_with(NULL);
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    arena_close(b->arena);
    time_set(0);
}

static void pass(struct bench *b, int64_t seconds)
{
    time_set(b->now += seconds * 1000);
}

/* So many ticks a second after each other. */
static void tick(struct bench *b, size_t often)
{
    for (size_t i = 0; i < often; i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        pass(b, 1);
        CHECK_PROBLEM(gate_tick(b->house->gate, &why), ERR_OK, &why);
        arena_close(a);
    }
}

/* An image of its own under this tag or digest; its digest. */
static str push(struct bench *b, const char *where, unsigned number)
{
    str body = arena_format(b->arena, IMAGE ",\"more\":[%u]}", number), digest = oci_digest(b->arena, body);
    if (where[strlen(where) - 1] == '/')
        where = arena_cstr(b->arena, arena_format(b->arena, "%s" STR_FMT, where, STR_ARG(digest)));
    CHECK_INT(oci_put(b->house, b->arena, "all", where, MANIFEST, body)->status, 201);
    return digest;
}

static int look(struct bench *b, str reference)
{
    const char *line = arena_cstr(b->arena, arena_format(b->arena, "HEAD /v2/pub/app/manifests/" STR_FMT, STR_ARG(reference)));
    return oci_ask(b->house, b->arena, "all", line, "", S(""))->status;
}

static str tags_of(struct bench *b, const char *repository)
{
    const char *line = arena_cstr(b->arena, arena_format(b->arena, "GET /v2/%s/tags/list", repository));
    return oci_ask(b->house, b->arena, "all", line, "", S(""))->answer;
}

static const struct json *report(struct bench *b, str rule, const char *member)
{
    str text = house_value(b->house, b->arena, "retention_rules", rule, "last_report");
    return json_get(house_json(b->arena, arena_cstr(b->arena, text)), str_of(member));
}

static void a_rule_is_carried_out_by_the_tick(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str old = push(&b, "pub/app/manifests/old", 1), loose = push(&b, "pub/app/manifests/", 2);
    push(&b, "pub/app/manifests/v1", 3);
    pass(&b, 2 * DAY);
    str fresh = push(&b, "pub/app/manifests/fresh", 4), young = push(&b, "pub/app/manifests/", 5);
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"fresh\",\"old\",\"v1\"]}")); /* no rule: all stay */
    str rule = house_item(b.house, "retention_rules", "{repositories:['pub/*'], keep:[{patterns:['^v']},{pushed_within:'1d'}]}");
    pass(&b, 60);
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"fresh\",\"v1\"]}"));
    CHECK_INT(look(&b, old), 404);
    CHECK_INT(look(&b, loose), 404);
    CHECK_INT(look(&b, fresh), 200);
    CHECK_INT(look(&b, young), 200); /* within the delay */
    CHECK_INT(report(&b, rule, "tags")->integer, 1);
    CHECK_INT(report(&b, rule, "manifests")->integer, 2);
    CHECK_INT(report(&b, rule, "repositories")->integer, 1);
    CHECK_INT(report(&b, rule, "rows")->count, 3);
    CHECK(str_contains(house_value(b.house, b.arena, "retention_rules", rule, "last_run_at"), S("2026-11-23")));
    CHECK_STR(house_value(b.house, b.arena, "retention_rules", rule, "_rev"), S("1")); /* books, no revision */
    /* The next round an hour later, not before. */
    pass(&b, DAY);
    tick(&b, 20);
    CHECK_INT(look(&b, young), 404);
    close_bench(&b);
}

static void rounds_have_an_hour_between_them(void **state)
{
    (void)state;
    struct bench b = open_bench();
    push(&b, "pub/app/manifests/a", 1);
    house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
    tick(&b, 1); /* the first round begins */
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[]}"));
    int64_t began = NOON + 1000;
    push(&b, "pub/app/manifests/b", 2);
    time_set(b.now = began + (int64_t)LIMIT_RETENTION_REST_S * 1000 - 2000);
    tick(&b, 1);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"b\"]}"));
    pass(&b, 60); /* when rules are asked again */
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[]}"));
    close_bench(&b);
}

/* Nothing goes by a rule that is off or only reports; the first that names a repository is the only one. */
static void one_rule_counts(void **state)
{
    static const struct {
        const char *rules[3];
        bool goes;
        size_t told; /* rows of the first one's report */
    } cases[] = {
        {{"{repositories:['pub/app'], keep:[{patterns:['^v']}]}"}, true, 1},
        {{"{repositories:['pub/app'], keep:[{patterns:['^v']}], enabled:false}"}, false, 0},
        {{"{repositories:['pub/app'], keep:[{patterns:['^v']}], dry_run:true}"}, false, 1},
        {{"{repositories:['pub/ap'], keep:[{patterns:['^v']}]}"}, false, 0},
        {{"{repositories:['pub/*'], order:1}", "{repositories:['pub/*'], order:2, keep:[{patterns:['^v']}]}"}, false, 0},
        {{"{repositories:['pub/*'], order:2}", "{repositories:['pub/*'], order:1, keep:[{patterns:['^v']}]}"}, true, 0},
        {{"{repositories:['pub/*'], order:1, enabled:false}", "{repositories:['pub/*'], order:2, keep:[{patterns:['^v']}]}"}, true, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct bench b = open_bench();
        str first = {0};
        CHECK_AT(i);
        push(&b, "pub/app/manifests/x", 1);
        for (size_t k = 0; cases[i].rules[k]; k++) {
            str id = house_item(b.house, "retention_rules", cases[i].rules[k]);
            first = k == 0 ? id : first;
        }
        tick(&b, 20);
        CHECK_STR(tags_of(&b, "pub/app"), cases[i].goes ? S("{\"name\":\"pub/app\",\"tags\":[]}") : S("{\"name\":\"pub/app\",\"tags\":[\"x\"]}"));
        const struct json *rows = report(&b, first, "rows");
        CHECK_INT(rows ? rows->count : 0, cases[i].told);
        close_bench(&b);
    }
}

/* Rules are judged by what was pulled, and pulls that wait count. */
static void what_is_pulled_stays(void **state)
{
    (void)state;
    struct bench b = open_bench();
    push(&b, "pub/app/manifests/used", 1);
    push(&b, "pub/app/manifests/unused", 2);
    pass(&b, 40 * DAY);
    CHECK_INT(oci_ask(b.house, b.arena, "puller", "GET /v2/pub/app/manifests/used", "", S(""))->status, 200);
    house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{pulled_within:'30d'}]}");
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"used\"]}"));
    close_bench(&b);
}

/* A push of what is here already is a push: under a new tag, and under the one it has. */
static void what_is_pushed_again_stays(void **state)
{
    (void)state;
    struct bench b = open_bench();
    push(&b, "pub/app/manifests/old", 1);
    push(&b, "pub/app/manifests/nightly", 2);
    push(&b, "pub/app/manifests/first", 3);
    pass(&b, 2 * DAY);
    push(&b, "pub/app/manifests/nightly", 2);
    push(&b, "pub/app/manifests/again", 3);
    house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{pushed_within:'1d'}]}");
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"again\",\"nightly\"]}"));
    close_bench(&b);
}

/* An hour counts as the same push: nothing is written for it. */
static void pushes_are_noted_once_an_hour(void **state)
{
    (void)state;
    struct bench b = open_bench();
    push(&b, "pub/app/manifests/x", 1);
    str tag = house_find(b.house, b.arena, "tags", "name", "x");
    pass(&b, LIMIT_RETENTION_REST_S - 1);
    push(&b, "pub/app/manifests/x", 1);
    CHECK_STR(house_value(b.house, b.arena, "tags", tag, "_rev"), S("1"));
    pass(&b, 1);
    push(&b, "pub/app/manifests/x", 1);
    CHECK_STR(house_value(b.house, b.arena, "tags", tag, "_rev"), S("2"));
    close_bench(&b);
}

static void tags_that_do_not_move_do_not_go(void **state)
{
    (void)state;
    struct bench b = open_bench();
    push(&b, "pub/app/manifests/x", 1);
    house_update(b.house, "repositories", house_find(b.house, b.arena, "repositories", "name", "pub/app"), "{immutable_tags:true}");
    house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"x\"]}"));
    close_bench(&b);
}

/* registry.deletes is the operator's: whoever may write rules does not delete by them where nobody deletes. */
static void nothing_goes_where_deletes_are_off(void **state)
{
    (void)state;
    static const struct registry_options options = {.deletes = false, .force_delete = true};
    struct bench b = open_bench_with(&options);
    str tagged = push(&b, "pub/app/manifests/x", 1), loose = push(&b, "pub/app/manifests/", 2);
    pass(&b, 2 * DAY);
    str rule = house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
    tick(&b, 20);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"x\"]}"));
    CHECK_INT(look(&b, tagged), 200);
    CHECK_INT(look(&b, loose), 200);
    CHECK_INT(report(&b, rule, "tags")->integer + report(&b, rule, "manifests")->integer, 0);
    CHECK_INT(report(&b, rule, "stayed")->integer, 3);
    close_bench(&b);
}

#define MANY   (LIMIT_RETENTION_STEP - 40)
#define TAGS   30u /* of one push */
#define ENOUGH 300 /* ticks, for a machine that does little in one */

static void push_many(struct bench *b)
{
    for (unsigned i = 0; i < MANY; i++)
        push(b, arena_cstr(b->arena, arena_format(b->arena, "pub/app/manifests/x%03u", i)), i);
    pass(b, 2 * DAY);
}

/* More than one step can do: what moves, or is wanted again, between looking and taking stays. */
static void pushes_in_the_middle_win(void **state)
{
    (void)state;
    struct bench b = open_bench();
    push_many(&b);
    str taken = push(&b, "pub/app/manifests/", 0), again = push(&b, "pub/app/manifests/", 1), listed = push(&b, "pub/app/manifests/", 2);
    pass(&b, 2 * DAY);
    house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
    tick(&b, 1);
    CHECK_INT(look(&b, S("x159")), 200); /* still at it */
    push(&b, "pub/app/manifests/x159", 7000);
    push(&b, "pub/app/manifests/v1", 0);
    push(&b, "pub/app/manifests/", 1);
    str index = arena_format(b.arena, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" STR_FMT "\",\"size\":%zu}]}", STR_ARG(listed),
                             strlen(IMAGE ",\"more\":[2]}"));
    CHECK_INT(oci_put(b.house, b.arena, "all", "pub/app/manifests/v2", INDEX, index)->status, 201);
    tick(&b, ENOUGH);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"v1\",\"v2\",\"x159\"]}"));
    CHECK_INT(look(&b, taken), 200);
    CHECK_INT(look(&b, again), 200);
    CHECK_INT(look(&b, listed), 200);
    CHECK_INT(look(&b, oci_digest(b.arena, S(IMAGE ",\"more\":[3]}"))), 404);
    close_bench(&b);
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        char inner[600];
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (unlink(inner) != 0)
            remove_folder(inner);
    }
    if (d)
        (void)closedir(d);
    (void)rmdir(path);
}

/* One image under so many tags. */
static void push_tags(struct bench *b, unsigned from)
{
    str body = S(IMAGE ",\"more\":[1]}");
    struct buf at;
    buf_init(&at, b->arena, 1024);
    buf_format(&at, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(b->arena, body)));
    for (unsigned i = 0; i < TAGS; i++)
        buf_format(&at, "%stag=x%03u", i ? "&" : "?", from + i);
    CHECK_INT(oci_put(b->house, b->arena, "all", arena_cstr(b->arena, buf_str(&at)), MANIFEST, body)->status, 201);
}

/* A round that is cut short leaves the rest to the next, which another process may do. */
static void a_restart_in_the_middle_loses_nothing(void **state)
{
    (void)state;
    char folder[FOLDER_ROOM];
    folder_new(folder, "keep");
    time_set(NOON);
    struct house_config config = {.directory = str_of(folder)};
    struct bench b = {.house = oci_house_with(&config), .arena = arena_open(1u << 20), .now = NOON};
    oci_push(b.house, b.arena, "pub/app", S("{}"));
    for (unsigned from = 0; from < 2 * LIMIT_RETENTION_STEP; from += TAGS)
        push_tags(&b, from);
    pass(&b, 2 * DAY);
    push(&b, "pub/app/manifests/v1", 9000);
    str rule = house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
    tick(&b, 2);
    CHECK_STR(house_value(b.house, b.arena, "retention_rules", rule, "last_report"), S("null"));
    struct gate *first = b.house->gate;
    struct problem why = {.arena = b.arena};
    struct content_config content = {.directory = str_of(folder), .engine = &engine_sqlite, .crypt = b.house->crypt};
    gate_close(first);
    CHECK_PROBLEM(gate_open(&(struct gate_config){.content = &content}, &b.house->gate, &why), ERR_OK, &why);
    tick(&b, 20); /* it is not an hour ago */
    CHECK(str_contains(tags_of(&b, "pub/app"), S("x399")));
    pass(&b, HOUR);
    tick(&b, ENOUGH);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"v1\"]}"));
    CHECK_INT(look(&b, oci_digest(b.arena, S(IMAGE ",\"more\":[1]}"))), 404);
    CHECK(!str_equal(house_value(b.house, b.arena, "retention_rules", rule, "last_report"), S("null")));
    close_bench(&b);
    remove_folder(folder);
}

struct other {
    struct gate *gate;
    struct retention_figures did;
    enum err err;
};

static void *run_round(void *arg)
{
    struct other *o = arg;
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    o->err = gate_retention_run(o->gate, &o->did, &why);
    arena_close(a);
    return NULL;
}

/* Two processes in the same moment, which the books do not let happen often: each tag goes once, and both come to an end. */
static void two_at_once_do_each_other_no_harm(void **state)
{
    (void)state;
    char folder[FOLDER_ROOM];
    folder_new(folder, "keep");
    time_set(NOON);
    struct house_config config = {.directory = str_of(folder)};
    struct bench b = {.house = oci_house_with(&config), .arena = arena_open(1u << 20), .now = NOON};
    oci_push(b.house, b.arena, "pub/app", S("{}"));
    for (unsigned from = 0; from < 4 * TAGS; from += TAGS)
        push_tags(&b, from);
    push(&b, "pub/app/manifests/v1", 9000);
    pass(&b, 2 * DAY);
    house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
    struct problem why = {.arena = b.arena};
    struct content_config content = {.directory = str_of(folder), .engine = &engine_sqlite, .crypt = b.house->crypt};
    struct other both[2] = {{.gate = b.house->gate}};
    pthread_t threads[2];
    CHECK_PROBLEM(gate_open(&(struct gate_config){.content = &content}, &both[1].gate, &why), ERR_OK, &why);
    for (size_t i = 0; i < 2; i++)
        NEED(pthread_create(&threads[i], NULL, run_round, &both[i]) == 0);
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
        CHECK_INT(both[i].err, ERR_OK);
    }
    CHECK_INT(both[0].did.tags + both[1].did.tags, 4 * TAGS);
    CHECK_INT(both[0].did.manifests + both[1].did.manifests, 1);
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"v1\"]}"));
    gate_close(both[1].gate);
    close_bench(&b);
    remove_folder(folder);
}

static void reports_have_a_limit(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct bench b = open_bench();
        struct problem why = {.arena = b.arena};
        struct retention_figures did;
        for (unsigned i = 0; i < LIMIT_RETENTION_TOLD + more; i++)
            push(&b, arena_cstr(b.arena, arena_format(b.arena, "pub/app/manifests/x%u", i)), 1);
        str rule = house_item(b.house, "retention_rules", "{repositories:['**'], keep:[{patterns:['^v']}]}");
        CHECK_AT(more);
        CHECK_PROBLEM(gate_retention_run(b.house->gate, &did, &why), ERR_OK, &why);
        CHECK_INT(did.tags, LIMIT_RETENTION_TOLD + more);
        CHECK_INT(report(&b, rule, "rows")->count, LIMIT_RETENTION_TOLD);
        CHECK(report(&b, rule, "more")->boolean == (more == 1));
        close_bench(&b);
    }
}

/* LIMIT_RETENTION_PARTS, made small here: of what cannot be looked at whole nothing is judged. */
static void a_repository_that_is_too_large_is_left(void **state)
{
    struct bench b = open_bench();
    struct problem why = {.arena = b.arena};
    const struct json *row = NULL;
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        push(&b, arena_cstr(b.arena, arena_format(b.arena, "pub/app/manifests/x%u", i)), i);
    const struct principal *server = principal_system(b.house->gate, b.arena, SYSTEM_RETENTION);
    CHECK_PROBLEM(keep_this_repository(b.house->gate, server, S("pub/app"), b.arena, &row, &why), ERR_OK, &why);
    for (size_t most = 9; most <= 10; most++) {
        struct keep_look l;
        keep_look_begin(&l, b.arena, row);
        CHECK_INT(l.parts_max, LIMIT_RETENTION_PARTS);
        l.parts_max = most;
        for (size_t looked = 0; !l.done;)
            CHECK_PROBLEM(keep_look_page(b.house->gate, &l, 2, &looked, &why), ERR_OK, &why);
        CHECK_AT(most);
        CHECK(l.too_large == (most == 9));
        if (!l.too_large)
            CHECK_INT(l.facts.tag_count + l.facts.manifest_count, 10);
    }
    close_bench(&b);
}

/* What indexes list takes room, too: eight of them as much as a manifest. */
static void so_is_one_whose_indexes_list_too_much(void **state)
{
    struct bench b = open_bench();
    struct problem why = {.arena = b.arena};
    const struct json *row = NULL;
    struct buf index;
    (void)state;
    buf_init(&index, b.arena, 16u << 10);
    for (unsigned i = 0; i < 8; i++) {
        str digest = push(&b, "pub/app/manifests/", i);
        buf_format(&index, "%s{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" STR_FMT "\",\"size\":%zu}", i ? "," : "{\"schemaVersion\":2,\"manifests\":[",
                   STR_ARG(digest), strlen(IMAGE ",\"more\":[0]}"));
    }
    buf_add(&index, S("]}"));
    CHECK_INT(oci_put(b.house, b.arena, "all", "pub/app/manifests/all", INDEX, buf_str(&index))->status, 201);
    const struct principal *server = principal_system(b.house->gate, b.arena, SYSTEM_RETENTION);
    CHECK_PROBLEM(keep_this_repository(b.house->gate, server, S("pub/app"), b.arena, &row, &why), ERR_OK, &why);
    for (size_t most = 10; most <= 11; most++) { /* a tag, nine manifests, eight names */
        struct keep_look l;
        keep_look_begin(&l, b.arena, row);
        l.parts_max = most;
        for (size_t looked = 0; !l.done;)
            CHECK_PROBLEM(keep_look_page(b.house->gate, &l, 2, &looked, &why), ERR_OK, &why);
        CHECK_AT(most);
        CHECK(l.too_large == (most == 10));
    }
    close_bench(&b);
}

/* ---- rules as items ---- */

static int write_rule(struct bench *b, const char *who, const char *rule, str *answer)
{
    str body = arena_format(b->arena, "{\"data\":%s}", rule);
    struct fake_exchange *f = oci_ask(b->house, b->arena, who, "POST /api/content/item/retention_rules", "Content-Type: application/json\n", body);
    *answer = f->answer;
    return f->status;
}

static void rules_that_cannot_be_read_are_not_kept(void **state)
{
    static const struct {
        const char *rule;
        int status;
        const char *path;
    } cases[] = {
        {"{\"repositories\":[\"acme/**\"],\"keep\":[{\"patterns\":[\"^v\\\\d+\"],\"pulled_within\":\"30d\"}]}", 200, ""},
        {"{\"repositories\":[]}", 400, "/data/repositories"},
        {"{\"repositories\":[\"Acme\"]}", 400, "/data/repositories/0"},
        {"{\"repositories\":[\"a\"],\"keep\":[{\"patterns\":[\"[\"]}]}", 400, "/data/keep/0/patterns/0"},
        {"{\"repositories\":[\"a\"],\"keep\":[{\"most_recently_pulled\":0}]}", 400, "/data/keep/0/most_recently_pulled"},
        {"{\"repositories\":[\"a\"],\"keep\":[{\"unknown\":1}]}", 400, "/data/keep/0/unknown"},
        {"{\"repositories\":[\"a\"],\"delay\":\"later\"}", 400, "/data/delay"},
        {"{\"repositories\":[\"a\"],\"last_report\":{}}", 400, "/data/last_report"},
    };
    struct bench b = open_bench();
    (void)state;
    house_people(b.house, "{roles:{boss:[{collection:'retention_rules',verbs:['*']},{collection:'repositories',verbs:['delete']}]}, keys:{boss:{role:'boss'}}}");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str answer;
        CHECK_AT(i);
        int status = write_rule(&b, "boss", cases[i].rule, &answer);
        CHECK_INT(status == 200 ? 200 : 400, cases[i].status);
        CHECK(str_contains(answer, str_of(cases[i].path)));
    }
    close_bench(&b);
}

static void there_are_so_many_rules(void **state)
{
    struct bench b = open_bench();
    str answer;
    (void)state;
    house_people(b.house, "{roles:{boss:[{collection:'retention_rules',verbs:['*']},{collection:'repositories',verbs:['delete']}]}, keys:{boss:{role:'boss'}}}");
    for (size_t i = 0; i < LIMIT_RETENTION_RULES; i++)
        house_item(b.house, "retention_rules", "{repositories:['acme/app'], enabled:false}");
    CHECK_INT(write_rule(&b, "boss", "{\"repositories\":[\"a\"]}", &answer), 409);
    house_delete(b.house, "retention_rules", house_find(b.house, b.arena, "retention_rules", "delay", "24h"));
    CHECK_INT(write_rule(&b, "boss", "{\"repositories\":[\"a\"]}", &answer), 200);
    close_bench(&b);
}

/* A rule deletes: who may not, anywhere, writes none, and takes none away that stands before others. */
static void rules_are_for_those_who_may_delete(void **state)
{
    static const struct {
        const char *grants;
        int status;
    } cases[] = {
        {"{collection:'retention_rules',verbs:['*']}", 403},
        {"{collection:'retention_rules',verbs:['*']},{collection:'repositories',verbs:['read','create','update']}", 403},
        {"{collection:'retention_rules',verbs:['*']},{collection:'repositories',verbs:['delete'],where:{name:{$startsWith:'pub/'}}}", 403},
        {"{collection:'retention_rules',verbs:['*']},{collection:'repositories',verbs:['delete']}", 200},
        {"{collection:'repositories',verbs:['*']}", 404},
    };
    struct bench b = open_bench();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str answer, rule = house_item(b.house, "retention_rules", "{repositories:['acme/app'], enabled:false}");
        house_people(b.house, arena_cstr(b.arena, arena_format(b.arena, "{roles:{r%zu:[%s]}, keys:{k%zu:{role:'r%zu'}}}", i, cases[i].grants, i, i)));
        const char *who = arena_cstr(b.arena, arena_format(b.arena, "k%zu", i));
        CHECK_AT(i);
        CHECK_INT(write_rule(&b, who, "{\"repositories\":[\"a\"]}", &answer), cases[i].status);
        const char *line = arena_cstr(b.arena, arena_format(b.arena, "DELETE /api/content/item/retention_rules/" STR_FMT, STR_ARG(rule)));
        CHECK_INT(oci_ask(b.house, b.arena, who, line, "", S(""))->status, cases[i].status);
    }
    close_bench(&b);
}

/* ---- what they would do, and for whom ---- */

static void previews_tell_what_their_reader_may_know(void **state)
{
    static const char *const people =
        "{roles:{keeper:[{collection:'retention_rules',verbs:['read']},{collection:'repositories',verbs:['read'],where:{name:{$startsWith:'pub/'}}}],"
        " boss:[{collection:'retention_rules',verbs:['read']},{collection:'repositories',verbs:['read']}],"
        " reader:[{collection:'retention_rules',verbs:['read']},{collection:'repositories',verbs:['read']}],"
        " blind:[{collection:'retention_rules',verbs:['preview']},{collection:'repositories',verbs:['read']}],"
        " half:[{collection:'retention_rules',verbs:['read'],where:{label:'b'}},{collection:'repositories',verbs:['read']}],"
        " nameless:[{collection:'retention_rules',verbs:['read']}]},"
        " keys:{keeper:{role:'keeper'},boss:{role:'boss'},reader:{role:'reader'},blind:{role:'blind'},half:{role:'half'},nameless:{role:'nameless'}}}";
    static const struct {
        const char *who, *at, *input;
        int status;
        const char *has, *has_not;
    } cases[] = {
        {"boss", "/a/preview", "", 200, "{\"repository\":\"pub/app\",\"tag\":\"x\",\"digest\":\"sha256:", "sec/app"},
        {"boss", "/preview", "", 200, "\"repository\":\"sec/app\"", "\"more\":true"},
        {"boss", "/preview", "{\"after\":\"pub/app\"}", 200, "sec/app", "pub/app"},
        {"boss", "/preview", "{\"repository\":\"pub/app\"}", 200, "pub/app", "sec/app"},
        {"boss", "/preview", "{\"repository\":\"none\"}", 200, "\"rows\":[]", "app"},
        {"boss", "/preview", "{\"verdict\":\"keep\"}", 200, "\"tag\":\"v1\"", "\"delete\""},
        {"boss", "/preview", "{\"verdict\":\"delete\"}", 200, "no pattern matches", "\"keep\""},
        {"boss", "/preview", "{\"verdict\":\"maybe\"}", 400, "/verdict", "rows"},
        {"boss", "/preview", "{\"more\":\"maybe\"}", 400, "/more", "rows"},
        {"boss", "/preview", "{\"after\":1}", 400, "/after", "rows"},
        {"boss", "/off/preview", "", 200, "\"tag\":\"v1\"", "sec/app"}, /* as if it were on */
        {"boss", "/000000000000000000000000/preview", "", 404, "", "rows"},
        {"keeper", "/preview", "", 200, "pub/app", "sec/app"},
        {"keeper", "/b/preview", "", 200, "\"rows\":[]", "sec/app"},
        {"keeper", "/preview", "{\"repository\":\"sec/app\"}", 200, "\"rows\":[]", "sec/app"},
        {"half", "/preview", "", 200, "sec/app", "pub/app"},
        {"half", "/a/preview", "", 404, "", "rows"},
        {"nameless", "/preview", "", 200, "\"rows\":[]", "app"},
        {"reader", "/preview", "", 200, "sec/app", "\"more\":true"}, /* reading is enough */
        {"blind", "/preview", "", 404, "", "rows"},
        {"puller", "/preview", "", 404, "", "rows"},
        {"", "/preview", "", 404, "", "rows"},
    };
    struct bench b = open_bench();
    (void)state;
    push(&b, "pub/app/manifests/x", 1);
    push(&b, "pub/app/manifests/v1", 2);
    oci_push(b.house, b.arena, "sec/app", S("{}"));
    push(&b, "sec/app/manifests/x", 3);
    str off = house_item(b.house, "retention_rules", "{label:'off', order:1, enabled:false, repositories:['pub/*'], keep:[{patterns:['none']}]}");
    str first = house_item(b.house, "retention_rules", "{label:'a', order:2, repositories:['pub/*'], keep:[{patterns:['^v']}]}");
    str second = house_item(b.house, "retention_rules", "{label:'b', order:3, repositories:['**'], keep:[{patterns:['^v']}]}");
    house_people(b.house, people);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str at = str_of(cases[i].at);
        str id = str_starts(at, S("/a/")) ? first : str_starts(at, S("/b/")) ? second : off;
        bool named = str_starts(at, S("/a/")) || str_starts(at, S("/b/")) || str_starts(at, S("/off/"));
        bool free = str_equal(at, S("/preview"));
        str target = named ? arena_format(b.arena, "item/retention_rules/" STR_FMT "/preview", STR_ARG(id)) : free ? S("action/retention_rules/preview") : arena_format(b.arena, "item/retention_rules" STR_FMT, STR_ARG(at));
        const char *line = arena_cstr(b.arena, arena_format(b.arena, "POST /api/content/" STR_FMT, STR_ARG(target)));
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(b.house, b.arena, cases[i].who, line, "Content-Type: application/json\n", str_of(cases[i].input));
        CHECK_INT(f->status, cases[i].status);
        CHECK(str_contains(f->answer, str_of(cases[i].has)));
        CHECK(!str_contains(f->answer, str_of(cases[i].has_not)));
    }
    CHECK_STR(tags_of(&b, "pub/app"), S("{\"name\":\"pub/app\",\"tags\":[\"v1\",\"x\"]}")); /* nothing was done */
    close_bench(&b);
}

CHECK_MAIN(TEST(a_rule_is_carried_out_by_the_tick), TEST(rounds_have_an_hour_between_them), TEST(one_rule_counts), TEST(what_is_pulled_stays),
           TEST(tags_that_do_not_move_do_not_go), TEST(nothing_goes_where_deletes_are_off), TEST(what_is_pushed_again_stays),
           TEST(pushes_are_noted_once_an_hour),
           TEST(pushes_in_the_middle_win), TEST(a_restart_in_the_middle_loses_nothing), TEST(two_at_once_do_each_other_no_harm),
           TEST(reports_have_a_limit), TEST(a_repository_that_is_too_large_is_left), TEST(so_is_one_whose_indexes_list_too_much),
           TEST(rules_that_cannot_be_read_are_not_kept), TEST(there_are_so_many_rules), TEST(rules_are_for_those_who_may_delete),
           TEST(previews_tell_what_their_reader_may_know))

/* Trees: places among siblings, levels, and who may move. */
#include "tests/support/check.h"
#include "tests/support/stand.h"

static struct stand *stand;
static struct arena *arena;

static const struct json *ask(const char *method, str target, const char *json, int status)
{
    struct fake_exchange *f = stand_ask(stand, arena, method, arena_cstr(arena, target), stand->admin, json);
    if (f->status != status)
        CHECK_SAY("%s " STR_FMT " %s: %d, wanted %d: " STR_FMT, method, STR_ARG(target), json ? json : "", f->status, status, STR_ARG(f->answer));
    return stand_json(arena, f);
}

/* The tree as "a(b c(d))", in order; numbers of siblings must be 0, 1, 2 … when `dense`. */
static void write_nodes(struct buf *b, const struct json *list, bool dense)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *n = &list->items[i], *below = json_get(n, S("_children"));
        buf_add(b, i ? S(" ") : S(""));
        buf_add(b, json_get(n, S("t"))->text);
        if (dense && json_get(n, S("_o"))->integer != (int64_t)i)
            buf_format(b, "[%lld]", (long long)json_get(n, S("_o"))->integer);
        if (below && below->count) {
            buf_byte(b, '(');
            write_nodes(b, below, dense);
            buf_byte(b, ')');
        }
    }
}

static str tree(void)
{
    struct buf b;
    buf_init(&b, arena, 1u << 16);
    write_nodes(&b, ask("GET", S("/api/content/tree/n"), NULL, 200), true);
    return buf_str(&b);
}

static str real_id(char name)
{
    const struct json *list = ask("GET", arena_format(arena, "/api/content/items/n?filter={\"t\":\"%c\"}", name), NULL, 200);
    return list->count ? json_get(&list->items[0], S("_id"))->text : S("000000000000000000000000");
}

/* `@x` in a body is the id of the node called x. */
static const char *with_ids(const char *text)
{
    struct buf b;
    buf_init(&b, arena, 1u << 16);
    for (const char *c = text; *c; c++) {
        if (*c == '@')
            buf_byte(&b, '\''), buf_add(&b, real_id(*++c)), buf_byte(&b, '\'');
        else
            buf_byte(&b, *c);
    }
    return arena_cstr(arena, buf_str(&b));
}

static void begin(const char *meta)
{
    stand = stand_open();
    arena = arena_open(1u << 16);
    ask("POST", S("/api/content/models/apply"),
        arena_cstr(arena, arena_format(arena, "{definitions:[{name:'n',shape:'tree'%s,fields:[{name:'t',kind:'text'}]}]}", meta)), 200);
    static const char nodes[][2] = {{'a', 0}, {'b', 0}, {'c', 0}, {'d', 'a'}, {'e', 'a'}, {'f', 'd'}};
    for (size_t i = 0; i < COUNTOF(nodes); i++) {
        str up = nodes[i][1] ? arena_format(arena, "'" STR_FMT "'", STR_ARG(real_id(nodes[i][1]))) : S("null");
        ask("POST", S("/api/content/item/n"), arena_cstr(arena, arena_format(arena, "{data:{t:'%c',_pid:" STR_FMT "}}", nodes[i][0], STR_ARG(up))), 200);
    }
    CHECK_STR(tree(), S("a(d(f) e) b c"));
}

static void end(void)
{
    arena_close(arena);
    stand_close(stand);
}

static void nodes_move_and_siblings_make_room(void **state)
{
    static const struct {
        char node;
        const char *body;
        int status;
        const char *after, *pointer, *code;
    } rows[] = {
        {'c', "{before:@a}", 200, "c a(d(f) e) b", NULL, NULL},
        {'c', "{after:@a}", 200, "a(d(f) e) c b", NULL, NULL},
        {'a', "{position:'last'}", 200, "c b a(d(f) e)", NULL, NULL},
        {'a', "{position:'first'}", 200, "a(d(f) e) c b", NULL, NULL},
        {'a', "{position:1}", 200, "c a(d(f) e) b", NULL, NULL},
        {'a', "{position:99}", 200, "c b a(d(f) e)", NULL, NULL},
        {'a', "{position:0}", 200, "a(d(f) e) c b", NULL, NULL},
        {'a', "{}", 200, "c b a(d(f) e)", NULL, NULL},
        /* With all that hangs below. */
        {'d', "{parent:null,position:0}", 200, "d(f) c b a(e[1])", NULL, NULL},
        {'d', "{parent:@a}", 200, "c[1] b[2] a[3](e[1] d[2](f))", NULL, NULL},
        {'d', "{before:@e}", 200, "c[1] b[2] a[3](d(f) e)", NULL, NULL},
        {'b', "{after:@f}", 200, "c[1] a[3](d(f b) e)", NULL, NULL},
        {'b', "{parent:@a,after:@e}", 200, "c[1] a[3](d(f) e b)", NULL, NULL},
        {'c', "{position:0}", 200, "c a(d(f) e b)", NULL, NULL},
        /* What cannot be. */
        {'a', "{parent:@a}", 422, NULL, "/_pid", "circle"},
        {'a', "{parent:@f}", 422, NULL, "/_pid", "circle"},
        {'a', "{after:@d}", 422, NULL, "/_pid", "circle"},
        {'a', "{before:@a}", 422, NULL, "/before", "reference"},
        {'a', "{before:@z}", 422, NULL, "/before", "reference"},
        {'c', "{parent:null,before:@e}", 422, NULL, "/before", "sibling"},
        {'c', "{parent:@z}", 422, NULL, "/_pid", "reference"},
        {'c', "{before:@a,after:@a}", 422, NULL, "/after", "not-here"},
        {'c', "{position:-1}", 422, NULL, "/position", "type"},
        {'c', "{position:'middle'}", 422, NULL, "/position", "type"},
        {'c', "{parent:5}", 422, NULL, "/parent", "type"},
        {'c', "{where:1}", 422, NULL, "/where", "unknown-field"},
        {'z', "{}", 404, NULL, NULL, NULL},
    };
    (void)state;
    begin("");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        str was = tree();
        str target = arena_format(arena, "/api/content/item/n/" STR_FMT "/move", STR_ARG(real_id(rows[i].node)));
        const struct json *answer = ask("POST", target, with_ids(rows[i].body), rows[i].status);
        CHECK_STR(tree(), rows[i].after ? str_of(rows[i].after) : was);
        if (rows[i].code) {
            CHECK(json_is_text(json_at(answer, S("/errors/0/pointer")), str_of(rows[i].pointer)));
            CHECK(json_is_text(json_at(answer, S("/errors/0/code")), str_of(rows[i].code)));
        }
    }
    end();
}

/* The plain way: an update of _pid and _o, as Cockpit's clients do it, one after the other. */
static void numbers_are_places(void **state)
{
    static const struct {
        char node;
        const char *body, *after;
    } rows[] = {
        {'c', "{_o:0}", "c a(d(f) e) b"},
        {'a', "{_o:5}", "c b a(d(f) e)"},
        {'b', "{_o:1}", "c b a(d(f) e)"}, /* where it is: nothing to do */
        {'b', "{_pid:@a,_o:1}", "c a[2](d(f) b e)"},
        {'b', "{t:'b'}", "c a[2](d(f) b e)"},
        {'b', "{_pid:null}", "c a[2](d(f) e[2]) b[3]"},
        {'a', "{_o:0}", "a(d(f) e[2]) c b"},
        {'b', "{_o:1}", "a(d(f) e[2]) b c"},
        {'c', "{_o:2}", "a(d(f) e[2]) b c"},
    };
    (void)state;
    begin("");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        ask("PATCH", arena_format(arena, "/api/content/item/n/" STR_FMT, STR_ARG(real_id(rows[i].node))), with_ids(rows[i].body), 200);
        CHECK_STR(tree(), str_of(rows[i].after));
    }
    /* Everything below goes with a node. */
    ask("DELETE", arena_format(arena, "/api/content/item/n/" STR_FMT, STR_ARG(real_id('a'))), NULL, 200);
    CHECK_STR(tree(), S("b[1] c[2]"));
    end();
}

static void levels_are_counted(void **state)
{
    (void)state;
    begin(",meta:{tree:{maxlevel:3}}");
    str e = arena_format(arena, "/api/content/item/n/" STR_FMT "/move", STR_ARG(real_id('e')));
    str b = arena_format(arena, "/api/content/item/n/" STR_FMT "/move", STR_ARG(real_id('b')));
    str d = arena_format(arena, "/api/content/item/n/" STR_FMT "/move", STR_ARG(real_id('d')));
    ask("POST", e, with_ids("{parent:@d}"), 200);
    CHECK_STR(tree(), S("a(d(f e)) b c"));
    const struct json *no = ask("POST", e, with_ids("{parent:@f}"), 422);
    CHECK(json_is_text(json_at(no, S("/errors/0/code")), S("maxlevel")));
    ask("POST", b, with_ids("{after:@e}"), 200);
    ask("POST", b, with_ids("{parent:null}"), 200);
    ask("POST", b, with_ids("{parent:@f}"), 422);
    ask("POST", S("/api/content/item/n"), with_ids("{data:{t:'g',_pid:@f}}"), 422);
    ask("POST", S("/api/content/item/n"), with_ids("{data:{t:'g',_pid:@d}}"), 200);
    ask("POST", d, with_ids("{parent:@b}"), 200); /* two levels below b */
    ask("POST", arena_format(arena, "/api/content/item/n/" STR_FMT "/move", STR_ARG(real_id('b'))), with_ids("{parent:@a}"), 422);
    CHECK_STR(tree(), S("a c[2] b[3](d(f e g))"));
    end();
}

/* Cockpit's "updateorder": where nodes stand, and nothing of what is in them. */
static void ordering_is_a_right(void **state)
{
    (void)state;
    begin("");
    ask("POST", S("/api/content/item/roles"), "{data:{name:'sorts',permissions:{'content/n/read':true,'content/n/updateorder':true}}}", 200);
    house_people(stand->house, "{roles:{looks:[{collection:'n',verbs:['read']}]},keys:{s:{role:'sorts'},l:{role:'looks'}}}");
    const char *move = arena_cstr(arena, arena_format(arena, "/api/content/item/n/" STR_FMT "/move", STR_ARG(real_id('c'))));
    CHECK_INT(stand_ask(stand, arena, "POST", move, house_key(stand->house, "l"), "{position:0}")->status, 403);
    CHECK_STR(tree(), S("a(d(f) e) b c"));
    CHECK_INT(stand_ask(stand, arena, "POST", move, house_key(stand->house, "s"), "{position:0}")->status, 200);
    CHECK_STR(tree(), S("c a(d(f) e) b"));
    const char *item = arena_cstr(arena, arena_format(arena, "/api/content/item/n/" STR_FMT, STR_ARG(real_id('c'))));
    CHECK_INT(stand_ask(stand, arena, "PATCH", item, house_key(stand->house, "s"), "{t:'x'}")->status, 422);
    CHECK_INT(stand_ask(stand, arena, "PATCH", item, house_key(stand->house, "s"), "{_o:2}")->status, 200);
    CHECK_STR(tree(), S("a(d(f) e) b c"));
    end();
}

CHECK_MAIN(TEST(nodes_move_and_siblings_make_room), TEST(numbers_are_places), TEST(levels_are_counted), TEST(ordering_is_a_right))

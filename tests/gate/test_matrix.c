/* Callers x collections x verbs x surfaces, held against the law. */
#include "tests/support/check.h"

#include "content/kind.h"
#include "tests/gate/matrix.h"

static const struct surface *const surfaces[] = {&surface_gate, &surface_rest, &surface_graphql};
static const struct surface *const writers[] = {&surface_gate, &surface_rest, &surface_batch, &surface_graphql};
#define ABSENT S("0123456789abcdef01234567") /* an id that no item has */

static const char *said; /* what is being asked, for failures */

#define SAY(a, ...) (said = arena_cstr((a), arena_format((a), __VA_ARGS__)))
#define CHECK_THAT(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            CHECK_SAY("%s: not so: %s", said, #condition);                                         \
    } while (0)
#define CHECK_DECISION(answer, wanted)                                                             \
    do {                                                                                           \
        if ((answer)->err != (wanted))                                                             \
            CHECK_SAY("%s: %s, the law says %s\n" STR_FMT, said, err_facts((answer)->err)->name,   \
                      err_facts(wanted)->name, STR_ARG((answer)->problem));                        \
    } while (0)

static bool is(const char *a, const char *b)
{
    return str_equal(str_of(a), str_of(b));
}

static bool shows_marker(str body, const struct fact *f, str field)
{
    struct arena *a = arena_open(256);
    bool found = str_contains(body, arena_format(a, "%s." STR_FMT "\"", f->name, STR_ARG(field)));
    arena_close(a);
    return found;
}

/* No text of any item that this caller may not see, anywhere in an answer; and of the items asked for, all
 * that the law shows (collection NULL: none were asked for). */
static void check_markers(const char *who, const struct answer *out, const char *collection, const struct fact *only)
{
    for (size_t i = 0; i < fact_count; i++) {
        const struct fact *f = &facts[i];
        str rest = str_of(world_text_fields(f->collection)), field;
        bool asked = collection && is(f->collection, collection) && (!only || only == f);
        for (bool ended = rest.len == 0; str_next(&rest, &ended, ' ', &field);) {
            struct arena *a = arena_open(256);
            bool may = law_shows(who, f, arena_cstr(a, field)), does = shows_marker(out->body, f, field);
            if (does && !may)
                CHECK_SAY("%s: shows %s." STR_FMT, said, f->name, STR_ARG(field));
            if (may && !does && asked)
                CHECK_SAY("%s: lacks %s." STR_FMT, said, f->name, STR_ARG(field));
            arena_close(a);
        }
    }
}

static void check_one(struct world *w, const struct surface *s, const char *who, const struct fact *f)
{
    struct arena *a = arena_open(16u << 10);
    struct ask ask = {.what = TO_READ, .collection = f->collection, .id = f->id, .populate = 1};
    struct answer out;
    SAY(a, "%s: %s reads %s %s", s->name, who, f->collection, f->name);
    s->ask(w, a, who, &ask, &out);
    CHECK_DECISION(&out, law_decides(who, f->collection, ASK_READ, f));
    check_markers(who, &out, out.err == ERR_OK ? f->collection : NULL, f);
    CHECK_THAT(out.err != ERR_OK || str_contains(out.body, f->id));
    arena_close(a);
}
static void check_listing(struct world *w, const struct surface *s, const char *who, const char *collection, unsigned populate)
{
    struct arena *a = arena_open(64u << 10);
    struct ask ask = {.what = TO_LIST, .collection = collection, .populate = populate};
    struct answer out;
    SAY(a, "%s: %s lists %s, populate %u", s->name, who, collection, populate);
    s->ask(w, a, who, &ask, &out);
    enum err wanted = law_decides(who, collection, ASK_READ, NULL);
    CHECK_DECISION(&out, wanted);
    check_markers(who, &out, out.err == ERR_OK ? collection : NULL, NULL);
    for (size_t i = 0; out.err == ERR_OK && i < fact_count; i++)
        if (is(facts[i].collection, collection))
            CHECK_THAT(str_contains(out.body, arena_format(a, "\"_id\":\"" STR_FMT "\"", STR_ARG(facts[i].id))) ==
                       (law_decides(who, collection, ASK_READ, &facts[i]) == ERR_OK));
    arena_close(a);
}

static uint64_t visible(const char *who, const char *collection)
{
    uint64_t n = 0;
    for (size_t i = 0; i < fact_count; i++)
        n += is(facts[i].collection, collection) && law_decides(who, collection, ASK_READ, &facts[i]) == ERR_OK;
    return n;
}

static void check_count(struct world *w, const struct surface *s, const char *who, const char *collection)
{
    struct arena *a = arena_open(16u << 10);
    struct ask ask = {.what = TO_COUNT, .collection = collection};
    struct answer out;
    SAY(a, "%s: %s counts %s", s->name, who, collection);
    s->ask(w, a, who, &ask, &out);
    CHECK_DECISION(&out, law_decides(who, collection, ASK_READ, NULL));
    check_markers(who, &out, NULL, NULL);
    if (out.err == ERR_OK && *world_text_fields(collection))
        CHECK_THAT(out.count == visible(who, collection));
    arena_close(a);
}

static void reading_follows_the_law(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t s = 0; s < COUNTOF(surfaces); s++) {
            for (size_t i = 0; i < fact_count; i++)
                check_one(&w, surfaces[s], callers[c], &facts[i]);
            for (size_t k = 0; collections[k]; k++) {
                check_listing(&w, surfaces[s], callers[c], collections[k], 0);
                check_listing(&w, surfaces[s], callers[c], collections[k], 2);
                check_count(&w, surfaces[s], callers[c], collections[k]);
            }
        }
    }
    world_close(&w);
}

/* Text with every occurrence of a name replaced, so that answers about two names can be compared. */
static str without(struct arena *a, str text, str name)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < text.len;) {
        if (name.len && str_starts(str_slice(text, i, text.len), name)) {
            buf_add(&b, S("<name>"));
            i += name.len;
        } else {
            buf_byte(&b, text.at[i++]);
        }
    }
    return buf_str(&b);
}

/* Positions in which a name of a field can stand. %s is the name. */
static const struct position {
    const char *filter, *sort, *fields;
} positions[] = {
    {"{\"%s\":\"x\"}", NULL, NULL},
    {"{\"%s\":{\"$ne\":\"x\"}}", NULL, NULL},
    {"{\"%s\":{\"$exists\":false}}", NULL, NULL},
    {"{\"%s\":{\"$regex\":\"^x\"}}", NULL, NULL},
    {"{\"$or\":[{\"_state\":1},{\"%s\":\"x\"}]}", NULL, NULL},
    {"{\"$nor\":[{\"$and\":[{\"%s\":null}]}]}", NULL, NULL},
    {"{\"@%s\":\"x\"}", NULL, NULL},
    {NULL, "%s", NULL},
    {NULL, "-%s", NULL},
    {NULL, "{\"%s\":-1}", NULL},
    {NULL, NULL, "%s"},
    {NULL, NULL, "title,%s"},
    {NULL, NULL, "{\"%s\":1}"},
};

static const char *put_name(struct arena *a, const char *pattern, str name)
{
    str head, tail;
    if (!pattern || !str_cut(str_of(pattern), '%', &head, &tail))
        return NULL;
    return arena_cstr(a, arena_format(a, STR_FMT STR_FMT STR_FMT, STR_ARG(head), STR_ARG(name), STR_ARG(str_slice(tail, 1, tail.len))));
}

/* Asks with a name that the caller does not know and with one that nobody does: the answers are the same.
 * The names are as long as each other, for the sake of columns in messages. */
static void check_same_as_unknown(struct world *w, const char *who, const char *collection, const struct position *p, str name,
                                  str hidden)
{
    for (size_t s = 0; s < COUNTOF(surfaces); s++) {
        if (surfaces[s]->by_schema)
            continue;
        struct arena *a = arena_open(16u << 10);
        char *made = arena_get(a, hidden.len + 1, 1);
        memset(made, 'z', hidden.len);
        str unknown = {made, hidden.len}, path = without(a, name, hidden);
        path = without(a, path, S("\x01"));
        struct buf b;
        buf_init(&b, a, 4096);
        for (str rest = name, head; rest.len;) { /* the same path with the hidden segment renamed */
            bool more = str_cut(rest, '.', &head, &rest);
            buf_add(&b, str_equal(head, hidden) ? unknown : head);
            if (more)
                buf_byte(&b, '.');
        }
        str other = buf_str(&b);
        struct ask ask = {.what = TO_LIST, .collection = collection};
        struct answer of_hidden, of_unknown;
        ask.filter = put_name(a, p->filter, name), ask.sort = put_name(a, p->sort, name), ask.fields = put_name(a, p->fields, name);
        SAY(a, "%s: %s lists %s by %s", surfaces[s]->name, who, collection, ask.filter ? ask.filter : ask.sort ? ask.sort : ask.fields);
        surfaces[s]->ask(w, a, who, &ask, &of_hidden);
        ask.filter = put_name(a, p->filter, other), ask.sort = put_name(a, p->sort, other), ask.fields = put_name(a, p->fields, other);
        surfaces[s]->ask(w, a, who, &ask, &of_unknown);
        CHECK_DECISION(&of_hidden, ERR_BAD_INPUT);
        CHECK_DECISION(&of_unknown, ERR_BAD_INPUT);
        bool same = str_equal(without(a, of_hidden.problem, hidden), without(a, of_unknown.problem, unknown));
        if (surfaces[s] == &surface_rest && !same)
            CHECK_SAY("%s: the answer differs from that for an unknown name\n" STR_FMT "\n" STR_FMT, said, STR_ARG(of_hidden.problem),
                      STR_ARG(of_unknown.problem));
        arena_close(a);
    }
}

static void check_known(struct world *w, const char *who, const char *collection, str name)
{
    for (size_t s = 0; s < COUNTOF(surfaces); s++) {
        if (surfaces[s]->by_schema)
            continue;
        struct arena *a = arena_open(16u << 10);
        struct ask ask = {.what = TO_LIST, .collection = collection, .filter = put_name(a, positions[0].filter, name)};
        struct answer out;
        SAY(a, "%s: %s lists %s by %s", surfaces[s]->name, who, collection, ask.filter);
        surfaces[s]->ask(w, a, who, &ask, &out);
        CHECK_DECISION(&out, ERR_OK);
        arena_close(a);
    }
}

static void check_name(struct world *w, const char *who, const char *collection, str name, str hidden)
{
    if (!hidden.len) {
        check_known(w, who, collection, name);
        return;
    }
    for (size_t p = 0; p < COUNTOF(positions); p++)
        check_same_as_unknown(w, who, collection, &positions[p], name, hidden);
}

/* Own fields, and those behind references: the first segment that the caller does not know is the hidden one. */
static void check_names_of(struct world *w, const char *who, const char *collection)
{
    struct arena *a = arena_open(64u << 10);
    const struct principal *server = principal_system(w->house->gate, a, SYSTEM_CHECK);
    const struct collection *c = house_collection(server, collection);
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        const char *name = arena_cstr(a, f->name);
        bool known = law_names(who, collection, name, ASK_READ);
        check_name(w, who, collection, f->name, known ? (str){0} : f->name);
        for (size_t k = META_COUNT; f->to && k < f->to->field_count; k++) {
            str behind = f->to->fields[k].name, path = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(f->name), STR_ARG(behind));
            bool sees = law_names(who, arena_cstr(a, f->to->name), arena_cstr(a, behind), ASK_READ);
            check_name(w, who, collection, path, !known ? f->name : !sees ? behind : (str){0});
        }
    }
    arena_close(a);
}

static void a_hidden_name_is_an_unknown_name(void **state)
{
    static const char *const asked[] = {"posts", "authors", "sections", "site", "ledger"};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t k = 0; k < COUNTOF(asked); k++)
            if (law_decides(callers[c], asked[k], ASK_READ, NULL) == ERR_OK)
                check_names_of(&w, callers[c], asked[k]);
    }
    world_close(&w);
}

/* Where names are in a schema: every field of every collection, in all places, is there exactly if the law says so. */
static void a_schema_has_the_names_that_the_law_has(void **state)
{
    static const char *const asked[] = {"posts", "authors", "sections", "site", "ledger"};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t k = 0; k < COUNTOF(asked); k++) {
            struct arena *a = arena_open(64u << 10);
            const struct collection *of = house_collection(principal_system(w.house->gate, a, SYSTEM_CHECK), asked[k]);
            for (size_t i = META_COUNT; i < of->field_count; i++) {
                const char *field = arena_cstr(a, of->fields[i].name);
                str wrong = surface_graphql_names(&w, a, callers[c], asked[k], field);
                if (wrong.len)
                    CHECK_SAY("%s: %s.%s: " STR_FMT, callers[c], asked[k], field, STR_ARG(wrong));
            }
            arena_close(a);
        }
    }
    world_close(&w);
}

/* Conditions behind a reference see only what the caller may see there (AZ-4): no yes-or-no game. */
static void conditions_behind_references_see_with_the_callers_eyes(void **state)
{
    static const struct {
        const char *filter;
        bool red, blue; /* which posts, if both authors are visible */
        bool negative;
    } rows[] = {
        {"{\"author.team\":\"red.team\"}", true, false, false},
        {"{\"author.team\":\"blue.team\"}", false, true, false},
        {"{\"author.team\":{\"$ne\":\"red.team\"}}", false, true, false},
        {"{\"author.team\":{\"$regex\":\"^blue\"}}", false, true, false},
        {"{\"$nor\":[{\"author.team\":\"blue.team\"}]}", true, false, true},
        {"{\"more.team\":\"red.team\"}", false, true, false},
        {"{\"more.team\":\"blue.team\"}", true, false, false},
    };
    static const char *const asking[] = {"public", "author", "partial", "editor", "admin"};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; c < COUNTOF(asking); c++) {
        world_be(&w, asking[c]);
        for (size_t i = 0; i < COUNTOF(rows); i++) {
            bool through_more = str_contains(str_of(rows[i].filter), S("more"));
            if (through_more && !law_names(asking[c], "posts", "more", ASK_READ))
                continue;
            for (size_t s = 0; s < COUNTOF(surfaces); s++) {
                struct arena *a = arena_open(16u << 10);
                struct ask ask = {.what = TO_LIST, .collection = "posts", .filter = rows[i].filter};
                struct answer out, total;
                uint64_t wanted = 0;
                SAY(a, "%s: %s lists posts by %s", surfaces[s]->name, asking[c], rows[i].filter);
                surfaces[s]->ask(&w, a, asking[c], &ask, &out);
                ask.what = TO_COUNT;
                surfaces[s]->ask(&w, a, asking[c], &ask, &total);
                CHECK_DECISION(&out, ERR_OK);
                for (size_t k = 0; k < fact_count; k++) {
                    const struct fact *f = &facts[k];
                    if (!is(f->collection, "posts"))
                        continue;
                    /* The author at the end of the path is red or blue; is it there for this caller? */
                    bool leads_to_red = through_more ? !f->red : f->red;
                    bool sees_target = !is(asking[c], "partial") || leads_to_red;
                    bool matches = rows[i].negative ? !sees_target || leads_to_red
                                                    : sees_target && (f->red ? rows[i].red : rows[i].blue);
                    bool expected = matches && law_decides(asking[c], "posts", ASK_READ, f) == ERR_OK;
                    wanted += expected;
                    CHECK_THAT(str_contains(out.body, f->id) == expected);
                }
                CHECK_THAT(total.count == wanted);
                arena_close(a);
            }
        }
    }
    world_close(&w);
}

static const char *first_field(struct arena *a, const char *collection)
{
    static const char *const of_system[][2] = {
        {"users", "language"}, {"grants", "info"}, {"journal", "verb"}, {"api_keys", "label"}, {"nowhere", "x"}};
    str head, rest;
    for (size_t i = 0; i < COUNTOF(of_system); i++)
        if (is(of_system[i][0], collection))
            return of_system[i][1];
    (void)str_cut(str_of(world_text_fields(collection)), ' ', &head, &rest);
    return arena_cstr(a, head);
}

/* Every way to write, at an item or (create) at the collection; `law` is what it takes. */
static const struct writing {
    const char *name;
    enum asked what;
    enum verb_asked law;
    bool publishes;
} writings[] = {
    {"creates in", TO_CREATE, ASK_CREATE, false},   {"updates", TO_UPDATE, ASK_UPDATE, false},
    {"replaces", TO_REPLACE, ASK_UPDATE, false},    {"deletes", TO_DELETE, ASK_DELETE, false},
    {"publishes", TO_UPDATE, ASK_UPDATE, true},     {"acts on", TO_ACT, ASK_ACT, false},
};

static enum err law_on_writing(const char *who, const char *collection, const struct writing *how, const struct fact *f)
{
    enum err e = law_decides(who, collection, how->law, how->what == TO_CREATE ? NULL : f);
    if (how->what == TO_ACT && law_decides(who, collection, ASK_ACT, NULL) == ERR_OK)
        return e == ERR_OK && f ? ERR_CONFLICT : ERR_NOT_FOUND; /* another server's, and no secret to sign the call: allowed, not done */
    if (e == ERR_OK && how->publishes)
        return law_decides(who, collection, ASK_PUBLISH, f) == ERR_OK ? ERR_OK : ERR_FORBIDDEN;
    return e;
}

static const char *body_of(struct world *w, struct arena *a, const char *who, const char *collection, const struct writing *how,
                           const struct fact *f)
{
    if (how->publishes)
        return f->state == 1 ? "{_state:0}" : "{_state:1}";
    const char *field = first_field(a, collection);
    bool with_owner = how->what == TO_REPLACE && f && f->owner && law_names(who, collection, "owner", ASK_UPDATE);
    return arena_cstr(a, with_owner ? arena_format(a, "{%s:'changed',owner:'" STR_FMT "'}", field, STR_ARG(house_user(w->house, f->owner)))
                                    : arena_format(a, "{%s:'%s'}", field, is(collection, "users") ? "de" : "changed"));
}

/* Can this be asked here? A single item is neither created nor deleted by the API; actions have no path. */
static bool askable(const struct surface *s, const char *collection, const struct writing *how)
{
    if (is(collection, "site") && (how->what == TO_CREATE || how->what == TO_DELETE))
        return false;
    return how->what != TO_ACT || (s->acts && is(collection, "posts"));
}

static void check_writing(struct world *w, const struct surface *s, const char *who, const char *collection,
                          const struct writing *how, const struct fact *f)
{
    enum err wanted = law_on_writing(who, collection, how, f);
    bool is_system = !*world_text_fields(collection);
    if (!askable(s, collection, how) || (is_system && wanted == ERR_OK))
        return;
    struct arena *a = arena_open(16u << 10);
    struct ask ask = {.what = how->what, .collection = collection, .id = f ? f->id : ABSENT};
    struct answer out;
    ask.body = body_of(w, a, who, collection, how, f);
    SAY(a, "%s: %s %s %s %s", s->name, who, how->name, collection, f ? f->name : "-");
    s->ask(w, a, who, &ask, &out);
    CHECK_DECISION(&out, wanted);
    struct answer shown = out;
    if (out.err == ERR_OK)
        world_restore(w);
    check_markers(who, &shown, NULL, NULL);
    arena_close(a);
}

static void each_writing(struct world *w, const char *who, const struct surface *s, const char *collection,
                         void (*check)(struct world *w, const struct surface *s, const char *who, const char *collection,
                                       const struct writing *how, const struct fact *f))
{
    for (size_t k = 0; k < COUNTOF(writings); k++) {
        bool at_item = writings[k].what != TO_CREATE, any = false;
        for (size_t i = 0; at_item && i < fact_count; i++)
            if (is(facts[i].collection, collection)) {
                check(w, s, who, collection, &writings[k], &facts[i]);
                any = true;
            }
        if (!any && !writings[k].publishes)
            check(w, s, who, collection, &writings[k], NULL);
    }
}

static void writing_follows_the_law(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t s = 0; s < COUNTOF(writers); s++)
            for (size_t k = 0; collections[k]; k++)
                each_writing(&w, callers[c], writers[s], collections[k], check_writing);
    }
    world_close(&w);
}

/* A field that may not be written is a field that does not exist. */
static void a_field_that_may_not_be_written_is_unknown(void **state)
{
    static const char *const fields[] = {"title", "body", "owner", "note", "pin", "author", "more", "ledger"};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t i = 0; i < COUNTOF(fields) * COUNTOF(writers); i++) {
            const char *field = fields[i % COUNTOF(fields)];
            const struct surface *s = writers[i / COUNTOF(fields)];
            const struct fact *own = &facts[3]; /* a1: published, and the author's */
            static const char *const bodies[] = {"{%s:'x'}", "{%s:[5]}", "{more:5,%s:{a:1}}", "{aaa:1,%s:5}", "{title:5,%s:null}"};
            if (s->by_schema || law_decides(callers[c], "posts", ASK_UPDATE, own) != ERR_OK || law_names(callers[c], "posts", field, ASK_UPDATE))
                continue;
            struct arena *a = arena_open(16u << 10);
            struct ask ask = {.what = TO_UPDATE, .collection = "posts", .id = own->id};
            struct answer hidden, unknown;
            for (size_t k = 0; k < COUNTOF(bodies); k++) {
                if (k >= 2 && (s == &surface_gate || is(field, "more"))) /* several faults at once are the façade's wish */
                    continue;
                SAY(a, "%s: %s writes %s in %s", s->name, callers[c], field, bodies[k]);
                ask.body = put_name(a, bodies[k], str_of(field));
                s->ask(&w, a, callers[c], &ask, &hidden);
                ask.body = put_name(a, bodies[k], S("zzz"));
                s->ask(&w, a, callers[c], &ask, &unknown);
                CHECK_DECISION(&hidden, ERR_INVALID);
                if (!str_equal(without(a, hidden.problem, str_of(field)), without(a, unknown.problem, S("zzz"))))
                    CHECK_SAY("%s: differs from an unknown field\n" STR_FMT "\n" STR_FMT, said, STR_ARG(hidden.problem),
                              STR_ARG(unknown.problem));
            }
            arena_close(a);
        }
    }
    world_close(&w);
}

/* What roles force and demand of values (AZ-5): the owner cannot be chosen, nor the item given away. */
static void forced_and_demanded_values_hold(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    struct fact *own = &facts[3];
    for (size_t s = 0; s < COUNTOF(writers); s++) {
        struct arena *a = arena_open(16u << 10);
        str me = house_user(w.house, "author"), other = house_user(w.house, "editor");
        struct answer out, list;
        struct ask ask = {.what = TO_CREATE, .collection = "posts"};
        SAY(a, "%s: author creates for somebody else", writers[s]->name);
        ask.body = arena_cstr(a, arena_format(a, "{title:'foreign',owner:'" STR_FMT "'}", STR_ARG(other)));
        writers[s]->ask(&w, a, "author", &ask, &out);
        CHECK_DECISION(&out, ERR_OK);
        ask = (struct ask){.what = TO_LIST, .collection = "posts", .fields = "title,owner", .filter = "{\"title\":\"foreign\"}"};
        writers[s]->ask(&w, a, "admin", &ask, &list);
        CHECK_THAT(str_contains(list.body, me) && !str_contains(list.body, other));
        SAY(a, "%s: author gives away", writers[s]->name);
        ask = (struct ask){.what = TO_UPDATE, .collection = "posts", .id = own->id};
        ask.body = arena_cstr(a, arena_format(a, "{owner:'" STR_FMT "'}", STR_ARG(other)));
        writers[s]->ask(&w, a, "author", &ask, &out);
        CHECK_DECISION(&out, ERR_FORBIDDEN);
        SAY(a, "%s: a key for published posts unpublishes", writers[s]->name);
        ask.body = "{_state:0}";
        writers[s]->ask(&w, a, "scoped", &ask, &out);
        CHECK_DECISION(&out, ERR_FORBIDDEN);
        SAY(a, "%s: a link to something that is not to be seen", writers[s]->name);
        ask = (struct ask){.what = TO_CREATE, .collection = "posts"};
        ask.body = arena_cstr(a, arena_format(a, "{title:'t',ledger:'" STR_FMT "'}", STR_ARG(facts[2].id)));
        writers[s]->ask(&w, a, "author", &ask, &out);
        CHECK_DECISION(&out, ERR_INVALID);
        ask.body = arena_cstr(a, arena_format(a, "{title:'t',ledger:'" STR_FMT "'}", STR_ARG(ABSENT)));
        writers[s]->ask(&w, a, "author", &ask, &list);
        CHECK_THAT(str_equal(out.problem, list.problem));
        world_restore(&w);
        arena_close(a);
    }
    world_close(&w);
}

static void compare(struct world *w, const struct surface *s, const char *who, struct ask hidden, struct ask absent, str hidden_name,
                    str absent_name)
{
    struct arena *a = arena_open(16u << 10);
    struct answer one, two;
    SAY(a, "%s: %s asks %d of %s " STR_FMT, s->name, who, (int)hidden.what, hidden.collection, STR_ARG(hidden_name));
    s->ask(w, a, who, &hidden, &one);
    s->ask(w, a, who, &absent, &two);
    if (one.err != two.err || !str_equal(without(a, one.problem, hidden_name), without(a, two.problem, absent_name)))
        CHECK_SAY("%s: hidden and absent differ\n" STR_FMT "\n" STR_FMT, said, STR_ARG(one.problem), STR_ARG(two.problem));
    arena_close(a);
}

static const struct {
    enum asked what;
    const char *body;
    enum verb_asked law;
} asks[] = {
    {TO_READ, NULL, ASK_READ},           {TO_LIST, NULL, ASK_READ},          {TO_COUNT, NULL, ASK_READ},
    {TO_CREATE, "{x:1}", ASK_CREATE},  {TO_UPDATE, "{x:1}", ASK_UPDATE},  {TO_REPLACE, "{x:1}", ASK_UPDATE},
    {TO_DELETE, NULL, ASK_DELETE},     {TO_ACT, NULL, ASK_ACT},
};

/* AZ-12: a collection one may not know of, and an item one may not reach, answer like none. */
static void what_is_hidden_is_absent(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        const char *who = callers[c];
        world_be(&w, who);
        for (size_t s = 0; s < COUNTOF(surfaces); s++) {
            for (size_t k = 0; collections[k]; k++) {
                bool hidden = true;
                for (int v = ASK_READ; v <= ASK_ACT; v++)
                    hidden &= law_decides(who, collections[k], (enum verb_asked)v, NULL) ==
                              (is(who, "nobody") ? ERR_UNAUTHENTICATED : ERR_NOT_FOUND);
                for (size_t i = 0; hidden && i < COUNTOF(asks); i++) {
                    struct ask ask = {.what = asks[i].what, .collection = collections[k], .id = ABSENT, .body = asks[i].body}, other = ask;
                    if (ask.body && surfaces[s] == &surface_gate)
                        ask.body = other.body = "{}"; /* who reads bodies before he asks for the collection may tell of its fields */
                    other.collection = "nosuchthing";
                    if ((asks[i].what != TO_ACT || surfaces[s]->acts) && !(is(collections[k], "site") && surfaces[s] == &surface_rest))
                        compare(&w, surfaces[s], who, ask, other, str_of(collections[k]), S("nosuchthing"));
                }
            }
            for (size_t i = 0; i < fact_count * COUNTOF(asks); i++) {
                const struct fact *f = &facts[i % fact_count];
                size_t k = i / fact_count;
                if (asks[k].what == TO_LIST || asks[k].what == TO_COUNT || asks[k].what == TO_CREATE || is(f->collection, "site") ||
                    (asks[k].what == TO_ACT && !surfaces[s]->acts) || law_decides(who, f->collection, asks[k].law, f) == ERR_OK)
                    continue;
                struct ask ask = {.what = asks[k].what, .collection = f->collection, .id = f->id, .body = asks[k].body ? "{_state:1}" : NULL},
                           other = ask;
                other.id = ABSENT;
                compare(&w, surfaces[s], who, ask, other, f->id, ABSENT);
            }
        }
    }
    world_close(&w);
}

/* A credential that is none is 401 for everything, even where the public may read (AK-8). */
static void bad_credentials_get_nothing_and_learn_nothing(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    world_be(&w, "public");
    for (size_t s = 0; s < COUNTOF(surfaces); s++) {
        struct arena *all = arena_open(16u << 10);
        str first = {0};
        for (size_t c = 0; bad_callers[c]; c++)
            for (size_t k = 0; collections[k]; k++)
                for (size_t i = 0; i < COUNTOF(asks); i++) {
                    struct arena *a = arena_open(16u << 10);
                    struct ask ask = {.what = asks[i].what, .collection = collections[k], .id = facts[3].id, .body = asks[i].body};
                    struct answer out = {0};
                    SAY(a, "%s: %s asks %d of %s", surfaces[s]->name, bad_callers[c], (int)asks[i].what, collections[k]);
                    bool by_id = asks[i].what == TO_ACT || asks[i].what == TO_DELETE; /* a singleton's path has none */
                    bool has_path = surfaces[s] == &surface_gate || !(by_id && is(collections[k], "site"));
                    if (has_path) {
                        surfaces[s]->ask(&w, a, bad_callers[c], &ask, &out);
                        CHECK_DECISION(&out, ERR_UNAUTHENTICATED);
                        if (str_is_absent(first))
                            first = arena_copy(all, out.problem);
                        CHECK_THAT(str_equal(out.problem, first));
                    }
                    arena_close(a);
                }
        arena_close(all);
    }
    world_close(&w);
}

/* The database as bytes: the file and what waits in its log. */
static str bytes_of(struct world *w, struct arena *a)
{
    static const char *const names[] = {"vitrine.db", "vitrine.db-wal"};
    struct buf b;
    buf_init(&b, a, 64u << 20);
    for (size_t i = 0; i < COUNTOF(names); i++) {
        FILE *f = fopen(arena_cstr(a, arena_format(a, "%s/%s", w->folder, names[i])), "rb");
        for (size_t got = 1; f && got > 0;) {
            char *room = buf_room(&b, 64u << 10);
            NEED(room != NULL);
            got = fread(room, 1, 64u << 10, f);
            b.len += got;
        }
        if (f)
            (void)fclose(f);
        buf_byte(&b, '|');
    }
    return buf_str(&b);
}

static void attempt_refused(struct world *w, const struct surface *s, const char *who, const char *collection,
                            const struct writing *how, const struct fact *f)
{
    if (!askable(s, collection, how) || law_on_writing(who, collection, how, f) == ERR_OK)
        return;
    struct arena *a = arena_open(16u << 10);
    struct ask ask = {.what = how->what, .collection = collection, .id = f ? f->id : ABSENT};
    struct answer out;
    ask.body = body_of(w, a, who, collection, how, f);
    s->ask(w, a, who, &ask, &out);
    arena_close(a);
}

static void check_no_trace(struct world *w, const char *who)
{
    struct arena *a = arena_open(1u << 20);
    str before = bytes_of(w, a);
    CHECK(before.len > 100000);
    for (size_t s = 0; s < COUNTOF(surfaces); s++)
        for (size_t k = 0; collections[k]; k++)
            each_writing(w, who, surfaces[s], collections[k], attempt_refused);
    if (!str_equal(before, bytes_of(w, a)))
        CHECK_SAY("%s changed the database", who);
    arena_close(a);
}

/* AZ-7: whoever may not write leaves no trace: not one byte of the database is another one. */
static void refused_writes_leave_no_trace(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, true);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        check_no_trace(&w, callers[c]);
    }
    world_be(&w, "public");
    for (size_t c = 0; bad_callers[c]; c++)
        check_no_trace(&w, bad_callers[c]);
    world_close(&w);
}

CHECK_MAIN(TEST(reading_follows_the_law), TEST(a_hidden_name_is_an_unknown_name),
           TEST(a_schema_has_the_names_that_the_law_has),
           TEST(conditions_behind_references_see_with_the_callers_eyes), TEST(writing_follows_the_law),
           TEST(a_field_that_may_not_be_written_is_unknown), TEST(forced_and_demanded_values_hold), TEST(what_is_hidden_is_absent),
           TEST(bad_credentials_get_nothing_and_learn_nothing), TEST(refused_writes_leave_no_trace))

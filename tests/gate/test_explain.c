/* What explanations say is what the doors do: every caller's own question, and an administrator's about him,
 * against the same law as the matrix. */
#include "tests/support/check.h"

#include "tests/gate/matrix.h"
#include "tests/support/rest.h"

static bool is(const char *a, const char *b)
{
    return str_equal(str_of(a), str_of(b));
}

static const struct {
    enum verb_asked asked;
    const char *verb;
} verbs[] = {{ASK_READ, "read"},     {ASK_CREATE, "create"},   {ASK_UPDATE, "update"},
             {ASK_DELETE, "delete"}, {ASK_PUBLISH, "publish"}, {ASK_ACT, "approve"}};

/* The status that the explanation names, or that of the refusal to explain. */
static int64_t explained(struct world *w, struct arena *a, const char *asker, const char *target, str *text)
{
    enum err err;
    str key = world_key(w, asker);
    str header = str_is_absent(key) ? S("") : arena_format(a, "api-key: " STR_FMT, STR_ARG(key));
    struct fake_exchange *f = rest_request(w->house->gate, a, "GET", target, arena_cstr(a, header), S(""), &err);
    *text = rest_answer(f);
    if (err != ERR_OK)
        return err_facts(err)->http_status;
    const struct json *status = json_at(house_json(a, arena_cstr(a, f->answer)), S("/status"));
    NEED(status && status->type == JSON_INT);
    return status->integer;
}

static int64_t by_law(const char *who, const char *collection, enum verb_asked verb, const struct fact *f)
{
    enum err e = law_decides(who, collection, verb, verb == ASK_CREATE ? NULL : f);
    return e == ERR_OK ? 200 : err_facts(e)->http_status;
}

static void check_one(struct world *w, const char *who, const char *collection, size_t verb, const struct fact *f, str as)
{
    struct arena *a = arena_open(64u << 10);
    str text;
    bool of_item = f && verbs[verb].asked != ASK_CREATE;
    str target = arena_format(a, "/api/auth/explain?collection=%s&verb=%s%s" STR_FMT "%s" STR_FMT, collection, verbs[verb].verb,
                              of_item ? "&id=" : "", STR_ARG(of_item ? f->id : S("")), as.len ? "&as=" : "", STR_ARG(as));
    int64_t says = explained(w, a, as.len ? "admin" : who, arena_cstr(a, target), &text);
    int64_t wanted = by_law(who, collection, verbs[verb].asked, f);
    if (says != wanted)
        CHECK_SAY("%s: " STR_FMT ": %d, the law says %d\n" STR_FMT, who, STR_ARG(target), (int)says, (int)wanted, STR_ARG(text));
    arena_close(a);
}

static void each_question(struct world *w, const char *who, str as)
{
    for (size_t k = 0; collections[k]; k++)
        for (size_t v = 0; v < COUNTOF(verbs); v++) {
            bool any = false;
            if (verbs[v].asked == ASK_ACT && !is(collections[k], "posts"))
                continue;
            if (as.len && is(collections[k], "nowhere")) /* the administrator knows that there is none */
                continue;
            for (size_t i = 0; i < fact_count; i++)
                if (is(facts[i].collection, collections[k])) {
                    check_one(w, who, collections[k], v, &facts[i], as);
                    any = true;
                }
            if (!any)
                check_one(w, who, collections[k], v, NULL, as);
        }
}

static void explanations_say_what_the_doors_do(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        each_question(&w, callers[c], (str){0});
    }
    world_close(&w);
}

static void administrators_hear_the_same_of_others(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        struct arena *a = arena_open(256);
        world_be(&w, callers[c]);
        bool is_public = is(callers[c], "nobody") || is(callers[c], "public");
        str as = is_public ? S("public") : arena_format(a, "key:" STR_FMT, STR_ARG(house_key_id(w.house, callers[c])));
        each_question(&w, callers[c], as);
        arena_close(a);
    }
    world_close(&w);
}

CHECK_MAIN(TEST(explanations_say_what_the_doors_do), TEST(administrators_hear_the_same_of_others))

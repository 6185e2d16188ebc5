/* SQL functions for groups: a sum that stays whole as long as it fits and never fails, and conditions on groups
 * by filter_matches. */
#include "content/query/groups.h"
#include "content/store/sqlite.h"

struct sum {
    int64_t whole;
    double real;
    bool is_real, has_any;
};

static void sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct sum *s = sqlite3_aggregate_context(context, sizeof *s);
    int type = sqlite3_value_type(values[0]);
    (void)count;
    if (!s || (type != SQLITE_INTEGER && type != SQLITE_FLOAT))
        return;
    s->has_any = true;
    s->real += sqlite3_value_double(values[0]);
    s->is_real = s->is_real || type == SQLITE_FLOAT ||
                 __builtin_add_overflow(s->whole, sqlite3_value_int64(values[0]), &s->whole);
}

static void sum_end(sqlite3_context *context)
{
    const struct sum *s = sqlite3_aggregate_context(context, 0);
    if (!s || !s->has_any)
        sqlite3_result_null(context);
    else if (s->is_real)
        sqlite3_result_double(context, s->real);
    else
        sqlite3_result_int64(context, s->whole);
}

/* having(match, key …, value …) */
static void having(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = sqlite3_user_data(context);
    const struct match *m = sqlite3_value_pointer(values[0], "match");
    const struct grouping *g = m ? m->groups : NULL;
    if (!g || g->key_count + g->value_count + 1 != (size_t)count) {
        sqlite3_result_int(context, false);
        return;
    }
    struct cell *cells = NEW_N(c->scratch, struct cell, (size_t)count);
    for (int i = 1; i < count; i++)
        function_cell(values[i], &cells[i - 1]);
    struct json document = group_document(c->scratch, g, cells);
    struct filter_world world = {.arena = c->scratch, .vars = m->vars};
    bool yes = filter_matches(m->test, &document, &world);
    arena_reset(c->scratch);
    sqlite3_result_int(context, yes);
}

int group_functions_register(struct connection *c)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code = sqlite3_create_function_v2(c->db, "vitrine_sum", 1, flags, c, NULL, sum_step, sum_end, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(c->db, "vitrine_having", -1, flags, c, having, NULL, NULL, NULL);
    return code;
}

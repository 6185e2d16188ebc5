/* How SQLite would run a statement: for the log of slow requests, long after they were answered. */
#include "content/store/sqlite.h"

#define PLAN_BYTES 4000u
#define PLAN_DEPTH 12

/* Steps name the one they belong to: the last that was read, or one of those around it. */
struct steps {
    int ids[PLAN_DEPTH];
    int depth;
};

static int depth_of(struct steps *s, int id, int parent)
{
    while (s->depth > 0 && s->ids[s->depth - 1] != parent)
        s->depth--;
    int depth = s->depth;
    if (s->depth < PLAN_DEPTH)
        s->ids[s->depth++] = id;
    return depth;
}

static enum err write_plan(struct connection *c, str statement, struct buf *out, struct problem *why)
{
    sqlite3_stmt *stmt = NULL;
    struct steps steps = {.depth = 0};
    str text = arena_format(why->arena, "EXPLAIN QUERY PLAN " STR_FMT, STR_ARG(statement));
    int code = sqlite3_prepare_v2(c->db, text.at, (int)text.len, &stmt, NULL);
    if (code != SQLITE_OK) /* the writer's, the vault's: not for readers */
        return problem_set(why, ERR_INVALID, "There is no plan of this statement");
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        int depth = depth_of(&steps, sqlite3_column_int(stmt, 0), sqlite3_column_int(stmt, 1));
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);
        buf_format(out, "%s%*s%s", out->len ? "\n" : "", 2 * depth, "", detail ? detail : "");
    }
    enum err e = code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
    (void)sqlite3_finalize(stmt);
    return e;
}

enum err sqlite_explain(struct engine *e, str statement, struct arena *a, str *out, struct problem *why)
{
    struct connection *c = NULL;
    struct buf text;
    if (!str_starts(statement, S("SELECT")) && !str_starts(statement, S("WITH")))
        return problem_set(why, ERR_INVALID, "There is no plan of this statement");
    buf_init(&text, a, PLAN_BYTES);
    TRY(connection_acquire(e, CONNECTION_READER, &c, why));
    enum err err = write_plan(c, statement, &text, why);
    connection_release(c);
    *out = buf_str(&text); /* what does not fit is cut off */
    return err;
}

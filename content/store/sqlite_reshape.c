/* DDL inside the running write transaction. Replacing a table means dropping the old one, and with
 * foreign keys enforced that would delete its rows first and take links along; the pragma that turns
 * them off does nothing inside a transaction, its twin sqlite3_db_config() does. Afterwards the tables
 * whose references may have been hurt are looked over, so nothing dangling is committed. */
#include "content/store/shape.h"
#include "content/store/sqlite.h"

static enum err run_texts(struct connection *c, const struct ddl *d, struct problem *why)
{
    for (size_t i = 0; i < d->count; i++) {
        int code = sqlite3_exec(c->db, arena_cstr(why->arena, d->texts[i].text), NULL, NULL, NULL);
        if (code != SQLITE_OK)
            return write_problem(c, d->texts[i].in, code, why);
    }
    return ERR_OK;
}

static enum err look_over(struct connection *c, str table, struct problem *why)
{
    sqlite3_stmt *stmt = NULL;
    str text = arena_format(why->arena, "PRAGMA foreign_key_check(" STR_FMT ")", STR_ARG(table));
    int code = sqlite3_prepare_v2(c->db, text.at, (int)text.len, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    if (code == SQLITE_ROW)
        return problem_set(why, ERR_INVALID, "Items of " STR_FMT " would refer to items that do not exist", STR_ARG(table));
    return code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
}

/* Steps that change what items say: values were converted, documents lost members. */
static enum err forget_words(struct connection *c, const struct step *steps, size_t count, struct problem *why)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].kind == STEP_REBUILD_COLLECTION || steps[i].kind == STEP_MOVE_MEMBERS)
            TRY(search_forget(c, steps[i].before->name, why));
    return ERR_OK;
}

enum err sqlite_reshape(struct txn *t, const struct step *steps, size_t count, struct problem *why)
{
    must(t->on != NULL && (t->kind == TXN_WRITE || t->kind == TXN_NESTED));
    struct connection *c = t->on;
    struct ddl d;
    shape_ddl(&d, why->arena, &dialect_sqlite, steps, count);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    c->reshaping = true;
    enum err e = run_texts(c, &d, why);
    if (e == ERR_OK)
        e = forget_words(c, steps, count, why);
    c->reshaping = false;
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    for (size_t i = 0; e == ERR_OK && i < d.check_count; i++)
        e = look_over(c, d.check[i], why);
    return e;
}

/* SQLite files of other systems (content/foreign.h): their rows, and nothing else of them. */
#include "content/foreign.h"

#include "base/limits.h"

#include <sqlite3.h>
#include <stdlib.h>

struct foreign {
    sqlite3 *db;
};

static enum err failed(const struct foreign *f, struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "The database cannot be read: %s", sqlite3_errmsg(f->db));
}

enum err foreign_open(str path, struct foreign **out, struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct foreign *f = calloc(1, sizeof *f);
    must(f != NULL);
    int rc = sqlite3_open_v2(arena_cstr(a, path), &f->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        (void)sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_limit(f->db, SQLITE_LIMIT_LENGTH, LIMIT_FOREIGN_VALUE_BYTES);
        (void)sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        rc = sqlite3_exec(f->db, "PRAGMA query_only = 1; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    }
    arena_close(a);
    if (rc != SQLITE_OK) {
        enum err e = failed(f, why);
        foreign_close(f);
        return e;
    }
    *out = f;
    return ERR_OK;
}

void foreign_close(struct foreign *f)
{
    if (!f)
        return;
    (void)sqlite3_close(f->db);
    free(f);
}

static str column_text(sqlite3_stmt *s, int i)
{
    const unsigned char *at = sqlite3_column_text(s, i);
    return (str){at ? (const char *)at : "", (size_t)sqlite3_column_bytes(s, i)};
}

enum err foreign_tables(struct foreign *f, struct arena *a, str **out, size_t *count, struct problem *why)
{
    sqlite3_stmt *s = NULL;
    str *names = NEW_N(a, str, LIMIT_FOREIGN_TABLES);
    size_t n = 0;
    int rc = sqlite3_prepare_v2(f->db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
                                -1, &s, NULL);
    while (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW && n < LIMIT_FOREIGN_TABLES)
        names[n++] = arena_copy(a, column_text(s, 0));
    (void)sqlite3_finalize(s);
    if (rc != SQLITE_OK)
        return failed(f, why);
    *out = names;
    *count = n;
    return ERR_OK;
}

static struct json value_of(struct arena *a, sqlite3_stmt *s, int i)
{
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        return json_of_int(sqlite3_column_int64(s, i));
    case SQLITE_FLOAT:
        return json_of_real(sqlite3_column_double(s, i));
    case SQLITE_TEXT:
        return json_of_text(arena_copy(a, column_text(s, i)));
    default:
        return json_null;
    }
}

static enum err see_rows(struct foreign *f, sqlite3_stmt *s, struct foreign_sink *sink, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    enum err e = ERR_OK;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW && e == ERR_OK) {
        int columns = sqlite3_column_count(s);
        struct json *members = NEW_N(a, struct json, (size_t)columns);
        for (int i = 0; i < columns; i++)
            members[i] = json_named(arena_copy(a, str_of(sqlite3_column_name(s, i))), value_of(a, s, i));
        struct json row = json_of_map(members, (uint32_t)columns);
        e = sink->row(sink, &row, why);
        arena_reset(a);
    }
    arena_close(a);
    if (e == ERR_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        return failed(f, why);
    return e;
}

enum err foreign_rows(struct foreign *f, str table, struct foreign_sink *sink, struct problem *why)
{
    struct arena *a = arena_open(4096);
    sqlite3_stmt *s = NULL;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", arena_cstr(a, table));
    int rc = sqlite3_prepare_v2(f->db, sql, -1, &s, NULL);
    enum err e = rc == SQLITE_OK ? see_rows(f, s, sink, why) : failed(f, why);
    (void)sqlite3_finalize(s);
    sqlite3_free(sql);
    arena_close(a);
    return e;
}

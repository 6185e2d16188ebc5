/* The tables that stand beside the collections' come from numbered files, each applied once, in one
 * transaction, with its checksum written down. A file that was changed afterwards, a database that is
 * newer than this program, or one that is somebody else's: each is refused with a sentence. */
#include "content/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypt.h"
#include "base/embed.h"
#include "base/time.h"
#include "content/store/log.h"

extern const struct embedded embedded_sql[];
extern const size_t embedded_sql_count;

size_t migrations_embedded(struct arena *a, struct migration **out)
{
    const str folder = S("store/sql/migrations/");
    struct migration *list = NEW_N(a, struct migration, embedded_sql_count);
    size_t count = 0;
    for (size_t i = 0; i < embedded_sql_count; i++) { /* sorted by name, so by number */
        str name = str_of(embedded_sql[i].name);
        if (str_starts(name, folder))
            list[count++] = (struct migration){str_slice(name, folder.len, name.len), embed_text(&embedded_sql[i])};
    }
    *out = list;
    return count;
}

static const str fixed_names[FIXED_COUNT] = {
#define X(name) STR(#name),
    FIXED_TABLE(X)
#undef X
};

static void load_file(str text, str fixed[FIXED_COUNT])
{
    const str mark = S("-- name: ");
    str *present = NULL;
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && text.at[end] != '\n')
            end++;
        str line = str_slice(text, at, end);
        if (str_starts(line, mark)) {
            str name = str_trim(str_slice(line, mark.len, line.len));
            size_t i = 0;
            while (i < FIXED_COUNT && !str_equal(fixed_names[i], name))
                i++;
            must(i < FIXED_COUNT && fixed[i].at == NULL);
            present = &fixed[i];
            *present = (str){text.at + (end < text.len ? end + 1 : end), 0};
        } else if (present) {
            present->len = (size_t)(text.at + end - present->at);
        }
        at = end + 1;
    }
}

void fixed_load(str fixed[FIXED_COUNT])
{
    memset(fixed, 0, FIXED_COUNT * sizeof *fixed);
    for (size_t i = 0; i < embedded_sql_count; i++)
        if (!str_starts(str_of(embedded_sql[i].name), S("store/sql/migrations/")))
            load_file(embed_text(&embedded_sql[i]), fixed);
    for (size_t i = 0; i < FIXED_COUNT; i++) {
        fixed[i] = str_trim(fixed[i]);
        must(fixed[i].len > 0);
    }
}

static str checksum_of(struct arena *a, str text)
{
    uint8_t digest[32];
    struct buf b;
    buf_init(&b, a, 65);
    crypt_sha256(text, digest);
    buf_hex(&b, digest, sizeof digest);
    return buf_str(&b);
}

static enum err is_ours(struct connection *c, size_t newest, int64_t *version, struct problem *why)
{
    int64_t application = 0, tables = 0;
    TRY(connection_number(c, "PRAGMA application_id", &application, why));
    TRY(connection_number(c, "PRAGMA user_version", version, why));
    TRY(connection_number(c, "SELECT count(*) FROM sqlite_schema", &tables, why));
    if (application != APPLICATION_ID && (application != 0 || tables != 0))
        return problem_set(why, ERR_INVALID, "The database file belongs to another program");
    if (*version > (int64_t)newest)
        return problem_set(why, ERR_INVALID,
                           "The database is of version %lld, this program knows versions up to %zu: "
                           "it needs a newer program",
                           (long long)*version, newest);
    return ERR_OK;
}

enum err migrate_check(struct connection *c, size_t newest, struct problem *why)
{
    int64_t version = 0;
    TRY(is_ours(c, newest, &version, why));
    if (version < (int64_t)newest)
        return problem_set(why, ERR_INVALID,
                           "The database is of version %lld and has to be brought to %zu first: "
                           "open it once for writing",
                           (long long)version, newest);
    return ERR_OK;
}

/* What was applied must be what we would apply. */
static enum err compare_checksums(struct connection *c, const struct migration *migrations, int64_t version,
                                  struct problem *why)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->db, "SELECT checksum FROM vitrine_migrations WHERE number = ?1", -1, &stmt, NULL);
    enum err e = code == SQLITE_OK ? ERR_OK : connection_problem(c, code, why);
    for (int64_t i = 0; e == ERR_OK && i < version; i++) {
        const struct migration *m = &migrations[i];
        struct cell kept = CELL_OF_NULL;
        (void)sqlite3_bind_int64(stmt, 1, i + 1);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            statement_cell(stmt, 0, &kept);
        if (kept.type != CELL_TEXT || !str_equal(kept.text, checksum_of(why->arena, m->text)))
            e = problem_set(why, ERR_INVALID,
                            "Migration " STR_FMT " is not the one that this database was made with",
                            STR_ARG(m->name));
        (void)sqlite3_reset(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return e;
}

static enum err apply(struct connection *c, const struct migration *m, size_t number, struct problem *why)
{
    struct cell row[] = {CELL_OF_INT((int64_t)number), CELL_OF_TEXT(m->name),
                         CELL_OF_TEXT(checksum_of(why->arena, m->text)), CELL_OF_INT(time_now_ms())};
    const char *version = arena_cstr(why->arena, arena_format(why->arena, "PRAGMA user_version = %zu", number));
    TRY(connection_run(c, arena_cstr(why->arena, m->text), why));
    TRY(statement_run(c, S("INSERT INTO vitrine_migrations (number, name, checksum, at_ms) VALUES (?1, ?2, ?3, ?4)"),
                      row, COUNTOF(row), why));
    return connection_run(c, version, why);
}

static enum err apply_missing(struct connection *c, const struct migration *migrations, size_t count,
                              struct problem *why)
{
    int64_t version = 0; /* looked at again: another process may have been quicker */
    TRY(is_ours(c, count, &version, why));
    for (size_t i = (size_t)version; i < count; i++)
        TRY(apply(c, &migrations[i], i + 1, why));
    return connection_run(c, arena_cstr(why->arena, arena_format(why->arena, "PRAGMA application_id = %d", APPLICATION_ID)),
                          why);
}

/* SQLite would make a file that others read. One of an earlier attempt is written over. */
static enum err make_private(const char *path, struct problem *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_private = fd >= 0 && fchmod(fd, 0600) == 0;
    int error = errno;
    if (fd >= 0)
        (void)close(fd);
    return is_private ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "The copy %s cannot be made: %s", path, strerror(error));
}

/* A copy beside the database before old data is touched. */
static enum err keep_copy(struct connection *c, int64_t version, struct problem *why)
{
    struct arena *a = why->arena;
    str path = arena_format(a, STR_FMT ".before-%lld", STR_ARG(c->engine->path), (long long)version);
    sqlite3 *copy = NULL;
    TRY(make_private(arena_cstr(a, path), why));
    int code = sqlite3_open_v2(arena_cstr(a, path), &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (code == SQLITE_OK) {
        sqlite3_backup *backup = sqlite3_backup_init(copy, "main", c->db, "main");
        (void)(backup ? sqlite3_backup_step(backup, -1) : 0);
        code = backup ? sqlite3_backup_finish(backup) : sqlite3_errcode(copy);
    }
    (void)sqlite3_close(copy);
    return code == SQLITE_OK ? ERR_OK : connection_problem(c, code, why);
}

/* As whoever reads the log has them. */
static enum err set_page_bytes(struct connection *writer, struct problem *why)
{
    char sql[40];
    (void)snprintf(sql, sizeof sql, "PRAGMA page_size = %u", LOG_PAGE_BYTES);
    return connection_run(writer, sql, why);
}

enum err migrate(struct connection *writer, const struct migration *migrations, size_t count, struct problem *why)
{
    int64_t version = 0, pages = 0;
    TRY(is_ours(writer, count, &version, why));
    TRY(connection_number(writer, "PRAGMA page_count", &pages, why));
    if (pages == 0)
        TRY(set_page_bytes(writer, why));
    TRY(connection_run(writer, "PRAGMA journal_mode = WAL", why));
    if (version > 0)
        TRY(compare_checksums(writer, migrations, version, why));
    if (version == (int64_t)count)
        return ERR_OK;
    if (version > 0)
        TRY(keep_copy(writer, version, why));
    TRY(connection_run(writer, "BEGIN IMMEDIATE", why));
    enum err e = apply_missing(writer, migrations, count, why);
    if (e == ERR_OK)
        e = connection_run(writer, "COMMIT", why);
    if (e != ERR_OK)
        (void)sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
    return e;
}

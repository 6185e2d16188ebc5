/* Files: whose they are, which version, and who else has them open. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#include "base/digest.h"
#include "base/embed.h"
#include "content/store/sqlite.h"
#include "tests/support/folder.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID(n) "aaaaaaaaaaaaaaaaaaaaaaa" #n

static const char definitions[] = "[{name: 'posts', fields: [{name: 'title', kind: 'text'}]}]";

/* A directory that is empty again in the end. */
struct place {
    char path[64];
    str directory;
};

static void make_place(struct place *p)
{
    folder_new(p->path, "test");
    p->directory = str_of(p->path);
}

static size_t files_in(const char *path, bool remove)
{
    DIR *d = opendir(path);
    size_t count = 0;
    char name[512];
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        count++;
        (void)snprintf(name, sizeof name, "%s/%.300s", path, e->d_name);
        if (remove)
            (void)unlink(name);
    }
    if (d)
        (void)closedir(d);
    return count;
}

static void clear_place(struct place *p)
{
    (void)files_in(p->path, true);
    (void)rmdir(p->path);
}

static enum err try_open(struct place *p, bool read_only, struct problem *why)
{
    struct engine_config config = {.directory = p->directory, .read_only = read_only};
    struct engine *e = NULL;
    TRY(engine_sqlite.open(why->arena, &config, &e, why));
    engine_sqlite.close(e);
    return ERR_OK;
}

/* SQL on the file itself, behind the engine's back. */
static void run_on_file(struct place *p, const char *sql)
{
    sqlite3 *db = NULL;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/vitrine.db", p->path);
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

static int64_t number_on_file(struct place *p, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char path[128];
    int64_t n = -1;
    (void)snprintf(path, sizeof path, "%s/vitrine.db", p->path);
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    return n;
}

#define NEWEST 5 /* migration */

static void a_new_database_says_whose_it_is(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct place p;
    (void)state;
    make_place(&p);
    CHECK_PROBLEM(try_open(&p, false, &why), ERR_OK, &why);
    CHECK_INT(number_on_file(&p, "PRAGMA application_id"), APPLICATION_ID);
    CHECK_INT(number_on_file(&p, "PRAGMA user_version"), NEWEST);
    CHECK_INT(number_on_file(&p, "PRAGMA page_size"), 8192);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM vitrine_migrations"), NEWEST);
    CHECK_INT(files_in(p.path, false), 1); /* closing folded the log into the database */
    CHECK_PROBLEM(try_open(&p, false, &why), ERR_OK, &why);
    CHECK_PROBLEM(try_open(&p, true, &why), ERR_OK, &why);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM vitrine_migrations"), NEWEST);
    clear_place(&p);
    arena_close(a);
}

static void what_is_not_ours_is_refused_and_left_alone(void **state)
{
    static const struct {
        const char *sql;
        enum err err;
        const char *words;
    } rows[] = {
        {"PRAGMA user_version = 99", ERR_INVALID, "newer"},
        {"PRAGMA application_id = 5", ERR_INVALID, "another program"},
        {"UPDATE vitrine_migrations SET checksum = 'x'", ERR_INVALID, "0001_begin.sql"},
        {"DELETE FROM vitrine_migrations", ERR_INVALID, "0001_begin.sql"},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        struct place p;
        CHECK_AT(i);
        make_place(&p);
        CHECK_PROBLEM(try_open(&p, false, &why), ERR_OK, &why);
        run_on_file(&p, rows[i].sql);
        CHECK_ERR(try_open(&p, false, &why), rows[i].err);
        CHECK(str_contains(why.text, str_of(rows[i].words)));
        CHECK_INT(files_in(p.path, false), 1);
        clear_place(&p);
    }
    arena_close(a);
}

static void files_of_others_are_refused(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct place p, nowhere = {.directory = STR("/nonexistent/place")};
    char path[128];
    (void)state;
    make_place(&p);
    run_on_file(&p, "CREATE TABLE somebodys (a)");
    CHECK_ERR(try_open(&p, false, &why), ERR_INVALID);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM sqlite_schema"), 1);
    (void)snprintf(path, sizeof path, "%s/vitrine.db", p.path);
    FILE *f = fopen(path, "wb");
    NEED(f != NULL);
    for (int i = 0; i < 4096; i++)
        (void)fputs("not a database ", f);
    (void)fclose(f);
    CHECK_ERR(try_open(&p, false, &why), ERR_UNAVAILABLE);
    CHECK_ERR(try_open(&nowhere, false, &why), ERR_UNAVAILABLE);
    clear_place(&p);
    make_place(&p);
    CHECK_ERR(try_open(&p, true, &why), ERR_UNAVAILABLE); /* for reading only, there must be something */
    CHECK_INT(files_in(p.path, false), 0);
    clear_place(&p);
    arena_close(a);
}

static void a_read_only_engine_reads(void **state)
{
    struct engine_bench b;
    struct place p;
    struct txn *t = NULL;
    (void)state;
    make_place(&p);
    bench_open_at(&b, definitions, p.directory);
    bench_create(&b);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "', title: 'a'}"), ERR_OK, &b.why);
    b.ops->close(b.engine);
    struct engine_config config = {.directory = p.directory, .read_only = true};
    CHECK_PROBLEM(b.ops->open(b.arena, &config, &b.engine, &b.why), ERR_OK, &b.why);
    CHECK_INT(bench_count(&b, "posts", NULL), 1);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_UNAVAILABLE);
    bench_close(&b);
    clear_place(&p);
}

/* An older database: brought up step by step, after a copy was put beside it. */
static void older_databases_are_brought_up(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct engine e = {.path = {0}};
    struct connection *c = NULL;
    struct migration *list = NULL;
    struct place p;
    (void)state;
    make_place(&p);
    e.path = arena_format(a, "%s/vitrine.db", p.path);
    size_t count = migrations_embedded(a, &list);
    struct migration more[] = {list[0], {STR("0002_more.sql"), STR("CREATE TABLE vitrine_more (a INTEGER) STRICT;")},
                               {STR("0003_bad.sql"), STR("CREATE TABLE vitrine_worse (a INTEGER) STRICT; SELECT nonsense;")}};
    CHECK_INT(count, NEWEST);
    CHECK_PROBLEM(connection_open(&e, CONNECTION_WRITER, &c, &why), ERR_OK, &why);
    CHECK_PROBLEM(migrate(c, more, 1, &why), ERR_OK, &why);
    CHECK_ERR(migrate(c, more, 3, &why), ERR_INTERNAL); /* all or nothing */
    CHECK_INT(number_on_file(&p, "PRAGMA user_version"), 1);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM sqlite_schema WHERE name = 'vitrine_more'"), 0);
    CHECK_PROBLEM(migrate(c, more, 2, &why), ERR_OK, &why);
    CHECK_INT(number_on_file(&p, "PRAGMA user_version"), 2);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM vitrine_more"), 0);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM vitrine_migrations"), 2);
    CHECK_ERR(migrate(c, more, 1, &why), ERR_INVALID);
    connection_close(c);
    char copy[128];
    struct stat st;
    (void)snprintf(copy, sizeof copy, "%s/vitrine.db.before-1", p.path);
    CHECK_INT(stat(copy, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    clear_place(&p);
    arena_close(a);
}

/* What was written before the journal was chained has no mac, and that is noted. */
static void the_chain_begins_where_the_journal_was_when_it_came(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct engine e = {.path = {0}};
    struct connection *c = NULL;
    struct migration *list = NULL;
    struct place p;
    (void)state;
    make_place(&p);
    e.path = arena_format(a, "%s/vitrine.db", p.path);
    (void)migrations_embedded(a, &list);
    CHECK_PROBLEM(connection_open(&e, CONNECTION_WRITER, &c, &why), ERR_OK, &why);
    CHECK_PROBLEM(migrate(c, list, 1, &why), ERR_OK, &why);
    run_on_file(&p, "INSERT INTO vitrine_journal (seq, tx, at_ms) VALUES (1, 1, 0), (2, 2, 0)");
    CHECK_PROBLEM(migrate(c, list, 2, &why), ERR_OK, &why);
    CHECK_INT(number_on_file(&p, "SELECT value FROM vitrine_notes WHERE name = 'journal.chained_from'"), 3);
    CHECK_INT(number_on_file(&p, "SELECT count(*) FROM c_journal WHERE mac = ''"), 2);
    connection_close(c);
    clear_place(&p);
    arena_close(a);
}

static void a_database_in_memory_leaves_nothing_behind(void **state)
{
    struct engine_bench b;
    struct stat st;
    (void)state;
    bench_open(&b, definitions);
    char path[128];
    (void)snprintf(path, sizeof path, STR_FMT, STR_ARG(b.engine->private_directory));
    CHECK_INT(stat(path, &st), 0);
    bench_close(&b);
    CHECK_INT(stat(path, &st), -1);
}

/* Replay. */
struct seen {
    struct row_sink sink; /* first */
    uint64_t last;
    size_t rows;
};

static enum err see(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct seen *s = (struct seen *)(void *)self;
    (void)why;
    CHECK_INT(row->count, ENTRY_CELLS + 1);
    s->last = (uint64_t)row->cells[0].integer;
    s->rows++;
    return ERR_OK;
}

static size_t replayed(struct engine_bench *b, uint64_t after, size_t max)
{
    struct seen s = {.sink = {see}};
    CHECK_PROBLEM(b->ops->replay(b->engine, after, max, &s.sink, &b->why), ERR_OK, &b->why);
    return s.rows;
}

static uint64_t statements_run(struct engine_bench *b)
{
    struct engine_figures f;
    engine_figures(b->engine, &f);
    return f.statements_prepared + f.statements_reused;
}

static void replay_asks_the_database_only_when_something_was_committed(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, definitions);
    CHECK(b.engine->header != NULL);
    CHECK_INT(replayed(&b, 0, 100), 0);
    uint64_t before = statements_run(&b);
    for (int i = 0; i < 10; i++)
        CHECK_INT(replayed(&b, 0, 100), 0);
    CHECK_INT(statements_run(&b), before);
    for (int n = 1; n <= 3; n++) {
        str item = arena_format(b.arena, "{_id: '%024d'}", n);
        CHECK_PROBLEM(bench_insert(&b, "posts", arena_cstr(b.arena, item)), ERR_OK, &b.why);
    }
    CHECK_INT(replayed(&b, 0, 2), 2); /* there is more: asks again */
    CHECK_INT(replayed(&b, 2, 2), 1);
    before = statements_run(&b);
    CHECK_INT(replayed(&b, 3, 2), 0);
    CHECK_INT(statements_run(&b), before);
    CHECK_INT(replayed(&b, 1, 100), 2); /* somebody who is behind is told */
    bench_close(&b);
}

/* Another process with the same database: made before this one opens anything, since SQLite does not
 * survive a fork; it waits for a byte, writes an item, and is gone. */
struct other {
    pid_t child;
    int go;
};

static struct other make_other(struct place *p, const char *item)
{
    int ends[2];
    char byte;
    NEED(pipe(ends) == 0);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        struct engine_bench b;
        (void)close(ends[1]);
        if (read(ends[0], &byte, 1) != 1)
            _exit(2);
        bench_open_at(&b, definitions, p->directory);
        int failed = bench_insert(&b, "posts", item) != ERR_OK;
        b.ops->close(b.engine);
        _exit(failed);
    }
    (void)close(ends[0]);
    return (struct other){child, ends[1]};
}

static void let_go(struct other *o)
{
    int status = 1;
    CHECK_INT(write(o->go, "g", 1), 1);
    CHECK_INT(waitpid(o->child, &status, 0), o->child);
    CHECK_INT(status, 0);
    (void)close(o->go);
}

static void replay_sees_what_other_processes_commit(void **state)
{
    struct engine_bench b;
    struct place p;
    (void)state;
    make_place(&p);
    struct other other = make_other(&p, "{_id: '" ID(2) "'}");
    bench_open_at(&b, definitions, p.directory);
    bench_create(&b);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "'}"), ERR_OK, &b.why);
    CHECK_INT(replayed(&b, 0, 100), 1);
    uint64_t before = statements_run(&b);
    CHECK_INT(replayed(&b, 1, 100), 0);
    CHECK_INT(statements_run(&b), before);
    let_go(&other);
    CHECK_INT(replayed(&b, 1, 100), 1);
    CHECK_INT(bench_count(&b, "posts", NULL), 2);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(3) "'}"), ERR_OK, &b.why); /* numbers go on behind theirs */
    CHECK_INT(replayed(&b, 2, 100), 1);
    bench_close(&b);
    clear_place(&p);
}

static void the_log_is_folded_back_as_it_grows(void **state)
{
    struct engine_bench b;
    struct engine_figures f;
    (void)state;
    bench_open(&b, definitions);
    for (unsigned i = 0; i < 1500; i++) {
        str item = arena_format(b.arena, "{_id: '%024u', title: '%01000u'}", i, i);
        CHECK_PROBLEM(bench_insert(&b, "posts", arena_cstr(b.arena, item)), ERR_OK, &b.why);
    }
    engine_figures(b.engine, &f);
    CHECK(f.wal_bytes < (4u << 20) * 5);
    CHECK(f.database_bytes > (1u << 20));
    CHECK_INT(f.commits, 1501);
    bench_close(&b);
}

/* Every database keeps the checksums of what made it and opens with nothing else: not a comment in them may change. A new
 * migration gets a row here. */
static void migrations_never_change(void **state)
{
    extern const struct embedded embedded_sql[];
    extern const size_t embedded_sql_count;
    static const struct {
        const char *name, *digest;
    } made[] = {
        {"0001_begin.sql", "c31f0223e002a8f0abc686db9dffc05b6e30d684601374d1ae68e8ab58899f77"},
        {"0002_chain.sql", "4b56d26122440ad1373d41b196cf5e59b4589a95c589c89a757b0d46a24418a9"},
        {"0003_once.sql", "9c03bebb2f9fe57cb63a612b77293b1ea39af78db1031047d4620720420c204c"},
        {"0004_drafts.sql", "9f2d211e072964d29509d55934cdcbbd634977f8dfc6104f7f1227238286b3a2"},
        {"0005_audit.sql", "cf7aeafa8b46688f681302972d2dd68560e5693ab582ef7a1eb440edfeae8f5d"},
    };
    struct arena *a = arena_open(4096);
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < embedded_sql_count; i++)
        count += str_starts(str_of(embedded_sql[i].name), S("store/sql/migrations/"));
    CHECK_INT(count, COUNTOF(made));
    for (size_t i = 0; i < COUNTOF(made); i++) {
        str name = arena_format(a, "store/sql/migrations/%s", made[i].name);
        const struct embedded *file = embed_find(embedded_sql, embedded_sql_count, name);
        CHECK_AT(i);
        CHECK(file != NULL);
        CHECK_STR(digest_hex(a, DIGEST_SHA256, embed_text(file)), str_of(made[i].digest));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(migrations_never_change), TEST(a_new_database_says_whose_it_is), TEST(what_is_not_ours_is_refused_and_left_alone),
           TEST(files_of_others_are_refused), TEST(a_read_only_engine_reads), TEST(older_databases_are_brought_up), TEST(the_chain_begins_where_the_journal_was_when_it_came),
           TEST(a_database_in_memory_leaves_nothing_behind),
           TEST(replay_asks_the_database_only_when_something_was_committed),
           TEST(replay_sees_what_other_processes_commit), TEST(the_log_is_folded_back_as_it_grows))

/* Learning what was committed, by anybody, without asking when nothing was.
 *
 * In WAL mode every commit of every process rewrites the header of the WAL-index, 48 bytes at the start
 * of shared memory that SQLite has mapped already ("WAL-mode File Format", section 2.1). We read them
 * where they are, through the public xShmMap method of SQLite's own open file: opening "-shm" ourselves
 * would endanger SQLite's locks, since closing any descriptor of a file drops all of a process's POSIX
 * locks on it. A header that was seen half written differs, and costs one look at the journal. */
#include "content/store/sqlite.h"

#include <assert.h>

#define WAL_INDEX_REGION 32768
#define HEADER_WORDS 6
static_assert(HEADER_WORDS * sizeof(uint64_t) == 48, "the header is 48 bytes");

/* The mapping lives as long as its connection: the writer's, or of a read-only engine the first
 * reader's, which stays in the pool until the engine closes. */
enum err replay_watch(struct engine *e, struct problem *why)
{
    struct connection *c = e->writer, *reader = NULL;
    sqlite3_file *file = NULL;
    volatile void *header = NULL;
    if (c == NULL) {
        TRY(connection_acquire(e, CONNECTION_READER, &reader, why));
        c = reader;
    }
    enum err err = statement_run(c, e->fixed[FIXED_journal_last], NULL, 0, why); /* maps it */
    int code = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (err == ERR_OK && code == SQLITE_OK && file && file->pMethods && file->pMethods->iVersion >= 2)
        code = file->pMethods->xShmMap(file, 0, WAL_INDEX_REGION, 0, &header);
    if (code == SQLITE_OK)
        e->header = header;
    if (reader)
        connection_release(reader);
    return err;
}

static void copy_header(const struct engine *e, uint64_t out[HEADER_WORDS])
{
    for (size_t i = 0; i < HEADER_WORDS; i++)
        out[i] = __atomic_load_n(&e->header[i], __ATOMIC_ACQUIRE);
}

/* Without a lock: a writer of `seen` moves its version before and after. */
static bool nothing_new(struct engine *e, uint64_t after)
{
    uint64_t now[HEADER_WORDS];
    if (e->header == NULL)
        return false;
    copy_header(e, now);
    uint64_t version = atomic_load(&e->seen_version);
    bool same = version != 0 && version % 2 == 0;
    for (size_t i = 0; i < HEADER_WORDS; i++)
        same = same && atomic_load(&e->seen_header[i]) == now[i];
    same = same && after >= atomic_load(&e->seen_seq);
    return same && atomic_load(&e->seen_version) == version;
}

static void remember(struct engine *e, const uint64_t header[HEADER_WORDS], uint64_t seq)
{
    (void)pthread_mutex_lock(&e->replay_lock);
    atomic_fetch_add(&e->seen_version, 1);
    for (size_t i = 0; i < HEADER_WORDS; i++)
        atomic_store(&e->seen_header[i], header[i]);
    atomic_store(&e->seen_seq, seq);
    atomic_fetch_add(&e->seen_version, 1);
    (void)pthread_mutex_unlock(&e->replay_lock);
}

struct counting_sink {
    struct row_sink sink; /* first */
    struct row_sink *out;
    uint64_t last;
    size_t rows;
};

static enum err count_entry(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct counting_sink *s = (struct counting_sink *)(void *)self;
    s->rows++;
    s->last = (uint64_t)row->cells[0].integer;
    return s->out->row(s->out, row, why);
}

/* The header is copied before the journal is read: what is committed in between is seen twice at worst. */
enum err sqlite_replay(struct engine *e, uint64_t after, size_t max, struct row_sink *out, struct problem *why)
{
    if (nothing_new(e, after))
        return ERR_OK;
    uint64_t header[HEADER_WORDS] = {0};
    if (e->header)
        copy_header(e, header);
    struct cell parameters[] = {CELL_OF_INT((int64_t)after), CELL_OF_INT((int64_t)max)};
    struct fixed_call call = {FIXED_journal_since, parameters, COUNTOF(parameters)};
    struct counting_sink s = {.sink = {count_entry}, .out = out, .last = after};
    struct txn *t = NULL;
    TRY(sqlite_begin(e, TXN_READ, &t, why));
    enum err err = sqlite_read(t, NULL, &call, &s.sink, why);
    sqlite_abandon(t);
    if (err == ERR_OK && s.rows < max && e->header)
        remember(e, header, s.last);
    return err;
}

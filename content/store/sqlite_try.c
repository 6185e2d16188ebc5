/* Looking into states that never were opened: a database file with a log of our own making beside it. SQLite's recovery puts them
 * together, and nothing of it stays. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/file.h"
#include "content/store/log.h"
#include "content/store/sqlite.h"
#include "content/store/wal.h"

#define QUESTION "SELECT EXISTS (SELECT 1 FROM " JOURNAL_TABLE " WHERE seq > ?1 AND (seq > ?2 OR at_ms > ?3))"

static bool put_frames(int fd, int images, uint32_t count)
{
    struct wal_header h = {.page_bytes = LOG_PAGE_BYTES, .salt = "vitrine"};
    uint8_t head[WAL_HEADER_BYTES], front[WAL_FRAME_BYTES], *image = malloc(LOG_IMAGE_BYTES);
    uint32_t sum[2];
    must(image != NULL);
    wal_header_write(&h, head);
    memcpy(sum, h.sum, sizeof sum);
    bool good = file_write(fd, head, sizeof head);
    for (uint32_t i = 0; good && i < count; i++) {
        good = file_read_at(images, image, LOG_IMAGE_BYTES, (off_t)i * (off_t)LOG_IMAGE_BYTES);
        if (good)
            wal_frame_write(&h, wal_u32(image), wal_u32(image + 4), image + 8, sum, front);
        good = good && file_write(fd, front, sizeof front) && file_write(fd, image + 8, LOG_PAGE_BYTES);
    }
    free(image);
    return good;
}

static int ask(sqlite3 *db, const struct log_goal *goal, bool *is_beyond)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, "PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA cell_size_check = ON", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, QUESTION, -1, &stmt, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)goal->base);
        (void)sqlite3_bind_int64(stmt, 2, goal->seq > INT64_MAX ? INT64_MAX : (sqlite3_int64)goal->seq);
        (void)sqlite3_bind_int64(stmt, 3, goal->at_ms);
        code = sqlite3_step(stmt);
    }
    *is_beyond = code == SQLITE_ROW && sqlite3_column_int(stmt, 0) != 0;
    (void)sqlite3_finalize(stmt);
    return code;
}

static enum err look(const char *path, const struct log_goal *goal, bool *within, struct problem *why)
{
    sqlite3 *db = NULL;
    bool is_beyond = false;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK)
        code = ask(db, goal, &is_beyond);
    (void)sqlite3_close(db);
    *within = !is_beyond;
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_CANTOPEN)
        return problem_set(why, (code & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_UNAVAILABLE, "The database that is put together cannot be looked at");
    return ERR_OK;
}

static enum err forget(int folder, struct problem *why)
{
    TRY(folder_remove(folder, S("vitrine.db-wal"), why));
    return folder_remove(folder, S("vitrine.db-shm"), why);
}

enum err log_try(int folder, str path, int images, uint32_t count, const struct log_goal *goal, bool *within, struct problem *why)
{
    int fd = -1;
    *within = false;
    TRY(forget(folder, why));
    TRY(folder_make(folder, S("vitrine.db-wal"), &fd, why));
    bool good = put_frames(fd, images, count);
    (void)close(fd);
    enum err e = good ? look(arena_cstr(why->arena, path), goal, within, why)
                      : problem_disk(why, "A log to look at cannot be written");
    TRY(forget(folder, why));
    return e;
}

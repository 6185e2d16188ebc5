#ifndef CONTENT_STORE_LOG_H
#define CONTENT_STORE_LOG_H
#include "content/store/engine.h"

/* The database's write-ahead log, read while others append to it (docs/decisions/0015-shipping-the-log.md).
 *
 * A hold is a reader that never lets the log begin anew before what is in it was read: SQLite itself keeps every process,
 * ours and others', from overwriting frames behind the oldest reader. It moves on by opening the next reader before it lets go
 * of the one it has. Two facts of SQLite's carry it ("WAL-mode File Format", 2.3.1): a reader that uses the log keeps it from
 * being begun anew; one that found all of it in the database already (its lock is number 0) keeps anything from being written
 * back. So behind a held snapshot the log begins anew at most once, and then from its first frame nothing is lost.
 *
 * One thread per hold; the engine outlives it. Writers wait for a hold only in log_pause. */
struct log_place {                    /* between two frames */
    uint8_t salt[8];                  /* of this log: it gets others when it begins anew */
    uint32_t frame;                   /* so many lie before */
    uint32_t sum[2];                  /* the running checksum over them */
};
struct log_now {
    struct log_place end;             /* of what is committed: not behind the snapshot that tells the rest */
    uint64_t seq;                     /* the journal's last entry; 0: there is none */
    int64_t at_ms;                    /* the youngest time of those that were asked for: times need not go as entries do */
};
struct log_frame {
    uint32_t page, size;              /* size: of the database in pages, when this frame ends a commit; else 0 */
    uint32_t index;                   /* its number in the log, from 1 */
    const uint8_t *bytes;             /* LOG_PAGE_BYTES, for the call */
};
#define LOG_PAGE_BYTES 8192u
typedef enum err log_see(void *self, const struct log_frame *f, struct problem *why);

struct log_hold;
/* From now on nothing is lost that is committed. */
NODISCARD enum err log_open(struct engine *e, struct log_hold **out, struct problem *why);
void log_close(struct log_hold *h);   /* lets go; NULL is fine */
/* Takes the next snapshot, beside the one that is held, and says where the log ends; at_ms: of the entries behind `after`. */
NODISCARD enum err log_look(struct log_hold *h, uint64_t after, struct log_now *now, struct problem *why);
void log_move(struct log_hold *h);    /* what log_look looked at is held, what was held before is let go */
/* Frames behind *from up to `end`, at most so many; *from is moved. A place in a log that began anew since is its beginning.
 * ERR_CONFLICT: what lies there is not what followed on that place: something is missing. */
NODISCARD enum err log_read(struct log_hold *h, struct log_place *from, const struct log_place *end, uint32_t most, log_see *see, void *self,
                            struct problem *why);
/* The page in frame `index` of the log that was read last. */
NODISCARD enum err log_page(struct log_hold *h, uint32_t index, uint8_t into[LOG_PAGE_BYTES], struct problem *why);
/* Files that entries behind `after` brought or mended, oldest first: their digests, which live for the call. */
typedef enum err log_file_see(void *self, uint64_t seq, str digest, struct problem *why);
NODISCARD enum err log_files(struct log_hold *h, uint64_t after, size_t most, log_file_see *see, void *self, struct problem *why);
/* Is `at` a place in the log that is there, with the same frames before it? Ask when the hold is open. Before the first frame
 * there are none to tell by: no. */
bool log_has(struct log_hold *h, const struct log_place *at);

/* So that the log begins anew: log_write_back puts most of it into the database while others write. Between log_pause and
 * log_resume no writer of this process does; when the rest was read and moved to, log_restart lets the next one begin anew. */
void log_write_back(struct log_hold *h);
void log_pause(struct log_hold *h);
void log_restart(struct log_hold *h);
void log_resume(struct log_hold *h);

/* A database file and frames that go on top of it, put there by hand: is its journal still at most where it shall be? Opens the
 * database and writes a log beside it, which is gone afterwards. A file that is torn between two states says yes: it is not far
 * enough. */
struct log_goal {
    uint64_t base;                    /* entries up to this one are not asked */
    uint64_t seq;                     /* no entry behind it … */
    int64_t at_ms;                    /* … and none that is younger */
};
#define LOG_IMAGE_BYTES (8u + LOG_PAGE_BYTES) /* of a frame of a log to be, in a file: page u32, size u32, the page */
NODISCARD enum err log_try(int folder, str path, int images, uint32_t count, const struct log_goal *goal, bool *within, struct problem *why);
#endif

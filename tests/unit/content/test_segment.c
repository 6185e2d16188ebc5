/* Pieces of the log: what was written in comes out, page by page, and nothing comes out of one that was touched. */
#include "base/limits.h"
#include "content/backup/rebuild.h"
#include "content/backup/segment.h"
#include "content/store/wal.h"
#include "tests/support/check.h"
#include "tests/support/master_key.h"
#include "tests/support/memory_source.h"
#include <stdlib.h>
#include <string.h>

#define PAGES 7u

struct bench {
    struct arena *arena;
    struct crypt *crypt;
    struct problem why;
    uint8_t pages[PAGES][LOG_PAGE_BYTES], frames[400][LOG_PAGE_BYTES];
    uint32_t numbers[400], sizes[400];
    size_t count;
};

static struct bench *open_bench(void)
{
    struct bench *b = calloc(1, sizeof *b);
    NEED(b != NULL);
    b->arena = arena_open(1u << 20);
    b->why = (struct problem){.arena = b->arena};
    b->crypt = master_key_new(b->arena);
    return b;
}

static void close_bench(struct bench *b)
{
    crypt_close(b->crypt);
    arena_close(b->arena);
    free(b);
}

/* Little changes, large ones, none, and a page that changes wholly. */
static void change(struct bench *b, struct segment_writer *w, unsigned dice)
{
    uint32_t page = dice % PAGES;
    size_t n = dice % 5 == 0 ? LOG_PAGE_BYTES : dice % 5 == 1 ? 0 : dice * 7919u % 900;
    for (size_t i = 0; i < n; i++)
        b->pages[page][(dice * 31 + i * (1 + dice % 3)) % LOG_PAGE_BYTES] = (uint8_t)(dice + i * dice);
    uint32_t had = segment_page(w->pages, page + 1)->index;
    memcpy(b->frames[b->count], b->pages[page], LOG_PAGE_BYTES);
    b->numbers[b->count] = page + 1;
    b->sizes[b->count] = dice % 3 == 0 ? 10 + dice : 0;
    const struct log_frame f = {page + 1, b->sizes[b->count], (uint32_t)b->count + 1, b->frames[b->count]};
    NEED(segment_add(w, &f, had ? b->frames[had - 1] : NULL));
    b->count++;
}

static str write_one(struct bench *b, struct segment *s)
{
    static const struct segment_file files[] = {{11, STR("sha256:aa")}, {12, STR("sha256:bb")}};
    struct segment_writer w;
    struct buf out;
    segment_begin(&w);
    b->count = 0;
    for (unsigned i = 0; i < 60; i++)
        change(b, &w, i * i + 3);
    *s = (struct segment){.strand = S("log-1"), .number = 12, .seq = 4711, .at_ms = 1764399600123, .files = files, .file_count = 2};
    memset(s->before, 7, sizeof s->before);
    str head = segment_head(b->arena, b->crypt, s, w.frames, w.commits, buf_str(&w.payload));
    buf_init(&out, b->arena, 2 * LIMIT_SHIP_SEGMENT_BYTES);
    buf_add(&out, head);
    buf_add(&out, buf_str(&w.payload));
    segment_end(&w);
    return buf_str(&out);
}

static enum err read_one(struct bench *b, str bytes, struct buf *memory, struct segment *out)
{
    struct memory from = {.source = {read_memory}, .at = bytes.at, .bytes = bytes.len, .most = 5000};
    b->why = (struct problem){.arena = b->arena};
    return segment_read(&from.source, b->crypt, b->arena, memory, out, &b->why);
}

static void what_is_written_is_read(void **state)
{
    struct bench *b = open_bench();
    struct segment wrote, s;
    struct segment_frame f;
    struct buf memory = {0};
    static uint8_t pages[PAGES][LOG_PAGE_BYTES];
    bool found = true;
    (void)state;
    str bytes = write_one(b, &wrote);
    CHECK(bytes.len < b->count * LOG_PAGE_BYTES);
    CHECK_PROBLEM(read_one(b, bytes, &memory, &s), ERR_OK, &b->why);
    CHECK_STR(s.strand, wrote.strand);
    CHECK_INT(s.number, 12);
    CHECK_INT(s.seq, 4711);
    CHECK_INT(s.at_ms, 1764399600123);
    CHECK_INT(s.frames, b->count);
    CHECK_INT(s.file_count, 2);
    CHECK_STR(s.files[1].digest, S("sha256:bb"));
    CHECK(memcmp(s.mac, wrote.mac, sizeof s.mac) == 0 && memcmp(s.before, wrote.before, sizeof s.before) == 0);
    for (size_t i = 0; i < b->count; i++) {
        CHECK_AT(i);
        CHECK_PROBLEM(segment_next(&s.payload, &f, &found, &b->why), ERR_OK, &b->why);
        NEED(found && f.page == b->numbers[i]);
        CHECK_INT(f.size, b->sizes[i]);
        CHECK_PROBLEM(segment_apply(&f, pages[f.page - 1], &b->why), ERR_OK, &b->why);
        CHECK(memcmp(pages[f.page - 1], b->frames[i], LOG_PAGE_BYTES) == 0);
    }
    CHECK_PROBLEM(segment_next(&s.payload, &f, &found, &b->why), ERR_OK, &b->why);
    CHECK(!found);
    buf_free(&memory);
    close_bench(b);
}

static void what_was_touched_is_refused(void **state)
{
    struct bench *b = open_bench(), *other = open_bench();
    struct segment wrote, s;
    (void)state;
    str bytes = write_one(b, &wrote);
    char *touched = (char *)(uintptr_t)arena_copy(b->arena, bytes).at;
    for (size_t i = 0; i < bytes.len; i += i < 900 ? 1 : 997) {
        struct buf memory = {0};
        CHECK_AT(i);
        touched[i] = (char)(touched[i] ^ (1 << i % 8));
        CHECK(read_one(b, (str){touched, bytes.len}, &memory, &s) != ERR_OK);
        touched[i] = bytes.at[i];
        buf_free(&memory);
        CHECK(read_one(b, (str){touched, i}, &memory, &s) != ERR_OK);
        buf_free(&memory);
    }
    struct buf memory = {0};
    CHECK_ERR(read_one(other, bytes, &memory, &s), ERR_BAD_INPUT);
    buf_free(&memory);
    close_bench(other);
    close_bench(b);
}

static void a_full_one_takes_no_more(void **state)
{
    struct segment_writer w;
    static uint8_t page[LOG_PAGE_BYTES];
    uint32_t n = 0;
    (void)state;
    segment_begin(&w);
    while (segment_add(&w, &(struct log_frame){n + 1, 1, n + 1, page}, NULL))
        n++;
    CHECK(w.payload.len <= LIMIT_SHIP_SEGMENT_BYTES && w.payload.len + LOG_PAGE_BYTES + 12 > LIMIT_SHIP_SEGMENT_BYTES);
    CHECK_INT(w.frames, n);
    segment_end(&w);
    segment_begin(&w);
    for (n = 0; segment_add(&w, &(struct log_frame){1, 1, n + 1, page}, n ? page : NULL); n++)
        ;
    CHECK_INT(n, LIMIT_SHIP_SEGMENT_FRAMES);
    segment_end(&w);
}

static void a_change_stays_in_its_page(void **state)
{
    struct bench *b = open_bench();
    static uint8_t page[LOG_PAGE_BYTES];
    static const str bad[] = {STR("\0"), STR("\0\0\0\x05"
                                             "abcd"),
                              STR("\x1f\xff\0\x02"
                                  "ab"),
                              STR("\xff\xff\0\x01"
                                  "a")};
    (void)state;
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        const struct segment_frame f = {1, 0, bad[i]};
        CHECK_AT(i);
        CHECK_ERR(segment_apply(&f, page, &b->why), ERR_BAD_INPUT);
    }
    close_bench(b);
}

static void names_say_what_is_in_them(void **state)
{
    struct rebuild_piece p;
    (void)state;
    CHECK(rebuild_piece_read(S("0000000012-4711-1764399600000.seg"), &p) && p.number == 12 && p.seq == 4711 && p.at_ms == 1764399600000);
    CHECK(rebuild_piece_read(S("0000000012-4711-1764399600000.seg.sealed"), &p));
    static const str bad[] = {STR(""), STR("12-4711.seg"), STR("12-4711-1.seg.files"), STR("x-1-1.seg"), STR("1-1-1.tar"), STR("making"), STR("base-1-vitrine")};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!rebuild_piece_read(bad[i], &p));
    }
}

/* The bytes of a log as SQLite writes them, header and one frame ("WAL-mode File Format", 4.1 to 4.3). */
static void a_log_is_read_as_it_is_written(void **state)
{
    struct wal_header h = {.page_bytes = LOG_PAGE_BYTES, .salt = "salted"}, read;
    static uint8_t at[WAL_HEADER_BYTES], frame[WAL_FRAME_BYTES + LOG_PAGE_BYTES];
    uint32_t sum[2], page = 0, size = 0;
    (void)state;
    wal_header_write(&h, at);
    CHECK(memcmp(at, "\x37\x7f\x06\x82\x00\x2d\xe2\x18\x00\x00\x20\x00", 12) == 0);
    NEED(wal_header_read(at, &read));
    CHECK(read.sum[0] == h.sum[0] && read.sum[1] == h.sum[1] && memcmp(read.salt, h.salt, 8) == 0);
    memset(frame + WAL_FRAME_BYTES, 9, LOG_PAGE_BYTES);
    memcpy(sum, h.sum, sizeof sum);
    wal_frame_write(&h, 3, 17, frame + WAL_FRAME_BYTES, sum, frame);
    memcpy(sum, h.sum, sizeof sum);
    CHECK(wal_frame_read(&read, frame, sum, &page, &size) && page == 3 && size == 17);
    for (size_t i = 0; i < sizeof frame; i += 37) {
        memcpy(sum, h.sum, sizeof sum);
        frame[i] ^= 4;
        CHECK_AT(i);
        CHECK(!wal_frame_read(&read, frame, sum, &page, &size));
        frame[i] ^= 4;
    }
    at[20] ^= 1;
    CHECK(!wal_header_read(at, &read));
}

CHECK_MAIN(TEST(what_is_written_is_read), TEST(what_was_touched_is_refused), TEST(a_full_one_takes_no_more), TEST(a_change_stays_in_its_page),
           TEST(names_say_what_is_in_them), TEST(a_log_is_read_as_it_is_written))

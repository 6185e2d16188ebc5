#include "content/backup/segment.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/store/wal.h"

#define TABLE (2u * LIMIT_SHIP_SEGMENT_FRAMES)
#define FRONT 12u                     /* of a frame */
#define RUN 4u                        /* in front of a run */
#define NEAR 8u                       /* runs that are no further apart are one */
#define DIGESTED S("vitrine segment\n")

/* ---- making one ---- */

struct segment_page *segment_pages(void)
{
    struct segment_page *pages = calloc(TABLE, sizeof *pages);
    must(pages != NULL);
    return pages;
}

void segment_pages_clear(struct segment_page *pages)
{
    memset(pages, 0, TABLE * sizeof *pages);
}

struct segment_page *segment_page(struct segment_page *pages, uint32_t page)
{
    size_t at = page * 2654435761u % TABLE;
    while (pages[at].page != 0 && pages[at].page != page)
        at = (at + 1) % TABLE;
    pages[at].page = page;
    return &pages[at];
}

void segment_begin(struct segment_writer *w)
{
    *w = (struct segment_writer){.pages = segment_pages()};
    buf_init(&w->payload, NULL, SIZE_MAX);
}

void segment_end(struct segment_writer *w)
{
    buf_free(&w->payload);
    free(w->pages);
    w->pages = NULL;
}

static void put_u16(struct buf *b, size_t n)
{
    buf_byte(b, (char)(n >> 8));
    buf_byte(b, (char)(n & 0xff));
}

/* The next run of bytes that differ: false when there is none from *at on. */
static bool next_run(const uint8_t *had, const uint8_t *is, size_t *at, size_t *end)
{
    size_t i = *at;
    while (i < LOG_PAGE_BYTES && had[i] == is[i])
        i += i % 8 == 0 && memcmp(had + i, is + i, 8) == 0 ? 8 : 1;
    if (i >= LOG_PAGE_BYTES)
        return false;
    *at = *end = i;
    for (size_t k = i; k < LOG_PAGE_BYTES && k - *end <= NEAR; k++)
        if (had[k] != is[k])
            *end = k + 1;
    return true;
}

static void add_runs(struct buf *b, const uint8_t *had, const uint8_t *is)
{
    size_t at = 0, end = 0, begin = b->len;
    while (b->len - begin < LOG_PAGE_BYTES && next_run(had, is, &at, &end)) {
        put_u16(b, at);
        put_u16(b, end - at);
        buf_add(b, (str){(const char *)is + at, end - at});
        at = end;
    }
}

bool segment_add(struct segment_writer *w, const struct log_frame *f, const uint8_t *had)
{
    uint8_t front[FRONT] = {0};
    size_t begin = w->payload.len;
    if (w->frames == LIMIT_SHIP_SEGMENT_FRAMES || begin + FRONT + LOG_PAGE_BYTES > LIMIT_SHIP_SEGMENT_BYTES)
        return false;
    buf_add(&w->payload, (str){(const char *)front, sizeof front});
    if (had)
        add_runs(&w->payload, had, f->bytes);
    if (!had || w->payload.len - begin - FRONT >= LOG_PAGE_BYTES) {
        buf_truncate(&w->payload, begin + FRONT);
        buf_add(&w->payload, (str){(const char *)f->bytes, LOG_PAGE_BYTES});
    }
    wal_put_u32(front, f->page);
    wal_put_u32(front + 4, f->size);
    wal_put_u32(front + 8, (uint32_t)(w->payload.len - begin - FRONT));
    memcpy(w->payload.at + begin, front, sizeof front);
    segment_page(w->pages, f->page)->index = f->index;
    w->frames++;
    w->commits += f->size > 0;
    return true;
}

static void write_hex(struct json_writer *w, struct arena *a, str name, const uint8_t *bytes)
{
    struct buf b;
    buf_init(&b, a, 2 * DIGEST_BYTES + 1);
    buf_hex(&b, bytes, DIGEST_BYTES);
    json_name(w, name);
    json_text(w, buf_str(&b));
}

static void write_files(struct json_writer *w, const struct segment *s)
{
    json_name(w, S("files"));
    json_list_open(w);
    for (size_t i = 0; i < s->file_count; i++) {
        json_list_open(w);
        json_uint(w, s->files[i].seq);
        json_text(w, s->files[i].digest);
        json_list_close(w);
    }
    json_list_close(w);
}

static str write_line(struct arena *a, const struct segment *s, uint32_t frames, uint32_t commits, str payload)
{
    struct buf b, at;
    struct json_writer w;
    buf_init(&b, a, LIMIT_SHIP_HEADER_BYTES);
    buf_init(&at, a, 64);
    time_write(&at, s->at_ms);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("format"));
    json_int(&w, SEGMENT_FORMAT);
    json_name(&w, S("strand"));
    json_text(&w, s->strand);
    json_name(&w, S("number"));
    json_uint(&w, s->number);
    write_hex(&w, a, S("before"), s->before);
    json_name(&w, S("frames"));
    json_uint(&w, frames);
    json_name(&w, S("commits"));
    json_uint(&w, commits);
    json_name(&w, S("bytes"));
    json_uint(&w, payload.len);
    json_name(&w, S("sha256"));
    json_text(&w, digest_hex(a, DIGEST_SHA256, payload));
    json_name(&w, S("seq"));
    json_uint(&w, s->seq);
    json_name(&w, S("at"));
    json_text(&w, buf_str(&at));
    write_files(&w, s);
    json_map_close(&w);
    json_end(&w);
    must(!b.failed);
    return buf_str(&b);
}

static void digest_line(const struct crypt *crypt, str line, uint8_t out[DIGEST_BYTES])
{
    const str parts[] = {DIGESTED, line};
    crypt_digest_parts(crypt, CRYPT_BACKUP, parts, COUNTOF(parts), out);
}

str segment_head(struct arena *a, const struct crypt *crypt, struct segment *s, uint32_t frames, uint32_t commits, str payload)
{
    str line = write_line(a, s, frames, commits, payload);
    struct buf b;
    buf_init(&b, a, LIMIT_SHIP_HEADER_BYTES + 2 * DIGEST_BYTES + 2);
    digest_line(crypt, line, s->mac);
    buf_add(&b, line);
    buf_byte(&b, '\n');
    buf_hex(&b, s->mac, sizeof s->mac);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

/* ---- reading one ---- */

static enum err damaged(struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "This piece of the log is damaged, cut off, or of another master key");
}

static enum err read_whole(struct tar_source *from, struct buf *memory, struct problem *why)
{
    size_t got = 1;
    while (got > 0) {
        char *room = buf_room(memory, 65536);
        if (!room)
            return damaged(why);
        TRY(from->read(from, room, 65536, &got, why));
        memory->len += got;
    }
    return ERR_OK;
}

static bool take_digest(const struct json *v, struct arena *a, uint8_t out[DIGEST_BYTES])
{
    str bytes = {0};
    bool good = v && v->type == JSON_TEXT && hex_decode(a, v->text, &bytes) && bytes.len == DIGEST_BYTES;
    if (good)
        memcpy(out, bytes.at, DIGEST_BYTES);
    return good;
}

static bool take_number(const struct json *map, str name, uint64_t most, uint64_t *out)
{
    const struct json *v = json_get(map, name);
    bool good = v && v->type == JSON_INT && v->integer >= 0 && (uint64_t)v->integer <= most;
    *out = good ? (uint64_t)v->integer : 0;
    return good;
}

static bool take_files(const struct json *list, struct arena *a, struct segment *out)
{
    if (!list || list->type != JSON_LIST || list->count > LIMIT_SHIP_FILES)
        return false;
    struct segment_file *files = NEW_N(a, struct segment_file, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *f = &list->items[i];
        if (f->type != JSON_LIST || f->count != 2 || f->items[0].type != JSON_INT || f->items[1].type != JSON_TEXT)
            return false;
        files[i] = (struct segment_file){(uint64_t)f->items[0].integer, f->items[1].text};
    }
    out->files = files;
    out->file_count = list->count;
    return true;
}

static bool take_line(const struct json *map, struct arena *a, struct segment *out)
{
    const struct json *strand = json_get(map, S("strand")), *at = json_get(map, S("at")), *sum = json_get(map, S("sha256"));
    uint64_t frames = 0, commits = 0, bytes = 0;
    if (!strand || strand->type != JSON_TEXT || !at || at->type != JSON_TEXT || !sum || sum->type != JSON_TEXT ||
        !take_number(map, S("number"), INT64_MAX, &out->number) || !take_number(map, S("frames"), UINT32_MAX, &frames) ||
        !take_number(map, S("commits"), UINT32_MAX, &commits) || !take_number(map, S("bytes"), SIZE_MAX, &bytes) ||
        !take_number(map, S("seq"), INT64_MAX, &out->seq) || !time_read(at->text, &out->at_ms) ||
        !take_digest(json_get(map, S("before")), a, out->before) || !take_files(json_get(map, S("files")), a, out))
        return false;
    out->strand = strand->text;
    out->frames = (uint32_t)frames;
    out->commits = (uint32_t)commits;
    return out->payload.len == bytes && str_equal(sum->text, digest_hex(a, DIGEST_SHA256, out->payload));
}

enum err segment_read(struct tar_source *from, const struct crypt *crypt, struct arena *a, struct buf *memory, struct segment *out,
                      struct problem *why)
{
    const struct json_options options = {.count_max = 4 * LIMIT_SHIP_FILES + 100};
    const struct json *map = NULL;
    struct problem quiet = {.arena = a};
    str line = {0}, rest = {0}, mac = {0};
    struct buf own;
    buf_init(&own, a, 2 * DIGEST_BYTES + 1);
    buf_init(memory, NULL, LIMIT_SHIP_HEADER_BYTES + LIMIT_SHIP_SEGMENT_BYTES + (128u << 10));
    *out = (struct segment){.number = 0};
    TRY(read_whole(from, memory, why));
    if (!str_cut(buf_str(memory), '\n', &line, &rest) || !str_cut(rest, '\n', &mac, &out->payload))
        return damaged(why);
    digest_line(crypt, line, out->mac);
    buf_hex(&own, out->mac, sizeof out->mac);
    if (mac.len != own.len || !crypt_equal(mac.at, own.at, own.len))
        return damaged(why);
    if (json_read(a, arena_copy(a, line), &options, S("segment"), &map, &quiet) != ERR_OK || map->type != JSON_MAP)
        return damaged(why);
    const struct json *format = json_get(map, S("format"));
    if (format && format->type == JSON_INT && format->integer > SEGMENT_FORMAT)
        return problem_set(why, ERR_INVALID, "This piece of the log was made by a newer version of Vitrine");
    return take_line(map, a, out) ? ERR_OK : damaged(why);
}

enum err segment_next(str *at, struct segment_frame *out, bool *found, struct problem *why)
{
    *found = at->len > 0;
    *out = (struct segment_frame){.page = 0};
    if (!*found)
        return ERR_OK;
    if (at->len < FRONT)
        return damaged(why);
    const uint8_t *front = (const uint8_t *)at->at;
    uint32_t length = wal_u32(front + 8);
    *out = (struct segment_frame){wal_u32(front), wal_u32(front + 4), {0}};
    if (out->page == 0 || length > LOG_PAGE_BYTES || length > at->len - FRONT)
        return damaged(why);
    out->change = str_slice(*at, FRONT, FRONT + length);
    *at = str_slice(*at, FRONT + length, at->len);
    return ERR_OK;
}

static size_t u16_at(const char *at)
{
    const uint8_t *b = (const uint8_t *)at;
    return (size_t)b[0] << 8 | b[1];
}

enum err segment_apply(const struct segment_frame *f, uint8_t page[LOG_PAGE_BYTES], struct problem *why)
{
    str left = f->change;
    if (left.len == LOG_PAGE_BYTES) {
        memcpy(page, left.at, LOG_PAGE_BYTES);
        return ERR_OK;
    }
    while (left.len > 0) {
        if (left.len < RUN)
            return damaged(why);
        size_t at = u16_at(left.at), n = u16_at(left.at + 2);
        if (n > left.len - RUN || at + n > LOG_PAGE_BYTES)
            return damaged(why);
        memcpy(page + at, left.at + RUN, n);
        left = str_slice(left, RUN + n, left.len);
    }
    return ERR_OK;
}

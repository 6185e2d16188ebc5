/* Where shipping stands, on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/folder.h"
#include "content/backup/ship_parts.h"

#define STATE_BYTES 4096u
#define MAKING "state.making"

struct stated {                       /* as it stands in the file */
    str strand, mac, salt, key, lock, closed;
    int64_t number, frame, sum0, sum1, seq, files_to, at_ms;
};
static const struct json_want wants[] = {
    {STR("strand"), JSON_TEXT, TAKE_STR, offsetof(struct stated, strand), WANT_REQUIRED},
    {STR("number"), JSON_INT, TAKE_I64, offsetof(struct stated, number), WANT_REQUIRED},
    {STR("mac"), JSON_TEXT, TAKE_STR, offsetof(struct stated, mac), WANT_REQUIRED},
    {STR("salt"), JSON_TEXT, TAKE_STR, offsetof(struct stated, salt), WANT_REQUIRED},
    {STR("frame"), JSON_INT, TAKE_I64, offsetof(struct stated, frame), WANT_REQUIRED},
    {STR("sum0"), JSON_INT, TAKE_I64, offsetof(struct stated, sum0), WANT_REQUIRED},
    {STR("sum1"), JSON_INT, TAKE_I64, offsetof(struct stated, sum1), WANT_REQUIRED},
    {STR("seq"), JSON_INT, TAKE_I64, offsetof(struct stated, seq), WANT_REQUIRED},
    {STR("files_to"), JSON_INT, TAKE_I64, offsetof(struct stated, files_to), WANT_REQUIRED},
    {STR("at_ms"), JSON_INT, TAKE_I64, offsetof(struct stated, at_ms), WANT_REQUIRED},
    {STR("key"), JSON_TEXT, TAKE_STR, offsetof(struct stated, key), WANT_REQUIRED},
    {STR("lock"), JSON_TEXT, TAKE_STR, offsetof(struct stated, lock), WANT_REQUIRED},
    {STR("closed"), JSON_TEXT, TAKE_STR, offsetof(struct stated, closed), WANT_REQUIRED},
};

static bool take_text(str from, char *into, size_t room)
{
    if (from.len >= room)
        return false;
    memcpy(into, from.at, from.len);
    into[from.len] = 0;
    return true;
}

static bool take_bytes(struct arena *a, str hex, uint8_t *into, size_t n)
{
    str bytes = {0};
    if (!hex_decode(a, hex, &bytes) || bytes.len != n)
        return false;
    memcpy(into, bytes.at, n);
    return true;
}

static bool take_all(struct arena *a, const struct stated *s, struct ship_state *out)
{
    *out = (struct ship_state){.number = (uint64_t)s->number, .seq = (uint64_t)s->seq, .files_to = (uint64_t)s->files_to, .at_ms = s->at_ms};
    out->place.frame = (uint32_t)s->frame;
    out->place.sum[0] = (uint32_t)s->sum0;
    out->place.sum[1] = (uint32_t)s->sum1;
    return take_text(s->strand, out->strand, sizeof out->strand) && take_text(s->key, out->key, sizeof out->key) &&
           take_text(s->lock, out->lock, sizeof out->lock) && take_text(s->closed, out->closed, sizeof out->closed) &&
           take_bytes(a, s->mac, out->mac, sizeof out->mac) && take_bytes(a, s->salt, out->place.salt, sizeof out->place.salt);
}

enum err ship_state_read(int folder, struct ship_state *out, struct problem *why)
{
    const struct json *map = NULL;
    struct stated s = {.number = 0};
    str text;
    *out = (struct ship_state){.strand = ""};
    TRY(folder_read(folder, S(SHIP_STATE), STATE_BYTES, why->arena, &text, why));
    TRY(json_read(why->arena, text, NULL, S(SHIP_STATE), &map, why));
    TRY(json_take(map, wants, COUNTOF(wants), &s, why));
    if (take_all(why->arena, &s, out))
        return ERR_OK;
    *out = (struct ship_state){.strand = ""};
    return problem_set(why, ERR_BAD_INPUT, "Where shipping stands cannot be read");
}

static str hex_of(struct arena *a, const uint8_t *bytes, size_t n)
{
    struct buf b;
    buf_init(&b, a, 2 * n + 1);
    buf_hex(&b, bytes, n);
    return buf_str(&b);
}

enum err ship_state_write(int folder, const struct ship_state *s, struct problem *why)
{
    struct arena *a = why->arena;
    const struct json members[] = {
        json_named(S("strand"), json_of_text(str_of(s->strand))),
        json_named(S("number"), json_of_int((int64_t)s->number)),
        json_named(S("mac"), json_of_text(hex_of(a, s->mac, sizeof s->mac))),
        json_named(S("salt"), json_of_text(hex_of(a, s->place.salt, sizeof s->place.salt))),
        json_named(S("frame"), json_of_int(s->place.frame)),
        json_named(S("sum0"), json_of_int(s->place.sum[0])),
        json_named(S("sum1"), json_of_int(s->place.sum[1])),
        json_named(S("seq"), json_of_int((int64_t)s->seq)),
        json_named(S("files_to"), json_of_int((int64_t)s->files_to)),
        json_named(S("at_ms"), json_of_int(s->at_ms)),
        json_named(S("key"), json_of_text(str_of(s->key))),
        json_named(S("lock"), json_of_text(str_of(s->lock))),
        json_named(S("closed"), json_of_text(str_of(s->closed))),
    };
    const struct json all = json_of_map(members, COUNTOF(members));
    TRY(folder_remove(folder, S(MAKING), why));
    TRY(folder_write(folder, S(MAKING), json_print(a, &all), why));
    if (renameat(folder, MAKING, folder, SHIP_STATE) != 0 || fsync(folder) != 0)
        return problem_disk(why, "Where shipping stands cannot be kept");
    return ERR_OK;
}

/* No write to the database's file leaves all of these as they were. */
void ship_identity(int data, bool is_closed, char out[160])
{
    struct stat st, log;
    out[0] = 0;
    bool has_log = fstatat(data, "vitrine.db-wal", &log, AT_SYMLINK_NOFOLLOW) == 0 && log.st_size > 0;
    if ((is_closed && has_log) || fstatat(data, "vitrine.db", &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    (void)snprintf(out, 160, "%llu %lld %lld.%09ld %lld.%09ld", (unsigned long long)st.st_ino, (long long)st.st_size,
                   (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

void ship_where(int data, struct arena *a, str *strand, uint64_t *number)
{
    struct ship_state s = {.strand = ""};
    struct problem quiet = {.arena = a};
    int folder = folder_open_in(data, S(SHIP_FOLDER));
    if (folder >= 0) {
        err_ignored(ship_state_read(folder, &s, &quiet));
        (void)close(folder);
    }
    *strand = arena_copy(a, str_of(s.strand));
    *number = s.number;
}

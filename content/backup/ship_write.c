/* Segments on their way out, as files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/backup/ship_parts.h"

#define MAKING "making"

static enum err failed(struct problem *why)
{
    return problem_disk(why, "What is shipped cannot be written");
}

/* Bytes under a name, in clear or sealed: not there, or whole and synced. */
static enum err write_sealed(FILE *to, const struct file_lock *lock, const str *parts, size_t count, struct problem *why)
{
    FILE *sealed = NULL;
    bool good = true;
    TRY(file_seal(to, lock, &sealed, why));
    for (size_t i = 0; i < count; i++)
        good = fwrite(parts[i].at, 1, parts[i].len, sealed) == parts[i].len && good;
    return fclose(sealed) == 0 && good ? ERR_OK : failed(why);
}

static enum err write_parts(int fd, const struct file_lock *lock, const str *parts, size_t count, struct problem *why)
{
    FILE *to = fdopen(fd, "w");
    bool is_sealed = !str_is_absent(lock->passphrase) || !str_is_absent(lock->public_key), good = true;
    must(to != NULL);
    enum err e = is_sealed ? write_sealed(to, lock, parts, count, why) : ERR_OK;
    for (size_t i = 0; !is_sealed && i < count; i++)
        good = fwrite(parts[i].at, 1, parts[i].len, to) == parts[i].len && good;
    good = fflush(to) == 0 && fsync(fd) == 0 && good;
    if (e == ERR_OK && !good)
        e = failed(why);
    (void)fclose(to);
    return e;
}

static enum err put(struct ship *s, const char *name, const struct file_lock *lock, const str *parts, size_t count, struct problem *why)
{
    int fd = -1, folder = folder_open_in(s->folder, str_of(s->state.strand));
    if (folder < 0)
        return failed(why);
    enum err e = folder_remove(folder, S(MAKING), why);
    if (e == ERR_OK)
        e = folder_make(folder, S(MAKING), &fd, why);
    if (e == ERR_OK)
        e = write_parts(fd, lock, parts, count, why);
    if (e == ERR_OK && (renameat(folder, MAKING, folder, name) != 0 || fsync(folder) != 0))
        e = failed(why);
    (void)close(folder);
    return e;
}

/* ---- strands ---- */

void ship_lock_digest(const struct ship *s, char out[2 * DIGEST_BYTES + 1])
{
    const struct file_lock *lock = &s->config.lock;
    const str parts[] = {S("vitrine shipping\n"), str_is_absent(lock->public_key) ? S("") : lock->public_key, S("\n"),
                         str_is_absent(lock->passphrase) ? S("") : lock->passphrase};
    uint8_t digest[DIGEST_BYTES];
    struct arena *a = arena_open(1024);
    struct buf b;
    crypt_digest_parts(s->content->crypt, CRYPT_BACKUP, parts, COUNTOF(parts), digest);
    buf_init(&b, a, 2 * DIGEST_BYTES + 1);
    buf_hex(&b, digest, sizeof digest);
    memcpy(out, b.at, 2 * DIGEST_BYTES);
    out[2 * DIGEST_BYTES] = 0;
    arena_close(a);
}

static enum err put_public(struct ship *s, struct problem *why)
{
    const struct file_lock clear = {0};
    str public = str_of(s->state.key);
    return put(s, SHIP_PUBLIC, &clear, &public, 1, why);
}

/* A passphrase costs a second each time: once per strand it seals the secret half of a pair, whose public half seals the rest. */
static enum err make_key(struct ship *s, struct problem *why)
{
    const struct file_lock lock = {.passphrase = s->config.lock.passphrase};
    str public, secret;
    if (!str_is_absent(s->config.lock.public_key)) {
        must(s->config.lock.public_key.len < sizeof s->state.key);
        memcpy(s->state.key, s->config.lock.public_key.at, s->config.lock.public_key.len);
        return put_public(s, why);
    }
    if (str_is_absent(lock.passphrase))
        return ERR_OK;
    file_keys_make(why->arena, &public, &secret);
    must(public.len < sizeof s->state.key);
    memcpy(s->state.key, public.at, public.len);
    enum err e = put(s, SHIP_KEY, &lock, &secret, 1, why);
    crypt_wipe((void *)(uintptr_t)secret.at, secret.len);
    return e == ERR_OK ? put_public(s, why) : e;
}

enum err ship_strand_begin(struct ship *s, struct problem *why)
{
    str stamp = time_stamp(why->arena, time_now_ms());
    uint8_t some[4];
    int fd = -1;
    crypt_random(some, sizeof some);
    s->state = (struct ship_state){.strand = ""};
    (void)snprintf(s->state.strand, sizeof s->state.strand, SHIP_STRAND_FRONT STR_FMT "-%02x%02x%02x%02x", STR_ARG(stamp), some[0],
                   some[1], some[2], some[3]);
    str keep = arena_format(why->arena, "%s/%s", s->state.strand, MAKING);
    TRY(folder_make(s->folder, keep, &fd, why)); /* and the folder */
    (void)close(fd);
    ship_lock_digest(s, s->state.lock);
    return make_key(s, why);
}

/* ---- segments ---- */

str ship_file_name(struct arena *a, const struct crypt *crypt, const struct segment_file *f)
{
    const str parts[] = {S("vitrine file\n"), f->digest};
    uint8_t digest[DIGEST_BYTES];
    struct buf b;
    crypt_digest_parts(crypt, CRYPT_BACKUP, parts, COUNTOF(parts), digest);
    buf_init(&b, a, 128);
    buf_format(&b, SHIP_FILE_FRONT "%010llu-", (unsigned long long)f->seq);
    buf_hex(&b, digest, sizeof digest);
    return buf_str(&b);
}

static str list_files(struct arena *a, const struct crypt *crypt, const struct segment *head)
{
    struct buf b;
    buf_init(&b, a, 2 * LIMIT_SHIP_HEADER_BYTES);
    for (size_t i = 0; i < head->file_count; i++)
        buf_format(&b, "%llu " STR_FMT " " STR_FMT "\n", (unsigned long long)head->files[i].seq, STR_ARG(head->files[i].digest),
                   STR_ARG(ship_file_name(a, crypt, &head->files[i])));
    return buf_str(&b);
}

/* What was left of a segment that the state does not know of: it is made again. */
static enum err drop_unknown(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    const struct ship *s = self;
    uint64_t number = 0;
    str front, rest;
    (void)size;
    if (str_starts(path, S("key.")) || (str_cut(path, '-', &front, &rest) && str_to_u64(front, INT64_MAX, &number) && number <= s->state.number))
        return ERR_OK;
    return folder_remove(folder, path, why);
}

/* A segment that was half written, or is not in the state, is made again, maybe longer and under another name. */
static enum err tidy_up(struct ship *s, struct problem *why)
{
    int fd = -1, folder = folder_open_in(s->folder, str_of(s->state.strand));
    if (folder < 0 && errno == ENOENT) { /* nothing waits of a strand that goes on */
        TRY(folder_make(s->folder, arena_format(why->arena, "%s/%s", s->state.strand, MAKING), &fd, why));
        (void)close(fd);
        folder = folder_open_in(s->folder, str_of(s->state.strand));
    }
    if (folder < 0)
        return failed(why);
    enum err e = folder_each(folder, drop_unknown, s, why);
    if (e == ERR_OK && s->state.key[0] && faccessat(folder, SHIP_PUBLIC, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        e = put_public(s, why); /* without it files would go in clear */
    (void)close(folder);
    s->is_untidy = e != ERR_OK;
    return e;
}

/* It may have failed behind the renaming: then whoever looks (carriers, backups) sees it, and it counts. */
static bool is_stated(const struct ship *s, const struct ship_state *next, struct arena *a)
{
    struct ship_state there;
    struct problem quiet = {.arena = a};
    return ship_state_read(s->folder, &there, &quiet) == ERR_OK && there.number == next->number && strcmp(there.strand, next->strand) == 0 &&
           memcmp(there.mac, next->mac, sizeof there.mac) == 0;
}

static enum err write_next(struct ship *s, struct segment *head, const struct segment_writer *w, const struct log_place *end, struct problem *why)
{
    const struct file_lock clear = {0}, lock = {.public_key = s->state.key[0] ? str_of(s->state.key) : (str){0}};
    struct ship_state next = s->state;
    char name[112], files[120];
    head->strand = str_of(s->state.strand);
    head->number = s->state.number + 1;
    memcpy(head->before, s->state.mac, sizeof head->before);
    str payload = buf_str(&w->payload);
    const str parts[] = {segment_head(why->arena, s->content->crypt, head, w->frames, w->commits, payload), payload};
    (void)snprintf(name, sizeof name, "%010llu-%llu-%lld" SHIP_SEGMENT "%s", (unsigned long long)head->number, (unsigned long long)head->seq,
                   (long long)head->at_ms, s->state.key[0] ? SHIP_SEALED : "");
    (void)snprintf(files, sizeof files, "%s" SHIP_FILES, name);
    if (head->file_count > 0) {
        str list = list_files(why->arena, s->content->crypt, head);
        TRY(put(s, files, &clear, &list, 1, why));
    }
    TRY(put(s, name, &lock, parts, COUNTOF(parts), why));
    next.number = head->number;
    memcpy(next.mac, head->mac, sizeof next.mac);
    next.place = *end;
    next.seq = head->seq;
    next.at_ms = head->at_ms;
    if (head->file_count > 0)
        next.files_to = head->files[head->file_count - 1].seq;
    next.closed[0] = 0;
    enum err e = ship_state_write(s->folder, &next, why);
    if (e == ERR_OK || is_stated(s, &next, why->arena))
        s->state = next;
    return e;
}

enum err ship_write(struct ship *s, struct segment *head, const struct segment_writer *w, const struct log_place *end, struct problem *why)
{
    if (s->is_untidy)
        TRY(tidy_up(s, why));
    enum err e = write_next(s, head, w, end, why);
    s->is_untidy = e != ERR_OK;
    return e;
}

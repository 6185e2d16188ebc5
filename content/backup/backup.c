/* A backup, step by step: the database first, then the files that this copy refers to, then a look at all of it, and in the
 * end the manifest, which is what makes it one. */
#include "content/backup/backup.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/time.h"
#include "content/backup/ship.h"
#include "content/bytes/bytes.h"
#include "content/internal.h"
#include "content/journal/checkpoint.h"

#define REST_NS 500000 /* between two steps: about a third of the time that one takes */

struct making {
    struct content *content;
    const struct backup_wish *wish;
    int folder;
    struct content *copy;             /* the new database, read-only */
    struct backup_manifest *out;
};

static enum err rest(void *self, struct problem *why)
{
    const struct timespec moment = {.tv_nsec = REST_NS};
    const struct making *m = self;
    (void)nanosleep(&moment, NULL);
    if (m->wish->stop && atomic_load(m->wish->stop))
        return problem_set(why, ERR_UNAVAILABLE, "The backup was told to stop");
    return ERR_OK;
}

/* What is not there is judged when the backup is looked at. */
static enum err put_blob(void *self, struct work *w, const struct json *row, struct problem *why)
{
    struct making *m = self;
    str digest = json_get(row, S("digest"))->text;
    struct problem own = {.arena = w->arena};
    struct blob_reader *r = NULL;
    if (m->wish->stop && atomic_load(m->wish->stop))
        return problem_set(why, ERR_UNAVAILABLE, "The backup was told to stop");
    enum err e = blob_open(m->content->blobs, digest, &r, &own);
    if (e == ERR_OK)
        e = folder_put(m->folder, blob_path(w->arena, digest), blob_file(r), m->wish->may_link, m->wish->stop, &own);
    blob_close(r);
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

static enum err open_copy(struct making *m, struct problem *why)
{
    const struct content_config config = {
        .directory = m->wish->into,
        .engine = m->content->ops,
        .crypt = m->content->crypt,
        .keys = m->content->keys,
        .pki_url = m->content->pki_url,
        .registry = &m->content->registry,
        .read_only = true,
        .stop = m->wish->stop,
    };
    return content_open(&config, &m->copy, why);
}

/* Held from before the moment of the copy until all files are there: what a sweep takes away meanwhile is only what this
 * database does not refer to any more, so nothing. */
static enum err take_all(struct making *m, struct problem *why)
{
    const struct engine_pause pause = {rest, m};
    int fd;
    TRY(folder_make(m->folder, S("blobs/.keep"), &fd, why));
    (void)close(fd);
    m->out->made_ms = time_now_ms();
    ship_where(blobs_directory(m->content->blobs), why->arena, &m->out->strand, &m->out->segment);
    TRY(m->content->ops->copy(m->content->engine, m->wish->into, &pause, why));
    TRY(open_copy(m, why));
    return blob_rows_each(m->copy, put_blob, m, why);
}

static enum err take_held(struct making *m, struct problem *why)
{
    int held = -1;
    TRY(blobs_hold(m->content->blobs, &held, why));
    enum err e = take_all(m, why);
    (void)close(held);
    return e;
}

/* ---- looking at it ---- */

static enum err check_files(struct content *c, const _Atomic(bool) *stop, const struct journal_watch *watch, struct sweep_figures *out,
                            struct problem *why)
{
    const struct blob_look how = {.forgives = true, .stop = stop};
    return content_check_blobs(c, &how, watch, out, why);
}

enum err content_backup_check(struct content *c, const struct journal_watch *watch, struct journal_proof *proof,
                              struct sweep_figures *files, struct problem *why)
{
    enum err e = content_check(c, watch, proof, why);
    if (e != ERR_OK && e != ERR_CONFLICT)
        return e;
    enum err of_files = check_files(c, NULL, watch, files, why);
    return e == ERR_OK ? of_files : e;
}

str content_site(struct content *c, struct arena *a)
{
    str id, public_key;
    checkpoint_key(c, &id, &public_key, a);
    return id;
}

static str hex_of(struct arena *a, const void *bytes, size_t n)
{
    struct buf b;
    buf_init(&b, a, 2 * n + 1);
    buf_hex(&b, bytes, n);
    return buf_str(&b);
}

static enum err look_at_copy(struct making *m, struct problem *why)
{
    struct journal_proof proof;
    struct sweep_figures files;
    enum err e = content_check(m->copy, NULL, &proof, why);
    if (e != ERR_OK && e != ERR_CONFLICT)
        return e;
    enum err of_files = check_files(m->copy, m->wish->stop, NULL, &files, why);
    TRY(e != ERR_OK ? e : of_files);
    m->out->first = proof.first;
    m->out->last = proof.last;
    m->out->entries = proof.entries;
    m->out->mac = hex_of(why->arena, proof.mac, sizeof proof.mac);
    m->out->key = proof.key;
    m->out->blobs = files.kept;
    m->out->blob_bytes = files.bytes;
    m->out->damaged = files.damaged;
    return ERR_OK;
}

static enum err count_items(struct making *m, const struct model *model, struct problem *why)
{
    struct backup_count *counts = NEW_N(why->arena, struct backup_count, model->collection_count);
    struct actor actor = {.is_server = true};
    struct txn *t = NULL;
    enum err e = ERR_OK;
    TRY(m->copy->ops->begin(m->copy->engine, TXN_READ, &t, why));
    struct work w = {.content = m->copy, .txn = t, .arena = why->arena, .model = model, .actor = &actor};
    for (size_t i = 0; e == ERR_OK && i < model->collection_count; i++) {
        const struct collection *c = model->collections[i];
        struct query q = {.from = c, .count = COUNT_ONLY, .limit = 1};
        struct backup_count *count = &counts[m->out->count];
        if (c->read_only)
            continue;
        count->collection = arena_copy(why->arena, c->name);
        e = count_server(&w, &q, &count->items, why);
        m->out->count++;
    }
    m->out->counts = counts;
    m->copy->ops->abandon(t);
    return e;
}

static enum err judge(struct making *m, struct problem *why)
{
    const struct model *model = content_model(m->copy);
    enum err e = look_at_copy(m, why);
    if (e == ERR_OK)
        e = count_items(m, model, why);
    counted_release((struct counted *)(uintptr_t)&model->counted);
    return e;
}

/* ---- the end ---- */

/* Reading the copy left an empty log and an index of it behind. */
static enum err tidy_up(const struct making *m, struct problem *why)
{
    static const str names[] = {STR(BACKUP_DATABASE "-wal"), STR(BACKUP_DATABASE "-shm"), STR("blobs/.keep")};
    for (size_t i = 0; i < COUNTOF(names); i++)
        TRY(folder_remove(m->folder, names[i], why));
    return ERR_OK;
}

static enum err digest_database(const struct making *m, struct problem *why)
{
    int fd = -1;
    TRY(folder_file(m->folder, S(BACKUP_DATABASE), &fd, why));
    enum err e = file_digest(fd, m->wish->stop, why->arena, &m->out->database_digest, &m->out->database_bytes, why);
    (void)close(fd);
    return e;
}

static enum err conclude(const struct making *m, struct problem *why)
{
    TRY(tidy_up(m, why));
    TRY(digest_database(m, why));
    m->out->program = m->wish->program;
    str text = backup_manifest_write(why->arena, m->out);
    TRY(folder_write(m->folder, S(BACKUP_SEAL), backup_manifest_seal(why->arena, m->content->crypt, text), why));
    TRY(folder_write(m->folder, S(BACKUP_MANIFEST), text, why));
    return folder_sync(m->folder, why);
}

enum err content_backup(struct content *c, const struct backup_wish *wish, struct backup_manifest *out, struct problem *why)
{
    struct making m = {.content = c, .wish = wish, .folder = folder_open(arena_cstr(why->arena, wish->into)), .out = out};
    *out = (struct backup_manifest){0};
    if (m.folder < 0)
        return problem_set(why, ERR_UNAVAILABLE, STR_FMT ": %s", STR_ARG(wish->into), strerror(errno));
    enum err e = take_held(&m, why);
    if (e == ERR_OK)
        e = judge(&m, why);
    content_close(m.copy);
    if (e == ERR_OK)
        e = conclude(&m, why);
    (void)close(m.folder);
    return e;
}

#include "server/restore.h"

#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "server/data.h"
#include "server/restore_log.h"

#define FETCHED "backup.fetched"

struct restoring {
    const struct restore_options *o;
    struct arena *arena;
    struct target *target;            /* where backups lie; NULL: one backup was named */
    str path, name;                   /* of the backup */
    int data, stage;                  /* the data directory; where the backup is unpacked, in it */
    struct crypt *crypt;
    bool is_reached;                  /* the log goes on behind the moment */
    uint64_t next_seq;                /* of the first backup that is too young; 0: none is */
    struct restored *out;
};

/* ---- which one ---- */

static str name_of(str path)
{
    size_t cut = path.len;
    while (cut > 0 && path.at[cut - 1] != '/')
        cut--;
    return str_slice(path, cut, path.len);
}

static bool is_bounded(const struct restore_options *o)
{
    return o->seq != 0 || o->at_ms != 0;
}

/* A name's moment is cut off to the second. */
static bool is_old_enough(const struct restore_options *o, const struct backup_named *b)
{
    return (o->seq == 0 || b->seq <= o->seq) && (o->at_ms == 0 || b->at_ms + 999 <= o->at_ms);
}

static bool is_in(const struct restore_options *o, const char *name, struct arena *a)
{
    return access(arena_cstr(a, arena_format(a, STR_FMT "/%s", STR_ARG(o->from.to), name)), F_OK) == 0;
}

/* A whole one, a damaged one, or what is none at all and will be told so: anything but a place where they lie. */
static bool is_backup(const struct restore_options *o, struct arena *a)
{
    struct stat st;
    if (target_is_elsewhere(&o->from))
        return false;
    return stat(arena_cstr(a, o->from.to), &st) != 0 || !S_ISDIR(st.st_mode) || is_in(o, BACKUP_MANIFEST, a) || is_in(o, BACKUP_DATABASE, a);
}

/* The archive comes here first; a directory of backups has them where they are. */
static enum err bring(struct restoring *r, str name, struct problem *why)
{
    int fd = -1;
    r->name = name;
    r->path = arena_format(r->arena, STR_FMT "/" STR_FMT, STR_ARG(r->o->from.to), STR_ARG(name));
    if (target_directory(r->target) >= 0)
        return ERR_OK;
    TRY(folder_remove(r->data, S(FETCHED), why));
    TRY(folder_make(r->data, S(FETCHED), &fd, why));
    r->path = arena_format(r->arena, STR_FMT "/" FETCHED, STR_ARG(r->o->app.data));
    enum err e = target_get(r->target, name, fd, why);
    (void)close(fd);
    return e;
}

static enum err choose(struct restoring *r, struct problem *why)
{
    struct backup_names names = {0};
    size_t i = 0;
    r->path = r->name = r->o->from.to;
    if (is_backup(r->o, r->arena)) {
        if (is_bounded(r->o))
            return problem_set(why, ERR_BAD_INPUT, "A moment is looked for where backups lie, not in one of them: name the directory");
        while (str_ends(r->path, S("/")))
            r->path = str_slice(r->path, 0, r->path.len - 1);
        r->name = name_of(r->path);
        return ERR_OK;
    }
    TRY(target_open(&r->o->from, false, &r->target, why));
    TRY(backup_names_read(r->target, false, r->arena, &names, why));
    while (i < names.count && !is_old_enough(r->o, &names.at[i]))
        i++;
    r->next_seq = i > 0 && i < names.count ? names.at[i - 1].seq : 0;
    if (i < names.count)
        return bring(r, names.at[i].name, why);
    return problem_set(why, ERR_NOT_FOUND, names.count == 0 ? "There is no backup in " STR_FMT : "No backup in " STR_FMT " is as old as that",
                       STR_ARG(r->o->from.to));
}

/* ---- from the backup to the stage ---- */

static enum err read_manifest(struct restoring *r, struct problem *why)
{
    str text, seal;
    struct problem own = {.arena = why->arena};
    if (folder_read(r->stage, S(BACKUP_MANIFEST), BACKUP_MANIFEST_BYTES, r->arena, &text, &own) != ERR_OK ||
        folder_read(r->stage, S(BACKUP_SEAL), 256, r->arena, &seal, &own) != ERR_OK)
        return problem_set(why, ERR_INVALID, "This is no whole backup: " STR_FMT, STR_ARG(own.text));
    return backup_manifest_read(r->arena, r->crypt, text, seal, &r->out->manifest, why);
}

/* Whatever else comes is no more than the manifest says, which is judged before. */
static enum err judge(void *self, struct backup_bound *out, struct problem *why)
{
    struct restoring *r = self;
    const struct backup_manifest *m = &r->out->manifest;
    TRY(read_manifest(r, why));
    *out = (struct backup_bound){.files = m->blobs + 1, .bytes = m->database_bytes + m->blob_bytes};
    return ERR_OK;
}

struct taking {
    int stage;
    struct backup_bound left;
};

/* Never linked: what is changed here later must not change the backup. */
static enum err take_file(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    struct taking *t = self;
    size_t cut = path.len;
    int fd;
    while (cut > 0 && path.at[cut - 1] != '/')
        cut--;
    if (!backup_file_name(path, why->arena) || str_equal(path, S(BACKUP_MANIFEST)) || str_equal(path, S(BACKUP_SEAL)))
        return ERR_OK;
    TRY(backup_bound_take(&t->left, size, why));
    TRY(folder_file(folder, str_slice(path, cut, path.len), &fd, why));
    enum err e = folder_put(t->stage, path, fd, false, NULL, why);
    (void)close(fd);
    return e;
}

static enum err take_front(struct restoring *r, int folder, const char *name, struct problem *why)
{
    str text;
    struct problem own = {.arena = why->arena};
    if (folder_read(folder, str_of(name), BACKUP_MANIFEST_BYTES, r->arena, &text, &own) != ERR_OK)
        return problem_set(why, ERR_INVALID, "This is no whole backup: " STR_FMT, STR_ARG(own.text));
    return folder_write(r->stage, str_of(name), text, why);
}

static enum err take_directory(struct restoring *r, int folder, struct problem *why)
{
    struct taking t = {.stage = r->stage};
    TRY(take_front(r, folder, BACKUP_MANIFEST, why));
    TRY(take_front(r, folder, BACKUP_SEAL, why));
    TRY(judge(r, &t.left, why));
    return folder_each(folder, take_file, &t, why);
}

static enum err unpack(struct restoring *r, struct problem *why)
{
    const char *from = arena_cstr(r->arena, r->path);
    struct stat st;
    if (stat(from, &st) != 0)
        return problem_set(why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(r->path), strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return backup_unpack(from, &r->o->lock, r->stage, judge, r, why);
    int folder = folder_open(from);
    if (folder < 0)
        return problem_disk(why, STR_FMT, STR_ARG(r->path));
    enum err e = take_directory(r, folder, why);
    (void)close(folder);
    return e;
}

/* ---- is it what it says? ---- */

static enum err compare_database(struct restoring *r, struct problem *why)
{
    const struct backup_manifest *m = &r->out->manifest;
    struct problem own = {.arena = why->arena};
    uint64_t size = 0;
    str digest;
    int fd;
    if (folder_file(r->stage, S(BACKUP_DATABASE), &fd, &own) != ERR_OK)
        return problem_set(why, ERR_INVALID, "This is no whole backup: " STR_FMT, STR_ARG(own.text));
    enum err e = file_digest(fd, NULL, r->arena, &digest, &size, why);
    (void)close(fd);
    TRY(e);
    if (size != m->database_bytes || !str_equal(digest, m->database_digest))
        return problem_set(why, ERR_INVALID, "The backup's database is not the one that its manifest tells of: it was damaged or altered");
    return ERR_OK;
}

/* A younger backup with later entries: nothing tells whether those were there at the moment. */
static enum err check_reach(const struct restoring *r, uint64_t last, struct problem *why)
{
    if (r->is_reached)
        return ERR_OK;
    if (r->o->seq > last)
        return problem_set(why, ERR_INVALID, "What was shipped ends at entry %llu of the journal", (unsigned long long)last);
    if (r->o->at_ms != 0 && r->next_seq > last)
        return problem_set(why, ERR_INVALID, "What was shipped before that moment ends at entry %llu of the journal, and the next backup has entry %llu: "
                           "with --seq %llu the older state is restored", (unsigned long long)last, (unsigned long long)r->next_seq, (unsigned long long)last);
    return ERR_OK;
}

static enum err look_at(struct restoring *r, struct app *app, struct problem *why)
{
    const struct backup_manifest *m = &r->out->manifest;
    const struct backup_note n = {NOTE_BACKUP_RESTORED, r->name, m->last, m->database_bytes + m->blob_bytes, {0}};
    struct journal_proof proof;
    struct sweep_figures files;
    TRY(gate_backup_check(app->gate, r->o->watch, &proof, &files, why));
    r->out->seq = proof.last;
    r->out->blobs = files.kept;
    TRY(check_reach(r, proof.last, why));
    TRY(gate_backup_lift(app->gate, r->arena, why));
    return gate_backup_note(app->gate, &n, why);
}

/* Opened as any data directory, so an older version's is brought to ours; then looked at. */
static enum err open_and_look(struct restoring *r, struct problem *why)
{
    struct app_options options = r->o->app;
    struct app *app = NULL;
    options.data = arena_format(r->arena, STR_FMT "/" DATA_MAKING, STR_ARG(r->o->app.data));
    options.may_create = options.read_only = false;
    (void)flock(r->stage, LOCK_SH | LOCK_NB); /* it is shared with what is opened here, and with nobody else */
    TRY(app_open(&options, &app, why));
    enum err e = look_at(r, app, why);
    app_close(app);
    return e;
}

/* From the backup's moment to the one that is wished for. */
static enum err go_on(struct restoring *r, struct problem *why)
{
    const struct backup_manifest *m = &r->out->manifest;
    const struct replaying w = {
        .target = r->target, .stage = r->stage, .path = arena_format(r->arena, STR_FMT "/" DATA_MAKING, STR_ARG(r->o->app.data)),
        .crypt = r->crypt, .lock = r->o->lock, .base = m,
        .seq = r->o->seq ? r->o->seq : UINT64_MAX, .at_ms = r->o->at_ms ? r->o->at_ms : INT64_MAX,
    };
    if (!r->target || m->strand.len == 0)
        return ERR_OK;
    return restore_log(&w, &r->out->pieces, &r->is_reached, why);
}

static enum err prepare(struct restoring *r, struct problem *why)
{
    TRY(unpack(r, why));
    TRY(compare_database(r, why));
    TRY(go_on(r, why));
    TRY(open_and_look(r, why));
    TRY(folder_remove(r->stage, S(BACKUP_MANIFEST), why));
    TRY(folder_remove(r->stage, S(BACKUP_SEAL), why));
    return folder_sync(r->stage, why);
}

/* ---- the data directory ---- */

static enum err exchange(struct restoring *r, struct problem *why)
{
    if (renameat(r->data, DATA_MAKING, r->data, DATA_READY) != 0 || fsync(r->data) != 0)
        return problem_disk(why, "The backup cannot be put in its place");
    return data_exchange(r->data, r->arena, &r->out->aside, why);
}

static enum err run_staged(struct restoring *r, struct problem *why)
{
    struct problem quiet = {.arena = r->arena};
    TRY(data_workshop(r->data, S(DATA_MAKING), &r->stage, why));
    enum err e = prepare(r, why);
    (void)close(r->stage);
    if (e == ERR_OK && !r->o->only_looks)
        return exchange(r, why);
    enum err unused = folder_remove(r->data, S(DATA_MAKING), &quiet);
    (void)unused;
    return e;
}

static enum err check_place(struct restoring *r, struct problem *why)
{
    int fd = -1;
    struct problem quiet = {.arena = r->arena};
    bool has_database = folder_file(r->data, S(BACKUP_DATABASE), &fd, &quiet) == ERR_OK;
    if (has_database)
        (void)close(fd);
    if (!has_database || r->o->replaces || r->o->only_looks)
        return ERR_OK;
    return problem_set(why, ERR_CONFLICT, "There is content in " STR_FMT ": with --replace it is kept aside", STR_ARG(r->o->app.data));
}

static enum err open_key(struct restoring *r, struct problem *why)
{
    str path = r->o->app.master_key_file;
    if (access(arena_cstr(r->arena, path), F_OK) != 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no master key " STR_FMT ": backups do not have it, put the one there that was in use", STR_ARG(path));
    return crypt_open(arena_cstr(r->arena, path), false, &r->crypt, why);
}

enum err restore_run(const struct restore_options *given, struct arena *a, struct restored *out, struct problem *why)
{
    struct restore_options own = *given;
    struct restoring r = {.o = &own, .arena = a, .data = -1, .stage = -1, .out = out};
    *out = (struct restored){.aside = S("")};
    crypt_start();
    if (mkdir(arena_cstr(a, own.app.data), 0700) != 0 && errno != EEXIST)
        return problem_disk(why, STR_FMT, STR_ARG(own.app.data));
    if (str_is_absent(own.app.master_key_file)) /* the stage has none */
        own.app.master_key_file = arena_format(a, STR_FMT "/master.key", STR_ARG(own.app.data));
    TRY(data_open(own.app.data, own.only_looks ? DATA_SHARED : DATA_ALONE, &r.data, why));
    enum err e = open_key(&r, why);
    if (e == ERR_OK)
        e = check_place(&r, why);
    if (e == ERR_OK)
        e = choose(&r, why);
    if (e == ERR_OK)
        e = run_staged(&r, why);
    err_ignored(folder_remove(r.data, S(FETCHED), &(struct problem){.arena = a}));
    target_close(r.target);
    crypt_close(r.crypt);
    (void)close(r.data);
    return e;
}

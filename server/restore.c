#include "server/restore.h"

#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "server/data.h"

struct restoring {
    const struct restore_options *o;
    struct arena *arena;
    int data, stage;                  /* the data directory; where the backup is unpacked, in it */
    struct crypt *crypt;
    struct restored *out;
};

static enum err failed(struct problem *why, str what)
{
    return problem_set(why, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_UNAVAILABLE, STR_FMT ": %s", STR_ARG(what), strerror(errno));
}

/* ---- from the backup to the stage ---- */

struct taking {
    int stage;
    struct arena *arena;
};

/* Never linked: what is changed here later must not change the backup. */
static enum err take_file(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    struct taking *t = self;
    size_t cut = path.len;
    int fd;
    (void)size;
    while (cut > 0 && path.at[cut - 1] != '/')
        cut--;
    if (!backup_file_name(path, why->arena))
        return ERR_OK;
    TRY(folder_file(folder, str_slice(path, cut, path.len), &fd, why));
    enum err e = folder_put(t->stage, path, fd, false, NULL, why);
    (void)close(fd);
    return e;
}

static enum err unpack(struct restoring *r, struct problem *why)
{
    const char *from = arena_cstr(r->arena, r->o->from);
    struct taking t = {r->stage, r->arena};
    struct stat st;
    if (stat(from, &st) != 0)
        return problem_set(why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(r->o->from), strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return backup_unpack(from, &r->o->lock, r->stage, why);
    int folder = folder_open(from);
    if (folder < 0)
        return failed(why, r->o->from);
    enum err e = folder_each(folder, take_file, &t, why);
    (void)close(folder);
    return e;
}

/* ---- is it what it says? ---- */

static enum err read_manifest(struct restoring *r, struct problem *why)
{
    str text, seal;
    struct problem own = {.arena = why->arena};
    if (folder_read(r->stage, S(BACKUP_MANIFEST), BACKUP_MANIFEST_BYTES, r->arena, &text, &own) != ERR_OK ||
        folder_read(r->stage, S(BACKUP_SEAL), 256, r->arena, &seal, &own) != ERR_OK)
        return problem_set(why, ERR_INVALID, "This is no whole backup: " STR_FMT, STR_ARG(own.text));
    return backup_manifest_read(r->arena, r->crypt, text, seal, &r->out->manifest, why);
}

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

static str name_of(str path)
{
    while (str_ends(path, S("/")))
        path = str_slice(path, 0, path.len - 1);
    size_t cut = path.len;
    while (cut > 0 && path.at[cut - 1] != '/')
        cut--;
    return str_slice(path, cut, path.len);
}

static enum err look_at(struct restoring *r, struct app *app, struct problem *why)
{
    const struct backup_manifest *m = &r->out->manifest;
    const struct backup_note n = {NOTE_BACKUP_RESTORED, name_of(r->o->from), m->last, m->database_bytes + m->blob_bytes, {0}};
    struct journal_proof proof;
    struct sweep_figures files;
    TRY(gate_backup_check(app->gate, r->o->watch, &proof, &files, why));
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

static enum err prepare(struct restoring *r, struct problem *why)
{
    TRY(unpack(r, why));
    TRY(read_manifest(r, why));
    TRY(compare_database(r, why));
    TRY(open_and_look(r, why));
    TRY(folder_remove(r->stage, S(BACKUP_MANIFEST), why));
    TRY(folder_remove(r->stage, S(BACKUP_SEAL), why));
    return folder_sync(r->stage, why);
}

/* ---- the data directory ---- */

static enum err exchange(struct restoring *r, struct problem *why)
{
    if (renameat(r->data, DATA_MAKING, r->data, DATA_READY) != 0 || fsync(r->data) != 0)
        return failed(why, S("The backup cannot be put in its place"));
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
        return failed(why, own.app.data);
    if (str_is_absent(own.app.master_key_file)) /* the stage has none */
        own.app.master_key_file = arena_format(a, STR_FMT "/master.key", STR_ARG(own.app.data));
    TRY(data_open(own.app.data, own.only_looks ? DATA_SHARED : DATA_ALONE, &r.data, why));
    enum err e = open_key(&r, why);
    if (e == ERR_OK)
        e = check_place(&r, why);
    if (e == ERR_OK)
        e = run_staged(&r, why);
    crypt_close(r.crypt);
    (void)close(r.data);
    return e;
}

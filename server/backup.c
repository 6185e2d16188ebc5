#include "server/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/time.h"
#include "server/data.h"

#define MAKING ".making"              /* in the target: a directory; or an archive with ".tar" behind */
#define STAGING "backup.making"       /* in the data directory: what an archive is made of */
#define PACKING "backup.packing"      /* likewise: an archive for a target that is no directory */

struct making {
    struct app *app;
    const struct backup_options *o;
    struct arena *arena;
    struct target *target;
    int to, data;                     /* directories; `to` -1: it is none */
    int stage;
    struct backup_made *out;
};

static const char *ending_of(const struct backup_options *o)
{
    bool is_sealed = !str_is_absent(o->lock.passphrase) || !str_is_absent(o->lock.public_key);
    return !o->is_archive ? "" : is_sealed ? ".tar.sealed" : ".tar";
}

/* Good ones beyond `keep`, and of the others all but the newest. The one just made stays, whatever moments others' names are of.
 * What could not be looked at or removed is so with the next one. */
static void remove_old(struct making *m)
{
    struct problem quiet = {.arena = m->arena};
    struct backup_names names = {0};
    uint64_t kept = 1;
    enum err e = backup_names_read(m->target, false, m->arena, &names, &quiet);
    for (size_t i = 0; e == ERR_OK && i < names.count; i++)
        if (!str_equal(names.at[i].name, m->out->name) && ++kept > m->o->keep)
            m->out->removed += target_remove(m->target, names.at[i].name, &quiet) == ERR_OK;
    e = backup_names_read(m->target, true, m->arena, &names, &quiet);
    for (size_t i = 1; e == ERR_OK && i < names.count; i++)
        err_ignored(target_remove(m->target, names.at[i].name, &quiet));
    err_ignored(backup_prune(m->target, m->out->manifest.strand, &quiet));
}

int64_t backup_newest_ms(const struct target_config *to)
{
    struct arena *a = arena_open(16u << 10);
    struct problem quiet = {.arena = a};
    struct backup_names names = {0};
    struct target *t = NULL;
    if (target_open(to, false, &t, &quiet) == ERR_OK)
        err_ignored(backup_names_read(t, false, a, &names, &quiet));
    int64_t at_ms = names.count > 0 ? names.at[0].at_ms : 0;
    target_close(t);
    arena_close(a);
    return at_ms;
}

/* ---- making one ---- */

static void name_it(struct making *m, const char *ending)
{
    str stamp = time_stamp(m->arena, m->out->manifest.made_ms);
    m->out->name = arena_format(m->arena, BACKUP_FRONT STR_FMT "-%llu%s%s", STR_ARG(stamp), (unsigned long long)m->out->manifest.last,
                                ending_of(m->o), ending);
    m->out->path = arena_format(m->arena, STR_FMT "/" STR_FMT, STR_ARG(m->o->to.to), STR_ARG(m->out->name));
}

static enum err rename_to(struct making *m, const char *from, const char *ending, struct problem *why)
{
    name_it(m, ending);
    if (renameat2(m->to, from, m->to, arena_cstr(m->arena, m->out->name), RENAME_NOREPLACE) != 0 || fsync(m->to) != 0)
        return problem_disk(why, STR_FMT, STR_ARG(m->out->path));
    return ERR_OK;
}

/* Where there is no directory to work in: packed here, and put there whole. */
static enum err send(struct making *m, struct problem *why)
{
    static const str name = STR(PACKING);
    struct problem quiet = {.arena = m->arena};
    int fd = -1;
    TRY(folder_remove(m->data, name, why));
    TRY(backup_pack(m->stage, m->data, name, &m->o->lock, m->o->to.stop, &m->out->bytes, why));
    name_it(m, "");
    enum err e = folder_file(m->data, name, &fd, why);
    if (e == ERR_OK) {
        e = target_put(m->target, m->out->name, fd, why);
        (void)close(fd);
    }
    err_ignored(folder_remove(m->data, name, &quiet));
    return e;
}

static enum err archive(struct making *m, struct problem *why)
{
    static const str name = STR(MAKING ".tar");
    TRY(folder_remove(m->to, name, why));
    TRY(backup_pack(m->stage, m->to, name, &m->o->lock, m->o->to.stop, &m->out->bytes, why));
    return rename_to(m, name.at, "", why);
}

static enum err make_in(struct making *m, str stage, struct problem *why)
{
    const struct backup_wish wish = {
        .into = stage,
        .program = str_of(vitrine_version),
        .may_link = m->o->is_archive || !m->o->copies, /* what an archive is made of goes away at once */
        .stop = m->o->to.stop,
    };
    TRY(gate_backup(m->app->gate, &wish, &m->out->manifest, why));
    m->out->bytes = m->out->manifest.database_bytes + m->out->manifest.blob_bytes;
    if (!m->o->is_archive)
        return rename_to(m, MAKING, "", why);
    return m->to < 0 ? send(m, why) : archive(m, why);
}

/* One that was made and found bad is left for whoever wants to know why. */
static void leave_aside(struct making *m)
{
    struct problem quiet = {.arena = m->arena};
    if (m->o->is_archive || rename_to(m, MAKING, BACKUP_FAILED, &quiet) != ERR_OK)
        m->out->name = m->out->path = S("");
}

static enum err make_staged(struct making *m, struct problem *why)
{
    struct problem quiet = {.arena = m->arena};
    int parent = m->o->is_archive ? m->data : m->to;
    str name = m->o->is_archive ? S(STAGING) : S(MAKING), where = m->o->is_archive ? m->app->data : m->o->to.to;
    TRY(data_workshop(parent, name, &m->stage, why));
    enum err e = make_in(m, arena_format(m->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(name)), why);
    if (e == ERR_CONFLICT && why->fault_count > 0)
        leave_aside(m);
    err_ignored(folder_remove(parent, name, &quiet)); /* not there any more when it was renamed */
    (void)close(m->stage);
    return e;
}

static enum err open_target(struct making *m, struct problem *why)
{
    m->data = folder_open(arena_cstr(m->arena, m->app->data));
    if (m->data < 0)
        return problem_disk(why, STR_FMT, STR_ARG(m->app->data));
    TRY(target_open(&m->o->to, true, &m->target, why));
    m->to = target_directory(m->target);
    return target_claim(m->target, gate_backup_site(m->app->gate, m->arena), why);
}

static enum err note(struct making *m, enum err e, const struct problem *made, struct problem *why)
{
    const struct backup_note n = {
        .verb = e == ERR_OK ? NOTE_BACKUP_DONE : NOTE_BACKUP_FAILED,
        .name = m->out->name,
        .seq = m->out->manifest.last,
        .bytes = m->out->bytes,
        .reason = e == ERR_OK ? (str){0} : made->fault_count ? made->faults[0].text : made->text,
    };
    return gate_backup_note(m->app->gate, &n, why);
}

static enum err make(struct making *m, struct problem *why)
{
    TRY(open_target(m, why));
    TRY(make_staged(m, why));
    if (m->out->manifest.strand.len > 0)
        TRY(backup_pin(m->target, &m->out->manifest, m->out->name, why));
    if (m->o->keep > 0)
        remove_old(m);
    return ERR_OK;
}

enum err backup_make(struct app *app, const struct backup_options *given, struct arena *a, struct backup_made *out, struct problem *why)
{
    struct backup_options own = *given;
    struct making m = {.app = app, .o = &own, .arena = a, .to = -1, .data = -1, .out = out};
    struct problem quiet = {.arena = a};
    *out = (struct backup_made){.name = S(""), .path = S("")};
    own.is_archive = own.is_archive || target_is_elsewhere(&own.to);
    enum err e = make(&m, why);
    target_close(m.target);
    if (m.data >= 0)
        (void)close(m.data);
    enum err noted = note(&m, e, why, &quiet); /* a backup that cannot be noted is one all the same */
    if (noted != ERR_OK)
        LOG(LOG_WARN, "backup.note", LOG_TEXT("cause", quiet.text));
    return e;
}

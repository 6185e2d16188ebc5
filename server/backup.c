#include "server/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "base/time.h"
#include "server/data.h"

#define FRONT "vitrine-"
#define STAMP_BYTES (sizeof "20261129T052624Z" - 1)
#define MAKING ".making"              /* in the target: a directory; or an archive with ".tar" behind */
#define STAGING "backup.making"       /* in the data directory: what an archive is made of */
#define FAILED ".failed"
#define LISTED_MOST 4096u             /* backups in one directory */

struct making {
    struct app *app;
    const struct backup_options *o;
    struct arena *arena;
    int to, data;                     /* directories */
    int stage;
    struct backup_made *out;
};

static enum err failed(struct problem *why, str what)
{
    return problem_set(why, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_UNAVAILABLE, STR_FMT ": %s", STR_ARG(what), strerror(errno));
}

/* ---- names ---- */

static const char *ending_of(const struct backup_options *o)
{
    bool is_sealed = !str_is_absent(o->lock.passphrase) || !str_is_absent(o->lock.public_key);
    return !o->is_archive ? "" : is_sealed ? ".tar.sealed" : ".tar";
}

/* "vitrine-20261129T052624Z-4711" and an ending of ours. */
struct named {
    str name;
    int64_t at_ms;
    uint64_t seq;
};

static bool is_backup(str name, struct named *out)
{
    static const str endings[] = {STR(""), STR(".tar"), STR(".tar.sealed")};
    if (!str_starts(name, S(FRONT)) || name.len < sizeof FRONT + STAMP_BYTES)
        return false;
    str stamp = str_slice(name, sizeof FRONT - 1, sizeof FRONT - 1 + STAMP_BYTES), rest = str_slice(name, sizeof FRONT - 1 + STAMP_BYTES, name.len);
    char spelled[24];
    (void)snprintf(spelled, sizeof spelled, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", stamp.at, stamp.at + 4, stamp.at + 6, stamp.at + 9,
                   stamp.at + 11, stamp.at + 13);
    size_t digits = 1;
    while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
        digits++;
    if (rest.at[0] != '-' || !str_to_u64(str_slice(rest, 1, digits), INT64_MAX, &out->seq) || !time_read(str_of(spelled), &out->at_ms))
        return false;
    out->name = name;
    for (size_t i = 0; i < COUNTOF(endings); i++)
        if (str_equal(str_slice(rest, digits, rest.len), endings[i]))
            return true;
    return false;
}

/* "….failed" of one of ours. */
static bool is_failed(str name, struct named *out)
{
    return str_ends(name, S(FAILED)) && is_backup(str_slice(name, 0, name.len - (sizeof FAILED - 1)), out);
}

static int by_age(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms > y->at_ms ? -1 : 1;
    return x->seq == y->seq ? 0 : x->seq > y->seq ? -1 : 1;
}

/* Newest first. */
static size_t list_names(int to, struct arena *a, bool of_failed, struct named *out)
{
    int own = folder_open_in(to, S("."));
    DIR *d = own >= 0 ? fdopendir(own) : NULL;
    size_t count = 0;
    if (!d)
        return 0;
    for (struct dirent *e = readdir(d); e && count < LISTED_MOST; e = readdir(d)) {
        str name = str_of(e->d_name);
        if (of_failed ? is_failed(name, &out[count]) : is_backup(name, &out[count]))
            out[count++].name = arena_copy(a, name);
    }
    (void)closedir(d);
    qsort(out, count, sizeof *out, by_age);
    return count;
}

int64_t backup_newest_ms(str to)
{
    struct arena *a = arena_open(16u << 10);
    struct named *names = NEW_N(a, struct named, LISTED_MOST);
    int folder = folder_open(arena_cstr(a, to));
    int64_t at_ms = 0;
    if (folder >= 0 && list_names(folder, a, false, names) > 0)
        at_ms = names[0].at_ms;
    if (folder >= 0)
        (void)close(folder);
    arena_close(a);
    return at_ms;
}

/* Good ones beyond `keep`, and of the others all but the newest. The one just made stays, whatever moments others' names are of. */
static void remove_old(struct making *m)
{
    struct named *names = NEW_N(m->arena, struct named, LISTED_MOST);
    struct problem quiet = {.arena = m->arena};
    size_t count = list_names(m->to, m->arena, false, names);
    uint64_t kept = 1;
    for (size_t i = 0; i < count; i++)
        if (!str_equal(names[i].name, m->out->name) && ++kept > m->o->keep)
            m->out->removed += folder_remove(m->to, names[i].name, &quiet) == ERR_OK;
    count = list_names(m->to, m->arena, true, names);
    for (size_t i = 1; i < count; i++) {
        enum err unused = folder_remove(m->to, names[i].name, &quiet);
        (void)unused;
    }
}

/* ---- making one ---- */

static enum err rename_to(struct making *m, const char *from, const char *ending, struct problem *why)
{
    str stamp = data_stamp(m->arena, m->out->manifest.made_ms);
    m->out->name = arena_format(m->arena, FRONT STR_FMT "-%llu%s%s", STR_ARG(stamp), (unsigned long long)m->out->manifest.last,
                                ending_of(m->o), ending);
    m->out->path = arena_format(m->arena, STR_FMT "/" STR_FMT, STR_ARG(m->o->to), STR_ARG(m->out->name));
    if (renameat2(m->to, from, m->to, arena_cstr(m->arena, m->out->name), RENAME_NOREPLACE) != 0 || fsync(m->to) != 0)
        return failed(why, m->out->path);
    return ERR_OK;
}

static enum err archive(struct making *m, struct problem *why)
{
    static const str name = STR(MAKING ".tar");
    TRY(folder_remove(m->to, name, why));
    TRY(backup_pack(m->stage, m->to, name, &m->o->lock, m->o->stop, &m->out->bytes, why));
    return rename_to(m, name.at, "", why);
}

static enum err make_in(struct making *m, str stage, struct problem *why)
{
    const struct backup_wish wish = {
        .into = stage,
        .program = str_of(vitrine_version),
        .may_link = m->o->is_archive || !m->o->copies, /* what an archive is made of goes away at once */
        .stop = m->o->stop,
    };
    TRY(gate_backup(m->app->gate, &wish, &m->out->manifest, why));
    m->out->bytes = m->out->manifest.database_bytes + m->out->manifest.blob_bytes;
    return m->o->is_archive ? archive(m, why) : rename_to(m, MAKING, "", why);
}

/* One that was made and found bad is left for whoever wants to know why. */
static void leave_aside(struct making *m)
{
    struct problem quiet = {.arena = m->arena};
    if (m->o->is_archive || rename_to(m, MAKING, FAILED, &quiet) != ERR_OK)
        m->out->name = m->out->path = S("");
}

static enum err make_staged(struct making *m, struct problem *why)
{
    struct problem quiet = {.arena = m->arena};
    int parent = m->o->is_archive ? m->data : m->to;
    str name = m->o->is_archive ? S(STAGING) : S(MAKING), where = m->o->is_archive ? m->app->data : m->o->to;
    TRY(data_workshop(parent, name, &m->stage, why));
    enum err e = make_in(m, arena_format(m->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(name)), why);
    if (e == ERR_CONFLICT && why->fault_count > 0)
        leave_aside(m);
    enum err unused = folder_remove(parent, name, &quiet); /* not there any more when it was renamed */
    (void)unused;
    (void)close(m->stage);
    return e;
}

static enum err open_target(struct making *m, struct problem *why)
{
    const char *path = arena_cstr(m->arena, m->o->to);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return failed(why, m->o->to);
    m->to = folder_open(path);
    m->data = folder_open(arena_cstr(m->arena, m->app->data));
    return m->to >= 0 && m->data >= 0 ? ERR_OK : failed(why, m->o->to);
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

enum err backup_make(struct app *app, const struct backup_options *o, struct arena *a, struct backup_made *out, struct problem *why)
{
    struct making m = {.app = app, .o = o, .arena = a, .to = -1, .data = -1, .out = out};
    struct problem quiet = {.arena = a};
    *out = (struct backup_made){.name = S(""), .path = S("")};
    enum err e = open_target(&m, why);
    if (e == ERR_OK)
        e = make_staged(&m, why);
    if (e == ERR_OK && o->keep > 0)
        remove_old(&m);
    if (m.to >= 0)
        (void)close(m.to);
    if (m.data >= 0)
        (void)close(m.data);
    enum err noted = note(&m, e, why, &quiet); /* a backup that cannot be noted is one all the same */
    if (noted != ERR_OK)
        LOG(LOG_WARN, "backup.note", LOG_TEXT("cause", quiet.text));
    return e;
}

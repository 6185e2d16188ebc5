/* backup, backup key, restore. All work on a data directory; making one works beside a server. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/time.h"
#include "server/backup.h"
#include "server/command.h"
#include "server/progress.h"
#include "server/restore.h"

#define NICE 10 /* others come first */

static void print_made(struct call *c, const struct backup_made *made)
{
    const struct backup_manifest *m = &made->manifest;
    struct json members[] = {
        json_named(S("path"), json_of_text(made->path)),
        json_named(S("seq"), json_of_int((int64_t)m->last)),
        json_named(S("blobs"), json_of_int((int64_t)m->blobs)),
        json_named(S("damaged"), json_of_int((int64_t)m->damaged)),
        json_named(S("bytes"), json_of_int((int64_t)made->bytes)),
        json_named(S("removed"), json_of_int((int64_t)made->removed)),
    };
    struct json all = json_of_map(members, COUNTOF(members));
    call_print(c, c->json ? json_print(c->arena, &all) : made->path);
    if (m->damaged > 0)
        (void)fprintf(stderr, "vitrine: %llu files were lost or damaged before; they are not in it (vitrine check names them)\n",
                      (unsigned long long)m->damaged);
}

static bool read_keep(struct call *c, uint64_t *keep)
{
    str text = call_option(c, "keep");
    return str_is_absent(text) || str_to_u64(text, 1000000, keep);
}

/* Flags, else what is configured for the server's own backups. */
static enum err read_options(struct call *c, struct backup_options *o)
{
    const struct backup_config *configured = &c->config.config.backup;
    str to = call_option(c, "to"), recipient = call_option(c, "recipient"), passphrase = call_option(c, "passphrase-file");
    bool is_own = !str_is_absent(recipient) || !str_is_absent(passphrase);
    *o = (struct backup_options){
        .to = {.to = str_is_absent(to) ? configured->to : to, .s3 = &configured->s3},
        .keep = str_is_absent(to) ? configured->keep : 0, /* another place: nothing is removed unasked */
        .copies = configured->copies || call_flag(c, "copy"),
    };
    o->lock = is_own ? (struct file_lock){.public_key = recipient} : (struct file_lock){configured->passphrase, configured->recipient, {0}};
    if (!str_is_absent(passphrase))
        TRY(call_secret(c, passphrase, &o->lock.passphrase));
    o->is_archive = configured->archive || call_flag(c, "archive") || !str_is_absent(o->lock.passphrase) || !str_is_absent(o->lock.public_key);
    return ERR_OK;
}

static enum exit_code check_options(struct call *c, struct backup_options *o)
{
    if (str_is_absent(o->to.to) || o->to.to.len == 0)
        return call_usage(c, "backup wants --to DIRECTORY, or backup.to in the configuration");
    if (!read_keep(c, &o->keep))
        return call_usage(c, "--keep is a number of backups");
    if (!str_is_absent(o->lock.passphrase) && !str_is_absent(o->lock.public_key))
        return call_usage(c, "--recipient and --passphrase-file exclude each other");
    if (!str_is_absent(o->lock.public_key) && !file_public_key_valid(o->lock.public_key))
        return call_usage(c, "--recipient is a public key that begins with vpk1: vitrine backup key makes one");
    return EXIT_OK;
}

enum exit_code command_backup(struct call *c)
{
    struct backup_options options;
    struct backup_made made;
    enum exit_code code = EXIT_DATA;
    if (read_options(c, &options) != ERR_OK)
        return call_failed(c, c->why);
    if (check_options(c, &options) != EXIT_OK)
        return EXIT_USAGE;
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    enum err e = backup_make(app, &options, c->arena, &made, c->why);
    if (e == ERR_OK)
        print_made(c, &made);
    else
        (void)call_failed(c, c->why);
    bool is_bad = e == ERR_CONFLICT && c->why->fault_count > 0;
    if (is_bad && made.path.len > 0)
        (void)fprintf(stderr, "vitrine: The backup is not good; it was left as " STR_FMT "\n", STR_ARG(made.path));
    arena_reset(c->arena);
    app_close(app);
    return e == ERR_OK ? EXIT_OK : is_bad ? EXIT_DATA : EXIT_FAILED;
}

/* ---- keys ---- */

enum exit_code command_backup_key(struct call *c)
{
    str public, secret;
    int fd = -1;
    if (c->word_count != 1)
        return call_usage(c, "backup key wants one word: the file that the secret key goes to");
    crypt_start();
    file_keys_make(c->arena, &public, &secret);
    fd = open(arena_cstr(c->arena, c->words[0]), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    bool is_written = fd >= 0 && dprintf(fd, STR_FMT "\n", STR_ARG(secret)) == (int)secret.len + 1 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    crypt_wipe((void *)(uintptr_t)secret.at, secret.len);
    if (!is_written) {
        (void)problem_set(c->why, ERR_UNAVAILABLE, STR_FMT " cannot be written, or is there already", STR_ARG(c->words[0]));
        return call_failed(c, c->why);
    }
    struct json member = json_named(S("public_key"), json_of_text(public)), all = json_of_map(&member, 1);
    call_print(c, c->json ? json_print(c->arena, &all) : public);
    return EXIT_OK;
}

/* ---- restore ---- */

static enum err read_lock(struct call *c, struct file_lock *lock)
{
    str passphrase = call_option(c, "passphrase-file"), key = call_option(c, "key-file");
    *lock = (struct file_lock){.passphrase = c->config.config.backup.passphrase};
    if (!str_is_absent(passphrase))
        TRY(call_secret(c, passphrase, &lock->passphrase));
    return str_is_absent(key) ? ERR_OK : call_secret(c, key, &lock->secret_key);
}

static void print_restored(struct call *c, const struct restored *r, bool only_looks)
{
    struct json members[] = {
        json_named(S("seq"), json_of_int((int64_t)r->seq)),
        json_named(S("pieces"), json_of_int((int64_t)r->pieces)),
        json_named(S("blobs"), json_of_int((int64_t)r->blobs)),
        json_named(S("restored"), json_of_bool(!only_looks)),
        json_named(S("aside"), json_of_text(r->aside)),
    };
    struct json all = json_of_map(members, COUNTOF(members));
    if (c->json) {
        call_print(c, json_print(c->arena, &all));
        return;
    }
    call_print(c, arena_format(c->arena, "%s: journal up to entry %llu, %llu files", only_looks ? "a good backup" : "restored",
                               (unsigned long long)r->seq, (unsigned long long)r->blobs));
    if (r->aside.len > 0)
        call_print(c, arena_format(c->arena, "what was there before is in " STR_FMT "/" STR_FMT, STR_ARG(c->config.config.data), STR_ARG(r->aside)));
}

static bool read_moment(struct call *c, struct restore_options *o)
{
    str at = call_option(c, "at"), seq = call_option(c, "seq");
    if (!str_is_absent(at) && (!str_is_absent(seq) || !time_read(at, &o->at_ms) || o->at_ms <= 0))
        return false;
    return str_is_absent(seq) || (str_to_u64(seq, INT64_MAX, &o->seq) && o->seq > 0);
}

static bool is_bad_data(const struct problem *why, enum err e)
{
    return e == ERR_INVALID || e == ERR_BAD_INPUT || (e == ERR_CONFLICT && why->fault_count > 0);
}

enum exit_code command_restore(struct call *c)
{
    struct progress_bar bar = {.unit = "checked"};
    struct journal_watch watch = {progress_show, &bar};
    struct restored out;
    struct restore_options o = {.app = call_app_options(c, false), .watch = &watch};
    if (c->word_count != 1)
        return call_usage(c, "restore wants one backup, its directory or its archive, or the place where backups lie");
    o.from = (struct target_config){.to = c->words[0], .s3 = &c->config.config.backup.s3};
    if (!read_moment(c, &o))
        return call_usage(c, "--at is a moment like 2026-11-29T05:00:00Z, --seq the number of an entry of the journal, and one of them is enough");
    o.replaces = call_flag(c, "replace");
    o.only_looks = call_flag(c, "check");
    if (read_lock(c, &o.lock) != ERR_OK)
        return call_failed(c, c->why);
    enum err e = restore_run(&o, c->arena, &out, c->why);
    progress_end(&bar);
    if (e == ERR_OK)
        print_restored(c, &out, o.only_looks);
    else
        (void)call_failed(c, c->why);
    return e == ERR_OK ? EXIT_OK : is_bad_data(c->why, e) ? EXIT_DATA : EXIT_FAILED;
}

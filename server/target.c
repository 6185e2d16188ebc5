#include "server/target.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"

#define OWNER_BYTES 4096u
#define SLACK_BYTES 65536u

struct target {
    const struct target_kind *kind;
    void *self;
};

static const struct target_kind *const kinds[] = {&target_in_s3, &target_in_directory};

static const struct target_kind *kind_of(str to)
{
    size_t i = 0;
    while (!str_starts(to, str_of(kinds[i]->front)))
        i++; /* the last row takes any */
    return kinds[i];
}

bool target_is_elsewhere(const struct target_config *config)
{
    return kind_of(config->to)->directory == NULL;
}

enum err target_open(const struct target_config *config, bool may_make, struct target **out, struct problem *why)
{
    struct target *t = calloc(1, sizeof *t);
    must(t != NULL);
    t->kind = kind_of(config->to);
    enum err e = t->kind->open(config, may_make, &t->self, why);
    if (e == ERR_OK)
        *out = t;
    else
        free(t);
    return e;
}

void target_close(struct target *t)
{
    if (!t)
        return;
    t->kind->close(t->self);
    free(t);
}

int target_directory(const struct target *t)
{
    return t->kind->directory ? t->kind->directory(t->self) : -1;
}

enum err target_put(struct target *t, str name, int fd, struct problem *why)
{
    return t->kind->put(t->self, name, fd, why);
}

enum err target_get(struct target *t, str name, int fd, struct problem *why)
{
    return t->kind->get(t->self, name, fd, why);
}

enum err target_list(struct target *t, str folder, target_see *see, void *self, struct problem *why)
{
    return t->kind->list(t->self, folder, see, self, why);
}

enum err target_remove(struct target *t, str name, struct problem *why)
{
    return t->kind->remove(t->self, name, why);
}

/* ---- small ones, by way of memory that has a number ---- */

enum err target_put_text(struct target *t, str name, str text, struct problem *why)
{
    int fd = memfd_create("vitrine", MFD_CLOEXEC);
    must(fd >= 0);
    bool good = pwrite(fd, text.at, text.len, 0) == (ssize_t)text.len;
    enum err e = good ? target_put(t, name, fd, why) : problem_set(why, ERR_UNAVAILABLE, "There is no memory");
    (void)close(fd);
    return e;
}

/* It has all the room that it may need, a little more to tell what is longer, and is sealed against growing: whatever the target
 * sends, memory has an end. */
enum err target_get_memory(struct target *t, str name, size_t most, int *out, size_t *size, struct problem *why)
{
    struct problem own = {.arena = why->arena};
    int fd = memfd_create("vitrine", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    must(fd >= 0 && ftruncate(fd, (off_t)(most + SLACK_BYTES)) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
    enum err e = target_get(t, name, fd, &own);
    off_t end = lseek(fd, 0, SEEK_CUR);
    if (e == ERR_OK && end > (off_t)most)
        e = problem_set(&own, ERR_TOO_LARGE, STR_FMT " is longer than it may be", STR_ARG(name));
    if (e == ERR_OK && (end < 0 || ftruncate(fd, end) != 0 || lseek(fd, 0, SEEK_SET) != 0))
        e = problem_set(&own, ERR_UNAVAILABLE, "There is no memory");
    if (e == ERR_OK) {
        *out = fd;
        *size = (size_t)end;
        return ERR_OK;
    }
    (void)close(fd);
    return problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

enum err target_get_text(struct target *t, str name, size_t most, struct arena *a, str *out, struct problem *why)
{
    size_t size = 0;
    int fd = -1;
    TRY(target_get_memory(t, name, most, &fd, &size, why));
    char *at = arena_get(a, size + 1, 1);
    *out = (str){at, size};
    enum err e = pread(fd, at, size, 0) == (ssize_t)size ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, STR_FMT " cannot be read", STR_ARG(name));
    (void)close(fd);
    return e;
}

/* ---- whose ---- */

static enum err compare(str text, str site, struct problem *why)
{
    const struct json *map = NULL;
    struct problem quiet = {.arena = why->arena};
    bool is_ours = json_read(why->arena, text, NULL, S(OWNER_NAME), &map, &quiet) == ERR_OK && json_is_text(json_get(map, S("site")), site);
    return is_ours ? ERR_OK : problem_set(why, ERR_CONFLICT, "Backups of another site lie there (" OWNER_NAME " says whose): each needs a place of its own");
}

enum err target_claim(struct target *t, str site, struct problem *why)
{
    const struct json member = json_named(S("site"), json_of_text(site)), all = json_of_map(&member, 1);
    struct problem own = {.arena = why->arena};
    str text;
    enum err e = target_get_text(t, S(OWNER_NAME), OWNER_BYTES, why->arena, &text, &own);
    if (e == ERR_NOT_FOUND)
        return target_put_text(t, S(OWNER_NAME), json_print(why->arena, &all), why);
    if (e == ERR_OK || e == ERR_TOO_LARGE)
        return compare(e == ERR_OK ? text : S(""), site, why);
    return problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

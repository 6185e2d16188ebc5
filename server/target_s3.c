/* A target that is object storage: "s3://bucket/prefix". */
#include <stdlib.h>

#include "server/s3.h"
#include "server/target.h"

struct bucket {
    struct arena *arena;
    struct s3 s3;
    str prefix;                       /* "" or "a/b/" */
};

static enum err open_it(const struct target_config *config, bool may_make, void **self, struct problem *why)
{
    str rest = str_slice(config->to, sizeof TARGET_S3_FRONT - 1, config->to.len), name, prefix;
    (void)may_make;
    (void)str_cut(rest, '/', &name, &prefix);
    if (name.len == 0 || !config->s3 || str_is_absent(config->s3->key) || str_is_absent(config->s3->secret))
        return problem_set(why, ERR_BAD_INPUT, "Object storage wants " TARGET_S3_FRONT "bucket/prefix, and backup.s3_key and backup.s3_secret");
    struct arena *a = arena_open(1024);
    struct bucket *b = NEW(a, struct bucket);
    while (str_ends(prefix, S("/")))
        prefix = str_slice(prefix, 0, prefix.len - 1);
    b->arena = a;
    b->s3 = (struct s3){config->s3, arena_copy(a, name), config->stop};
    b->prefix = prefix.len ? arena_format(a, STR_FMT "/", STR_ARG(prefix)) : S("");
    *self = b;
    return ERR_OK;
}

static void close_it(void *self)
{
    struct bucket *b = self;
    arena_close(b->arena);
}

static str key_of(const struct bucket *b, str name, struct problem *why)
{
    return arena_format(why->arena, STR_FMT STR_FMT, STR_ARG(b->prefix), STR_ARG(name));
}

static enum err named(enum err e, str name, const struct problem *own, struct problem *why)
{
    return e == ERR_OK ? ERR_OK : problem_set(why, e, STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(own->text));
}

static enum err put(void *self, str name, int fd, struct problem *why)
{
    const struct bucket *b = self;
    struct problem own = {.arena = why->arena};
    return named(s3_put(&b->s3, key_of(b, name, why), fd, &own), name, &own, why);
}

static enum err get(void *self, str name, int fd, struct problem *why)
{
    const struct bucket *b = self;
    struct problem own = {.arena = why->arena};
    return named(s3_get(&b->s3, key_of(b, name, why), fd, &own), name, &own, why);
}

struct listing {
    size_t front;                     /* bytes of a key before the name */
    target_see *see;
    void *who;
};

static enum err see_key(void *self, str key, uint64_t size, bool is_prefix, struct problem *why)
{
    const struct listing *l = self;
    str name = str_slice(key, l->front, key.len - (is_prefix && str_ends(key, S("/"))));
    const struct target_seen seen = {name, size, is_prefix};
    return name.len > 0 ? l->see(l->who, &seen, why) : ERR_OK;
}

static enum err list(void *self, str folder, target_see *see, void *who, struct problem *why)
{
    const struct bucket *b = self;
    str prefix = folder.len ? key_of(b, arena_format(why->arena, STR_FMT "/", STR_ARG(folder)), why) : b->prefix;
    struct listing l = {prefix.len, see, who};
    return s3_list(&b->s3, prefix, false, see_key, &l, why);
}

static enum err remove_key(void *self, str key, uint64_t size, bool is_prefix, struct problem *why)
{
    const struct bucket *b = self;
    (void)size, (void)is_prefix;
    return s3_delete(&b->s3, key, why);
}

/* What is in a folder has nothing below it. */
static enum err remove_it(void *self, str name, struct problem *why)
{
    struct bucket *b = self;
    TRY(s3_delete(&b->s3, key_of(b, name, why), why));
    if (str_contains(name, S("/")))
        return ERR_OK;
    return s3_list(&b->s3, key_of(b, arena_format(why->arena, STR_FMT "/", STR_ARG(name)), why), true, remove_key, b, why);
}

const struct target_kind target_in_s3 = {TARGET_S3_FRONT, open_it, close_it, put, get, list, remove_it, NULL};

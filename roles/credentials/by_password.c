/* Basic with a name and a password, as container clients and curl send it with every request (zot-api). Checking
 * a password costs a tenth of a second on purpose; one that was right is remembered for some minutes, in memory,
 * by a digest under the server's key, until anything about people changes. A wrong one is checked, throttled and
 * noted each time.
 *
 * Somebody with a second factor does not get in by half of it: programs use an API key. And browsers repeat what
 * was typed into their dialog for any page, so a request that they say is another site's does not count. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/internal.h"

struct basic {
    struct finder finder; /* first */
    struct exchange *x;
    str name, password;
};

static enum err find(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                     struct identity *out, struct problem *why)
{
    const struct basic *b = (const struct basic *)(void *)self;
    str id = {0};
    TRY(password_judge(g, b->x, b->name, b->password, &id, why));
    TRY(identity_of_user(g, server, arena_copy(a, id), a, out, why));
    if (out->has_second_factor)
        return problem_set(why, ERR_UNAUTHENTICATED, "This account has a second factor; send an api-key instead of the password");
    out->ask_again_ms = time_now_ms() + (int64_t)LIMIT_BASIC_REMEMBERED_S * 1000;
    return ERR_OK;
}

enum err by_password(struct gate *g, struct exchange *x, str name, str password, struct principal **out, struct problem *why)
{
    struct basic b = {.finder = {find}, .x = x, .name = name, .password = password};
    uint8_t digest[DIGEST_BYTES];
    if (name.len == 0 || password.len == 0 || password.len > LIMIT_PASSWORD_BYTES || !comes_from_own_page(x, false))
        return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
    str length = arena_format(x->arena, "basic %zu:", name.len);
    const str parts[] = {length, name, password}; /* not by a format, which would end at a zero byte */
    crypt_digest_parts(g->crypt, CRYPT_STEP, parts, COUNTOF(parts), digest);
    return identities_find_by(g, digest, &b.finder, x, out, why);
}

/* Recovery codes (SE-7): ten of 60 bits, for whoever has lost the other factor. What is kept are keyed digests that
 * name the person, sealed; each code goes once. */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/kind.h"
#include "roles/internal.h"

static str digest_of(struct gate *g, struct arena *a, str user_id, const char code[CODE_DIGITS])
{
    uint8_t digest[DIGEST_BYTES];
    str text = arena_format(a, "recovery " STR_FMT " %.*s", STR_ARG(user_id), (int)CODE_DIGITS, code);
    crypt_digest(g->crypt, CRYPT_TOKEN_DIGEST, text, digest);
    return base64url_encode(a, (str){(const char *)digest, sizeof digest});
}

static void keep(struct own_change *user, str digests, size_t count)
{
    own_set_text(user, S("recovery"), count ? digests : (str){0});
    own_set(user, S("recovery_left"), json_of_int((int64_t)count));
}

void recovery_drop(struct own_change *user)
{
    keep(user, (str){0}, 0);
}

void recovery_renew(struct gate *g, struct arena *a, str user_id, struct own_change *user, struct json *out)
{
    struct json *codes = NEW_N(a, struct json, LIMIT_RECOVERY_CODES);
    struct buf digests;
    buf_init(&digests, a, 64 * LIMIT_RECOVERY_CODES);
    for (size_t i = 0; i < LIMIT_RECOVERY_CODES; i++) {
        str code = code_make(a);
        char digits[CODE_DIGITS];
        must(code_read(code, digits));
        codes[i] = json_of_text(code);
        if (i)
            buf_byte(&digests, ' ');
        buf_add(&digests, digest_of(g, a, user_id, digits));
    }
    keep(user, buf_str(&digests), LIMIT_RECOVERY_CODES);
    *out = json_of_list(codes, LIMIT_RECOVERY_CODES);
}

enum err take_recovery(struct gate *g, struct exchange *x, const struct json *user, str code, struct own_change *use, bool *good,
                       struct problem *why)
{
    char digits[CODE_DIGITS] = {0};
    str kept, one;
    struct buf rest;
    size_t left = 0;
    (void)user;
    bool reads = code_read(code, digits);
    str wanted = digest_of(g, x->arena, use->change.id, digits);
    *good = false;
    TRY(factor_secret(g, x->arena, use->change.id, S("recovery"), &kept, why));
    buf_init(&rest, x->arena, 64 * LIMIT_RECOVERY_CODES);
    for (bool ended = str_is_absent(kept); str_next(&kept, &ended, ' ', &one);) {
        bool same = one.len == wanted.len && crypt_equal(one.at, wanted.at, one.len);
        *good |= same && reads;
        if (same)
            continue;
        if (left++)
            buf_byte(&rest, ' ');
        buf_add(&rest, one);
    }
    if (*good)
        keep(use, buf_str(&rest), left);
    return ERR_OK;
}

enum err gate_recovery_renew(struct gate *g, struct exchange *x, struct json *codes, struct signed_in *out, struct problem *why)
{
    struct own_change user;
    TRY(need_fresh_proof(x, why));
    if (!x->who->has_second_factor)
        return problem_set(why, ERR_CONFLICT, "There is no second factor that they could stand for");
    own_account_begin(&user, g, x);
    recovery_renew(g, x->arena, x->who->user_id, &user, codes);
    own_set_time(&user, S("signed_out_at"), x->who->actor.vars.now_ms);
    return own_account_commit(&user, g, x, x->who->strength, x->who->proof_ms, out, why);
}

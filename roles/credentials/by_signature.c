/* From a signed request to the person who holds the key (chutes-keys.md 6).
 *
 * The first form of the message says neither method nor path: what was signed for one call would do for another
 * of the same purpose. It counts where Chutes' clients use it and nowhere else. The second form says all of the
 * request and counts everywhere. Which algorithm a key has is the account's word, never the request's. */
#include "roles/credentials/signature.h"

#include "base/crypt.h"
#include "base/encode.h"
#include "base/hotkey.h"
#include "base/limits.h"
#include "base/time.h"

enum { SIGNATURE_BYTES = 64 };

struct signed_request {
    str hotkey, nonce, version;
    str signature;                    /* its bytes */
    int64_t nonce_ms;
};

static enum err refuse(struct problem *why, const char *text)
{
    return problem_fault(why, ERR_UNAUTHENTICATED, S("X-Chutes-Signature"), S("signature"), "%s", text);
}

/* What a call is signed for, in the first form; {0}: its body. */
static const struct {
    enum method method;
    str path;                         /* and everything below */
    str purpose;
} purposes[] = {
    {M_GET, STR("/api_keys"), STR("api_keys")},
    {M_DELETE, STR("/api_keys"), STR("api_keys")},
    {M_POST, STR("/api_keys"), {0}},
    {M_GET, STR("/registry/auth"), STR("registry")},
    {M_GET, STR("/users/me"), STR("me")},
};

static bool is_at(const struct gate *g, const struct exchange *x, str path)
{
    str rest = x->path;
    if (!str_starts(rest, g->chutes.prefix))
        return false;
    rest = str_slice(rest, g->chutes.prefix.len, rest.len);
    return str_starts(rest, path) && (rest.len == path.len || rest.at[path.len] == '/');
}

static enum err body_digest(struct exchange *x, str *hex, struct problem *why)
{
    uint8_t digest[32];
    struct buf b;
    str body;
    TRY(exchange_keep_body(x, LIMIT_SIGNED_BODY_BYTES, &body, why));
    crypt_sha256(body, digest);
    buf_init(&b, x->arena, 64);
    buf_hex(&b, digest, sizeof digest);
    *hex = buf_str(&b);
    return ERR_OK;
}

static enum err message_of_call(struct gate *g, struct exchange *x, const struct signed_request *s, str *message,
                                struct problem *why)
{
    enum method method = x->method == M_HEAD ? M_GET : x->method;
    for (size_t i = 0; i < COUNTOF(purposes); i++) {
        if (purposes[i].method != method || !is_at(g, x, purposes[i].path))
            continue;
        str last = purposes[i].purpose;
        if (str_is_absent(last))
            TRY(body_digest(x, &last, why));
        *message = arena_format(x->arena, STR_FMT ":" STR_FMT ":" STR_FMT, STR_ARG(s->hotkey), STR_ARG(s->nonce), STR_ARG(last));
        return ERR_OK;
    }
    return refuse(why, "Either payload_str or purpose must be provided");
}

static enum err message_of_request(struct exchange *x, const struct signed_request *s, str *message, struct problem *why)
{
    str body;
    TRY(body_digest(x, &body, why));
    *message = arena_format(x->arena, STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT, STR_ARG(s->hotkey), STR_ARG(s->nonce),
                            STR_ARG(method_name(x->method)), STR_ARG(x->target), STR_ARG(body));
    return ERR_OK;
}

static enum err message_of(struct gate *g, struct exchange *x, const struct signed_request *s, str *message, struct problem *why)
{
    if (str_equal(s->version, S("2")))
        return message_of_request(x, s, message, why);
    if (!str_is_absent(s->version) && !str_equal(s->version, S("1")))
        return refuse(why, "Invalid signature: unknown version");
    if (g->chutes.requires_v2)
        return refuse(why, "Invalid signature: version 2 is required");
    return message_of_call(g, x, s, message, why);
}

/* *twice: a header says two things, and nobody knows which one was meant. */
static str only_header(const struct exchange *x, str name, bool *twice)
{
    str found = {0};
    for (size_t i = 0; i < x->header_count; i++) {
        if (!str_equal_nocase(x->headers[i].name, name))
            continue;
        *twice |= !str_is_absent(found);
        found = x->headers[i].value;
    }
    return found;
}

static bool read_nonce(str nonce, int64_t now_ms, int64_t *ms)
{
    uint64_t seconds = 0;
    if (!str_to_u64(nonce, INT64_MAX / 1000, &seconds))
        return false;
    *ms = (int64_t)seconds * 1000;
    int64_t off = (int64_t)seconds - now_ms / 1000;
    return off > -(int64_t)LIMIT_SIGNATURE_SKEW_S && off < (int64_t)LIMIT_SIGNATURE_SKEW_S;
}

static enum err read_headers(struct exchange *x, struct signed_request *s, bool *is_signed, struct problem *why)
{
    bool twice = false;
    uint8_t key[HOTKEY_KEY_BYTES];
    *is_signed = false;
    s->hotkey = only_header(x, S("x-chutes-hotkey"), &twice);
    if (s->hotkey.len == 0 && !twice)
        return ERR_OK;
    str signature = only_header(x, S("x-chutes-signature"), &twice);
    s->nonce = only_header(x, S("x-chutes-nonce"), &twice);
    s->version = only_header(x, S("x-chutes-sig-version"), &twice);
    *is_signed = signature.len > 0;
    if (!*is_signed)
        return ERR_OK;
    if (twice)
        return refuse(why, "Invalid signature: a header is there twice");
    if (!read_nonce(s->nonce, time_now_ms(), &s->nonce_ms))
        return refuse(why, "Invalid nonce!");
    if (signature.len != 2 * SIGNATURE_BYTES || !hex_decode(x->arena, signature, &s->signature))
        return refuse(why, "Invalid signature: 128 hex digits are expected");
    if (s->hotkey.len > LIMIT_BASE58_BYTES || !hotkey_read(x->arena, s->hotkey, key))
        return refuse(why, "Invalid request signature for this hotkey");
    return ERR_OK;
}

/* *user NULL: nobody has this hotkey. A key of nobody is taken for the usual sort, so that a stranger's good
 * signature and a bad one are told apart as they are for everybody. */
static enum err find_holder(struct gate *g, struct exchange *x, str hotkey, const struct json **user,
                            enum hotkey_algorithm *algorithm, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_IDENTIFY);
    enum err e = read_item(g->content, server, S("users"), S("hotkey"), hotkey, x->arena, user, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    if (!*user || !hotkey_algorithm_of(item_text(*user, S("hotkey_algorithm")), algorithm))
        *algorithm = HOTKEY_SR25519;
    return ERR_OK;
}

static enum err count_once(struct gate *g, struct exchange *x, const struct signed_request *s, struct problem *why)
{
    if (x->method == M_GET || x->method == M_HEAD)
        return ERR_OK;
    uint8_t digest[DIGEST_BYTES];
    str text = arena_format(x->arena, "replay:" STR_FMT ":" STR_FMT ":" STR_FMT, STR_ARG(s->hotkey), STR_ARG(s->nonce),
                            STR_ARG(base64url_encode(x->arena, s->signature)));
    crypt_digest(g->crypt, CRYPT_STEP, text, digest);
    int64_t now = time_now_ms();
    struct replay it = {digest, s->hotkey, s->nonce_ms, now + 2 * (int64_t)LIMIT_SIGNATURE_SKEW_S * 1000};
    enum err e = replays_take(g->replays, &it, now, why);
    return e == ERR_UNAUTHENTICATED ? refuse(why, "Invalid nonce!") : e;
}

struct signer {
    struct finder finder; /* first */
    str user_id;
};

static enum err find_signer(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                            struct identity *out, struct problem *why)
{
    str id = ((const struct signer *)(void *)self)->user_id;
    return identity_of_user(g, server, arena_copy(a, id), a, out, why);
}

static void note_signer(struct gate *g, const struct principal *who)
{
    struct note n = note_by(who, NOTE_SIGNED_IN);
    n.collection = S("users");
    n.item = who->user_id;
    n.strength = S("signature");
    notes_add(g->notes, &n);
}

enum err by_signature(struct gate *g, struct exchange *x, struct principal **out, struct problem *why)
{
    struct signed_request s;
    bool is_signed;
    str message;
    const struct json *user = NULL;
    enum hotkey_algorithm algorithm;
    uint8_t digest[DIGEST_BYTES];
    TRY(read_headers(x, &s, &is_signed, why));
    if (!is_signed)
        return ERR_OK;
    TRY(message_of(g, x, &s, &message, why));
    TRY(find_holder(g, x, s.hotkey, &user, &algorithm, why));
    if (!hotkey_verify(x->arena, algorithm, s.hotkey, message, s.signature))
        return refuse(why, "Invalid request signature for this hotkey");
    if (!user)
        return refuse(why, "Could not find user with this hotkey");
    TRY(count_once(g, x, &s, why));
    struct signer signer = {{find_signer}, item_text(user, S("_id"))};
    crypt_digest(g->crypt, CRYPT_STEP, arena_format(x->arena, "signer:" STR_FMT, STR_ARG(signer.user_id)), digest);
    enum err e = identities_find_by(g, digest, &signer.finder, x, out, why);
    if (e == ERR_OK)
        note_signer(g, *out);
    return e == ERR_UNAUTHENTICATED ? refuse(why, "Could not find user with this hotkey") : e;
}

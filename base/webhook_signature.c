#include "base/webhook_signature.h"

#include "base/buf.h"
#include "base/crypt.h"

enum { KEY_BYTES = 32, VERSION_BYTES = 3, DIGITS_MAX = 20 };

str webhook_secret_make(struct arena *a)
{
    uint8_t key[KEY_BYTES];
    crypt_random(key, sizeof key);
    str text = base64_encode(a, (str){(const char *)key, sizeof key});
    crypt_wipe(key, sizeof key);
    return arena_format(a, WEBHOOK_SECRET_PREFIX STR_FMT, STR_ARG(text));
}

enum err webhook_secret_read(struct arena *a, str secret, str *key, struct problem *why)
{
    str bytes = {0}, prefix = S(WEBHOOK_SECRET_PREFIX);
    if (!str_starts(secret, prefix))
        return problem_set(why, ERR_INVALID, "A signing secret begins with " WEBHOOK_SECRET_PREFIX);
    if (!base64_decode(a, str_slice(secret, prefix.len, secret.len), &bytes))
        return problem_set(why, ERR_INVALID, "Behind " WEBHOOK_SECRET_PREFIX " a signing secret is base64, with padding");
    if (bytes.len < WEBHOOK_KEY_BYTES_MIN || bytes.len > WEBHOOK_KEY_BYTES_MAX)
        return problem_set(why, ERR_INVALID, "A signing secret has %d to %d bytes", WEBHOOK_KEY_BYTES_MIN, WEBHOOK_KEY_BYTES_MAX);
    *key = bytes;
    return ERR_OK;
}

/* A dot would let one id and time read as another one's. */
static bool is_id(str id)
{
    bool plain = id.len > 0 && id.len <= WEBHOOK_ID_BYTES;
    for (size_t i = 0; plain && i < id.len; i++) {
        char c = id.at[i];
        plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    }
    return plain;
}

/* "{id}.{timestamp}.{body}" */
static str signed_text(struct arena *a, str id, str timestamp, str body)
{
    size_t n = id.len + timestamp.len + body.len + 2;
    char *text = arena_get(a, n, 1), *at = text;
    const str parts[] = {id, S("."), timestamp, S("."), body};
    for (size_t i = 0; i < COUNTOF(parts); i++) {
        if (parts[i].len)
            memcpy(at, parts[i].at, parts[i].len);
        at += parts[i].len;
    }
    return (str){text, n};
}

static str signature_of(struct arena *a, str key, str text)
{
    uint8_t mac[HMAC_SHA256_BYTES];
    hmac_sha256(key, text, mac);
    return base64_encode(a, (str){(const char *)mac, sizeof mac});
}

void webhook_sign(struct arena *a, const str *keys, size_t count, str id, int64_t now_s, str body, struct pair out[WEBHOOK_HEADERS])
{
    must(count > 0 && now_s >= 0 && is_id(id));
    str timestamp = arena_format(a, "%lld", (long long)now_s), all = S("");
    str text = signed_text(a, id, timestamp, body);
    for (size_t i = 0; i < count; i++) {
        str one = signature_of(a, keys[i], text);
        all = arena_format(a, STR_FMT "%sv1," STR_FMT, STR_ARG(all), i ? " " : "", STR_ARG(one));
    }
    out[0] = (struct pair){S("webhook-id"), id};
    out[1] = (struct pair){S("webhook-timestamp"), timestamp};
    out[2] = (struct pair){S("webhook-signature"), all};
}

static enum err check_time(str timestamp, int64_t now_s, struct problem *why)
{
    uint64_t at = 0;
    if (timestamp.len > DIGITS_MAX || !str_to_u64(timestamp, INT64_MAX, &at))
        return problem_set(why, ERR_BAD_INPUT, "webhook-timestamp is seconds since 1970");
    int64_t apart = (int64_t)at > now_s ? (int64_t)at - now_s : now_s - (int64_t)at;
    if (apart > WEBHOOK_TOLERANCE_S)
        return problem_set(why, ERR_UNAUTHENTICATED, "webhook-timestamp is more than %d seconds from now", WEBHOOK_TOLERANCE_S);
    return ERR_OK;
}

/* One of a list like "v1,abc v1a,def v1,ghi" is this; versions we do not know are passed over. */
static bool is_listed(str list, str wanted)
{
    bool ended = false, found = false;
    str piece;
    while (str_next(&list, &ended, ' ', &piece)) {
        str text = str_slice(piece, VERSION_BYTES, piece.len);
        if (str_starts(piece, S("v1,")) && text.len == wanted.len && crypt_equal(text.at, wanted.at, wanted.len))
            found = true;
    }
    return found;
}

enum err webhook_verify(const struct webhook_signed *in, const str *keys, size_t count, int64_t now_s, struct problem *why)
{
    bool good = false;
    if (!is_id(in->id) || in->signature.len == 0)
        return problem_set(why, ERR_BAD_INPUT, "webhook-id, webhook-timestamp and webhook-signature are missing, or are no such ones");
    TRY(check_time(in->timestamp, now_s, why));
    struct arena *own = arena_open(in->body.len + 1024);
    str text = signed_text(own, in->id, in->timestamp, in->body);
    for (size_t i = 0; i < count; i++) {
        if (is_listed(in->signature, signature_of(own, keys[i], text)))
            good = true;
    }
    arena_close(own);
    return good ? ERR_OK : problem_set(why, ERR_UNAUTHENTICATED, "No webhook-signature is by the secret");
}

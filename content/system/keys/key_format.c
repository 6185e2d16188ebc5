#include "content/system/keys/key_format.h"

#include "base/crypt.h"

#define NATIVE_ID 12
#define NATIVE_SECRET 43
#define NATIVE_CHECK 6

static bool all_of(str s, str alphabet)
{
    size_t unused;
    for (size_t i = 0; i < s.len; i++)
        if (!str_find(alphabet, s.at[i], &unused))
            return false;
    return true;
}

/* CRC-32 of everything before it, six base62 digits. */
static void check_digits(str head, char out[NATIVE_CHECK])
{
    uint32_t crc = crc32_of(head);
    for (size_t i = NATIVE_CHECK; i-- > 0; crc /= 62)
        out[i] = alphabet_base62.at[crc % 62];
}

static bool is_native(str key)
{
    size_t head = 6 + NATIVE_ID + 1 + NATIVE_SECRET; /* vtr_u_<id>_<secret> */
    if (key.len != head + NATIVE_CHECK || key.at[5] != '_' || key.at[6 + NATIVE_ID] != '_')
        return false;
    char digits[NATIVE_CHECK];
    check_digits(str_slice(key, 0, head), digits);
    return all_of(str_slice(key, 4, 5), S("usrt")) && all_of(str_slice(key, 6, 6 + NATIVE_ID), alphabet_crockford) &&
           all_of(str_slice(key, 7 + NATIVE_ID, key.len), alphabet_base62) &&
           memcmp(key.at + head, digits, NATIVE_CHECK) == 0;
}

static bool is_chutes(str key)
{
    str user, rest, id, secret, s = str_slice(key, 4, key.len);
    return str_cut(s, '.', &user, &rest) && str_cut(rest, '.', &id, &secret) && user.len == 32 && id.len == 32 &&
           secret.len == 32 && all_of(user, alphabet_hex) && all_of(id, alphabet_hex) && all_of(secret, alphabet_base62);
}

static bool is_zenml(str key)
{
    str s = str_slice(key, 7, key.len);
    return s.len >= 32 && s.len <= 1024 &&
           all_of(s, S("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/"));
}

static const struct {
    str kind, prefix;
    size_t hex; /* this many hex digits follow; 0: `fits` judges */
    bool (*fits)(str key);
} formats[] = {
    {STR("native"), STR("vtr_"), 0, is_native},    {STR("cockpit"), STR("USR-"), 40, NULL},
    {STR("cockpit"), STR("API-"), 40, NULL},       {STR("zot"), STR("zak_"), 32, NULL},
    {STR("chutes"), STR("cpk_"), 0, is_chutes},    {STR("zenml"), STR("ZENKEY_"), 0, is_zenml},
};

bool key_looks_right(str key)
{
    for (size_t i = 0; i < COUNTOF(formats); i++) {
        if (!str_starts(key, formats[i].prefix))
            continue;
        if (formats[i].fits)
            return formats[i].fits(key);
        return key.len == formats[i].prefix.len + formats[i].hex &&
               all_of(str_slice(key, formats[i].prefix.len, key.len), alphabet_hex);
    }
    return false;
}

size_t key_prefix_length(str key)
{
    return str_starts(key, S("vtr_")) ? 6 + NATIVE_ID : 8;
}

static str make_native(struct arena *a, char owner, str *prefix)
{
    str id = crypt_random_text(a, alphabet_crockford, NATIVE_ID);
    str secret = crypt_random_text(a, alphabet_base62, NATIVE_SECRET);
    char digits[NATIVE_CHECK];
    *prefix = arena_format(a, "vtr_%c_" STR_FMT, owner, STR_ARG(id));
    str head = arena_format(a, STR_FMT "_" STR_FMT, STR_ARG(*prefix), STR_ARG(secret));
    check_digits(head, digits);
    return arena_format(a, STR_FMT STR_FMT, STR_ARG(head), STR_ARG(((str){digits, NATIVE_CHECK})));
}

str key_make(struct arena *a, str kind, char owner, str *prefix)
{
    if (str_is_absent(kind) || str_equal(kind, S("native")))
        return make_native(a, owner, prefix);
    str key;
    if (str_equal(kind, S("cockpit")))
        key = arena_format(a, "%s-" STR_FMT, owner == 'u' ? "USR" : "API", STR_ARG(crypt_random_text(a, alphabet_hex, 40)));
    else if (str_equal(kind, S("zot")))
        key = arena_format(a, "zak_" STR_FMT, STR_ARG(crypt_random_text(a, alphabet_hex, 32)));
    else if (str_equal(kind, S("chutes")))
        key = arena_format(a, "cpk_" STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(crypt_random_text(a, alphabet_hex, 32)),
                           STR_ARG(crypt_random_text(a, alphabet_hex, 32)),
                           STR_ARG(crypt_random_text(a, alphabet_base62, 32)));
    else
        key = arena_format(a, "ZENKEY_" STR_FMT, STR_ARG(crypt_random_text(a, alphabet_base62, 64)));
    *prefix = str_slice(key, 0, key_prefix_length(key));
    return key;
}

#include "content/system/keys/key_format.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"

#define NATIVE_ID 12
#define NATIVE_SECRET 43
#define NATIVE_CHECK 6
#define SHOWN 8 /* characters of a key without a public part */
#define UUID_HEX 32
#define ZENML_SECRET 64

static bool all_of(str s, str alphabet)
{
    size_t unused;
    for (size_t i = 0; i < s.len; i++)
        if (!str_find(alphabet, s.at[i], &unused))
            return false;
    return true;
}

/* Native. */

/* CRC-32 of everything before it, six base62 digits. */
static void check_digits(str head, char out[NATIVE_CHECK])
{
    uint32_t crc = crc32_of(head);
    for (size_t i = NATIVE_CHECK; i-- > 0; crc /= 62)
        out[i] = alphabet_base62.at[crc % 62];
}

static bool read_native(struct arena *a, str key, str *out)
{
    size_t head = 6 + NATIVE_ID + 1 + NATIVE_SECRET; /* vtr_u_<id>_<secret> */
    (void)a;
    if (key.len != head + NATIVE_CHECK || key.at[5] != '_' || key.at[6 + NATIVE_ID] != '_')
        return false;
    char digits[NATIVE_CHECK];
    check_digits(str_slice(key, 0, head), digits);
    *out = key;
    return all_of(str_slice(key, 4, 5), S("usrt")) && all_of(str_slice(key, 6, 6 + NATIVE_ID), alphabet_crockford) &&
           all_of(str_slice(key, 7 + NATIVE_ID, key.len), alphabet_base62) &&
           memcmp(key.at + head, digits, NATIVE_CHECK) == 0;
}

static str make_native(struct arena *a, const struct key_mold *mold)
{
    str id = crypt_random_text(a, alphabet_crockford, NATIVE_ID);
    str secret = crypt_random_text(a, alphabet_base62, NATIVE_SECRET);
    char digits[NATIVE_CHECK];
    str head = arena_format(a, "vtr_%c_" STR_FMT "_" STR_FMT, mold->owner, STR_ARG(id), STR_ARG(secret));
    check_digits(head, digits);
    return arena_format(a, STR_FMT STR_FMT, STR_ARG(head), STR_ARG(((str){digits, NATIVE_CHECK})));
}

/* Prefix and hex digits. */

static bool read_hex(str key, size_t prefix, size_t digits, str *out)
{
    *out = key;
    return key.len == prefix + digits && all_of(str_slice(key, prefix, key.len), alphabet_hex);
}

static bool read_cockpit(struct arena *a, str key, str *out)
{
    (void)a;
    return read_hex(key, 4, 40, out);
}

static str make_cockpit(struct arena *a, const struct key_mold *mold)
{
    return arena_format(a, "%s-" STR_FMT, mold->owner == 'u' ? "USR" : "API", STR_ARG(crypt_random_text(a, alphabet_hex, 40)));
}

static bool read_zot(struct arena *a, str key, str *out)
{
    (void)a;
    return read_hex(key, 4, 32, out);
}

static str make_zot(struct arena *a, const struct key_mold *mold)
{
    (void)mold;
    return arena_format(a, "zak_" STR_FMT, STR_ARG(crypt_random_text(a, alphabet_hex, 32)));
}

/* Chutes. */

static bool read_chutes(struct arena *a, str key, str *out)
{
    str item, rest, owner, secret, s = str_slice(key, 4, key.len);
    (void)a;
    *out = key;
    return str_cut(s, '.', &item, &rest) && str_cut(rest, '.', &owner, &secret) && owner.len == UUID_HEX &&
           item.len == UUID_HEX && secret.len == 32 && all_of(owner, alphabet_hex) && all_of(item, alphabet_hex) &&
           all_of(secret, alphabet_base62);
}

static str uuid_hex(struct arena *a, str id)
{
    str uuid = id_uuid(a, id);
    char *hex = arena_get(a, UUID_HEX, 1);
    size_t n = 0;
    for (size_t i = 0; i < uuid.len; i++)
        if (uuid.at[i] != '-')
            hex[n++] = uuid.at[i];
    return (str){hex, n};
}

static str make_chutes(struct arena *a, const struct key_mold *mold)
{
    return arena_format(a, "cpk_" STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(uuid_hex(a, mold->item)),
                        STR_ARG(uuid_hex(a, mold->owner_item)), STR_ARG(crypt_random_text(a, alphabet_base62, 32)));
}

/* ZenML. */

struct zenml {
    str id, key;
};

static str write_zenml(struct arena *a, const struct zenml *z)
{
    str json = arena_format(a, "{\"id\":\"" STR_FMT "\",\"key\":\"" STR_FMT "\"}", STR_ARG(z->id), STR_ARG(z->key));
    return arena_format(a, "ZENKEY_" STR_FMT, STR_ARG(base64_encode(a, json)));
}

/* Small letters and dashes where they belong: no other spelling of the same id. */
static bool is_uuid(str s)
{
    if (s.len != UUID_LENGTH)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.at[i] != '-' : !all_of(str_slice(s, i, i + 1), alphabet_hex))
            return false;
    }
    return true;
}

/* Blanks within are older servers' habit; around it they would be other texts for the same key. */
static bool is_bare_map(str text)
{
    return text.len >= 2 && text.at[0] == '{' && text.at[text.len - 1] == '}';
}

static bool parse_zenml(struct arena *a, str base64, struct zenml *out)
{
    static const struct json_want wanted[] = {
        {STR("id"), JSON_TEXT, TAKE_STR, offsetof(struct zenml, id), WANT_REQUIRED},
        {STR("key"), JSON_TEXT, TAKE_STR, offsetof(struct zenml, key), WANT_REQUIRED},
    };
    struct problem quiet = {.arena = a};
    const struct json *json;
    str text;
    if (base64.len > LIMIT_ZENML_KEY_BYTES)
        return false;
    char *plus = arena_get(a, base64.len + 1, 1);
    for (size_t i = 0; i < base64.len; i++)
        plus[i] = base64.at[i] == ' ' ? '+' : base64.at[i];
    return base64_decode(a, (str){plus, base64.len}, &text) && is_bare_map(text) &&
           json_read(a, text, &(struct json_options){.depth_max = 2, .count_max = 8}, (str){0}, &json, &quiet) == ERR_OK &&
           json_take(json, wanted, COUNTOF(wanted), out, &quiet) == ERR_OK && is_uuid(out->id) &&
           out->key.len == ZENML_SECRET && all_of(out->key, alphabet_hex);
}

static bool read_zenml(struct arena *a, str key, str *out)
{
    struct zenml z;
    if (!parse_zenml(a, str_starts(key, S("ZENKEY_")) ? str_slice(key, 7, key.len) : key, &z))
        return false;
    *out = write_zenml(a, &z);
    return true;
}

static str make_zenml(struct arena *a, const struct key_mold *mold)
{
    struct zenml z = {id_uuid(a, mold->item), crypt_random_text(a, alphabet_hex, ZENML_SECRET)};
    return write_zenml(a, &z);
}

static const struct format {
    str kind, prefix;
    bool (*read)(struct arena *a, str given, str *key);
    str (*make)(struct arena *a, const struct key_mold *mold);
} formats[] = {
    {STR("native"), STR("vtr_"), read_native, make_native},   {STR("cockpit"), STR("USR-"), read_cockpit, make_cockpit},
    {STR("cockpit"), STR("API-"), read_cockpit, make_cockpit}, {STR("zot"), STR("zak_"), read_zot, make_zot},
    {STR("chutes"), STR("cpk_"), read_chutes, make_chutes},   {STR("zenml"), STR("ZENKEY_"), read_zenml, make_zenml},
    {STR("zenml"), STR("ey"), read_zenml, make_zenml}, /* what every JSON map begins with in base64 */
};

str key_make(struct arena *a, const struct key_mold *mold)
{
    for (size_t i = 0; i < COUNTOF(formats); i++)
        if (str_equal(formats[i].kind, mold->kind))
            return formats[i].make(a, mold);
    return make_native(a, mold);
}

static const struct format *format_of(str key)
{
    for (size_t i = 0; i < COUNTOF(formats); i++)
        if (str_starts(key, formats[i].prefix))
            return &formats[i];
    return NULL;
}

bool key_read(struct arena *a, str given, str *key)
{
    const struct format *f = format_of(given);
    return f && f->read(a, given, key);
}

static str id_behind(struct arena *a, str uuid)
{
    char id[ID_LENGTH];
    return uuid_id(uuid, id) ? arena_copy(a, (str){id, ID_LENGTH}) : (str){0};
}

struct key_ids key_says(struct arena *a, str key)
{
    struct zenml z;
    const struct format *f = format_of(key);
    if (f && f->read == read_chutes)
        return (struct key_ids){id_behind(a, str_slice(key, 4, 4 + UUID_HEX)),
                                id_behind(a, str_slice(key, 5 + UUID_HEX, 5 + 2 * UUID_HEX))};
    if (f && f->read == read_zenml && parse_zenml(a, str_slice(key, f->prefix.len, key.len), &z))
        return (struct key_ids){id_behind(a, z.id), {0}};
    return (struct key_ids){{0}, {0}};
}

void key_shown(struct arena *a, str key, str *prefix, str *last)
{
    struct zenml z;
    const struct format *f = format_of(key);
    bool is_native = f && f->read == read_native, is_chutes = f && f->read == read_chutes;
    str end = key;
    size_t shown = is_native ? 6 + NATIVE_ID : is_chutes ? 4 + UUID_HEX : SHOWN;
    if (f && f->read == read_zenml && parse_zenml(a, str_slice(key, f->prefix.len, key.len), &z)) {
        end = z.key; /* every ZenML key begins and ends alike */
        shown = f->prefix.len;
    }
    *prefix = str_slice(key, 0, shown);
    *last = str_slice(end, end.len - KEY_LAST, end.len);
}

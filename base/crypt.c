#include "base/crypt.h"

#include "base/file.h"
#include "base/limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PURPOSES  ((unsigned)CRYPT_PURPOSES_END - 1)
#define KEY_BYTES ((size_t)32)
static_assert(KEY_BYTES == crypto_kdf_KEYBYTES, "master key");
static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "sealing");
static_assert(KEY_BYTES == crypto_generichash_KEYBYTES, "digests");
static_assert(DIGEST_BYTES == crypto_generichash_BYTES, "digests");

struct crypt {
    uint8_t keys[PURPOSES][KEY_BYTES];
};

const str alphabet_hex = STR("0123456789abcdef");
const str alphabet_base62 = STR("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
const str alphabet_crockford = STR("0123456789ABCDEFGHJKMNPQRSTVWXYZ");

const char *crypt_library(void)
{
    return sodium_version_string();
}

void crypt_start(void)
{
    must(sodium_init() >= 0);
}

/* The keys of all purposes; the master key itself is not kept. */
static struct crypt *derive(const uint8_t master[KEY_BYTES])
{
    struct crypt *c = sodium_malloc(sizeof *c); /* locked, with guard pages */
    must(c != NULL);
    for (unsigned i = 0; i < PURPOSES; i++)
        must(crypto_kdf_derive_from_key(c->keys[i], KEY_BYTES, i + 1, "vitrine_", master) == 0);
    must(sodium_mprotect_readonly(c) == 0);
    return c;
}

static enum err refuse_file(struct problem *why, const char *path, const char *what)
{
    return problem_set(why, ERR_INVALID, "The master key file %s %s.", path, what);
}

static enum err read_key(int fd, const char *path, uint8_t master[KEY_BYTES], struct problem *why)
{
    struct stat st;
    char text[2 * KEY_BYTES + 3]; /* and a line ending, and one byte more to see what is too long */
    size_t used = 0, key_length = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return refuse_file(why, path, "is not a file");
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse_file(why, path, "can be read by others than its owner (chmod 400)");
    for (;;) {
        ssize_t n = read(fd, text + used, sizeof text - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    str line = {text, used};
    if (str_ends(line, S("\n")))
        line.len--;
    if (str_ends(line, S("\r")))
        line.len--;
    bool is_key =
        line.len == 2 * KEY_BYTES &&
        sodium_hex2bin(master, KEY_BYTES, line.at, line.len, NULL, &key_length, NULL) == 0 &&
        key_length == KEY_BYTES;
    sodium_memzero(text, sizeof text);
    return is_key ? ERR_OK : refuse_file(why, path, "is not one line of 64 hex digits");
}

static void sync_folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL ? "." : arena_cstr(a, (str){path, (size_t)(slash - path) + 1});
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* some file systems cannot; the key itself is on disk */
    close(fd);
}

/* Written under another name and linked: the file is there with its key or not at all, and of two
 * processes that start at once one wins and the other reads what it wrote. */
static enum err create_key(const char *path, struct problem *why)
{
    struct arena *a = why->arena;
    uint8_t master[KEY_BYTES];
    char line[2 * KEY_BYTES + 1];
    str suffix = crypt_random_text(a, alphabet_hex, 16);
    const char *draft = arena_cstr(a, arena_format(a, "%s.%.*s", path, STR_ARG(suffix)));
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd < 0)
        return refuse_file(why, path, "cannot be created in its folder");
    randombytes_buf(master, sizeof master);
    sodium_bin2hex(line, sizeof line, master, sizeof master);
    line[2 * KEY_BYTES] = '\n';
    bool is_written = fchmod(fd, 0400) == 0 && file_write(fd, line, sizeof line) && fsync(fd) == 0;
    sodium_memzero(master, sizeof master);
    sodium_memzero(line, sizeof line);
    is_written = close(fd) == 0 && is_written;
    bool is_linked = is_written && (link(draft, path) == 0 || errno == EEXIST);
    unlink(draft);
    if (!is_linked)
        return refuse_file(why, path, "cannot be written");
    sync_folder_of(a, path);
    return ERR_OK;
}

enum err crypt_open(const char *path, bool may_create, struct crypt **out, struct problem *why)
{
    uint8_t master[KEY_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && may_create) {
        TRY(create_key(path, why));
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0)
        return refuse_file(why, path, errno == ENOENT ? "is missing" : "cannot be opened");
    enum err e = read_key(fd, path, master, why);
    close(fd);
    if (e == ERR_OK)
        *out = derive(master);
    sodium_memzero(master, sizeof master);
    return e;
}

void crypt_close(struct crypt *c)
{
    sodium_free(c); /* wipes; NULL is fine */
}

static const uint8_t *key_of(const struct crypt *c, enum crypt_purpose purpose)
{
    must((unsigned)purpose >= 1 && (unsigned)purpose <= PURPOSES);
    return c->keys[(unsigned)purpose - 1];
}

void crypt_digest(const struct crypt *c, enum crypt_purpose purpose, str text,
                  uint8_t out[DIGEST_BYTES])
{
    must(crypto_generichash(out, DIGEST_BYTES, (const uint8_t *)text.at, text.len,
                            key_of(c, purpose), KEY_BYTES) == 0);
}

void crypt_digest_parts(const struct crypt *c, enum crypt_purpose purpose, const str *parts, size_t count,
                        uint8_t out[DIGEST_BYTES])
{
    crypto_generichash_state state;
    must(crypto_generichash_init(&state, key_of(c, purpose), KEY_BYTES, DIGEST_BYTES) == 0);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len)
            must(crypto_generichash_update(&state, (const uint8_t *)parts[i].at, parts[i].len) == 0);
    must(crypto_generichash_final(&state, out, DIGEST_BYTES) == 0);
}

bool crypt_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES   crypto_aead_xchacha20poly1305_ietf_ABYTES

/* Room for nonce, text and tag; the nonce is the caller's. */
static str seal(const struct crypt *c, enum crypt_purpose purpose, str context, str plain, uint8_t *sealed)
{
    unsigned long long n = 0;
    must(crypto_aead_xchacha20poly1305_ietf_encrypt(
             sealed + NONCE_BYTES, &n, (const uint8_t *)plain.at, plain.len,
             (const uint8_t *)context.at, context.len, NULL, sealed, key_of(c, purpose)) == 0);
    return (str){(const char *)sealed, NONCE_BYTES + (size_t)n};
}

str crypt_seal(const struct crypt *c, enum crypt_purpose purpose, struct arena *a, str context,
               str plain)
{
    uint8_t *sealed = arena_get(a, NONCE_BYTES + plain.len + TAG_BYTES, 1);
    randombytes_buf(sealed, NONCE_BYTES);
    return seal(c, purpose, context, plain, sealed);
}

str crypt_seal_steady(const struct crypt *c, enum crypt_purpose purpose, struct arena *a, str context,
                      str plain)
{
    uint8_t *sealed = arena_get(a, NONCE_BYTES + plain.len + TAG_BYTES, 1);
    crypto_generichash_state state;
    crypto_generichash_init(&state, key_of(c, purpose), crypto_aead_xchacha20poly1305_ietf_KEYBYTES, NONCE_BYTES);
    uint64_t length = context.len; /* so that no context and text run into one another */
    crypto_generichash_update(&state, (const uint8_t *)&length, sizeof length);
    crypto_generichash_update(&state, (const uint8_t *)context.at, context.len);
    crypto_generichash_update(&state, (const uint8_t *)plain.at, plain.len);
    crypto_generichash_final(&state, sealed, NONCE_BYTES);
    return seal(c, purpose, context, plain, sealed);
}

bool crypt_unseal(const struct crypt *c, enum crypt_purpose purpose, struct arena *a, str context,
                  str sealed, str *plain)
{
    if (sealed.len < NONCE_BYTES + TAG_BYTES)
        return false;
    const uint8_t *at = (const uint8_t *)sealed.at;
    uint8_t *text = arena_get(a, sealed.len - NONCE_BYTES - TAG_BYTES, 1);
    unsigned long long n = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            text, &n, NULL, at + NONCE_BYTES, sealed.len - NONCE_BYTES, (const uint8_t *)context.at,
            context.len, at, key_of(c, purpose)) != 0)
        return false;
    *plain = (str){(const char *)text, (size_t)n};
    return true;
}

void crypt_random(void *into, size_t n)
{
    randombytes_buf(into, n);
}

void crypt_wipe(void *at, size_t n)
{
    sodium_memzero(at, n);
}

str crypt_random_text(struct arena *a, str alphabet, size_t length)
{
    must(alphabet.len > 1 && alphabet.len <= 256);
    char *at = arena_get(a, length, 1);
    uint8_t bytes[64]; /* many at a time: each look at the source is a system call */
    size_t fair = 256 - 256 % alphabet.len, left = 0;
    for (size_t i = 0; i < length;) {
        if (left == 0)
            randombytes_buf(bytes, left = sizeof bytes);
        uint8_t byte = bytes[--left];
        if (byte < fair)
            at[i++] = alphabet.at[byte % alphabet.len];
    }
    sodium_memzero(bytes, sizeof bytes);
    return (str){at, length};
}

/* IEEE 802.3, four bits at a time. */
uint32_t crc32_of(str s)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < s.len; i++) {
        crc ^= (unsigned char)s.at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static str encode(struct arena *a, str bytes, int variant)
{
    size_t room = sodium_base64_encoded_len(bytes.len, variant);
    char *text = arena_get(a, room, 1); /* with its NUL */
    sodium_bin2base64(text, room, (const uint8_t *)bytes.at, bytes.len, variant);
    return (str){text, room - 1};
}

str base64url_encode(struct arena *a, str bytes)
{
    return encode(a, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

str base64_encode(struct arena *a, str bytes)
{
    return encode(a, bytes, sodium_base64_VARIANT_ORIGINAL);
}

static bool decode(struct arena *a, str text, int variant, str *bytes)
{
    /* libsodium 1.0.18 takes bytes above 0x7f for letters where char is signed (found by fuzzing).
     */
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > 0x7e)
            return false;
    size_t room = text.len / 4 * 3 + 3, n = 0;
    uint8_t *at = arena_get(a, room, 1);
    if (sodium_base642bin(at, room, text.at == NULL ? "" : text.at, text.len, NULL, &n, NULL,
                          variant) != 0)
        return false;
    *bytes = (str){(const char *)at, n};
    return true;
}

bool base64url_decode(struct arena *a, str text, str *bytes)
{
    return decode(a, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, bytes);
}

bool base64_decode(struct arena *a, str text, str *bytes)
{
    return decode(a, text, sodium_base64_VARIANT_ORIGINAL, bytes);
}

#include "base/crypt_file.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#define PIECE 65536u
#define OVER crypto_secretstream_xchacha20poly1305_ABYTES
#define MARK_BYTES (sizeof FILE_SEALED_MARK - 1)
#define SEALED_KEY (crypto_box_SEALBYTES + crypto_secretstream_xchacha20poly1305_KEYBYTES)
#define FRONT_MOST (MARK_BYTES + 1 + crypto_box_PUBLICKEYBYTES + SEALED_KEY + crypto_secretstream_xchacha20poly1305_HEADERBYTES)
#define KDF_KIB (256u << 10)  /* and passes: libsodium's middle strength */
#define KDF_PASSES 3u
#define KDF_KIB_MOST (1u << 20) /* what a file may ask of us */
#define KDF_PASSES_MOST 16u
static_assert(SEALED_KEY == 80 && crypto_pwhash_SALTBYTES == 16, "the format in the header");

/* The bytes in front, and the key that they stand for. */
struct front {
    uint8_t at[FRONT_MOST];
    size_t len;
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
};

static void put(struct front *f, const void *bytes, size_t n)
{
    must(f->len + n <= sizeof f->at);
    memcpy(f->at + f->len, bytes, n);
    f->len += n;
}

static void put_u32(struct front *f, uint32_t n)
{
    const uint8_t bytes[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    put(f, bytes, sizeof bytes);
}

static uint32_t u32_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* ---- keys ---- */

static bool key_bytes(str text, const char *mark, uint8_t out[32])
{
    struct arena *a = arena_open(256);
    str bytes = {0};
    bool is_key = text.len <= FILE_KEY_TEXT_BYTES && str_starts(text, str_of(mark)) &&
                  base64url_decode(a, str_slice(text, 4, text.len), &bytes) && bytes.len == 32;
    if (is_key)
        memcpy(out, bytes.at, 32);
    if (bytes.len > 0)
        sodium_memzero((void *)(uintptr_t)bytes.at, bytes.len);
    arena_close(a);
    return is_key;
}

bool file_public_key_valid(str text)
{
    uint8_t key[32];
    return key_bytes(text, "vpk1", key);
}

static str key_text(struct arena *a, const char *mark, const uint8_t key[32])
{
    return arena_format(a, "%s" STR_FMT, mark, STR_ARG(base64url_encode(a, (str){(const char *)key, 32})));
}

void file_keys_make(struct arena *a, str *public_key, str *secret_key)
{
    uint8_t public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
    (void)crypto_box_keypair(public, secret);
    *public_key = key_text(a, "vpk1", public);
    *secret_key = key_text(a, "vsk1", secret);
    sodium_memzero(secret, sizeof secret);
}

static enum err derive(struct front *f, str passphrase, const uint8_t *salt, uint32_t passes, uint32_t kib, struct problem *why)
{
    if (crypto_pwhash(f->key, sizeof f->key, passphrase.at, passphrase.len, salt, passes, (size_t)kib << 10, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return problem_set(why, ERR_UNAVAILABLE, "There is no memory for the passphrase: it takes %u MiB", kib >> 10);
    return ERR_OK;
}

/* ---- writing ---- */

struct sealing {
    crypto_secretstream_xchacha20poly1305_state state;
    FILE *to;
    struct front front;               /* not yet authenticated when len > 0 */
    uint8_t piece[PIECE], sealed[PIECE + OVER];
    size_t used;
    bool failed;
};

static enum err front_of(struct front *f, const struct file_lock *lock, struct problem *why)
{
    put(f, FILE_SEALED_MARK, MARK_BYTES);
    if (!str_is_absent(lock->public_key)) {
        uint8_t public[crypto_box_PUBLICKEYBYTES], sealed[SEALED_KEY];
        if (!key_bytes(lock->public_key, "vpk1", public))
            return problem_set(why, ERR_INVALID, "The public key is none: it begins with vpk1");
        crypto_secretstream_xchacha20poly1305_keygen(f->key);
        if (crypto_box_seal(sealed, f->key, sizeof f->key, public) != 0)
            return problem_set(why, ERR_INVALID, "The public key is a weak one");
        put(f, "k", 1);
        put(f, public, sizeof public);
        put(f, sealed, sizeof sealed);
        return ERR_OK;
    }
    uint8_t salt[crypto_pwhash_SALTBYTES];
    if (lock->passphrase.len == 0)
        return problem_set(why, ERR_INVALID, "The passphrase is empty");
    randombytes_buf(salt, sizeof salt);
    put(f, "p", 1);
    put_u32(f, KDF_PASSES);
    put_u32(f, KDF_KIB);
    put(f, salt, sizeof salt);
    return derive(f, lock->passphrase, salt, KDF_PASSES, KDF_KIB, why);
}

static void write_piece(struct sealing *s, bool is_last)
{
    unsigned long long n = 0;
    uint8_t tag = is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    (void)crypto_secretstream_xchacha20poly1305_push(&s->state, s->sealed, &n, s->piece, s->used, s->front.len ? s->front.at : NULL,
                                                     s->front.len, tag);
    s->failed |= fwrite(s->sealed, 1, (size_t)n, s->to) != n;
    s->used = 0;
    s->front.len = 0;
}

/* A full piece waits until it is known that it is not the last. */
static ssize_t take_bytes(void *self, const char *at, size_t n)
{
    struct sealing *s = self;
    for (size_t left = n; left > 0;) {
        if (s->used == PIECE)
            write_piece(s, false);
        size_t some = left < PIECE - s->used ? left : PIECE - s->used;
        memcpy(s->piece + s->used, at, some);
        s->used += some;
        at += some;
        left -= some;
    }
    return s->failed ? 0 : (ssize_t)n;
}

static int end_sealing(void *self)
{
    struct sealing *s = self;
    write_piece(s, true);
    bool failed = s->failed || fflush(s->to) != 0;
    sodium_memzero(s, sizeof *s);
    free(s);
    return failed ? -1 : 0;
}

enum err file_seal(FILE *to, const struct file_lock *lock, FILE **out, struct problem *why)
{
    const cookie_io_functions_t calls = {.write = take_bytes, .close = end_sealing};
    uint8_t header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    struct sealing *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->to = to;
    enum err e = front_of(&s->front, lock, why);
    if (e == ERR_OK) {
        (void)crypto_secretstream_xchacha20poly1305_init_push(&s->state, header, s->front.key);
        sodium_memzero(s->front.key, sizeof s->front.key);
        put(&s->front, header, sizeof header);
        s->failed = fwrite(s->front.at, 1, s->front.len, to) != s->front.len;
        *out = fopencookie(s, "w", calls);
        must(*out != NULL);
        return ERR_OK;
    }
    sodium_memzero(s, sizeof *s);
    free(s);
    return e;
}

/* ---- reading ---- */

struct file_unsealed {
    struct tar_source source;         /* first */
    crypto_secretstream_xchacha20poly1305_state state;
    FILE *from;
    struct front front;
    uint8_t sealed[PIECE + OVER], piece[PIECE];
    size_t at, len;                   /* of the piece that is handed out */
    bool is_over;
};

static enum err damaged(struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "The sealed file is damaged, altered or cut off");
}

static enum err read_front(struct file_unsealed *u, size_t n, struct problem *why)
{
    must(u->front.len + n <= sizeof u->front.at);
    if (fread(u->front.at + u->front.len, 1, n, u->from) != n)
        return damaged(why);
    u->front.len += n;
    return ERR_OK;
}

static enum err open_by_passphrase(struct file_unsealed *u, str passphrase, struct problem *why)
{
    const uint8_t *at = u->front.at + u->front.len;
    TRY(read_front(u, 8 + crypto_pwhash_SALTBYTES, why));
    uint32_t passes = u32_at(at), kib = u32_at(at + 4);
    if (str_is_absent(passphrase))
        return problem_set(why, ERR_FORBIDDEN, "The file is sealed with a passphrase, and none was given");
    if (passes == 0 || passes > KDF_PASSES_MOST || kib < 8 || kib > KDF_KIB_MOST)
        return damaged(why);
    return derive(&u->front, passphrase, at + 8, passes, kib, why);
}

static enum err open_by_key(struct file_unsealed *u, str secret_key, struct problem *why)
{
    const uint8_t *at = u->front.at + u->front.len;
    uint8_t secret[crypto_box_SECRETKEYBYTES], public[crypto_box_PUBLICKEYBYTES];
    TRY(read_front(u, crypto_box_PUBLICKEYBYTES + SEALED_KEY, why));
    if (str_is_absent(secret_key))
        return problem_set(why, ERR_FORBIDDEN, "The file is sealed for a key, and none was given");
    if (!key_bytes(secret_key, "vsk1", secret))
        return problem_set(why, ERR_INVALID, "The key is none: it begins with vsk1");
    (void)crypto_scalarmult_base(public, secret);
    bool is_its = sodium_memcmp(public, at, sizeof public) == 0;
    bool opens = is_its && crypto_box_seal_open(u->front.key, at + sizeof public, SEALED_KEY, public, secret) == 0;
    sodium_memzero(secret, sizeof secret);
    if (!is_its)
        return problem_set(why, ERR_FORBIDDEN, "The file is sealed for another key");
    return opens ? ERR_OK : damaged(why);
}

/* The next piece. One that is not full is the last, or somebody cut it off. */
static enum err next_piece(struct file_unsealed *u, struct problem *why)
{
    unsigned long long n = 0;
    uint8_t tag = 0;
    size_t got = fread(u->sealed, 1, sizeof u->sealed, u->from);
    if (ferror(u->from))
        return problem_set(why, ERR_UNAVAILABLE, "The sealed file cannot be read");
    if (got < OVER || crypto_secretstream_xchacha20poly1305_pull(&u->state, u->piece, &n, &tag, u->sealed, got, u->front.len ? u->front.at : NULL,
                                                                u->front.len) != 0)
        return u->front.len && u->front.at[MARK_BYTES] == 'p'
                   ? problem_set(why, ERR_FORBIDDEN, "The passphrase is another one, or the file's beginning is damaged")
                   : damaged(why);
    u->front.len = 0;
    u->at = 0;
    u->len = (size_t)n;
    u->is_over = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (u->is_over && getc(u->from) != EOF)
        return damaged(why);
    return ERR_OK;
}

static enum err read_source(struct tar_source *self, void *into, size_t room, size_t *got, struct problem *why)
{
    struct file_unsealed *u = (struct file_unsealed *)(void *)self;
    while (u->at == u->len && !u->is_over)
        TRY(next_piece(u, why));
    *got = room < u->len - u->at ? room : u->len - u->at;
    memcpy(into, u->piece + u->at, *got);
    u->at += *got;
    return ERR_OK;
}

static enum err open_front(struct file_unsealed *u, const struct file_lock *lock, struct problem *why)
{
    TRY(read_front(u, MARK_BYTES + 1, why));
    char kind = (char)u->front.at[MARK_BYTES];
    if (memcmp(u->front.at, FILE_SEALED_MARK, MARK_BYTES) != 0 || (kind != 'p' && kind != 'k'))
        return problem_set(why, ERR_BAD_INPUT, "This is no sealed file");
    TRY(kind == 'p' ? open_by_passphrase(u, lock->passphrase, why) : open_by_key(u, lock->secret_key, why));
    size_t at = u->front.len;
    TRY(read_front(u, crypto_secretstream_xchacha20poly1305_HEADERBYTES, why));
    (void)crypto_secretstream_xchacha20poly1305_init_pull(&u->state, u->front.at + at, u->front.key);
    sodium_memzero(u->front.key, sizeof u->front.key);
    return next_piece(u, why);
}

enum err file_unseal(FILE *from, const struct file_lock *lock, struct file_unsealed **out, struct problem *why)
{
    struct file_unsealed *u = calloc(1, sizeof *u);
    must(u != NULL);
    u->source.read = read_source;
    u->from = from;
    enum err e = open_front(u, lock, why);
    if (e == ERR_OK)
        *out = u;
    else
        file_unsealed_close(u);
    return e;
}

struct tar_source *file_unsealed_source(struct file_unsealed *u)
{
    return &u->source;
}

void file_unsealed_close(struct file_unsealed *u)
{
    if (!u)
        return;
    sodium_memzero(u, sizeof *u);
    free(u);
}

bool file_is_sealed(FILE *from, char *kind)
{
    char front[MARK_BYTES + 1] = {0};
    bool is_sealed = fread(front, 1, sizeof front, from) == sizeof front && memcmp(front, FILE_SEALED_MARK, MARK_BYTES) == 0;
    *kind = front[MARK_BYTES];
    (void)fseek(from, 0, SEEK_SET);
    return is_sealed;
}

/* Sealed files: what was put in comes out, whatever its size, and nothing comes out of one that was touched. */
#include "base/crypt_file.h"
#include "tests/support/check.h"

#include <stdlib.h>

struct bench {
    struct arena *arena;
    struct file_lock write, read;
    struct problem why;
};

static struct bench open_bench(void)
{
    struct bench b = {.arena = arena_open(1u << 20)};
    crypt_start();
    b.why.arena = b.arena;
    file_keys_make(b.arena, &b.write.public_key, &b.read.secret_key);
    return b;
}

static str sealed(struct bench *b, str text, const struct file_lock *lock)
{
    char *at = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&at, &len), *in = NULL;
    NEED(file_seal(to, lock, &in, &b->why) == ERR_OK);
    CHECK_INT(fwrite(text.at, 1, text.len, in), text.len);
    CHECK_INT(fclose(in), 0);
    (void)fclose(to);
    str out = arena_copy(b->arena, (str){at, len});
    free(at);
    return out;
}

static enum err read_all(struct bench *b, struct file_unsealed *u, str *out)
{
    struct tar_source *from = file_unsealed_source(u);
    struct buf text;
    char piece[5000];
    size_t got = 1;
    buf_init(&text, b->arena, 1u << 20);
    while (got > 0) {
        TRY(from->read(from, piece, sizeof piece, &got, &b->why));
        buf_add(&text, (str){piece, got});
    }
    *out = buf_str(&text);
    return ERR_OK;
}

static enum err unsealed(struct bench *b, str bytes, const struct file_lock *lock, str *out)
{
    struct file_unsealed *u = NULL;
    static char nothing[1];
    FILE *from = fmemopen(bytes.len ? (void *)(uintptr_t)bytes.at : nothing, bytes.len ? bytes.len : 1, "r");
    if (bytes.len == 0)
        (void)getc(from);
    enum err e = file_unseal(from, lock, &u, &b->why);
    if (e == ERR_OK)
        e = read_all(b, u, out);
    file_unsealed_close(u);
    (void)fclose(from);
    return e;
}

static str text_of(struct arena *a, size_t size)
{
    char *at = arena_get(a, size + 1, 1);
    for (size_t i = 0; i < size; i++)
        at[i] = (char)(i * 31 + i / 251);
    return (str){at, size};
}

static void what_was_put_in_comes_out(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 200000};
    struct bench b = open_bench();
    (void)state;
    for (size_t i = 0; i < COUNTOF(sizes); i++) {
        str text = text_of(b.arena, sizes[i]), bytes = sealed(&b, text, &b.write), is;
        CHECK_AT(i);
        CHECK_ERR(unsealed(&b, bytes, &b.read, &is), ERR_OK);
        CHECK(str_equal(is, text));
        CHECK(bytes.len > text.len);
    }
    arena_close(b.arena);
}

static void nothing_comes_out_of_what_was_touched(void **state)
{
    struct bench b = open_bench();
    str text = text_of(b.arena, 140000), bytes = sealed(&b, text, &b.write), is;
    (void)state;
    for (size_t at = 0; at < bytes.len; at += at < 200 ? 1 : 1499) {
        char *copy = arena_get(b.arena, bytes.len, 1);
        memcpy(copy, bytes.at, bytes.len);
        copy[at] = (char)(copy[at] ^ 4);
        CHECK_AT(at);
        CHECK(unsealed(&b, (str){copy, bytes.len}, &b.read, &is) != ERR_OK);
        CHECK(unsealed(&b, str_slice(bytes, 0, at), &b.read, &is) != ERR_OK);
        copy[at] = (char)(copy[at] ^ 4);
    }
    CHECK_ERR(unsealed(&b, arena_format(b.arena, "%s", ""), &b.read, &is), ERR_BAD_INPUT);
    char *longer = arena_get(b.arena, bytes.len + 1, 1);
    memcpy(longer, bytes.at, bytes.len);
    CHECK_ERR(unsealed(&b, (str){longer, bytes.len + 1}, &b.read, &is), ERR_BAD_INPUT);
    /* The second piece left out. */
    char *shorter = arena_get(b.arena, bytes.len, 1);
    size_t piece = 65536 + 17, front = bytes.len - (140000 - 2 * 65536 + 17) - 2 * piece;
    memcpy(shorter, bytes.at, front + piece);
    memcpy(shorter + front + piece, bytes.at + front + 2 * piece, bytes.len - front - 2 * piece);
    CHECK_ERR(unsealed(&b, (str){shorter, bytes.len - piece}, &b.read, &is), ERR_BAD_INPUT);
    arena_close(b.arena);
}

static void only_its_key_opens_it(void **state)
{
    struct bench b = open_bench();
    struct file_lock other = {0}, by_word = {.passphrase = S("correct horse")}, wrong = {.passphrase = S("correct horsf")}, none = {0};
    str unused, is, bytes = sealed(&b, S("text"), &b.write), worded = sealed(&b, S("text"), &by_word);
    (void)state;
    file_keys_make(b.arena, &unused, &other.secret_key);
    CHECK_ERR(unsealed(&b, bytes, &other, &is), ERR_FORBIDDEN);
    CHECK_ERR(unsealed(&b, bytes, &by_word, &is), ERR_FORBIDDEN);
    CHECK_ERR(unsealed(&b, bytes, &none, &is), ERR_FORBIDDEN);
    CHECK_ERR(unsealed(&b, bytes, &(struct file_lock){.secret_key = S("vsk1AAAA")}, &is), ERR_INVALID);
    CHECK_ERR(unsealed(&b, worded, &wrong, &is), ERR_FORBIDDEN);
    CHECK_ERR(unsealed(&b, worded, &b.read, &is), ERR_FORBIDDEN);
    CHECK_ERR(unsealed(&b, worded, &by_word, &is), ERR_OK);
    CHECK_STR(is, S("text"));
    CHECK(file_public_key_valid(b.write.public_key) && !file_public_key_valid(b.read.secret_key) && !file_public_key_valid(S("vpk1AA")));
    arena_close(b.arena);
}

/* A file asks for no more memory and time than ours do, and a little. */
static void costs_have_a_ceiling(void **state)
{
    struct bench b = open_bench();
    static const struct {
        unsigned char passes[4], kib[4];
    } cases[] = {{{0, 0, 0, 17}, {0, 0, 32, 0}}, {{0, 0, 0, 0}, {0, 0, 32, 0}}, {{0, 0, 0, 1}, {0, 16, 0, 1}}, {{0, 0, 0, 1}, {0, 0, 0, 7}}};
    struct file_lock by_word = {.passphrase = S("word")};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        char bytes[200] = FILE_SEALED_MARK "p";
        str is;
        memcpy(bytes + 18, cases[i].passes, 4);
        memcpy(bytes + 22, cases[i].kib, 4);
        CHECK_AT(i);
        CHECK_ERR(unsealed(&b, (str){bytes, sizeof bytes}, &by_word, &is), ERR_BAD_INPUT);
    }
    arena_close(b.arena);
}

CHECK_MAIN(TEST(what_was_put_in_comes_out), TEST(nothing_comes_out_of_what_was_touched), TEST(only_its_key_opens_it), TEST(costs_have_a_ceiling))

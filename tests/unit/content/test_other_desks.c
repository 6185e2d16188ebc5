/* What comes from other desks: sealed keys, keys in their spellings, lists of revoked certificates (notary.md 10). */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/system/pki/key_seal.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_key.h"
#include "content/system/pki/x509_make.h"
#include "content/system/pki/x509_sealed.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"

#include <stdlib.h>

#define DAY INT64_C(86400000)
#define NOW INT64_C(1800000000000)

static struct arena *a;
static struct problem why;

static void begin(void)
{
    arena_close(a);
    a = arena_open(1 << 16);
    crypt_start();
    why = (struct problem){.arena = a};
}

static str of_hex(const char *digits)
{
    size_t n = strlen(digits) / 2;
    char *out = arena_get(a, n + 1, 1);
    for (size_t i = 0; i < 2 * n; i++) {
        int digit = digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10;
        out[i / 2] = (char)(i % 2 ? out[i / 2] * 16 + digit : digit);
    }
    return (str){out, n};
}

/* The specification's test case 14 (McGrew, Viega): a key, a nonce and a block of zeros. */
static void aes_256_gcm_opens_what_its_key_sealed_and_nothing_else(void **state)
{
    (void)state;
    begin();
    const uint8_t key[AES256_KEY_BYTES] = {0}, other[AES256_KEY_BYTES] = {1};
    str sealed = of_hex("000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"), plain;
    NEED(aes256_gcm_open(key, sealed, a, &plain));
    CHECK(plain.len == 16);
    for (size_t i = 0; i < plain.len; i++)
        CHECK_INT(plain.at[i], 0);
    CHECK(!aes256_gcm_open(other, sealed, a, &plain));
    for (size_t i = 0; i < sealed.len; i++) {
        CHECK_AT(i);
        str bad = arena_copy(a, sealed);
        *(char *)(uintptr_t)(bad.at + i) ^= 1;
        CHECK(!aes256_gcm_open(key, bad, a, &plain) && plain.len == 0);
        CHECK(!aes256_gcm_open(key, str_slice(sealed, 0, i), a, &plain));
    }
}

static void keys_come_in_pem(void **state)
{
    (void)state;
    begin();
    for (enum key_type t = MAKE_EC_P256; t < MAKE_COUNT; t++) {
        str pkcs8, again, one = {0}, two = {0};
        CHECK_AT(t);
        NEED(private_key_make(t, a, &pkcs8, &why) == ERR_OK);
        NEED(private_key_read(pem_write(a, S("PRIVATE KEY"), pkcs8), a, &again, &why) == ERR_OK);
        NEED(private_key_public(pkcs8, a, &one) && private_key_public(again, a, &two));
        CHECK(public_key_equal(one, two));
        CHECK_ERR(private_key_read(pem_write(a, S("PRIVATE KEY"), str_slice(pkcs8, 0, pkcs8.len - 1)), a, &again, &why), ERR_INVALID);
        CHECK_ERR(private_key_read(pem_write(a, S("CERTIFICATE"), pkcs8), a, &again, &why), ERR_INVALID);
    }
    static const str bad[] = {STR(""), STR("key"), STR("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n")};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        str out;
        CHECK_ERR(private_key_read(bad[i], a, &out, &why), ERR_INVALID);
        CHECK(!private_key_public(bad[i], a, &out));
    }
}

struct desk {
    str key;
    struct certificate_made root;
};

static struct desk desk_of(const char *name)
{
    struct desk d;
    const struct dn_part cn = {S("CN"), str_of(name)};
    str spki = {0};
    NEED(private_key_make(MAKE_EC_P256, a, &d.key, &why) == ERR_OK && private_key_public(d.key, a, &spki));
    const struct certificate_wish wish = {.public_key = spki, .subject = {&cn, 1}, .not_before_ms = NOW, .not_after_ms = NOW + DAY, .is_authority = true,
                                          .path_len = -1, .issuer_key = d.key};
    NEED(certificate_make(&wish, a, &d.root, &why) == ERR_OK);
    return d;
}

static str list_of(const struct desk *d, uint64_t number, const struct revoked *list, size_t count)
{
    str pem, der;
    const struct crl_wish wish = {.issuer_pem = d->root.pem, .issuer_key = d->key, .number = number, .this_ms = NOW, .next_ms = NOW + DAY,
                                  .list = list, .count = count};
    NEED(crl_make(&wish, a, &pem, &der, &why) == ERR_OK);
    return pem;
}

static void lists_are_read_when_their_issuer_signed_them(void **state)
{
    (void)state;
    begin();
    struct desk one = desk_of("one"), two = desk_of("two"), twin = desk_of("one");
    const struct revoked list[] = {{S("0a"), NOW - DAY, 1}, {S("18d3f00000000777"), NOW, 0}};
    str pem = list_of(&one, 1790000000123456789u, list, COUNTOF(list));
    struct crl_facts f;
    NEED(crl_read(pem, one.root.pem, a, &f, &why) == ERR_OK);
    CHECK_INT(f.number, 1790000000123456789);
    CHECK_INT(f.next_ms, NOW + DAY);
    NEED(f.count == 2);
    CHECK_STR(f.list[0].serial, S("0a"));
    CHECK_INT(f.list[0].at_ms, NOW - DAY);
    CHECK_INT(f.list[0].reason, 1);
    CHECK_STR(f.list[1].serial, S("18d3f00000000777"));
    CHECK_ERR(crl_read(pem, two.root.pem, a, &f, &why), ERR_INVALID);
    CHECK_ERR(crl_read(pem, twin.root.pem, a, &f, &why), ERR_INVALID);
    CHECK_ERR(crl_read(one.root.pem, one.root.pem, a, &f, &why), ERR_INVALID);
    CHECK_ERR(crl_read(str_slice(pem, 0, pem.len / 2), one.root.pem, a, &f, &why), ERR_INVALID);
}

/* 1970 is no moment where 0 says that there is none, and a larger number is not a smaller one. */
static void moments_and_numbers_of_lists_are_what_they_are(void **state)
{
    (void)state;
    begin();
    struct desk one = desk_of("one");
    const struct revoked list[] = {{S("0a"), 0, 1}, {S("0b"), 1000, 1}};
    struct crl_facts f;
    NEED(crl_read(list_of(&one, INT64_MAX, list, COUNTOF(list)), one.root.pem, a, &f, &why) == ERR_OK);
    NEED(f.count == 2);
    CHECK_INT(f.list[0].at_ms, 1000);
    CHECK_INT(f.list[1].at_ms, 1000);
    CHECK_INT(f.number, INT64_MAX);
    CHECK_ERR(crl_read(list_of(&one, (uint64_t)INT64_MAX + 1, list, COUNTOF(list)), one.root.pem, a, &f, &why), ERR_INVALID);
    CHECK(str_contains(why.text, S("number")));
}

static void lists_have_an_end(void **state)
{
    (void)state;
    begin();
    struct desk one = desk_of("one");
    struct revoked *list = NEW_N(a, struct revoked, LIMIT_REVOKED_READ + 1);
    struct crl_facts f;
    for (size_t i = 0; i <= LIMIT_REVOKED_READ; i++)
        list[i] = (struct revoked){arena_format(a, "01%06zx", i), NOW, 0};
    CHECK_ERR(crl_read(list_of(&one, 1, list, LIMIT_REVOKED_READ), one.root.pem, a, &f, &why), ERR_OK);
    CHECK_INT(f.count, LIMIT_REVOKED_READ);
    CHECK_ERR(crl_read(list_of(&one, 2, list, LIMIT_REVOKED_READ + 1), one.root.pem, a, &f, &why), ERR_INVALID);
}

static void a_key_in_an_archive_is_for_one_authority_and_one_master_key(void **state)
{
    (void)state;
    begin();
    char folder[FOLDER_ROOM];
    struct crypt *mine = NULL, *theirs = NULL;
    str opened;
    folder_new(folder, "other-desks");
    NEED(crypt_open(arena_cstr(a, arena_format(a, "%s/a.key", folder)), true, &mine, &why) == ERR_OK);
    NEED(crypt_open(arena_cstr(a, arena_format(a, "%s/b.key", folder)), true, &theirs, &why) == ERR_OK);
    str sealed = key_seal(mine, a, S("6b00e0ab686c821a0bbb6e01"), S("the key"));
    CHECK_STR(key_seal(mine, a, S("6b00e0ab686c821a0bbb6e01"), S("the key")), sealed);
    CHECK(key_is_sealed(sealed) && !key_is_sealed(S("dGhlIGtleQ")));
    NEED(key_unseal(mine, a, S("6b00e0ab686c821a0bbb6e01"), sealed, &opened));
    CHECK_STR(opened, S("the key"));
    CHECK(!key_unseal(mine, a, S("6b00e0ab686c821a0bbb6e02"), sealed, &opened));
    CHECK(!key_unseal(theirs, a, S("6b00e0ab686c821a0bbb6e01"), sealed, &opened));
    CHECK(!key_unseal(mine, a, S("6b00e0ab686c821a0bbb6e01"), S("sealed:!"), &opened));
    crypt_close(mine);
    crypt_close(theirs);
    folder_drop(folder);
    arena_close(a);
    a = NULL;
}

CHECK_MAIN(TEST(aes_256_gcm_opens_what_its_key_sealed_and_nothing_else), TEST(keys_come_in_pem), TEST(lists_are_read_when_their_issuer_signed_them),
           TEST(lists_have_an_end), TEST(moments_and_numbers_of_lists_are_what_they_are), TEST(a_key_in_an_archive_is_for_one_authority_and_one_master_key))

/* Notary's secrets: the data key, as it lies in the database or as somebody brings it, and authorities' keys, which it seals. */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/system/pki/x509_key.h"
#include "server/transfer/import_notary.h"

static bool take_key(struct notary *n, str bytes)
{
    if (bytes.len != AES256_KEY_BYTES)
        return false;
    memcpy(n->data_key, bytes.at, AES256_KEY_BYTES);
    n->has_data_key = true;
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool of_hex(str text, char out[AES256_KEY_BYTES])
{
    for (size_t i = 0; i < AES256_KEY_BYTES; i++) {
        int high = text.len == 2 * AES256_KEY_BYTES ? digit(text.at[2 * i]) : -1, low = high < 0 ? -1 : digit(text.at[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (char)(high * 16 + low);
    }
    return true;
}

/* 64 hex digits, or base64. */
static enum err brought_key(struct notary *n, str path)
{
    struct call reader = {.arena = n->arena, .why = n->why};
    char bytes[AES256_KEY_BYTES];
    str text, decoded;
    TRY(call_secret(&reader, path, &text));
    bool is_taken = of_hex(text, bytes) ? take_key(n, (str){bytes, sizeof bytes}) : base64_decode(n->arena, text, &decoded) && take_key(n, decoded);
    crypt_wipe(bytes, sizeof bytes);
    crypt_wipe((void *)(uintptr_t)text.at, text.len);
    return is_taken ? ERR_OK : problem_set(n->why, ERR_BAD_INPUT, STR_FMT " is no key of 32 bytes, as 64 hex digits or in base64", STR_ARG(path));
}

static enum err find_data_key(struct notary *n)
{
    str path = transfer_word(n->to, "key-file"), plain;
    if (n->has_data_key)
        return ERR_OK;
    if (!str_is_absent(path))
        return brought_key(n, path);
    if (str_is_absent(n->wrapped) || n->wrapped.len == 0)
        return notary_broken(n, "its authorities' keys are sealed, and there is no data key in encryption_keys");
    if (base64_decode(n->arena, n->wrapped, &plain) && take_key(n, plain))
        return ERR_OK;
    return notary_broken(n, "its data key is itself sealed, by a PKCS#11 token or by Vault (Notary's encryption_backend). Have it opened there and "
                            "give it with --key-file FILE: 32 bytes, as 64 hex digits or in base64");
}

/* Before Notary sealed keys they stood there as they are. */
static enum err plain_pem(struct notary *n, const struct notary_authority *x, str kept, str *pem)
{
    str sealed;
    *pem = kept;
    if (str_starts(str_trim(kept), S("-----BEGIN")))
        return ERR_OK;
    TRY(find_data_key(n));
    if (base64_decode(n->arena, kept, &sealed) && aes256_gcm_open(n->data_key, sealed, n->arena, pem))
        return ERR_OK;
    return notary_broken(n, "the key of the authority %lld does not open with this data key", (long long)x->number);
}

static enum err open_key(struct notary *n, struct notary_authority *x)
{
    const str *kept = map_get(n->keys, notary_digits(n->arena, x->key_number));
    struct problem quiet = {.arena = n->arena};
    str pem, pkcs8 = {0}, own;
    if (!kept)
        return notary_broken(n, "the authority %lld has no private key", (long long)x->number);
    TRY(plain_pem(n, x, *kept, &pem));
    enum err e = private_key_read(pem, n->arena, &pkcs8, &quiet);
    crypt_wipe((void *)(uintptr_t)pem.at, pem.len);
    bool is_its = e == ERR_OK && private_key_public(pkcs8, n->arena, &own) && public_key_equal(own, x->request->facts.public_key);
    if (is_its)
        x->key = base64url_encode(n->arena, pkcs8);
    if (pkcs8.len)
        crypt_wipe((void *)(uintptr_t)pkcs8.at, pkcs8.len);
    return is_its ? ERR_OK : notary_broken(n, "the private key of the authority %lld is none, or not the one of its request", (long long)x->number);
}

enum err notary_open_keys(struct notary *n)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < n->authorities.count && e == ERR_OK; i++)
        e = open_key(n, n->authorities.at[i]);
    crypt_wipe(n->data_key, sizeof n->data_key);
    return e;
}

#include "content/system/pki/x509_sealed.h"

#include "base/crypt.h"

#include <openssl/evp.h>

enum { NONCE = 12, TAG = 16 };

static void close_context(EVP_CIPHER_CTX **p)
{
    EVP_CIPHER_CTX_free(*p);
}

bool aes256_gcm_open(const uint8_t key[AES256_KEY_BYTES], str sealed, struct arena *a, str *plain)
{
    CLEANUP(close_context) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    const unsigned char *at = (const unsigned char *)sealed.at;
    int length = 0, rest = 0;
    uint8_t tag[TAG];
    if (!c || sealed.len < NONCE + TAG || sealed.len > INT32_MAX)
        return false;
    size_t text = sealed.len - NONCE - TAG;
    unsigned char *out = arena_get(a, text + TAG, 1);
    memcpy(tag, at + NONCE + text, TAG);
    bool opens = EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, at) == 1 && EVP_DecryptUpdate(c, out, &length, at + NONCE, (int)text) == 1 &&
                 EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 && EVP_DecryptFinal_ex(c, out + length, &rest) == 1;
    if (!opens)
        crypt_wipe(out, text);
    *plain = (str){(const char *)out, opens ? text : 0};
    return opens;
}

/* Nonces are counted: the number, and a code that only this process makes. Of the last LIMIT_ACME_NONCES numbers a bit says
 * whether they were spent; older ones are not good any more, and their clients ask again, as the protocol has it (RFC 8555 6.5).
 * So whoever asks for many costs no memory. */
#include <stdlib.h>

#include "base/crypt.h"
#include "base/limits.h"
#include "roles/acme/part.h"

enum { CODE = 16, NUMBER = 8, WORD = 64, WORDS = (LIMIT_ACME_NONCES + WORD - 1) / WORD };

struct acme_nonces {
    pthread_mutex_t lock;             /* guards next and spent */
    uint8_t key[32];
    uint64_t next;                    /* the first is 1 */
    uint64_t spent[WORDS];
};

struct acme_nonces *acme_nonces_open(void)
{
    struct acme_nonces *n = calloc(1, sizeof *n);
    must(n != NULL && pthread_mutex_init(&n->lock, NULL) == 0);
    crypt_random(n->key, sizeof n->key);
    n->next = 1;
    return n;
}

void acme_nonces_close(struct acme_nonces *n)
{
    if (!n)
        return;
    (void)pthread_mutex_destroy(&n->lock);
    crypt_wipe(n->key, sizeof n->key);
    free(n);
}

static void write_nonce(const struct acme_nonces *n, uint64_t number, char out[NUMBER + CODE])
{
    uint8_t code[HMAC_SHA256_BYTES];
    for (size_t i = 0; i < NUMBER; i++)
        out[i] = (char)(number >> 8 * i);
    hmac_sha256((str){(const char *)n->key, sizeof n->key}, (str){out, NUMBER}, code);
    memcpy(out + NUMBER, code, CODE);
}

static uint64_t *word_of(struct acme_nonces *n, uint64_t number)
{
    return &n->spent[number % LIMIT_ACME_NONCES / WORD];
}

static uint64_t bit_of(uint64_t number)
{
    return UINT64_C(1) << number % LIMIT_ACME_NONCES % WORD;
}

str acme_nonce_make(struct acme_nonces *n, struct arena *a)
{
    char bytes[NUMBER + CODE];
    (void)pthread_mutex_lock(&n->lock);
    uint64_t number = n->next++;
    *word_of(n, number) &= ~bit_of(number);
    (void)pthread_mutex_unlock(&n->lock);
    write_nonce(n, number, bytes);
    return base64url_encode(a, (str){bytes, sizeof bytes});
}

static bool spend(struct acme_nonces *n, uint64_t number)
{
    uint64_t *word = word_of(n, number), bit = bit_of(number);
    if (number == 0 || number >= n->next || n->next - number > LIMIT_ACME_NONCES || (*word & bit))
        return false;
    *word |= bit;
    return true;
}

bool acme_nonce_spend(struct acme_nonces *n, struct arena *a, str nonce)
{
    char wanted[NUMBER + CODE];
    uint64_t number = 0;
    str bytes;
    if (!base64url_decode(a, nonce, &bytes) || bytes.len != sizeof wanted)
        return false;
    for (size_t i = 0; i < NUMBER; i++)
        number |= (uint64_t)(unsigned char)bytes.at[i] << 8 * i;
    write_nonce(n, number, wanted);
    if (!crypt_equal(wanted, bytes.at, sizeof wanted))
        return false;
    (void)pthread_mutex_lock(&n->lock);
    bool is_good = spend(n, number);
    (void)pthread_mutex_unlock(&n->lock);
    return is_good;
}

str gate_acme_nonce(struct gate *g, struct arena *a)
{
    return acme_nonce_make(g->nonces, a);
}

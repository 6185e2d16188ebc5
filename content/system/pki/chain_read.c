/* Certificates that somebody else signed, taken in: the words and the order of the checks are Notary's (notary.md 6), what they
 * let through is not (CA-5). */
#include "base/limits.h"
#include "content/system/pki/pki.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_key.h"

static enum err refuse(struct problem *why, str where, const char *text)
{
    return problem_fault(why, ERR_INVALID, where, S("chain"), "%s", text);
}

/* By its first block, as far as that goes wrong; the others are one sentence. */
static enum err read_all(struct arena *a, str pem, str where, struct certificate **out, size_t *count, struct problem *why)
{
    struct problem quiet = {.arena = a};
    struct pem_block *blocks = NULL;
    size_t n = 0;
    if (str_trim(pem).len == 0)
        return problem_fault(why, ERR_INVALID, where, S("chain-required"), "certificate is required");
    if (pem.len > LIMIT_CHAIN_BYTES || pem_read(a, str_trim(pem), LIMIT_CERTIFICATE_CHAIN, &blocks, &n, &quiet) != ERR_OK)
        return problem_fault(why, ERR_INVALID, where, S("chain-pem"), "could not decode PEM block");
    if (!str_equal(blocks[0].label, S("CERTIFICATE")))
        return problem_fault(why, ERR_INVALID, where, S("chain-label"), "expected PEM block type 'CERTIFICATE'");
    struct certificate *list = NEW_N(a, struct certificate, n);
    for (size_t i = 0; i < n; i++)
        if (!str_equal(blocks[i].label, S("CERTIFICATE")) || certificate_read(a, blocks[i].der, &list[i], &quiet) != ERR_OK)
            return problem_fault(why, ERR_INVALID, where, i ? S("chain") : S("chain-parse"), "could not parse certificate");
    *out = list;
    *count = n;
    return ERR_OK;
}

enum err chain_read(struct work *w, str pem, str public_key, bool may_be_expired, str where, struct certificate **out, size_t *count,
                    struct problem *why)
{
    struct problem quiet = {.arena = work_arena(w)};
    struct certificate *chain;
    size_t n;
    TRY(read_all(work_arena(w), pem, where, &chain, &n, why));
    if (n < 2)
        return refuse(why, where, "The chain has at least two certificates: the issuer's too, or a self-signed one twice");
    for (size_t i = 0; i + 1 < n; i++)
        if (!chain[i + 1].is_ca)
            return refuse(why, where, "An issuer in the chain is no authority");
    if (!public_key_equal(chain[0].key, public_key))
        return refuse(why, where, "The certificate is for another key");
    if (chain[0].not_after_ms <= work_now_ms(w) && !may_be_expired)
        return refuse(why, where, "The certificate has expired");
    int64_t at = may_be_expired ? chain[0].not_before_ms : work_now_ms(w);
    if (certificates_verify(chain, n - 1, &chain[n - 1], 1, CERTIFICATE_FOR_ANY, at, &quiet) != ERR_OK)
        return refuse(why, where, "Each certificate of the chain must be issued by the next one and be valid");
    *out = chain;
    *count = n;
    return ERR_OK;
}

/* Certificates as files that other programs take. */
#include "base/limits.h"
#include "content/content.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"
#include "roles/internal.h"
#include "roles/pki/pki.h"

#define CERTIFICATES S("certificates")

/* What the caller may read of it: the certificate, or the chain of a request. */
static enum err read_own(struct gate *g, const struct principal *who, const struct collection *c, str id, struct arena *a, str *pem,
                         struct problem *why)
{
    const struct field *f = collection_field(c, str_equal(c->name, CERTIFICATES) ? S("pem") : S("chain"));
    struct query q = {.from = c, .limit = 1, .where = filter_test(a, &c->fields[META_ID], TEST_EQ, json_of_text(id))};
    struct item_list list;
    field_set only = {0};
    must(f != NULL);
    field_set_add(&only, f->index);
    query_all_fields(a, &q, &only);
    item_list_init(&list, a);
    TRY(gate_read(g, who, &q, &list.receiver, NULL, why));
    *pem = list.count ? item_text(&list.items[0], f->name) : (str){0};
    return pem->len ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "There is no such certificate");
}

/* The certificates that it hangs on, up to the last one that is here. Whoever has a certificate may have those: verifiers get them without
 * a credential, too. */
static enum err add_issuers(struct gate *g, str id, struct arena *a, struct buf *chain, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    for (size_t i = 0; i < LIMIT_CERTIFICATE_CHAIN && id.len; i++) {
        const struct json *row = NULL;
        TRY(read_item(g->content, server->rights, CERTIFICATES, S("_id"), id, a, &row, why));
        if (i > 0 && row)
            buf_add(chain, item_text(row, S("pem")));
        id = row ? item_text(row, S("issuer")) : (str){0};
    }
    return ERR_OK;
}

static enum err collect(struct gate *g, const struct principal *who, const struct collection *c, str id, struct arena *a, struct pem_block **out,
                        size_t *count, struct problem *why)
{
    struct buf chain;
    str pem, text;
    TRY(read_own(g, who, c, id, a, &pem, why));
    buf_init(&chain, a, 1u << 20);
    buf_add(&chain, pem);
    if (str_equal(c->name, CERTIFICATES))
        TRY(add_issuers(g, id, a, &chain, why));
    TRY(buf_done(&chain, &text));
    return pem_read(a, text, LIMIT_CERTIFICATE_CHAIN + 1, out, count, why);
}

static str written(struct arena *a, const struct pem_block *list, size_t count)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < count; i++)
        buf_add(&b, pem_write(a, list[i].label, list[i].der));
    return buf_str(&b);
}

enum err gate_certificate(struct gate *g, const struct principal *who, const struct certificate_ask *ask, struct arena *a,
                          struct certificate_file *out, struct problem *why)
{
    const struct collection *c = NULL;
    struct pem_block *list = NULL;
    struct certificate leaf;
    size_t count = 0;
    TRY(gate_collection(g, who, ask->collection, &c, why));
    TRY(collect(g, who, c, ask->id, a, &list, &count, why));
    TRY(certificate_read(a, list[0].der, &leaf, why));
    out->name = leaf.serial;
    switch (ask->form) {
    case CERTIFICATE_PEM: out->bytes = written(a, list, 1); return ERR_OK;
    case CERTIFICATE_CHAIN: out->bytes = written(a, list, count); return ERR_OK;
    case CERTIFICATE_DER: out->bytes = list[0].der; return ERR_OK;
    case CERTIFICATE_PKCS12: break;
    }
    return pkcs12_make(written(a, list, count), (str){0}, ask->password, leaf.serial, a, &out->bytes, why);
}

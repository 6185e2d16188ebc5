#include "roles/pki/pki.h"

#include "base/crypt.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/pki/key_seal.h"
#include "content/system/pki/pem.h"
#include "roles/internal.h"

static enum err unknown(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such authority, or it has no certificate yet");
}

enum err pki_authority(struct gate *g, const struct principal *server, int64_t number, bool with_list, struct arena *a,
                       const struct json **out, struct problem *why)
{
    static const str fields[] = {STR("_id"), STR("certificate"), STR("crl")};
    const struct collection *c = model_find(server->rights->model, S("certificate_authorities"));
    const struct filter *numbered = filter_test(a, collection_field(c, S("serial")), TEST_EQ, json_of_int(number));
    struct item_list list;
    TRY(read_items_of(g->content, server->rights, c->name, numbered, fields, COUNTOF(fields) - !with_list, a, &list, why));
    if (list.count == 0)
        return unknown(why);
    *out = &list.items[0];
    return ERR_OK;
}

enum err pki_own_certificate(struct gate *g, const struct principal *server, const struct json *authority, struct arena *a, str *pem,
                             struct problem *why)
{
    const struct json *row = NULL;
    TRY(read_item(g->content, server->rights, S("certificates"), S("_id"), item_text(authority, S("certificate")), a, &row, why));
    if (!row)
        return unknown(why);
    *pem = item_text(row, S("pem"));
    return ERR_OK;
}

static enum err to_der(struct arena *a, str pem, str *der, struct problem *why)
{
    struct pem_block *b = NULL;
    size_t count = 0;
    TRY(pem_read(a, pem, 1, &b, &count, why));
    *der = b[0].der;
    return ERR_OK;
}

enum err gate_crl(struct gate *g, int64_t authority, struct arena *a, str *pem, str *der, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    const struct json *item = NULL;
    TRY(pki_authority(g, server, authority, true, a, &item, why));
    *pem = *der = S("");
    if (item_text(item, S("crl")).len == 0)
        return ERR_OK;
    *pem = item_text(item, S("crl"));
    return to_der(a, *pem, der, why);
}

enum err gate_authority_certificate(struct gate *g, int64_t authority, struct arena *a, str *der, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    const struct json *item = NULL;
    str pem;
    TRY(pki_authority(g, server, authority, false, a, &item, why));
    TRY(pki_own_certificate(g, server, item, a, &pem, why));
    return to_der(a, pem, der, why);
}

/* ---- keys, to be carried away ---- */

enum err gate_authority_key(struct gate *g, const struct principal *who, str authority, struct arena *a, str *sealed, struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, S("certificate_authorities"));
    str text = {0};
    must(who->kind == PRINCIPAL_SYSTEM);
    TRY(content_secret(g->content, c, authority, collection_field(c, S("private_key")), a, &text, why));
    *sealed = key_seal(g->crypt, a, authority, text);
    crypt_wipe((void *)(uintptr_t)text.at, text.len);
    return ERR_OK;
}

bool gate_authority_key_opens(struct gate *g, str authority, str sealed)
{
    struct arena *a = arena_open(4096);
    str key = {0};
    bool opens = key_unseal(g->crypt, a, authority, sealed, &key);
    if (opens)
        crypt_wipe((void *)(uintptr_t)key.at, key.len);
    arena_close(a);
    return opens;
}

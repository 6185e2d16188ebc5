#include "roles/pki.h"

#include "base/crypt.h"
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/pki/key_seal.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/revocation.h"
#include "content/system/pki/x509_make.h"
#include "roles/internal.h"

enum { ANSWER_GOOD_S = 3600 };

static enum err unknown(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such authority, or it has no certificate yet");
}

/* With its list of revoked certificates, or only what an answer about one of them needs: lists can be long, and anybody may ask. */
static enum err find_authority(struct gate *g, const struct principal *server, int64_t number, bool with_list, struct arena *a,
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

static enum err own_certificate(struct gate *g, const struct principal *server, const struct json *authority, struct arena *a, str *pem,
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
    TRY(find_authority(g, server, authority, true, a, &item, why));
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
    TRY(find_authority(g, server, authority, false, a, &item, why));
    TRY(own_certificate(g, server, item, a, &pem, why));
    return to_der(a, pem, der, why);
}

/* ---- OCSP ---- */

struct looking {
    struct gate *gate;
    const struct principal *server;
    struct arena *arena;
    str authority;
};

/* Revoked where the authority was before it came here; the certificate itself is not known. */
static enum err look_before(const struct looking *l, str serial, struct ocsp_verdict *out, struct problem *why)
{
    static const str fields[] = {STR("revoked_before")};
    const struct collection *c = model_find(l->server->rights->model, S("certificate_authorities"));
    struct item_list list;
    TRY(read_items_of(l->gate->content, l->server->rights, c->name, filter_test(l->arena, collection_field(c, S("_id")), TEST_EQ, json_of_text(l->authority)),
                      fields, COUNTOF(fields), l->arena, &list, why));
    const struct json *before = list.count ? json_get(&list.items[0], S("revoked_before")) : NULL;
    for (uint32_t i = 0; before && before->type == JSON_LIST && i < before->count; i++)
        if (str_equal(item_text(&before->items[i], S("serial")), serial)) {
            const struct json *reason = json_get(&before->items[i], S("reason"));
            *out = (struct ocsp_verdict){OCSP_IS_REVOKED, item_time(&before->items[i], S("at")), reason && reason->type == JSON_INT ? (int)reason->integer : 0};
        }
    return ERR_OK;
}

/* One that this authority never issued is unknown, not good (RFC 6960 2.2). */
static enum err look(void *self, str serial, struct ocsp_verdict *out, struct problem *why)
{
    const struct looking *l = self;
    const struct collection *c = model_find(l->server->rights->model, S("certificates"));
    const struct filter *its = filter_test(l->arena, collection_field(c, S("authority")), TEST_EQ, json_of_text(l->authority));
    const struct filter *numbered = filter_test(l->arena, collection_field(c, S("serial")), TEST_EQ, json_of_text(serial));
    struct item_list list;
    TRY(read_items(l->gate->content, l->server->rights, S("certificates"), filter_and(l->arena, numbered, its), l->arena, &list, why));
    if (list.count == 0)
        return look_before(l, serial, out, why);
    out->at_ms = item_time(&list.items[0], S("revoked_at"));
    out->status = out->at_ms ? OCSP_IS_REVOKED : OCSP_IS_GOOD;
    out->reason = revocation_code(item_text(&list.items[0], S("revocation")));
    return ERR_OK;
}

static enum err open_key(struct gate *g, const struct principal *server, str id, struct arena *a, str *key, struct problem *why)
{
    const struct collection *c = model_find(server->rights->model, S("certificate_authorities"));
    str text = {0};
    TRY(content_secret(g->content, c, id, collection_field(c, S("private_key")), a, &text, why));
    bool is_read = base64url_decode(a, text, key);
    crypt_wipe((void *)(uintptr_t)text.at, text.len);
    return is_read ? ERR_OK : problem_set(why, ERR_INTERNAL, "The authority's key cannot be opened");
}

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

enum err gate_ocsp(struct gate *g, int64_t authority, str request, struct arena *a, str *response, int64_t *good_s, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    const struct json *item = NULL;
    str pem, key;
    int64_t now = time_now_ms();
    TRY(gate_catch_up(g, why));
    TRY(find_authority(g, server, authority, false, a, &item, why));
    TRY(own_certificate(g, server, item, a, &pem, why));
    struct looking l = {g, server, a, item_text(item, S("_id"))};
    TRY(open_key(g, server, l.authority, a, &key, why));
    *good_s = ANSWER_GOOD_S;
    enum err e = ocsp_answer(request, pem, key, now, now + (int64_t)ANSWER_GOOD_S * 1000, look, &l, a, response, why);
    crypt_wipe((void *)(uintptr_t)key.at, key.len);
    return e;
}

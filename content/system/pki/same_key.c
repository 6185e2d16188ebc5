/* Certificates of one key: an authority that was signed again has several. Each of them verifies what it issued, so that they stand
 * and fall together: they bear the same name, and when the key is lost none is good and nobody signs with it. */
#include "content/kind.h"
#include "content/system/pki/pki.h"
#include "content/system/pki/x509_key.h"

bool is_compromise(str reason)
{
    return str_equal(reason, S("keyCompromise")) || str_equal(reason, S("cACompromise"));
}

static enum err facts_of(struct work *w, const struct json *row, struct certificate *out, struct problem *why)
{
    struct certificate *list = NULL;
    size_t count = 0;
    TRY(certificates_read(work_arena(w), text_in(row, S("pem")), &list, &count, why));
    *out = list[0];
    return ERR_OK;
}

struct looking {
    struct work *work;
    struct problem *why;
    str key;
    struct kin *kin;
};

static enum err is_same(const struct looking *l, const struct json *certificate, bool *out)
{
    struct certificate c;
    TRY(facts_of(l->work, certificate, &c, l->why));
    *out = public_key_equal(c.key, l->key);
    return ERR_OK;
}

static void take(const struct looking *l, str id)
{
    struct arena *a = work_arena(l->work);
    l->kin->ids = arena_grow(a, l->kin->ids, l->kin->count * sizeof(str), (l->kin->count + 1) * sizeof(str));
    l->kin->ids[l->kin->count++] = arena_copy(a, id);
}

static enum err see_certificate(void *self, const struct json *row)
{
    const struct looking *l = self;
    bool same = false, is_good = time_in(row, S("revoked_at")) == 0 && time_in(row, S("not_after")) > work_now_ms(l->work);
    if (!is_good && !is_compromise(text_in(row, S("revocation"))))
        return ERR_OK;
    TRY(is_same(l, row, &same));
    l->kin->is_lost = l->kin->is_lost || (same && !is_good);
    if (same && is_good && text_in(row, S("issuer")).len && text_in(row, S("authority")).len)
        take(l, text_in(row, S("_id")));
    return ERR_OK;
}

enum err certificates_of_key(struct work *w, const struct json *certificate, struct kin *out, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct collection *c = model_find(work_model(w), S("certificates"));
    struct certificate own;
    *out = (struct kin){0};
    TRY(facts_of(w, certificate, &own, why));
    struct looking l = {.work = w, .why = why, .key = own.key, .kin = out};
    const struct filter *authorities = filter_test(a, collection_field(c, S("is_authority")), TEST_EQ, json_true);
    const struct filter *named = filter_test(a, collection_field(c, S("subject")), TEST_EQ, json_of_text(text_in(certificate, S("subject"))));
    return work_each(w, S("certificates"), filter_and(a, authorities, named), see_certificate, &l, why);
}

static enum err see_authority(void *self, const struct json *authority)
{
    const struct looking *l = self;
    const struct json *row = NULL;
    bool same = false;
    if (!flag_in(authority, S("enabled")) || text_in(authority, S("certificate")).len == 0)
        return ERR_OK;
    TRY(work_get(l->work, S("certificates"), text_in(authority, S("certificate")), &row, l->why));
    TRY(is_same(l, row, &same));
    if (same)
        take(l, text_in(authority, S("_id")));
    return ERR_OK;
}

enum err authorities_disable_of_key(struct work *w, const struct json *certificate, struct problem *why)
{
    struct certificate own;
    struct kin found = {0};
    TRY(facts_of(w, certificate, &own, why));
    struct looking l = {.work = w, .why = why, .key = own.key, .kin = &found};
    TRY(work_each(w, S("certificate_authorities"), &filter_all, see_authority, &l, why));
    for (size_t i = 0; i < found.count; i++) {
        struct change c = pki_change(w, S("certificate_authorities"), OP_UPDATE, found.ids[i]);
        value_put(&c, S("enabled"), json_false);
        TRY(work_change(w, &c, why));
    }
    return ERR_OK;
}

enum err authority_key_is_kept(struct work *w, const struct json *certificate, struct problem *why)
{
    struct kin kin;
    TRY(certificates_of_key(w, certificate, &kin, why));
    return kin.is_lost ? problem_fault(why, ERR_CONFLICT, S(""), S("authority"), "A certificate was revoked because this key is lost; make another authority")
                       : ERR_OK;
}

enum err authority_may_take(struct work *w, const struct json *authority, const struct certificate *next, struct problem *why)
{
    const struct json *row = NULL;
    struct certificate present;
    if (text_in(authority, S("certificate")).len == 0)
        return ERR_OK;
    TRY(work_get(w, S("certificates"), text_in(authority, S("certificate")), &row, why));
    TRY(authority_key_is_kept(w, row, why));
    TRY(facts_of(w, row, &present, why));
    if (certificates_have_one_name(&present, next))
        return ERR_OK;
    return problem_fault(why, ERR_CONFLICT, S(""), S("authority"),
                         "The certificate names it otherwise than the present one: nobody would find the lists and answers about what it has issued");
}

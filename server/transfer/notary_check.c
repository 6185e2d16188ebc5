/* What stands in Notary's tables, read as what it is: who issued what, whose key it is, what is revoked. */
#include "base/digest.h"
#include "base/limits.h"
#include "content/system/pki/x509_key.h"
#include "server/transfer/import_notary.h"

static enum err by_number(struct notary *n, const struct notary_rows *rows, size_t offset, const char *table, struct map **out)
{
    *out = map_new(n->arena, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        int64_t number = *(const int64_t *)(const void *)((const char *)rows->at[i] + offset);
        if (map_put(*out, notary_digits(n->arena, number), rows->at[i]))
            return notary_broken(n, "%s has the number %lld twice", table, (long long)number);
    }
    return ERR_OK;
}

static void *find(struct notary *n, const struct map *rows, int64_t number)
{
    return number ? map_get(rows, notary_digits(n->arena, number)) : NULL;
}

/* ---- certificates ---- */

static enum err read_certificate(struct notary *n, struct notary_certificate *c, struct map *seen)
{
    struct problem quiet = {.arena = n->arena};
    struct certificate *read = NULL;
    size_t count = 0;
    if (certificates_read(n->arena, c->text, &read, &count, &quiet) != ERR_OK || count != 1)
        return notary_broken(n, "the certificate %lld cannot be read: " STR_FMT, (long long)c->number,
                             STR_ARG(quiet.text.len ? quiet.text : S("it is not one PEM block")));
    c->facts = *read;
    c->pem = certificate_pem(n->arena, read);
    c->fingerprint = digest_hex(n->arena, DIGEST_SHA256, read->der);
    const struct notary_certificate *twin = map_put(seen, c->fingerprint, c);
    return twin ? notary_broken(n, "the certificates %lld and %lld are the same", (long long)twin->number, (long long)c->number) : ERR_OK;
}

static enum err link_certificate(struct notary *n, struct notary_certificate *c, const struct map *all)
{
    struct problem quiet = {.arena = n->arena};
    if (c->issuer_number == 0 || c->issuer_number == c->number)
        return ERR_OK;
    c->issuer = find(n, all, c->issuer_number);
    if (!c->issuer)
        return notary_broken(n, "the certificate %lld has an issuer %lld that is not there", (long long)c->number, (long long)c->issuer_number);
    int64_t at = c->facts.not_before_ms > c->issuer->facts.not_before_ms ? c->facts.not_before_ms : c->issuer->facts.not_before_ms;
    if (certificates_verify(&c->facts, 1, &c->issuer->facts, 1, CERTIFICATE_FOR_ANY, at, &quiet) != ERR_OK)
        return notary_broken(n, "the certificate %lld is not issued by %lld: " STR_FMT, (long long)c->number, (long long)c->issuer_number, STR_ARG(quiet.text));
    return ERR_OK;
}

static enum err check_depth(struct notary *n, const struct notary_certificate *c)
{
    size_t depth = 0;
    for (const struct notary_certificate *up = c; up; up = up->issuer)
        if (++depth > LIMIT_CERTIFICATE_CHAIN)
            return notary_broken(n, "the chain of the certificate %lld is longer than %u", (long long)c->number, LIMIT_CERTIFICATE_CHAIN);
    return ERR_OK;
}

static enum err check_certificates(struct notary *n, const struct map *all)
{
    struct map *seen = map_new(n->arena, n->certificates.count + 1);
    for (size_t i = 0; i < n->certificates.count; i++)
        TRY(read_certificate(n, n->certificates.at[i], seen));
    for (size_t i = 0; i < n->certificates.count; i++)
        TRY(link_certificate(n, n->certificates.at[i], all));
    for (size_t i = 0; i < n->certificates.count; i++)
        TRY(check_depth(n, n->certificates.at[i]));
    return ERR_OK;
}

/* ---- requests ---- */

/* Notary takes requests that nobody here could sign. */
static void leave_out(struct notary *n, struct notary_request *q, const struct problem *because)
{
    q->is_left_out = true;
    transfer_count(n->to, S("certificate_requests"), false);
    transfer_tell(n->to, arena_format(n->arena, "The request %lld is left out: " STR_FMT, (long long)q->number,
                                      STR_ARG(because->fault_count ? because->faults[0].text : because->text)));
}

static enum err check_request(struct notary *n, struct notary_request *q, const struct map *certificates)
{
    struct problem quiet = {.arena = n->arena};
    bool is_over = str_equal(q->status, S("Active")) || str_equal(q->status, S("Revoked"));
    if (request_read(q->csr, n->arena, &q->facts, &quiet) != ERR_OK) {
        if (q->is_authoritys)
            return notary_broken(n, "the request %lld of an authority cannot be read: " STR_FMT, (long long)q->number,
                                 STR_ARG(quiet.fault_count ? quiet.faults[0].text : quiet.text));
        leave_out(n, q, &quiet);
        return ERR_OK;
    }
    q->digest = digest_hex(n->arena, DIGEST_SHA256, q->facts.der);
    q->certificate = is_over ? find(n, certificates, q->certificate_number) : NULL;
    if (q->certificate && !public_key_equal(q->certificate->facts.key, q->facts.public_key))
        return notary_broken(n, "the certificate %lld is not for the key of the request %lld", (long long)q->certificate->number, (long long)q->number);
    if (q->is_authoritys)
        return ERR_OK;
    if (q->certificate && !q->certificate->request)
        q->certificate->request = q;
    if (!q->certificate && str_equal(q->status, S("Active"))) {
        transfer_tell(n->to, arena_format(n->arena, "The request %lld has no certificate; it is outstanding again", (long long)q->number));
        q->status = S("Outstanding");
    }
    return ERR_OK;
}

/* The same bytes in two texts are one request here. */
static void drop_twins(struct notary *n)
{
    struct map *seen = map_new(n->arena, n->requests.count + 1);
    for (size_t i = 0; i < n->requests.count; i++) {
        struct notary_request *q = n->requests.at[i];
        struct problem twin = {.arena = n->arena, .text = S("it is there twice")};
        if (!q->is_left_out && !q->is_authoritys && map_put(seen, q->digest, q))
            leave_out(n, q, &twin);
    }
}

/* ---- authorities ---- */

static enum err link_authority(struct notary *n, struct notary_authority *x, const struct map *requests)
{
    x->request = find(n, requests, x->csr_number);
    if (!x->request)
        return notary_broken(n, "the authority %lld has no request", (long long)x->number);
    if (x->request->is_authoritys)
        return notary_broken(n, "two authorities have the request %lld", (long long)x->csr_number);
    x->request->is_authoritys = true;
    return ERR_OK;
}

static enum err check_authority(struct notary *n, struct notary_authority *x, const struct map *certificates)
{
    enum key_type type;
    struct problem quiet = {.arena = n->arena};
    if (!key_type_read(x->request->facts.key_name, &type))
        return notary_broken(n, "the authority %lld has a key (" STR_FMT ") that authorities here do not have", (long long)x->number,
                             STR_ARG(x->request->facts.key_name));
    x->certificate = find(n, certificates, x->certificate_number);
    if (!x->certificate) {
        if (x->is_enabled || x->certificate_number)
            transfer_tell(n->to, arena_format(n->arena, "The authority %lld waits for a certificate", (long long)x->number));
        x->is_enabled = false;
        return ERR_OK;
    }
    if (!x->certificate->facts.is_ca || !public_key_equal(x->certificate->facts.key, x->request->facts.public_key))
        return notary_broken(n, "the certificate %lld is not the authority %lld's", (long long)x->certificate_number, (long long)x->number);
    if (x->crl.len && crl_read(x->crl, x->certificate->pem, n->arena, &x->list, &quiet) != ERR_OK)
        return notary_broken(n, "the list of the authority %lld is refused: " STR_FMT, (long long)x->number, STR_ARG(quiet.text));
    return ERR_OK;
}

/* Whose key signed it: an authority may have had another certificate of the same key then. */
static void find_signers(struct notary *n)
{
    struct map *keys = map_new(n->arena, n->authorities.count + 1);
    for (size_t i = 0; i < n->authorities.count; i++) {
        struct notary_authority *x = n->authorities.at[i];
        if (x->certificate)
            (void)map_put(keys, x->certificate->facts.key, x);
    }
    for (size_t i = 0; i < n->certificates.count; i++) {
        struct notary_certificate *c = n->certificates.at[i];
        bool is_root = !c->issuer && str_equal(c->facts.subject, c->facts.issuer);
        c->by = c->issuer || is_root ? map_get(keys, c->issuer ? c->issuer->facts.key : c->facts.key) : NULL;
    }
}

static str serial_at(struct notary *n, const struct notary_authority *x, str serial)
{
    return arena_format(n->arena, "%lld/" STR_FMT, (long long)x->number, STR_ARG(serial));
}

/* Notary deletes what it revokes: most of a list is about certificates that are no more. */
static void mark_revoked(struct notary *n)
{
    struct map *all = map_new(n->arena, n->certificates.count + 1);
    for (size_t i = 0; i < n->certificates.count; i++) {
        struct notary_certificate *c = n->certificates.at[i];
        if (c->by && c->by->certificate != c)
            (void)map_put(all, serial_at(n, c->by, c->facts.serial), c);
    }
    for (size_t i = 0; i < n->authorities.count; i++) {
        struct notary_authority *x = n->authorities.at[i];
        x->others = NEW_N(n->arena, const struct revoked *, x->list.count + 1);
        for (size_t k = 0; k < x->list.count; k++) {
            struct notary_certificate *c = map_get(all, serial_at(n, x, x->list.list[k].serial));
            if (c)
                c->revoked = &x->list.list[k];
            else
                x->others[x->other_count++] = &x->list.list[k];
        }
    }
    for (size_t i = 0; i < n->requests.count; i++) {
        struct notary_request *q = n->requests.at[i];
        if (q->certificate && q->certificate->revoked)
            q->status = S("Revoked");
    }
}

enum err notary_check(struct notary *n)
{
    struct map *certificates, *requests, *unused;
    TRY(by_number(n, &n->users, offsetof(struct notary_user, number), "users", &unused));
    TRY(by_number(n, &n->authorities, offsetof(struct notary_authority, number), "certificate_authorities", &unused));
    TRY(by_number(n, &n->certificates, offsetof(struct notary_certificate, number), "certificates", &certificates));
    TRY(by_number(n, &n->requests, offsetof(struct notary_request, number), "certificate_requests", &requests));
    TRY(check_certificates(n, certificates));
    for (size_t i = 0; i < n->authorities.count; i++)
        TRY(link_authority(n, n->authorities.at[i], requests));
    for (size_t i = 0; i < n->requests.count; i++)
        TRY(check_request(n, n->requests.at[i], certificates));
    drop_twins(n);
    for (size_t i = 0; i < n->authorities.count; i++)
        TRY(check_authority(n, n->authorities.at[i], certificates));
    find_signers(n);
    mark_revoked(n);
    return ERR_OK;
}

/* Rows that come back as they were exported, or along from another desk (content/change/change.h, restores). What can be read out of a request, a
 * certificate or a key is read out of it again, so that no row says something else than its bytes; what became of it is taken as it
 * is said. What was revoked here meanwhile stays revoked, and lists' numbers do not go back. */
#include "base/digest.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/pki/key_seal.h"
#include "content/system/pki/pki.h"
#include "content/system/pki/x509_key.h"

#define CRL_NUMBER_MOST (INT64_MAX / 2)

static bool brings(const struct change *c, str name)
{
    const struct field *f = collection_field(c->in, name);
    return f && field_set_has(&c->set, f->index) && c->values[f->index].type != JSON_NULL;
}

static str brought(const struct change *c, str name)
{
    const struct json *v = brings(c, name) ? value_to_be(c, NULL, name) : NULL;
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

static enum err refuse(struct problem *why, str where, const char *text)
{
    return problem_fault(why, ERR_INVALID, where, S("restore"), "%s", text);
}

static enum err take_number(struct work *w, struct change *c, str row, str field, struct problem *why)
{
    int64_t next = 0;
    if (brings(c, field))
        return work_number_came(w, row, value_to_be(c, NULL, field), arena_format(work_arena(w), "/" STR_FMT, STR_ARG(field)), why);
    if (c->op != OP_CREATE)
        return ERR_OK;
    TRY(work_next_number(w, row, &next, why));
    value_put(c, field, json_of_int(next));
    return ERR_OK;
}

static void keep(struct change *c, const struct json *present, str name)
{
    const struct json *v = json_get(present, name);
    value_put(c, name, v ? *v : json_null);
}

/* ---- requests ---- */

enum err request_restore(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct request_facts r;
    TRY(take_number(w, c, S("certificate_requests"), S("serial"), why));
    if (present) {
        if (str_equal(text_in(present, S("status")), S("Revoked")))
            keep(c, present, S("status"));
        return ERR_OK;
    }
    TRY(request_read(brought(c, S("csr")), a, &r, why));
    value_put(c, S("digest"), json_of_text(digest_hex(a, DIGEST_SHA256, r.der)));
    value_put(c, S("subject"), json_of_text(r.subject_text));
    value_put(c, S("names"), names_list(a, r.names, r.name_count));
    value_put(c, S("key_type"), json_of_text(r.key_name));
    return ERR_OK;
}

/* ---- certificates ---- */

enum err certificate_restore(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct certificate *read = NULL;
    size_t count = 0;
    TRY(take_number(w, c, S("certificates"), S("number"), why));
    if (present && value_changes(c, present, S("pem")))
        return refuse(why, S("/pem"), "A certificate stays as it was issued");
    if (time_in(present, S("revoked_at"))) {
        keep(c, present, S("revoked_at"));
        keep(c, present, S("revocation"));
    }
    if (!brings(c, S("pem")))
        return present ? ERR_OK : refuse(why, S("/pem"), "There is no certificate");
    TRY(certificates_read(a, brought(c, S("pem")), &read, &count, why));
    if (count != 1)
        return refuse(why, S("/pem"), "It is more than one certificate");
    value_put(c, S("fingerprint"), json_of_text(digest_hex(a, DIGEST_SHA256, read->der)));
    value_put(c, S("serial"), json_of_text(read->serial));
    value_put(c, S("subject"), json_of_text(read->subject));
    value_put(c, S("is_authority"), json_of_bool(read->is_ca));
    value_put(c, S("not_before"), pki_time(a, read->not_before_ms));
    value_put(c, S("not_after"), pki_time(a, read->not_after_ms));
    return ERR_OK;
}

/* ---- authorities ---- */

/* As it stood in the vault: PKCS#8 in base64url. */
static enum err open_key(struct work *w, const struct change *c, str *text, str *pkcs8, struct problem *why)
{
    *text = brought(c, S("private_key"));
    if (key_is_sealed(*text) && !key_unseal(work_crypt(w), work_arena(w), c->id, *text, text))
        return refuse(why, S("/private_key"), "Its key was sealed under another master key");
    return base64url_decode(work_arena(w), *text, pkcs8) ? ERR_OK : refuse(why, S("/private_key"), "Its key cannot be read");
}

static enum err restore_key(struct work *w, struct change *c, str public_key, struct problem *why)
{
    str text, pkcs8 = {0}, own;
    TRY(open_key(w, c, &text, &pkcs8, why));
    bool is_its = private_key_public(pkcs8, work_arena(w), &own) && public_key_equal(own, public_key);
    pki_forget(pkcs8);
    if (!is_its) {
        pki_forget(text);
        return refuse(why, S("/private_key"), "The key is not the one of its request");
    }
    value_put(c, S("private_key"), json_of_text(text));
    return ERR_OK;
}

static enum err check_chain(struct work *w, const struct change *c, str public_key, struct problem *why)
{
    struct certificate *chain = NULL;
    size_t count = 0;
    if (!brings(c, S("chain")))
        return ERR_OK;
    TRY(certificates_read(work_arena(w), brought(c, S("chain")), &chain, &count, why));
    return public_key_equal(chain[0].key, public_key) ? ERR_OK : refuse(why, S("/chain"), "The certificate is for another key");
}

/* A list that is older than the one here does not take its place: verifiers have seen the newer one. */
static enum err check_list(struct change *c, const struct json *present, struct problem *why)
{
    const struct json *number = value_to_be(c, NULL, S("crl_number"));
    int64_t n = number && number->type == JSON_INT ? number->integer : 0;
    if (n < 0 || n > CRL_NUMBER_MOST)
        return refuse(why, S("/crl_number"), "No list has this number");
    if (!present || n > number_in(present, S("crl_number")))
        return ERR_OK;
    int64_t next = 0, due = time_in(present, S("crl_next"));
    bool is_sooner = !brings(c, S("crl")) && time_read(brought(c, S("crl_next")), &next) && due && next < due;
    field_set_drop(&c->set, collection_field(c->in, S("crl"))->index); /* it lies apart: present has not got it */
    keep(c, present, S("crl_number"));
    if (!is_sooner) /* that one is due says no other list */
        keep(c, present, S("crl_next"));
    return ERR_OK;
}

/* What was revoked before stays so: those that are here already and are not brought again come behind. */
static enum err join_before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    const struct json *new = brings(c, S("revoked_before")) ? value_to_be(c, NULL, S("revoked_before")) : NULL;
    const struct json *old = present ? list_in(present, S("revoked_before")) : NULL;
    if (!old || old->count == 0 || !field_set_has(&c->set, collection_field(c->in, S("revoked_before"))->index))
        return ERR_OK;
    uint32_t count = new && new->type == JSON_LIST ? new->count : 0, brought_count = count;
    struct json *all = NEW_N(work_arena(w), struct json, (size_t)count + old->count);
    struct map *seen = map_new(work_arena(w), (size_t)count + 1);
    for (uint32_t i = 0; i < brought_count; i++) {
        all[i] = new->items[i];
        (void)map_put(seen, text_in(&all[i], S("serial")), &all[i]);
    }
    for (uint32_t i = 0; i < old->count; i++)
        if (!map_get(seen, text_in(&old->items[i], S("serial"))))
            all[count++] = old->items[i];
    if (count > LIMIT_REVOKED_READ)
        return refuse(why, S("/revoked_before"), "More were revoked before than a list here has");
    value_put(c, S("revoked_before"), json_of_list(all, count));
    return ERR_OK;
}

enum err authority_restore(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    struct request_facts r;
    enum key_type type;
    if (present && value_changes(c, present, S("csr")))
        return refuse(why, S("/csr"), "Another authority has this id");
    if (!present && !brings(c, S("private_key")))
        return refuse(why, S("/private_key"), "An authority without its key cannot sign; it comes from an archive that has it");
    TRY(request_read(present ? text_in(present, S("csr")) : brought(c, S("csr")), work_arena(w), &r, why));
    if (!key_type_read(r.key_name, &type))
        return refuse(why, S("/csr"), "Authorities here have RSA keys of 2048, 3072 or 4096 bits, P-256, P-384 or Ed25519");
    value_put(c, S("key_type"), json_of_text(r.key_name));
    TRY(check_chain(w, c, r.public_key, why));
    TRY(check_list(c, present, why));
    TRY(join_before(w, c, present, why));
    TRY(take_number(w, c, S("certificate_authorities"), S("serial"), why));
    return brings(c, S("private_key")) ? restore_key(w, c, r.public_key, why) : ERR_OK;
}

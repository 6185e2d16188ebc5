/* Authorities: made with a key that never leaves, signed by themselves or by others, asked to sign, revoked (notary.md 7). */
#include "base/crypt.h"
#include "base/network.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/pki/pki.h"

/* ---- coming to be ---- */

/* What takes seconds was made before the write lock was taken, and comes beside the change (roles/pki/pki.c). */
static enum err key_for(struct work *w, struct change *c, str *pkcs8, struct problem *why)
{
    const struct json *said = value_to_be(c, NULL, S("key_type"));
    enum key_type type = MAKE_EC_P256;
    str brought = text_in(c->beside, S("key"));
    if (said && said->type == JSON_TEXT && !key_type_read(said->text, &type))
        return problem_fault(why, ERR_INVALID, S("/key_type"), S("option"), "There is no such type of key");
    if (brought.len) {
        bool is_read = base64url_decode(work_arena(w), brought, pkcs8);
        pki_forget(brought);
        return is_read ? ERR_OK : problem_set(why, ERR_INTERNAL, "The key cannot be read");
    }
    return private_key_make(type, work_arena(w), pkcs8, why);
}

static enum err check_names(const struct change *c, struct problem *why)
{
    static const str fields[] = {STR("dns_names"), STR("permitted_dns")};
    const struct json *list = value_to_be(c, NULL, S("permitted_networks")), *own = value_to_be(c, NULL, S("ip_addresses"));
    struct network n;
    struct address one;
    for (uint32_t i = 0; own && own->type == JSON_LIST && i < own->count; i++)
        if (!address_read(own->items[i].text, &one))
            return problem_fault(why, ERR_INVALID, S("/ip_addresses"), S("address"), "Say addresses like 192.0.2.1");
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        if (!network_read(list->items[i].text, &n))
            return problem_fault(why, ERR_INVALID, S("/permitted_networks"), S("network"), "Say networks like 192.0.2.0/24");
    for (size_t k = 0; k < COUNTOF(fields); k++) {
        list = value_to_be(c, NULL, fields[k]);
        for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
            if (!dns_name_valid(list->items[i].text))
                return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/" STR_FMT, STR_ARG(fields[k])), S("dns"),
                                     "Say names like example.org");
    }
    return ERR_OK;
}

static enum err check_wish(struct work *w, const struct change *c, const struct dn *s, struct problem *why)
{
    const struct json *end = value_to_be(c, NULL, S("not_after")), *on = value_to_be(c, NULL, S("enabled")), *root = value_to_be(c, NULL, S("self_signed"));
    int64_t ms = 0;
    bool is_root = root && root->type == JSON_BOOL && root->boolean;
    if (s->count == 0)
        return problem_fault(why, ERR_INVALID, S("/subject"), S("required"), "An authority has a common name, or another part of a subject");
    if (end && end->type == JSON_TEXT && time_read(end->text, &ms) && ms <= work_now_ms(w))
        return problem_fault(why, ERR_INVALID, S("/not_after"), S("range"), "The end must be in the future");
    if (on && on->type == JSON_BOOL && on->boolean && !is_root)
        return problem_fault(why, ERR_INVALID, S("/enabled"), S("authority"), "An authority without a certificate cannot sign");
    return check_names(c, why);
}

static size_t length_of(const struct json *list)
{
    return list && list->type == JSON_LIST ? list->count : 0;
}

static struct alt_name *own_names(struct arena *a, const struct json *dns, const struct json *addresses, size_t *count)
{
    size_t first = length_of(dns);
    *count = first + length_of(addresses);
    struct alt_name *names = NEW_N(a, struct alt_name, *count + 1);
    for (size_t i = 0; i < *count; i++)
        names[i] = i < first ? (struct alt_name){NAME_DNS, dns->items[i].text} : (struct alt_name){NAME_IP, addresses->items[i - first].text};
    return names;
}

static enum err before_create(struct work *w, struct change *c, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct json *subject = value_to_be(c, NULL, S("subject")), *name = value_to_be(c, NULL, S("name"));
    struct json whole = json_of_map(NULL, 0), *member = NEW(a, struct json);
    str key, csr;
    size_t name_count;
    int64_t serial = 0;
    if (subject) {
        *member = json_named(S("subject"), *subject);
        whole = json_of_map(member, 1);
    }
    struct dn s = subject_of_item(a, &whole);
    TRY(check_wish(w, c, &s, why));
    TRY(work_next_number(w, S("certificate_authorities"), &serial, why));
    struct alt_name *names = own_names(a, value_to_be(c, NULL, S("dns_names")), value_to_be(c, NULL, S("ip_addresses")), &name_count);
    TRY(key_for(w, c, &key, why));
    enum err e = request_make(key, &s, names, name_count, a, &csr, why);
    value_put(c, S("private_key"), json_of_text(base64url_encode(a, key)));
    pki_forget(key);
    if (e != ERR_OK)
        return e;
    value_put(c, S("serial"), json_of_int(serial));
    value_put(c, S("csr"), json_of_text(csr));
    value_put(c, S("enabled"), json_false);
    if (!name || name->type != JSON_TEXT || name->text.len == 0)
        value_put(c, S("name"), json_of_text(s.parts[0].text));
    return ERR_OK;
}

/* ---- staying what it is ---- */

static const str lasting[] = {STR("subject"), STR("key_type"), STR("self_signed"), STR("not_after"), STR("path_len"), STR("dns_names"), STR("ip_addresses"),
                              STR("permitted_dns"), STR("permitted_networks")};

/* Signing with a certificate that is not there, or over, would fail later and for somebody else. */
static enum err may_be_enabled(struct work *w, const struct json *present, struct problem *why)
{
    const struct json *certificate = NULL;
    str id = text_in(present, S("certificate"));
    if (id.len == 0)
        return problem_fault(why, ERR_CONFLICT, S("/enabled"), S("authority"), "The authority has no certificate yet");
    TRY(work_get(w, S("certificates"), id, &certificate, why));
    if (time_in(certificate, S("revoked_at")))
        return problem_fault(why, ERR_CONFLICT, S("/enabled"), S("authority"), "The authority's certificate is revoked");
    if (time_in(certificate, S("not_after")) <= work_now_ms(w))
        return problem_fault(why, ERR_CONFLICT, S("/enabled"), S("authority"), "The authority's certificate has expired");
    return authority_key_is_kept(w, certificate, why);
}

static enum err before_update(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    const struct json *on = value_to_be(c, present, S("enabled"));
    for (size_t i = 0; i < COUNTOF(lasting); i++)
        if (value_changes(c, present, lasting[i]))
            return problem_fault(why, ERR_INVALID, arena_format(work_arena(w), "/" STR_FMT, STR_ARG(lasting[i])), S("locked"),
                                 "This stands in its request and its certificate; make another authority");
    if (!work_follows(w) && !c->restores && value_changes(c, present, S("enabled")) && on && on->type == JSON_BOOL && on->boolean)
        return may_be_enabled(w, present, why);
    return ERR_OK;
}

static enum err before_delete(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    const struct filter *alive = NULL;
    struct arena *a = work_arena(w);
    uint64_t count = 0;
    if (flag_in(c->beside, S("force")) || text_in(present, S("certificate")).len == 0)
        return ERR_OK;
    TRY(pki_filter(w, S("certificates"),
                    arena_format(a, "{\"authority\":\"" STR_FMT "\",\"_id\":{\"$ne\":\"" STR_FMT "\"},\"revoked_at\":{\"$exists\":false},\"not_after\":{\"$gt\":\"" STR_FMT "\"}}",
                                 STR_ARG(text_in(present, S("_id"))), STR_ARG(text_in(present, S("certificate"))), STR_ARG(pki_time(a, work_now_ms(w)).text)),
                    &alive, why));
    TRY(work_count(w, S("certificates"), alive, &count, why));
    if (count == 0)
        return ERR_OK;
    return problem_fault(why, ERR_CONFLICT, S(""), S("in-use"), "It has issued %llu certificates that are still good; revoke them first",
                         (unsigned long long)count);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE && c->restores)
        TRY(authority_restore(w, c, present, why));
    if (c->op == OP_CREATE)
        return c->restores ? ERR_OK : before_create(w, c, why);
    return c->op == OP_DELETE ? before_delete(w, c, present, why) : before_update(w, c, present, why);
}

/* ---- certificates of its own ---- */

/* From now on it signs, and there is a list of what it revokes. */
static enum err take_certificate(struct work *w, str id, const char *action, str certificate, str chain, struct problem *why)
{
    const struct json *now = NULL;
    struct change c = pki_change(w, S("certificate_authorities"), OP_UPDATE, id);
    c.verb = str_of(action);
    value_put(&c, S("certificate"), json_of_text(certificate));
    value_put(&c, S("chain"), json_of_text(chain));
    value_put(&c, S("enabled"), json_true);
    TRY(work_change(w, &c, why));
    TRY(work_get(w, S("certificate_authorities"), id, &now, why));
    return crl_write(w, now, why);
}

static enum err after(struct work *w, struct change *c, struct problem *why)
{
    const struct json *present = NULL, *key = c->op == OP_DELETE ? NULL : value_to_be(c, NULL, S("private_key"));
    str certificate, chain;
    if (key && key->type == JSON_TEXT) /* it is sealed in the vault by now */
        pki_forget(key->text);
    if (c->op != OP_CREATE || c->restores)
        return ERR_OK;
    TRY(work_get(w, S("certificate_authorities"), c->result_id, &present, why));
    if (!flag_in(present, S("self_signed")))
        return ERR_OK;
    TRY(certificate_issue_root(w, present, &certificate, &chain, why));
    return take_certificate(w, c->result_id, "sign", certificate, chain, why);
}

static enum err done(struct json *output)
{
    *output = json_of_map(NULL, 0);
    return ERR_OK;
}

static enum err certify(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL;
    struct request_facts r;
    struct certificate *chain;
    size_t count;
    str leaf, text = {"", 0};
    TRY(work_get(w, c->name, id, &present, why));
    TRY(request_read(text_in(present, S("csr")), work_arena(w), &r, why));
    TRY(chain_read(w, text_in(input, S("certificate_chain")), r.public_key, false, S("/certificate_chain"), &chain, &count, why));
    if (!chain[0].is_ca)
        return problem_fault(why, ERR_INVALID, S("/certificate_chain"), S("chain"), "The certificate is not an authority's");
    TRY(authority_may_take(w, present, &chain[0], why));
    TRY(certificates_keep(w, chain, count, (str){0}, &leaf, why));
    for (size_t i = count; i-- > 0;)
        if (i + 1 == count || !str_equal(chain[i].der, chain[i + 1].der))
            text = chain_text(work_arena(w), certificate_pem(work_arena(w), &chain[i]), text);
    TRY(take_certificate(w, id, "certify", leaf, text, why));
    return done(output);
}

static enum err sign(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL, *by = NULL;
    struct request_facts r;
    struct issued made;
    int64_t days = 0;
    struct certificate *chain = NULL;
    size_t count = 0;
    TRY(work_get(w, c->name, id, &present, why));
    TRY(pki_days(input, &days, why));
    TRY(pki_find_readable(w, c->name, S("serial"), json_get(input, S("authority")), S("/authority"), &by, why));
    if (str_equal(text_in(by, S("_id")), id))
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("authority"), "An authority is not signed by itself after it was made");
    TRY(request_read(text_in(present, S("csr")), work_arena(w), &r, why));
    const struct issue_wish wish = {.authority = by, .public_key = r.public_key, .key_name = r.key_name, .subject = r.subject, .names = r.names,
                                    .name_count = r.name_count, .is_authority = true, .subordinate = present, .days = days};
    TRY(certificate_issue(w, &wish, &made, why));
    TRY(certificates_read(work_arena(w), made.chain, &chain, &count, why));
    TRY(authority_may_take(w, present, &chain[0], why));
    TRY(take_certificate(w, id, "sign", made.certificate, made.chain, why));
    return done(output);
}

static enum err revoke(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL, *certificate = NULL;
    struct kin kin;
    TRY(work_get(w, c->name, id, &present, why));
    str which = text_in(present, S("certificate"));
    if (which.len == 0)
        return problem_fault(why, ERR_CONFLICT, S(""), S("no-certificate"), "There is no certificate to revoke");
    TRY(work_get(w, S("certificates"), which, &certificate, why));
    TRY(certificates_of_key(w, certificate, &kin, why));
    TRY(certificate_revoke(w, certificate, text_in(input, S("reason")), why));
    for (size_t i = 0; i < kin.count; i++) { /* those from before it was signed again are as good to whoever has the key */
        if (str_equal(kin.ids[i], which))
            continue;
        TRY(work_get(w, S("certificates"), kin.ids[i], &certificate, why));
        TRY(certificate_revoke(w, certificate, text_in(input, S("reason")), why));
    }
    return done(output);
}

static enum err crl(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL;
    (void)input;
    TRY(work_get(w, c->name, id, &present, why));
    if (text_in(present, S("certificate")).len == 0)
        return problem_fault(why, ERR_CONFLICT, S(""), S("no-certificate"), "An authority without a certificate has no list");
    TRY(crl_renew(w, present, why));
    return done(output);
}

static const struct action_code actions[] = {
    {.name = STR("certify"), .run = certify}, {.name = STR("sign"), .run = sign}, {.name = STR("revoke"), .run = revoke}, {.name = STR("crl"), .run = crl}};
const struct behaviour behaviour_certificate_authorities = {
    .collection = STR("certificate_authorities"), .before = before, .after = after, .actions = actions, .action_count = COUNTOF(actions)};

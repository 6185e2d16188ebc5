/* Certificates as rows: kept once, revoked, never changed otherwise. They are written by what issues and what imports; an
 * author has no field of theirs. */
#include "base/digest.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/pki/pki.h"
#include "content/system/pki/revocation.h"

/* RFC 5280 5.3.1. */
static const struct {
    str name;
    int code;
} reasons[] = {
    {STR("unspecified"), 0},  {STR("keyCompromise"), 1},        {STR("cACompromise"), 2},
    {STR("affiliationChanged"), 3}, {STR("superseded"), 4}, {STR("cessationOfOperation"), 5}, {STR("privilegeWithdrawn"), 9},
};

int revocation_code(str name)
{
    for (size_t i = 0; i < COUNTOF(reasons); i++)
        if (str_equal(reasons[i].name, name))
            return reasons[i].code;
    return 0;
}

str revocation_name(int code)
{
    for (size_t i = 0; i < COUNTOF(reasons); i++)
        if (reasons[i].code == code)
            return reasons[i].name;
    return reasons[0].name;
}

static bool is_reason(str name)
{
    for (size_t i = 0; i < COUNTOF(reasons); i++)
        if (str_equal(reasons[i].name, name))
            return true;
    return false;
}

struct json names_list(struct arena *a, const struct alt_name *names, size_t count)
{
    static const char *const words[NAME_KIND_COUNT] = {[NAME_DNS] = "dns", [NAME_IP] = "ip", [NAME_EMAIL] = "email", [NAME_URI] = "uri"};
    struct json *list = NEW_N(a, struct json, count + 1);
    for (size_t i = 0; i < count; i++)
        list[i] = json_of_text(arena_format(a, "%s:" STR_FMT, words[names[i].kind], STR_ARG(names[i].text)));
    return json_of_list(list, count);
}

str chain_text(struct arena *a, str pem, str behind)
{
    return behind.len ? arena_format(a, STR_FMT "\n" STR_FMT, STR_ARG(pem), STR_ARG(behind)) : pem;
}

static void put_text(struct change *c, str field, str text)
{
    if (text.len)
        value_put(c, field, json_of_text(text));
}

enum err certificate_keep(struct work *w, const struct certificate_row *row, str *id, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct collection *all = model_find(work_model(w), S("certificates"));
    const struct json *present = NULL;
    int64_t number = 0;
    TRY(work_find(w, S("certificates"), filter_test(a, collection_field(all, S("fingerprint")), TEST_EQ, json_of_text(row->fingerprint)), &present,
                  why));
    if (present) {
        if (time_in(present, S("revoked_at")))
            return problem_fault(why, ERR_CONFLICT, S(""), S("revoked"), "The certificate " STR_FMT " is revoked", STR_ARG(row->subject));
        *id = text_in(present, S("_id"));
        return ERR_OK;
    }
    struct change c = pki_change(w, S("certificates"), OP_CREATE, (str){0});
    TRY(work_next_number(w, S("certificates"), &number, why));
    value_put(&c, S("number"), json_of_int(number));
    put_text(&c, S("pem"), row->pem);
    put_text(&c, S("fingerprint"), row->fingerprint);
    put_text(&c, S("serial"), row->serial);
    put_text(&c, S("subject"), row->subject);
    put_text(&c, S("key_type"), row->key_name);
    put_text(&c, S("issuer"), row->issuer);
    put_text(&c, S("authority"), row->authority);
    put_text(&c, S("request"), row->request);
    put_text(&c, S("profile"), row->profile);
    value_put(&c, S("names"), names_list(a, row->names, row->name_count));
    value_put(&c, S("is_authority"), json_of_bool(row->is_authority));
    value_put(&c, S("not_before"), pki_time(a, row->not_before_ms));
    value_put(&c, S("not_after"), pki_time(a, row->not_after_ms));
    TRY(work_change(w, &c, why));
    *id = c.result_id;
    return ERR_OK;
}

/* From the last one to the first, so that each finds who issued it. */
enum err certificates_keep(struct work *w, const struct certificate *chain, size_t count, str request, str *leaf, struct problem *why)
{
    struct arena *a = work_arena(w);
    str issuer = {0}, id = {0};
    for (size_t i = count; i-- > 0;) {
        const struct certificate *c = &chain[i];
        bool is_again = i + 1 < count && str_equal(c->der, chain[i + 1].der); /* a self-signed one comes twice */
        if (is_again)
            continue;
        const struct certificate_row row = {.pem = certificate_pem(a, c),
                                            .fingerprint = digest_hex(a, DIGEST_SHA256, c->der),
                                            .serial = c->serial,
                                            .subject = c->subject,
                                            .is_authority = c->is_ca,
                                            .not_before_ms = c->not_before_ms,
                                            .not_after_ms = c->not_after_ms,
                                            .issuer = issuer,
                                            .request = i == 0 ? request : (str){0}};
        TRY(certificate_keep(w, &row, &id, why));
        issuer = id;
    }
    *leaf = id;
    return ERR_OK;
}

/* ---- revocation ---- */

struct ids {
    struct arena *arena;
    str *list;
    size_t count, room;
};

static enum err take_id(void *self, const struct json *item)
{
    struct ids *ids = self;
    if (ids->count == ids->room) {
        size_t more = ids->room ? 2 * ids->room : 8;
        ids->list = arena_grow(ids->arena, ids->list, ids->room * sizeof *ids->list, more * sizeof *ids->list);
        ids->room = more;
    }
    ids->list[ids->count++] = arena_copy(ids->arena, text_in(item, S("_id")));
    return ERR_OK;
}

/* Requests that it answered say so, and an authority whose certificate it is signs no more. */
static enum err tell_owners(struct work *w, str certificate, str collection, str field, struct json value, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), collection);
    struct ids owners = {.arena = work_arena(w)};
    TRY(work_each(w, collection, filter_test(work_arena(w), collection_field(c, S("certificate")), TEST_EQ, json_of_text(certificate)), take_id,
                  &owners, why));
    for (size_t i = 0; i < owners.count; i++) {
        struct change change = pki_change(w, collection, OP_UPDATE, owners.list[i]);
        change.verb = S("revoke");
        value_put(&change, field, value);
        TRY(work_change(w, &change, why));
    }
    return ERR_OK;
}

/* It is revoked: what follows of that for those whose it was. */
static enum err tell_all(struct work *w, const struct json *certificate, str reason, struct problem *why)
{
    str id = text_in(certificate, S("_id"));
    TRY(tell_owners(w, id, S("certificate_requests"), S("status"), json_of_text(S("Revoked")), why));
    if (flag_in(certificate, S("is_authority")) && is_compromise(reason))
        return authorities_disable_of_key(w, certificate, why);
    return tell_owners(w, id, S("certificate_authorities"), S("enabled"), json_false, why);
}

/* All but its authority's list: *by is who has to write one. */
static enum err mark(struct work *w, const struct json *certificate, str reason, const struct json **by, struct problem *why)
{
    str id = text_in(certificate, S("_id")), authority = text_in(certificate, S("authority"));
    if (reason.len && !is_reason(reason))
        return problem_fault(why, ERR_INVALID, S("/reason"), S("option"),
                             "A reason is one of unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation, "
                             "privilegeWithdrawn");
    if (time_in(certificate, S("revoked_at")))
        return problem_set(why, ERR_CONFLICT, "The certificate is revoked already");
    if (authority.len == 0)
        return problem_set(why, ERR_CONFLICT, "No authority here has issued this certificate; only who issued it can revoke it");
    TRY(work_get(w, S("certificate_authorities"), authority, by, why));
    if (text_in(certificate, S("issuer")).len == 0)
        return problem_set(why, ERR_CONFLICT, "A root does not revoke itself; disable the authority");
    struct change c = pki_change(w, S("certificates"), OP_UPDATE, id);
    c.verb = S("revoke");
    value_put(&c, S("revoked_at"), pki_time(work_arena(w), work_now_ms(w)));
    value_put(&c, S("revocation"), json_of_text(reason.len ? reason : S("unspecified")));
    TRY(work_change(w, &c, why));
    return tell_all(w, certificate, reason, why);
}

enum err certificate_revoke(struct work *w, const struct json *certificate, str reason, struct problem *why)
{
    const struct json *by = NULL;
    TRY(mark(w, certificate, reason, &by, why));
    return crl_demand(w, by, why);
}

enum err certificates_revoke_of(struct work *w, const struct json *request, str reason, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct ids others = {.arena = a};
    const struct json *certificate = NULL, *first = NULL;
    const struct filter *which = NULL;
    size_t count = 1;
    TRY(work_get(w, S("certificates"), text_in(request, S("certificate")), &certificate, why));
    TRY(mark(w, certificate, reason, &first, why));
    TRY(pki_filter(w, S("certificates"),
                   arena_format(a, "{\"request\":\"" STR_FMT "\",\"authority\":{\"$exists\":true},\"revoked_at\":{\"$exists\":false},\"not_after\":{\"$gt\":\"" STR_FMT "\"}}",
                                STR_ARG(text_in(request, S("_id"))), STR_ARG(pki_time(a, work_now_ms(w)).text)),
                   &which, why));
    TRY(work_each(w, S("certificates"), which, take_id, &others, why));
    const struct json **by = NEW_N(a, const struct json *, others.count + 1);
    by[0] = first;
    for (size_t i = 0; i < others.count; i++, count++) {
        TRY(work_get(w, S("certificates"), others.list[i], &certificate, why));
        TRY(mark(w, certificate, reason, &by[count], why));
    }
    for (size_t i = 0; i < count; i++) {
        bool is_written = false;
        for (size_t j = 0; j < i; j++)
            is_written = is_written || str_equal(text_in(by[i], S("_id")), text_in(by[j], S("_id")));
        if (!is_written)
            TRY(crl_demand(w, by[i], why));
    }
    return ERR_OK;
}

static enum err revoke(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL;
    TRY(work_get(w, c->name, id, &present, why));
    TRY(certificate_revoke(w, present, text_in(input, S("reason")), why));
    *output = json_of_map(NULL, 0);
    return ERR_OK;
}

/* One that is here and comes back revoked is revoked for those as well whose it is. */
static enum err before_restore(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    TRY(certificate_restore(w, c, present, why));
    const struct json *at = present ? value_to_be(c, NULL, S("revoked_at")) : NULL, *reason = value_to_be(c, NULL, S("revocation"));
    if (!at || at->type == JSON_NULL || time_in(present, S("revoked_at")))
        return ERR_OK;
    return tell_all(w, present, reason && reason->type == JSON_TEXT ? reason->text : S(""), why);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE && c->restores)
        return before_restore(w, c, present, why);
    if (c->op == OP_CREATE && !work_follows(w))
        return problem_set(why, ERR_FORBIDDEN, "Certificates are issued or imported, not written");
    if (c->op == OP_DELETE && text_in(present, S("authority")).len && time_in(present, S("not_after")) > work_now_ms(w) && !work_follows(w))
        return problem_set(why, ERR_CONFLICT, "A certificate that was issued here is kept until it has expired");
    return ERR_OK;
}

static const struct action_code actions[] = {{.name = STR("revoke"), .run = revoke}};
const struct behaviour behaviour_certificates = {
    .collection = STR("certificates"), .before = before, .actions = actions, .action_count = COUNTOF(actions)};

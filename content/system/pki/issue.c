/* The one function that signs: what goes into a certificate comes from the profile and the authority, from the request only its
 * key, the parts of its subject and the names that were judged before (CA-2). The row is written in the same transaction, so
 * there is no certificate that nobody knows of (CA-4). */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/kind.h"
#include "content/system/pki/pki.h"

enum { DAYS_OF_A_LEAF = 365, DAYS_OF_AN_AUTHORITY = 5 * 365, DAYS_OF_A_ROOT = 10 * 365, SETTLING_MS = 300000 };
static const int64_t day_ms = 86400000;

void pki_forget(str key)
{
    if (key.len)
        crypt_wipe((void *)(uintptr_t)key.at, key.len);
}

enum err authority_key(struct work *w, const struct json *authority, str *pkcs8, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), S("certificate_authorities"));
    str text = {0};
    TRY(work_secret_get(w, c, text_in(authority, S("_id")), collection_field(c, S("private_key")), &text, why));
    bool is_read = text.len > 0 && base64url_decode(work_arena(w), text, pkcs8);
    pki_forget(text);
    return is_read ? ERR_OK : problem_set(why, ERR_INTERNAL, "The authority's key cannot be opened");
}

struct dn subject_of_item(struct arena *a, const struct json *authority)
{
    static const str types[] = {STR("CN"), STR("O"), STR("OU"), STR("C"), STR("ST"), STR("L")};
    const struct json *said = json_get(authority, S("subject"));
    struct dn_part *parts = NEW_N(a, struct dn_part, COUNTOF(types));
    size_t count = 0;
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (text_in(said, types[i]).len)
            parts[count++] = (struct dn_part){types[i], text_in(said, types[i])};
    return (struct dn){parts, count};
}

/* ---- what is allowed ---- */

/* The certificate that it signs with; it must be good now. */
static enum err signing_certificate(struct work *w, const struct json *authority, const struct json **out, struct problem *why)
{
    str id = text_in(authority, S("certificate"));
    int64_t now = work_now_ms(w);
    if (id.len == 0)
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("authority"), "The authority has no certificate yet");
    TRY(work_get(w, S("certificates"), id, out, why));
    if (time_in(*out, S("revoked_at")))
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("authority"), "The authority's certificate is revoked");
    if (time_in(*out, S("not_after")) <= now)
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("authority"), "The authority's certificate has expired");
    if (!flag_in(authority, S("enabled")))
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("authority"), "The authority is disabled");
    return ERR_OK;
}

static bool says(const struct json *list, str word)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && str_equal(list->items[i].text, word))
            return true;
    return false;
}

static enum err check_key(const struct json *profile, str key_name, struct problem *why)
{
    const struct json *types = list_in(profile, S("key_types"));
    int64_t bits = 0, least = number_in(profile, S("rsa_min_bits"));
    bool is_rsa = str_starts(key_name, S("rsa-"));
    if (types->count && !says(types, is_rsa ? S("rsa") : key_name))
        return problem_fault(why, ERR_INVALID, S("/csr"), S("profile"), "The profile " STR_FMT " takes no keys of type " STR_FMT,
                             STR_ARG(text_in(profile, S("name"))), STR_ARG(key_name));
    if (is_rsa && str_to_i64(str_slice(key_name, 4, key_name.len), &bits) && bits < least)
        return problem_fault(why, ERR_INVALID, S("/csr"), S("profile"), "The profile " STR_FMT " takes RSA keys of %lld bits and more",
                             STR_ARG(text_in(profile, S("name"))), (long long)least);
    return ERR_OK;
}

static enum err check_names(const struct json *profile, const struct issue_wish *wish, struct problem *why)
{
    static const str words[NAME_KIND_COUNT] = {
        [NAME_DNS] = STR("dns"), [NAME_IP] = STR("ip"), [NAME_EMAIL] = STR("email"), [NAME_URI] = STR("uri")};
    const struct json *allowed = list_in(profile, S("name_kinds"));
    for (size_t i = 0; profile && i < wish->name_count; i++)
        if (!says(allowed, words[wish->names[i].kind]))
            return problem_fault(why, ERR_INVALID, S("/csr"), S("profile"), "The profile " STR_FMT " has no names like " STR_FMT,
                                 STR_ARG(text_in(profile, S("name"))), STR_ARG(wish->names[i].text));
    return ERR_OK;
}

static struct dn allowed_subject(struct arena *a, const struct json *profile, struct dn asked)
{
    const struct json *kept = list_in(profile, S("subject_parts"));
    struct dn_part *parts = NEW_N(a, struct dn_part, asked.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < asked.count; i++)
        if (kept->count == 0 || says(kept, asked.parts[i].type))
            parts[count++] = asked.parts[i];
    return (struct dn){parts, count};
}

static unsigned usages_of(const struct json *profile)
{
    static const struct {
        str word;
        unsigned usage;
    } words[] = {{STR("server"), USAGE_SERVER}, {STR("client"), USAGE_CLIENT}, {STR("code_signing"), USAGE_CODE_SIGNING}, {STR("email"), USAGE_EMAIL}};
    unsigned all = 0;
    if (!profile)
        return USAGE_SERVER | USAGE_CLIENT;
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (says(list_in(profile, S("usages")), words[i].word))
            all |= words[i].usage;
    return all;
}

/* The least of everything that limits it, and never beyond who signs (CA-3). */
static int64_t end_of(struct work *w, const struct issue_wish *wish, const struct json *profile, const struct json *issuer)
{
    int64_t least = wish->is_authority ? DAYS_OF_AN_AUTHORITY : DAYS_OF_A_LEAF;
    int64_t limits[] = {wish->is_authority ? 0 : number_in(profile, S("max_days")), wish->days_most,
                        wish->is_authority ? 0 : number_in(wish->authority, S("leaf_max_days")), wish->days};
    if (limits[0] > 0)
        least = limits[0];
    for (size_t i = 1; i < COUNTOF(limits); i++)
        if (limits[i] > 0 && limits[i] < least)
            least = limits[i];
    int64_t end = work_now_ms(w) + least * day_ms, own = time_in(issuer, S("not_after"));
    return end < own ? end : own;
}

/* Clocks that are behind take it at once (CA-3: five minutes), and it is not older than who signs. */
static int64_t begin_of(struct work *w, const struct json *issuer)
{
    int64_t begin = work_now_ms(w) - SETTLING_MS, own = time_in(issuer, S("not_before"));
    return begin > own ? begin : own;
}

static enum err profile_of(struct work *w, const struct issue_wish *wish, const struct json **out, struct problem *why)
{
    str id = text_in(wish->authority, S("profile"));
    *out = wish->is_authority ? NULL : wish->profile;
    if (*out || wish->is_authority || id.len == 0)
        return ERR_OK;
    return work_get(w, S("certificate_profiles"), id, out, why);
}

/* ---- signing ---- */

static struct alt_name *permitted_of(struct arena *a, const struct json *authority, size_t *count)
{
    const struct json *dns = list_in(authority, S("permitted_dns")), *networks = list_in(authority, S("permitted_networks"));
    struct alt_name *out = NEW_N(a, struct alt_name, (size_t)dns->count + networks->count + 1);
    *count = 0;
    for (uint32_t i = 0; i < dns->count; i++)
        out[(*count)++] = (struct alt_name){NAME_DNS, dns->items[i].text};
    for (uint32_t i = 0; i < networks->count; i++)
        out[(*count)++] = (struct alt_name){NAME_IP, networks->items[i].text};
    return out;
}

/* Where verifiers find the list, the answers and the issuer: over plain HTTP, as RFC 5280 expects. */
static void put_urls(struct work *w, int64_t number, bool with_ocsp, struct certificate_wish *out)
{
    struct arena *a = work_arena(w);
    str base = work_pki_url(w);
    if (base.len == 0)
        return;
    out->crl_url = arena_format(a, STR_FMT "/pki/crl/%lld.crl", STR_ARG(base), (long long)number);
    out->issuer_url = arena_format(a, STR_FMT "/pki/ca/%lld.cer", STR_ARG(base), (long long)number);
    if (with_ocsp)
        out->ocsp_url = arena_format(a, STR_FMT "/pki/ocsp/%lld", STR_ARG(base), (long long)number);
}

static void put_authority(struct work *w, const struct json *authority, struct certificate_wish *out)
{
    const struct json *levels = json_get(authority, S("path_len"));
    bool is_root = str_is_absent(out->issuer_pem);
    out->is_authority = true;
    out->path_len = levels && levels->type == JSON_INT ? (int)levels->integer : is_root ? -1 : 0;
    out->permitted = permitted_of(work_arena(w), authority, &out->permitted_count);
}

/* Verifiers of a chain do not count its first certificate; of an authority nobody would take what it signs (RFC 5280 4.2.1.9). */
static bool has_room(const struct certificate *chain, size_t count)
{
    int64_t levels = 0;
    for (size_t i = 0; chain[0].is_ca && i < count; i++) {
        if (i > 0 && chain[i].path_len >= 0 && levels > chain[i].path_len)
            return false;
        levels += !str_equal(chain[i].subject, chain[i].issuer);
    }
    return true;
}

/* Names outside of what an authority is constrained to, a level too many, an end that came: what no verifier would take is not
 * issued, and it is said why. */
static enum err check_path(struct work *w, const struct certificate *made, str issuers_pem, struct problem *why)
{
    struct problem quiet = {.arena = work_arena(w)};
    struct certificate *above = NULL;
    size_t count = 0;
    TRY(certificates_read(work_arena(w), issuers_pem, &above, &count, why));
    if (count >= LIMIT_CERTIFICATE_CHAIN)
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("path"), "A chain has at most %u certificates", LIMIT_CERTIFICATE_CHAIN);
    struct certificate *chain = NEW_N(work_arena(w), struct certificate, count + 1);
    chain[0] = *made;
    memcpy(chain + 1, above, count * sizeof *above);
    if (!has_room(chain, count + 1))
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("path"), "The authority's certificate, or one above it, allows fewer levels of authorities");
    if (certificates_verify(chain, count, &chain[count], 1, CERTIFICATE_FOR_ANY, work_now_ms(w), &quiet) == ERR_OK)
        return ERR_OK;
    return problem_fault(why, ERR_CONFLICT, S("/authority"), S("path"), "No verifier would take it from this authority. " STR_FMT, STR_ARG(quiet.text));
}

static enum err make_row(struct work *w, const struct certificate_wish *wish, const struct issue_wish *of, str key_name, str profile, str issuer,
                         struct issued *out, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct certificate_made made;
    struct certificate facts;
    TRY(certificate_make(wish, a, &made, why));
    TRY(certificate_read(a, made.der, &facts, why));
    if (wish->issuer_pem.len)
        TRY(check_path(w, &facts, text_in(of->authority, S("chain")), why));
    const struct certificate_row row = {.pem = made.pem, .fingerprint = made.fingerprint, .serial = made.serial, .subject = facts.subject,
                                        .key_name = key_name, .names = wish->names, .name_count = wish->name_count,
                                        .is_authority = wish->is_authority, .not_before_ms = facts.not_before_ms, .not_after_ms = facts.not_after_ms,
                                        .issuer = issuer, .authority = text_in(of->authority, S("_id")), .request = of->request, .profile = profile};
    TRY(certificate_keep(w, &row, &out->certificate, why));
    out->chain = made.pem;
    return ERR_OK;
}

/* A level below who signs, and not more levels than that one has left: its own would be refused (RFC 5280 4.2.1.9). */
static enum err may_go_below(const struct json *issuer_authority, const struct json *subordinate, struct problem *why)
{
    const struct json *levels = json_get(issuer_authority, S("path_len"));
    bool is_root = flag_in(issuer_authority, S("self_signed"));
    int64_t room = levels && levels->type == JSON_INT ? levels->integer : is_root ? 1 : 0;
    if (room <= 0)
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("path"), "The authority's certificate allows no authorities below it");
    if (levels && levels->type == JSON_INT && number_in(subordinate, S("path_len")) >= room)
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("path"), "The authority's certificate allows fewer levels below it than this one wants");
    return ERR_OK;
}

enum err certificate_issue(struct work *w, const struct issue_wish *of, struct issued *out, struct problem *why)
{
    const struct json *issuer = NULL, *profile = NULL;
    TRY(signing_certificate(w, of->authority, &issuer, why));
    TRY(profile_of(w, of, &profile, why));
    if (of->is_authority)
        TRY(may_go_below(of->authority, of->subordinate, why));
    if (profile) {
        TRY(check_key(profile, of->key_name, why));
        TRY(check_names(profile, of, why));
    }
    struct certificate_wish wish = {.public_key = of->public_key, .subject = allowed_subject(work_arena(w), profile, of->subject),
                                    .names = of->names, .name_count = of->name_count, .not_before_ms = begin_of(w, issuer),
                                    .not_after_ms = end_of(w, of, profile, issuer), .usages = usages_of(profile),
                                    .issuer_pem = text_in(issuer, S("pem"))};
    if (wish.subject.count == 0 && wish.name_count == 0) /* RFC 5280 4.1.2.6 */
        return problem_fault(why, ERR_INVALID, S("/csr"), S("csr-names"), "There is neither a subject nor a name to certify");
    if (of->is_authority)
        put_authority(w, of->subordinate, &wish);
    put_urls(w, number_in(of->authority, S("serial")), true, &wish);
    TRY(authority_key(w, of->authority, &wish.issuer_key, why));
    enum err e = make_row(w, &wish, of, of->key_name, text_in(profile, S("name")), text_in(issuer, S("_id")), out, why);
    pki_forget(wish.issuer_key);
    if (e == ERR_OK)
        out->chain = chain_text(work_arena(w), out->chain, text_in(of->authority, S("chain")));
    return e;
}

enum err certificate_issue_root(struct work *w, const struct json *authority, str *certificate_id, str *chain, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct request_facts own;
    struct issued made;
    int64_t end = time_in(authority, S("not_after"));
    TRY(request_read(text_in(authority, S("csr")), a, &own, why));
    struct certificate_wish wish = {.public_key = own.public_key, .subject = own.subject, .names = own.names, .name_count = own.name_count,
                                    .not_before_ms = work_now_ms(w) - SETTLING_MS,
                                    .not_after_ms = end ? end : work_now_ms(w) + DAYS_OF_A_ROOT * day_ms};
    put_authority(w, authority, &wish);
    TRY(authority_key(w, authority, &wish.issuer_key, why));
    enum err e = make_row(w, &wish, &(struct issue_wish){.authority = authority}, own.key_name, (str){0}, (str){0}, &made, why);
    pki_forget(wish.issuer_key);
    if (e != ERR_OK)
        return e;
    *certificate_id = made.certificate;
    *chain = made.chain;
    return ERR_OK;
}

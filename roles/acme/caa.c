/* Who may issue for a name, as its owner says (RFC 8659), for which of our accounts and by which proof (RFC 8657). */
#include "roles/acme/trial.h"

#define ISSUE S("issue")
#define ISSUE_WILD S("issuewild")

/* Properties that may be critical: known, though only the first two matter to us. */
static bool is_known(str tag)
{
    static const str known[] = {STR("issue"), STR("issuewild"), STR("iodef"), STR("contactemail"), STR("contactphone"),
                                STR("issuemail"), STR("issuevmc")};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_equal_nocase(known[i], tag))
            return true;
    return false;
}

static bool names_our_way(str list, enum acme_proof by)
{
    bool ended = false;
    str one;
    while (str_next(&list, &ended, ',', &one))
        if (str_equal(str_trim(one), by == PROOF_HTTP ? S("http-01") : S("dns-01")))
            return true;
    return false;
}

/* name=value behind the issuer's domain. What others' servers understand by a name that we do not know binds them, not us. */
static bool parameter_holds(str parameter, const struct acme_trial *t)
{
    str name, value;
    if (str_trim(parameter).len == 0)
        return true;
    if (!str_cut(parameter, '=', &name, &value))
        return false;
    name = str_trim(name);
    value = str_trim(value);
    if (str_equal_nocase(name, S("accounturi")))
        return !str_is_absent(t->account_url) && str_equal(value, t->account_url);
    if (str_equal_nocase(name, S("validationmethods")))
        return names_our_way(value, t->by);
    return true;
}

/* "ca.example; accounturi=https://…": ";" alone names nobody. */
static bool names_us(str value, const struct acme_outside *o, const struct acme_trial *t)
{
    str issuer, rest, parameter;
    bool has_more = str_cut(value, ';', &issuer, &rest), ended = !has_more;
    bool is_ours = str_equal_nocase(str_trim(issuer), o->caa_identity);
    while (is_ours && str_next(&rest, &ended, ';', &parameter))
        is_ours = parameter_holds(parameter, t);
    return is_ours;
}

static bool has(const struct dns_answer *records, str tag)
{
    for (size_t i = 0; i < records->count; i++)
        if (str_equal_nocase(records->records[i].tag, tag))
            return true;
    return false;
}

enum err caa_judge(const struct acme_outside *o, const struct acme_trial *t, const struct dns_answer *records, struct problem *why)
{
    str tag = t->is_wildcard && has(records, ISSUE_WILD) ? ISSUE_WILD : ISSUE;
    bool may = !has(records, tag);
    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *r = &records->records[i];
        if (r->is_critical && !is_known(r->tag))
            return problem_set(why, ERR_INVALID, "A CAA record must be understood that we do not know: " STR_FMT, STR_ARG(r->tag));
        may = may || (str_equal_nocase(r->tag, tag) && names_us(r->text, o, t));
    }
    if (!may)
        return problem_set(why, ERR_INVALID, "CAA records do not let " STR_FMT " issue for this name", STR_ARG(o->caa_identity));
    return ERR_OK;
}

/* The closest name upwards that has any counts alone. */
enum err trial_caa(struct trial_run *r)
{
    str name = r->trial->name;
    struct dns_answer records = {0};
    if (str_is_absent(r->outside->caa_identity) || r->trial->is_address)
        return ERR_OK;
    while (name.len && records.count == 0) {
        str above;
        TRY(trial_ask(r, name, DNS_CAA, &records));
        (void)str_cut(name, '.', &(str){0}, &above);
        name = above;
    }
    if (records.count == 0)
        return ERR_OK;
    enum err e = caa_judge(r->outside, r->trial, &records, r->why);
    if (e != ERR_OK)
        r->fault = ACME_CAA;
    return e;
}

/* An authority's list of revoked certificates: written anew before it runs out and with revocations, with a number that only goes up
 * (CA-7). While it is short, in the transaction of what it tells; a long one is marked as due and written soon, once for all
 * revocations until then (roles/pki/tick.c), or each of them would cost as much as all before it together. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/system/pki/pki.h"
#include "content/system/pki/revocation.h"

enum { DAY_MS = 86400000 };

struct gathering {
    struct buf entries;
    uint64_t count;
    struct problem *why;
};

static enum err add(struct gathering *g, struct revoked one)
{
    g->count++;
    return crl_entry(&one, &g->entries) ? ERR_OK : problem_set(g->why, ERR_TOO_LARGE, "A list of revoked certificates has at most %u bytes", LIMIT_CRL_BYTES);
}

static enum err see(void *self, const struct json *item)
{
    return add(self, (struct revoked){text_in(item, S("serial")), time_in(item, S("revoked_at")), revocation_code(text_in(item, S("revocation")))});
}

static int64_t life_of(const struct json *authority)
{
    int64_t days = number_in(authority, S("crl_days"));
    return (days > 0 ? days : 7) * DAY_MS;
}

static enum err issued_until(struct work *w, const struct json *authority, const char *more, int64_t since_ms, const struct filter **out, struct problem *why)
{
    struct arena *a = work_arena(w);
    return pki_filter(w, S("certificates"),
                      arena_format(a, "{\"authority\":\"" STR_FMT "\",%s\"not_after\":{\"$gte\":\"" STR_FMT "\"}}", STR_ARG(text_in(authority, S("_id"))), more,
                                   STR_ARG(pki_time(a, since_ms).text)),
                      out, why);
}

/* Those that it issued and revoked; an expired one is told of once more behind its end. */
static enum err gather(struct work *w, const struct json *authority, int64_t since_ms, struct gathering *g, struct problem *why)
{
    static const str fields[] = {STR("serial"), STR("revoked_at"), STR("revocation")};
    const struct filter *which = NULL;
    TRY(issued_until(w, authority, "\"revoked_at\":{\"$exists\":true},", since_ms, &which, why));
    *g = (struct gathering){.why = why};
    buf_init(&g->entries, work_arena(w), LIMIT_CRL_BYTES);
    const struct json *before = list_in(authority, S("revoked_before"));
    for (uint32_t i = 0; i < before->count; i++)
        TRY(add(g, (struct revoked){text_in(&before->items[i], S("serial")), time_in(&before->items[i], S("at")), (int)number_in(&before->items[i], S("reason"))}));
    return work_each_of(w, S("certificates"), which, fields, COUNTOF(fields), see, g, why);
}

static enum err make(struct work *w, const struct json *authority, struct crl_wish *wish, str *pem, struct problem *why)
{
    const struct json *certificate = NULL;
    str der;
    TRY(work_get(w, S("certificates"), text_in(authority, S("certificate")), &certificate, why));
    wish->issuer_pem = text_in(certificate, S("pem"));
    TRY(authority_key(w, authority, &wish->issuer_key, why));
    enum err e = crl_make(wish, work_arena(w), pem, &der, why);
    pki_forget(wish->issuer_key);
    return e;
}

enum err crl_write(struct work *w, const struct json *authority, struct problem *why)
{
    struct gathering g;
    str pem;
    int64_t now = work_now_ms(w), life = life_of(authority), number = number_in(authority, S("crl_number")) + 1;
    TRY(gather(w, authority, now - life, &g, why));
    struct crl_wish wish = {.number = (uint64_t)number, .this_ms = now, .next_ms = now + life, .entries = buf_str(&g.entries)};
    TRY(make(w, authority, &wish, &pem, why));
    struct change c = pki_change(w, S("certificate_authorities"), OP_UPDATE, text_in(authority, S("_id")));
    c.verb = S("crl");
    value_put(&c, S("crl"), json_of_text(pem));
    value_put(&c, S("crl_number"), json_of_int(number));
    value_put(&c, S("crl_count"), json_of_int((int64_t)g.count));
    value_put(&c, S("crl_next"), pki_time(work_arena(w), wish.next_ms));
    return work_change(w, &c, why);
}

static enum err due_at(struct work *w, const struct json *authority, int64_t ms, struct problem *why)
{
    struct change c = pki_change(w, S("certificate_authorities"), OP_UPDATE, text_in(authority, S("_id")));
    value_put(&c, S("crl_next"), pki_time(work_arena(w), ms));
    return work_change(w, &c, why);
}

enum err crl_demand(struct work *w, const struct json *authority, struct problem *why)
{
    if (number_in(authority, S("crl_count")) < LIMIT_CRL_AT_ONCE)
        return crl_write(w, authority, why);
    return time_in(authority, S("crl_next")) > work_now_ms(w) ? due_at(w, authority, work_now_ms(w), why) : ERR_OK;
}

/* Its certificate and all that it issued are over, and the last list has told of them. */
static enum err is_over(struct work *w, const struct json *authority, bool *out, struct problem *why)
{
    const struct json *certificate = NULL;
    const struct filter *which = NULL;
    uint64_t count = 0;
    int64_t since = work_now_ms(w) - life_of(authority);
    TRY(work_get(w, S("certificates"), text_in(authority, S("certificate")), &certificate, why));
    *out = time_in(certificate, S("not_after")) < since;
    if (!*out)
        return ERR_OK;
    TRY(issued_until(w, authority, "", since, &which, why));
    TRY(work_count(w, S("certificates"), which, &count, why));
    *out = count == 0;
    return ERR_OK;
}

enum err crl_renew(struct work *w, const struct json *authority, struct problem *why)
{
    bool over = false;
    TRY(is_over(w, authority, &over, why));
    if (!over)
        return crl_write(w, authority, why);
    if (work_actor(w)->is_server)
        return due_at(w, authority, 0, why);
    return problem_fault(why, ERR_CONFLICT, S(""), S("expired"), "Its certificate has expired, and so has all that it issued");
}

/* An authority's list of revoked certificates: written anew with each revocation and before it runs out, with a number that
 * only goes up, in the transaction of what it tells (CA-7). */
#include "content/kind.h"
#include "content/system/pki/pki.h"
#include "content/system/pki/revocation.h"

enum { DAY_MS = 86400000 };

struct gathering {
    struct arena *arena;
    struct revoked *list;
    size_t count, room;
};

static void add(struct gathering *g, struct revoked one)
{
    if (g->count == g->room) {
        size_t more = g->room ? 2 * g->room : 64;
        g->list = arena_grow(g->arena, g->list, g->room * sizeof *g->list, more * sizeof *g->list);
        g->room = more;
    }
    g->list[g->count++] = one;
}

static enum err see(void *self, const struct json *item)
{
    struct gathering *g = self;
    add(g, (struct revoked){arena_copy(g->arena, text_in(item, S("serial"))), time_in(item, S("revoked_at")),
                            revocation_code(text_in(item, S("revocation")))});
    return ERR_OK;
}

/* Those that it issued and revoked; an expired one is told of once more behind its end. */
static enum err gather(struct work *w, const struct json *authority, int64_t since_ms, struct gathering *g, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct filter *which = NULL;
    str since = pki_time(a, since_ms).text;
    TRY(pki_filter(w, S("certificates"),
                    arena_format(a, "{\"authority\":\"" STR_FMT "\",\"revoked_at\":{\"$exists\":true},\"not_after\":{\"$gte\":\"" STR_FMT "\"}}",
                                 STR_ARG(text_in(authority, S("_id"))), STR_ARG(since)),
                    &which, why));
    *g = (struct gathering){.arena = a};
    const struct json *before = list_in(authority, S("revoked_before"));
    for (uint32_t i = 0; i < before->count; i++)
        add(g, (struct revoked){text_in(&before->items[i], S("serial")), time_in(&before->items[i], S("at")), (int)number_in(&before->items[i], S("reason"))});
    return work_each(w, S("certificates"), which, see, g, why);
}

enum err crl_write(struct work *w, const struct json *authority, struct problem *why)
{
    struct arena *a = work_arena(w);
    int64_t now = work_now_ms(w), days = number_in(authority, S("crl_days"));
    const struct json *certificate = NULL;
    struct gathering g;
    str pem, der, key;
    days = days > 0 ? days : 7;
    TRY(work_get(w, S("certificates"), text_in(authority, S("certificate")), &certificate, why));
    TRY(gather(w, authority, now - days * DAY_MS, &g, why));
    TRY(authority_key(w, authority, &key, why));
    int64_t number = number_in(authority, S("crl_number")) + 1;
    const struct crl_wish wish = {.issuer_pem = text_in(certificate, S("pem")), .issuer_key = key, .number = (uint64_t)number, .this_ms = now,
                                  .next_ms = now + days * DAY_MS, .list = g.list, .count = g.count};
    enum err e = crl_make(&wish, a, &pem, &der, why);
    pki_forget(key);
    if (e != ERR_OK)
        return e;
    struct change c = pki_change(w, S("certificate_authorities"), OP_UPDATE, text_in(authority, S("_id")));
    c.verb = S("crl");
    value_put(&c, S("crl"), json_of_text(pem));
    value_put(&c, S("crl_number"), json_of_int(number));
    value_put(&c, S("crl_next"), pki_time(a, wish.next_ms));
    return work_change(w, &c, why);
}

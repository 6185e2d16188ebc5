/* What authorities need without being asked: their lists written anew at half their life, and a word before certificates end.
 * Each is a transaction of its own; whoever else does the same at the same time finds it done. */
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "roles/acme/part.h"
#include "roles/internal.h"

enum { LOOK_MS = 10000, WARNED_AT_ONCE = 100 };
static const int64_t day_ms = 86400000;

/* Days before the end at which it is told; once each. */
static const int64_t warnings[] = {1, 7, 30};

static bool is_due(const struct json *authority, int64_t now)
{
    const struct json *days = json_get(authority, S("crl_days"));
    int64_t life = (days && days->type == JSON_INT ? days->integer : 7) * day_ms, next = item_time(authority, S("crl_next"));
    return next > 0 && next - now < life / 2;
}

static enum err renew_list(struct gate *g, const struct principal *server, str id, struct problem *why)
{
    const struct collection *c = model_find(server->rights->model, S("certificate_authorities"));
    const struct json nothing = json_of_map(NULL, 0);
    struct json out;
    return content_act(g->content, server->rights, &server->actor, c, id, S("crl"), NULL, &nothing, &out, why->arena, why);
}

/* One that cannot be written keeps none of the others. */
static enum err renew_lists(struct gate *g, const struct principal *server, int64_t now, struct problem *why)
{
    struct item_list list;
    static const str fields[] = {STR("_id"), STR("crl_days"), STR("crl_next")};
    struct problem own = {.arena = why->arena};
    TRY(read_items_of(g->content, server->rights, S("certificate_authorities"), &filter_all, fields, COUNTOF(fields), why->arena, &list, why));
    for (size_t i = 0; i < list.count; i++)
        if (is_due(&list.items[i], now) && renew_list(g, server, item_text(&list.items[i], S("_id")), &own) != ERR_OK && why->err == ERR_OK)
            err_ignored(problem_set(why, own.err, "The list of the authority " STR_FMT ": " STR_FMT, STR_ARG(item_text(&list.items[i], S("_id"))),
                                    STR_ARG(own.text)));
    return why->err;
}

static enum err warn(struct gate *g, str id, int64_t days, struct problem *why)
{
    struct own_change c;
    own_change_begin(&c, g, why->arena, SYSTEM_PKI, S("certificates"), OP_UPDATE);
    c.change.id = id;
    c.change.verb = S("expires");
    const struct field *told = collection_field(c.change.in, S("expiry_told"));
    c.change.values[told->index] = json_named(told->name, json_of_int(days));
    field_set_add(&c.change.set, told->index);
    return own_change_commit(&c, why);
}

static str text_of_time(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

/* Those that end within so many days and of which nothing was said this late; a handful, the next look goes on. */
static enum err find_ending(struct gate *g, const struct principal *server, int64_t days, int64_t now, struct item_list *out, struct problem *why)
{
    struct arena *a = why->arena;
    const struct collection *c = model_find(server->rights->model, S("certificates"));
    struct query q = {.from = c, .limit = WARNED_AT_ONCE};
    const struct json *said = NULL;
    struct page page;
    str text = arena_format(a, "{\"revoked_at\":{\"$exists\":false},\"not_after\":{\"$gt\":\"" STR_FMT "\",\"$lt\":\"" STR_FMT "\"},"
                               "\"$or\":[{\"expiry_told\":{\"$exists\":false}},{\"expiry_told\":{\"$gt\":%lld}}]}",
                            STR_ARG(text_of_time(a, now)), STR_ARG(text_of_time(a, now + days * day_ms)), (long long)days);
    TRY(json_read(a, text, NULL, S("filter"), &said, why));
    TRY(filter_read(a, server->rights->model, c, said, &(struct filter_options){.where = S("filter")}, &q.where, why));
    query_all_fields(a, &q, NULL);
    item_list_init(out, a);
    return content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &out->receiver, &page, why);
}

/* From the latest word to the first, so that one that ends tomorrow is told of once. */
static enum err warn_of_ends(struct gate *g, const struct principal *server, int64_t now, struct problem *why)
{
    for (size_t k = 0; k < COUNTOF(warnings); k++) {
        struct item_list list;
        TRY(find_ending(g, server, warnings[k], now, &list, why));
        for (size_t i = 0; i < list.count; i++)
            TRY(warn(g, item_text(&list.items[i], S("_id")), warnings[k], why));
    }
    return ERR_OK;
}

enum err pki_tick(struct gate *g, struct problem *why)
{
    int64_t now = time_now_ms();
    if (g->pki_looked_ms && now >= g->pki_looked_ms && now - g->pki_looked_ms < LOOK_MS)
        return ERR_OK;
    g->pki_looked_ms = now;
    TRY(gate_catch_up(g, why));
    const struct principal *server = principal_system(g, why->arena, SYSTEM_PKI);
    struct problem lists = {.arena = why->arena};
    enum err e = renew_lists(g, server, now, &lists);
    TRY(warn_of_ends(g, server, now, why));
    TRY(acme_tick(g, now, why));
    return e == ERR_OK ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(lists.text));
}

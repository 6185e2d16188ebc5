/* The server's own look at ACME's rows, and its changes of them. */
#include "base/id.h"
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "roles/acme/part.h"

enum err acme_find(struct gate *g, struct arena *a, const char *collection, const char *field, str value, const struct json **out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    return read_item(g->content, server->rights, str_of(collection), str_of(field), value, a, out, why);
}

static enum err query_of(const struct principal *server, struct arena *a, const char *collection, str filter, struct query *q, struct problem *why)
{
    const struct json *said = NULL;
    q->from = model_find(server->rights->model, str_of(collection));
    must(q->from != NULL);
    TRY(json_read(a, filter, NULL, S("filter"), &said, why));
    return filter_read(a, server->rights->model, q->from, said, &(struct filter_options){.where = S("filter")}, &q->where, why);
}

enum err acme_list(struct gate *g, struct arena *a, const char *collection, str filter, uint32_t limit, struct item_list *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    struct query q = {.limit = limit};
    TRY(query_of(server, a, collection, filter, &q, why));
    query_all_fields(a, &q, NULL);
    item_list_init(out, a);
    return content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &out->receiver, NULL, why);
}

enum err acme_count(struct gate *g, struct arena *a, const char *collection, str filter, uint64_t *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    struct query q = {.limit = 1, .count = COUNT_ONLY};
    struct item_list none;
    struct page page = {0};
    TRY(query_of(server, a, collection, filter, &q, why));
    item_list_init(&none, a);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &none.receiver, &page, why));
    *out = page.total;
    return ERR_OK;
}

enum err acme_own(struct acme_call *c, const char *collection, str id, const struct json **out, struct problem *why)
{
    *out = NULL;
    if (id_valid(id))
        TRY(acme_find(c->gate, c->x->arena, collection, "_id", id, out, why));
    if (*out && str_equal(item_text(*out, S("account")), item_text(c->account, S("_id"))))
        return ERR_OK;
    return problem_set(why, ERR_NOT_FOUND, "The account has nothing at this address");
}

void acme_change_of(struct own_change *o, struct gate *g, struct arena *a, const char *collection, const struct json *item)
{
    own_change_begin(o, g, a, SYSTEM_PKI, str_of(collection), OP_UPDATE);
    o->change.id = item_text(item, S("_id"));
    o->change.expects = true;
    o->change.expect_revision = (uint64_t)number_in(item, S("_rev"));
}

str acme_time(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms / 1000 * 1000);
    return buf_str(&b);
}

struct json acme_error(struct arena *a, const char *type, str detail)
{
    struct json *members = NEW_N(a, struct json, 2);
    members[0] = json_named(S("type"), json_of_text(str_of(type)));
    members[1] = json_named(S("detail"), json_of_text(detail));
    return json_of_map(members, 2);
}

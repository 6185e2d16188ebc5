/* What there is: repositories, tags, and what refers to a manifest. */
#include "base/limits.h"
#include "content/kind.h"
#include "roles/registry/internal.h"

static enum err list_names(struct gate *g, const struct principal *who, const struct collection *c, const struct filter *where, str last,
                           size_t most, struct arena *a, struct name_list *out, struct problem *why)
{
    const struct field *name = collection_field(c, S("name"));
    struct output output = {.field = name};
    struct query q = {.from = c, .outputs = &output, .output_count = 1, .sort = {{.by = name}}, .sort_count = 1};
    struct item_list list;
    struct page page = {0};
    *out = (struct name_list){.names = NEW_N(a, str, most + 1)};
    if (most == 0)
        return ERR_OK;
    q.limit = most < LIMIT_ROWS ? (uint32_t)most : LIMIT_ROWS;
    q.where = str_is_absent(last) ? where : filter_and(a, where, filter_test(a, name, TEST_GT, json_of_text(last)));
    item_list_init(&list, a);
    TRY(content_read(g->content, who->rights, VERB_READ, &who->actor, &q, &list.receiver, &page, why));
    for (size_t i = 0; i < list.count; i++)
        out->names[out->count++] = item_text(&list.items[i], S("name"));
    out->has_more = page.has_more;
    return ERR_OK;
}

enum err gate_tags(struct gate *g, const struct principal *who, str repository, str last, size_t most, struct arena *a,
                   struct name_list *out, struct problem *why)
{
    const struct collection *tags = model_find(who->rights->model, S("tags"));
    const struct json *row;
    TRY(repository_for(g, who, repository, VERB_READ, a, &row, why));
    return list_names(g, who, tags, filter_test(a, tags->within, TEST_EQ, json_of_text(item_text(row, S("_id")))), last, most, a, out, why);
}

enum err gate_catalog(struct gate *g, const struct principal *who, str last, size_t most, struct arena *a, struct name_list *out,
                      struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, S("repositories"));
    bool may_read = rights_access(who->rights, VERB_READ, c)->granted;
    if (who->kind == PRINCIPAL_PUBLIC && !(may_read && g->registry.anonymous_catalog)) /* an anonymous token is nobody's, too */
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    /* What is empty is no repository any more, whatever was in it. */
    const struct filter *full = filter_test(a, collection_field(c, S("size")), TEST_GT, json_of_int(0));
    return list_names(g, who, c, full, last, may_read ? most : 0, a, out, why);
}

/* *row NULL: nothing refers to anything there. */
static enum err referred_in(struct gate *g, const struct principal *who, str repository, struct arena *a, const struct json **row,
                            struct problem *why)
{
    struct problem own = {.arena = a};
    enum err e = repository_for(g, who, repository, VERB_READ, a, row, &own);
    bool is_empty = e == ERR_NOT_FOUND && own.fault_count > 0; /* the right is there, the repository is not */
    return e == ERR_OK || is_empty ? ERR_OK : repository_for(g, who, repository, VERB_READ, a, row, why);
}

static const struct filter *which(const struct referrers_wish *wish, const struct collection *c, str repository_id, struct arena *a)
{
    const struct filter *is = filter_and(a, filter_test(a, collection_field(c, S("subject")), TEST_EQ, json_of_text(wish->digest)),
                                         filter_test(a, c->within, TEST_EQ, json_of_text(repository_id)));
    const struct filter *typed = NULL;
    for (size_t i = 0; i < wish->type_count; i++) {
        const struct filter *one = filter_test(a, collection_field(c, S("artifact_type")), TEST_EQ, json_of_text(wish->types[i]));
        typed = typed ? filter_or(a, typed, one) : one;
    }
    if (typed)
        is = filter_and(a, is, typed);
    return str_is_absent(wish->last) ? is : filter_and(a, is, filter_test(a, &c->fields[META_ID], TEST_GT, json_of_text(wish->last)));
}

enum err gate_referrers_page(struct gate *g, const struct principal *who, const struct referrers_wish *wish, struct arena *a,
                             struct referrer **out, size_t *count, bool *has_more, struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, S("manifests"));
    const struct json *row = NULL;
    struct item_list list;
    struct page page = {0};
    uint64_t bytes = 0;
    *count = 0;
    *has_more = false;
    TRY(referred_in(g, who, wish->repository, a, &row, why));
    TRY(demand_digest(wish->digest, why));
    if (!row)
        return ERR_OK;
    struct query q = {.from = c, .limit = LIMIT_REFERRERS, .where = which(wish, c, item_text(row, S("_id")), a),
                      .sort = {{.by = &c->fields[META_ID]}}, .sort_count = 1};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    TRY(content_read(g->content, who->rights, VERB_READ, &who->actor, &q, &list.receiver, &page, why));
    *out = NEW_N(a, struct referrer, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        const struct json *m = &list.items[i], *notes = json_get(m, S("annotations"));
        uint64_t size = (uint64_t)json_get(m, S("size"))->integer;
        bytes += size;
        if (i > 0 && bytes > LIMIT_MANIFEST_BYTES)
            break;
        (*out)[(*count)++] = (struct referrer){item_text(m, S("_id")), item_text(m, S("digest")), item_text(m, S("media_type")),
                                               item_text(m, S("artifact_type")), size, notes && notes->type == JSON_MAP ? notes : NULL};
    }
    *has_more = page.has_more || *count < list.count;
    return ERR_OK;
}

enum err gate_referrers(struct gate *g, const struct principal *who, str repository, str digest, str artifact_type, struct arena *a,
                        struct referrer **out, size_t *count, struct problem *why)
{
    bool has_more = false;
    struct referrers_wish wish = {.repository = repository, .digest = digest, .types = &artifact_type, .type_count = !str_is_absent(artifact_type)};
    return gate_referrers_page(g, who, &wish, a, out, count, &has_more, why);
}

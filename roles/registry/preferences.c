/* Stars and bookmarks: a person's own, whatever his roles let him do with the collection; the server keeps them for him. */
#include "content/kind.h"
#include "roles/registry/internal.h"

static const str marks[] = {[MARK_STAR] = STR("starred"), [MARK_BOOKMARK] = STR("bookmarked")};

static const struct filter *of(struct arena *a, const struct principal *server, const char *field, struct json v)
{
    return filter_test(a, collection_field(model_find(server->rights->model, S("preferences")), str_of(field)), TEST_EQ, v);
}

static enum err toggle_once(struct gate *g, const struct principal *who, str repository_id, enum mark mark, struct arena *a, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct filter *own = of(a, server, "user", json_of_text(who->user_id));
    struct item_list list;
    struct own_change o;
    TRY(read_items(g->content, server->rights, S("preferences"), filter_and(a, own, of(a, server, "repository", json_of_text(repository_id))), a,
                   &list, why));
    const struct json *present = list.count ? &list.items[0] : NULL;
    own_change_begin(&o, g, a, SYSTEM_FILES, S("preferences"), present ? OP_UPDATE : OP_CREATE);
    o.actor = who->actor;
    if (present) {
        o.change.id = item_text(present, S("_id"));
        o.change.expect_revision = (uint64_t)json_get(present, S("_rev"))->integer;
    } else {
        own_set_text(&o, S("user"), who->user_id);
        own_set_text(&o, S("repository"), repository_id);
    }
    own_set(&o, marks[mark], json_of_bool(!item_flag(present, marks[mark], false)));
    return own_change_commit(&o, why);
}

/* Somebody else, who is the same person, may have been faster: then it is looked at again. */
enum err gate_toggle_mark(struct gate *g, const struct principal *who, str repository, enum mark mark, struct arena *a, struct problem *why)
{
    const struct json *row;
    if (str_is_absent(who->user_id))
        return problem_set(why, ERR_FORBIDDEN, "Only people have preferences");
    if (!repository_name_valid(repository))
        return problem_fault(why, ERR_NOT_FOUND, S("name"), S("name"), "There is no such repository");
    TRY(repository_for(g, who, repository, VERB_READ, a, &row, why));
    struct problem first = {.arena = a};
    if (toggle_once(g, who, item_text(row, S("_id")), mark, a, &first) == ERR_OK)
        return ERR_OK;
    return toggle_once(g, who, item_text(row, S("_id")), mark, a, why);
}

enum err gate_marks(struct gate *g, const struct principal *who, struct arena *a, struct repository_marks **out, size_t *count,
                    struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    struct item_list list;
    *out = NULL;
    *count = 0;
    if (str_is_absent(who->user_id))
        return ERR_OK;
    TRY(read_items(g->content, server->rights, S("preferences"), of(a, server, "user", json_of_text(who->user_id)), a, &list, why));
    *out = NEW_N(a, struct repository_marks, list.count + 1);
    *count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        struct repository_marks *m = &(*out)[i];
        m->repository_id = item_text(&list.items[i], S("repository"));
        for (size_t k = 0; k < COUNTOF(marks); k++)
            m->is[k] = item_flag(&list.items[i], marks[k], false);
    }
    return ERR_OK;
}

enum err gate_stars(struct gate *g, const struct principal *who, str repository, struct arena *a, uint64_t *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    struct query q = {.from = model_find(server->rights->model, S("preferences")), .limit = 1, .count = COUNT_ONLY};
    const struct json *row;
    struct item_list none;
    struct page page = {0};
    TRY(repository_for(g, who, repository, VERB_READ, a, &row, why));
    q.where = filter_and(a, of(a, server, "repository", json_of_text(item_text(row, S("_id")))), of(a, server, "starred", json_true));
    item_list_init(&none, a);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &none.receiver, &page, why));
    *out = page.total;
    return ERR_OK;
}

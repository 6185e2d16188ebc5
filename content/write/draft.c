/* Changes that are not published yet: they gather beside the item (content/publish/drafts.h) until somebody publishes, and
 * readers of what is published see nothing of them, neither values nor revisions. */
#include "content/change/edit.h"
#include "content/change/languages.h"
#include "content/kind.h"
#include "content/publish/drafts.h"
#include "content/write/parts.h"
#include "content/write/settle_links.h"

static enum err refuse(struct work *w, const struct change *c, const struct field *f, str rule, const char *text,
                       struct problem *why)
{
    str path = arena_format(w->arena, STR_FMT "/" STR_FMT, STR_ARG(c->where), STR_ARG(f->name));
    return problem_fault(why, ERR_INVALID, path, rule, STR_FMT " %s", STR_ARG(f->name), text);
}

/* Where an item stands and whether it is published are not values of a version; an item that is sent back as it
 * came names them all the same. */
static enum err check_meta(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    static const size_t fixed[] = {META_STATE, META_PARENT, META_ORDER};
    for (size_t i = 0; i < COUNTOF(fixed); i++) {
        const struct field *f = &c->in->fields[fixed[i]];
        if (!field_set_has(&c->set, fixed[i]))
            continue;
        const struct json *now = json_get(present, f->name);
        if (!now || !json_equal(now, &c->values[fixed[i]]))
            (void)refuse(w, c, f, S("draft"), "is changed by itself, not with a draft", why);
        field_set_drop(&c->set, fixed[i]);
    }
    for (size_t i = META_COUNT; i < c->in->field_count; i++)
        if (field_set_has(&c->set, i) && field_set_has(&c->in->secret_fields, i))
            (void)refuse(w, c, &c->in->fields[i], S("draft"), "is a secret: those have no drafts", why);
    return why->err;
}

/* What is published may still point at an item that a draft would delete. */
static enum err check_steps(struct work *w, const struct change *c, struct problem *why)
{
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].op == LINK_DELETE)
            (void)refuse(w, c, c->links[i].field, S("draft"), "deletes items, which no draft does", why);
    return why->err;
}

/* All that the pending version will say: what it said, and what this change says. What is as published is left out. */
static struct json cells_after(struct work *w, const struct change *c, const struct json *published)
{
    struct json *cells = NEW_N(w->arena, struct json, c->in->field_count);
    size_t count = 0;
    for (size_t i = META_I18N; i < c->in->field_count; i++) { /* the last of the meta fields is a value, too */
        const struct field *f = &c->in->fields[i];
        struct json v;
        if (field_set_has(&c->set, i))
            v = c->values[i];
        else if (!c->version || !pending_value(w->arena, c->version, f, &v))
            continue;
        const struct json *now = json_get(published, f->name);
        if (!now || !json_equal(now, &v))
            cells[count++] = pending_cell(w->arena, f, &v);
    }
    return json_of_map(cells, count);
}

/* The role's check looks at the pending version, as the database would show it. */
static enum err check_version(struct work *w, const struct access *access, const struct change *c, struct problem *why)
{
    static const struct lens drafts = {.drafts = true};
    if (!access || access->check->node == FILTER_ALL)
        return ERR_OK;
    struct query q = {.from = c->in, .limit = 1, .lens = &drafts};
    q.where = filter_and(w->arena, filter_test(w->arena, &c->in->fields[META_ID], TEST_EQ, json_of_text(c->id)),
                         access->check);
    query_all_fields(w->arena, &q, NULL);
    struct item_list list;
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, why));
    return list.count ? ERR_OK : problem_set(why, ERR_FORBIDDEN, "Your role may not write an item like this");
}

enum err write_draft(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                     struct problem *why)
{
    const struct json *newest = pending_over(w->arena, c->in, present, c->version);
    TRY(check_meta(w, c, present, why));
    if (c->merge) {
        TRY(change_merge(w->arena, c, newest, why));
        TRY(change_check(w->arena, c, &w->actor->vars, c->where, why));
    }
    TRY(check_steps(w, c, why));
    TRY(edit_settle(w->arena, c, newest, &w->actor->vars, why));
    TRY(settle_links(w, rights, c, newest, why));
    TRY(check_references(w, rights, c, newest, why));
    languages_settle(w->arena, c, newest);
    struct json cells = cells_after(w, c, present);
    stamp(w, c);
    c->before = newest;
    c->after = image_after(w, c, newest);
    struct pending p = {&cells, c->result_revision, w->actor->vars.now_ms / 1000, w->actor->vars.user};
    if (cells.count > 0)
        TRY(pending_put(w, c->in, c->id, &p, why));
    else
        TRY(pending_drop(w, c->in, c->id, why));
    TRY(check_version(w, rights ? rights_access(rights, VERB_UPDATE, c->in) : NULL, c, why));
    return note_change(w, c, VERB_DRAFT, why);
}

enum err fold_pending(struct work *w, struct change *c, struct problem *why)
{
    if (!c->version)
        return ERR_OK;
    for (size_t i = META_I18N; i < c->in->field_count; i++) {
        struct json v;
        const struct field *f = &c->in->fields[i];
        if (!field_set_has(&c->set, i) && pending_value(w->arena, c->version, f, &v))
            set_value(c, i, f->kind->flags & KIND_REF ? leading_links(w, c, f, &v) : v);
    }
    return pending_drop(w, c->in, c->id, why);
}

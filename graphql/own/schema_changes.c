/* The fields of Mutation: one for each thing that the caller may do. Arguments are rows of own_change_arguments. */
#include "graphql/own/schema.h"

struct change_field {
    enum own_what what;
    const char *verb;                 /* "create" + BlogPost */
    bool many;                        /* … + BlogPosts */
    const char *doc;
};
static const struct change_field creates = {OWN_CREATE, "create", false, "A new item."},
                                 creates_many = {OWN_CREATE_MANY, "create", true, "Several new items: all of them or none."},
                                 updates = {OWN_UPDATE, "update", false, "Changes what is named."},
                                 updates_many = {OWN_UPDATE_MANY, "update", true, "The same change for all items like this."},
                                 upserts = {OWN_UPSERT, "upsert", false, "Creates the item with this key, or changes it."},
                                 deletes = {OWN_DELETE, "delete", false, "Answers the item as it was."},
                                 deletes_many = {OWN_DELETE_MANY, "delete", true, "Deletes all items like this."},
                                 saves = {OWN_SAVE_SINGLE, "update", false, "Changes what is named."},
                                 uploads = {OWN_UPLOAD, "upload", false, "A file, and what is said of it."};
static const struct change_field states[ACT_COUNT] = {
    [ACT_PUBLISH] = {OWN_PUBLISH, "publish", false, "The newest version goes live."},
    [ACT_UNPUBLISH] = {OWN_UNPUBLISH, "unpublish", false, "Taken back: a draft again."},
    [ACT_ARCHIVE] = {OWN_ARCHIVE, "archive", false, "Put away."},
    [ACT_DISCARD] = {OWN_DISCARD, "discard", false, "Gives up what was not published yet."},
};

/* ---- what they answer with ---- */

static void add(struct maker *m, struct gql_type *t, str name, const struct gql_type *type, enum own_what what, const struct collection *c,
                const char *doc)
{
    gql_add_field(m->b, t, name, type, str_of(doc))->meaning = maker_meaning(m, what, c, NULL);
}

/* For those who write what they cannot read. */
static const struct gql_type *written_type(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_WRITTEN, &t))
        return t;
    add(m, t, S("_id"), maker_wanted(m, m->id), OWN_WRITTEN_ID, c, NULL);
    add(m, t, S("_rev"), maker_wanted(m, m->whole), OWN_WRITTEN_REV, c, NULL);
    return t;
}

static const struct gql_type *item_answer(struct maker *m, const struct collection *c)
{
    return maker_sees(m, c) ? maker_type(m, c, MADE_ITEM) : written_type(m, c);
}

static const struct gql_type *made_answer(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_SHOWN_ONCE, &t))
        return t;
    add(m, t, S("_id"), maker_wanted(m, m->id), OWN_WRITTEN_ID, c, NULL);
    add(m, t, S("item"), item_answer(m, c), OWN_MADE, c, NULL);
    add(m, t, S("secret"), m->text, OWN_SECRET, c, "Shown this once.");
    return t;
}

static const struct gql_type *changed_answer(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_CHANGED, &t))
        return t;
    add(m, t, S("count"), maker_wanted(m, m->whole), OWN_CHANGED_COUNT, c, NULL);
    add(m, t, S("ids"), maker_full_list(m, m->id), OWN_CHANGED_IDS, c, NULL);
    add(m, t, S("nodes"), maker_full_list(m, maker_type(m, c, MADE_ITEM)), OWN_CHANGED_ITEMS, c, NULL);
    return t;
}

static const struct gql_type *answer_of(struct maker *m, const struct collection *c, enum own_what what)
{
    bool creates_one = what == OWN_CREATE || what == OWN_UPSERT;
    if (what == OWN_UPDATE_MANY || what == OWN_DELETE_MANY)
        return changed_answer(m, c);
    if (what == OWN_ACTION)
        return m->json;
    const struct gql_type *one = own_shows_secret(c) && (creates_one || what == OWN_CREATE_MANY) ? made_answer(m, c) : item_answer(m, c);
    return what == OWN_CREATE_MANY ? gql_list_of(m->b, one) : one;
}

/* ---- arguments ---- */

/* "[%Create!]!": the types of a collection are named by now, or are made by being asked for. */
static const struct gql_type *argument_type(struct maker *m, const struct collection *c, const char *type)
{
    str text = str_of(type), before, after;
    if (!str_cut(text, '%', &before, &after))
        return gql_type_text(m->b, type);
    if (str_starts(after, S("Key")))
        (void)key_type(m, c);
    return gql_type_text(m->b, arena_cstr(m->a, arena_format(m->a, STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(c->api.type), STR_ARG(after))));
}

static bool speaks(const struct maker *m, const struct collection *c)
{
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (c->fields[i].localized && (maker_writes(m, VERB_CREATE, &c->fields[i]) || maker_writes(m, VERB_UPDATE, &c->fields[i])))
            return model_languages(m->model)->count > 0;
    return false;
}

/* Rows that this caller, or this collection, has no use for. */
static bool is_left_out(const struct maker *m, const struct collection *c, const struct own_argument *row, enum own_what what)
{
    if (str_equal(row->name, S("perspective")))
        return !has_states(c);
    if (str_equal(row->name, S("locale")))
        return !speaks(m, c);
    if (str_equal(row->name, S("permanent")))
        return c->system && c->read_only;
    if (what == OWN_UPLOAD && str_equal(row->name, S("data")))
        return !can_update(m, c);
    return what == OWN_UPLOAD && (str_equal(row->name, S("replaces")) || str_equal(row->name, S("ifRev"))) &&
           !rights_access(m->rights, VERB_UPDATE, c)->granted;
}

static struct gql_field *add_change(struct maker *m, const struct collection *c, str name, enum own_what what, const char *doc)
{
    struct gql_field *f = gql_add_field(m->b, m->mutation, name, answer_of(m, c, what), str_of(doc));
    f->meaning = maker_meaning(m, what, c, NULL);
    f->write = own_change_root;
    for (size_t i = 0; i < own_change_argument_count; i++) {
        const struct own_argument *row = &own_change_arguments[i];
        if (!(row->of & own_argument_bit(what)) || is_left_out(m, c, row, what))
            continue;
        struct gql_input *a = gql_add_argument(m->b, f, row->name, argument_type(m, c, row->type), str_of(row->doc));
        if (row->standard)
            gql_set_default(m->b, a, row->standard);
    }
    return f;
}

static void add_row(struct maker *m, const struct collection *c, const struct change_field *row)
{
    str of = row->many ? c->api.types : c->api.type;
    (void)add_change(m, c, arena_format(m->a, "%s" STR_FMT, row->verb, STR_ARG(of)), row->what, row->doc);
}

/* ---- collections ---- */

static bool is_joined(str name, str first, str second)
{
    return name.len == first.len + second.len && str_starts(name, first) && str_equal(str_slice(name, first.len, name.len), second);
}

/* What some collection's items are changed by, whoever sees that: "publish_page" of posts would be publishPagePost, by which
 * page_posts are published. */
static bool is_change_of_some(const struct maker *m, str name)
{
    static const str verbs[] = {STR("create"), STR("update"), STR("upsert"), STR("delete"), STR("publish"), STR("unpublish"), STR("archive"),
                                STR("discard"), STR("upload")};
    for (size_t i = 0; i < m->model->collection_count; i++)
        for (size_t k = 0; k < COUNTOF(verbs); k++)
            if (is_joined(name, verbs[k], m->model->collections[i]->api.type) || is_joined(name, verbs[k], m->model->collections[i]->api.types))
                return true;
    return false;
}

/* How many actions in front of this one would be called like that. */
static unsigned namesakes(const struct maker *m, const struct action *action, str name)
{
    unsigned count = 0;
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        for (size_t k = 0; k < c->action_count; k++) {
            if (&c->actions[k] == action)
                return count;
            count += is_joined(name, api_camel(m->a, c->actions[k].name), c->api.type);
        }
    }
    return count;
}

/* Like "rotate": api_keys have rotateApiKey. Words that mutations have anyway get a word more. The same for every caller. */
static str action_name(struct maker *m, const struct collection *c, const struct action *action)
{
    static const str taken[] = {STR("upsert"), STR("unpublish"), STR("archive"), STR("discard"), STR("upload")};
    str name = arena_format(m->a, STR_FMT STR_FMT, STR_ARG(api_camel(m->a, action->name)), STR_ARG(c->api.type));
    bool is_taken = is_change_of_some(m, name);
    unsigned before = namesakes(m, action, name);
    for (size_t i = 0; i < COUNTOF(taken); i++)
        is_taken |= str_equal_nocase(taken[i], action->name);
    if (before > 0)
        return arena_format(m->a, STR_FMT "Action%u", STR_ARG(name), before + 1);
    return is_taken ? arena_format(m->a, STR_FMT "Action", STR_ARG(name)) : name;
}

static void add_action(struct maker *m, const struct collection *c, const struct action *action)
{
    str name = action_name(m, c, action);
    if (action->out) {
        add_outgoing(m, c, action, name);
        return;
    }
    struct gql_field *f = add_change(m, c, name, OWN_ACTION, NULL);
    struct own_meaning *meaning = maker_meaning(m, OWN_ACTION, c, NULL);
    meaning->action = action;
    f->meaning = meaning;
}

static void add_assets(struct maker *m, const struct collection *c)
{
    if (rights_access(m->rights, VERB_CREATE, c)->granted)
        add_row(m, c, &uploads);
}

static void add_list_changes(struct maker *m, const struct collection *c)
{
    bool is_assets = c->system && str_equal(c->name, S("assets")); /* made of files */
    bool sees = maker_sees(m, c), creates_here = can_create(m, c) && !is_assets, updates_here = can_update(m, c);
    if (is_assets)
        add_assets(m, c);
    if (creates_here) {
        add_row(m, c, &creates);
        add_row(m, c, &creates_many);
    }
    if (updates_here)
        add_row(m, c, &updates);
    if (updates_here && sees)
        add_row(m, c, &updates_many);
    if (creates_here && updates_here && sees)
        add_row(m, c, &upserts);
    if (!can_delete(m, c))
        return;
    add_row(m, c, &deletes);
    if (sees)
        add_row(m, c, &deletes_many);
}

void add_changes(struct maker *m)
{
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        if (has_list(c))
            add_list_changes(m, c);
        else if (can_update(m, c))
            add_row(m, c, &saves);
        for (unsigned act = 0; act < ACT_COUNT; act++)
            if (has_states(c) && !is_fixed(c) && state_granted(m->rights, (enum state_act)act, c))
                add_row(m, c, &states[act]);
        for (size_t k = 0; k < c->action_count; k++)
            if (rights_action(m->rights, c, c->actions[k].name)->granted)
                add_action(m, c, &c->actions[k]);
    }
}

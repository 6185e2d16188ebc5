/* One change inside a transaction, the whole way: the item must be visible for the verb, the revision
 * must be the expected one, behaviours run, the row and its links and secrets are written, references
 * must lead somewhere the author can see, the result must satisfy the role's check, and the journal
 * gets its entry. Any refusal undoes the savepoint; nothing is silently dropped (AZ-5). */
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/change/edit.h"
#include "content/internal.h"
#include "content/journal/image_seen.h"
#include "content/kind.h"
#include "content/publish/drafts.h"
#include "content/publish/trash.h"
#include "content/write/parts.h"
#include "content/write/settle_links.h"
#include "content/write/stale.h"

static enum err run_plan(struct work *w, const struct plan *p, struct row_sink *sink, struct problem *why)
{
    return w->content->ops->read(w->txn, p, NULL, sink, why);
}

static enum err take_target(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct target_sink *s = (struct target_sink *)(void *)self;
    (void)why;
    s->found = true;
    for (size_t i = 0; i < s->node->column_count; i++)
        if (s->node->columns[i]->is_meta && s->node->columns[i]->index == META_REV)
            s->revision = (uint64_t)row->cells[i].integer;
    return ERR_OK;
}

enum err look_up(struct work *w, const struct rights *rights, enum verb verb, const struct collection *c,
                 str id, const struct filter *also, struct target_sink *out, struct problem *why)
{
    const struct filter *where = filter_test(w->arena, &c->fields[META_ID], TEST_EQ, json_of_text(id));
    where = filter_and(w->arena, where, also);
    if (rights)
        where = filter_and(w->arena, where, rights_access(rights, verb, c)->where); /* not granted: NONE */
    struct query q = {.from = c, .where = where, .limit = 1};
    struct plan *plan = NULL;
    TRY(plan_server(w->arena, &w->actor->vars, &q, &plan, why));
    *out = (struct target_sink){.sink = {take_target}, .node = plan->root};
    return run_plan(w, plan, &out->sink, why);
}

enum err check_reach(struct work *w, const struct collection *c, str id, const struct filter *where,
                     struct problem *why)
{
    struct target_sink found;
    TRY(look_up(w, NULL, VERB_READ, c, id, where, &found, why));
    return found.found ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "There is no such item");
}

struct revision_sink {
    struct row_sink sink; /* first */
    uint64_t revision;
};

static enum err take_revision(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct revision_sink *s = (struct revision_sink *)(void *)self;
    (void)why;
    s->revision = (uint64_t)row->cells[0].integer;
    return ERR_OK;
}

/* A revision is given once, also when what it was given to was thrown away. *out: the greatest known so far. */
enum err last_revision(struct work *w, const struct collection *c, str id, uint64_t *out, struct problem *why)
{
    struct revision_sink s = {{take_revision}, 0};
    struct cell key[] = {CELL_OF_TEXT(c->name), CELL_OF_TEXT(id)};
    struct fixed_call call = {FIXED_journal_revision, key, COUNTOF(key)};
    TRY(w->content->ops->read(w->txn, NULL, &call, &s.sink, why));
    *out = s.revision > *out ? s.revision : *out;
    return ERR_OK;
}

enum err find_target(struct work *w, const struct rights *rights, enum verb verb, struct change *c, struct problem *why)
{
    struct target_sink found;
    TRY(look_up(w, rights, verb, c->in, c->id, &filter_all, &found, why));
    if (!found.found)
        return problem_set(why, ERR_NOT_FOUND, "There is no such item");
    uint64_t newest = found.revision, expected;
    c->version = NULL;
    if (!c->in->system)
        TRY(pending_read(w, c->in, c->id, &c->version, why));
    if (c->version && c->version->revision > newest)
        newest = c->version->revision;
    expected = c->draft || c->newest ? newest : found.revision;
    if (!c->in->system)
        TRY(last_revision(w, c->in, c->id, &newest, why));
    if (c->expects && c->expect_revision != expected && c->expect_revision != REVISION_ANY)
        return stale_problem(w, rights, c, expected, why);
    c->result_revision = newest + 1;
    c->result_id = c->id;
    return ERR_OK;
}

void set_value(struct change *c, size_t index, struct json v)
{
    v.name = c->in->fields[index].name;
    c->values[index] = v;
    field_set_add(&c->set, index);
}

static struct json user_or_null(const struct actor *actor)
{
    return str_is_absent(actor->vars.user) ? json_null : json_of_text(actor->vars.user);
}

static const struct json *member(const struct json *image, const struct field *f)
{
    const struct json *v = image ? json_get(image, f->name) : NULL;
    return v ? v : &json_null;
}

const struct json *value_after(const struct change *c, const struct json *present, const struct field *f)
{
    return field_set_has(&c->set, f->index) ? &c->values[f->index] : member(present, f);
}

static bool is_published(const struct collection *in, const struct json *present)
{
    return !in->system && member(present, &in->fields[META_STATE])->integer == 1;
}

static bool is_hidden(const struct field *f)
{
    return f->kind->flags & (KIND_SECRET | KIND_DIGEST);
}

const struct json *image_after(struct work *w, const struct change *c, const struct json *present)
{
    const struct collection *in = c->in;
    struct json *members = NEW_N(w->arena, struct json, in->field_count);
    size_t count = 0;
    for (size_t i = 0; i < in->field_count; i++) {
        const struct field *f = &in->fields[i];
        if (is_hidden(f) || f->computed || f->apart || !field_set_has(&in->all_fields, i))
            continue;
        members[count++] = json_named(f->name, *value_after(c, present, f));
    }
    struct json *image = NEW(w->arena, struct json);
    *image = json_of_map(members, count);
    return image;
}

/* Row, links: what the engine needs of the values that are set. */
static void collect_columns(struct work *w, const struct change *c, struct write *out)
{
    const struct collection *in = c->in;
    const struct field **fields = NEW_N(w->arena, const struct field *, in->field_count);
    struct cell *cells = NEW_N(w->arena, struct cell, in->field_count);
    struct link_write *links = NEW_N(w->arena, struct link_write, in->field_count);
    for (size_t i = 0; i < in->field_count; i++) {
        const struct field *f = &in->fields[i];
        const struct json *v = &c->values[i];
        if (!field_set_has(&c->set, i) || is_hidden(f))
            continue;
        if ((f->kind->flags & KIND_REF) && f->many) {
            str *targets = NEW_N(w->arena, str, v->type == JSON_LIST ? v->count : 0);
            size_t n = 0;
            for (uint32_t k = 0; v->type == JSON_LIST && k < v->count; k++)
                targets[n++] = v->items[k].text;
            links[out->link_count++] = (struct link_write){f, targets, n};
            continue;
        }
        fields[out->field_count] = f;
        cells[out->field_count++] = kind_cell(w->arena, f, v);
    }
    out->fields = fields;
    out->cells = cells;
    out->links = links;
}

static enum err write_secrets(struct work *w, const struct change *c, struct problem *why)
{
    for (size_t i = 0; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        if (!is_hidden(f) || !field_set_has(&c->set, i))
            continue;
        str plain = c->values[i].type == JSON_TEXT ? c->values[i].text : (str){0};
        TRY(work_secret_set(w, c->in, c->result_id, f, plain, why));
    }
    return ERR_OK;
}

enum err check_reference(struct work *w, const struct rights *rights, const struct change *c, const struct field *f,
                         str id, struct problem *why)
{
    struct target_sink found = {0};
    const struct collection *to = f->to;
    for (size_t i = 0; !to && i < f->target_count; i++) {
        str within = reference_id(id, f->targets[i]);
        to = str_is_absent(within) ? NULL : f->targets[i];
        id = to ? within : id;
    }
    if (to && (!rights || rights_access(rights, VERB_READ, to)->granted))
        TRY(look_up(w, rights, VERB_READ, to, id, &filter_all, &found, why));
    if (found.found)
        return ERR_OK;
    str path = arena_format(w->arena, STR_FMT "/" STR_FMT, STR_ARG(c->where), STR_ARG(f->name));
    if (!to) /* kept from a time when it led elsewhere, too */
        return problem_fault(why, ERR_INVALID, path, S("reference"), STR_FMT " does not lead there", STR_ARG(f->name));
    return problem_fault(why, ERR_INVALID, path, S("reference"),
                         STR_FMT " refers to an item of " STR_FMT " that does not exist", STR_ARG(f->name),
                         STR_ARG(to->name));
}

static bool leads(struct work *w, const struct change *c, const struct field *f, const struct json *v)
{
    struct problem quiet = {.arena = w->arena};
    return v->type == JSON_TEXT && check_reference(w, NULL, c, f, v->text, &quiet) == ERR_OK;
}

struct json leading_links(struct work *w, const struct change *c, const struct field *f, const struct json *v)
{
    if (v->type != JSON_LIST)
        return leads(w, c, f, v) ? *v : json_null;
    struct json *kept = NEW_N(w->arena, struct json, v->count);
    size_t count = 0;
    for (uint32_t i = 0; i < v->count; i++)
        if (leads(w, c, f, &v->items[i]))
            kept[count++] = v->items[i];
    return json_of_list(kept, count);
}

/* A link must lead to something its author can see, or writing it would answer what reading refuses. What is locked
 * was set by a behaviour: it need only be there. */
enum err check_references(struct work *w, const struct rights *rights, const struct change *c,
                          const struct json *present, struct problem *why)
{
    for (size_t i = 0; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        const struct json *v = &c->values[i];
        if (!field_set_has(&c->set, i) || !(f->kind->flags & KIND_REF) || json_equal(v, member(present, f)))
            continue;
        const struct rights *author = f->locked ? NULL : rights;
        if (v->type == JSON_TEXT)
            err_ignored(check_reference(w, author, c, f, v->text, why));
        for (uint32_t k = 0; v->type == JSON_LIST && k < v->count; k++)
            err_ignored(check_reference(w, author, c, f, v->items[k].text, why));
    }
    return why->err;
}

static enum err refuse_result(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "Your role may not write an item like this");
}

/* Who may not write such an item is told that, and not whether somebody else's is in its way. */
static enum err in_the_way(struct work *w, const struct access *access, const struct change *c, const struct json *present, size_t faults,
                           enum err e, struct problem *why)
{
    if (e != ERR_CONFLICT || !access || access->check->node == FILTER_ALL || image_satisfies(w, access->check, image_after(w, c, present)))
        return e;
    why->fault_count = faults;
    return refuse_result(why);
}

enum err check_result(struct work *w, const struct access *access, const struct change *c, struct problem *why)
{
    if (!access || access->check->node == FILTER_ALL)
        return ERR_OK;
    struct target_sink found;
    TRY(look_up(w, NULL, VERB_READ, c->in, c->result_id, access->check, &found, why));
    return found.found ? ERR_OK : refuse_result(why);
}

/* An item that comes back keeps what it had. */
static void stamp_one(struct change *c, size_t index, struct json v)
{
    if (!c->restores || !field_set_has(&c->set, index))
        set_value(c, index, v);
}

void stamp(struct work *w, struct change *c)
{
    int64_t now_s = w->actor->vars.now_ms / 1000;
    must(!c->restores || w->actor->is_server);
    if (c->restores && field_set_has(&c->set, META_REV))
        c->result_revision = (uint64_t)c->values[META_REV].integer;
    stamp_one(c, META_MODIFIED, json_of_int(now_s));
    stamp_one(c, META_MBY, user_or_null(w->actor));
    set_value(c, META_REV, json_of_int((int64_t)c->result_revision));
    if (c->op != OP_CREATE)
        return;
    set_value(c, META_ID, json_of_text(c->result_id));
    if (c->back) {
        set_value(c, META_CREATED, *member(c->back, &c->in->fields[META_CREATED]));
        set_value(c, META_CBY, *member(c->back, &c->in->fields[META_CBY]));
        return;
    }
    stamp_one(c, META_CREATED, json_of_int(now_s));
    stamp_one(c, META_CBY, user_or_null(w->actor));
}

enum err note_change(struct work *w, const struct change *c, str verb, struct problem *why)
{
    struct entry e = {
        .collection = c->in->name,
        .item = c->result_id,
        .verb = verb,
        .revision = c->result_revision,
        .before = c->before ? json_print(w->arena, c->before) : (str){0},
        .after = c->after ? json_print(w->arena, c->after) : (str){0},
    };
    return note_entry(w, &e, why);
}

enum err engine_write(struct work *w, enum write_kind kind, const struct change *c, struct problem *why)
{
    struct write row = {.kind = kind, .in = c->in, .id = c->result_id};
    if (kind != WRITE_DELETE)
        collect_columns(w, c, &row);
    return w->content->ops->write(w->txn, &row, why);
}

static enum err finish_write(struct work *w, const struct rights *rights, const struct access *access,
                             struct change *c, const struct json *present, str verb, struct problem *why)
{
    const struct behaviour *b = behaviour_of(c->in->name);
    TRY(write_secrets(w, c, why));
    TRY(check_references(w, rights, c, present, why));
    c->before = present;
    c->after = image_after(w, c, present);
    if ((rights || c->newest) && (c->in->system || is_published(c->in, c->after)))
        TRY(check_required_if(w, c, why));
    if (b && b->after)
        TRY(b->after(w, c, why));
    TRY(check_result(w, access, c, why));
    if (rights && c->op != OP_CREATE && asks_to_publish(c, present))
        TRY(check_result(w, rights_access(rights, VERB_PUBLISH, c->in), c, why));
    return note_change(w, c, verb, why);
}

static bool lacks(const struct json *v)
{
    return v->type == JSON_NULL || (v->type == JSON_LIST && v->count == 0) || (v->type == JSON_TEXT && v->text.len == 0);
}

/* change_check looked at what it could see; an item that was unfinished so far is looked at as a whole. */
enum err check_finished(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    if (c->in->system || value_after(c, present, &c->in->fields[META_STATE])->integer != 1)
        return ERR_OK;
    bool whole = !present || changes_state(c, present);
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        if (!f->required || is_hidden(f) || !(whole || field_set_has(&c->set, i)) || !lacks(value_after(c, present, f)))
            continue;
        str path = arena_format(w->arena, STR_FMT "/" STR_FMT, STR_ARG(c->where), STR_ARG(f->name));
        (void)problem_fault(why, ERR_INVALID, path, S("required"), STR_FMT " is required", STR_ARG(f->name));
    }
    return why->err;
}

static enum err write_create(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    const struct access *access = rights ? rights_access(rights, VERB_CREATE, c->in) : NULL;
    const struct behaviour *b = behaviour_of(c->in->name);
    if (c->in->shape == SHAPE_SINGLE)
        c->result_id = S(SINGLE_ID);
    else
        c->result_id = str_is_absent(c->id) ? id_new(w->arena) : c->id;
    c->result_revision = 1;
    c->created = true;
    TRY(settle_links(w, rights, c, NULL, why));
    if (c->back) {
        TRY(last_revision(w, c->in, c->result_id, &c->result_revision, why));
        c->result_revision++;
    }
    TRY(settle_state(w, rights, c, NULL, why));
    TRY(check_finished(w, c, NULL, why));
    TRY(place_in_tree(w, rights, c, NULL, why));
    TRY(number_slugs(w, c, why));
    if (b && b->before)
        TRY(b->before(w, c, NULL, why));
    stamp(w, c);
    TRY(write_languages(w, c, NULL, why));
    size_t faults = why->fault_count;
    TRY(in_the_way(w, access, c, NULL, faults, insert_published(w, rights, c, why), why));
    TRY(finish_write(w, rights, access, c, NULL, str_is_absent(c->verb) ? S("create") : c->verb, why));
    return settle_deletions(w, rights, c, why);
}

static enum err write_update(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    const struct access *access = rights ? rights_access(rights, VERB_UPDATE, c->in) : NULL;
    const struct behaviour *b = behaviour_of(c->in->name);
    const struct json *present = NULL;
    TRY(find_target(w, rights, VERB_UPDATE, c, why));
    TRY(read_image(w, c->in, c->id, &present, why));
    if (c->draft && is_published(c->in, present))
        return write_draft(w, rights, c, present, why);
    if (c->merge) {
        TRY(change_merge(w->arena, c, present, why));
        TRY(change_check(w->arena, c, &w->actor->vars, c->where, why));
    }
    TRY(edit_settle(w->arena, c, present, &w->actor->vars, why));
    TRY(settle_links(w, rights, c, present, why));
    TRY(settle_state(w, rights, c, present, why));
    if (changes_state(c, present) || c->newest)
        TRY(fold_pending(w, c, why));
    TRY(check_finished(w, c, present, why));
    TRY(place_in_tree(w, rights, c, present, why));
    TRY(number_slugs(w, c, why));
    if (b && b->before)
        TRY(b->before(w, c, present, why));
    stamp(w, c);
    TRY(write_languages(w, c, present, why));
    size_t faults = why->fault_count;
    TRY(in_the_way(w, access, c, present, faults, engine_write(w, WRITE_UPDATE, c, why), why));
    TRY(finish_write(w, rights, access, c, present, str_is_absent(c->verb) ? S("update") : c->verb, why));
    return settle_deletions(w, rights, c, why);
}

static enum err write_delete(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    const struct behaviour *b = behaviour_of(c->in->name);
    TRY(find_target(w, rights, VERB_DELETE, c, why));
    TRY(read_image(w, c->in, c->id, &c->before, why));
    if (b && b->before)
        TRY(b->before(w, c, c->before, why));
    struct trashing trashing;
    trash_begin(w, &trashing, c);
    TRY(settle_referrers(w, c->in, c->id, why));
    struct cell item[] = {CELL_OF_TEXT(c->in->name), CELL_OF_TEXT(c->id)};
    TRY(fixed_write(w->content, w->txn, FIXED_vault_drop_item, item, COUNTOF(item), why));
    TRY(engine_write(w, WRITE_DELETE, c, why));
    if (c->version)
        TRY(pending_drop(w, c->in, c->id, why));
    if (b && b->after)
        TRY(b->after(w, c, why));
    TRY(trash_end(w, &trashing, c, why));
    return note_change(w, c, S("delete"), why);
}

/* The database names columns; of several changes, and of those within others, the place is said, too. */
static void place_faults(struct problem *why, size_t first, const struct change *c)
{
    for (size_t i = first; c->placed && i < why->fault_count; i++)
        if (!str_starts(why->faults[i].path, c->where))
            why->faults[i].path = arena_format(why->arena, STR_FMT STR_FMT, STR_ARG(c->where), STR_ARG(why->faults[i].path));
}

enum err write_change(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    size_t most = w->changes_max ? w->changes_max : LIMIT_CHANGES, faults = why->fault_count;
    enum err e;
    if (c->upsert)
        return write_upsert(w, rights, c, why);
    if (++w->changes > most)
        return problem_set(why, ERR_TOO_LARGE, "More than %zu changes in one transaction", most);
    must(c->values || c->op == OP_DELETE);
    if (c->op == OP_CREATE)
        e = write_create(w, rights, c, why);
    else if (c->op == OP_DELETE)
        e = write_delete(w, rights, c, why);
    else
        e = write_update(w, rights, c, why);
    if (e != ERR_OK)
        place_faults(why, faults, c);
    return e;
}

/* What a change of the model would do, told before it is done: each step with the rows it touches and the values
 * that are lost, counted in the database as it is. The change is tried for real and undone, so that what the
 * database would refuse is known, too. */
#include "base/limits.h"
#include "content/filter/filter.h"
#include "content/internal.h"
#include "content/kind.h"

static const str step_words[] = {
    [STEP_ADD_COLLECTION] = STR("add-collection"), [STEP_DROP_COLLECTION] = STR("drop-collection"),
    [STEP_RENAME_COLLECTION] = STR("rename-collection"), [STEP_ADD_FIELD] = STR("add-field"),
    [STEP_DROP_FIELD] = STR("drop-field"), [STEP_RENAME_FIELD] = STR("rename-field"),
    [STEP_REBUILD_COLLECTION] = STR("rebuild"), [STEP_ADD_INDEX] = STR("add-index"), [STEP_DROP_INDEX] = STR("drop-index"),
    [STEP_MOVE_MEMBERS] = STR("move-members"), [STEP_COMPONENT] = STR("component"), [STEP_ACTION] = STR("action"),
    [STEP_LOCALIZE] = STR("localize"), [STEP_UNLOCALIZE] = STR("unlocalize"),
};

struct number_sink {
    struct row_sink sink; /* first */
    int64_t number;
};

static enum err take_number(struct row_sink *self, const struct row *row, struct problem *why)
{
    (void)why;
    ((struct number_sink *)(void *)self)->number = row->cells[0].integer;
    return ERR_OK;
}

static enum err count_items(struct work *w, const struct collection *c, const struct filter *where, int64_t *out, struct problem *why)
{
    struct query q = {.from = c, .limit = 1, .where = where, .count = COUNT_ONLY};
    struct plan *plan = NULL;
    struct number_sink sink = {{take_number}, 0};
    TRY(plan_server(w->arena, &w->actor->vars, &q, &plan, why));
    TRY(w->content->ops->read(w->txn, plan, NULL, &sink.sink, why));
    *out += sink.number;
    return ERR_OK;
}

static enum err count_secrets(struct work *w, const struct collection *c, const struct field *f, int64_t *out, struct problem *why)
{
    struct cell key[] = {CELL_OF_TEXT(c->name), CELL_OF_TEXT(f->name)};
    struct fixed_call call = {FIXED_vault_count, key, COUNTOF(key)};
    struct number_sink sink = {{take_number}, 0};
    TRY(w->content->ops->read(w->txn, NULL, &call, &sink.sink, why));
    *out += sink.number;
    return ERR_OK;
}

/* Items that have a value there. */
static enum err count_values(struct work *w, const struct field *f, int64_t *out, struct problem *why)
{
    if (f->kind->flags & (KIND_SECRET | KIND_DIGEST))
        return count_secrets(w, f->in, f, out, why);
    return count_items(w, f->in, filter_test(w->arena, f, TEST_EXISTS, json_true), out, why);
}

/* Items whose list has more than the one element that is kept. */
static enum err count_rest(struct work *w, const struct field *f, int64_t *out, struct problem *why)
{
    const struct filter *some = filter_test(w->arena, f, TEST_EXISTS, json_true);
    int64_t all = 0, single = 0;
    TRY(count_items(w, f->in, some, &all, why));
    TRY(count_items(w, f->in, filter_and(w->arena, some, filter_test(w->arena, f, TEST_SIZE, json_of_int(1))), &single, why));
    *out += all - single;
    return ERR_OK;
}

/* Members inside documents, as conditions on the item: {"seo.title":{"$exists":true}}, and for blocks
 * {"sections":{"$elemMatch":{"_component":"hero","heading":{"$exists":true}}}}. */
struct losses {
    struct work *work;
    const struct field *field;
    int64_t values;
    enum err err;
    struct problem *why;
};

static struct json one(struct arena *a, str name, struct json v)
{
    struct json *m = NEW(a, struct json);
    *m = json_named(name, v);
    return json_of_map(m, 1);
}

/* Elements of blocks around, from the outside in. */
struct around {
    const struct around *outer;
    str path, component;
};

static struct json wrapped(struct arena *a, const struct around *in, struct json condition)
{
    for (; in; in = in->outer) {
        struct json *members = NEW_N(a, struct json, condition.count + 1);
        members[0] = json_named(S("_component"), json_of_text(in->component));
        for (uint32_t i = 0; i < condition.count; i++)
            members[i + 1] = condition.items[i];
        condition = one(a, in->path, one(a, S("$elemMatch"), json_of_map(members, condition.count + 1)));
    }
    return condition;
}

static void count_condition(struct losses *l, const struct around *in, struct json condition)
{
    struct arena *a = l->work->arena;
    const struct filter *f = NULL;
    struct json whole = wrapped(a, in, condition);
    struct problem quiet = {.arena = a};
    /* Deeper than conditions may be: not counted, which the sentence of the step makes up for. */
    if (filter_read(a, l->work->model, l->field->in, &whole, &(struct filter_options){.where = S("plan")}, &f, &quiet) == ERR_OK && l->err == ERR_OK)
        l->err = count_items(l->work, l->field->in, f, &l->values, l->why);
}

static str path_of(struct arena *a, str base, str name)
{
    return base.len > 0 ? arena_format(a, STR_FMT "." STR_FMT, STR_ARG(base), STR_ARG(name)) : name;
}

/* Recursion: as deep as documents are. */
static void count_moves(struct losses *l, const struct json *moves, const struct around *in, str path)
{
    struct arena *a = l->work->arena;
    const struct json *members = json_get(moves, S("members")), *components = json_get(moves, S("components"));
    for (uint32_t i = 0; members && i < members->count; i++) {
        const struct json *m = &members->items[i], *deeper = json_get(m, S("in"));
        str at = path_of(a, path, m->name);
        if (m->type != JSON_MAP)
            count_condition(l, in, one(a, at, one(a, S("$exists"), json_true)));
        else if (deeper)
            count_moves(l, deeper, in, at);
    }
    for (uint32_t i = 0; components && i < components->count; i++) {
        const struct json *m = &components->items[i], *deeper = json_get(m, S("in"));
        if (m->type != JSON_MAP)
            count_condition(l, in, one(a, path, one(a, S("$elemMatch"), one(a, S("_component"), json_of_text(m->name)))));
        else if (deeper)
            count_moves(l, deeper, &(struct around){in, path, m->name}, S(""));
    }
}

static enum err count_moved(struct work *w, const struct step *s, int64_t *rows, int64_t *values, struct problem *why)
{
    struct losses l = {.work = w, .field = s->field_before, .why = why};
    TRY(count_values(w, s->field_before, rows, why));
    count_moves(&l, s->moves, NULL, s->field_before->name);
    *values += l.values;
    return l.err;
}

static const struct field *heir(const struct step *s, const struct field *before)
{
    for (size_t i = META_COUNT; i < s->after->field_count; i++)
        if (field_ancestor(s->before, &s->after->fields[i]) == before)
            return &s->after->fields[i];
    return NULL;
}

static enum err count_rebuilt(struct work *w, const struct step *s, int64_t *rows, int64_t *values, struct problem *why)
{
    TRY(count_items(w, s->before, &filter_all, rows, why));
    if (s->before->shape == SHAPE_TREE && s->after->shape != SHAPE_TREE)
        TRY(count_values(w, &s->before->fields[META_PARENT], values, why));
    for (size_t i = META_COUNT; i < s->before->field_count; i++) {
        const struct field *f = &s->before->fields[i], *now = heir(s, f);
        enum conversion how = now ? field_conversion(f, now) : CONVERT_DROP;
        if (how == CONVERT_DROP)
            TRY(count_values(w, f, values, why));
        if (how == CONVERT_FIRST)
            TRY(count_rest(w, f, values, why));
    }
    return ERR_OK;
}

static enum err count_step(struct work *w, const struct step *s, int64_t *rows, int64_t *values, struct problem *why)
{
    switch (s->kind) {
    case STEP_DROP_COLLECTION:
        TRY(count_items(w, s->before, &filter_all, rows, why));
        *values = *rows;
        return ERR_OK;
    case STEP_DROP_FIELD:
        TRY(count_values(w, s->field_before, values, why));
        *rows = *values;
        return ERR_OK;
    case STEP_REBUILD_COLLECTION:
        return count_rebuilt(w, s, rows, values, why);
    case STEP_MOVE_MEMBERS:
        return count_moved(w, s, rows, values, why);
    case STEP_UNLOCALIZE: /* at most so many have translations that are lost */
        TRY(count_values(w, s->field_before, values, why));
        *rows = *values;
        return ERR_OK;
    case STEP_LOCALIZE:
    case STEP_ADD_INDEX:
        return count_items(w, s->before, &filter_all, rows, why);
    case STEP_ADD_COLLECTION:
    case STEP_RENAME_COLLECTION:
    case STEP_ADD_FIELD:
    case STEP_RENAME_FIELD:
    case STEP_DROP_INDEX:
    case STEP_COMPONENT:
    case STEP_ACTION:
        break;
    }
    return ERR_OK;
}

enum err plan_steps(struct work *w, const struct step *steps, size_t count, struct problem *why)
{
    struct model_plan *p = w->plan;
    p->steps = NEW_N(w->arena, struct json, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        const struct field *f = s->field_after ? s->field_after : s->field_before;
        struct json *m = NEW_N(w->arena, struct json, 7);
        int64_t rows = 0, values = 0;
        size_t n = 0;
        TRY(count_step(w, s, &rows, &values, why));
        m[n++] = json_named(S("step"), json_of_text(step_words[s->kind]));
        m[n++] = json_named(S("collection"), json_of_text((s->after ? s->after : s->before)->name));
        if (f)
            m[n++] = json_named(S("field"), json_of_text(f->name));
        m[n++] = json_named(S("text"), json_of_text(s->text));
        m[n++] = json_named(S("rows"), json_of_int(rows));
        m[n++] = json_named(S("values_lost"), json_of_int(values));
        m[n++] = json_named(S("loses"), json_of_bool(s->loses));
        p->steps[p->count++] = json_of_map(m, n);
        p->loses |= s->loses;
    }
    return ERR_OK;
}

/* Trying. */

struct plan_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    struct change *changes;
    size_t count;
    struct arena *arena;
    struct model_plan plan;
    struct problem refused;           /* what it would be refused with, once the steps are known */
    struct json *breaks;
    size_t break_count;
    bool done;
};

struct grants {
    struct arena *arena;
    struct json *items;
    size_t count, room;
};

static enum err keep_grant(void *self, const struct json *item)
{
    struct grants *g = self;
    if (g->count == g->room) {
        size_t room = g->room ? g->room * 2 : 64;
        g->items = arena_grow(g->arena, g->items, g->room * sizeof *g->items, room * sizeof *g->items);
        g->room = room;
    }
    g->items[g->count++] = *item;
    return ERR_OK;
}

static bool same_reach(const struct json *a, const struct json *b)
{
    static const str members[] = {STR("collection"), STR("where"), STR("check"), STR("preset"), STR("fields")};
    for (size_t i = 0; i < COUNTOF(members); i++)
        if (!json_equal(json_get(a, members[i]), json_get(b, members[i])))
            return false;
    return true;
}

/* shows: its reader may know of grants. */
static struct json broken(struct arena *a, const struct json *grant, bool gone, bool shows)
{
    struct json *m = NEW_N(a, struct json, 5);
    const struct json *role = json_get(grant, S("role")), *of = json_get(grant, S("collection"));
    str words = of && of->type == JSON_TEXT ? of->text : S("");
    m[0] = json_named(S("what"), json_of_text(S("grant")));
    m[1] = json_named(S("id"), shows ? *json_get(grant, S("_id")) : json_null);
    m[2] = json_named(S("role"), shows && role ? *role : json_null);
    m[3] = json_named(S("text"), json_of_text(arena_format(a, gone ? "A grant on " STR_FMT " speaks of what is gone, and goes with it"
                                                                   : "A grant on " STR_FMT " follows", STR_ARG(words))));
    m[4] = json_named(S("gone"), json_of_bool(gone));
    return json_of_map(m, 5);
}

static enum err find_broken(struct plan_job *j, struct work *w, const struct grants *before, struct problem *why)
{
    struct grants after = {.arena = j->arena};
    TRY(work_each(w, S("grants"), NULL, keep_grant, &after, why));
    bool shows = rights_access(j->rights, VERB_READ, model_find(j->rights->model, S("grants")))->granted;
    struct map *by_id = map_new(j->arena, after.count + 1);
    for (size_t i = 0; i < after.count; i++)
        (void)map_put(by_id, json_get(&after.items[i], S("_id"))->text, &after.items[i]);
    j->breaks = NEW_N(j->arena, struct json, before->count + 1);
    for (size_t i = 0; i < before->count; i++) {
        const struct json *was = &before->items[i], *now = map_get(by_id, json_get(was, S("_id"))->text);
        if (!now || !same_reach(was, now))
            j->breaks[j->break_count++] = broken(j->arena, was, now == NULL, shows);
    }
    return ERR_OK;
}

static enum err try_changes(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct plan_job *j = (struct plan_job *)(void *)self;
    struct grants grants = {.arena = j->arena};
    *wrote = false;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
                     .rights = j->rights, .plan = &j->plan};
    TRY(work_each(&w, S("grants"), NULL, keep_grant, &grants, why));
    j->refused = (struct problem){.arena = why->arena};
    enum err e = look_ahead(&w, j->changes, j->count, &j->refused);
    for (size_t i = 0; i < j->count && e == ERR_OK; i++)
        e = write_change(&w, j->rights, &j->changes[i], &j->refused);
    bool refused = e == ERR_CONFLICT || e == ERR_INVALID || e == ERR_TOO_LARGE; /* by what it would be; else it cannot be told */
    if (e != ERR_OK && !(refused && j->plan.steps)) {
        *why = j->refused;
        return e;
    }
    if (e == ERR_OK)
        TRY(find_broken(j, &w, &grants, why));
    j->done = true;
    return ERR_CONFLICT; /* done and told: an error undoes it */
}

static struct json faults_of(struct arena *a, const struct problem *p)
{
    struct json *list = NEW_N(a, struct json, p->fault_count + 1);
    for (size_t i = 0; i < p->fault_count; i++) {
        struct json *m = NEW_N(a, struct json, 3);
        m[0] = json_named(S("pointer"), json_of_text(p->faults[i].path));
        m[1] = json_named(S("code"), json_of_text(p->faults[i].rule));
        m[2] = json_named(S("detail"), json_of_text(p->faults[i].text));
        list[i] = json_of_map(m, 3);
    }
    return json_of_list(list, p->fault_count);
}

static struct json fails(struct arena *a, const struct problem *p)
{
    struct json *m = NEW_N(a, struct json, 2);
    if (p->err == ERR_OK)
        return json_null;
    m[0] = json_named(S("detail"), json_of_text(p->text));
    m[1] = json_named(S("errors"), faults_of(a, p));
    return json_of_map(m, 2);
}

enum err content_plan(struct content *c, const struct rights *rights, const struct actor *actor, struct change *changes,
                      size_t count, struct arena *a, struct json *out, struct problem *why)
{
    struct plan_job j = {.job = {try_changes, NULL}, .content = c, .rights = rights, .actor = actor, .changes = changes,
                         .count = count, .arena = a};
    if (count > 0) {
        TRY(content_check_wishes(c, rights, actor, changes, count, a, why));
        struct problem undone = {.arena = a};
        enum err e = writer_run(c->writer, &j.job, &undone);
        if (!j.done) {
            *why = undone;
            return e;
        }
    }
    struct json *m = NEW_N(a, struct json, 5);
    m[0] = json_named(S("model"), json_of_int((int64_t)rights->model->epoch));
    m[1] = json_named(S("loses"), json_of_bool(j.plan.loses));
    m[2] = json_named(S("steps"), json_of_list(j.plan.steps ? j.plan.steps : m, j.plan.count));
    m[3] = json_named(S("breaks"), json_of_list(j.breaks ? j.breaks : m, j.break_count));
    m[4] = json_named(S("fails"), fails(a, &j.refused));
    *out = json_of_map(m, 5);
    return ERR_OK;
}

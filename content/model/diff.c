/* Two models -> what has to be done to the tables, in an order that works. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

/* A collection before and after, and its fields: which was which. */
struct pair {
    const struct collection *before, *after; /* before NULL: a new one */
    const struct field **old;                /* by index of the field after; NULL: new */
    const struct field **next;               /* by index of the field before; NULL: gone */
    bool rebuilt;
};

struct differ {
    struct arena *arena;
    struct problem *why;
    const struct model *before, *after;
    struct pair *pairs;                      /* by index in after */
    struct step *steps;
    size_t count, room;
    enum err err;
};

/* Who became whom. */

static const struct collection *collection_before(const struct differ *d, str name)
{
    return d->before && name.len > 0 ? model_find(d->before, name) : NULL;
}

/* A "was" counts when there was no collection of the present name, and then it counts more than a newer
 * namesake. */
static void match_collections(struct differ *d)
{
    size_t count = d->after->collection_count;
    struct map *taken = map_new(d->arena, count);
    d->pairs = NEW_N(d->arena, struct pair, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct collection *c = d->after->collections[i];
        const struct collection *was = collection_before(d, definition_was(c->definition));
        d->pairs[i] = (struct pair){.after = c};
        if (was && !collection_before(d, c->name) && !(was->view || c->view) && !map_put(taken, was->name, d))
            d->pairs[i].before = was;
    }
    for (size_t i = 0; i < count; i++) {
        const struct collection *same = collection_before(d, d->after->collections[i]->name);
        if (same && !map_get(taken, same->name) && !same->view == !d->after->collections[i]->view) /* a view has no table */
            d->pairs[i].before = same;
    }
}

static void match_fields(struct differ *d, struct pair *p)
{
    if (!p->before)
        return;
    p->old = NEW_N(d->arena, const struct field *, p->after->field_count);
    p->next = NEW_N(d->arena, const struct field *, p->before->field_count);
    for (size_t i = META_COUNT; i < p->after->field_count; i++) {
        p->old[i] = field_ancestor(p->before, &p->after->fields[i]);
        if (p->old[i])
            p->next[p->old[i]->index] = &p->after->fields[i];
    }
}

/* Steps. */

static struct step *add_step(struct differ *d, enum step_kind kind, const struct collection *before,
                             const struct collection *after, str text)
{
    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 16;
        d->steps = arena_grow(d->arena, d->steps, d->count * sizeof *d->steps, room * sizeof *d->steps);
        d->room = room;
    }
    struct step *s = &d->steps[d->count++];
    *s = (struct step){.kind = kind, .before = before, .after = after, .text = text};
    return s;
}

static void add_field_step(struct differ *d, enum step_kind kind, const struct collection *before,
                           const struct collection *after, const struct field *old, const struct field *new, str text)
{
    struct step *s = add_step(d, kind, before, after, text);
    s->field_before = old;
    s->field_after = new;
    s->loses = kind == STEP_DROP_FIELD;
}

static bool column_changes(const struct field *old, const struct field *new)
{
    bool references = (old->kind->flags & KIND_REF) && (new->kind->flags & KIND_REF);
    return old->kind->column != new->kind->column || old->many != new->many || old->required != new->required ||
           old->unique != new->unique || field_conversion(old, new) != CONVERT_KEEP ||
           field_loses_targets(old, new) || (references && old->on_delete != new->on_delete);
}

/* A name that is still another field's when it is wanted: columns cannot be renamed one after the other. */
static bool swaps_names(const struct pair *p, const struct field *old, const struct field *new)
{
    const struct field *holder = str_equal(old->name, new->name) ? NULL : collection_field(p->before, new->name);
    return holder && p->next[holder->index];
}

static bool wants_rebuild(const struct pair *p)
{
    if (p->before->shape != p->after->shape)
        return true;
    for (size_t i = META_COUNT; i < p->after->field_count; i++) {
        const struct field *new = &p->after->fields[i], *old = p->old[i];
        if (old && (column_changes(old, new) || swaps_names(p, old, new)))
            return true;
    }
    return false;
}

/* Sentences of a rebuild. */

static void say(struct buf *b, str sentence)
{
    buf_add(b, b->len > 0 ? S("; ") : S(""));
    buf_add(b, sentence);
}

static str kind_words(struct arena *a, const struct field *f)
{
    bool is_list = f->many && !kind_find(f->kind->name)->one; /* tags are always many */
    str to = f->to ? arena_format(a, " to " STR_FMT, STR_ARG(f->to->name)) : S("");
    for (size_t i = 0; i < f->target_count; i++)
        to = arena_format(a, STR_FMT "%s" STR_FMT, STR_ARG(to), i == 0 ? " to " : " or ", STR_ARG(f->targets[i]->name));
    return arena_format(a, "%s" STR_FMT STR_FMT, is_list ? "list of " : "", STR_ARG(f->kind->name), STR_ARG(to));
}

static bool say_conversion(struct differ *d, struct buf *b, const struct field *old, const struct field *new)
{
    struct arena *a = d->arena;
    static const char *const fates[] = {
        [CONVERT_KEEP] = "", [CONVERT_TEXT] = "", [CONVERT_WRAP] = "",
        [CONVERT_FIRST] = "; of its values only the first is kept",
        [CONVERT_INTO] = "",
        [CONVERT_OUT_OF] = "; what leads elsewhere is dropped",
        [CONVERT_DROP] = "; its values are dropped",
    };
    enum conversion how = field_conversion(old, new);
    str from = kind_words(a, old), to = kind_words(a, new);
    bool fewer = field_loses_targets(old, new);
    if (!str_equal(old->name, new->name))
        say(b, arena_format(a, STR_FMT " becomes " STR_FMT, STR_ARG(old->name), STR_ARG(new->name)));
    if (how != CONVERT_KEEP || !str_equal(from, to))
        say(b, arena_format(a, STR_FMT " changes from " STR_FMT " to " STR_FMT "%s", STR_ARG(new->name),
                               STR_ARG(from), STR_ARG(to), fewer ? fates[CONVERT_OUT_OF] : fates[how]));
    if (old->required != new->required)
        say(b, arena_format(a, STR_FMT " %s required", STR_ARG(new->name), new->required ? "becomes" : "is no longer"));
    if (old->unique != new->unique)
        say(b, arena_format(a, STR_FMT " %s unique", STR_ARG(new->name), new->unique ? "becomes" : "is no longer"));
    if (new->to && how == CONVERT_KEEP && old->on_delete != new->on_delete)
        say(b, arena_format(a, STR_FMT " has another rule for deleted targets", STR_ARG(new->name)));
    bool ends = new->localized && translations_end(old, new);
    if (ends)
        say(b, arena_format(a, "translations of " STR_FMT " are dropped", STR_ARG(new->name)));
    return how == CONVERT_DROP || how == CONVERT_FIRST || how == CONVERT_OUT_OF || fewer || ends;
}

static void add_rebuild(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    struct buf b;
    struct arena *a = d->arena;
    bool loses = before->shape == SHAPE_TREE && after->shape == SHAPE_LIST;
    buf_init(&b, a, SIZE_MAX / 2);
    if (!str_equal(before->name, after->name))
        say(&b, arena_format(a, STR_FMT " becomes " STR_FMT, STR_ARG(before->name), STR_ARG(after->name)));
    if (before->shape != after->shape)
        say(&b, after->shape == SHAPE_TREE ? S("the list becomes a tree") : S("the tree becomes a list and loses its order"));
    for (size_t i = META_COUNT; i < after->field_count; i++) {
        const struct field *new = &after->fields[i], *old = p->old[i];
        if (old)
            loses |= say_conversion(d, &b, old, new);
        else
            say(&b, arena_format(a, STR_FMT " is added", STR_ARG(new->name)));
    }
    for (size_t i = META_COUNT; i < before->field_count; i++) {
        if (p->next[i])
            continue;
        loses = true;
        say(&b, arena_format(a, STR_FMT " and its values are dropped", STR_ARG(before->fields[i].name)));
    }
    str text = arena_format(a, STR_FMT ": " STR_FMT, STR_ARG(after->name), STR_ARG(buf_str(&b)));
    add_step(d, STEP_REBUILD_COLLECTION, before, after, text)->loses = loses;
}

/* Languages. The default one is the column and stays what it is; the others go with the word or the values. */

bool translations_end(const struct field *old, const struct field *new)
{
    return old->localized && (!new || !new->localized || field_conversion(old, new) != CONVERT_KEEP);
}

static void phase_languages(struct differ *d, const struct pair *p)
{
    for (size_t i = META_COUNT; i < p->after->field_count; i++) {
        const struct field *new = &p->after->fields[i], *old = p->old[i];
        bool was = old && old->localized;
        if (was == new->localized || (!old && p->rebuilt))
            continue;
        str text = arena_format(d->arena, STR_FMT "." STR_FMT "%s", STR_ARG(p->after->name), STR_ARG(new->name),
                                new->localized ? " may differ by language" : " is the same in every language; its "
                                                                             "translations are dropped");
        struct step *s = add_step(d, new->localized ? STEP_LOCALIZE : STEP_UNLOCALIZE, p->before, p->after, text);
        s->field_before = old;
        s->field_after = new;
        s->loses = was;
    }
}

/* Rules. */

static bool same_rule(const struct pair *p, const struct unique_rule *old, const struct unique_rule *new)
{
    if (old->unique != new->unique || old->count != new->count)
        return false;
    for (size_t i = 0; i < new->count; i++) {
        const struct field *f = new->fields[i];
        const struct field *was = f->is_meta ? &p->before->fields[f->index] : p->old[f->index];
        if (was != old->fields[i] || old->down[i] != new->down[i])
            return false;
    }
    return true;
}

static str rule_words(struct arena *a, const struct unique_rule *rule)
{
    struct buf b;
    buf_init(&b, a, 4096);
    buf_add(&b, rule->unique ? S("unique rule on ") : S("index on "));
    for (size_t i = 0; i < rule->count; i++) {
        buf_add(&b, i > 0 ? S(", ") : S(""));
        buf_add(&b, rule->fields[i]->name);
    }
    return buf_str(&b);
}

static bool has_rule(const struct pair *p, const struct unique_rule *rule, bool is_old)
{
    const struct collection *others = is_old ? p->after : p->before;
    for (size_t i = 0; i < others->rule_count; i++) {
        if (is_old ? same_rule(p, rule, &others->rules[i]) : same_rule(p, &others->rules[i], rule))
            return true;
    }
    return false;
}

static void drop_rules(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    for (size_t i = 0; i < before->rule_count; i++) {
        const struct unique_rule *rule = &before->rules[i];
        if (has_rule(p, rule, true))
            continue;
        str words = rule_words(d->arena, rule);
        str text = arena_format(d->arena, STR_FMT " loses the " STR_FMT, STR_ARG(before->name), STR_ARG(words));
        add_step(d, STEP_DROP_INDEX, before, after, text)->rule = rule;
    }
}

static void add_rules(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    for (size_t i = 0; i < after->rule_count; i++) {
        const struct unique_rule *rule = &after->rules[i];
        if (has_rule(p, rule, false))
            continue;
        str words = rule_words(d->arena, rule);
        str text = arena_format(d->arena, STR_FMT " gets a%s " STR_FMT, STR_ARG(after->name),
                                rule->unique ? "" : "n", STR_ARG(words));
        add_step(d, STEP_ADD_INDEX, before, after, text)->rule = rule;
    }
}

static void change_index(struct differ *d, enum step_kind kind, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    bool adds = kind == STEP_ADD_INDEX;
    for (size_t i = META_COUNT; i < after->field_count; i++) {
        const struct field *new = &after->fields[i], *old = p->old[i];
        if (!old || old->indexed == new->indexed || new->indexed != adds)
            continue;
        str text = arena_format(d->arena, STR_FMT " %s the index on " STR_FMT, STR_ARG(after->name),
                                adds ? "gets" : "loses", STR_ARG(new->name));
        add_field_step(d, kind, before, after, old, new, text);
    }
}

/* Phases: what is in the way goes first, what rests on other things comes last. */

typedef void phase(struct differ *d, const struct pair *p);

static void phase_drop_indexes(struct differ *d, const struct pair *p)
{
    drop_rules(d, p);
    change_index(d, STEP_DROP_INDEX, p);
}

static void phase_drop_fields(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    for (size_t i = META_COUNT; i < before->field_count; i++) {
        const struct field *old = &before->fields[i];
        if (p->next[i])
            continue;
        str text = arena_format(d->arena, STR_FMT " loses the field " STR_FMT " and its values",
                                STR_ARG(after->name), STR_ARG(old->name));
        add_field_step(d, STEP_DROP_FIELD, before, after, old, NULL, text);
    }
}

static void phase_rename(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    if (str_equal(before->name, after->name))
        return;
    str text = arena_format(d->arena, STR_FMT " becomes " STR_FMT, STR_ARG(before->name), STR_ARG(after->name));
    (void)add_step(d, STEP_RENAME_COLLECTION, before, after, text);
}

static void phase_rename_fields(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    for (size_t i = META_COUNT; i < after->field_count; i++) {
        const struct field *new = &after->fields[i], *old = p->old[i];
        if (!old || str_equal(old->name, new->name))
            continue;
        str text = arena_format(d->arena, STR_FMT "." STR_FMT " becomes " STR_FMT, STR_ARG(after->name),
                                STR_ARG(old->name), STR_ARG(new->name));
        add_field_step(d, STEP_RENAME_FIELD, before, after, old, new, text);
    }
}

static void phase_add_fields(struct differ *d, const struct pair *p)
{
    const struct collection *before = p->before, *after = p->after;
    for (size_t i = META_COUNT; i < after->field_count; i++) {
        const struct field *new = &after->fields[i];
        if (p->old[i])
            continue;
        str kind = kind_words(d->arena, new);
        str text = arena_format(d->arena, STR_FMT " gets the field " STR_FMT " (" STR_FMT ")", STR_ARG(after->name),
                                STR_ARG(new->name), STR_ARG(kind));
        add_field_step(d, STEP_ADD_FIELD, before, after, NULL, new, text);
    }
}

static str words_of_moves(struct arena *a, const struct json *moves)
{
    struct buf b;
    buf_init(&b, a, LIMIT_DEFINITION_BYTES);
    bool of_components = json_get(moves, S("components")) != NULL;
    const struct json *list = json_get(moves, of_components ? S("components") : S("members"));
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *m = &list->items[i], *name = json_get(m, S("name")), *in = json_get(m, S("in"));
        if (!name)
            say(&b, arena_format(a, STR_FMT "%s dropped", STR_ARG(m->name), of_components ? " and its elements are" : " and its values are"));
        else if (!str_equal(name->text, m->name))
            say(&b, arena_format(a, STR_FMT " becomes " STR_FMT, STR_ARG(m->name), STR_ARG(name->text)));
        if (in) {
            str inside = words_of_moves(a, in);
            say(&b, arena_format(a, "in " STR_FMT ": " STR_FMT, STR_ARG(name->text), STR_ARG(inside)));
        }
    }
    return buf_str(&b);
}

/* Recursion above: as deep as documents are. */
static void phase_move_members(struct differ *d, const struct pair *p)
{
    const struct collection *after = p->after;
    for (size_t i = META_COUNT; i < after->field_count; i++) {
        const struct field *new = &after->fields[i], *old = p->old[i];
        const struct json *moves = NULL;
        bool loses = false;
        if (!old || field_conversion(old, new) == CONVERT_DROP)
            continue;
        if (member_moves(d->arena, old, new, &moves, &loses) != ERR_OK)
            d->err = problem_fault(d->why, ERR_INVALID, S(""), S("limit"),
                                   STR_FMT "." STR_FMT ": more members would move than one change may; change less at a time",
                                   STR_ARG(after->name), STR_ARG(new->name));
        if (!moves || d->err != ERR_OK)
            continue;
        str words = words_of_moves(d->arena, moves);
        str text = arena_format(d->arena, STR_FMT "." STR_FMT ": " STR_FMT, STR_ARG(after->name), STR_ARG(new->name),
                                STR_ARG(words));
        struct step *s = add_step(d, STEP_MOVE_MEMBERS, p->before, after, text);
        s->field_before = old;
        s->field_after = new;
        s->moves = moves;
        s->loses = loses;
    }
}

static void phase_add_indexes(struct differ *d, const struct pair *p)
{
    add_rules(d, p);
    change_index(d, STEP_ADD_INDEX, p);
}

/* Components. What they say is in the steps of whoever is made of them; these are for people and for what is
 * remembered of the model. */
static void add_components(struct differ *d)
{
    struct map *kept = map_new(d->arena, d->after->component_count);
    for (size_t i = 0; i < d->after->component_count; i++) {
        const struct collection *c = d->after->components[i];
        str was_name = definition_was(c->definition);
        const struct collection *was = d->before ? model_component(d->before, c->name) : NULL;
        if (!was && d->before && was_name.len > 0)
            was = model_component(d->before, was_name);
        if (was)
            (void)map_put(kept, was->name, d);
        bool same = was && str_equal(collection_print(d->arena, was), collection_print(d->arena, c));
        if (!same)
            (void)add_step(d, STEP_COMPONENT, was, c,
                           arena_format(d->arena, "The component " STR_FMT " %s", STR_ARG(c->name), was ? "changes" : "is added"));
    }
    for (size_t i = 0; d->before && i < d->before->component_count; i++) {
        const struct collection *c = d->before->components[i];
        if (!map_get(kept, c->name))
            (void)add_step(d, STEP_COMPONENT, c, NULL, arena_format(d->arena, "The component " STR_FMT " is dropped", STR_ARG(c->name)));
    }
}

static const struct json *action_definition(const struct collection *c, str name)
{
    const struct json *list = json_get(c->definition, S("actions"));
    for (size_t i = 0; i < c->action_count; i++)
        if (str_equal(c->actions[i].name, name))
            return &list->items[i];
    return NULL;
}

static void add_action_step(struct differ *d, const struct pair *p, str name, const char *what)
{
    (void)add_step(d, STEP_ACTION, p->before, p->after,
                   arena_format(d->arena, "The action " STR_FMT " of " STR_FMT " %s", STR_ARG(name), STR_ARG(p->after->name), what));
}

static void phase_actions(struct differ *d, const struct pair *p)
{
    for (size_t i = 0; i < p->after->action_count; i++) {
        str name = p->after->actions[i].name;
        const struct json *was = action_definition(p->before, name), *is = action_definition(p->after, name);
        if (!was || !json_equal(was, is))
            add_action_step(d, p, name, was ? "changes" : "is added");
    }
    for (size_t i = 0; i < p->before->action_count; i++)
        if (!action_named(p->after, p->before->actions[i].name))
            add_action_step(d, p, p->before->actions[i].name, "is dropped");
}

/* Runs a phase over every collection that stays and is not rebuilt. */
static void each_kept(struct differ *d, phase *run)
{
    for (size_t i = 0; i < d->after->collection_count; i++) {
        const struct pair *p = &d->pairs[i];
        if (p->before && !p->after->read_only && !p->rebuilt)
            run(d, p);
    }
}

static void add_collections(struct differ *d)
{
    for (size_t i = 0; i < d->after->collection_count; i++) {
        const struct collection *c = d->after->collections[i];
        if (d->pairs[i].before || c->read_only)
            continue;
        str text = arena_format(d->arena, STR_FMT " is added", STR_ARG(c->name));
        (void)add_step(d, STEP_ADD_COLLECTION, NULL, c, text);
    }
}

static void drop_collections(struct differ *d)
{
    struct map *kept = map_new(d->arena, d->after->collection_count);
    for (size_t i = 0; i < d->after->collection_count; i++) {
        if (d->pairs[i].before)
            (void)map_put(kept, d->pairs[i].before->name, d);
    }
    for (size_t i = 0; d->before && i < d->before->collection_count; i++) {
        const struct collection *c = d->before->collections[i];
        if (c->read_only || map_get(kept, c->name))
            continue;
        str text = arena_format(d->arena, STR_FMT " is dropped with all its items", STR_ARG(c->name));
        add_step(d, STEP_DROP_COLLECTION, c, NULL, text)->loses = true;
    }
}

static void refuse_shapes(struct differ *d)
{
    for (size_t i = 0; i < d->after->collection_count; i++) {
        const struct collection *after = d->after->collections[i], *before = d->pairs[i].before;
        if (!before || (before->shape == SHAPE_SINGLE) == (after->shape == SHAPE_SINGLE))
            continue;
        str path = pointer_name(d->why->arena, pointer_index(d->why->arena, S(""), i), S("shape"));
        d->err = problem_fault(d->why, ERR_INVALID, path, S("shape"),
                               STR_FMT " cannot change between single and many items; make another collection",
                               STR_ARG(after->name));
    }
}

enum err model_diff(struct arena *a, const struct model *before, const struct model *after, struct step **steps,
                    size_t *count, struct problem *why)
{
    struct differ d = {.arena = a, .why = why, .before = before, .after = after};
    match_collections(&d);
    refuse_shapes(&d);
    if (d.err != ERR_OK)
        return problem_set(why, d.err, "The model cannot change like this");
    for (size_t i = 0; i < after->collection_count; i++) {
        struct pair *p = &d.pairs[i];
        match_fields(&d, p);
        p->rebuilt = p->before && !p->after->read_only && wants_rebuild(p);
    }
    each_kept(&d, phase_drop_indexes);
    each_kept(&d, phase_drop_fields);
    each_kept(&d, phase_rename);
    each_kept(&d, phase_rename_fields);
    add_collections(&d);
    each_kept(&d, phase_add_fields);
    for (size_t i = 0; i < after->collection_count; i++)
        if (d.pairs[i].before && !after->collections[i]->read_only)
            phase_languages(&d, &d.pairs[i]);
    for (size_t i = 0; i < after->collection_count; i++) {
        if (d.pairs[i].rebuilt)
            add_rebuild(&d, &d.pairs[i]);
    }
    for (size_t i = 0; i < after->collection_count; i++) {
        if (d.pairs[i].before && !after->collections[i]->read_only)
            phase_move_members(&d, &d.pairs[i]);
    }
    drop_collections(&d);
    each_kept(&d, phase_add_indexes);
    for (size_t i = 0; i < after->collection_count; i++)
        if (d.pairs[i].before && !after->collections[i]->system)
            phase_actions(&d, &d.pairs[i]);
    add_components(&d);
    if (d.err != ERR_OK)
        return problem_set(why, d.err, "The model cannot change like this");
    *steps = d.steps;
    *count = d.count;
    return ERR_OK;
}

/* Where a node of a tree stands: below whom, and in which place among its siblings. Whoever moves one says a parent, a
 * place (before or after a sibling, first, last) or a number; siblings make room and are numbered from 0, each a
 * change with its entry in the journal, in the same transaction. An import that creates nodes says numbers as they
 * were somewhere else, in any order: those are kept. */
#include "base/limits.h"
#include "content/internal.h"
#include "content/pointer.h"

#define TREE_DEPTH_MAX 100u

struct place {
    struct work *work;
    const struct rights *rights;
    struct change *change;
    const struct json *present;       /* NULL: a new node */
    struct json parent;               /* that it is to have: text or null */
    struct problem *why;
};

static const struct field *meta(const struct change *c, enum meta which)
{
    return &c->in->fields[which];
}

static struct json member(const struct json *image, const struct field *f)
{
    const struct json *v = json_get(image, f->name);
    return v ? *v : json_null;
}

static void put(struct change *c, enum meta which, struct json v)
{
    c->values[which] = json_named(meta(c, which)->name, v);
    field_set_add(&c->set, which);
}

static enum err refuse(const struct place *p, const char *key, const char *rule, const char *sentence)
{
    return problem_fault(p->why, ERR_INVALID, pointer_name(p->work->arena, p->change->where, str_of(key)), str_of(rule), "%s", sentence);
}

static str text_of(const struct json *v)
{
    return v->type == JSON_TEXT ? v->text : (str){0};
}

/* The way up from the new parent must end at the root, and not lead past the node itself. *level: of the parent,
 * 0 for the root. */
static enum err climb(struct place *p, unsigned *level)
{
    struct json at = p->parent;
    for (*level = 0; at.type == JSON_TEXT; *level += 1) {
        const struct json *node = NULL;
        struct problem quiet = {.arena = p->work->arena};
        if (p->present && str_equal(at.text, p->change->id))
            return refuse(p, "_pid", "circle", "A node cannot be moved below itself");
        if (*level == TREE_DEPTH_MAX)
            return refuse(p, "_pid", "circle", "The tree is too deep here");
        if (read_image(p->work, p->change->in, at.text, &node, &quiet) != ERR_OK)
            return ERR_OK; /* a parent that is not there is the reference check's to say */
        at = member(node, meta(p->change, META_PARENT));
    }
    return ERR_OK;
}

/* Nodes, by their parents. */
struct nodes {
    str *ids;
    int64_t *orders;                  /* -1: none */
    size_t count, room;
};

static void keep_node(struct arena *a, struct nodes *n, const struct change *c, const struct json *image)
{
    if (n->count == n->room) {
        size_t room = n->room ? n->room * 2 : 64;
        n->ids = arena_grow(a, n->ids, n->room * sizeof *n->ids, room * sizeof *n->ids);
        n->orders = arena_grow(a, n->orders, n->room * sizeof *n->orders, room * sizeof *n->orders);
        n->room = room;
    }
    struct json order = member(image, meta(c, META_ORDER)), id = member(image, meta(c, META_ID));
    n->ids[n->count] = id.text;
    n->orders[n->count++] = order.type == JSON_INT ? order.integer : -1;
}

/* In their order. `parents`: what `_pid` equals, or one of a list. */
static enum err read_nodes(struct place *p, const struct filter *where, size_t most, struct nodes *out)
{
    const struct change *c = p->change;
    struct output outputs[] = {{.field = meta(c, META_ID)}, {.field = meta(c, META_PARENT)}, {.field = meta(c, META_ORDER)}};
    struct query q = {.from = c->in, .limit = LIMIT_ROWS, .where = where, .outputs = outputs, .output_count = COUNTOF(outputs)};
    for (;; q.skip += LIMIT_ROWS) {
        struct item_list list;
        item_list_init(&list, p->work->arena);
        TRY(read_server(p->work, &q, &list, p->why));
        for (size_t i = 0; i < list.count; i++)
            keep_node(p->work->arena, out, c, &list.items[i]);
        if (list.count < LIMIT_ROWS)
            return ERR_OK;
        if (out->count > most)
            return problem_set(p->why, ERR_TOO_LARGE, "More than %zu nodes would have to change", most);
    }
}

/* Levels below the node that moves along with it. */
static enum err height_of(struct place *p, unsigned most, unsigned *out)
{
    struct nodes level = {.ids = &p->change->id, .count = 1};
    for (*out = 0; *out <= most; *out += 1) {
        struct nodes below = {0};
        for (size_t from = 0; from < level.count; from += LIMIT_FILTER_LIST) {
            size_t n = level.count - from < LIMIT_FILTER_LIST ? level.count - from : LIMIT_FILTER_LIST;
            struct json *ids = NEW_N(p->work->arena, struct json, n);
            for (size_t i = 0; i < n; i++)
                ids[i] = json_of_text(level.ids[from + i]);
            TRY(read_nodes(p, filter_test(p->work->arena, meta(p->change, META_PARENT), TEST_IN, json_of_list(ids, n)), LIMIT_TREE_ITEMS, &below));
        }
        if (below.count == 0)
            return ERR_OK;
        level = below;
    }
    return ERR_OK;
}

static enum err check_levels(struct place *p, unsigned parent_level)
{
    unsigned most = p->change->in->max_level, below = 0;
    if (most == 0)
        return ERR_OK;
    if (p->present)
        TRY(height_of(p, most, &below));
    if (parent_level + 1 + below <= most)
        return ERR_OK;
    return problem_fault(p->why, ERR_INVALID, pointer_name(p->work->arena, p->change->where, S("_pid")), S("maxlevel"),
                         "This tree has at most %u levels", most);
}

/* Places. */

/* The neighbour that was named: a node that the author may see. Its parent is meant when no other is said. */
static enum err find_anchor(struct place *p)
{
    struct change *c = p->change;
    const char *key = c->place == PLACE_BEFORE ? "before" : "after";
    const struct access *access = rights_access(p->rights, VERB_READ, c->in);
    struct problem quiet = {.arena = p->work->arena};
    const struct json *node = NULL;
    bool seen = access->granted && check_reach(p->work, c->in, c->anchor, access->where, &quiet) == ERR_OK &&
                read_image(p->work, c->in, c->anchor, &node, &quiet) == ERR_OK;
    if (!seen || (p->present && str_equal(c->anchor, c->id)))
        return refuse(p, key, "reference", "There is no such sibling");
    struct json parent = member(node, meta(c, META_PARENT));
    if (field_set_has(&c->set, META_PARENT) && !str_equal(text_of(&parent), text_of(&p->parent)))
        return refuse(p, key, "sibling", "The neighbour is below another node");
    p->parent = parent;
    put(c, META_PARENT, p->parent.type == JSON_TEXT ? json_of_text(p->parent.text) : json_null);
    return ERR_OK;
}

static size_t index_of(const struct nodes *n, str id)
{
    for (size_t i = 0; i < n->count; i++)
        if (str_equal(n->ids[i], id))
            return i;
    return n->count;
}

/* Where it goes among the others, which it is not one of. */
static size_t place_among(const struct change *c, const struct nodes *others)
{
    const struct json *order = &c->values[META_ORDER];
    switch (c->place) {
    case PLACE_START:
        return 0;
    case PLACE_BEFORE:
        return index_of(others, c->anchor);
    case PLACE_AFTER:
        return index_of(others, c->anchor) + 1;
    case PLACE_END:
    case PLACE_DEFAULT:
        break;
    }
    bool numbered = c->place == PLACE_DEFAULT && field_set_has(&c->set, META_ORDER) && order->type == JSON_INT;
    if (!numbered || order->integer > (int64_t)others->count)
        return others->count;
    return order->integer < 0 ? 0 : (size_t)order->integer;
}

static enum err number(struct place *p, str id, int64_t order)
{
    struct change c = {.op = OP_UPDATE, .in = p->change->in, .id = id};
    c.values = NEW_N(p->work->arena, struct json, c.in->field_count);
    put(&c, META_ORDER, json_of_int(order));
    return work_change(p->work, &c, p->why);
}

static enum err settle_siblings(struct place *p)
{
    struct work *w = p->work;
    struct change *c = p->change;
    const struct filter *others = filter_test(w->arena, meta(c, META_PARENT), TEST_EQ, p->parent);
    struct nodes siblings = {0};
    if (p->present)
        others = filter_and(w->arena, others, filter_test(w->arena, meta(c, META_ID), TEST_NE, json_of_text(c->id)));
    TRY(read_nodes(p, others, LIMIT_CHANGES, &siblings));
    size_t at = place_among(c, &siblings);
    put(c, META_ORDER, json_of_int((int64_t)at));
    for (size_t i = 0; i < siblings.count; i++) {
        int64_t order = (int64_t)(i < at ? i : i + 1);
        if (siblings.orders[i] != order)
            TRY(number(p, siblings.ids[i], order));
    }
    return ERR_OK;
}

/* Behind the last sibling, whatever its number: no other has to change. */
static enum err append(struct place *p)
{
    struct work *w = p->work;
    struct change *c = p->change;
    struct output order = {.field = meta(c, META_ORDER)};
    struct query q = {.from = c->in, .limit = 1, .outputs = &order, .output_count = 1, .sort = {{.by = meta(c, META_ORDER), .down = true}}, .sort_count = 1,
                      .where = filter_test(w->arena, meta(c, META_PARENT), TEST_EQ, p->parent)};
    struct item_list list;
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, p->why));
    struct json last = list.count ? member(&list.items[0], meta(c, META_ORDER)) : json_null;
    put(c, META_ORDER, json_of_int(last.type == JSON_INT ? last.integer + 1 : (int64_t)list.count));
    return ERR_OK;
}

static bool is_numbered(const struct change *c)
{
    return field_set_has(&c->set, META_ORDER) && c->values[META_ORDER].type == JSON_INT;
}

static enum err place_new(struct place *p)
{
    unsigned level;
    TRY(climb(p, &level));
    TRY(check_levels(p, level));
    if (p->rights && p->change->place != PLACE_DEFAULT)
        return settle_siblings(p);
    return is_numbered(p->change) ? ERR_OK : append(p);
}

static enum err place_again(struct place *p)
{
    struct change *c = p->change;
    struct json was = member(p->present, meta(c, META_PARENT)), order = member(p->present, meta(c, META_ORDER));
    bool moves = !str_equal(text_of(&was), text_of(&p->parent));
    bool renumbers = c->place != PLACE_DEFAULT || (is_numbered(c) && (moves || !json_equal(&c->values[META_ORDER], &order)));
    unsigned level;
    if (moves) {
        TRY(climb(p, &level));
        TRY(check_levels(p, level));
    }
    bool comes_back = c->restores && is_numbered(c); /* with its number, and so do its siblings */
    if (!p->rights || comes_back || (!moves && !renumbers))
        return ERR_OK;
    return moves && !renumbers ? append(p) : settle_siblings(p);
}

enum err place_in_tree(struct work *w, const struct rights *rights, struct change *c, const struct json *present, struct problem *why)
{
    if (c->in->shape != SHAPE_TREE)
        return ERR_OK;
    bool given = field_set_has(&c->set, META_PARENT);
    struct place p = {w, rights, c, present, given ? c->values[META_PARENT] : present ? member(present, meta(c, META_PARENT)) : json_null, why};
    p.parent.name = (str){0};
    if (rights && !str_is_absent(c->anchor))
        TRY(find_anchor(&p));
    return present ? place_again(&p) : place_new(&p);
}

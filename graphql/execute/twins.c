/* The same field under several names at the root of a query is looked up once (security G-3): who has the same field, the same
 * arguments and the same selections as one before it gets the bytes of that one's value. A value that brought errors is made
 * again, for errors name the position where they are and the places in the text that they come from. */
#include "graphql/execute/internal.h"

#include "base/limits.h"

struct twin {
    const struct gql_node *node;
    str selected;                     /* its selections as text; {0}: nobody asked yet, or too long to compare */
    size_t start, end;                /* its value in the answer */
    bool is_printed, is_written;
};
struct gql_twins {
    struct twin *all;                 /* as the root's nodes */
    uint32_t count;
};

/* Only what comes through code is worth it. */
static bool is_work(const struct gql_node *node)
{
    return node->arguments != NULL && node->field != &gql_typename_field;
}

static str selected_by(struct gql_execution *x, struct twin *t)
{
    struct buf b;
    if (t->is_printed)
        return t->selected;
    t->is_printed = true;
    buf_init(&b, x->arena, 2 * (size_t)LIMIT_GRAPHQL_BYTES);
    for (uint32_t i = 0; i < t->node->same_count; i++)
        if (t->node->same[i]->set != NULL)
            gql_print_selections(&b, t->node->same[i]->set);
    buf_byte(&b, '\n'); /* leaves have a text, too */
    if (!b.failed)
        t->selected = buf_str(&b);
    return t->selected;
}

static bool are_twins(struct gql_execution *x, struct twin *a, struct twin *b)
{
    if (a->node->field != b->node->field || !json_equal(a->node->arguments, b->node->arguments))
        return false;
    str one = selected_by(x, a), other = selected_by(x, b);
    return !str_is_absent(one) && !str_is_absent(other) && str_equal(one, other);
}

void gql_find_twins(struct gql_execution *x, const struct gql_fields *root)
{
    struct gql_twins *twins = NEW(x->arena, struct gql_twins);
    x->twins = NULL;
    if (x->operation->kind != GQL_QUERY || root->count < 2)
        return;
    twins->all = NEW_N(x->arena, struct twin, root->count);
    twins->count = root->count;
    for (uint32_t i = 0; i < root->count; i++)
        twins->all[i].node = &root->nodes[i];
    x->twins = twins;
}

static struct twin *twin_of(struct gql_execution *x, const struct gql_node *node)
{
    bool is_root = x->twins != NULL && x->path->in == NULL && is_work(node);
    for (uint32_t i = 0; is_root && i < x->twins->count; i++)
        if (x->twins->all[i].node == node)
            return &x->twins->all[i];
    return NULL;
}

bool gql_write_as_twin(struct gql_execution *x, const struct gql_node *node)
{
    struct twin *own = twin_of(x, node);
    for (struct twin *t = own != NULL ? x->twins->all : NULL; t != NULL && t < own; t++) {
        if (!t->is_written || !are_twins(x, t, own))
            continue;
        size_t bytes = t->end - t->start;
        char *room = buf_room(x->out, bytes); /* what is there may move */
        if (room != NULL) {
            memcpy(room, x->out->at + t->start, bytes);
            x->out->len += bytes;
        }
        return true; /* without room the answer is too large, as it would be */
    }
    return false;
}

void gql_keep_for_twins(struct gql_execution *x, const struct gql_node *node, size_t start)
{
    struct twin *own = twin_of(x, node);
    if (own == NULL)
        return;
    own->start = start;
    own->end = x->out->len;
    own->is_written = true;
}

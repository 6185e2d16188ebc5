/* Items as clients send them, with increments, list changes and nested items: whatever is accepted has no value left
 * to settle but references, settles to values that are accepted again, and nests no deeper than it may. The first
 * byte chooses between a new item and a change. */
#include "tests/support/blog_model.h"
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "content/change/edit.h"
#include "content/change/nested.h"

static unsigned depth_of(const struct change *c)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < c->link_count; i++) {
        const struct change *inner = c->links[i].change;
        unsigned depth = inner ? 1 + depth_of(inner) : 0;
        must(!inner || inner->within == c);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

static bool has_steps(const struct change *c, size_t field)
{
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].field->index == field)
            return true;
    return false;
}

static void check(struct arena *a, const struct collection *posts, const struct json *item, const struct json *present)
{
    static const struct vars vars = {.now_ms = 1795255200000};
    struct problem why = {.arena = a};
    struct change c = {.op = present ? OP_UPDATE : OP_CREATE};
    if (change_read(a, posts, item, S("/data"), &c, &why) != ERR_OK || edit_settle(a, &c, present, &vars, &why) != ERR_OK) {
        must(why.fault_count > 0);
        return;
    }
    must(depth_of(&c) <= LIMIT_NESTED_DEPTH);
    for (size_t i = 0; i < posts->field_count; i++)
        must(!field_set_has(&c.pending, i) || (field_set_has(&c.set, i) && has_steps(&c, i)));
    for (size_t i = 0; i < c.edit_count; i++) {
        const struct field *f = c.edits[i].field;
        struct json settled = c.values[f->index];
        must(change_check_field(a, &c, f, &vars, &why) == ERR_OK);
        must(json_equal(&settled, &c.values[f->index]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct model *m; /* made once: it costs more than a run */
    if (size == 0 || size > 20000)
        return 0;
    if (!m)
        m = blog_model(arena_open(1u << 16));
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    const struct json *item = NULL, *present = NULL;
    str text = {(const char *)data + 1, size - 1};
    must(json_read(a, S("{\"views\":12,\"rating\":4.5,\"tags\":[\"a\",\"b\"],\"scores\":[1,2.5]}"), NULL, S(""), &present, &why) == ERR_OK);
    if (json_read(a, text, NULL, S(""), &item, &why) == ERR_OK)
        check(a, model_find(m, S("posts")), item, data[0] & 1 ? present : NULL);
    arena_close(a);
    return 0;
}

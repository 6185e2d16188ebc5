/* Fields in front of a line break, what to populate behind it: whatever can be read is planned, said in SQL, and
 * holds no secret and no more branches than there may be. */
#include "tests/support/blog_model.h"
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/plan/plan.h"
#include "content/store/emit.h"

static void check_node(struct arena *a, const struct plan *p, const struct plan_node *n, unsigned depth)
{
    struct problem why = {.arena = a};
    struct emit e;
    struct buf sql;
    must(depth <= LIMIT_POPULATE_HOPS + 2);
    for (size_t i = 0; i < n->column_count; i++)
        must(!(n->columns[i]->kind->flags & (KIND_SECRET | KIND_DIGEST)));
    buf_init(&sql, a, LIMIT_SQL_BYTES);
    emit_init(&e, &dialect_sqlite, a, &sql);
    enum err said = emit_read(&e, p, n, &why);
    must(said == ERR_OK || said == ERR_TOO_LARGE);
    for (size_t i = 0; i < n->branch_count; i++)
        check_node(a, p, n->branches[i], depth + 1);
}

static void check(struct arena *a, const struct model *m, str text)
{
    static const struct vars nobody;
    struct problem why = {.arena = a};
    struct populate_options options = {.where = STR("populate"), .deep = text.len % 2};
    struct query *q = NEW(a, struct query);
    struct plan *p = NULL;
    const struct json *tree = NULL;
    str fields, populate;

    (void)str_cut(text, '\n', &fields, &populate);
    *q = (struct query){.from = model_find(m, S("authors")), .limit = 10};
    if (query_read_fields(a, q, fields, S("fields"), &why) != ERR_OK ||
        json_read(a, populate, &(struct json_options){.dialect = JSON_5}, S("populate"), &tree, &why) != ERR_OK ||
        query_read_populate(a, m, q, tree, &options, &why) != ERR_OK) {
        must(why.err != ERR_OK || why.fault_count > 0);
        return;
    }
    must(plan_server(a, &nobody, q, &p, &why) == ERR_OK);
    check_node(a, p, p->root, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct model *model; /* made once: it costs more than a run */
    if (!model)
        model = blog_model(arena_open(1u << 16));
    if (size == 0 || size > 2000)
        return 0;
    struct arena *a = arena_open(1u << 16);
    check(a, model, (str){(const char *)data, size});
    arena_close(a);
    return 0;
}

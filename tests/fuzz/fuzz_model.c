/* Definitions: whatever is read prints canonically; what is printed reads to a model that prints the same,
 * and between the two there is nothing to do. Canonical spelling is a fixed point. Refusals have faults.
 * The first byte chooses the dialect. */
#include "tests/support/fuzz.h"

#include "base/json.h"
#include "content/model/model.h"

static void check_model(struct arena *a, const struct model *m)
{
    struct problem why = {.arena = a};
    const struct json **definitions = NEW_N(a, const struct json *, m->collection_count + m->component_count + 1);
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        must(c->index == i && c->display && model_find(m, c->name) == c);
        for (size_t k = 0; k < c->field_count; k++)
            must(c->fields[k].index == k && c->fields[k].kind && c->fields[k].in == c);
        must(json_read(a, collection_print(a, c), NULL, S(""), &definitions[i], &why) == ERR_OK);
    }
    size_t count_all = m->collection_count + m->component_count;
    for (size_t i = 0; i < m->component_count; i++) {
        const struct collection *c = m->components[i];
        must(c->index == i && c->field_count > META_COUNT && model_component(m, c->name) == c && !model_find(m, c->name));
        must(json_read(a, collection_print(a, c), NULL, S(""), &definitions[m->collection_count + i], &why) == ERR_OK);
    }
    struct model *again = NULL;
    must(model_read(definitions, count_all, 1, &again, &why) == ERR_OK);
    must(again->collection_count == m->collection_count && again->component_count == m->component_count);
    for (size_t i = 0; i < m->collection_count; i++)
        must(str_equal(collection_print(a, again->collections[i]), collection_print(a, m->collections[i])));
    struct step *steps = NULL;
    size_t count = 0;
    must(model_diff(a, m, again, &steps, &count, &why) == ERR_OK && count == 0);
    must(model_diff(a, NULL, m, &steps, &count, &why) == ERR_OK);
    counted_release(&again->counted);
}

static void check_text(struct arena *a, str text, enum json_dialect dialect)
{
    struct problem why = {.arena = a};
    const struct json *given = NULL;
    if (json_read(a, text, &(struct json_options){.dialect = dialect}, S(""), &given, &why) != ERR_OK)
        return;
    size_t count = given->type == JSON_LIST ? given->count : 1;
    const struct json **list = NEW_N(a, const struct json *, count + 1);
    for (size_t i = 0; i < count; i++) {
        list[i] = given->type == JSON_LIST ? &given->items[i] : given;
        const struct json *once = definition_canonical(a, list[i]);
        must(str_equal(json_print(a, once), json_print(a, definition_canonical(a, once))));
    }
    struct model *m = NULL;
    if (model_read(list, count, 1, &m, &why) != ERR_OK) {
        must(m == NULL && why.err == ERR_INVALID && why.text.len > 0 && (why.fault_count > 0 || count > 500));
        return;
    }
    must(why.fault_count == 0);
    check_model(a, m);
    counted_release(&m->counted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *a = arena_open(4096);
    check_text(a, (str){(const char *)data + 1, size - 1}, (data[0] & 1) ? JSON_5 : JSON_STRICT);
    arena_close(a);
    return 0;
}

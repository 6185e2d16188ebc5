#include "base/json_scan.h"

#include "base/map.h"

#include <stdlib.h>

bool json_names_open(struct json_names *n, const struct json *items, uint32_t count,
                     uint32_t *twice)
{
    must(count <= UINT32_MAX / 4);
    uint32_t room = 64;
    while (room < 2 * count)
        room *= 2;
    *n = (struct json_names){
        .items = items, .slots = calloc(room, sizeof(uint32_t)), .mask = room - 1};
    must(n->slots != NULL && "out of memory");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)map_hash(items[i].name) & n->mask;
        for (; n->slots[at] != 0; at = (at + 1) & n->mask) {
            if (str_equal(items[n->slots[at] - 1].name, items[i].name)) {
                *twice = i;
                return false;
            }
        }
        n->slots[at] = i + 1;
    }
    return true;
}

const struct json *json_names_get(const struct json_names *n, str name)
{
    uint32_t at = (uint32_t)map_hash(name) & n->mask;
    for (; n->slots[at] != 0; at = (at + 1) & n->mask) {
        const struct json *v = &n->items[n->slots[at] - 1];
        if (str_equal(v->name, name))
            return v;
    }
    return NULL;
}

void json_names_close(struct json_names *n)
{
    free(n->slots);
    n->slots = NULL;
}

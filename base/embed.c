#include "base/embed.h"

const struct embedded *embed_find(const struct embedded *table, size_t count, str name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t len = strlen(table[middle].name);
        int order =
            memcmp(table[middle].name, name.at ? name.at : "", len < name.len ? len : name.len);
        if (order == 0 && len == name.len)
            return &table[middle];
        if (order < 0 || (order == 0 && len < name.len))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

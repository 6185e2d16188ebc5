#include "content/pointer.h"

str pointer_name(struct arena *a, str base, str name)
{
    char *at = arena_get(a, base.len + 1 + 2 * name.len, 1);
    size_t len = base.len;
    if (base.len > 0)
        memcpy(at, base.at, base.len);
    at[len++] = '/';
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '~' || name.at[i] == '/') {
            at[len++] = '~';
            at[len++] = name.at[i] == '~' ? '0' : '1';
        } else {
            at[len++] = name.at[i];
        }
    }
    return (str){at, len};
}

str pointer_index(struct arena *a, str base, size_t index)
{
    return arena_format(a, STR_FMT "/%zu", STR_ARG(base), index);
}

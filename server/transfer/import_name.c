#include "server/transfer/import_name.h"

#include "base/limits.h"
#include "content/system/system.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void import_name_fix(struct import_names *n, str sort, str theirs, str ours)
{
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 16;
        n->known = arena_grow(n->arena, n->known, n->room * sizeof *n->known, room * sizeof *n->known);
        n->room = room;
    }
    n->known[n->count++] = (struct import_named){sort, arena_copy(n->arena, theirs), arena_copy(n->arena, ours)};
}

static bool is_taken(const struct import_names *n, str ours)
{
    for (size_t i = 0; i < n->count; i++)
        if (str_equal_nocase(n->known[i].ours, ours))
            return true;
    return n->of_collections && system_name_reserved(ours);
}

static str allowed(struct arena *a, str theirs)
{
    struct buf out;
    buf_init(&out, a, LIMIT_NAME_BYTES);
    if (theirs.len == 0 || !is_letter(theirs.at[0]))
        buf_byte(&out, 'n');
    for (size_t i = 0; i < theirs.len && out.len + 8 < LIMIT_NAME_BYTES; i++)
        buf_byte(&out, is_letter(theirs.at[i]) || is_digit(theirs.at[i]) ? theirs.at[i] : '_');
    return buf_str(&out);
}

str import_name(struct import_names *n, str sort, str theirs)
{
    for (size_t i = 0; i < n->count; i++)
        if (str_equal(n->known[i].theirs, theirs) && str_equal(n->known[i].sort, sort))
            return n->known[i].ours;
    str plain = allowed(n->arena, theirs), ours = plain;
    for (unsigned i = 1; is_taken(n, ours); i++)
        ours = i == 1 ? arena_format(n->arena, STR_FMT "_", STR_ARG(plain)) : arena_format(n->arena, STR_FMT "_%u", STR_ARG(plain), i);
    import_name_fix(n, sort, theirs, ours);
    return ours;
}

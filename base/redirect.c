#include "base/redirect.h"

#include "base/http.h"
#include "base/limits.h"

static str path_of(str to)
{
    for (size_t i = 0; i < to.len; i++)
        if (to.at[i] == '?' || to.at[i] == '#')
            return str_slice(to, 0, i);
    return to;
}

static bool has_only_plain(str s, bool may_have_blanks)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c < ' ' || c == 0x7f || c == '\\' || (c == ' ' && !may_have_blanks))
            return false;
    }
    return true;
}

static bool is_local(str path)
{
    if (path.len == 0 || path.at[0] != '/' || str_contains(path, S("//")))
        return false;
    return !str_contains(path, S("/../")) && !str_ends(path, S("/..")) && !str_contains(path, S("/./")) && !str_ends(path, S("/."));
}

bool redirect_stays_here(struct arena *a, str to)
{
    str decoded;
    for (size_t i = 0; i < to.len; i++)
        if ((unsigned char)to.at[i] > '~')
            return false;
    if (to.len > LIMIT_RETURN_PATH_BYTES || !has_only_plain(to, false) || !percent_decode(a, to, false, &decoded))
        return false;
    return has_only_plain(decoded, true) && is_local(path_of(to)) && is_local(path_of(decoded));
}

#include "content/system/keys/repository_globs.h"

#include "base/limits.h"

static bool is_glob_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/' || c == '*';
}

/* Stars within a part, and across. */
#define WITHIN S("[^/]*")
#define ACROSS S(".*")

str repository_glob_regex(struct arena *a, str glob)
{
    struct buf b;
    buf_init(&b, a, 8 * REPOSITORY_GLOB_BYTES);
    buf_add(&b, S("\\A"));
    for (size_t i = 0; i < glob.len; i++) {
        bool star = glob.at[i] == '*', twice = star && i + 1 < glob.len && glob.at[i + 1] == '*';
        if (star)
            buf_add(&b, twice ? ACROSS : WITHIN);
        else if (glob.at[i] == '.')
            buf_add(&b, S("\\."));
        else
            buf_byte(&b, glob.at[i]);
        i += twice;
    }
    buf_add(&b, S("\\z"));
    return buf_str(&b);
}

bool repository_glob_looks_right(str glob)
{
    size_t stars = 0, dots = 0;
    if (glob.len == 0 || glob.len > REPOSITORY_GLOB_BYTES)
        return false;
    for (size_t i = 0; i < glob.len; i++) {
        if (!is_glob_char(glob.at[i]))
            return false;
        stars += glob.at[i] == '*';
        dots += glob.at[i] == '.';
    }
    /* A third star in a row would be one within a part behind one across, which is nothing more. */
    return !str_contains(glob, S("***")) && glob.len + stars * (WITHIN.len - 1) + dots + 4 <= LIMIT_REGEX_BYTES;
}

bool repository_globs_condition(struct arena *a, const struct json *globs, struct json *out)
{
    struct json *list = NEW_N(a, struct json, globs->count);
    for (uint32_t i = 0; i < globs->count; i++) {
        if (globs->items[i].type != JSON_TEXT || !repository_glob_looks_right(globs->items[i].text))
            return false;
        struct json *parts = NEW_N(a, struct json, 2);
        parts[0] = json_named(S("$regex"), json_of_text(repository_glob_regex(a, globs->items[i].text)));
        parts[1] = json_named(S("name"), json_of_map(&parts[0], 1));
        list[i] = json_of_map(&parts[1], 1);
    }
    struct json *any = NEW(a, struct json);
    *any = json_named(S("$or"), json_of_list(list, globs->count));
    *out = json_of_map(any, 1);
    return globs->count > 0;
}

const str *repository_verbs(str word, size_t *count)
{
    static const str pull[] = {STR("read")}, push[] = {STR("read"), STR("create"), STR("update")};
    *count = str_equal(word, S("pull")) ? COUNTOF(pull) : str_equal(word, S("push")) ? COUNTOF(push) : 0;
    return str_equal(word, S("pull")) ? pull : str_equal(word, S("push")) ? push : NULL;
}

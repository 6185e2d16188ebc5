/* What rights say, for those who read them; they are made in roles/policy/rights.c. */
#include "content/access.h"

const str verb_names[VERB_COUNT] = {STR("read"), STR("create"), STR("update"), STR("delete"), STR("publish")};

const struct action *action_named(const struct collection *c, str name)
{
    for (size_t i = 0; i < c->action_count; i++)
        if (str_equal(c->actions[i].name, name))
            return &c->actions[i];
    return NULL;
}

const struct action_access *rights_action(const struct rights *r, const struct collection *c, str action)
{
    static const struct action_access none = {.granted = false, .where = &filter_none};
    for (size_t i = 0; i < c->action_count; i++)
        if (str_equal(c->actions[i].name, action))
            return &r->actions[c->index][i];
    return &none;
}

bool access_has_language(const struct access *a, str code)
{
    for (size_t i = 0; i < a->locale_count && !a->every_locale; i++)
        if (str_equal_nocase(a->locales[i], code))
            return true;
    return a->every_locale;
}

/* A star is any run of characters. Goes back to the last star only, so the time is bounded by the product of
 * the lengths. As a pattern covers a pattern when it matches it as text, a star of `name` is an ordinary
 * character that only a star matches. */
bool pattern_covers(str wide, str narrow)
{
    size_t w = 0, n = 0, star = SIZE_MAX, from = 0;
    while (n < narrow.len) {
        if (w < wide.len && wide.at[w] == '*') {
            star = w++;
            from = n;
        } else if (w < wide.len && wide.at[w] == narrow.at[n]) {
            w++, n++;
        } else if (star != SIZE_MAX) {
            w = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (w < wide.len && wide.at[w] == '*')
        w++;
    return w == wide.len;
}

bool grant_names(str pattern, const struct collection *c)
{
    if (!pattern_has_star(pattern))
        return str_equal(pattern, c->name);
    if (str_equal(pattern, S("*")) && (str_equal(c->name, S("assets")) || str_equal(c->name, S("asset_folders"))))
        return true;
    return !c->system && pattern_covers(pattern, c->name);
}

bool verb_listed(const str *list, size_t count, str verb)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], verb) || str_equal(list[i], S("*")))
            return true;
    return false;
}

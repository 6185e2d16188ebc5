#include "content/languages/languages.h"

#include "base/limits.h"

static const struct languages no_languages;

const struct languages *model_languages(const struct model *m)
{
    return m && m->languages ? m->languages : &no_languages;
}

const struct language *language_find(const struct languages *l, str code)
{
    for (size_t i = 0; i < l->count; i++)
        if (str_equal_nocase(l->list[i].code, code))
            return &l->list[i];
    return NULL;
}

/* "de-CH-1996", then "de-CH", then "de". */
static const struct language *by_beginning(const struct languages *l, str code)
{
    const struct language *found = NULL;
    while (!found && code.len > 0) {
        size_t end = code.len;
        while (end > 0 && code.at[end - 1] != '-')
            end--;
        code = str_slice(code, 0, end ? end - 1 : 0);
        found = code.len ? language_find(l, code) : NULL;
    }
    return found;
}

const struct language *language_near(const struct languages *l, str code)
{
    if (str_equal(code, S("default")))
        return l->standard;
    const struct language *exact = language_find(l, code);
    return exact ? exact : by_beginning(l, code);
}

/* Reading. */

static bool is_true(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_BOOL && v->boolean;
}

static str text_member(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static const struct language *by_id(const struct languages *l, const struct json *const *items, str id)
{
    for (size_t i = 0; i < l->count && !str_is_absent(id); i++)
        if (str_equal(text_member(items[i], S("_id")), id))
            return &l->list[i];
    return NULL;
}

const struct languages *languages_read(struct arena *a, const struct json *items, size_t count)
{
    struct language *list = NEW_N(a, struct language, count + 1);
    const struct json **from = NEW_N(a, const struct json *, count + 1);
    struct languages *out = NEW(a, struct languages);
    out->list = list;
    for (size_t i = 0; i < count; i++) {
        str code = text_member(&items[i], S("code"));
        const struct json *enabled = json_get(&items[i], S("enabled"));
        bool off = enabled && enabled->type == JSON_BOOL && !enabled->boolean;
        if (str_is_absent(code) || (off && !is_true(&items[i], S("standard"))))
            continue;
        from[out->count] = &items[i];
        list[out->count++] = (struct language){.code = arena_copy(a, code)};
    }
    if (out->count == 0)
        return out;
    size_t standard = 0;
    for (size_t i = out->count; i-- > 0;)
        if (is_true(from[i], S("standard")))
            standard = i;
    list[standard].standard = true;
    out->standard = &list[standard];
    for (size_t i = 0; i < out->count; i++) {
        list[i].fallback = by_id(out, from, text_member(from[i], S("fallback")));
        if (!list[i].fallback)
            list[i].fallback = by_beginning(out, list[i].code);
    }
    return out;
}

/* Lenses. */

struct chain {
    const struct language **list;
    size_t count;
};

static void add_language(struct chain *c, const struct language *l)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i] == l)
            return;
    c->list[c->count++] = l;
}

static enum err add_named(struct chain *c, const struct languages *l, str names, struct problem *why)
{
    str name;
    bool ended = false;
    while (str_next(&names, &ended, ',', &name)) {
        name = str_trim(name);
        const struct language *found = str_equal(name, S("default")) ? l->standard : language_find(l, name);
        if (!found)
            return problem_fault(why, ERR_BAD_INPUT, S("fallback"), S("unknown-language"),
                                 "There is no language \"%.*s\"", (int)(name.len < 80 ? name.len : 80), name.at);
        add_language(c, found);
    }
    return ERR_OK;
}

/* Every language once at most, so circles end. */
static void add_own_chain(struct chain *c, const struct languages *l, const struct language *from)
{
    for (size_t i = 0; from && i < l->count; i++, from = from->fallback)
        add_language(c, from);
    add_language(c, l->standard);
}

static const struct lens *lens_of(struct arena *a, struct lens made)
{
    struct lens *out = NEW(a, struct lens);
    *out = made;
    return out;
}

enum err lens_read(struct arena *a, const struct languages *l, const struct lens_wish *wish,
                   const struct lens **out, struct problem *why)
{
    bool asks = !str_is_absent(wish->locale);
    *out = NULL;
    if (l->count == 0 || (!asks && str_is_absent(wish->fallback) && !wish->reports))
        return ERR_OK;
    struct chain c = {NEW_N(a, const struct language *, l->count + 1), 0};
    struct lens made = {.locales = c.list, .reports_locales = wish->reports};
    if (asks && (str_equal(wish->locale, S("all")) || str_equal(wish->locale, S("*")))) {
        for (size_t i = 0; i < l->count; i++)
            add_language(&c, &l->list[i]);
        made.every_locale = true;
        made.reports_locales = false;
    } else {
        const struct language *first = asks ? language_near(l, wish->locale) : NULL;
        first = first ? first : l->standard;
        add_language(&c, first);
        if (str_is_absent(wish->fallback))
            add_own_chain(&c, l, first);
        else if (!str_equal(wish->fallback, S("none")))
            TRY(add_named(&c, l, wish->fallback, why));
    }
    made.locale_count = c.count;
    *out = lens_of(a, made);
    return ERR_OK;
}

const struct lens *lens_of_language(struct arena *a, const struct language *l)
{
    const struct language **one = NEW(a, const struct language *);
    *one = l;
    return lens_of(a, (struct lens){.locales = one, .locale_count = 1});
}

enum err lens_judge(struct arena *a, const struct access *access, const struct languages *l,
                    const struct lens *wish, const struct lens **out, struct problem *why)
{
    *out = wish;
    if (access->every_locale || l->count == 0 || (wish && wish->every_locale))
        return ERR_OK;
    if (wish && wish->locale_count) {
        if (access_has_language(access, wish->locales[0]->code))
            return ERR_OK;
        return problem_set(why, ERR_FORBIDDEN, "Your role may not use the language " STR_FMT " here",
                           STR_ARG(wish->locales[0]->code));
    }
    if (access_has_language(access, l->standard->code))
        return ERR_OK;
    for (size_t i = 0; i < l->count; i++) {
        if (!access_has_language(access, l->list[i].code))
            continue;
        struct chain c = {NEW_N(a, const struct language *, l->count + 1), 0};
        struct lens made = wish ? *wish : (struct lens){0};
        add_own_chain(&c, l, &l->list[i]);
        made.locales = c.list;
        made.locale_count = c.count;
        *out = lens_of(a, made);
        break;
    }
    return ERR_OK;
}

size_t lens_languages(const struct lens *lens, const struct languages *l, const struct access *access,
                      const struct language **out)
{
    const struct language *const *from = lens && lens->locale_count ? lens->locales : &l->standard;
    size_t count = lens && lens->locale_count ? lens->locale_count : l->count > 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!access || access_has_language(access, from[i]->code))
            out[kept++] = from[i];
    return kept;
}

uint64_t lens_hash(const struct lens *lens)
{
    bool plain = !lens || lens->locale_count == 0 || (lens->locale_count == 1 && lens->locales[0]->standard);
    if (plain && !(lens && (lens->every_locale || lens->reports_locales)))
        return 0;
    uint64_t h = 1 + lens->every_locale + 2u * lens->reports_locales;
    for (size_t i = 0; i < lens->locale_count; i++)
        h = (h ^ str_hash(lens->locales[i]->code)) * 0xFF51AFD7ED558CCDu;
    return h | 1;
}

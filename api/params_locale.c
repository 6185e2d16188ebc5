/* Languages in requests: names to what a query looks at and what a change speaks of. */
#include "api/params.h"
#include "content/languages.h"

/* Where there are no languages, a name that somebody sends is still held against his grants. */
static enum err may_name(const struct principal *who, enum verb verb, const struct collection *c,
                         str locale, struct problem *why)
{
    if (str_is_absent(locale) || !gate_may(who, verb, c) || gate_may_locale(who, verb, c, locale))
        return ERR_OK; /* or the door will say what is wrong */
    return problem_set(why, ERR_FORBIDDEN, "Your role may not use the language " STR_FMT " here",
                       STR_ARG(locale));
}

enum err content_lens(struct arena *a, const struct principal *who, const struct collection *c,
                      const struct content_params *p, const struct lens **out, struct problem *why)
{
    const struct languages *l = model_languages(principal_model(who));
    struct lens_wish wish = {p->locale, p->fallback, p->reports_locales};
    bool is_plain = c->system || (p->see == SEE_PUBLISHED && !p->drafts);
    *out = NULL;
    if (l->count == 0 || (p->locale.at && p->locale.len == 0))
        TRY(may_name(who, VERB_READ, c, p->locale, why));
    else
        TRY(lens_read(a, l, &wish, out, why));
    if (is_plain)
        return ERR_OK;
    struct lens *both = NEW(a, struct lens);
    if (*out)
        *both = **out;
    both->drafts = p->drafts;
    *out = both;
    return ERR_OK;
}

enum err content_change_language(const struct principal *who, enum verb verb, str locale,
                                 struct change *c, struct problem *why)
{
    const struct languages *l = model_languages(principal_model(who));
    c->languages = l;
    if (l->count == 0)
        return may_name(who, verb, c->in, locale, why);
    if (str_is_absent(locale) || str_equal(locale, S("default")))
        return ERR_OK;
    c->every_language = str_equal(locale, S("all")) || str_equal(locale, S("*"));
    c->language = c->every_language ? NULL : language_find(l, locale);
    if (c->every_language || c->language)
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("locale"), S("unknown-language"),
                         "There is no language \"%.*s\"",
                         (int)(locale.len < 80 ? locale.len : 80), locale.at);
}

const struct lens *content_written_lens(struct arena *a, const struct change *c)
{
    struct problem quiet = {.arena = a};
    const struct lens *lens = NULL;
    struct lens_wish wish = {.locale = c->language ? c->language->code : (str){0}};
    if (c->every_language)
        wish.locale = S("all");
    if (c->languages)
        err_ignored(lens_read(a, c->languages, &wish, &lens, &quiet));
    if (!c->draft)
        return lens;
    struct lens *both = NEW(a, struct lens);
    if (lens)
        *both = *lens;
    both->drafts = true;
    return both;
}

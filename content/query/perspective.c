#include "content/query/perspective.h"

#include "base/limits.h"

const struct filter *perspective_states(struct arena *a, const struct collection *c, enum perspective see)
{
    static const int64_t states[] = {[SEE_PUBLISHED] = 1, [SEE_DRAFTS] = 0, [SEE_ARCHIVED] = -1};
    if (see == SEE_ALL || c->system)
        return &filter_all;
    if (see == SEE_CURRENT)
        return filter_test(a, &c->fields[META_STATE], TEST_GTE, json_of_int(0));
    return filter_test(a, &c->fields[META_STATE], TEST_EQ, json_of_int(states[see]));
}

static void see_branch(struct arena *a, struct query *b, enum perspective see, unsigned hops);

static void see_through(struct arena *a, struct query *q, enum perspective see, unsigned hops)
{
    for (size_t i = 0; i < q->output_count && hops > 0; i++) {
        const struct output *o = &q->outputs[i];
        if (o->branch)
            see_branch(a, o->branch, see, hops);
        for (size_t k = 0; k < o->inside_count; k++)
            see_branch(a, o->inside[k].query, see, hops);
        for (size_t k = 0; o->into && k < o->field->target_count; k++)
            if (o->into[k])
                see_branch(a, o->into[k], see, hops);
    }
}

static void see_branch(struct arena *a, struct query *b, enum perspective see, unsigned hops)
{
    enum perspective linked = see == SEE_PUBLISHED ? SEE_PUBLISHED : SEE_ALL;
    b->where = filter_and(a, b->where ? b->where : &filter_all, perspective_states(a, b->from, linked));
    b->with_model = true;
    see_through(a, b, see, hops - 1);
}

void perspective_branches(struct arena *a, struct query *q, enum perspective see)
{
    see_through(a, q, see, LIMIT_POPULATE_HOPS);
}

/* Where there are no languages, a name that somebody sends is still held against his grants. */
static enum err may_name(const struct rights *rights, enum verb verb, const struct collection *c, str locale, struct problem *why)
{
    const struct access *access = rights_access(rights, verb, c);
    if (str_is_absent(locale) || !access->granted || access_has_language(access, locale))
        return ERR_OK; /* or the door will say what is wrong */
    return problem_set(why, ERR_FORBIDDEN, "Your role may not use the language " STR_FMT " here", STR_ARG(locale));
}

enum err perspective_lens(struct arena *a, const struct rights *reader, const struct collection *c, const struct look *look,
                          const struct lens **out, struct problem *why)
{
    const struct languages *l = model_languages(reader->model);
    str locale = look->languages.locale;
    bool is_plain = c->system || (look->see == SEE_PUBLISHED && !look->drafts);
    *out = NULL;
    if (l->count == 0 || (locale.at && locale.len == 0))
        TRY(may_name(reader, VERB_READ, c, locale, why));
    else
        TRY(lens_read(a, l, &look->languages, out, why));
    if (is_plain)
        return ERR_OK;
    struct lens *both = NEW(a, struct lens);
    if (*out)
        *both = **out;
    both->drafts = look->drafts;
    *out = both;
    return ERR_OK;
}

enum err change_language(const struct rights *author, enum verb verb, str locale, struct change *c, struct problem *why)
{
    const struct languages *l = model_languages(author->model);
    c->languages = l;
    if (l->count == 0)
        return may_name(author, verb, c->in, locale, why);
    if (str_is_absent(locale) || str_equal(locale, S("default")))
        return ERR_OK;
    c->every_language = str_equal(locale, S("all")) || str_equal(locale, S("*"));
    c->language = c->every_language ? NULL : language_find(l, locale);
    if (c->every_language || c->language)
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("locale"), S("unknown-language"), "There is no language \"%.*s\"",
                         (int)(locale.len < 80 ? locale.len : 80), locale.at);
}

const struct lens *change_lens(struct arena *a, const struct change *c)
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

/* The parameters of full-text search (docs/search.md). */
#include "api/content/params.h"
#include "content/search/search.h"

#include "base/limits.h"

static bool take_yes(bool *into, str name, str value, struct problem *why)
{
    bool yes = str_equal(value, S("1")) || str_equal(value, S("true"));
    if (!yes && !str_equal(value, S("0")) && !str_equal(value, S("false")))
        (void)problem_fault(why, ERR_BAD_INPUT, name, S("parameter"), STR_FMT " must be 1 or 0", STR_ARG(name));
    *into = yes;
    return true;
}

bool content_take_search(struct content_params *p, str name, str value, struct problem *why)
{
    const struct {
        str name;
        str *into;
    } texts[] = {{S("search"), &p->search},
                 {S("highlight"), &p->highlight},
                 {S("snippet"), &p->snippet},
                 {S("mark"), &p->mark},
                 {S("q"), &p->search},
                 {S("collections"), &p->collections}};
    for (size_t i = 0; i < COUNTOF(texts); i++)
        if (str_equal(texts[i].name, name)) {
            *texts[i].into = value;
            return true;
        }
    if (str_equal(name, S("fuzzy")))
        return take_yes(&p->fuzzy, name, value, why);
    if (str_equal(name, S("score")))
        return take_yes(&p->score, name, value, why);
    return false;
}

/* An element's name: what stands around found words must not be able to be more than that. */
static enum err read_mark(struct arena *a, str name, struct search *out, struct problem *why)
{
    bool good = name.len > 0 && name.len <= 16;
    for (size_t i = 0; i < name.len; i++)
        good = good && name.at[i] >= 'a' && name.at[i] <= 'z';
    if (!good)
        return problem_fault(why, ERR_BAD_INPUT, S("mark"), S("parameter"),
                             "mark must be the name of an element, like mark or em");
    out->open = arena_format(a, "<" STR_FMT ">", STR_ARG(name));
    out->close = arena_format(a, "</" STR_FMT ">", STR_ARG(name));
    return ERR_OK;
}

static enum err needs_search(const struct content_params *p, struct problem *why)
{
    const struct {
        const char *name;
        bool is_there;
    } others[] = {{"fuzzy", p->fuzzy},
                  {"highlight", p->highlight.at != NULL},
                  {"snippet", p->snippet.at != NULL},
                  {"mark", p->mark.at != NULL},
                  {"score", p->score}};
    for (size_t i = 0; i < COUNTOF(others); i++)
        if (others[i].is_there)
            return problem_fault(why, ERR_BAD_INPUT, str_of(others[i].name), S("parameter"),
                                 "%s goes with search", others[i].name);
    return ERR_OK;
}

/* Whether the collection may be read at all is the door's to say: a fault of ours here would come first and tell
 * that it is there. */
enum err content_search_query(struct arena *a, struct query *q, const struct content_params *p,
                              struct problem *why)
{
    struct search *s;
    if (str_is_absent(p->search))
        return needs_search(p, why);
    if (!rights_access(q->reader, VERB_READ, q->from)->granted)
        return ERR_OK;
    if (!search_is_possible(q->reader, q->from))
        return problem_fault(why, ERR_BAD_INPUT, S("search"), S("not-searched"), STR_FMT " cannot be searched",
                             STR_ARG(q->from->name));
    s = NEW(a, struct search);
    s->fuzzy = p->fuzzy;
    s->wants_score = p->score;
    TRY(search_read(a, q, p->search, s, why));
    TRY(search_read_marks(q, p->highlight, false, S("highlight"), s, why));
    TRY(search_read_marks(q, p->snippet, true, S("snippet"), s, why));
    TRY(read_mark(a, p->mark.at ? p->mark : S("mark"), s, why));
    q->search = s;
    return ERR_OK;
}

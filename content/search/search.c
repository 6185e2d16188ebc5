/* What somebody typed -> terms. Everything is a word unless it plainly is something else: an odd quote, a lone
 * minus or a colon behind no field's name are part of the text, never a fault. */
#include "content/search/search.h"

#include "base/utf8.h"
#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/languages/languages.h"

#define REFUSE_SEARCH(where, rule, ...) problem_fault(why, ERR_BAD_INPUT, (where), S(rule), __VA_ARGS__)

/* The index has the words of the default language, and marks show its text. */
static bool reads_default(const struct rights *reader, const struct field *f)
{
    const struct language *standard = reader ? model_languages(reader->model)->standard : NULL;
    return !f->localized || !standard || access_has_language(rights_access(reader, VERB_READ, f->in), standard->code);
}

bool search_sees(const struct rights *reader, const struct field *f)
{
    return f->search_weight > 0 && f->in && known_field(f->in, reader, f->name) == f && reads_default(reader, f);
}

bool search_is_possible(const struct rights *reader, const struct collection *c)
{
    for (size_t i = META_COUNT; c->searched && i < c->field_count; i++)
        if (search_sees(reader, &c->fields[i]))
            return true;
    return false;
}

struct typed {
    str rest;
    const struct query *query;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct typed *t)
{
    size_t i = 0;
    while (i < t->rest.len && is_blank(t->rest.at[i]))
        i++;
    t->rest = str_slice(t->rest, i, t->rest.len);
}

static bool has_letter(str s)
{
    uint32_t code = 0;
    for (size_t n; (n = utf8_first(s, &code)) > 0; s = str_slice(s, n, s.len))
        if (utf8_is_letter(code))
            return true;
    return false;
}

/* "title:" in front of something: that field, when this reader finds words of it. */
static const struct field *take_field(struct typed *t)
{
    size_t at = 0;
    while (at < t->rest.len && !is_blank(t->rest.at[at]) && t->rest.at[at] != ':' && t->rest.at[at] != '"')
        at++;
    bool goes_on = at + 1 < t->rest.len && t->rest.at[at] == ':' && !is_blank(t->rest.at[at + 1]);
    if (!goes_on || !t->query->from)
        return NULL;
    const struct field *f = collection_field(t->query->from, str_slice(t->rest, 0, at));
    if (!f || !search_sees(t->query->reader, f))
        return NULL;
    t->rest = str_slice(t->rest, at + 1, t->rest.len);
    return f;
}

/* Up to the closing quote, or to the end: what is being typed has none yet. */
static void take_phrase(struct typed *t, struct term *term)
{
    size_t end = 1;
    while (end < t->rest.len && t->rest.at[end] != '"')
        end++;
    term->words = str_slice(t->rest, 1, end);
    term->is_phrase = true;
    t->rest = str_slice(t->rest, end < t->rest.len ? end + 1 : end, t->rest.len);
}

static void take_word(struct typed *t, struct term *term)
{
    size_t end = 0;
    while (end < t->rest.len && !is_blank(t->rest.at[end]) && t->rest.at[end] != '"')
        end++;
    term->words = str_slice(t->rest, 0, end);
    t->rest = str_slice(t->rest, end, t->rest.len);
}

/* The star behind a word, or behind a phrase's closing quote. */
static void take_star(struct typed *t, struct term *term)
{
    if (term->is_phrase && str_starts(t->rest, S("*"))) {
        t->rest = str_slice(t->rest, 1, t->rest.len);
        term->is_prefix = true;
    }
    while (!term->is_phrase && str_ends(term->words, S("*"))) {
        term->words = str_slice(term->words, 0, term->words.len - 1);
        term->is_prefix = true;
    }
}

static struct term take_term(struct typed *t)
{
    struct term term = {0};
    if (t->rest.len > 1 && t->rest.at[0] == '-' && !is_blank(t->rest.at[1])) {
        term.without = true;
        t->rest = str_slice(t->rest, 1, t->rest.len);
    }
    term.in = take_field(t);
    if (str_starts(t->rest, S("\"")))
        take_phrase(t, &term);
    else
        take_word(t, &term);
    take_star(t, &term);
    return term;
}


enum err search_read(struct arena *a, const struct query *q, str text, struct search *out, struct problem *why)
{
    struct typed t = {text, q};
    struct term *terms = NEW_N(a, struct term, LIMIT_SEARCH_TERMS);
    bool looks_for_one = false;
    const str where = S("search");
    if (text.len > LIMIT_SEARCH_BYTES)
        return REFUSE_SEARCH(where, "limit", "At most %u bytes can be searched for", LIMIT_SEARCH_BYTES);
    if (!utf8_valid(text) || memchr(text.len ? text.at : "", 0, text.len))
        return REFUSE_SEARCH(where, "text", "What is searched for must be text");
    out->text = text;
    out->terms = terms;
    out->term_count = 0;
    for (skip_blanks(&t); t.rest.len > 0; skip_blanks(&t)) {
        struct term term = take_term(&t);
        if (!has_letter(term.words))
            continue;
        if (out->term_count == LIMIT_SEARCH_TERMS)
            return REFUSE_SEARCH(where, "limit", "At most %u words can be searched for", LIMIT_SEARCH_TERMS);
        looks_for_one |= !term.without;
        terms[out->term_count++] = term;
    }
    if (!looks_for_one)
        return REFUSE_SEARCH(where, "required", "There must be a word that is looked for");
    return ERR_OK;
}

enum err search_read_marks(const struct query *q, str names, bool snippets, str where, struct search *out,
                           struct problem *why)
{
    str piece;
    bool ended = str_is_absent(names);
    while (str_next(&names, &ended, ',', &piece)) {
        piece = str_trim(piece);
        const struct field *f = known_field(q->from, q->reader, piece);
        if (!f)
            return query_unknown_field(why, where, piece);
        if (!search_sees(q->reader, f))
            return REFUSE_SEARCH(where, "not-searched", "\"" STR_FMT "\" is not searched", STR_ARG(short_name(piece)));
        for (size_t i = 0; i < out->mark_count; i++)
            if (out->marks[i].field == f)
                return REFUSE_SEARCH(where, "repeated", "\"" STR_FMT "\" is named twice", STR_ARG(short_name(piece)));
        if (out->mark_count == LIMIT_SEARCH_MARKED)
            return REFUSE_SEARCH(where, "limit", "At most %u fields can be shown with marks", LIMIT_SEARCH_MARKED);
        out->marks[out->mark_count++] = (struct mark){f, snippets};
    }
    return ERR_OK;
}

#ifndef CONTENT_SEARCH_SEARCH_H
#define CONTENT_SEARCH_SEARCH_H
#include "content/query/query.h"

/* What a full-text search looks for (docs/search.md): a text of a person's, read once into terms that all have
 * to occur. It never is the database's own search syntax: engines get words, not operators.
 *
 *   free words   "a phrase"   begin*   -without   title:word   title:"a phrase"
 *
 * Immutable, in the request's arena. */
struct term {
    str words;                        /* one or more, as written; at least one letter or digit in it */
    bool is_phrase;                   /* was in quotes: never corrected */
    bool is_prefix;                   /* the last word goes on */
    bool without;                     /* items in which it occurs do not match */
    const struct field *in;           /* only there; NULL: everywhere */
};

struct mark {                         /* a piece of the answer's member "_highlight" */
    const struct field *field;
    bool is_snippet;                  /* an excerpt around the words, not the whole */
};

struct search {
    str text;                         /* as it came */
    const struct term *terms;
    size_t term_count;
    bool fuzzy;                       /* words that nothing holds are replaced by near ones */
    bool wants_score;                 /* "_score" in the answer */
    struct mark marks[LIMIT_SEARCH_MARKED];
    size_t mark_count;
    str open, close;                  /* around words that were found; as they are: a trusted text */
};

/* Does this caller find words of this field? The field is searched and he may read it, in the default language if it has
 * several. reader NULL: everything. */
bool search_sees(const struct rights *reader, const struct field *f);
/* Is there anything that he could find? */
bool search_is_possible(const struct rights *reader, const struct collection *c);
/* q->from and q->reader are set. A name before a colon that is no field of his is plain text (AZ-3). Faults
 * (path "search", ERR_BAD_INPUT): nothing to look for, too much of it. */
NODISCARD enum err search_read(struct arena *a, const struct query *q, str text, struct search *out,
                               struct problem *why);
/* "title,body" of highlight= or snippet=; `where` names the parameter in faults. */
NODISCARD enum err search_read_marks(const struct query *q, str names, bool snippets, str where, struct search *out,
                                     struct problem *why);

#endif

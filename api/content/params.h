#ifndef API_CONTENT_PARAMS_H
#define API_CONTENT_PARAMS_H
#include "api/api.h"
#include "content/query/perspective.h"

/* Parameters of the content API, read once from the query string (H-11: from nowhere else). Unknown
 * names are refused by name. */
struct content_params {
    struct query_string query;
    str filter, sort, fields, cursor, before; /* raw texts; {0} when absent */
    const struct json *filter_tree;   /* from either spelling; NULL when absent */
    uint32_t limit, skip;
    bool has_limit, has_skip, has_cursor; /* cursor or before */
    bool keeps_bare; /* the cursor came from the Link of a bare array */
    enum count_mode count;
    bool says_count; /* count=none says it too */
    bool prefers_count; /* Prefer: count=… */
    unsigned populate;                /* hops along every reference */
    str populate_text, deep;          /* relations, with arguments of their own; {0} when absent */
    const struct json *populate_tree, *deep_tree; /* … from brackets */
    enum perspective see;
    bool says_state, drafts, published; /* perspective=draft, =published */
    str publication;
    str parent, models, pipeline, locale, fallback, key;
    bool reports_locales; /* items say which fields fell back */
    str search, highlight, snippet, mark, collections; /* params_search.c */
    bool fuzzy, score;
    bool dry_run, is_bulk; /* bulk: limits are LIMIT_BULK_ROWS */
};

/* For lists of names of routes. */
#define SEARCH_NAMES "search", "fuzzy", "highlight", "snippet", "mark", "score"

/* In front of a cursor in a Link: the page before was a bare array, and so is the next one. */
#define CURSOR_OF_BARE "~"

/* names: which parameters this route knows, NULL-terminated. */
NODISCARD enum err content_params_read(struct exchange *x, const struct api *api,
                                       const char *const *names, struct content_params *out,
                                       struct problem *why);
/* The same parameters out of a JSON object (one entry of `models=`). */
NODISCARD enum err content_params_of_json(struct arena *a, const struct json *v,
                                          struct content_params *out, struct problem *why);
/* What is searched for; nothing when there is no search. q->from and q->reader are set. Without a sort, the
 * best matches come first. */
NODISCARD enum err content_search_query(struct arena *a, struct query *q, const struct content_params *p,
                                        struct problem *why);
/* search, fuzzy, highlight, snippet, mark, score: false when it is none of them. */
bool content_take_search(struct content_params *p, str name, str value, struct problem *why);
/* Parameters to a query over a collection: filter, sort, fields, populate, perspective, page. */
NODISCARD enum err content_query(struct arena *a, const struct principal *who,
                                 const struct collection *c, const struct content_params *p,
                                 struct query **out, struct problem *why);
#endif

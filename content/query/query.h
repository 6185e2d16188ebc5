#ifndef CONTENT_QUERY_QUERY_H
#define CONTENT_QUERY_QUERY_H
#include "content/filter/filter.h"

/* How stored values are looked at; one for a whole tree of queries. NULL: published values in the default
 * language. It decides what a column *is* (emit_column in content/store), so that conditions, orders, links
 * and answers all look at the same values. */
struct language;                      /* content/languages/languages.h, which makes the languages of a lens */
struct lens {
    bool drafts;                      /* a pending version in place of the published one */
    const struct language *const *locales; /* in order of wish: the language asked for, then what it falls back to */
    size_t locale_count;              /* 0: the default language */
    bool every_locale;                /* localised fields as maps of language to value, of these locales; conditions
                                         and orders look at the default language */
    bool reports_locales;             /* items tell by "_locale" which fields fell back, and to which language */
};

/* What is wanted to be read: a tree through references. Says nothing about who wants it. Built by
 * façades in the request's arena, consumed by gate_read. */
struct query;

/* Words to look for (content/search/search.h). */
struct search;

/* A reference among the members of a document, and what is read of its targets. */
struct inner_branch {
    const struct field *along;        /* the member, or its "about:posts" */
    struct query *query;
};

struct output {
    str alias;                        /* name in the answer; {0}: the field's own */
    const struct field *field;
    struct query *branch;             /* field is a reference: what to read of its targets; NULL: the reference itself */
    const str *keep;                  /* dotted members to keep of a deep value; NULL: all of it */
    size_t keep_count;
    bool named;                       /* the client named it: unreadable is then the same fault as unknown (AZ-3) */
    struct query **into;              /* field refers to several collections: one query per target, NULL: not populated */
    struct inner_branch *inside;      /* field holds documents: targets in place of the references inside */
    size_t inside_count;
    uint32_t excerpt;                 /* so many characters of a text, without tags; 0: all of it */
    bool ellipsis;                    /* … with "…" behind what was cut */
};

struct sort {
    const struct field *by;           /* "posts_via_author": how many visible ones there are */
    bool down;
    const struct field *hops[LIMIT_SORT_HOPS]; /* single references on the way: "author.name"; no visible target: null */
    size_t hop_count;
    enum func func;                   /* by this function of the field; RANDOM: of "_id" and the query's seed */
};

/* Items by what became of them since they were published; all but the first demand that the reader sees
 * pending versions. Never-published and the like are conditions on `_state`. */
enum publication { PUBLICATION_ANY, PUBLICATION_MODIFIED, PUBLICATION_UNMODIFIED };
/* Not a column of the item itself. */
static inline bool sort_is_far(const struct sort *s)
{
    return s->hop_count > 0 || s->by->backwards || s->func != FUNC_NONE;
}

enum count_mode {
    COUNT_NONE, COUNT_EXACT, COUNT_ONLY, /* ONLY: of a branch, too: its one row says how many there are */
    COUNT_ESTIMATED                   /* what is known without counting; docs/query.md */
};

struct grouping;                      /* content/query/groups.h */

struct query {
    const struct collection *from;
    const struct filter *where;       /* NULL: no condition */
    struct output *outputs;           /* in the order of the answer */
    size_t output_count;
    struct sort sort[LIMIT_SORT_KEYS]; /* none: order of insertion (trees: "_o") */
    size_t sort_count;
    uint32_t limit;                   /* 1..LIMIT_ROWS; branches: per parent. 0 is a must() */
    uint32_t skip;
    str after;                        /* cursor from a page before, or {0} */
    str before;                       /* the page that ends in front of this cursor; not with after or skip */
    int64_t seed;                     /* of FUNC_RANDOM; 0: one is drawn, and cursors carry it on */
    enum count_mode count;
    enum publication publication;     /* of the root */
    const struct lens *lens;          /* of the root: it counts for its branches, too. NULL: as published */
    const struct search *search;      /* NULL: none. Without a sort the best matches come first (docs/search.md) */
    const struct rights *reader;      /* whose names query_read_… knows, as in filter_options; NULL: all but secrets */
    const struct grouping *groups;    /* groups of items instead of items; NULL: a listing. No outputs, no sort */
    bool with_model;                  /* items of this node carry "_model" (populated links, singletons) */
    bool from_end;                    /* the order is told from its end on: `limit` last items, the last one first; `after` is a
                                         cursor of the listing all the same. Not with before */
    const struct field *paged;        /* branches that are told page by page, and the relation that they are: rows have cursors
                                         (content/item/view.h), and when there are more than `limit`, one of those comes, too. NULL: none.
                                         Not along references to several collections */
};

struct page {                         /* what a listing learned beside its rows */
    uint64_t rows;
    uint64_t total;                   /* with COUNT_EXACT, COUNT_ONLY */
    bool has_more;
    str next;                         /* cursor, in the request's arena */
    str prev;                         /* for `before`: {0}: the listing begins with this page, as far as is known */
    bool is_estimate;                 /* of total */
};

/* Its name in the answer. */
static inline str query_shown_name(const struct output *o)
{
    return o->alias.at ? o->alias : o->field->name;
}

/* The one sentence for a name that does not exist or may not be seen: rule "unknown-field", ERR_BAD_INPUT. */
enum err query_unknown_field(struct problem *why, str where, str name);

/* All columns as outputs, in model order: "every field, no branches". Fields outside `only` (NULL: all)
 * are left out; secrets always are. Replaces the outputs that are there. */
void query_all_fields(struct arena *a, struct query *q, const field_set *only);
/* What an item's image is made of: all but what is kept apart. */
void query_image_fields(struct arena *a, struct query *q);
/* Adds branches along every reference among the outputs for n hops (contract: n = number of link hops;
 * containers are free), also below branches that are there. Nearer ones first; a model so entangled that
 * there would be more than LIMIT_POPULATE_BRANCHES keeps the farther references as ids. The number of
 * items is the planner's business. */
void query_populate(struct arena *a, struct query *q, unsigned hops);

/* Branches with arguments of their own (content/query/populate.c): a map of relations, or their names with commas as
 * a text. Behind query_read_fields or query_all_fields. */
struct populate_options {
    str where;                        /* path of the faults */
    bool deep;                        /* in Directus' spelling: "_limit" … */
};
NODISCARD enum err query_read_populate(struct arena *a, const struct model *m, struct query *q, const struct json *tree,
                                       const struct populate_options *options, struct problem *why);

/* Calls see() for every collection that the answer hangs on, some more than once, in the same order each time: along
 * the branches, conditions and sorts, and the conditions of these rights. */
void query_reaches(const struct query *q, const struct rights *rights, void (*see)(void *self, const struct collection *c),
                   void *self);

/* What to sort by: {"views":-1,"title":1} or "-views,title". Sortable fields, meta fields and functions of
 * fields ("year(day)", "count(tags)") only, each once; "random" and "random(seed)". An empty text changes
 * nothing. Faults have the path `where`, ERR_BAD_INPUT. */
NODISCARD enum err query_read_sort(struct arena *a, struct query *q, str text, str where, struct problem *why);
bool query_is_random(const struct query *q);         /* some key of its order is by chance */
/* What to answer: {"title":1}, ["title"] or "title,author.name" names fields, and "_id" comes along unless
 * it says {"_id":0}; {"body":0} or "-body" is every field but these. Both in one are refused, "_id"
 * apart. Names lead into documents ("seo.title": only that member) and along references ("author.name":
 * the target with that field); "..author.name" is Cockpit's spelling of the same. An empty text is no
 * wish: every field. Replaces the outputs. "heading:title" and {"heading":"title"} give a field another name,
 * "body:excerpt(200,true)" answers with the beginning of a text. */
NODISCARD enum err query_read_fields(struct arena *a, struct query *q, str text, str where, struct problem *why);

#endif

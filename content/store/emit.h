#ifndef CONTENT_STORE_EMIT_H
#define CONTENT_STORE_EMIT_H
#include "content/store/dialect.h"
#include "content/store/engine.h"

/* Plans and writes -> SQL text and what is bound to it. Pure: no database in sight, so that snapshots
 * can show what is sent. Identifiers come from the model only, values are bound only; the text depends
 * on the shape of a query, not on its values nor on the length of its lists. */
enum bind_kind {
    BIND_CELL,
    BIND_PARENT,                 /* HOP_ONE, HOP_MANY: the parent's cell, put in for each row */
    BIND_MATCH,                  /* struct match, by pointer */
    BIND_WORDS,                  /* what the plan searches for, in the engine's own syntax */
    BIND_SEARCH                  /* the same for functions, by pointer */
};

/* A test that the database cannot do itself; one of our functions does it for each row. */
struct match {
    const struct filter *test;   /* hops are behind it: it looks at `field` of the present item */
    const struct field *field;
    const struct vars *vars;
    const struct grouping *groups; /* a test of groups */
};

struct binding {
    enum bind_kind kind;
    struct cell cell;
    const struct match *match;
};

struct emit {
    const struct dialect *dialect;
    struct arena *arena;         /* bindings and their texts; outlives the statement's run */
    struct buf *sql;             /* the text goes here; its owner clears it */
    const struct plan *plan;     /* for reads */
    int64_t seed;                /* of the node's keys by chance */
    struct binding *bindings;    /* the first is ?1 */
    size_t count, room;
    unsigned aliases;            /* handed out so far */
    bool probes;                 /* of a search: the table's order leads, the index is asked row by row */
    bool plainly;                /* within what an access allows: an administrator meant the default language */
};

void emit_init(struct emit *e, const struct dialect *d, struct arena *a, struct buf *sql);
/* ERR_TOO_LARGE when the text passes the ceiling of `sql`. */
NODISCARD enum err emit_read(struct emit *e, const struct plan *p, const struct plan_node *n, struct problem *why);
/* The statement of an insert, update or delete without its links. */
NODISCARD enum err emit_write(struct emit *e, const struct write *w, struct problem *why);
/* ?1 the source; then ?1 source, ?2 position, ?3 target. */
void emit_links_clear(struct emit *e, const struct field *f);
void emit_link_add(struct emit *e, const struct field *f);

/* Between emit.c, emit_filter.c and emit_test.c. `alias` numbers the table looked at: "t0". `narrowed`: hops reach
 * only what the plan's rights may read. The text is an expression that AND may stand beside. */
void emit_filter(struct emit *e, const struct filter *f, unsigned alias, bool narrowed);
struct test_at {                 /* a test and the table it looks at, hops behind it */
    const struct filter *f;
    unsigned alias;
    bool narrowed;
};
/* emit_groups.c; `rows` writes FROM and WHERE. */
void emit_groups(struct emit *e, const struct plan_node *n, void (*rows)(struct emit *e, const struct plan_node *n));
void emit_test(struct emit *e, const struct test_at *t);
void emit_text(struct emit *e, const char *text);
void emit_bind_special(struct emit *e, enum bind_kind kind);  /* WORDS, SEARCH */
void emit_bind(struct emit *e, struct cell cell);            /* appends ?N */
void emit_bind_match(struct emit *e, const struct match *m);
void emit_alias(struct emit *e, char letter, unsigned alias); /* t0 */
void emit_column(struct emit *e, unsigned alias, const struct field *f); /* t0."title" */
/* emit_lens.c: what stands behind FROM for a collection and for a field's links, pending versions in place. */
void emit_table(struct emit *e, const struct collection *c);
void emit_link_table(struct emit *e, const struct field *f);
void emit_publication(struct emit *e, const struct query *q); /* a condition on t0 */
/* emit_hop.c: how rows of two tables belong together. The target's table (with the links in front, where there are
 * some) under this alias; what it and the row that looks along are compared by. */
void emit_hop_from(struct emit *e, const struct field *along, unsigned alias);
void emit_inner_end(struct emit *e, const struct field *along, unsigned alias);
void emit_outer_end(struct emit *e, const struct field *along, unsigned alias);
/* How many items refer to the one at `outer`; narrowed: those that may be read. */
void emit_count_of(struct emit *e, const struct field *back, unsigned outer, bool narrowed);
/* Behind FROM: the table along, with the condition that ties it to the row at `outer`; narrowed: to what may be read.
 * emit_looks_at: false when that is nothing at all. */
void emit_related(struct emit *e, const struct field *along, unsigned outer, unsigned inner, bool narrowed);
bool emit_looks_at(const struct emit *e, const struct field *along, bool narrowed);
void emit_model_prefix(struct emit *e, const struct collection *c); /* 'posts/' as a literal */
/* emit_language.c. Whether a field's value is its column, whatever the lens; emits it if not. */
bool emit_is_plain(const struct emit *e, const struct field *f);
bool emit_translated(struct emit *e, unsigned alias, const struct field *f);
/* emit_search.c: a full-text index and its table. Its columns are named after the ids of fields. */
str search_table(struct arena *a, const struct collection *c);           /* "s_posts/search", quoted */
str search_vocabulary(struct arena *a, const struct collection *c);      /* "s_posts/words" */
struct search_rule {             /* how vitrine_words finds the words of a value */
    const char *mark;            /* in names of index columns */
    const char *words;           /* as SQL; NULL: the value is nothing but words */
};
const struct search_rule *search_rule(const struct field *f);
void search_words_of(struct buf *b, const char *alias, const struct field *f); /* the words of a column, as they are indexed */
bool search_can_probe(const struct plan_node *n);
void emit_search_from(struct emit *e, const struct plan_node *n);        /* index and table, joined */
void emit_search_match(struct emit *e, const struct plan_node *n);       /* the condition */
void emit_search_marks(struct emit *e, const struct plan_node *n);       /* columns: what highlight and snippet show */
void emit_near(struct emit *e, const struct plan_node *n, str before, str words); /* which of a JSON list find something */
void emit_ranked(struct emit *e, const struct plan_node *n);             /* the whole statement, best matches first */
/* emit.c, for it */
void emit_columns(struct emit *e, const struct plan_node *n);
void emit_last_columns(struct emit *e, const struct plan_node *n);
void emit_wanted(struct emit *e, const struct plan_node *n, bool *has_one); /* [WHERE | AND] reach AND where */
void emit_page(struct emit *e, uint32_t limit, uint32_t skip);
void emit_computed(struct emit *e, unsigned alias, const struct field *f);   /* emit_filter.c */
/* A function of a field: count of links is a subselect. `seed`: RANDOM's. */
void emit_term(struct emit *e, unsigned alias, const struct field *f, enum func func, int64_t seed);
const struct collection *emit_target(const struct field *f); /* where a reference points to */
/* Whether shape.c gives the field an index of its own. None for booleans: half of a table is read faster
 * without, and without statistics SQLite would prefer it to one that serves the order. */
static inline bool field_has_index(const struct field *f)
{
    enum column c = f->kind->column;
    return f->unique || (!f->is_meta && c == COLUMN_REF) ||
           (f->indexed && c != COLUMN_JSON && c != COLUMN_BOOLEAN && c != COLUMN_NONE);
}
/* The journal: a view of the engine's own table, whose ids are its positions (sql/migrations). */
static inline bool collection_is_view(const struct collection *c)
{
    return c->system && c->read_only;
}
static inline bool field_is_linked(const struct field *f)
{
    return f->many && (f->kind->flags & KIND_REF) && !f->backwards;
}

#endif

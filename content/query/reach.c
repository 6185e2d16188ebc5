/* Which collections an answer hangs on. */
#include "content/access.h"
#include "content/model/view.h"
#include "content/query/query.h"

struct reach {
    const struct rights *rights;
    void (*see)(void *self, const struct collection *c);
    void *self;
    bool with_rules;                  /* what is reached along references counts with its own conditions */
};

static void see_collection(struct reach *r, const struct collection *c);

static bool is_hop_of(const struct filter *at, const struct field *f)
{
    for (size_t i = 0; i < at->hop_count; i++)
        if (at->hops[i] == f)
            return true;
    return f->backwards;
}

static enum err see_field(void *self, const struct field *f, const struct filter *at)
{
    struct reach *r = self;
    if (f->in)
        r->see(r->self, f->in);
    if (f->to && is_hop_of(at, f))
        see_collection(r, f->to);
    return ERR_OK;
}

static void see_filter(struct reach *r, const struct filter *f)
{
    err_ignored(filter_each_field(f, see_field, r));
}

/* The rules of a collection look further without being narrowed themselves. */
static void see_collection(struct reach *r, const struct collection *c)
{
    struct reach rules = *r;
    r->see(r->self, c);
    rules.with_rules = false;
    if (c->view) {
        r->see(r->self, c->view->from);
        see_filter(&rules, c->view->where);
    }
    if (r->with_rules)
        see_filter(&rules, rights_access(r->rights, VERB_READ, c)->where);
}

static void see_query(struct reach *r, const struct query *q, unsigned depth)
{
    see_collection(r, q->from);
    if (q->where)
        see_filter(r, q->where);
    for (size_t i = 0; i < q->sort_count; i++) {
        for (size_t k = 0; k < q->sort[i].hop_count; k++)
            see_collection(r, q->sort[i].hops[k]->to);
        if (q->sort[i].by->backwards)
            see_collection(r, q->sort[i].by->to);
    }
    for (size_t i = 0; i < q->output_count && depth > 0; i++) {
        const struct output *o = &q->outputs[i];
        if (o->branch)
            see_query(r, o->branch, depth - 1);
        for (size_t k = 0; k < o->inside_count; k++)
            see_query(r, o->inside[k].query, depth - 1);
        for (size_t k = 0; o->into && k < o->field->target_count; k++)
            if (o->into[k])
                see_query(r, o->into[k], depth - 1);
    }
}

void query_reaches(const struct query *q, const struct rights *rights, void (*see)(void *self, const struct collection *c),
                   void *self)
{
    struct reach r = {rights, see, self, true};
    see_query(&r, q, LIMIT_POPULATE_HOPS + 3);
}

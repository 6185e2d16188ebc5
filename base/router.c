/* Patterns are compiled once into a tree of segments. A node knows its literal children, its one
 * parameter child, and the patterns that go on with {name+}: these keep the segments behind it in
 * an array, since with them the end of the path is what counts.
 *
 * The tree is as deep as the longest pattern, which is ours: recursing over it is bounded, whatever
 * the request. */
#include "base/http.h"

#include "base/limits.h"

enum { NO_SLASH, WITH_SLASH, SLASHES };

struct compiled {
    const struct route *route;
    void *app;
    str names[COUNTOF(((struct params *)0)->values)];
    size_t positions[COUNTOF(((struct params *)0)->values)]; /* segment of the parameter */
    size_t name_count;
    size_t many; /* which parameter is {name+}; name_count: none */
    size_t segment_count;
    bool trailing_slash;
};

struct leaf {
    const struct compiled *by_method[METHOD_COUNT];
};

/* Behind {name+}: segments with {0} for a parameter. */
struct tail {
    struct tail *next; /* fewer or as many literals */
    const str *segments;
    size_t count, literals;
    struct leaf leaves[SLASHES];
};

struct node {
    str literal;
    struct node *next; /* sibling */
    struct node *literals, *parameter;
    struct tail *tails;
    struct leaf leaves[SLASHES];
};

struct router {
    struct node root;
};

struct pattern {
    str segments[LIMIT_PATH_SEGMENTS]; /* {0}: a parameter */
    size_t count;
    size_t many; /* index of {name+}; count: none */
};

static bool is_name(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(s.at[i] == '_' || (s.at[i] >= 'a' && s.at[i] <= 'z') ||
              (s.at[i] >= 'A' && s.at[i] <= 'Z') || (s.at[i] >= '0' && s.at[i] <= '9')))
            return false;
    return s.len > 0;
}

/* A segment of the pattern: literal, {name} or {name+}. False when it is none of them. */
static bool read_segment(struct compiled *c, struct pattern *p, str raw)
{
    if (p->count == LIMIT_PATH_SEGMENTS || raw.len == 0)
        return false;
    size_t at = 0;
    if (raw.at[0] != '{') {
        p->segments[p->count++] = raw;
        return !str_find(raw, '{', &at) && !str_find(raw, '}', &at);
    }
    str name = str_slice(raw, 1, raw.len - 1);
    bool takes_many = str_ends(name, S("+"));
    if (takes_many)
        name.len--;
    if (!str_ends(raw, S("}")) || !is_name(name) || c->name_count == COUNTOF(c->names))
        return false;
    for (size_t i = 0; i < c->name_count; i++)
        if (str_equal(c->names[i], name))
            return false;
    if (takes_many) {
        if (p->many != SIZE_MAX)
            return false;
        p->many = p->count;
        c->many = c->name_count;
    }
    c->names[c->name_count] = name;
    c->positions[c->name_count++] = p->count;
    p->segments[p->count++] = (str){0};
    return true;
}

static enum err read_pattern(struct compiled *c, struct pattern *p, struct problem *why)
{
    str rest = str_of(c->route->pattern), raw = {0};
    *p = (struct pattern){.many = SIZE_MAX};
    c->many = SIZE_MAX;
    bool is_good = str_starts(rest, S("/")) && (unsigned)c->route->method < METHOD_COUNT;
    bool ended = false;
    rest = str_slice(rest, 1, rest.len);
    while (is_good && str_next(&rest, &ended, '/', &raw)) {
        if (raw.len == 0 && ended)
            c->trailing_slash = true;
        else
            is_good = read_segment(c, p, raw);
    }
    if (!is_good)
        return problem_set(why, ERR_INVALID, "The route pattern \"%s\" cannot be understood.",
                           c->route->pattern);
    c->segment_count = p->count;
    if (p->many == SIZE_MAX)
        p->many = p->count;
    if (c->many == SIZE_MAX)
        c->many = c->name_count;
    return ERR_OK;
}

static struct node *literal_child(const struct node *n, str segment)
{
    struct node *child = n->literals;
    while (child != NULL && !str_equal(child->literal, segment))
        child = child->next;
    return child;
}

static struct node *grow_child(struct arena *a, struct node *n, str segment)
{
    if (str_is_absent(segment)) {
        if (n->parameter == NULL)
            n->parameter = NEW(a, struct node);
        return n->parameter;
    }
    struct node *child = literal_child(n, segment);
    if (child == NULL) {
        child = NEW(a, struct node);
        *child = (struct node){.literal = segment, .next = n->literals};
        n->literals = child;
    }
    return child;
}

static bool same_shape(const struct tail *t, const str *segments, size_t count)
{
    if (t->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_is_absent(t->segments[i]) != str_is_absent(segments[i]) ||
            !str_equal(t->segments[i], segments[i]))
            return false;
    return true;
}

static struct tail *grow_tail(struct arena *a, struct node *n, const str *segments, size_t count)
{
    for (struct tail *t = n->tails; t != NULL; t = t->next)
        if (same_shape(t, segments, count))
            return t;
    struct tail *t = NEW(a, struct tail);
    str *own = NEW_N(a, str, count);
    t->segments = own;
    t->count = count;
    for (size_t i = 0; i < count; i++) {
        own[i] = segments[i];
        t->literals += !str_is_absent(segments[i]);
    }
    struct tail **at = &n->tails;
    while (*at != NULL && (*at)->literals >= t->literals)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    return t;
}

/* Can one path end with both? Looked at from the back: what is longer reaches into the other's
 * {x+}, which takes anything. */
static bool may_overlap(const struct tail *a, const struct tail *b)
{
    size_t common = a->count < b->count ? a->count : b->count;
    for (size_t i = 1; i <= common; i++) {
        str left = a->segments[a->count - i], right = b->segments[b->count - i];
        if (!str_is_absent(left) && !str_is_absent(right) && !str_equal(left, right))
            return false;
    }
    return true;
}

static const struct compiled *rival_of(const struct node *n, const struct tail *own,
                                       const struct compiled *c)
{
    for (const struct tail *t = n->tails; t != NULL; t = t->next) {
        const struct compiled *other = t->leaves[c->trailing_slash].by_method[c->route->method];
        if (t != own && t->literals == own->literals && other != NULL && may_overlap(t, own))
            return other;
    }
    return NULL;
}

static enum err refuse_rival(const struct compiled *c, const struct compiled *other,
                             struct problem *why)
{
    return problem_set(
        why, ERR_CONFLICT, "The routes " STR_FMT " %s and %s can match the same request.",
        STR_ARG(method_name(c->route->method)), other->route->pattern, c->route->pattern);
}

static enum err add_route(struct arena *a, struct router *r, const struct route *route, void *app,
                          struct problem *why)
{
    struct compiled *c = NEW(a, struct compiled);
    struct pattern p;
    c->route = route;
    c->app = app;
    TRY(read_pattern(c, &p, why));
    struct node *n = &r->root;
    for (size_t i = 0; i < p.many; i++)
        n = grow_child(a, n, p.segments[i]);
    struct leaf *leaf = &n->leaves[c->trailing_slash];
    if (p.many < p.count) {
        struct tail *t = grow_tail(a, n, p.segments + p.many + 1, p.count - p.many - 1);
        const struct compiled *rival = rival_of(n, t, c);
        if (rival != NULL)
            return refuse_rival(c, rival, why);
        leaf = &t->leaves[c->trailing_slash];
    }
    if (leaf->by_method[route->method] != NULL)
        return refuse_rival(c, leaf->by_method[route->method], why);
    leaf->by_method[route->method] = c;
    return ERR_OK;
}

enum err router_make(struct arena *a, const struct route_set *sets, size_t count,
                     struct router **out, struct problem *why)
{
    struct router *r = NEW(a, struct router);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sets[i].count; j++)
            TRY(add_route(a, r, &sets[i].routes[j], sets[i].app, why));
    *out = r;
    return ERR_OK;
}

struct search {
    const struct exchange *x;
    const struct compiled *found;
    unsigned methods; /* bit per method that some route of this path has */
};

/* True ends the search. A leaf that lacks the method only tells which ones there are. */
static bool look_at(struct search *s, const struct leaf *leaves)
{
    /* "/" has no segment before its slash: it is there with and without. */
    bool slash = s->x->trailing_slash || s->x->segment_count == 0;
    const struct leaf *leaf = &leaves[slash];
    for (size_t m = 0; m < METHOD_COUNT; m++)
        if (leaf->by_method[m] != NULL)
            s->methods |= 1u << m;
    s->found = leaf->by_method[s->x->method];
    if (s->found == NULL && s->x->method == M_HEAD)
        s->found = leaf->by_method[M_GET];
    return s->found != NULL;
}

static bool tail_matches(const struct tail *t, const struct exchange *x, size_t from)
{
    if (x->segment_count - from < t->count + 1)
        return false;
    const str *end = x->segments + x->segment_count - t->count;
    for (size_t i = 0; i < t->count; i++)
        if (!str_is_absent(t->segments[i]) && !str_equal(t->segments[i], end[i]))
            return false;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree, and depth counts along. */
static bool search_below(struct search *s, const struct node *n, size_t depth)
{
    if (depth == s->x->segment_count)
        return look_at(s, n->leaves);
    const struct node *child = literal_child(n, s->x->segments[depth]);
    if (child != NULL && search_below(s, child, depth + 1))
        return true;
    if (n->parameter != NULL && search_below(s, n->parameter, depth + 1))
        return true;
    for (const struct tail *t = n->tails; t != NULL; t = t->next)
        if (tail_matches(t, s->x, depth) && look_at(s, t->leaves))
            return true;
    return false;
}

static str join(struct arena *a, const str *segments, size_t count)
{
    if (count == 1)
        return segments[0];
    size_t len = count - 1;
    for (size_t i = 0; i < count; i++)
        len += segments[i].len;
    char *text = arena_get(a, len, 1);
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = '/';
        memcpy(at, segments[i].at, segments[i].len);
        at += segments[i].len;
    }
    return (str){text, len};
}

static void fill_params(const struct compiled *c, const struct exchange *x, struct params *p)
{
    size_t extra = x->segment_count - c->segment_count; /* what {name+} takes beyond its one */
    p->count = c->name_count;
    for (size_t i = 0; i < c->name_count; i++) {
        size_t at = c->positions[i] + (i > c->many ? extra : 0);
        p->values[i] = (struct pair){
            c->names[i], join(x->arena, x->segments + at, i == c->many ? 1 + extra : 1)};
    }
}

static str allow_list(struct arena *a, unsigned methods)
{
    struct buf b;
    buf_init(&b, a, 128);
    if (methods & 1u << M_GET)
        methods |= 1u << M_HEAD;
    for (size_t m = 0; m < METHOD_COUNT; m++) {
        if (!(methods & 1u << m))
            continue;
        if (b.len > 0)
            buf_add(&b, S(", "));
        buf_add(&b, method_name((enum method)m));
    }
    return buf_str(&b);
}

enum err router_match(const struct router *r, const struct exchange *x, const struct route **route,
                      void **app, struct params *p, str *allow)
{
    struct search s = {.x = x};
    if (search_below(&s, &r->root, 0)) {
        fill_params(s.found, x, p);
        *route = s.found->route;
        *app = s.found->app;
        return ERR_OK;
    }
    if (s.methods == 0)
        return ERR_NOT_FOUND;
    *allow = allow_list(x->arena, s.methods);
    return ERR_BAD_METHOD;
}

#include "api/content/params.h"

#include "base/limits.h"

static enum err bad(struct problem *why, str name, const char *text)
{
    return problem_fault(why, ERR_BAD_INPUT, name, S("parameter"), "%s", text);
}

static enum err read_count(struct content_params *p, str name, str v, uint32_t max, uint32_t *out,
                           bool *has, struct problem *why)
{
    uint64_t n;
    (void)p;
    if (!str_to_u64(v, max, &n))
        return problem_fault(why, ERR_BAD_INPUT, name, S("parameter"),
                             STR_FMT " must be a whole number from 0 to %u", STR_ARG(name), max);
    *out = (uint32_t)n;
    *has = true;
    return ERR_OK;
}

static enum err take_limit(struct content_params *p, str v, struct problem *why)
{
    return read_count(p, S("limit"), v, p->is_bulk ? LIMIT_BULK_ROWS : LIMIT_ROWS, &p->limit, &p->has_limit, why);
}

static enum err take_skip(struct content_params *p, str v, struct problem *why)
{
    return read_count(p, S("skip"), v, LIMIT_SKIP, &p->skip, &p->has_skip, why);
}

static enum err take_populate(struct content_params *p, str v, struct problem *why)
{
    bool unused;
    uint32_t n = 0;
    char first = v.len ? v.at[0] : '0';
    if (first == '{' || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_') {
        p->populate_text = v;
        return ERR_OK;
    }
    TRY(read_count(p, S("populate"), v, LIMIT_POPULATE_HOPS, &n, &unused, why));
    p->populate = n;
    return ERR_OK;
}

/* Directus' way to say what of populated lists is read. */
static enum err take_deep(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->deep = v;
    return ERR_OK;
}

static enum err take_filter(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->filter = v;
    return ERR_OK;
}

static enum err take_sort(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->sort = v;
    return ERR_OK;
}

static enum err take_fields(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->fields = v;
    return ERR_OK;
}

/* An empty one asks for the first page, in the shape that pages have. */
static enum err take_cursor(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->has_cursor = true;
    p->keeps_bare = str_starts(v, S(CURSOR_OF_BARE));
    v = str_slice(v, p->keeps_bare ? 1 : 0, v.len);
    p->cursor = v.len ? v : (str){0};
    return ERR_OK;
}

static enum err take_before(struct content_params *p, str v, struct problem *why)
{
    p->has_cursor = true;
    p->keeps_bare = str_starts(v, S(CURSOR_OF_BARE));
    p->before = str_slice(v, p->keeps_bare ? 1 : 0, v.len);
    return p->before.len ? ERR_OK : bad(why, S("before"), "before takes a cursor from a page");
}

static enum err take_count(struct content_params *p, str v, struct problem *why)
{
    static const struct {
        str word;
        enum count_mode mode;
    } words[] = {{STR("none"), COUNT_NONE}, {STR("exact"), COUNT_EXACT}, {STR("only"), COUNT_ONLY},
                 {STR("estimated"), COUNT_ESTIMATED}};
    p->says_count = true;
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal(words[i].word, v)) {
            p->count = words[i].mode;
            return ERR_OK;
        }
    return bad(why, S("count"), "count must be none, exact, estimated or only");
}

static enum err take_state(struct content_params *p, str v, struct problem *why)
{
    static const struct {
        str word;
        enum perspective see;
    } words[] = {{STR("published"), SEE_PUBLISHED},
                 {STR("1"), SEE_PUBLISHED},
                 {STR("draft"), SEE_DRAFTS},
                 {STR("0"), SEE_DRAFTS},
                 {STR("archived"), SEE_ARCHIVED},
                 {STR("-1"), SEE_ARCHIVED},
                 {STR("any"), SEE_ALL}};
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal(words[i].word, v)) {
            p->see = words[i].see;
            p->says_state = true;
            return ERR_OK;
        }
    return bad(why, S("state"), "state must be published, draft, archived or any");
}

static enum err take_perspective(struct content_params *p, str v, struct problem *why)
{
    p->drafts = str_equal(v, S("draft"));
    p->published = str_equal(v, S("published"));
    return p->drafts || p->published ? ERR_OK : bad(why, S("perspective"), "perspective must be published or draft");
}

/* By what became of an item since it was published; states that it is about, and what is asked beside them. */
static const struct {
    str word;
    enum perspective see;
    enum publication beside;
} publications[] = {
    {STR("never-published"), SEE_DRAFTS, PUBLICATION_ANY},
    {STR("has-published-version"), SEE_PUBLISHED, PUBLICATION_ANY},
    {STR("modified"), SEE_PUBLISHED, PUBLICATION_MODIFIED},
    {STR("unmodified"), SEE_PUBLISHED, PUBLICATION_UNMODIFIED},
};

static enum err take_publication(struct content_params *p, str v, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(publications); i++)
        if (str_equal(publications[i].word, v)) {
            p->publication = v;
            return ERR_OK;
        }
    return bad(why, S("publication"),
               "publication must be never-published, has-published-version, modified or unmodified");
}

/* What the words mean together: which states, which versions. */
static enum err settle_perspective(struct content_params *p, enum publication *beside, struct problem *why)
{
    *beside = PUBLICATION_ANY;
    if (p->says_state && (p->published || !str_is_absent(p->publication)))
        return bad(why, S("state"), "state does not go with perspective=published or publication");
    if (p->drafts && !p->says_state)
        p->see = SEE_CURRENT;
    for (size_t i = 0; i < COUNTOF(publications); i++) {
        if (str_is_absent(p->publication) || !str_equal(publications[i].word, p->publication))
            continue;
        p->see = publications[i].see;
        p->drafts = !p->published;
        *beside = publications[i].beside;
    }
    return ERR_OK;
}

static enum err take_parent(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->parent = v;
    return ERR_OK;
}

static enum err take_models(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->models = v;
    return ERR_OK;
}

static enum err take_pipeline(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->pipeline = v;
    return ERR_OK;
}

/* Cockpit's clients send it with every call. */
static enum err take_locale(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->locale = v;
    return ERR_OK;
}

static enum err take_fallback(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->fallback = v;
    return ERR_OK;
}

static enum err take_locale_report(struct content_params *p, str v, struct problem *why)
{
    p->reports_locales = str_equal(v, S("1"));
    if (p->reports_locales || str_equal(v, S("0")))
        return ERR_OK;
    return bad(why, S("locale_report"), "locale_report must be 1 or 0");
}

static enum err take_dry_run(struct content_params *p, str v, struct problem *why)
{
    p->dry_run = str_equal(v, S("1")) || str_equal(v, S("true"));
    return p->dry_run || str_equal(v, S("0")) || str_equal(v, S("false"))
               ? ERR_OK
               : bad(why, S("dry_run"), "dry_run must be 1 or 0");
}

/* Of PUT and of POST, by which fields an item is known. */
static enum err take_key(struct content_params *p, str v, struct problem *why)
{
    (void)why;
    p->key = v;
    return ERR_OK;
}

/* For names that a path reads itself. */
static enum err take_elsewhere(struct content_params *p, str v, struct problem *why)
{
    (void)p; /* the signature is the table's */
    (void)v;
    (void)why;
    return ERR_OK;
}

static const struct {
    str name;
    enum err (*take)(struct content_params *p, str v, struct problem *why);
} known[] = {
    {STR("filter"), take_filter},      {STR("sort"), take_sort},
    {STR("fields"), take_fields},      {STR("limit"), take_limit},
    {STR("skip"), take_skip},          {STR("populate"), take_populate},
    {STR("deep"), take_deep},
    {STR("count"), take_count},        {STR("cursor"), take_cursor},
    {STR("before"), take_before},
    {STR("aggregate[count]"), take_elsewhere},
    {STR("aggregate[countDistinct]"), take_elsewhere},
    {STR("aggregate[sum]"), take_elsewhere},
    {STR("aggregate[sumDistinct]"), take_elsewhere},
    {STR("aggregate[avg]"), take_elsewhere},
    {STR("aggregate[avgDistinct]"), take_elsewhere},
    {STR("aggregate[min]"), take_elsewhere},
    {STR("aggregate[max]"), take_elsewhere},
    {STR("groupBy"), take_elsewhere},
    {STR("groupBy[]"), take_elsewhere},
    {STR("having"), take_elsewhere},
    {STR("state"), take_state},        {STR("parent"), take_parent},
    {STR("models"), take_models},      {STR("pipeline"), take_pipeline},
    {STR("locale"), take_locale},   {STR("route"), take_elsewhere},
    {STR("inactive"), take_elsewhere}, {STR("permanent"), take_elsewhere},
    {STR("name"), take_elsewhere},     {STR("meta"), take_elsewhere},
    {STR("format"), take_elsewhere},
    {STR("download"), take_elsewhere}, {STR("v"), take_elsewhere},
    {STR("token"), take_elsewhere},
    {STR("since"), take_elsewhere}, {STR("wait"), take_elsewhere}, {STR("collection"), take_elsewhere},
    {STR("item"), take_elsewhere}, {STR("verb"), take_elsewhere}, {STR("query"), take_elsewhere},
    {STR("older"), take_elsewhere}, {STR("from"), take_elsewhere}, {STR("to"), take_elsewhere},
    {STR("perspective"), take_perspective}, {STR("publication"), take_publication},
    {STR("fallback"), take_fallback},  {STR("locale_report"), take_locale_report},
    {STR("dry_run"), take_dry_run},
    {STR("key"), take_key},            {STR("upsert"), take_key},
};

static bool listed(const char *const *names, str name)
{
    for (size_t i = 0; names[i]; i++)
        if (str_equal(str_of(names[i]), name))
            return true;
    return false;
}

static enum err take(struct content_params *p, str name, str value, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_equal(known[i].name, name))
            return known[i].take(p, value, why);
    if (content_take_search(p, name, value, why))
        return why->err;
    return problem_set(why, ERR_INTERNAL, "A route names a parameter that the table lacks");
}

static enum err unknown(struct problem *why, str name)
{
    return problem_fault(why, ERR_BAD_INPUT, name, S("unknown-parameter"),
                         "There is no parameter " STR_FMT " here", STR_ARG(name));
}

/* filter[a][$gt]=1, populate[author][fields]=name: read as a whole. */
static bool is_bracketed(const char *const *names, str name)
{
    static const str bracketed[] = {STR("filter"), STR("populate"), STR("deep")};
    str head, rest;
    if (!str_cut(name, '[', &head, &rest) || !listed(names, head))
        return false;
    for (size_t i = 0; i < COUNTOF(bracketed); i++)
        if (str_equal(bracketed[i], head))
            return true;
    return false;
}

static enum err read_brackets(struct arena *a, struct content_params *p, struct problem *why)
{
    TRY(filter_brackets(a, p->query.pairs, p->query.count, S("populate"), &p->populate_tree, why));
    TRY(filter_brackets(a, p->query.pairs, p->query.count, S("deep"), &p->deep_tree, why));
    if (p->populate_tree && !str_is_absent(p->populate_text))
        return bad(why, S("populate"), "What to populate is given in two spellings; choose one");
    if (p->deep_tree && !str_is_absent(p->deep))
        return bad(why, S("deep"), "deep is given in two spellings; choose one");
    return ERR_OK;
}

static enum err read_filter(struct arena *a, struct content_params *p, struct problem *why)
{
    const struct json *brackets = NULL;
    TRY(filter_brackets(a, p->query.pairs, p->query.count, S("filter"), &brackets, why));
    if (brackets && !str_is_absent(p->filter))
        return bad(why, S("filter"), "The filter is given in two spellings; choose one");
    p->filter_tree = brackets;
    if (str_is_absent(p->filter) || p->filter.len == 0)
        return ERR_OK;
    return json_read(a, p->filter, &(struct json_options){.dialect = JSON_5}, S("filter"),
                     &p->filter_tree, why);
}

enum err content_params_read(struct exchange *x, const struct api *api, const char *const *names,
                             struct content_params *out, struct problem *why)
{
    *out = (struct content_params){.is_bulk = listed(names, S("dry_run"))};
    if (x->query.len == 0)
        return ERR_OK;
    TRY(query_string_read(x->arena, x->query, &out->query, why));
    for (size_t i = 0; i < out->query.count; i++) {
        str name = out->query.pairs[i].name;
        if (is_bracketed(names, name))
            continue;
        if (listed(names, name))
            (void)take(out, name, out->query.pairs[i].value, why);
        else if (!(api->key_in_query && str_equal(name, S("api_key"))))
            (void)unknown(why, name);
    }
    TRY(why->err);
    TRY(read_brackets(x->arena, out, why));
    return read_filter(x->arena, out, why);
}

/* A nested value stands for its JSON text, as in a query string. */
static str text_of(struct arena *a, const struct json *v)
{
    return v->type == JSON_TEXT ? v->text : json_print(a, v);
}

enum err content_params_of_json(struct arena *a, const struct json *v, struct content_params *out,
                                struct problem *why)
{
    static const char *const names[] = {"filter", "sort",  "fields", "limit",  "skip", "populate", "deep",
                                        "locale", "count", "state",  "cursor", "before", "perspective", "publication",
                                        "fallback", "locale_report", SEARCH_NAMES, NULL};
    *out = (struct content_params){0};
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *m = &v->items[i];
        if (str_equal(m->name, S("model")))
            continue;
        if (str_equal(m->name, S("filter")))
            out->filter_tree = m;
        else if (listed(names, m->name))
            (void)take(out, m->name, text_of(a, m), why);
        else
            (void)unknown(why, m->name);
    }
    return why->err;
}

static enum err read_where(struct arena *a, const struct principal *who, const struct collection *c,
                           const struct content_params *p, const struct filter **out,
                           struct problem *why)
{
    struct filter_options options = {
        .dialect = JSON_5, .reader = who->rights, .where = STR("filter")};
    *out = &filter_all;
    if (p->filter_tree)
        TRY(filter_read(a, who->rights->model, c, p->filter_tree, &options, out, why));
    return ERR_OK;
}

/* A text that is no object holds names. */
static enum err read_branches(struct arena *a, const struct principal *who, struct query *q, str text,
                              const struct json *tree, const struct populate_options *options, struct problem *why)
{
    struct json names = json_of_text(text);
    if (!tree && str_is_absent(text))
        return ERR_OK;
    if (!tree && str_starts(text, S("{")))
        TRY(json_read(a, text, &(struct json_options){.dialect = JSON_5}, options->where, &tree, why));
    return query_read_populate(a, who->rights->model, q, tree ? tree : &names, options, why);
}

static enum err read_relations(struct arena *a, const struct principal *who, struct query *q,
                               const struct content_params *p, struct problem *why)
{
    TRY(read_branches(a, who, q, p->populate_text, p->populate_tree, &(struct populate_options){.where = S("populate")}, why));
    return read_branches(a, who, q, p->deep, p->deep_tree, &(struct populate_options){.where = S("deep"), .deep = true}, why);
}

enum err content_query(struct arena *a, const struct principal *who, const struct collection *c,
                       const struct content_params *p, struct query **out, struct problem *why)
{
    struct query *q = NEW(a, struct query);
    const struct filter *where;
    struct content_params settled = *p;
    TRY(settle_perspective(&settled, &q->publication, why));
    p = &settled;
    struct look look = {p->see, p->drafts, {p->locale, p->fallback, p->reports_locales}};
    q->from = c;
    q->reader = who->rights;
    q->limit = p->limit ? p->limit : LIMIT_ROWS;
    q->skip = p->skip;
    q->count = p->count;
    q->after = p->cursor;
    q->before = p->before;
    if ((p->cursor.at || p->before.at) && p->skip)
        (void)bad(why, S("cursor"), "A cursor knows where to go on; skip does not go with it");
    if (p->cursor.at && p->before.at)
        (void)bad(why, S("before"), "A page goes on behind a cursor or ends in front of one, not both");
    (void)read_where(a, who, c, p, &where, why);
    if (!str_is_absent(p->sort))
        err_ignored(query_read_sort(a, q, p->sort, S("sort"), why));
    err_ignored(content_search_query(a, q, p, why));
    if (str_is_absent(p->fields))
        query_all_fields(a, q, NULL);
    else
        err_ignored(query_read_fields(a, q, p->fields, S("fields"), why));
    TRY(why->err);
    if (p->populate)
        query_populate(a, q, p->populate);
    TRY(read_relations(a, who, q, p, why));
    q->where = filter_and(a, where, perspective_states(a, c, p->see));
    TRY(perspective_lens(a, who->rights, c, &look, &q->lens, why));
    perspective_branches(a, q, p->drafts ? SEE_ALL : p->see);
    *out = q;
    return ERR_OK;
}

#include "base/limits.h"
#include "graphql/http/parts.h"
#include "graphql/http/texts.h"

static void release(void *counted)
{
    counted_release(counted);
}

const struct principal *gql_come(struct arena *a, const struct principal *who)
{
    struct principal *comes = NEW(a, struct principal);
    *comes = *who;
    comes->actor.via = S("graphql");
    return comes;
}

static bool may_introspect(const struct graphql *g, const struct exchange *x)
{
    return g->options.public_introspection || !gql_is_guest(x->who);
}

void gql_take_schema(struct gql_call *c)
{
    schemas_get(c->g->schemas, c->dialect, c->x->who, may_introspect(c->g, c->x), &c->schema);
    arena_on_close(c->x->arena, release, &c->schema.schema->counted);
}

/* A browser that comes without a question gets the page to ask on. */
static bool wants_page(const struct gql_call *c)
{
    static const str questions[] = {STR("query"), STR("documentId"), STR("extensions")};
    struct query_string q;
    struct problem unused = {.arena = NULL};
    if (!(c->dialect->flags & DIALECT_PAGE) || c->x->method == M_POST || !str_is_absent(c->path_document) ||
        !gql_accept_page(c->x) || query_string_read(c->x->arena, c->x->query, &q, &unused) != ERR_OK)
        return false;
    for (size_t i = 0; i < COUNTOF(questions); i++)
        if (!str_is_absent(query_string_get(&q, questions[i])))
            return false;
    return true;
}

static enum err refuse_accept(struct exchange *x)
{
    struct gql_errors errors = {.arena = x->arena};
    struct buf *out = exchange_body_buf(x);
    (void)gql_fail(&errors, S("NOT_ACCEPTABLE"), "Answers are application/graphql-response+json or application/json.");
    gql_write_refusal(out, &errors);
    exchange_add_header(x, S("Vary"), S("Accept"));
    exchange_send_text(x, 406, gql_media_types[MEDIA_JSON], buf_str(out));
    return ERR_OK;
}

static void run_all(struct gql_call *c, struct buf *out, struct gql_result *result)
{
    for (size_t i = 0; i < c->count; i++) {
        struct gql_result one;
        if (c->is_batch)
            buf_byte(out, i ? ',' : '[');
        gql_run(c, &c->requests[i], out, &one);
        one.is_denied |= i > 0 && result->is_denied;
        *result = one;
    }
    if (c->is_batch)
        buf_byte(out, ']');
}

static enum err answer(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct gql_door *door = app;
    struct gql_call c = {
        .g = door->g,
        .dialect = door->dialect,
        .x = x,
        .media = gql_accept(x),
        .path_document = p->count ? param(p, "id") : (str){0},
        .wants_cost = !str_is_absent(exchange_header(x, S("graphql-cost"))),
        .errors = {.arena = x->arena},
    };
    struct gql_result result = {.max_age_s = -1};
    str body;
    bool has_streams = door->dialect->flags & DIALECT_STREAMS, wants_events = has_streams && gql_accept_events(x);
    if (has_streams && gql_wants_socket(x))
        return gql_socket(door->g, door->dialect, x, why);
    if (wants_page(&c)) {
        must(gql_send_page(c.g, x, S("page.html")));
        return ERR_OK;
    }
    if (c.media == MEDIA_NONE && !wants_events)
        return refuse_accept(x);
    TRY(gql_receive(&c, why));
    c.may_stream = wants_events && !c.is_batch && x->method != M_HEAD;
    struct buf *out = exchange_body_buf(x);
    if (c.failed == OUTCOME_DONE) {
        x->who = gql_come(x->arena, x->who);
        gql_take_schema(&c);
        run_all(&c, out, &result);
    } else {
        result.outcome = c.failed;
        gql_write_refusal(out, &c.errors);
    }
    if (result.outcome == OUTCOME_STREAM)
        return gql_stream(&c, why);
    if (buf_done(out, &body) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE, "The answers are larger than %u MiB together.", LIMIT_RESPONSE_BYTES >> 20);
    if (c.media == MEDIA_NONE)
        return gql_tell_once(&c, body, why);
    gql_respond(&c, &result, body);
    return ERR_OK;
}

/* The caller's schema as text: as much as he may ask of it. */
static enum err schema_text(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct gql_door *door = app;
    struct gql_call c = {.g = door->g, .dialect = door->dialect, .x = x};
    (void)p;
    if (!may_introspect(c.g, x))
        return problem_set(why, ERR_UNAUTHENTICATED, "The schema is told to callers with a credential.");
    gql_take_schema(&c);
    struct buf *out = exchange_body_buf(x);
    gql_print_schema(out, c.schema.schema);
    str body;
    if (buf_done(out, &body) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE, "The schema is larger than %u MiB.", LIMIT_RESPONSE_BYTES >> 20);
    exchange_add_header(x, S("Cache-Control"), gql_is_guest(x->who) ? S("public, no-cache") : S("private, no-cache"));
    exchange_add_header(x, S("Vary"), S("Api-Key, X-Api-Key, Authorization, Cookie"));
    exchange_send_text(x, 200, S("text/plain; charset=utf-8"), body);
    return ERR_OK;
}

/* ---- opening ---- */

static const char *path(struct arena *a, const struct gql_dialect *d, const char *behind)
{
    return arena_cstr(a, arena_format(a, "%s%s", d->path, behind));
}

static void add(struct gql_door *door, enum method m, const char *pattern, handler *run, uint32_t body_max, const char *doc)
{
    must(door->route_count < COUNTOF(door->routes));
    door->routes[door->route_count++] = (struct route){m, pattern, run, body_max, 0, doc};
}

static void open_door(struct graphql *g, const struct gql_dialect *d, struct gql_door *door)
{
    *door = (struct gql_door){.g = g, .dialect = d};
    /* Files may be longer than any JSON; then the handler keeps count. */
    uint32_t body_max = g->options.uploads ? UINT32_MAX : LIMIT_BODY_BYTES;
    add(door, M_GET, d->path, answer, 0, "A query in GraphQL, and for browsers a page to ask on");
    add(door, M_POST, d->path, answer, body_max, "A request in GraphQL");
    if (!(d->flags & DIALECT_PAGE))
        return;
    add(door, M_GET, path(g->arena, d, "/schema.graphql"), schema_text, 0, "The schema that this caller has, as text");
    add(door, M_GET, path(g->arena, d, "/{id}"), answer, 0, "A query that the server knows by its name");
}

enum err graphql_open(struct gate *gate, const struct graphql_options *options, const struct gql_dialect *dialects,
                      size_t dialect_count, struct graphql **out, struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct graphql *g = NEW(a, struct graphql);
    (void)why;
    *g = (struct graphql){.arena = a, .gate = gate, .options = *options, .door_count = dialect_count};
    if (g->options.cost_max == 0)
        g->options.cost_max = LIMIT_GRAPHQL_COST;
    if (g->options.schema_bytes_max == 0)
        g->options.schema_bytes_max = LIMIT_GRAPHQL_SCHEMAS_BYTES;
    if (g->options.json_body_max == 0)
        g->options.json_body_max = LIMIT_BODY_BYTES;
    if (g->options.batch_max > LIMIT_GRAPHQL_BATCH)
        g->options.batch_max = LIMIT_GRAPHQL_BATCH;
    g->documents = shelf_open(LIMIT_GRAPHQL_DOCUMENTS_BYTES);
    g->texts = shelf_open(LIMIT_GRAPHQL_TEXTS_BYTES);
    g->answers = shelf_open(LIMIT_GRAPHQL_ANSWERS_BYTES);
    g->schemas = schemas_open(g->options.schema_bytes_max, g->documents, g->answers);
    g->doors = NEW_N(a, struct gql_door, dialect_count);
    for (size_t i = 0; i < dialect_count; i++)
        open_door(g, &dialects[i], &g->doors[i]);
    *out = g;
    return ERR_OK;
}

void graphql_close(struct graphql *g)
{
    if (!g)
        return;
    schemas_close(g->schemas);
    shelf_close(g->texts);
    shelf_close(g->answers);
    shelf_close(g->documents);
    arena_close(g->arena);
}

size_t graphql_routes(struct graphql *g, const str *page_lines, struct route_set *out, size_t room)
{
    must(g->door_count + 1 <= room);
    g->page_lines = page_lines;
    for (size_t i = 0; i < g->door_count; i++)
        out[i] = (struct route_set){g->doors[i].routes, g->doors[i].route_count, &g->doors[i]};
    out[g->door_count] = (struct route_set){gql_page_routes, gql_page_route_count, g};
    return g->door_count + 1;
}

/* ---- what goes wrong outside of an answer ---- */

static bool has_pattern(const struct route *routes, size_t count, const char *pattern)
{
    for (size_t i = 0; i < count; i++)
        if (routes[i].pattern == pattern)
            return true;
    return false;
}

bool graphql_speaks_for(const struct graphql *g, const struct exchange *x)
{
    for (size_t i = 0; g && i < g->door_count; i++) {
        str base = str_of(g->doors[i].dialect->path), rest = str_slice(x->path, base.len, x->path.len);
        bool is_below = str_starts(x->path, base) && (rest.len == 0 || rest.at[0] == '/');
        if (x->route ? has_pattern(g->doors[i].routes, g->doors[i].route_count, x->route) : is_below)
            return true;
    }
    return false;
}

void graphql_send_problem(struct exchange *x, const struct problem *why)
{
    struct gql_errors errors = {.arena = x->arena};
    enum gql_media media = gql_accept(x);
    struct buf *out = exchange_body_buf(x);
    (void)gql_fail_problem(&errors, why);
    gql_write_refusal(out, &errors);
    gql_name_registry(x);
    exchange_send_text(x, err_facts(why->err)->http_status, gql_media_types[media == MEDIA_NONE ? MEDIA_JSON : media], buf_str(out));
}

void graphql_figures(struct graphql *g, struct graphql_figures *out)
{
    struct schemas_figures schemas;
    struct shelf_figures documents;
    schemas_figures(g->schemas, &schemas);
    shelf_figures(g->documents, &documents);
    *out = (struct graphql_figures){
        .schemas_made = schemas.made,
        .schemas_reused = schemas.reused,
        .documents_read = documents.missed,
        .documents_reused = documents.found,
        .schemas = schemas.count,
        .documents = documents.count,
        .document_bytes = documents.bytes,
    };
}

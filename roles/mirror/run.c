/* Runs: what an upstream has of the content that its item names is fetched, tag by tag; what is here already is passed over, so
 * a run that was cut off goes on with the next one. */
#include "base/limits.h"
#include "base/log.h"
#include "base/regex.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "content/system/keys/repository_globs.h"
#include "roles/mirror/mirror.h"

#define FAILURES_IN_A_ROW 5u          /* then the upstream is left alone until the next run */
#define PAGE S("1000")

struct run {
    struct gate *gate;
    struct upstream *from;
    struct arena *arena;              /* of the run: names of repositories */
    unsigned manifests, failures, in_a_row;
    enum err first;                   /* that went wrong, and why */
    struct problem *why;
};

static bool is_stopping(const struct run *r)
{
    return atomic_load(mirror_stop(r->gate->mirror));
}

static void note_failure(struct run *r, str what, enum err e, const struct problem *own)
{
    LOG(LOG_WARN, "mirror.failed", LOG_TEXT("upstream", r->from->name), LOG_TEXT("what", what), LOG_TEXT("error", str_of(err_facts(e)->name)),
        LOG_TEXT("cause", own->text.len ? own->text : S("")));
    r->failures++;
    r->in_a_row++;
    if (r->first != ERR_OK)
        return;
    r->first = problem_set(r->why, e, STR_FMT ": " STR_FMT, STR_ARG(what), STR_ARG(own->text.len ? own->text : S("it failed")));
}

static bool is_over(const struct run *r)
{
    return is_stopping(r) || r->in_a_row >= FAILURES_IN_A_ROW;
}

/* ------ lists of names, page by page */

/* The way to the next page is its own name for the same list: its query is taken, and nothing else of it. */
static str next_page(struct arena *a, str link, str path)
{
    str before, target, query;
    if (!str_cut(link, '<', &before, &target) || !str_contains(link, S("rel=")) || !str_cut(target, '>', &target, &before))
        return (str){0};
    if (!str_cut(target, '?', &before, &query) || query.len == 0 || query.len > LIMIT_OUTBOUND_URL_BYTES / 2)
        return (str){0};
    return arena_format(a, STR_FMT "?" STR_FMT, STR_ARG(path), STR_ARG(query));
}

/* Longer than any name can be is none: an upstream does not say how much is remembered of it. */
static void take_names(struct arena *a, const struct json *list, str *names, size_t *count)
{
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count && *count < LIMIT_UPSTREAM_NAMES; i++)
        if (list->items[i].type == JSON_TEXT && list->items[i].text.len <= LIMIT_REPOSITORY_BYTES)
            names[(*count)++] = arena_copy(a, list->items[i].text);
}

/* All of a list, at most LIMIT_UPSTREAM_NAMES, in a; a page at a time in an arena of its own. */
static enum err read_names(struct run *r, str repository, str path, str member, struct arena *a, str **out, size_t *count, struct problem *why)
{
    str page = arena_format(a, STR_FMT "?n=" STR_FMT, STR_ARG(path), STR_ARG(PAGE));
    *count = 0;
    *out = NEW_N(a, str, LIMIT_UPSTREAM_NAMES);
    for (size_t pages = 0; !str_is_absent(page) && pages < LIMIT_UPSTREAM_NAMES && *count < LIMIT_UPSTREAM_NAMES; pages++) {
        struct arena *own = arena_open(16u << 10);
        struct outbound_answer got;
        const struct json *body = NULL;
        size_t before = *count;
        struct client_wish wish = {.from = r->from, .repository = repository, .path = page, .most = LIMIT_UPSTREAM_PAGE_BYTES,
                                   .stop = mirror_stop(r->gate->mirror)};
        enum err e = registry_ask(mirror_client(r->gate->mirror), own, &wish, &got, why);
        if (e == ERR_OK && (json_read(own, got.body, NULL, S(""), &body, NULL) != ERR_OK || body->type != JSON_MAP))
            e = problem_set(why, ERR_UNAVAILABLE, "The upstream's list is malformed");
        if (e == ERR_OK)
            take_names(a, json_get(body, member), *out, count);
        page = e == ERR_OK && *count > before ? next_page(a, outbound_header(&got, S("Link")), path) : (str){0};
        arena_close(own);
        TRY(e);
    }
    return ERR_OK;
}

/* ------ one tag, one repository */

static enum err sync_tag(struct run *r, struct arena *a, str local, str tag, struct problem *why)
{
    struct fetching f;
    const struct json *row = NULL, *manifest = NULL;
    str digest;
    bool is_whole = false;
    fetching_init(&f, r->gate, a, r->from, local, true);
    TRY(fetch_head(&f, tag, &digest, why));
    TRY(fetched_part(&f, S("tags"), S("name"), tag, &row, why));
    if (row)
        TRY(read_item(r->gate->content, f.server->rights, S("manifests"), S("_id"), item_text(row, S("manifest")), a, &manifest, why));
    bool is_same = manifest && !str_is_absent(digest) && str_equal(item_text(manifest, S("digest")), digest);
    if (is_same)
        TRY(fetched_whole(&f, manifest, 0, &is_whole, why));
    enum err e = is_whole ? ERR_OK : fetch_manifest(&f, tag, why);
    r->manifests += f.manifests;
    return e;
}

static void sync_repository(struct run *r, str remote, const struct regex *tags)
{
    struct arena *own = arena_open(16u << 10);
    struct problem why = {.arena = own};
    str local, *names = NULL;
    size_t count = 0;
    if (!repository_name_valid(remote) || !upstream_local(own, r->from, remote, &local)) {
        note_failure(r, remote, problem_set(&why, ERR_INVALID, "It has no name here"), &why);
        arena_close(own);
        return;
    }
    enum err e = read_names(r, remote, S("tags/list"), S("tags"), own, &names, &count, &why);
    if (e != ERR_OK)
        note_failure(r, remote, e, &why);
    for (size_t i = 0; i < count && !is_over(r); i++) {
        struct arena *one = arena_open(16u << 10);
        struct problem about = {.arena = one};
        if (tag_name_valid(names[i]) && (!tags || regex_matches(tags, names[i]))) {
            e = sync_tag(r, one, local, names[i], &about);
            if (e == ERR_OK)
                r->in_a_row = 0;
            else if (!is_stopping(r))
                note_failure(r, arena_format(one, STR_FMT ":" STR_FMT, STR_ARG(remote), STR_ARG(names[i])), e, &about);
        }
        arena_close(one);
    }
    arena_close(own);
}

/* ------ a run */

static enum err compile(struct arena *a, str pattern, unsigned flags, const struct regex **out, struct problem *why)
{
    *out = NULL;
    return pattern.len ? regex_compile(a, pattern, flags, out, why) : ERR_OK;
}

static enum err sync_pattern(struct run *r, str glob, const struct regex *tags, struct problem *why)
{
    const struct regex *fits = NULL;
    str *names = NULL;
    size_t count = 0;
    TRY(compile(r->arena, repository_glob_regex(r->arena, glob), 0, &fits, why));
    TRY(read_names(r, (str){0}, S("_catalog"), S("repositories"), r->arena, &names, &count, why));
    for (size_t i = 0; i < count && !is_over(r); i++)
        if (repository_name_valid(names[i]) && regex_matches(fits, names[i]))
            sync_repository(r, names[i], tags);
    return ERR_OK;
}

static enum err sync_rule(struct run *r, const struct json *rule, struct problem *why)
{
    str glob = item_text(rule, S("repositories"));
    const struct regex *tags = NULL;
    TRY(compile(r->arena, item_text(rule, S("tags")), REGEX_WHOLE, &tags, why));
    if (!repository_glob_looks_right(glob))
        return problem_set(why, ERR_INVALID, "It is no pattern");
    if (str_contains(glob, S("*")))
        return sync_pattern(r, glob, tags, why);
    sync_repository(r, glob, tags);
    return ERR_OK;
}

enum err mirror_run(struct gate *g, struct upstream *u, unsigned *count, struct problem *why)
{
    struct run r = {.gate = g, .from = u, .arena = arena_open(16u << 10), .why = why};
    for (uint32_t i = 0; u->content && i < u->content->count && !is_over(&r); i++) {
        struct problem own = {.arena = r.arena};
        enum err e = sync_rule(&r, &u->content->items[i], &own);
        if (e != ERR_OK && !is_stopping(&r))
            note_failure(&r, item_text(&u->content->items[i], S("repositories")), e, &own);
    }
    *count = r.manifests;
    LOG(LOG_INFO, "mirror.run", LOG_TEXT("upstream", u->name), LOG_NUMBER("manifests", r.manifests), LOG_NUMBER("failures", r.failures));
    arena_close(r.arena);
    return r.first;
}

/* ------ when, and on which thread */

/* Who writes down first that a run begins does it: another process finds another revision. */
static enum err claim(struct gate *g, struct arena *a, struct upstream *u, bool *mine, struct problem *why)
{
    struct own_change o;
    struct problem own = {.arena = a};
    own_change_begin(&o, g, a, SYSTEM_MIRROR, S("upstreams"), OP_UPDATE);
    o.change.id = u->id;
    o.change.expects = true;
    o.change.expect_revision = u->revision;
    own_set_time(&o, S("last_run_at"), time_now_ms());
    enum err e = own_change_commit(&o, &own);
    *mine = e == ERR_OK;
    if (e == ERR_OK || e == ERR_STALE || e == ERR_NOT_FOUND)
        return ERR_OK;
    return problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

static enum err write_down(struct gate *g, struct arena *a, const struct upstream *u, str error, unsigned count, struct problem *why)
{
    struct own_change o;
    own_change_begin(&o, g, a, SYSTEM_MIRROR, S("upstreams"), OP_UPDATE);
    o.change.id = u->id;
    own_set_text(&o, S("last_error"), error.len ? utf8_cut(error, LIMIT_SCHEDULE_PROBLEM_BYTES) : (str){0});
    own_set(&o, S("last_count"), json_of_int(count));
    return own_change_commit(&o, why);
}

static void *run(void *arg)
{
    struct runner *r = arg;
    struct problem why = {.arena = r->arena}, own = {.arena = r->arena};
    unsigned count = 0;
    enum err e = mirror_run(r->gate, r->upstream, &count, &why);
    bool is_cut = atomic_load(mirror_stop(r->gate->mirror));
    str said = e != ERR_OK ? why.text : is_cut ? S("The server stopped before the end") : S("");
    if (write_down(r->gate, r->arena, r->upstream, said, count, &own) != ERR_OK)
        LOG(LOG_WARN, "mirror.note", LOG_TEXT("upstream", r->upstream->name), LOG_TEXT("cause", own.text));
    atomic_store(&r->is_over, true);
    return NULL;
}

static enum err begin(struct runner *r, struct problem *why)
{
    atomic_store(&r->is_over, false);
    r->is_on = pthread_create(&r->thread, NULL, run, r) == 0;
    return r->is_on ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "There is no thread for fetching");
}

static void reap(struct runner *r)
{
    if (r->is_on)
        (void)pthread_join(r->thread, NULL);
    r->is_on = false;
    arena_close(r->arena);
    r->arena = NULL;
}

/* The one that has waited longest; when the next one is due, if none is. */
static struct upstream *pick(struct runner *r, struct upstream *list, size_t count, int64_t now_ms)
{
    struct upstream *best = NULL;
    r->due_ms = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct upstream *u = &list[i];
        if (!u->is_enabled || u->every_ms == 0)
            continue;
        int64_t due = u->last_run_ms == 0 ? 0 : u->last_run_ms + u->every_ms;
        if (due < r->due_ms) {
            r->due_ms = due;
            best = u;
        }
    }
    return best && r->due_ms <= now_ms ? best : NULL;
}

enum err mirror_tick(struct gate *g, struct problem *why)
{
    struct runner *r = mirror_runner(g->mirror);
    int64_t now = time_now_ms();
    uint64_t seen = journal_last(g->content);
    struct upstream *list = NULL;
    size_t count = 0;
    bool mine = false;
    if (atomic_load(mirror_stop(g->mirror)) || (r->is_on && !atomic_load(&r->is_over)))
        return ERR_OK;
    if (!r->is_on && seen == r->due_seen && now < r->due_ms)
        return ERR_OK;
    reap(r);
    r->arena = arena_open(16u << 10);
    TRY(upstreams_read(g, r->arena, &list, &count, why));
    r->due_seen = seen;
    r->upstream = pick(r, list, count, now);
    if (!r->upstream)
        return ERR_OK;
    TRY(upstream_unseal(g, r->arena, r->upstream, why));
    TRY(claim(g, r->arena, r->upstream, &mine, why));
    return mine ? begin(r, why) : ERR_OK;
}

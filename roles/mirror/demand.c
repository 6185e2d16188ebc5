/* What is asked for is fetched: on the thread of who asks, so that the work is done also when he hangs up, once for all who
 * ask at the same time, and only for whoever may read the name. */
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "roles/mirror/mirror.h"

#define COME_BACK_S 5u

/* Whoever may not read it learns nothing, and nothing is fetched for him. NULL: nobody is to be asked. */
static struct upstream *whose(struct gate *g, const struct principal *who, str repository, const struct json *row, struct arena *a)
{
    struct upstream *u = NULL;
    struct problem quiet = {.arena = a};
    if (g->read_only || who->kind == PRINCIPAL_SYSTEM || !repository_name_valid(repository))
        return NULL;
    if (upstream_of(g, a, repository, row, &u, &quiet) != ERR_OK || !u)
        return NULL;
    bool may_read = row || gate_repository(g, who, repository, VERB_READ, a, &quiet) == ERR_OK;
    return may_read ? u : NULL;
}

/* The reason is the operator's; a client learns whether to come back. */
static enum err tell(const struct fetching *f, str what, enum err e, const struct problem *own, struct problem *why)
{
    LOG(LOG_WARN, "mirror.failed", LOG_TEXT("upstream", f->from->name), LOG_TEXT("what", what), LOG_TEXT("error", str_of(err_facts(e)->name)),
        LOG_TEXT("cause", own->text.len ? own->text : S("")));
    if (e == ERR_NOT_FOUND || e == ERR_FORBIDDEN) /* then it is not here, which is what was said already */
        return ERR_NOT_FOUND;
    *why = (struct problem){.arena = why->arena, .retry_after_s = own->retry_after_s ? own->retry_after_s : COME_BACK_S};
    return problem_set(why, e == ERR_FULL ? ERR_FULL : ERR_UNAVAILABLE, "The registry that this comes from cannot be asked now");
}

static enum err refresh(struct fetching *f, str name, const struct json *tag, struct problem *why)
{
    const struct json *manifest = NULL;
    str digest;
    TRY(read_item(f->gate->content, f->server->rights, S("manifests"), S("_id"), item_text(tag, S("manifest")), f->arena, &manifest, why));
    TRY(fetch_head(f, name, &digest, why));
    bool is_same = manifest && !str_is_absent(digest) && str_equal(item_text(manifest, S("digest")), digest);
    return is_same ? ERR_OK : fetch_manifest(f, name, why);
}

static bool is_believed(struct mirror *m, const struct upstream *u, str what, const struct json *tag)
{
    int64_t age_ms = time_now_ms() - item_time(tag, S("pushed_at"));
    return (age_ms >= 0 && age_ms < u->fresh_ms) || mirror_is_fresh(m, what, u->fresh_ms);
}

enum err mirror_manifest(struct gate *g, const struct principal *who, str repository, str reference, const struct json *row,
                         const struct json *tag, struct arena *a, bool *again, struct problem *why)
{
    enum err missed = tag ? ERR_OK : ERR_NOT_FOUND;
    struct flight *mine = NULL;
    struct problem own = {.arena = a};
    struct fetching f;
    *again = false;
    if (reference_is_digest(reference) ? !blob_digest_valid(reference) : !tag_name_valid(reference))
        return missed;
    struct upstream *u = whose(g, who, repository, row, a);
    str what = arena_format(a, "manifest " STR_FMT " " STR_FMT, STR_ARG(repository), STR_ARG(reference));
    if (!u || (tag && is_believed(g->mirror, u, what, tag)))
        return missed;
    fetching_init(&f, g, a, u, repository, false);
    enum err e = flight_begin(g->mirror, what, false, &mine, &own);
    if (mine) {
        e = tag ? refresh(&f, reference, tag, &own) : fetch_manifest(&f, reference, &own);
        if (e == ERR_OK || tag) /* an upstream that is down is not asked with each pull */
            mirror_was_seen(g->mirror, what);
        e = flight_end(g->mirror, mine, e, &own);
    }
    *again = e == ERR_OK;
    if (*again)
        *why = (struct problem){.arena = why->arena};
    if (*again)
        return ERR_OK;
    e = tell(&f, what, e, &own, why);
    if (tag) /* what is here is better than nothing */
        *why = (struct problem){.arena = why->arena};
    return tag ? ERR_OK : e;
}

enum err mirror_layer(struct gate *g, const struct principal *who, str repository, str digest, const struct json *row, bool mends,
                      struct arena *a, bool *again, struct problem *why)
{
    struct problem own = {.arena = a};
    struct fetching f;
    *again = false;
    struct upstream *u = blob_digest_valid(digest) ? whose(g, who, repository, row, a) : NULL;
    if (!u)
        return ERR_NOT_FOUND;
    fetching_init(&f, g, a, u, repository, false);
    f.mends = mends;
    enum err e = fetch_layer(&f, digest, UINT64_MAX, &own);
    if (e != ERR_OK)
        return tell(&f, digest, e, &own, why);
    link_arrival(&f, digest, true);
    *why = (struct problem){.arena = why->arena};
    *again = true;
    return ERR_OK;
}

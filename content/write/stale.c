/* Two people save the same item: the second one learns what the first one did, field by field, so that his own
 * changes can be put on top of it. Only what he may read is told; and of fields whose reads are to be noted (content/journal/reads.h) no value:
 * what is written to the journal here goes with the change that is not made. */
#include "content/write/stale.h"

#include "base/limits.h"
#include "content/journal/image_seen.h"
#include "content/journal/reads.h"
#include "content/publish/drafts.h"

struct history {
    struct row_sink sink; /* first */
    struct arena *arena;
    uint64_t wanted;      /* revision */
    bool sees_drafts;
    str image;            /* {0}: not found */
};

/* journal_of_item: seq, tx, at_ms, who, via, request_id, user, collection, item, verb, revision, before, after, mac */
static enum err take_entry(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct history *h = (struct history *)(void *)self;
    (void)why;
    if (row->cells[9].type == CELL_TEXT && verb_is_pending(row->cells[9].text) && !h->sees_drafts)
        return ERR_OK;
    if (str_is_absent(h->image) && (uint64_t)row->cells[10].integer == h->wanted && row->cells[12].type == CELL_TEXT)
        h->image = arena_copy(h->arena, row->cells[12].text);
    return ERR_OK;
}

/* The item as it was at that revision; NULL: the journal does not have it any more. */
static const struct json *image_at(struct work *w, const struct rights *rights, const struct change *c,
                                   struct problem *quiet)
{
    struct history h = {.sink = {take_entry}, .arena = w->arena, .wanted = c->expect_revision,
                        .sees_drafts = sees_pending(rights, w->actor, c->in)};
    struct cell parameters[] = {CELL_OF_TEXT(c->in->name), CELL_OF_TEXT(c->id), CELL_OF_NULL,
                                CELL_OF_INT(LIMIT_STALE_LOOK)};
    struct fixed_call call = {FIXED_journal_of_item, parameters, COUNTOF(parameters)};
    const struct json *image = NULL;
    if (w->content->ops->read(w->txn, NULL, &call, &h.sink, quiet) != ERR_OK || str_is_absent(h.image) ||
        json_read(w->arena, h.image, NULL, S(""), &image, quiet) != ERR_OK)
        return NULL;
    return image;
}

static const struct json *member(const struct json *image, const struct field *f)
{
    const struct json *v = json_get(image, f->name);
    return v ? v : &json_null;
}

static struct json readable(struct work *w, const struct access *access, const struct json *image)
{
    const struct collection *in = access->in;
    struct json *members = NEW_N(w->arena, struct json, in->field_count + 1);
    size_t count = 0;
    for (size_t i = 0; image && i < in->field_count; i++) {
        const struct field *f = &in->fields[i];
        const struct json *v = json_get(image, f->name);
        if (v && image_shows(w, access, f) && !reads_watch_field(f))
            members[count++] = json_named(f->name, *v);
    }
    return image ? json_of_map(members, count) : json_null;
}

static bool is_empty(const struct json *v)
{
    return v->type == JSON_NULL || (v->type == JSON_LIST && v->count == 0);
}

static bool is_same(const struct json *a, const struct json *b)
{
    return json_equal(a, b) || (is_empty(a) && is_empty(b));
}

/* Fields whose values are not the same; only_set: of those that the change sets, too. */
static struct json differing(struct work *w, const struct access *access, const struct json *one,
                             const struct json *other, const struct change *only_set)
{
    const struct collection *in = access->in;
    struct json *names = NEW_N(w->arena, struct json, in->field_count + 1);
    size_t count = 0;
    for (size_t i = 0; one && i < in->field_count; i++) {
        const struct field *f = &in->fields[i];
        bool told = f->is_meta ? i == META_STATE || i == META_PARENT || i == META_ORDER : image_shows(w, access, f);
        if (told && (!only_set || field_set_has(&only_set->set, i)) && !is_same(member(one, f), member(other, f)))
            names[count++] = json_of_text(f->name);
    }
    return json_of_list(names, count);
}

static const struct json *difference(struct work *w, const struct rights *rights, const struct change *c,
                                     uint64_t revision, const struct json *now)
{
    const struct access *access = rights_access(rights, VERB_READ, c->in);
    struct problem quiet = {.arena = w->arena};
    struct filter_world world = {.arena = w->arena, .vars = &w->actor->vars};
    const struct json *base = c->expect_revision < revision ? image_at(w, rights, c, &quiet) : NULL;
    if (base && !filter_matches(access->where, base, &world))
        base = NULL; /* what he could not read then, as far as the image tells */
    struct json *members = NEW_N(w->arena, struct json, 6), *more = NEW_N(w->arena, struct json, 2);
    size_t n = 0;
    members[n++] = json_named(S("revision"), json_of_int((int64_t)revision));
    members[n++] = json_named(S("base"), readable(w, access, base));
    members[n++] = json_named(S("current"), readable(w, access, now));
    members[n++] = json_named(S("fields"), base ? differing(w, access, base, now, NULL) : json_null);
    members[n++] = json_named(S("both"), base ? differing(w, access, base, now, c) : json_null);
    more[0] = json_named(S("conflict"), json_of_map(members, n));
    more[1] = json_of_map(more, 1);
    return &more[1];
}

enum err stale_problem(struct work *w, const struct rights *rights, const struct change *c, uint64_t revision,
                       struct problem *why)
{
    const struct access *access = rights ? rights_access(rights, VERB_READ, c->in) : NULL;
    struct problem quiet = {.arena = w->arena};
    const struct json *now = NULL;
    if (access && access->granted && check_reach(w, c->in, c->id, access->where, &quiet) == ERR_OK &&
        read_image(w, c->in, c->id, &now, &quiet) == ERR_OK) {
        if (c->draft && sees_pending(rights, w->actor, c->in))
            now = pending_over(w->arena, c->in, now, c->version);
        why->more = difference(w, rights, c, revision, now);
    }
    return problem_set(why, ERR_STALE, "The item is at revision %llu, which is not the one this change expects",
                       (unsigned long long)revision);
}

enum err check_revision(struct work *w, const struct rights *rights, const struct change *at, struct problem *why)
{
    const struct json *now = NULL;
    TRY(read_image(w, at->in, at->id, &now, why));
    uint64_t revision = (uint64_t)json_get(now, S("_rev"))->integer;
    if (at->expect_revision == REVISION_ANY || at->expect_revision == revision)
        return ERR_OK;
    return stale_problem(w, rights, at, revision, why);
}

/* The questions about vulnerabilities. Where nobody attached a report the answer is zot's "cve search is disabled": an image that
 * nobody has looked at must not pass for one in which nothing was found. */
#include <stdlib.h>

#include "graphql/zot/internal.h"

#define WORDS_BYTES   256u            /* of what is searched for */
#define SCRATCH_BYTES (64u << 10)

/* ---- which of them ---- */

struct wish {
    str with, without;
    bool graded;
    enum severity severity;
};

static char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(str s, str words)
{
    for (size_t at = 0; at + words.len <= s.len; at++)
        if (lowered(s.at[at]) == lowered(words.at[0]) && str_equal_nocase(str_slice(s, at, at + words.len), words))
            return true;
    return false;
}

static bool says(const struct cve *v, str words)
{
    const str own[] = {v->id, severity_name(v->severity), v->title, v->description, v->reference};
    for (size_t i = 0; i < COUNTOF(own); i++)
        if (contains(own[i], words))
            return true;
    for (const struct cve_package *p = v->packages; p; p = p->next)
        if (contains(p->name, words) || contains(p->installed, words) || contains(p->fixed, words) || contains(p->path, words))
            return true;
    return false;
}

static bool fits(const struct wish *w, const struct cve *v)
{
    return (!w->graded || v->severity == w->severity) && (!w->with.len || says(v, w->with)) && (!w->without.len || !says(v, w->without));
}

static enum err read_wish(const struct gql_node *node, struct wish *out, struct problem *why)
{
    str severity = gql_argument_text(node, S("severity"));
    *out = (struct wish){.with = gql_argument_text(node, S("searchedCVE")), .without = gql_argument_text(node, S("excludedCVE"))};
    if (out->with.len > WORDS_BYTES || out->without.len > WORDS_BYTES)
        return problem_set(why, ERR_BAD_INPUT, "max string size limit exceeded for CVE parameter. max=%u", WORDS_BYTES);
    if (!severity.len)
        return ERR_OK;
    out->graded = true;
    for (; out->severity < SEVERITY_COUNT; out->severity++)
        if (str_equal_nocase(severity, severity_name(out->severity)))
            return ERR_OK;
    return problem_set(why, ERR_BAD_INPUT, "severity is one of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL");
}

/* ---- in which order, and which page of them ---- */

static int by_severity(const void *a, const void *b)
{
    const struct cve *const *l = a, *const *r = b;
    return (*l)->severity != (*r)->severity ? ((*l)->severity < (*r)->severity ? 1 : -1) : str_order((*l)->id, (*r)->id);
}

static int by_id(const void *a, const void *b)
{
    const struct cve *const *l = a, *const *r = b;
    return str_order((*l)->id, (*r)->id);
}

static int by_id_backwards(const void *a, const void *b)
{
    return by_id(b, a);
}

static const struct {
    str name;
    int (*order)(const void *a, const void *b);
} orders[] = {{STR("SEVERITY"), by_severity}, {STR("ALPHABETIC_ASC"), by_id}, {STR("ALPHABETIC_DSC"), by_id_backwards}};

static enum err put_in_order(const struct cve **list, size_t count, str sort, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(orders); i++)
        if (str_equal(orders[i].name, sort)) {
            if (count > 1)
                qsort(list, count, sizeof *list, orders[i].order);
            return ERR_OK;
        }
    return problem_set(why, ERR_BAD_INPUT, "sorting CVEs by '" STR_FMT "' is not supported", STR_ARG(sort));
}

static struct json packages_of(struct arena *a, const struct cve *v)
{
    struct json *items = NEW_N(a, struct json, v->package_count + 1);
    size_t count = 0;
    for (const struct cve_package *p = v->packages; p; p = p->next) {
        struct json *m = zot_map(a, &items[count++], 4);
        m[0] = json_named(S("Name"), json_of_text(p->name));
        m[1] = json_named(S("PackagePath"), json_of_text(p->path));
        m[2] = json_named(S("InstalledVersion"), json_of_text(p->installed));
        m[3] = json_named(S("FixedVersion"), json_of_text(p->fixed));
    }
    return json_of_list(items, count);
}

static struct json shown(struct arena *a, const struct cve *v)
{
    struct json out, *m = zot_map(a, &out, 6);
    m[0] = json_named(S("Id"), json_of_text(v->id));
    m[1] = json_named(S("Title"), json_of_text(v->title));
    m[2] = json_named(S("Description"), json_of_text(v->description));
    m[3] = json_named(S("Reference"), json_of_text(v->reference));
    m[4] = json_named(S("Severity"), json_of_text(severity_name(v->severity)));
    m[5] = json_named(S("PackageList"), packages_of(a, v));
    return out;
}

static struct json page_info(struct arena *a, size_t total, size_t count)
{
    struct json out, *m = zot_map(a, &out, 2);
    m[0] = json_named(S("TotalCount"), json_of_int((int64_t)total));
    m[1] = json_named(S("ItemCount"), json_of_int((int64_t)count));
    return out;
}

enum { CVE_MEMBERS = 3 };

/* CVEList, Summary and Page into m. The summary is of all, the page of those that are wished for. But for those in `but`; NULL: none. */
static enum err tell(struct gql_execution *x, const struct gql_node *node, const struct cves *all, const struct cves *but, struct json *m,
                     struct problem *why)
{
    struct zot_wanted page;
    struct wish wish;
    const struct cve *v, **list = NEW_N(all->arena, const struct cve *, map_count(all->by_id) + 1);
    size_t counts[SEVERITY_COUNT] = {0}, count = 0;
    TRY(zot_wanted(node, S("SEVERITY"), &page, why));
    TRY(read_wish(node, &wish, why));
    for (size_t at = 0; cves_next(all, &at, &v);) {
        TRY(zot_in_time(x, why));
        if (but && map_get(but->by_id, v->id))
            continue;
        counts[v->severity]++;
        if (fits(&wish, v))
            list[count++] = v;
    }
    TRY(put_in_order(list, count, page.sort, why));
    size_t rest = page.offset < count ? count - page.offset : 0, shows = page.limit && page.limit < rest ? page.limit : rest;
    struct json *items = NEW_N(all->arena, struct json, shows + 1), told = json_of_list(items, shows);
    for (size_t i = 0; i < shows; i++)
        items[i] = shown(all->arena, list[page.offset + i]);
    m[0] = json_named(S("CVEList"), json_copy(x->arena, &told));
    m[1] = json_named(S("Summary"), zot_summary(x->arena, counts, true));
    m[2] = json_named(S("Page"), page_info(x->arena, count, shows));
    return ERR_OK;
}

enum err zot_cves_for_image(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_image *i = NULL;
    struct cves cves;
    TRY(zot_need_image(x, gql_argument_text(node, S("image")), (str){0}, &i, why));
    CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
    cves_init(&cves, own);
    TRY(zot_image_cves(x, i, NULL, &cves, why));
    *out = (struct gql_thing){.kind = GQL_THING_LEAF};
    struct json *m = zot_map(x->arena, &out->leaf, CVE_MEMBERS + 1);
    m[CVE_MEMBERS] = json_named(S("Tag"), json_of_text(i->tag));
    return tell(x, node, &cves, NULL, m, why);
}

/* ---- what one image has and another has not ---- */

/* An ImageInput: what is found in it, and the ImageIdentifier that says which one it was. */
static enum err take_side(struct gql_execution *x, const struct json *input, struct cves *out, struct json *identifier, struct problem *why)
{
    struct zot_repo *r = NULL;
    str tag = zot_text(input, S("Tag")), digest = zot_text(input, S("Digest"));
    const struct json *platform = json_get(input, S("Platform"));
    TRY(zot_need_repo(x, zot_text(input, S("Repo")), &r, why));
    const struct zot_image *i = zot_image_named(x, r, digest.len ? digest : tag);
    if (!i)
        return problem_set(why, ERR_NOT_FOUND, "can't find image: " STR_FMT ":" STR_FMT, STR_ARG(r->name), STR_ARG(tag));
    TRY(zot_image_cves(x, i, platform, out, why));
    struct json *m = zot_map(x->arena, identifier, 4);
    m[0] = json_named(S("Repo"), json_of_text(r->name));
    m[1] = json_named(S("Tag"), json_of_text(tag));
    m[2] = json_named(S("Digest"), json_of_text(zot_text(i->row, S("digest"))));
    m[3] = json_named(S("Platform"), platform ? *platform : i->part_count == 1 ? zot_platform(x->arena, i->parts[0].row) : json_null);
    return ERR_OK;
}

enum err zot_cves_between(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
    struct cves these, those;
    struct json minuend, subtrahend;
    cves_init(&these, own);
    cves_init(&those, own);
    TRY(take_side(x, gql_argument(node, S("minuend")), &these, &minuend, why));
    TRY(take_side(x, gql_argument(node, S("subtrahend")), &those, &subtrahend, why));
    *out = (struct gql_thing){.kind = GQL_THING_LEAF};
    struct json *m = zot_map(x->arena, &out->leaf, CVE_MEMBERS + 2);
    m[CVE_MEMBERS] = json_named(S("Minuend"), minuend);
    m[CVE_MEMBERS + 1] = json_named(S("Subtrahend"), subtrahend);
    return tell(x, node, &these, &those, m, why);
}

/* ---- which images have it ---- */

static enum err found_in(struct gql_execution *x, const struct zot_image *i, str id, const struct zot_found **out, struct problem *why)
{
    *out = zot_found_in(x, i, id);
    return (*out)->error == ERR_TIMEOUT ? zot_in_time(x, why) : ERR_OK;
}

enum err zot_images_with_cve(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    str id = gql_argument_text(node, S("id"));
    struct zot_hits hits = {0};
    struct zot_repos repos;
    bool any = false;
    TRY(zot_repos(x, (str){0}, &repos, why));
    for (size_t i = 0; i < repos.count; i++) {
        struct zot_repo *r = &repos.items[i];
        TRY(zot_load(x, r, why));
        for (size_t k = 0; k < r->image_count; k++) {
            const struct zot_found *f;
            TRY(found_in(x, &r->images[k], id, &f, why));
            any = any || f->has_reports;
            if (f->has_wanted)
                zot_add_image(x, &hits, &r->images[k]);
        }
    }
    if (!any)
        return problem_set(why, ERR_UNAVAILABLE, NO_REPORT "no report is attached to any image");
    return zot_page(x, node, S("UPDATE_TIME"), true, &hits, out, why);
}

/* Those that were looked at as a whole and have it not, from the first image on that has it: what is older never had it. */
enum err zot_images_without_cve(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    str id = gql_argument_text(node, S("id")), since = {0};
    struct zot_hits hits = {0};
    struct zot_repo *r = NULL;
    bool any = false;
    TRY(zot_need_repo(x, gql_argument_text(node, S("image")), &r, why));
    for (size_t k = 0; k < r->image_count; k++) {
        const struct zot_found *f;
        str built = r->images[k].updated.len ? r->images[k].updated : S("");
        TRY(found_in(x, &r->images[k], id, &f, why));
        any = any || f->has_reports;
        if (f->has_wanted && (str_is_absent(since) || str_order(built, since) < 0))
            since = built;
    }
    for (size_t k = 0; k < r->image_count; k++) {
        const struct zot_found *f = zot_found_in(x, &r->images[k], id);
        if (f->is_complete && !f->has_wanted && (str_is_absent(since) || str_order(r->images[k].updated, since) >= 0))
            zot_add_image(x, &hits, &r->images[k]);
    }
    if (!any)
        return problem_set(why, ERR_UNAVAILABLE, NO_REPORT "no report is attached to any image of " STR_FMT, STR_ARG(r->name));
    return zot_page(x, node, S("UPDATE_TIME"), true, &hits, out, why);
}

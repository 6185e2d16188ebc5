/* What goes beyond the specification and is about one repository (oci-registry.md 7, 9, 11.4): referrers where old clients of ORAS
 * look for them, extensions of a repository, stars and bookmarks. */
#include "api/answer.h"
#include "api/oci/registry.h"
#include "base/limits.h"

/* Both members' names are in use: "references" by zot, "referrers" by the text of ORAS. */
static void write_both(struct json_writer *w, const struct referrer *list, size_t count)
{
    static const char *const names[] = {"references", "referrers"};
    json_map_open(w);
    for (size_t i = 0; i < COUNTOF(names); i++) {
        json_name(w, str_of(names[i]));
        oci_write_referrers(w, list, count);
    }
    json_map_close(w);
}

static enum err oras_referrers(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct registry_bytes about;
    struct referrer *list = NULL;
    size_t count = 0;
    bool has_more = false;
    struct answer a;
    struct problem quiet = {.arena = x->arena};
    struct name_list none;
    str type = {0}, body;
    struct referrers_wish wish = {.repository = param(p, "name"), .digest = param(p, "digest"), .types = &type, .last = oci_parameter(x, "last")};
    TRY(gate_tags(api->gate, x->who, wish.repository, (str){0}, 0, x->arena, &none, why)); /* may he know of it */
    if (oci_parameters(x, "artifactType", &type, 1, &wish.type_count, &quiet) != ERR_OK)
        return problem_set(why, ERR_BAD_INPUT, "There is one artifactType at most");
    if (!reference_is_digest(wish.digest))
        return problem_fault(why, ERR_BAD_INPUT, S("digest"), S("digest"), "This is no digest");
    TRY(gate_manifest_open(api->gate, x->who, wish.repository, wish.digest, true, x->arena, &about, why));
    TRY(gate_referrers_page(api->gate, x->who, &wish, x->arena, &list, &count, &has_more, why));
    if (has_more)
        oci_link_referrers(x, &wish, list[count - 1].id);
    answer_begin(x, &a);
    write_both(&a.json, list, count);
    TRY(answer_end(&a, &body, why));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

/* A repository has none of its own; whether it is there is a reader's to know. */
static enum err discover_in(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct name_list none;
    TRY(gate_tags(api->gate, x->who, param(p, "name"), (str){0}, 0, x->arena, &none, why));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, S("{\"extensions\":[]}"));
    return ERR_OK;
}

static const struct {
    str action;
    enum mark mark;
} actions[] = {{STR("toggleStar"), MARK_STAR}, {STR("toggleBookmark"), MARK_BOOKMARK}};

static enum err prefer(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str action = oci_parameter(x, "action"), repository = oci_parameter(x, "repo");
    size_t i = 0;
    (void)p;
    while (i < COUNTOF(actions) && !str_equal(action, actions[i].action))
        i++;
    if (i == COUNTOF(actions) || str_is_absent(repository))
        return problem_set(why, ERR_BAD_INPUT, "Say ?action=toggleStar or toggleBookmark, and repo=");
    TRY(gate_toggle_mark(api->gate, x->who, repository, actions[i].mark, x->arena, why));
    oci_send_empty(x, 200);
    return ERR_OK;
}

/* clang-format off */
static const struct route extension_routes[] = {
    {M_GET, "/oras/artifacts/v1/{name+}/manifests/{digest}/referrers", oras_referrers, 0, 0, "What refers to a manifest, for old clients of ORAS"},
    {M_GET, "/v2/{name+}/_oci/ext/discover", discover_in, 0, 0, "The extensions of a repository"},
    {M_PUT, "/v2/_zot/ext/userprefs", prefer, LIMIT_IGNORED_BODY_BYTES, 0, "Star or bookmark a repository, or take that back"},
};
/* clang-format on */
const struct api_table oci_extension_api = {
    .routes = extension_routes, .count = COUNTOF(extension_routes), .problem = oci_problem, .problem_name = "OciProblem"};

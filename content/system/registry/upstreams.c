/* Which registries this server goes to, and with which password: administrators say. Whether an address may be reached is
 * found out when it is (base/outbound.h); what never makes sense is refused here. */
#include "base/limits.h"
#include "base/regex.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/keys/repository_globs.h"
#include "content/system/people/standing.h"

static str text_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* "https://host" or "https://host:port", and no more of it than that. */
static enum err check_url(str url, struct problem *why)
{
    bool secure = str_starts(url, S("https://"));
    str rest = secure || str_starts(url, S("http://")) ? str_slice(url, secure ? 8 : 7, url.len) : S("");
    if (str_ends(rest, S("/")))
        rest.len--;
    bool plain = rest.len > 0;
    for (size_t i = 0; i < rest.len; i++)
        plain = plain && !memchr("/?#@\\ ", rest.at[i], 6);
    if (!plain)
        (void)problem_fault(why, ERR_INVALID, S("/url"), S("url"), "The address is https://, a host, and a port where it has its own");
    return why->err;
}

static enum err check_content(const struct json *list, struct problem *why)
{
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        str glob = text_of(json_get(&list->items[i], S("repositories"))), tags = text_of(json_get(&list->items[i], S("tags")));
        const struct regex *unused;
        struct problem own = {.arena = why->arena};
        if (!repository_glob_looks_right(glob))
            (void)problem_fault(why, ERR_INVALID, arena_format(why->arena, "/content/%u/repositories", i), S("pattern"),
                                "A pattern is a name in which * stands for anything within a part of it, ** for anything");
        if (tags.len && regex_compile(why->arena, tags, REGEX_WHOLE, &unused, &own) != ERR_OK)
            (void)problem_fault(why, ERR_INVALID, arena_format(why->arena, "/content/%u/tags", i), S("pattern"), STR_FMT, STR_ARG(own.text));
    }
    return why->err;
}

static enum err check_room(struct work *w, struct problem *why)
{
    uint64_t count = 0;
    TRY(work_count(w, S("upstreams"), NULL, &count, why));
    return count < LIMIT_UPSTREAMS ? ERR_OK
                                   : problem_fault(why, ERR_INVALID, S(""), S("limit"), "There can be at most %u upstreams", LIMIT_UPSTREAMS);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (!author_is_trusted(w))
        return problem_set(why, ERR_FORBIDDEN, "Upstreams are set up by administrators");
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (c->op == OP_CREATE)
        TRY(check_room(w, why));
    err_ignored(check_url(text_of(value_to_be(c, present, S("url"))), why));
    return check_content(value_to_be(c, present, S("content")), why);
}

/* A run now, though it is not its time: the server's thread finds it due. */
static enum err run(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL;
    struct change due = {.op = OP_UPDATE, .in = c, .id = id, .values = NEW_N(work_arena(w), struct json, c->field_count)};
    (void)input;
    if (!author_is_trusted(w))
        return problem_set(why, ERR_FORBIDDEN, "Upstreams are set up by administrators");
    TRY(work_get(w, S("upstreams"), id, &present, why));
    value_put(&due, S("last_run_at"), json_null);
    value_put(&due, S("last_count"), json_null);
    *output = json_of_map(NULL, 0);
    return work_change(w, &due, why);
}

static const struct action_code actions[] = {{.name = STR("run"), .run = run}};
const struct behaviour behaviour_upstreams = {.collection = STR("upstreams"), .before = before, .actions = actions,
                                              .action_count = COUNTOF(actions)};

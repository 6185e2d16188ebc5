/* What rules would do, without doing it, for somebody who may read the rule: about repositories that he may read. */
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/registry/facts.h"
#include "roles/registry/keep.h"

struct preview {
    struct gate *gate;
    const struct principal *who;
    struct arena *arena;
    struct keep_rules rules;
    struct item_list visible;         /* rules that the caller sees */
    str rule, repository, after, verdict; /* what was asked; {0}: all */
    struct json *rows;
    size_t count, looked;
    bool more;
};

static enum err read_wish(struct preview *p, const struct json *input, struct problem *why)
{
    const struct {
        str name, *into;
    } members[] = {{STR("repository"), &p->repository}, {STR("after"), &p->after}, {STR("verdict"), &p->verdict}};
    for (uint32_t i = 0; input && input->type == JSON_MAP && i < input->count; i++) {
        const struct json *v = &input->items[i];
        size_t k = 0;
        while (k < COUNTOF(members) && !str_equal(members[k].name, v->name))
            k++;
        if (k == COUNTOF(members) || v->type != JSON_TEXT)
            return problem_fault(why, ERR_BAD_INPUT, arena_format(p->arena, "/" STR_FMT, STR_ARG(v->name)),
                                 k == COUNTOF(members) ? S("unknown-field") : S("type"), "A preview takes repository, after and verdict, all texts");
        *members[k].into = v->text;
    }
    if (str_is_absent(p->verdict) || str_equal(p->verdict, S("delete")) || str_equal(p->verdict, S("keep")))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("/verdict"), S("option"), "A verdict is keep or delete");
}

/* Rules by the caller's own rights: one that he does not see is not there, and nothing is told of what it does. */
static enum err read_visible(struct preview *p, struct problem *why)
{
    const struct collection *c = model_find(p->who->rights->model, S("retention_rules"));
    struct output id = {.field = &c->fields[META_ID]};
    struct query q = {.from = c, .limit = LIMIT_RETENTION_RULES, .outputs = &id, .output_count = 1};
    item_list_init(&p->visible, p->arena);
    return gate_read(p->gate, p->who, &q, &p->visible.receiver, NULL, why);
}

static bool is_visible(const struct preview *p, str rule)
{
    for (size_t i = 0; i < p->visible.count; i++)
        if (str_equal(item_text(&p->visible.items[i], S("_id")), rule))
            return true;
    return false;
}

static void tell(struct preview *p, const struct retention_rule *rule, str repository, str tag, str digest, enum retention_verdict v)
{
    str verdict = retention_stays(v) ? S("keep") : S("delete");
    if (!str_is_absent(p->verdict) && !str_equal(p->verdict, verdict))
        return;
    p->more = p->more || p->count == LIMIT_ROWS;
    if (p->count == LIMIT_ROWS)
        return;
    struct json *m = NEW_N(p->arena, struct json, 6);
    m[0] = json_named(S("repository"), json_of_text(repository));
    m[1] = json_named(S("tag"), str_is_absent(tag) ? json_null : json_of_text(arena_copy(p->arena, tag)));
    m[2] = json_named(S("digest"), str_is_absent(digest) ? json_null : json_of_text(arena_copy(p->arena, digest)));
    m[3] = json_named(S("verdict"), json_of_text(verdict));
    m[4] = json_named(S("reason"), json_of_text(retention_reason(v)));
    m[5] = json_named(S("rule"), json_of_text(rule->id));
    p->rows[p->count++] = json_of_map(m, 6);
}

static enum err judge(struct preview *p, const struct retention_rule *rule, const struct json *repository, struct arena *a, struct problem *why)
{
    struct keep_look l;
    str name = item_text(repository, S("name"));
    keep_look_begin(&l, a, repository);
    while (!l.done) {
        size_t looked = 0;
        TRY(keep_look_page(p->gate, &l, LIMIT_ROWS, &looked, why));
        p->looked += looked;
    }
    if (l.too_large)
        return problem_set(why, ERR_TOO_LARGE, STR_FMT " has more than %u tags and manifests; rules leave it as it is", STR_ARG(name),
                           LIMIT_RETENTION_PARTS);
    retention_judge(rule, time_now_ms(), &l.facts, a);
    for (size_t i = 0; i < l.facts.tag_count; i++)
        tell(p, rule, name, l.facts.tags[i].name, l.facts.tags[i].digest, l.facts.tags[i].verdict);
    for (size_t i = 0; i < l.facts.manifest_count; i++)
        if (l.facts.manifests[i].verdict != RETENTION_TAGGED)
            tell(p, rule, name, (str){0}, l.facts.manifests[i].digest, l.facts.manifests[i].verdict);
    return ERR_OK;
}

static enum err judge_one(struct preview *p, const struct json *repository, struct problem *why)
{
    const struct retention_rule *rule = keep_rule_for(&p->rules, item_text(repository, S("name")), p->rule);
    bool is_asked = rule && (str_is_absent(p->rule) || str_equal(p->rule, rule->id)) && is_visible(p, rule->id);
    if (!is_asked)
        return ERR_OK;
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    enum err e = judge(p, rule, repository, a, &own);
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

/* Ends behind a whole repository when there were enough rows. */
static enum err judge_all(struct preview *p, struct problem *why)
{
    const struct json *row = NULL;
    const struct collection *c = model_find(p->who->rights->model, S("repositories"));
    if (!gate_may(p->who, VERB_READ, c))
        return ERR_OK;
    if (!str_is_absent(p->repository)) {
        TRY(keep_this_repository(p->gate, p->who, p->repository, p->arena, &row, why));
        return row ? judge_one(p, row, why) : ERR_OK;
    }
    for (;;) {
        TRY(keep_next_repository(p->gate, p->who, p->after, p->arena, &row, why));
        str name = row ? item_text(row, S("name")) : (str){0};
        p->more = p->more || (row && (p->count >= LIMIT_ROWS || p->looked >= LIMIT_RETENTION_PARTS));
        if (p->more || str_is_absent(name)) /* … or its name is not for him */
            return ERR_OK;
        TRY(judge_one(p, row, why));
        p->after = name;
    }
}

enum err gate_retention_preview(struct gate *g, const struct principal *who, str rule, const struct json *input, struct arena *a,
                                struct json *output, struct problem *why)
{
    struct preview p = {.gate = g, .who = who, .arena = a, .rule = rule, .rows = NEW_N(a, struct json, LIMIT_ROWS)};
    TRY(read_wish(&p, input, why));
    TRY(read_visible(&p, why));
    if (!str_is_absent(rule) && !is_visible(&p, rule))
        return problem_set(why, ERR_NOT_FOUND, "There is no such item");
    TRY(keep_rules_read(g, a, &p.rules, why));
    TRY(judge_all(&p, why));
    struct json *m = NEW_N(a, struct json, 3);
    m[0] = json_named(S("rows"), json_of_list(p.rows, p.count));
    m[1] = json_named(S("more"), json_of_bool(p.more));
    m[2] = json_named(S("next"), p.more && !str_is_absent(p.after) ? json_of_text(p.after) : json_null);
    *output = json_of_map(m, 3);
    return ERR_OK;
}

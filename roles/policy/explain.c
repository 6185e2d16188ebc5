/* Why somebody may do something, or not. Nothing is decided here: the rights are the compiled ones that the doors
 * use, rows are counted by the engine, and grants are judged by the function that compiles them. What is added is
 * where each of them comes from.
 *
 * People are told of themselves what they could find out: not which condition on a hidden field keeps a row from
 * them, and not which fields there are besides theirs. */
#include "base/limits.h"
#include "content/behaviour.h"
#include "content/kind.h"
#include "roles/internal.h"

struct explanation {
    struct gate *gate;
    struct arena *arena;
    const struct explain_wish *wish;
    struct subject subject;
    struct moment at;
    const struct collection *in;      /* of the subject's model; NULL: it does not exist */
    bool sees_all;
    struct json_writer json;
    /* of the verb: */
    bool granted, is_action;
    enum verb kind;                   /* of an action: VERB_UPDATE */
    const struct filter *where, *check;
};

static bool reads_all(const struct principal *who, str collection)
{
    const struct collection *c = model_find(who->rights->model, collection);
    const struct access *a = c ? rights_access(who->rights, VERB_READ, c) : NULL;
    return a && a->granted && a->where->node == FILTER_ALL;
}

static bool may_audit(const struct principal *who)
{
    return reads_all(who, S("users")) && reads_all(who, S("roles")) && reads_all(who, S("grants"));
}

static void say(struct explanation *e, str name, str text)
{
    json_name(&e->json, name);
    if (str_is_absent(text))
        json_nothing(&e->json);
    else
        json_text(&e->json, text);
}

static void say_flag(struct explanation *e, str name, bool value)
{
    json_name(&e->json, name);
    json_bool(&e->json, value);
}

/* ---- Where roles come from. */

static str group_of(const struct explanation *e, str role)
{
    const struct identity *id = &e->subject.identity;
    for (size_t i = 0; i < id->role_count; i++)
        if (str_equal(id->roles[i], role))
            return id->groups[i];
    return (str){0};
}

static void say_origin(struct explanation *e, const struct policy_rules *rules, const struct held_role *held, size_t at)
{
    str role = rules->roles[held[at].role].name;
    say(e, S("role"), role);
    if (held[at].through != HELD_DIRECTLY) {
        say(e, S("by"), S("inheritance"));
        say(e, S("through"), rules->roles[held[held[at].through].role].name);
    } else if (str_equal(role, S(OWN_ROLE))) {
        say(e, S("by"), S("signing in"));
    } else if (!str_is_absent(group_of(e, role))) {
        say(e, S("by"), S("group"));
        say(e, S("group"), group_of(e, role));
    } else {
        say(e, S("by"), e->subject.who->kind == PRINCIPAL_PUBLIC ? S("settings") : S("own"));
    }
}

static str force_word(enum force f)
{
    return f == IN_FORCE ? (str){0} : f == OUT_OF_PLACE ? S("address") : S("time");
}

/* ---- Grants. */

static str verdict_word(enum grant_verdict v)
{
    static const str words[] = {
        [GRANT_COUNTS] = {0},
        [GRANT_OTHER_COLLECTION] = STR("collection"),
        [GRANT_OTHER_VERB] = STR("verb"),
        [GRANT_OUT_OF_TIME] = STR("time"),
        [GRANT_OUT_OF_PLACE] = STR("address"),
        [GRANT_UNREADABLE] = STR("unreadable"),
    };
    return words[v];
}

static void say_value(struct explanation *e, str name, const struct json *v)
{
    if (!v)
        return;
    json_name(&e->json, name);
    json_value(&e->json, v);
}

/* What changes nothing is asked for by the right to read. */
static str judged_verb(const struct explanation *e)
{
    return e->is_action && e->kind != VERB_UPDATE ? verb_names[e->kind] : e->wish->verb;
}

static void say_grant(struct explanation *e, const struct policy_rules *rules, const struct held_role *held, size_t at,
                      const struct grant *g)
{
    str reason = force_word(held[at].verdict);
    if (str_is_absent(reason) && e->in)
        reason = verdict_word(grant_judge(e->arena, e->subject.who->rights->model, g, e->in, judged_verb(e), &e->at));
    if (!e->in)
        reason = S("collection");
    if (str_is_absent(reason) && !e->granted && e->subject.identity.scope_count)
        reason = S("scope");
    json_map_open(&e->json);
    say(e, S("_id"), g->id);
    say_origin(e, rules, held, at);
    say_flag(e, S("applies"), str_is_absent(reason));
    say(e, S("reason"), reason);
    if (e->sees_all) {
        say(e, S("collection"), g->collection);
        json_name(&e->json, S("verbs"));
        json_list_open(&e->json);
        for (size_t i = 0; i < g->verb_count; i++)
            json_text(&e->json, g->verbs[i]);
        json_list_close(&e->json);
        say_value(e, S("where"), g->where);
        say_value(e, S("check"), g->check);
        say_value(e, S("preset"), g->preset);
    }
    json_map_close(&e->json);
}

/* Under the policy's lock: reads the rules, asks nobody. */
static enum err say_rules(void *self, const struct policy_rules *rules, struct problem *why)
{
    struct explanation *e = self;
    str given[LIMIT_ROLES_GIVEN + 1];
    size_t count, given_count = identity_roles(&e->subject.identity, given);
    const struct held_role *held = roles_held(e->arena, rules, given, given_count, &e->at, &count);
    (void)why;
    json_name(&e->json, S("roles"));
    json_list_open(&e->json);
    for (size_t i = 0; i < count; i++) {
        json_map_open(&e->json);
        say_origin(e, rules, held, i);
        say_flag(e, S("in_force"), held[i].verdict == IN_FORCE);
        say(e, S("reason"), force_word(held[i].verdict));
        json_map_close(&e->json);
    }
    json_list_close(&e->json);
    json_name(&e->json, S("grants"));
    json_list_open(&e->json);
    for (size_t k = 0; k < rules->grant_count; k++)
        for (size_t i = 0; i < count; i++)
            if (held[i].role == rules->grants[k].role)
                say_grant(e, rules, held, i, &rules->grants[k]);
    json_list_close(&e->json);
    return ERR_OK;
}

/* ---- What is in force. */

static enum err refuse_hidden(void *self, const struct field *field, const struct filter *at)
{
    const struct rights *r = self;
    (void)at;
    bool is_known = field && field->in && field_set_has(&rights_access(r, VERB_READ, field->in)->fields, field->index);
    return is_known ? ERR_OK : ERR_FORBIDDEN;
}

static void say_filter(struct explanation *e, str name, const struct filter *f)
{
    struct rights *r = (struct rights *)(uintptr_t)e->subject.who->rights; /* refuse_hidden only reads it */
    const struct json *printed = NULL;
    struct problem quiet = {.arena = e->arena};
    json_name(&e->json, name);
    if (!f || f->node == FILTER_NONE) {
        json_nothing(&e->json);
        return;
    }
    if (!e->sees_all && filter_each_field(f, refuse_hidden, r) != ERR_OK) {
        json_text(&e->json, S("hidden"));
        return;
    }
    must(json_read(e->arena, filter_print(e->arena, f), NULL, name, &printed, &quiet) == ERR_OK);
    json_value(&e->json, printed);
}

static bool has_fields(const struct explanation *e)
{
    return !e->is_action && e->kind != VERB_DELETE && e->kind != VERB_PUBLISH;
}

static const struct access *access_of(const struct explanation *e)
{
    return e->in && !e->is_action ? rights_access(e->subject.who->rights, e->kind, e->in) : NULL;
}

static bool may_use(const struct explanation *e, const struct field *f)
{
    return f && field_set_has(&access_of(e)->fields, f->index) && field_set_has(&e->in->all_fields, f->index);
}

/* Names that were asked for and are none; without a wish, to whoever sees all, all that there are. */
static void say_left_out(struct explanation *e)
{
    str rest = e->wish->fields, name;
    json_name(&e->json, S("left_out"));
    json_list_open(&e->json);
    for (bool ended = rest.len == 0; str_next(&rest, &ended, ',', &name);)
        if (!may_use(e, collection_field(e->in, str_trim(name))))
            json_text(&e->json, str_trim(name));
    for (size_t i = META_COUNT; str_is_absent(e->wish->fields) && e->sees_all && i < e->in->field_count; i++)
        if (!may_use(e, &e->in->fields[i]))
            json_text(&e->json, e->in->fields[i].name);
    json_list_close(&e->json);
}

static void say_fields(struct explanation *e)
{
    json_name(&e->json, S("fields"));
    json_list_open(&e->json);
    for (size_t i = META_COUNT; i < e->in->field_count; i++)
        if (may_use(e, &e->in->fields[i]))
            json_text(&e->json, e->in->fields[i].name);
    json_list_close(&e->json);
    say_left_out(e);
}

static void say_presets(struct explanation *e, const struct access *access)
{
    json_name(&e->json, S("presets"));
    json_map_open(&e->json);
    for (size_t i = 0; i < access->preset_count; i++)
        if (e->sees_all || may_use(e, access->presets[i].field))
            say_value(e, access->presets[i].field->name, &access->presets[i].value);
    json_map_close(&e->json);
}

static void say_locales(struct explanation *e, const struct access *access)
{
    json_name(&e->json, S("locales"));
    if (access->every_locale) {
        json_text(&e->json, S("*"));
        return;
    }
    json_list_open(&e->json);
    for (size_t i = 0; i < access->locale_count; i++)
        json_text(&e->json, access->locales[i]);
    json_list_close(&e->json);
}

static void say_scopes(struct explanation *e)
{
    const struct identity *id = &e->subject.identity;
    json_name(&e->json, S("scopes"));
    json_list_open(&e->json);
    for (size_t i = 0; i < id->scope_count; i++) {
        json_map_open(&e->json);
        say(e, S("collection"), id->scopes[i].collection);
        json_name(&e->json, S("verbs"));
        json_list_open(&e->json);
        for (size_t k = 0; k < id->scopes[i].verb_count; k++)
            json_text(&e->json, id->scopes[i].verbs[k]);
        json_list_close(&e->json);
        say_value(e, S("where"), id->scopes[i].where);
        json_map_close(&e->json);
    }
    json_list_close(&e->json);
}

/* How many items the verb reaches, of this id ({0}: of all), counted by the engine: with the subject's own reading,
 * or, as who may write need not be able to read, with the condition that the writer's look-up uses. */
static enum err count_reached(struct explanation *e, str id, uint64_t *out, struct problem *why)
{
    const struct principal *who = e->subject.who;
    const struct rights *rights = who->rights, *server = NULL;
    struct query q = {.from = e->in, .limit = 1, .count = COUNT_ONLY};
    struct item_list none;
    struct page page = {0};
    item_list_init(&none, e->arena);
    q.where = str_is_absent(id) ? &filter_all : filter_test(e->arena, &e->in->fields[META_ID], TEST_EQ, json_of_text(id));
    if (e->is_action || e->kind != VERB_READ) {
        rights = server = policy_system_rights(e->gate->policy, SYSTEM_POLICY);
        q.where = filter_and(e->arena, q.where, e->where);
    }
    enum err err = content_read(e->gate->content, rights, VERB_READ, &who->actor, &q, &none.receiver, &page, why);
    if (server)
        counted_release((struct counted *)(uintptr_t)&server->counted);
    *out = page.total;
    return err;
}

static enum err say_reach(struct explanation *e, bool *reached, struct problem *why)
{
    bool of_items = e->granted && (e->is_action || e->kind != VERB_CREATE);
    uint64_t count = 0;
    *reached = true;
    if (of_items && !str_is_absent(e->wish->id)) {
        TRY(count_reached(e, e->wish->id, &count, why));
        *reached = count > 0;
        say_flag(e, S("reached"), *reached);
    }
    if (of_items) {
        TRY(count_reached(e, (str){0}, &count, why));
        json_name(&e->json, S("matches"));
        json_int(&e->json, (int64_t)count);
    }
    return ERR_OK;
}

static void say_effect(struct explanation *e)
{
    const struct access *access = access_of(e);
    say_filter(e, S("filter"), e->granted ? e->where : NULL);
    if (!access)
        return;
    if (e->kind == VERB_CREATE || e->kind == VERB_UPDATE) {
        say_filter(e, S("check"), e->granted ? access->check : NULL);
        say_presets(e, access);
    }
    if (has_fields(e))
        say_fields(e);
    say_locales(e, access);
}

/* ---- The answer of the door. */

static enum err judge(struct explanation *e, struct problem *why)
{
    const struct rights *r = e->subject.who->rights;
    e->is_action = true;
    for (enum verb v = 0; v < VERB_COUNT; v++)
        if (str_equal(e->wish->verb, verb_names[v]))
            e->is_action = false, e->kind = v;
    if (e->is_action)
        e->kind = !e->in || !action_reads_only(e->in->name, e->wish->verb) ? VERB_UPDATE
                  : action_for_makers(e->in->name, e->wish->verb)         ? VERB_CREATE
                                                                           : VERB_READ;
    if (!e->in)
        return ERR_OK;
    bool is_known = !e->is_action;
    for (size_t i = 0; i < e->in->action_count; i++)
        is_known |= str_equal(e->in->actions[i].name, e->wish->verb);
    if (!is_known)
        return problem_fault(why, ERR_BAD_INPUT, S("verb"), S("unknown"), "verb is read, create, update, delete, publish or an action");
    const struct action_access *action = rights_action(r, e->in, e->wish->verb);
    e->granted = e->is_action ? action->granted : access_of(e)->granted;
    e->where = e->is_action ? action->where : access_of(e)->where;
    return ERR_OK;
}

static void say_decision(struct explanation *e, bool reached)
{
    struct problem answer = {.arena = e->arena};
    enum err err = ERR_OK;
    if (e->subject.is_off)
        err = problem_set(&answer, ERR_UNAUTHENTICATED, "Authentication failed");
    else if (!e->granted)
        err = gate_refuse(e->subject.who, e->in, e->wish->collection, &answer);
    else if (!reached)
        err = problem_set(&answer, ERR_NOT_FOUND, "There is no such item");
    say(e, S("decision"), err == ERR_OK ? S("allowed") : S("refused"));
    json_name(&e->json, S("status"));
    json_int(&e->json, err == ERR_OK ? 200 : err_facts(err)->http_status);
    say(e, S("answer"), err == ERR_OK ? (str){0} : answer.text);
}

static enum err write_explanation(struct explanation *e, str *out, struct problem *why)
{
    const struct principal *who = e->subject.who;
    struct buf b;
    bool reached;
    buf_init(&b, e->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&e->json, &b);
    json_map_open(&e->json);
    say(e, S("who"), who->actor.label);
    say(e, S("collection"), e->wish->collection);
    say(e, S("verb"), e->wish->verb);
    TRY(say_reach(e, &reached, why));
    say_decision(e, reached);
    say_flag(e, S("administrator"), who->rights->is_admin);
    if (e->in)
        say_effect(e);
    say_scopes(e);
    TRY(policy_look(e->gate->policy, say_rules, e, why));
    json_map_close(&e->json);
    return buf_done(&b, out);
}

/* May the caller hear of this collection: does he know it, or may he read the whole model? */
static enum err may_hear_of(struct gate *g, const struct principal *who, str name, struct problem *why)
{
    const struct collection *unused;
    if (reads_all(who, S("collections")) && model_find(who->rights->model, name))
        return ERR_OK;
    return gate_collection(g, who, name, &unused, why);
}

static enum err find_subject(struct explanation *e, const struct exchange *x, struct problem *why)
{
    const struct explain_wish *w = e->wish;
    bool elsewhere = !str_is_absent(w->as) || !str_is_absent(w->address) || w->at_ms;
    e->sees_all = may_audit(x->who);
    if (elsewhere && !e->sees_all)
        return problem_set(why, ERR_FORBIDDEN, "Only who may read all users, roles and grants may ask about somebody else");
    if (!elsewhere)
        return subject_self(e->gate, x->arena, x->who, &e->subject, why);
    if (str_is_absent(w->as))
        return problem_fault(why, ERR_BAD_INPUT, S("as"), S("required"), "address and at go with as");
    return subject_find(e->gate, x->arena, w->as, &e->at, &e->subject, why);
}

enum err gate_explain(struct gate *g, const struct exchange *x, const struct explain_wish *wish, str *out, struct problem *why)
{
    struct explanation e = {.gate = g, .arena = x->arena, .wish = wish, .at = moment_of(x)};
    if (wish->at_ms)
        e.at.now_ms = wish->at_ms;
    if (!str_is_absent(wish->address))
        e.at.address = wish->address;
    TRY(may_hear_of(g, x->who, wish->collection, why));
    TRY(find_subject(&e, x, why));
    e.in = model_find(e.subject.who->rights->model, wish->collection);
    TRY(judge(&e, why));
    return write_explanation(&e, out, why);
}

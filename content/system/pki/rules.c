/* Issuing rules: who gets which names. The first rule that is about the author and allows every name counts; rules about him
 * of which none does refuse the request, and say which name it was. */
#include "base/limits.h"
#include "base/network.h"
#include "content/kind.h"
#include "content/system/pki/pki.h"

/* ---- names against a rule ---- */

static bool dns_fits(str pattern, str name)
{
    str below = {0};
    if (str_starts(pattern, S("**.")))
        below = str_slice(pattern, 2, pattern.len);
    else if (str_starts(pattern, S("*.")))
        below = str_slice(pattern, 1, pattern.len);
    if (below.len == 0)
        return str_equal_nocase(pattern, name);
    if (name.len <= below.len || !str_equal_nocase(str_slice(name, name.len - below.len, name.len), below))
        return false;
    size_t dot;
    return str_starts(pattern, S("**.")) || !str_find(str_slice(name, 0, name.len - below.len), '.', &dot);
}

static bool network_fits(str pattern, str name)
{
    struct network n;
    struct address at;
    return network_read(pattern, &n) && address_read(name, &at) && network_has(&n, 1, &at);
}

static bool email_fits(str pattern, str name)
{
    return str_starts(pattern, S("@")) ? str_ends(name, pattern) : str_equal(pattern, name);
}

/* "https://example.org" is that and what is below, but not "https://example.org.evil.test". */
static bool uri_fits(str pattern, str name)
{
    if (!str_starts(name, pattern))
        return false;
    char last = pattern.len ? pattern.at[pattern.len - 1] : '\0';
    return name.len == pattern.len || last == '/' || last == ':' || name.at[pattern.len] == '/';
}

static const struct {
    str field;
    bool (*fits)(str pattern, str name);
} ways[NAME_KIND_COUNT] = {[NAME_DNS] = {STR("dns"), dns_fits},
                            [NAME_IP] = {STR("networks"), network_fits},
                            [NAME_EMAIL] = {STR("emails"), email_fits},
                            [NAME_URI] = {STR("uris"), uri_fits}};

static bool allows(const struct json *rule, const struct alt_name *n)
{
    const struct json *patterns = list_in(rule, ways[n->kind].field);
    if (n->kind == NAME_DNS && str_starts(n->text, S("*")) && !flag_in(rule, S("wildcards")))
        return false;
    for (uint32_t i = 0; i < patterns->count; i++)
        if (ways[n->kind].fits(patterns->items[i].text, n->text))
            return true;
    return false;
}

/* A common name that looks like a host or a mailbox is one more name: there are clients that still read it. */
static bool name_of_subject_text(str text, struct alt_name *out)
{
    size_t at;
    struct address address;
    if (str_find(text, ' ', &at))
        return false;
    if (address_read(text, &address)) {
        *out = (struct alt_name){NAME_IP, text};
        return true;
    }
    if (str_find(text, '@', &at))
        *out = (struct alt_name){NAME_EMAIL, text};
    else if (str_find(text, '.', &at))
        *out = (struct alt_name){NAME_DNS, text};
    else
        return false;
    return true;
}

static const struct alt_name *first_refused(struct arena *a, const struct json *rule, const struct request_facts *r)
{
    struct alt_name *common = NEW(a, struct alt_name);
    for (size_t i = 0; i < r->name_count; i++)
        if (!allows(rule, &r->names[i]))
            return &r->names[i];
    for (size_t i = 0; i < r->subject.count; i++) {
        const struct dn_part *p = &r->subject.parts[i];
        bool is_name = str_equal(p->type, S("CN")) || str_equal(p->type, S("emailAddress"));
        if (is_name && name_of_subject_text(p->text, common) && !allows(rule, common))
            return common;
    }
    return NULL;
}

/* ---- which rules are about whom ---- */

struct looking {
    struct work *work;
    struct problem *why;
    const struct json *list[LIMIT_ISSUING_RULES];
    size_t count;
};

static bool has_text(const struct json *list, str id)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].text, id))
            return true;
    return false;
}

static enum err has_role(struct work *w, const struct json *roles, bool *out, struct problem *why)
{
    const struct rights *rights = work_rights(w);
    *out = false;
    for (uint32_t i = 0; rights && i < roles->count && !*out; i++) {
        const struct json *role = NULL;
        TRY(role_of(w, roles->items[i].text, &role, why));
        for (size_t j = 0; role && j < rights->role_count; j++)
            *out = *out || str_equal(rights->roles[j], text_in(role, S("name")));
    }
    return ERR_OK;
}

static enum err is_about(struct work *w, const struct json *rule, bool *out, struct problem *why)
{
    const struct vars *who = &work_actor(w)->vars;
    const struct json *roles = list_in(rule, S("roles")), *people = list_in(rule, S("users")), *services = list_in(rule, S("service_accounts"));
    *out = roles->count + people->count + services->count == 0 || has_text(who->is_service ? services : people, who->user);
    return *out ? ERR_OK : has_role(w, roles, out, why);
}

static enum err see(void *self, const struct json *rule)
{
    struct looking *l = self;
    bool is_his = false;
    TRY(is_about(l->work, rule, &is_his, l->why));
    if (!is_his)
        return ERR_OK;
    if (l->count == COUNTOF(l->list)) /* of a time when there could be more: none of them is passed over */
        return problem_set(l->why, ERR_CONFLICT, "There are more than %u issuing rules about whoever hands this in", LIMIT_ISSUING_RULES);
    size_t at = l->count++;
    struct json *copy = NEW(work_arena(l->work), struct json);
    *copy = json_copy(work_arena(l->work), rule);
    for (; at > 0 && number_in(l->list[at - 1], S("order")) > number_in(copy, S("order")); at--)
        l->list[at] = l->list[at - 1];
    l->list[at] = copy;
    return ERR_OK;
}

static enum decision decision_of(const struct json *rule)
{
    str word = text_in(rule, S("decision"));
    return str_equal(word, S("sign")) ? DECIDE_SIGN : str_equal(word, S("ask_two")) ? DECIDE_ASK_TWO : DECIDE_ASK;
}

static enum err look(struct work *w, struct looking *l, struct problem *why)
{
    const struct collection *rules = model_find(work_model(w), S("issuing_rules"));
    *l = (struct looking){.work = w, .why = why};
    return work_each(w, S("issuing_rules"), filter_test(work_arena(w), collection_field(rules, S("enabled")), TEST_EQ, json_true), see, l, why);
}

enum err rules_judge(struct work *w, const struct request_facts *r, struct verdict *out, struct problem *why)
{
    struct looking *l = NEW(work_arena(w), struct looking);
    const struct alt_name *refused = NULL;
    *out = (struct verdict){NULL, DECIDE_ASK};
    TRY(look(w, l, why));
    for (size_t i = 0; i < l->count; i++) {
        const struct alt_name *n = first_refused(work_arena(w), l->list[i], r);
        if (!n) {
            *out = (struct verdict){l->list[i], decision_of(l->list[i])};
            return ERR_OK;
        }
        refused = refused ? refused : n;
    }
    if (l->count == 0)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/csr"), S("issuing-rule"), "The issuing rule " STR_FMT " does not allow the name " STR_FMT,
                         STR_ARG(text_in(l->list[0], S("name"))), STR_ARG(refused->text));
}

enum err rule_still_allows(struct work *w, const struct json *rule, const struct request_facts *r, struct problem *why)
{
    const struct alt_name *refused = rule ? first_refused(work_arena(w), rule, r) : NULL;
    if (!rule || !flag_in(rule, S("enabled")))
        return problem_fault(why, ERR_CONFLICT, S(""), S("issuing-rule"), "The issuing rule that let it in is no more in force");
    if (!refused)
        return ERR_OK;
    return problem_fault(why, ERR_CONFLICT, S(""), S("issuing-rule"), "The issuing rule " STR_FMT " does not allow the name " STR_FMT " any more",
                         STR_ARG(text_in(rule, S("name"))), STR_ARG(refused->text));
}

/* ---- asked beforehand ---- */

static struct json text_or_null(str name, str text)
{
    return json_named(name, text.len ? json_of_text(text) : json_null);
}

/* By the first rule about him when none allows all of them: the one that rules_judge names. */
static struct json refused_names(struct arena *a, const struct json *rule, const struct request_facts *r)
{
    struct json *list = NEW_N(a, struct json, r->name_count + 1);
    size_t count = 0;
    for (size_t i = 0; rule && i < r->name_count; i++)
        if (!allows(rule, &r->names[i]))
            list[count++] = names_list(a, &r->names[i], 1).items[0];
    return json_of_list(list, count);
}

static bool name_read(str text, struct alt_name *out)
{
    static const str words[NAME_KIND_COUNT] = {[NAME_DNS] = STR("dns"), [NAME_IP] = STR("ip"), [NAME_EMAIL] = STR("email"), [NAME_URI] = STR("uri")};
    str word, rest;
    for (size_t k = 0; str_cut(text, ':', &word, &rest) && k < NAME_KIND_COUNT; k++)
        if (str_equal(word, words[k])) {
            *out = (struct alt_name){(enum name_kind)k, rest};
            return rest.len > 0;
        }
    return false;
}

static enum err names_read(struct work *w, const struct json *list, struct request_facts *r, struct problem *why)
{
    struct alt_name *names = NEW_N(work_arena(w), struct alt_name, list->count + 1);
    if (list->count == 0 || list->count > LIMIT_REQUEST_NAMES)
        return problem_fault(why, ERR_INVALID, S("/names"), S("range"), "names are 1 to %u texts like dns:www.example.org", LIMIT_REQUEST_NAMES);
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type != JSON_TEXT || !name_read(list->items[i].text, &names[i]))
            return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/names/%u", i), S("pattern"), "Say it like dns:www.example.org");
    *r = (struct request_facts){.names = names, .name_count = list->count};
    return ERR_OK;
}

enum err rules_check(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    static const str words[] = {[DECIDE_ASK] = STR("ask"), [DECIDE_SIGN] = STR("sign"), [DECIDE_ASK_TWO] = STR("ask_two")};
    struct arena *a = work_arena(w);
    struct looking *l = NEW(a, struct looking);
    struct json *members = NEW_N(a, struct json, 4);
    struct request_facts r;
    const struct json *rule = NULL;
    (void)c;
    (void)id;
    TRY(names_read(w, list_in(input, S("names")), &r, why));
    TRY(look(w, l, why));
    for (size_t i = 0; i < l->count && !rule; i++)
        rule = first_refused(a, l->list[i], &r) ? NULL : l->list[i];
    const struct json *named = rule ? rule : l->count ? l->list[0] : NULL;
    members[0] = text_or_null(S("rule"), text_in(named, S("name")));
    members[1] = text_or_null(S("decision"), named ? words[decision_of(named)] : (str){0});
    members[2] = text_or_null(S("authority"), text_in(named, S("authority")));
    members[3] = json_named(S("refused"), refused_names(a, rule ? NULL : named, &r));
    *output = json_of_map(members, 4);
    return ERR_OK;
}

/* /graphql. What a caller may not ask for has no name in his schema, so the surface looks there first: a refusal by
 * absence counts as the refusal that the law has, and nothing else does. Everything that the schema offers is asked for. */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/kind.h"
#include "graphql/own/own.h"
#include "tests/gate/matrix.h"
#include "tests/support/graph.h"

static struct graph graph; /* of the world that is open */
static struct gql_schema *latest; /* mostly the same caller asks again */

static void close_graph(struct world *w)
{
    if (latest)
        counted_release(&latest->counted);
    latest = NULL;
    graph_close(&graph);
    w->close_graph = NULL;
}

/* ---- what there is for this caller ---- */

static const struct gql_schema *schema_of(struct world *w, struct arena *a, const char *who)
{
    const struct principal *caller = house_who(w->house, a, world_key(w, who));
    const struct own_schema *made = latest ? latest->meaning : NULL;
    if (made && made->rights->fingerprint == caller->rights->fingerprint && made->model == caller->rights->model)
        return latest;
    if (latest)
        counted_release(&latest->counted);
    latest = own_schema_make(caller, true);
    return latest;
}

static void open_graph(struct world *w)
{
    if (w->close_graph)
        return;
    graph_open(&graph, w->house);
    w->close_graph = close_graph;
}

struct asking {
    struct world *world;
    struct arena *arena;
    const char *who;
    const struct ask *ask;
    const struct gql_schema *schema;
    const struct collection *of;      /* as the server knows it; NULL: there is no such collection at all */
    struct buf text;
    unsigned in_union;
};

static const struct gql_field *root_of(const struct asking *k, const struct gql_type *root, enum own_what what)
{
    for (uint32_t i = 0; root && k->of && i < root->field_count; i++) {
        const struct own_meaning *m = own_meaning_of(&root->fields[i]);
        if (m && m->what == what && m->of && str_equal(m->of->name, k->of->name))
            return &root->fields[i];
    }
    return NULL;
}

static bool demands(const struct gql_field *f)
{
    for (uint32_t i = 0; i < f->argument_count; i++)
        if (f->arguments[i].type->kind == GQL_NON_NULL && !f->arguments[i].standard)
            return true;
    return false;
}

/* All leaves; behind references as far as `depth` says. */
static void select_all(struct asking *k, const struct gql_type *type, unsigned depth)
{
    const struct gql_type *t = gql_innermost(type);
    buf_add(&k->text, S("{__typename "));
    for (uint32_t i = 0; i < t->possible_count && t->kind == GQL_UNION; i++) {
        buf_format(&k->text, "... on " STR_FMT, STR_ARG(t->possible[i]->name));
        k->in_union++;
        select_all(k, t->possible[i], depth);
        k->in_union--;
    }
    for (uint32_t i = 0; i < t->field_count; i++) {
        const struct gql_field *f = &t->fields[i];
        if (demands(f) || (!gql_is_leaf(gql_innermost(f->type)) && depth == 0))
            continue;
        bool is_leaf = gql_is_leaf(gql_innermost(f->type));
        if (k->in_union && !is_leaf) /* its members may disagree on the type */
            buf_format(&k->text, "x_" STR_FMT ":", STR_ARG(f->name));
        buf_format(&k->text, STR_FMT " ", STR_ARG(f->name));
        if (is_leaf)
            continue;
        if (gql_argument_named(f, S("limit")))
            buf_add(&k->text, S("(limit:4)"));
        else if (gql_argument_named(f, S("first")))
            buf_add(&k->text, S("(first:4)"));
        select_all(k, f->type, depth - 1);
    }
    buf_add(&k->text, S("}"));
}

/* ---- conditions: the content API's words in GraphQL's ---- */

static void add_condition(struct asking *k, const struct json *v);

static void add_test(struct asking *k, const struct json *v)
{
    static const char *const words[][2] = {{"$ne", "ne"}, {"$regex", "regex"}};
    const char *word = "eq";
    for (size_t i = 0; v->type == JSON_MAP && i < COUNTOF(words); i++)
        if (str_equal(v->items[0].name, str_of(words[i][0])))
            word = words[i][1];
    const struct json *operand = v->type == JSON_MAP ? &v->items[0] : v;
    buf_format(&k->text, "{%s:" STR_FMT "}", word, STR_ARG(json_print(k->arena, operand)));
}

/* "author.team": {author: {team: …}}, of many {more: {some: {team: …}}}. */
static void add_path(struct asking *k, const struct json *v)
{
    const struct collection *c = k->of;
    unsigned open = 0;
    str rest = v->name, name;
    for (bool more = true; more;) {
        more = str_cut(rest, '.', &name, &rest);
        const struct field *f = collection_field(c, name);
        buf_format(&k->text, "{" STR_FMT ":%s", STR_ARG(name), more && f->many ? "{some:" : "");
        open += more && f->many ? 2 : 1;
        c = more ? f->to : c;
    }
    add_test(k, v);
    while (open-- > 0)
        buf_byte(&k->text, '}');
}

static void add_list(struct asking *k, const struct json *v)
{
    buf_byte(&k->text, '[');
    for (uint32_t i = 0; i < v->count; i++)
        add_condition(k, &v->items[i]);
    buf_byte(&k->text, ']');
}

static void add_condition(struct asking *k, const struct json *v)
{
    const struct json *m = &v->items[0];
    must(v->type == JSON_MAP && v->count == 1);
    if (str_equal(m->name, S("$nor"))) {
        buf_add(&k->text, S("{_not:{_or:"));
        add_list(k, m);
        buf_add(&k->text, S("}}"));
    } else {
        add_path(k, m);
    }
}

static void add_arguments(struct asking *k, const struct gql_field *f, const char *page)
{
    buf_format(&k->text, STR_FMT "(", STR_ARG(f->name));
    if (gql_argument_named(f, S("perspective")))
        buf_add(&k->text, S("perspective:DRAFT "));
    buf_add(&k->text, str_of(page));
    if (k->ask->filter) {
        buf_add(&k->text, S(" where:"));
        add_condition(k, house_json(k->arena, k->ask->filter));
    }
    buf_add(&k->text, S(")"));
    if (str_ends(buf_str(&k->text), S("()")))
        buf_truncate(&k->text, k->text.len - 2);
}

/* ---- asking ---- */

static enum err say(struct asking *k, const struct json *variables, struct graph_answer *answer, struct answer *out)
{
    graph_ask(&graph, k->arena, world_key(k->world, k->who), buf_str(&k->text), variables, NULL, answer);
    str code = graph_code(answer);
    enum err e = answer->err != ERR_OK ? answer->err : str_is_absent(code) ? ERR_OK : graph_err(code);
    if (!str_is_absent(code) && e == ERR_OK)
        e = ERR_INTERNAL; /* the document should have been valid */
    out->body = answer->text;
    if (e != ERR_OK)
        out->problem = arena_format(k->arena, STR_FMT "\n" STR_FMT, STR_ARG(answer->text), STR_ARG(buf_str(&k->text)));
    return e;
}

/* The message without the name that was asked for, and without what it proposes: names of the caller's own schema. */
static str without_names(struct arena *a, const struct graph_answer *answer, str name)
{
    const struct json *message = json_at(answer->errors, S("/0/message"));
    str text = message ? message->text : answer->text, proposes = S(" Did you mean");
    struct buf b;
    buf_init(&b, a, 1u << 16);
    for (size_t i = 0; i < text.len;) {
        str rest = str_slice(text, i, text.len);
        if (str_starts(rest, proposes))
            break;
        bool is_name = str_starts(rest, name);
        buf_add(&b, is_name ? S("<name>") : str_slice(rest, 0, 1));
        i += is_name ? name.len : 1;
    }
    return buf_str(&b);
}

/* Refused by absence: asked by its own name, it is unknown. */
static enum err absent(struct asking *k, enum verb_asked verb, struct answer *out)
{
    enum err e = law_decides(k->who, k->ask->collection, verb, NULL);
    struct graph_answer answer;
    bool writes = verb != ASK_READ;
    str name = str_of(k->ask->collection);
    if (k->of)
        name = writes ? k->of->api.type : k->of->api.one;
    if (writes)
        name = arena_format(k->arena, "update" STR_FMT, STR_ARG(name));
    buf_truncate(&k->text, 0);
    buf_format(&k->text, writes ? "mutation{" STR_FMT "(data:{}){_id}}" : "{" STR_FMT "{_id}}", STR_ARG(name));
    graph_ask(&graph, k->arena, world_key(k->world, k->who), buf_str(&k->text), NULL, NULL, &answer);
    if (answer.err != ERR_OK)
        return answer.err;
    out->body = answer.text;
    out->problem = without_names(k->arena, &answer, name);
    bool is_unknown = !answer.data && str_equal(graph_code(&answer), GQL_INVALID);
    return e == ERR_OK || !is_unknown ? ERR_INTERNAL : e;
}

/* By its key, and among all items. */
static void add_other_ways(struct asking *k)
{
    const struct gql_field *by = root_of(k, k->schema->query, OWN_ITEM_BY);
    str id = arena_format(k->arena, STR_FMT "/" STR_FMT, STR_ARG(k->of->name), STR_ARG(k->ask->id));
    if (by) {
        buf_add(&k->text, S(" by:"));
        add_arguments(k, by, arena_cstr(k->arena, arena_format(k->arena, "key:{_id:\"" STR_FMT "\"}", STR_ARG(k->ask->id))));
        buf_add(&k->text, S("{_id}"));
    }
    buf_add(&k->text, S(" node("));
    for (uint32_t i = 0; i < k->schema->query->field_count; i++)
        if (str_equal(k->schema->query->fields[i].name, S("node")) && gql_argument_named(&k->schema->query->fields[i], S("perspective")))
            buf_add(&k->text, S("perspective:DRAFT "));
    buf_add(&k->text, S("_nodeId:\""));
    buf_add(&k->text, base64url_encode(k->arena, id));
    buf_add(&k->text, S("\"){__typename}"));
}

static enum err read_one(struct asking *k, struct answer *out)
{
    bool single = k->of && k->of->shape == SHAPE_SINGLE;
    const struct gql_field *f = root_of(k, k->schema->query, single ? OWN_SINGLE : OWN_ITEM);
    struct graph_answer answer;
    if (!f)
        return absent(k, ASK_READ, out);
    buf_add(&k->text, S("{one:"));
    add_arguments(k, f, single ? "" : arena_cstr(k->arena, arena_format(k->arena, "_id:\"" STR_FMT "\"", STR_ARG(k->ask->id))));
    select_all(k, f->type, k->ask->populate);
    if (!single)
        add_other_ways(k);
    buf_add(&k->text, S("}"));
    TRY(say(k, NULL, &answer, out));
    bool is_there = json_get(answer.data, S("one"))->type != JSON_NULL, all_say_so = true;
    for (uint32_t i = 0; i < answer.data->count; i++)
        all_say_so &= (answer.data->items[i].type != JSON_NULL) == is_there;
    if (!all_say_so) {
        out->problem = arena_format(k->arena, "ways to one item differ: " STR_FMT, STR_ARG(answer.text));
        return ERR_INTERNAL;
    }
    return is_there ? ERR_OK : ERR_NOT_FOUND;
}

static enum err read_list(struct asking *k, struct answer *out)
{
    const struct gql_field *f = root_of(k, k->schema->query, OWN_LIST);
    struct graph_answer answer;
    if (k->of && k->of->shape == SHAPE_SINGLE)
        return read_one(k, out);
    if (!f)
        return absent(k, ASK_READ, out);
    buf_add(&k->text, S("{list:"));
    add_arguments(k, f, "limit:30");
    select_all(k, f->type, k->ask->populate);
    buf_add(&k->text, S("}"));
    return say(k, NULL, &answer, out);
}

static uint64_t number_at(const struct graph_answer *answer, str pointer)
{
    const struct json *n = json_at(answer->data, pointer);
    return n && n->type == JSON_INT ? (uint64_t)n->integer : 0;
}

/* All together, with what is least, greatest and the like, and by each field that groups can be made by. */
static void add_groups(struct asking *k, const struct gql_field *groups)
{
    const struct gql_type *by = gql_innermost(gql_argument_named(groups, S("groupBy"))->type), *of = gql_innermost(groups->type);
    buf_add(&k->text, S(" c:"));
    add_arguments(k, groups, "");
    buf_add(&k->text, S("{count}"));
    for (uint32_t i = 0; i < of->field_count; i++) {
        const struct gql_type *t = gql_innermost(of->fields[i].type);
        for (uint32_t n = 0; n < t->field_count && !str_equal(of->fields[i].name, S("key")); n++) {
            if (n % 10 == 0) { /* a group has so many values at a time */
                buf_format(&k->text, "%s of%u_%u:", n ? "}}" : "", i, n);
                add_arguments(k, groups, "");
                buf_format(&k->text, "{" STR_FMT "{", STR_ARG(of->fields[i].name));
            }
            buf_format(&k->text, STR_FMT "%s", STR_ARG(t->fields[n].name), n + 1 == t->field_count ? "}}" : " ");
        }
    }
    for (uint32_t i = 0; i < by->value_count; i++) {
        str name = by->values[i].name;
        if (str_contains(str_slice(name, 1, name.len), S("__"))) /* a function of a field */
            continue;
        buf_format(&k->text, " by%u:", i);
        add_arguments(k, groups, arena_cstr(k->arena, arena_format(k->arena, "groupBy:[" STR_FMT "]", STR_ARG(name))));
        buf_format(&k->text, "{count key{" STR_FMT "}}", STR_ARG(name));
    }
}

/* By the connection, by grouping and by the list: all say the same. */
static enum err count(struct asking *k, struct answer *out)
{
    const struct gql_field *connection = root_of(k, k->schema->query, OWN_CONNECTION), *list = root_of(k, k->schema->query, OWN_LIST),
                           *groups = root_of(k, k->schema->query, OWN_AGGREGATE);
    struct graph_answer answer;
    if (k->of && k->of->shape == SHAPE_SINGLE) {
        TRY(read_one(k, out));
        out->count = 1;
        return ERR_OK;
    }
    if (!connection)
        return absent(k, ASK_READ, out);
    buf_add(&k->text, S("{a:"));
    add_arguments(k, connection, "first:1");
    buf_add(&k->text, S("{totalCount} b:"));
    add_arguments(k, list, "limit:1000");
    buf_add(&k->text, S("{_id}"));
    if (groups)
        add_groups(k, groups);
    buf_add(&k->text, S("}"));
    TRY(say(k, NULL, &answer, out));
    out->count = number_at(&answer, S("/a/totalCount"));
    bool same = out->count == json_get(answer.data, S("b"))->count || json_get(answer.data, S("b"))->count == LIMIT_ROWS;
    if (!same || (groups && number_at(&answer, S("/c/0/count")) != out->count)) {
        out->problem = arena_format(k->arena, "counts differ: " STR_FMT, STR_ARG(answer.text));
        return ERR_INTERNAL;
    }
    return ERR_OK;
}

/* ---- writing ---- */

/* A reference is linked to by a step. */
static struct json as_input(struct asking *k, const struct gql_type *type, const struct json *v)
{
    const struct gql_type *t = gql_innermost(type);
    struct json *members = NEW(k->arena, struct json);
    if (t->kind != GQL_INPUT || v->type != JSON_TEXT || !gql_input_named(t, S("connect")))
        return *v;
    *members = json_named(S("connect"), *v);
    return json_of_map(members, 1);
}

static enum err write(struct asking *k, enum own_what what, enum verb_asked verb, struct answer *out)
{
    const struct gql_field *f = root_of(k, k->schema->mutation, what);
    const struct gql_input *data = f ? gql_argument_named(f, S("data")) : NULL;
    struct graph_answer answer;
    struct json variables = json_null, input;
    if (!f)
        return absent(k, verb, out);
    if (data) {
        const struct json *body = house_json(k->arena, k->ask->body);
        struct json *members = NEW_N(k->arena, struct json, body->count + 1), *variable = NEW(k->arena, struct json);
        for (uint32_t i = 0; i < body->count; i++) {
            const struct gql_input *member = gql_input_named(gql_innermost(data->type), body->items[i].name);
            if (!member && str_equal(body->items[i].name, S("_state")))
                return ERR_FORBIDDEN; /* not his to say */
            members[i] = json_named(body->items[i].name, member ? as_input(k, member->type, &body->items[i]) : body->items[i]);
        }
        input = json_of_map(members, body->count);
        *variable = json_named(S("data"), input);
        variables = json_of_map(variable, 1);
        buf_add(&k->text, S("mutation($data:"));
        gql_print_type_name(&k->text, data->type);
        buf_add(&k->text, S(")"));
    } else {
        buf_add(&k->text, S("mutation"));
    }
    buf_format(&k->text, "{done:" STR_FMT "(", STR_ARG(f->name));
    if (gql_argument_named(f, S("_id")))
        buf_format(&k->text, "_id:\"" STR_FMT "\" ", STR_ARG(k->ask->id));
    if (data)
        buf_add(&k->text, S("data:$data "));
    if (k->ask->what == TO_REPLACE)
        buf_add(&k->text, S("replace:true"));
    buf_add(&k->text, S(")"));
    if (!gql_is_leaf(gql_innermost(f->type)))
        select_all(k, f->type, 1);
    buf_add(&k->text, S("}"));
    return say(k, data ? &variables : NULL, &answer, out);
}

static enum err run(struct asking *k, struct answer *out)
{
    bool single = k->of && k->of->shape == SHAPE_SINGLE;
    switch (k->ask->what) {
    case TO_READ: return read_one(k, out);
    case TO_LIST: return read_list(k, out);
    case TO_COUNT: return count(k, out);
    case TO_CREATE: return write(k, OWN_CREATE, ASK_CREATE, out);
    case TO_UPDATE:
    case TO_REPLACE: return write(k, single ? OWN_SAVE_SINGLE : OWN_UPDATE, ASK_UPDATE, out);
    case TO_DELETE: return write(k, OWN_DELETE, ASK_DELETE, out);
    case TO_ACT: break;
    }
    return write(k, OWN_ACTION, ASK_ACT, out);
}

static bool is_bad(const char *who)
{
    for (size_t i = 0; bad_callers[i]; i++)
        if (str_equal(str_of(bad_callers[i]), str_of(who)))
            return true;
    return false;
}

static void ask_graphql(struct world *w, struct arena *a, const char *who, const struct ask *ask, struct answer *out)
{
    open_graph(w);
    const struct principal *server = principal_system(w->house->gate, a, SYSTEM_CHECK);
    struct asking k = {.world = w, .arena = a, .who = who, .ask = ask};
    struct graph_answer refusal;
    k.of = model_find(principal_model(server), str_of(ask->collection));
    buf_init(&k.text, a, LIMIT_GRAPHQL_BYTES);
    *out = (struct answer){0};
    if (is_bad(who)) {
        buf_add(&k.text, S("{__typename}"));
        out->err = say(&k, NULL, &refusal, out);
        return;
    }
    k.schema = schema_of(w, a, who);
    out->err = run(&k, out);
}

const struct surface surface_graphql = {"graphql", true, true, ask_graphql};

/* ---- names ---- */

/* The schema says that there is such a name in this type; `may` is the law. */
static void hold(struct buf *b, const struct gql_type *type, const char *where, str name, bool may)
{
    bool has = false;
    for (uint32_t i = 0; type && i < type->field_count; i++)
        has |= str_equal(type->fields[i].name, name);
    for (uint32_t i = 0; type && i < type->input_count; i++)
        has |= str_equal(type->inputs[i].name, name);
    if (has != may)
        buf_format(b, "%s %s; ", where, has ? "has it" : "lacks it");
}

static const struct gql_type *argument_type(const struct gql_field *f, str name)
{
    const struct gql_input *i = f ? gql_argument_named(f, name) : NULL;
    return i ? gql_innermost(i->type) : NULL;
}

str surface_graphql_names(struct world *w, struct arena *a, const char *who, const char *collection, const char *field)
{
    const struct principal *server = principal_system(w->house->gate, a, SYSTEM_CHECK);
    open_graph(w);
    const struct gql_schema *schema = schema_of(w, a, who);
    struct asking k = {.world = w, .arena = a, .who = who, .schema = schema, .of = house_collection(server, collection)};
    bool single = k.of->shape == SHAPE_SINGLE;
    const struct field *f = collection_field(k.of, str_of(field));
    const struct gql_field *list = root_of(&k, schema->query, OWN_LIST), *one = root_of(&k, schema->query, single ? OWN_SINGLE : OWN_ITEM);
    const struct gql_field *create = root_of(&k, schema->mutation, OWN_CREATE),
                           *update = root_of(&k, schema->mutation, single ? OWN_SAVE_SINGLE : OWN_UPDATE);
    bool reads = law_names(who, collection, field, ASK_READ), leads = true;
    if (f->kind->flags & KIND_REF) /* what leads to nothing that he sees is a bare id at most: these are for the reader's tests */
        leads = law_decides(who, arena_cstr(a, f->to->name), ASK_READ, NULL) == ERR_OK;
    struct buf b;
    buf_init(&b, a, 4096);
    if (leads) {
        hold(&b, one ? gql_innermost(one->type) : NULL, "the type", f->name, reads);
        hold(&b, argument_type(list, S("where")), "where", f->name, reads && list);
        hold(&b, argument_type(list, S("orderBy")), "orderBy", f->name, reads && list && !f->many);
    }
    hold(&b, argument_type(create, S("data")), "create", f->name, create && law_names(who, collection, field, ASK_CREATE));
    hold(&b, argument_type(update, S("data")), "update", f->name, update && law_names(who, collection, field, ASK_UPDATE));
    return buf_str(&b);
}

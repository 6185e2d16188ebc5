/* Grants to rights: the only place where a struct access is made (tests/tidy.c holds that).
 *
 *   fields  = union of the grants' fields          where = OR of their row filters
 *   check   = OR of their checks                   preset = what any of them forces
 *   then AND the scopes of the key. No grant: nothing at all.
 * A grant whose condition does not read (its field was dropped, say) grants nothing: fail closed. */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/aggregate/expression.h"
#include "content/behaviour.h"
#include "content/kind.h"
#include "roles/internal.h"

struct maker {
    struct rights *rights;
    struct arena *arena;
    const struct model *model;
    enum rights_base base;
    bool has_own;                     /* the role of one's own things */
    const struct scope *scopes;
    size_t scope_count;
    struct moment at;
    const struct grant **grants;      /* of the roles in force */
    size_t grant_count;
};

struct rights_memory {
    struct rights rights; /* first */
    struct arena *arena;
};

static void drop_rights(struct counted *self)
{
    struct rights_memory *m = (struct rights_memory *)(void *)self;
    const struct model *model = m->rights.model;
    const struct rights *lasting = m->rights.lasting;
    arena_close(m->arena);
    if (lasting)
        counted_release((struct counted *)(uintptr_t)&lasting->counted);
    counted_release((struct counted *)(uintptr_t)&model->counted);
}

/* Fields nobody reaches with this verb, whatever a grant says. */
static field_set reachable(const struct maker *m, const struct collection *c, enum verb verb)
{
    field_set s = c->all_fields;
    for (size_t i = 0; i < c->field_count; i++) {
        bool secret = field_set_has(&c->secret_fields, i);
        bool locked = c->fields[i].locked && m->base != RIGHTS_OF_SERVER;
        if (verb == VERB_READ ? secret : locked)
            field_set_drop(&s, i);
    }
    field_set_drop(&s, META_I18N); /* languages are asked for by name, one by one */
    return s;
}

static field_set named_fields(const struct collection *c, const str *names, size_t count)
{
    if (count == 0)
        return c->all_fields;
    field_set s = c->meta_fields;
    for (size_t i = 0; i < count; i++) {
        const struct field *f = collection_field(c, names[i]);
        if (f)
            field_set_add(&s, f->index);
    }
    return s;
}

static bool read_condition(const struct maker *m, const struct collection *c, const struct json *text,
                           const struct filter **out)
{
    *out = &filter_all;
    if (!text || text->type == JSON_NULL)
        return true;
    struct problem quiet = {.arena = m->arena};
    struct filter_options options = {.dialect = JSON_STRICT, .allow_vars = true, .where = STR("where")};
    struct json *own = NEW(m->arena, struct json); /* rights outlive the rules they were made from */
    *own = json_copy(m->arena, text);
    return filter_read(m->arena, m->model, c, own, &options, out, &quiet) == ERR_OK;
}

static enum var var_named(str name)
{
    static const struct {
        str name;
        enum var var;
    } vars[] = {{STR("$user"), VAR_USER}, {STR("$role"), VAR_ROLE}, {STR("$now"), VAR_NOW}, {STR("$ip"), VAR_IP}, {STR("$key"), VAR_KEY}};
    for (size_t i = 0; i < COUNTOF(vars); i++)
        if (str_equal(vars[i].name, name))
            return vars[i].var;
    return VAR_NONE;
}

static bool read_presets(const struct maker *m, const struct collection *c, const struct json *preset,
                         struct access *access)
{
    if (!preset)
        return true;
    if (preset->type != JSON_MAP)
        return false;
    struct preset *list = NEW_N(m->arena, struct preset, access->preset_count + preset->count);
    for (size_t i = 0; i < access->preset_count; i++)
        list[i] = access->presets[i];
    for (uint32_t i = 0; i < preset->count; i++) {
        const struct json *v = &preset->items[i];
        const struct field *f = collection_field(c, v->name);
        bool fits = f && (!f->is_meta || (f->index == META_STATE && v->type == JSON_INT));
        if (!fits)
            return false;
        struct preset *p = &list[access->preset_count++];
        p->field = f;
        p->var = v->type == JSON_TEXT ? var_named(v->text) : VAR_NONE;
        p->value = json_copy(m->arena, v);
    }
    access->presets = list;
    return true;
}

/* What one grant says for one collection; false when it does not read. */
static bool read_grant(const struct maker *m, const struct grant *g, const struct collection *c, struct access *a,
                       const struct filter **where, const struct filter **check)
{
    return read_condition(m, c, g->where, where) && read_condition(m, c, g->check, check) && read_presets(m, c, g->preset, a);
}

static enum grant_verdict judge(const struct grant *g, const struct collection *c, str verb, const struct moment *at)
{
    if (!grant_names(g->collection, c) || (g->of_trees && c->shape != SHAPE_TREE))
        return GRANT_OTHER_COLLECTION;
    if (!verb_listed(g->verbs, g->verb_count, verb))
        return GRANT_OTHER_VERB;
    switch (limit_judge(g->limit, at)) {
    case IN_FORCE: return GRANT_COUNTS;
    case OUT_OF_PLACE: return GRANT_OUT_OF_PLACE;
    case OUT_OF_TIME:
    case ONLY_LIMITED: break;
    }
    return GRANT_OUT_OF_TIME;
}

enum grant_verdict grant_judge(struct arena *a, const struct model *model, const struct grant *g, const struct collection *c,
                               str verb, const struct moment *at)
{
    struct maker m = {.arena = a, .model = model};
    struct access unused = {.in = c};
    const struct filter *where, *check;
    enum grant_verdict v = judge(g, c, verb, at);
    return v != GRANT_COUNTS || read_grant(&m, g, c, &unused, &where, &check) ? v : GRANT_UNREADABLE;
}

static void add_locales(const struct maker *m, const struct grant *g, struct access *a)
{
    a->every_locale |= g->locale_count == 0;
    str *all = NEW_N(m->arena, str, a->locale_count + g->locale_count);
    for (size_t i = 0; i < a->locale_count; i++)
        all[i] = a->locales[i];
    for (size_t i = 0; i < g->locale_count; i++)
        all[a->locale_count + i] = arena_copy(m->arena, g->locales[i]);
    a->locales = all;
    a->locale_count += g->locale_count;
}

static void add_grant(const struct maker *m, const struct grant *g, const struct collection *c, struct access *a)
{
    const struct filter *where, *check;
    struct access widened = *a;
    if (!read_grant(m, g, c, &widened, &where, &check))
        return;
    *a = widened;
    field_set fields = field_set_and(named_fields(c, g->fields, g->field_count), reachable(m, c, a->verb));
    a->fields = a->granted ? field_set_or(a->fields, fields) : fields;
    a->where = a->granted ? filter_or(m->arena, a->where, where) : where;
    a->check = a->granted ? filter_or(m->arena, a->check, check) : check;
    a->every_field |= g->field_count == 0;
    add_locales(m, g, a);
    a->granted = true;
}

static void add_grants(const struct maker *m, const struct collection *c, str verb, struct access *a)
{
    for (size_t i = 0; i < m->grant_count; i++)
        if (judge(m->grants[i], c, verb, &m->at) == GRANT_COUNTS)
            add_grant(m, m->grants[i], c, a);
}

static bool scope_applies(const struct scope *s, const struct collection *c, str verb)
{
    return (str_equal(s->collection, S("*")) || str_equal(s->collection, c->name)) &&
           (s->verb_count == 0 || verb_listed(s->verbs, s->verb_count, verb));
}

/* Scopes only take away: what is left is what the grants and at least one scope allow. */
static void narrow(const struct maker *m, const struct collection *c, str verb, struct access *a)
{
    struct access scoped = {.where = &filter_none};
    for (size_t i = 0; i < m->scope_count && a->granted; i++) {
        const struct scope *s = &m->scopes[i];
        const struct filter *where;
        if (!scope_applies(s, c, verb) || !read_condition(m, c, s->where, &where))
            continue;
        field_set fields = c->all_fields;
        if (s->names_fields)
            fields = s->field_count ? named_fields(c, s->fields, s->field_count) : c->meta_fields;
        scoped.fields = scoped.granted ? field_set_or(scoped.fields, fields) : fields;
        scoped.where = scoped.granted ? filter_or(m->arena, scoped.where, where) : where;
        scoped.every_field |= !s->names_fields;
        scoped.granted = true;
    }
    if (m->scope_count == 0 || !a->granted)
        return;
    a->granted = scoped.granted;
    a->every_field &= scoped.every_field;
    a->fields = field_set_and(a->fields, scoped.fields);
    a->where = filter_and(m->arena, a->where, scoped.where);
    a->check = filter_and(m->arena, a->check, scoped.where);
}

static void take_away(struct access *a)
{
    *a = (struct access){.in = a->in, .verb = a->verb, .where = &filter_none, .check = &filter_none};
}

static void grant_all(const struct maker *m, struct access *a)
{
    a->fields = reachable(m, a->in, a->verb);
    a->where = a->check = &filter_all;
    a->granted = a->every_field = a->every_locale = true;
}

/* A part's rights are those to the whole; what its own fields are makes no difference. */
static struct access compile_part(const struct maker *m, const struct collection *c, enum verb verb, str name);

/* verb: the access's own, or an action's name. */
static struct access compile(const struct maker *m, const struct collection *c, enum verb verb, str name)
{
    struct access a = {.in = c, .verb = verb};
    if (c->within && m->base != RIGHTS_OF_SERVER)
        return compile_part(m, c, verb, name);
    take_away(&a);
    if (m->base != RIGHTS_OF_GRANTS)
        grant_all(m, &a);
    else
        add_grants(m, c, name, &a);
    narrow(m, c, name, &a);
    if (!a.granted)
        take_away(&a);
    return a;
}

static struct access compile_part(const struct maker *m, const struct collection *c, enum verb verb, str name)
{
    struct access whole = compile(m, c->within->to, verb, name), a = {.in = c, .verb = verb};
    take_away(&a);
    if (!whole.granted)
        return a;
    a.granted = a.every_field = a.every_locale = true;
    a.fields = reachable(m, c, verb);
    a.where = filter_behind(m->arena, c->within, whole.where);
    a.check = filter_behind(m->arena, c->within, whole.check);
    return a;
}

static struct access compile_verb(const struct maker *m, const struct collection *c, enum verb verb)
{
    struct access a = {.in = c, .verb = verb};
    if (!c->read_only || verb == VERB_READ)
        return compile(m, c, verb, verb_names[verb]);
    take_away(&a);
    return a;
}

static const struct action_access *compile_actions(const struct maker *m, const struct collection *c)
{
    struct action_access *list = NEW_N(m->arena, struct action_access, c->action_count);
    for (size_t k = 0; k < c->action_count; k++) {
        bool reads = action_reads_only(c->name, c->actions[k].name);
        enum verb as = action_for_makers(c->name, c->actions[k].name) ? VERB_CREATE : VERB_READ;
        struct access a = reads ? compile(m, c, as, verb_names[as]) : compile(m, c, VERB_UPDATE, c->actions[k].name);
        list[k] = (struct action_access){.granted = a.granted, .where = a.where};
    }
    return list;
}

static bool uses_vars(const struct access *a)
{
    for (enum var v = VAR_USER; v < VAR_COUNT; v++)
        if (filter_uses(a->where, v))
            return true;
    return false;
}

/* Texts behind their lengths: where one ends is nobody's choice. */
static void add_text(struct buf *b, str s)
{
    buf_u64(b, s.len);
    buf_byte(b, ':');
    buf_add(b, s);
}

static void add_names(struct buf *b, const str *names, size_t count)
{
    buf_u64(b, count);
    for (size_t i = 0; i < count; i++)
        add_text(b, names[i]);
}

static void add_scope(struct arena *a, struct buf *b, const struct scope *s)
{
    add_text(b, s->collection);
    add_names(b, s->verbs, s->verb_count);
    buf_byte(b, s->names_fields ? 'f' : '*');
    add_names(b, s->fields, s->field_count);
    add_text(b, s->where ? json_print(a, s->where) : (str){0});
}

/* Everybody writes the scopes of his own keys, and may look for some with the fingerprint of other rights: so it is a piece
 * of a digest, and not of a hash whose collisions can be made. */
static uint64_t fingerprint(const struct maker *m, const struct rights_wish *wish, struct arena *scratch)
{
    uint8_t digest[DIGEST_BYTES];
    uint64_t out;
    struct buf b;
    buf_init(&b, scratch, SIZE_MAX / 4);
    buf_format(&b, "%llu %llu %d%d", (unsigned long long)wish->policy_epoch, (unsigned long long)m->model->epoch, (int)m->base, m->has_own);
    add_names(&b, m->rights->roles, m->rights->role_count);
    for (size_t i = 0; i < m->rights->limit_count; i++)
        buf_byte(&b, m->rights->in_force[i] ? '1' : '0');
    for (size_t i = 0; i < m->scope_count; i++)
        add_scope(scratch, &b, &m->scopes[i]);
    must(!b.failed);
    crypt_sha256(buf_str(&b), digest);
    memcpy(&out, digest, sizeof out);
    return out;
}

static bool *mark_roles(const struct rights_wish *wish, struct arena *a, const struct moment *at, const struct held_role **held,
                        size_t *count)
{
    bool *marks = NEW_N(a, bool, wish->rules->role_count + 1);
    *held = roles_held(a, wish->rules, wish->roles, wish->role_count, at, count);
    for (size_t i = 0; i < *count; i++)
        marks[(*held)[i].role] = (*held)[i].verdict == IN_FORCE;
    return marks;
}

/* The roles in force, and their grants. */
static void take_roles(struct maker *m, const struct rights_wish *wish, struct arena *scratch)
{
    const struct held_role *held;
    size_t count;
    const bool *in_force = mark_roles(wish, scratch, &wish->at, &held, &count);
    str *names = NEW_N(m->arena, str, count);
    for (size_t i = 0; i < count; i++) {
        if (held[i].verdict != IN_FORCE)
            continue;
        str name = wish->rules->roles[held[i].role].name;
        if (str_equal(name, S("admin")))
            m->base = RIGHTS_OF_ADMIN;
        m->rights->asks_second_factor |= wish->rules->roles[held[i].role].second_factor;
        m->has_own |= str_equal(name, S(OWN_ROLE));
        if (str_equal(name, S(OWN_ROLE))) /* nobody gave it, so nobody is told of it */
            continue;
        enum document_mode documents = wish->rules->roles[held[i].role].documents;
        if (m->rights->role_count == 0 || documents < m->rights->documents)
            m->rights->documents = documents;
        names[m->rights->role_count++] = arena_copy(m->arena, name);
    }
    m->rights->roles = names;
    m->rights->is_admin = m->base == RIGHTS_OF_ADMIN && m->scope_count == 0;
    m->grants = NEW_N(scratch, const struct grant *, wish->rules->grant_count);
    for (size_t i = 0; i < wish->rules->grant_count; i++)
        if (in_force[wish->rules->grants[i].role])
            m->grants[m->grant_count++] = &wish->rules->grants[i];
}

/* All limits that could make a difference, and how they stand. */
static void take_limits(struct maker *m, const struct rights_wish *wish, struct arena *scratch)
{
    const struct policy_rules *rules = wish->rules;
    const struct held_role *held;
    size_t count, n = 0;
    const bool *held_ever = mark_roles(wish, scratch, NULL, &held, &count);
    for (size_t i = 0; i < rules->role_count; i++)
        n += held_ever[i] && rules->roles[i].limit;
    for (size_t i = 0; i < rules->grant_count; i++)
        n += held_ever[rules->grants[i].role] && rules->grants[i].limit;
    struct limit *limits = NEW_N(m->arena, struct limit, n);
    bool *in_force = NEW_N(m->arena, bool, n);
    n = 0;
    for (size_t i = 0; i < rules->role_count; i++)
        if (held_ever[i] && rules->roles[i].limit)
            limits[n++] = limit_copy(m->arena, rules->roles[i].limit);
    for (size_t i = 0; i < rules->grant_count; i++)
        if (held_ever[rules->grants[i].role] && rules->grants[i].limit)
            limits[n++] = limit_copy(m->arena, rules->grants[i].limit);
    for (size_t i = 0; i < n; i++)
        in_force[i] = limit_holds(&limits[i], &wish->at);
    m->rights->limits = limits;
    m->rights->in_force = in_force;
    m->rights->limit_count = n;
}

bool rights_in_force(const struct rights *r, const struct moment *at)
{
    for (size_t i = 0; i < r->limit_count; i++)
        if (limit_holds(&r->limits[i], at) != r->in_force[i])
            return false;
    return true;
}

static bool says_nothing(const struct json *v)
{
    return !v || (v->type == JSON_MAP && v->count == 0);
}

static void take_wide_grants(struct maker *m)
{
    struct wide_grant *wide = NEW_N(m->arena, struct wide_grant, m->grant_count);
    for (size_t i = 0; m->scope_count == 0 && i < m->grant_count; i++) {
        const struct grant *g = m->grants[i];
        if (g->field_count || g->locale_count || g->of_trees || !says_nothing(g->where) || !says_nothing(g->check) ||
            !says_nothing(g->preset) || !limit_holds(g->limit, &m->at))
            continue;
        str *verbs = NEW_N(m->arena, str, g->verb_count);
        for (size_t k = 0; k < g->verb_count; k++)
            verbs[k] = arena_copy(m->arena, g->verbs[k]);
        wide[m->rights->wide_count++] = (struct wide_grant){arena_copy(m->arena, g->collection), verbs, g->verb_count};
    }
    m->rights->wide = wide;
}

/* What is made of fields that may not be read may not be read either. Of a view's they are its source's, which
 * its rights do not ask about. */
static void hide_computed(struct access *a, const struct collection *c)
{
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *const *inputs;
        size_t count = c->fields[i].computed ? expression_fields(c->fields[i].computed, &inputs) : 0;
        for (size_t k = 0; k < count; k++)
            if (inputs[k]->in == c && !field_set_has(&a->fields, inputs[k]->index))
                field_set_drop(&a->fields, i);
    }
}

static void compile_all(struct maker *m)
{
    const struct model *model = m->model;
    struct access *table = NEW_N(m->arena, struct access, model->collection_count * VERB_COUNT);
    const struct action_access **actions = NEW_N(m->arena, const struct action_access *, model->collection_count);
    for (size_t i = 0; i < model->collection_count; i++) {
        const struct collection *c = model->collections[i];
        for (enum verb v = 0; v < VERB_COUNT; v++) {
            table[i * VERB_COUNT + v] = compile_verb(m, c, v);
            if (v == VERB_READ)
                hide_computed(&table[i * VERB_COUNT + v], c);
            m->rights->uses_vars |= uses_vars(&table[i * VERB_COUNT + v]);
        }
        actions[i] = compile_actions(m, c);
    }
    m->rights->table = table;
    m->rights->actions = actions;
}

const struct rights *rights_make(const struct rights_wish *wish)
{
    struct arena *arena = arena_open(16u << 10), *scratch = arena_open(4096);
    struct rights_memory *memory = NEW(arena, struct rights_memory);
    struct maker m = {.rights = &memory->rights, .arena = arena, .model = wish->model, .scopes = wish->scopes,
                      .scope_count = wish->scope_count, .at = wish->at};
    memory->arena = arena;
    if (wish->is_server) {
        m.base = RIGHTS_OF_SERVER;
    } else {
        take_roles(&m, wish, scratch);
        take_limits(&m, wish, scratch);
        take_wide_grants(&m);
    }
    memory->rights.reaches_all = m.base != RIGHTS_OF_GRANTS && m.scope_count == 0;
    compile_all(&m);
    counted_use((struct counted *)(uintptr_t)&wish->model->counted);
    memory->rights.counted.users = 1;
    memory->rights.counted.drop = drop_rights;
    memory->rights.model = wish->model;
    memory->rights.policy_epoch = wish->policy_epoch;
    memory->rights.fingerprint = fingerprint(&m, wish, scratch);
    arena_close(scratch);
    if (memory->rights.limit_count && !wish->at.is_never) {
        struct rights_wish lasting = *wish;
        lasting.at = (struct moment){.is_never = true};
        memory->rights.lasting = rights_make(&lasting);
    }
    return &memory->rights;
}

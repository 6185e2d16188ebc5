/* Grants to rights: the only place where a struct access is made (tests/tidy.c holds that).
 *
 *   fields  = union of the grants' fields          where = OR of their row filters
 *   check   = OR of their checks                   preset = what any of them forces
 *   then AND the scopes of the key. No grant: nothing at all.
 * A grant whose condition does not read (its field was dropped, say) grants nothing: fail closed. */
#include "base/limits.h"
#include "content/kind.h"
#include "roles/internal.h"

const str verb_names[VERB_COUNT] = {STR("read"), STR("create"), STR("update"), STR("delete"), STR("publish")};

struct maker {
    struct rights *rights;
    struct arena *arena;
    const struct model *model;
    enum rights_base base;
    const struct policy_rules *rules;
    const str *roles;
    size_t role_count;
    const struct scope *scopes;
    size_t scope_count;
};

struct rights_memory {
    struct rights rights; /* first */
    struct arena *arena;
};

static void drop_rights(struct counted *self)
{
    struct rights_memory *m = (struct rights_memory *)(void *)self;
    const struct model *model = m->rights.model;
    arena_close(m->arena);
    counted_release((struct counted *)(uintptr_t)&model->counted);
}

static bool has_name(const str *list, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], name))
            return true;
    return false;
}

static bool has_verb(const str *list, size_t count, str verb)
{
    return has_name(list, count, verb) || has_name(list, count, S("*"));
}

/* "*" means the users' own collections: nobody gets at keys and accounts by a star. */
static bool names_collection(str pattern, const struct collection *c)
{
    if (str_equal(pattern, S("*")))
        return !c->system || str_equal(c->name, S("assets"));
    return str_equal(pattern, c->name);
}

static bool grant_applies(const struct maker *m, const struct grant *g, const struct collection *c, str verb)
{
    return names_collection(g->collection, c) && has_verb(g->verbs, g->verb_count, verb) &&
           has_name(m->roles, m->role_count, g->role);
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
    } vars[] = {{STR("$user"), VAR_USER}, {STR("$role"), VAR_ROLE}, {STR("$now"), VAR_NOW}, {STR("$ip"), VAR_IP}};
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

static void add_grant(const struct maker *m, const struct grant *g, const struct collection *c, struct access *a)
{
    const struct filter *where, *check;
    struct access widened = *a;
    if (!read_condition(m, c, g->where, &where) || !read_condition(m, c, g->check, &check) ||
        !read_presets(m, c, g->preset, &widened))
        return;
    *a = widened;
    field_set fields = field_set_and(named_fields(c, g->fields, g->field_count), reachable(m, c, a->verb));
    a->fields = a->granted ? field_set_or(a->fields, fields) : fields;
    a->where = a->granted ? filter_or(m->arena, a->where, where) : where;
    a->check = a->granted ? filter_or(m->arena, a->check, check) : check;
    a->granted = true;
}

static bool scope_applies(const struct scope *s, const struct collection *c, str verb)
{
    return (str_equal(s->collection, S("*")) || str_equal(s->collection, c->name)) &&
           (s->verb_count == 0 || has_verb(s->verbs, s->verb_count, verb));
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
        scoped.granted = true;
    }
    if (m->scope_count == 0 || !a->granted)
        return;
    a->granted = scoped.granted;
    a->fields = field_set_and(a->fields, scoped.fields);
    a->where = filter_and(m->arena, a->where, scoped.where);
    a->check = filter_and(m->arena, a->check, scoped.where);
}

static void take_away(struct access *a)
{
    a->fields = (field_set){{0}};
    a->where = a->check = &filter_none;
    a->presets = NULL;
    a->preset_count = 0;
    a->granted = false;
}

static struct access compile(const struct maker *m, const struct collection *c, enum verb verb)
{
    struct access a = {.in = c, .verb = verb};
    take_away(&a);
    if (c->read_only && verb != VERB_READ)
        return a;
    if (m->base != RIGHTS_OF_GRANTS) {
        a.fields = reachable(m, c, verb);
        a.where = a.check = &filter_all;
        a.granted = true;
    }
    for (size_t i = 0; m->base == RIGHTS_OF_GRANTS && i < m->rules->grant_count; i++)
        if (grant_applies(m, &m->rules->grants[i], c, verb_names[verb]))
            add_grant(m, &m->rules->grants[i], c, &a);
    narrow(m, c, verb_names[verb], &a);
    if (!a.granted)
        take_away(&a);
    return a;
}

static const struct action_access *compile_actions(const struct maker *m, const struct collection *c)
{
    struct action_access *list = NEW_N(m->arena, struct action_access, c->action_count);
    for (size_t k = 0; k < c->action_count; k++) {
        struct access a = {.in = c, .verb = VERB_UPDATE};
        take_away(&a);
        if (m->base != RIGHTS_OF_GRANTS)
            a.granted = true, a.where = a.check = &filter_all;
        for (size_t i = 0; m->base == RIGHTS_OF_GRANTS && i < m->rules->grant_count; i++)
            if (grant_applies(m, &m->rules->grants[i], c, c->actions[k].name))
                add_grant(m, &m->rules->grants[i], c, &a);
        narrow(m, c, c->actions[k].name, &a);
        list[k] = (struct action_access){.granted = a.granted, .where = a.granted ? a.where : &filter_none};
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

static uint64_t hash_names(uint64_t h, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        h = h * 0x100000001B3u ^ str_hash(names[i]);
    return h * 0x100000001B3u ^ count;
}

static uint64_t fingerprint(const struct maker *m, uint64_t policy_epoch)
{
    uint64_t h = policy_epoch * 0x9E3779B97F4A7C15u + m->model->epoch + (uint64_t)m->base;
    h = hash_names(h, m->roles, m->role_count);
    for (size_t i = 0; i < m->scope_count; i++) {
        const struct scope *s = &m->scopes[i];
        h = h * 0x100000001B3u ^ str_hash(s->collection);
        h = hash_names(h, s->verbs, s->verb_count);
        h = hash_names(h, s->fields, s->field_count) + s->names_fields;
        if (s->where)
            h = h * 0x100000001B3u ^ str_hash(json_print(m->arena, s->where));
    }
    return h;
}

const struct rights *rights_make(const struct model *model, uint64_t policy_epoch, enum rights_base base,
                                 const struct policy_rules *rules, const str *roles, size_t role_count,
                                 const struct scope *scopes, size_t scope_count)
{
    struct arena *arena = arena_open(16u << 10);
    struct rights_memory *memory = NEW(arena, struct rights_memory);
    struct maker m = {&memory->rights, arena, model, base, rules, roles, role_count, scopes, scope_count};
    struct access *table = NEW_N(arena, struct access, model->collection_count * VERB_COUNT);
    const struct action_access **actions = NEW_N(arena, const struct action_access *, model->collection_count);
    memory->arena = arena;
    for (size_t i = 0; i < model->collection_count; i++) {
        const struct collection *c = model->collections[i];
        for (enum verb v = 0; v < VERB_COUNT; v++) {
            table[i * VERB_COUNT + v] = compile(&m, c, v);
            memory->rights.uses_vars |= uses_vars(&table[i * VERB_COUNT + v]);
        }
        actions[i] = compile_actions(&m, c);
    }
    counted_use((struct counted *)(uintptr_t)&model->counted);
    memory->rights.counted.users = 1;
    memory->rights.counted.drop = drop_rights;
    memory->rights.model = model;
    memory->rights.policy_epoch = policy_epoch;
    memory->rights.fingerprint = fingerprint(&m, policy_epoch);
    memory->rights.table = table;
    memory->rights.actions = actions;
    return &memory->rights;
}

const struct action_access *rights_action(const struct rights *r, const struct collection *c, str action)
{
    static const struct action_access none = {.granted = false, .where = &filter_none};
    for (size_t i = 0; i < c->action_count; i++)
        if (str_equal(c->actions[i].name, action))
            return &r->actions[c->index][i];
    return &none;
}

/* model list, show, diff, apply, export: definitions as files. Applying is writing items of the collection
 * "collections", the way the dashboard does it. */
#include <stdio.h>

#include "base/limits.h"
#include "server/command.h"

#define MODEL_FILE_BYTES (8u << 20)

static str name_of(const struct json *definition)
{
    const struct json *v = json_get(definition, S("name"));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* Does a definition refer to the collection of that name? */
static bool refers_to(const struct json *definition, str name)
{
    const struct json *fields = json_get(definition, S("fields"));
    for (uint32_t i = 0; fields && fields->type == JSON_LIST && i < fields->count; i++) {
        const struct json *to = json_get(&fields->items[i], S("to"));
        if (to && to->type == JSON_TEXT && str_equal(to->text, name))
            return true;
    }
    return false;
}

static bool waits_for(const struct json *const *list, size_t from, size_t count, size_t i)
{
    for (size_t k = from; k < count; k++)
        if (k != i && refers_to(list[i], name_of(list[k])))
            return true;
    return false;
}

/* Targets before those that point at them, whatever the order of the file. */
static void order_by_reference(const struct json **list, size_t count)
{
    for (size_t done = 0; done < count; done++) {
        size_t next = done;
        while (next < count && waits_for(list, done, count, next))
            next++;
        if (next == count) /* a circle: left in the file's order, and refused with the missing name */
            return;
        const struct json *chosen = list[next];
        for (size_t k = next; k > done; k--)
            list[k] = list[k - 1];
        list[done] = chosen;
    }
}

static enum err read_definitions(struct call *c, const struct json *const **list, size_t *count)
{
    str text;
    const struct json *file;
    TRY(call_file(c, c->words[0], MODEL_FILE_BYTES, &text));
    TRY(json_read(c->arena, text, &(struct json_options){.dialect = JSON_5}, S("file"), &file, c->why));
    const struct json *inner = json_get(file, S("collections"));
    if (inner)
        file = inner;
    size_t n = file->type == JSON_LIST ? file->count : 1;
    const struct json **out = NEW_N(c->arena, const struct json *, n);
    for (size_t i = 0; i < n; i++)
        out[i] = file->type == JSON_LIST ? &file->items[i] : file;
    order_by_reference(out, n);
    *list = out;
    *count = n;
    return ERR_OK;
}

struct present {
    struct item_list items;
    const struct collection *in;
};

static enum err read_present(struct call *c, struct app *app, const struct principal *who, struct present *out)
{
    TRY(gate_collection(app->gate, who, S("collections"), &out->in, c->why));
    struct query q = {.from = out->in, .limit = LIMIT_COLLECTIONS};
    query_all_fields(c->arena, &q, NULL);
    item_list_init(&out->items, c->arena);
    return gate_read(app->gate, who, &q, &out->items.receiver, NULL, c->why);
}

static const struct json *named(const struct present *p, str name)
{
    for (size_t i = 0; i < p->items.count; i++) {
        const struct json *v = json_get(&p->items.items[i], S("name"));
        if (v && v->type == JSON_TEXT && str_equal(v->text, name))
            return &p->items.items[i];
    }
    return NULL;
}

static void set(struct change *change, const char *field, struct json v)
{
    const struct field *f = collection_field(change->in, str_of(field));
    change->values[f->index] = json_named(f->name, v);
    field_set_add(&change->set, f->index);
}

/* The definition with "allow_loss" added: the collection's word for --yes. */
static struct json with_consent(struct arena *a, const struct json *definition)
{
    struct json *members = NEW_N(a, struct json, definition->count + 1);
    for (uint32_t i = 0; i < definition->count; i++)
        members[i] = definition->items[i];
    members[definition->count] = json_named(S("allow_loss"), json_true);
    return json_of_map(members, definition->count + 1);
}

static enum err make_changes(struct call *c, const struct present *p, const struct json *const *list, size_t count,
                             bool consent, struct change *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct json *name = json_get(list[i], S("name"));
        if (!name || name->type != JSON_TEXT)
            return problem_fault(c->why, ERR_INVALID, arena_format(c->arena, "/%zu/name", i), S("required"),
                                 "A collection needs a name");
        const struct json *item = named(p, name->text);
        struct change *change = &out[i];
        *change = (struct change){.op = item ? OP_UPDATE : OP_CREATE, .in = p->in};
        change->id = item ? json_get(item, S("_id"))->text : (str){0};
        change->values = NEW_N(c->arena, struct json, p->in->field_count);
        set(change, "name", *name);
        set(change, "definition", consent ? with_consent(c->arena, list[i]) : *list[i]);
    }
    return ERR_OK;
}

static void print_steps(struct call *c, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        call_print(c, arena_format(c->arena, "%s " STR_FMT, steps[i].loses ? "!" : "+", STR_ARG(steps[i].text)));
    if (count == 0)
        call_print(c, S("Nothing to do: the collections are as the file says."));
}

static void release_model(void *model)
{
    counted_release(&((struct model *)model)->counted);
}

/* All users' definitions as they are, with those of the file in their place. */
static enum err plan_steps(struct call *c, const struct principal *who, const struct json *const *list, size_t count,
                           struct step **steps, size_t *step_count)
{
    const struct model *now = principal_model(who);
    const struct json **all = NEW_N(c->arena, const struct json *, now->collection_count + count);
    size_t n = 0;
    struct model *after = NULL;
    for (size_t i = 0; i < now->collection_count; i++) {
        bool replaced = false;
        for (size_t k = 0; k < count; k++) {
            const struct json *name = json_get(list[k], S("name"));
            replaced |= name && name->type == JSON_TEXT && !json_get(list[k], S("extends")) &&
                        str_equal(name->text, now->collections[i]->name);
        }
        if (!replaced)
            all[n++] = now->collections[i]->definition;
    }
    for (size_t k = 0; k < count; k++)
        all[n++] = list[k];
    TRY(model_read(all, n, 0, &after, c->why));
    arena_on_close(c->arena, release_model, after);
    return model_diff(c->arena, now, after, steps, step_count, c->why);
}

static enum exit_code apply(struct call *c, bool dry_run)
{
    enum exit_code code = EXIT_DATA;
    const struct json *const *list;
    size_t count, step_count = 0;
    struct step *steps = NULL;
    struct present present;
    if (c->word_count != 1)
        return call_usage(c, "Which file? vitrine model apply FILE.json");
    if (read_definitions(c, &list, &count) != ERR_OK)
        return call_failed(c, c->why);
    struct app *app = call_open(c, true, &code);
    if (!app)
        return code;
    const struct principal *who = principal_system(app->gate, c->arena, SYSTEM_COMMAND);
    struct change *changes = NEW_N(c->arena, struct change, count);
    enum err e = plan_steps(c, who, list, count, &steps, &step_count);
    if (e == ERR_OK)
        print_steps(c, steps, step_count);
    if (e == ERR_OK && !dry_run)
        e = read_present(c, app, who, &present);
    if (e == ERR_OK && !dry_run)
        e = make_changes(c, &present, list, count, call_flag(c, "yes"), changes);
    if (e == ERR_OK && !dry_run && count > 0)
        e = gate_write(app->gate, who, changes, count, c->arena, c->why);
    code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return code;
}

enum exit_code command_model_apply(struct call *c)
{
    return apply(c, call_flag(c, "dry-run"));
}

enum exit_code command_model_diff(struct call *c)
{
    return apply(c, true);
}

static enum exit_code with_present(struct call *c, enum err (*show)(struct call *c, const struct present *p))
{
    enum exit_code code = EXIT_DATA;
    struct present present;
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    const struct principal *who = principal_system(app->gate, c->arena, SYSTEM_COMMAND);
    enum err e = read_present(c, app, who, &present);
    if (e == ERR_OK)
        e = show(c, &present);
    code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return code;
}

static enum err show_list(struct call *c, const struct present *p)
{
    static const char *const columns[] = {"name", "_rev", NULL};
    struct json list = json_of_list(p->items.items, p->items.count);
    call_print_items(c, &list, columns);
    return ERR_OK;
}

static enum err show_one(struct call *c, const struct present *p)
{
    const struct json *item = named(p, c->words[0]);
    if (!item)
        return problem_set(c->why, ERR_NOT_FOUND, "There is no collection " STR_FMT, STR_ARG(c->words[0]));
    call_print(c, json_print(c->arena, json_get(item, S("definition"))));
    return ERR_OK;
}

static enum err show_all(struct call *c, const struct present *p)
{
    call_print(c, S("["));
    for (size_t i = 0; i < p->items.count; i++) {
        str text = json_print(c->arena, json_get(&p->items.items[i], S("definition")));
        call_print(c, arena_format(c->arena, STR_FMT "%s", STR_ARG(text), i + 1 < p->items.count ? "," : ""));
    }
    call_print(c, S("]"));
    return ERR_OK;
}

enum exit_code command_model_list(struct call *c)
{
    return with_present(c, show_list);
}

enum exit_code command_model_show(struct call *c)
{
    return c->word_count == 1 ? with_present(c, show_one) : call_usage(c, "model show needs one name");
}

enum exit_code command_model_export(struct call *c)
{
    return with_present(c, show_all);
}

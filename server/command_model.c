/* model list, show, diff, apply, export: definitions as files (model_files.h). Applying is writing items of the
 * collection "collections", all in one transaction, the way the dashboard does it; what it would do is tried first. */
#include <stdlib.h>

#include "base/limits.h"
#include "content/model/changes.h"
#include "server/command.h"
#include "server/model_files.h"

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

static str name_of(const struct json *v)
{
    const struct json *name = json_get(v, S("name"));
    return name && name->type == JSON_TEXT ? name->text : (str){0};
}

static const struct json *named(const struct present *p, str name)
{
    for (size_t i = 0; i < p->items.count; i++)
        if (str_equal(name_of(&p->items.items[i]), name))
            return &p->items.items[i];
    return NULL;
}

/* Planning and applying. */

struct applying {
    struct call *call;
    struct app *app;
    const struct principal *who;
    struct present present;
    struct definition_list files;
    struct model_wish wish;
    struct json plan;
};

static void print_steps(struct call *c, const struct json *plan)
{
    const struct json *steps = json_get(plan, S("steps")), *breaks = json_get(plan, S("breaks"));
    for (uint32_t i = 0; i < steps->count; i++) {
        const struct json *s = &steps->items[i];
        long long rows = (long long)json_get(s, S("rows"))->integer, values = (long long)json_get(s, S("values_lost"))->integer;
        bool loses = json_get(s, S("loses"))->boolean;
        str counts = loses ? arena_format(c->arena, " (%lld items, %lld values lost)", rows, values)
                           : rows > 0 ? arena_format(c->arena, " (%lld items)", rows) : S("");
        call_print(c, arena_format(c->arena, "%s " STR_FMT STR_FMT, loses ? "!" : "+", STR_ARG(json_get(s, S("text"))->text), STR_ARG(counts)));
    }
    for (uint32_t i = 0; i < breaks->count; i++)
        call_print(c, arena_format(c->arena, "%s " STR_FMT, json_get(&breaks->items[i], S("gone"))->boolean ? "!" : "+",
                                   STR_ARG(json_get(&breaks->items[i], S("text"))->text)));
    if (steps->count == 0)
        call_print(c, S("Nothing to do: the collections are as the file says."));
}

static bool is_in_files(const struct applying *a, str name)
{
    for (size_t i = 0; i < a->files.count; i++)
        if (str_equal(name_of(a->files.items[i]), name) || json_is_text(json_get(a->files.items[i], S("was")), name))
            return true;
    return false;
}

/* Mirrored without the word for it: what stays although no file speaks of it. */
static void print_left(const struct applying *a)
{
    for (size_t i = 0; i < a->present.items.count; i++) {
        str name = name_of(&a->present.items.items[i]);
        if (!is_in_files(a, name))
            call_print(a->call, arena_format(a->call->arena, "= " STR_FMT " is in no file; --delete drops it", STR_ARG(name)));
    }
}

static enum err changes_of(struct applying *a, struct change **out, size_t *count)
{
    struct json present = json_of_list(a->present.items.count ? a->present.items.items : &json_null, a->present.items.count);
    return model_changes(a->call->arena, a->present.in, &present, &a->wish, out, count, a->call->why);
}

/* *loses: it would, and nobody said yes. */
static enum err run(struct applying *a, bool dry_run, bool mirrors)
{
    struct call *c = a->call;
    struct change *changes;
    size_t count;
    TRY(read_present(c, a->app, a->who, &a->present));
    TRY(changes_of(a, &changes, &count));
    TRY(gate_plan(a->app->gate, a->who, changes, count, c->arena, &a->plan, c->why));
    if (c->json)
        call_print(c, json_print(c->arena, &a->plan));
    else
        print_steps(c, &a->plan);
    if (mirrors && !a->wish.mirrors && !c->json)
        print_left(a);
    if (dry_run || count == 0)
        return ERR_OK;
    if (json_get(&a->plan, S("loses"))->boolean && !call_flag(c, "yes"))
        return problem_set(c->why, ERR_CONFLICT, "This would throw stored values away; say --yes");
    a->wish.allow_loss = call_flag(c, "yes");
    TRY(changes_of(a, &changes, &count));
    return gate_write(a->app->gate, a->who, changes, count, c->arena, c->why);
}

static enum exit_code apply(struct call *c, bool dry_run)
{
    enum exit_code code = EXIT_DATA;
    struct applying a = {.call = c};
    str mode = call_option(c, "mode");
    bool mirrors = str_equal(mode, S("mirror"));
    if (c->word_count != 1)
        return call_usage(c, "Which file or directory? vitrine model apply FILE.json");
    if (!str_is_absent(mode) && !mirrors && !str_equal(mode, S("merge")))
        return call_usage(c, "--mode is merge or mirror");
    if (call_flag(c, "delete") && !mirrors)
        return call_usage(c, "--delete goes with --mode mirror");
    if (model_files_read(c, c->words[0], &a.files) != ERR_OK)
        return call_failed(c, c->why);
    a.wish = (struct model_wish){.definitions = a.files.items, .count = a.files.count, .mirrors = call_flag(c, "delete")};
    a.app = call_open(c, true, &code);
    if (!a.app)
        return code;
    a.who = principal_system(a.app->gate, c->arena, SYSTEM_COMMAND);
    enum err e = run(&a, dry_run, mirrors);
    code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(a.app);
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

/* Showing. */

static enum exit_code with_present(struct call *c, enum err (*show)(struct call *c, const struct model *m, const struct present *p))
{
    enum exit_code code = EXIT_DATA;
    struct present present;
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    const struct principal *who = principal_system(app->gate, c->arena, SYSTEM_COMMAND);
    enum err e = read_present(c, app, who, &present);
    if (e == ERR_OK)
        e = show(c, principal_model(who), &present);
    code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return code;
}

static enum err show_list(struct call *c, const struct model *m, const struct present *p)
{
    static const char *const columns[] = {"name", "shape", "_rev", NULL};
    struct json list = json_of_list(p->items.items, p->items.count);
    (void)m;
    call_print_items(c, &list, columns);
    return ERR_OK;
}

static enum err show_one(struct call *c, const struct model *m, const struct present *p)
{
    const struct json *item = named(p, c->words[0]);
    (void)m;
    if (!item)
        return problem_set(c->why, ERR_NOT_FOUND, "There is no collection " STR_FMT, STR_ARG(c->words[0]));
    call_print(c, json_print(c->arena, json_get(item, S("definition"))));
    return ERR_OK;
}

/* With the fields' ids, so that a later rename is one wherever the file goes; in the order of names. */
static enum err definition_of(struct call *c, const struct model *m, const struct json *item, const struct json **out)
{
    str name = name_of(item);
    const struct collection *of = model_find(m, name) ? model_find(m, name) : model_component(m, name);
    *out = json_get(item, S("definition"));
    if (!of || of->system)
        return ERR_OK; /* fields added to a system collection */
    return json_read(c->arena, collection_print(c->arena, of), NULL, name, out, c->why);
}

static int by_name(const void *a, const void *b)
{
    return str_order(name_of(*(const struct json *const *)a), name_of(*(const struct json *const *)b));
}

static enum err export_all(struct call *c, const struct model *m, const struct present *p, struct definition_list *out)
{
    out->items = NEW_N(c->arena, const struct json *, p->items.count + 1);
    out->count = p->items.count;
    for (size_t i = 0; i < p->items.count; i++)
        TRY(definition_of(c, m, &p->items.items[i], &out->items[i]));
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_name);
    return ERR_OK;
}

static enum err show_all(struct call *c, const struct model *m, const struct present *p)
{
    struct definition_list list;
    TRY(export_all(c, m, p, &list));
    call_print(c, S("["));
    for (size_t i = 0; i < list.count; i++)
        call_print(c, arena_format(c->arena, STR_FMT "%s", STR_ARG(json_print(c->arena, list.items[i])), i + 1 < list.count ? "," : ""));
    call_print(c, S("]"));
    return ERR_OK;
}

static enum err write_all(struct call *c, const struct model *m, const struct present *p)
{
    struct definition_list list, left;
    size_t written;
    bool removes = call_flag(c, "delete");
    TRY(export_all(c, m, p, &list));
    TRY(model_files_write(c, c->words[0], &list, removes, &written, &left));
    call_print(c, arena_format(c->arena, "%zu definitions, %zu files written", list.count, written));
    for (size_t i = 0; i < left.count; i++)
        call_print(c, arena_format(c->arena, removes ? "- " STR_FMT : "= " STR_FMT " is of no collection; --delete removes it",
                                   STR_ARG(left.items[i]->text)));
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
    if (c->word_count > 1)
        return call_usage(c, "model export takes one directory, or none");
    return with_present(c, c->word_count == 1 ? write_all : show_all);
}

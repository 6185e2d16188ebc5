/* Releases: items of several collections that go live, or are taken back, in one transaction. One that cannot blocks
 * all, and each that cannot is named. Publishing again what is live already changes nothing. */
#include "content/publish/states.h"
#include "content/write/own_rows.h"
#include "content/write/parts.h"

static str text_of(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static enum err act_on_entry(struct work *w, const struct rights *rights, const struct json *entry, struct problem *own)
{
    struct state_wish wish = {.in = model_find(w->model, text_of(entry, S("collection"))), .id = text_of(entry, S("item"))};
    str action = text_of(entry, S("action"));
    if (!wish.in || wish.in->system)
        return problem_set(own, ERR_NOT_FOUND, "There is no such collection");
    if (!str_is_absent(action) && !state_act_named(action, &wish.act))
        return problem_set(own, ERR_INVALID, "There is no such action");
    return state_act(w, rights, &wish, own);
}

static void tell(struct work *w, size_t i, const struct json *entry, const struct problem *own, struct problem *why)
{
    str path = arena_format(w->arena, "/entries/%zu", i);
    (void)problem_fault(why, ERR_INVALID, path, S("blocked"), STR_FMT " " STR_FMT ": " STR_FMT,
                        STR_ARG(text_of(entry, S("collection"))), STR_ARG(text_of(entry, S("item"))), STR_ARG(own->text));
    for (size_t k = 0; k < own->fault_count; k++)
        (void)problem_fault(why, ERR_INVALID, arena_format(w->arena, STR_FMT STR_FMT, STR_ARG(path), STR_ARG(own->faults[k].path)),
                            own->faults[k].rule, STR_FMT, STR_ARG(own->faults[k].text));
}

enum err release_act(struct work *w, const struct rights *rights, struct state_wish *s, struct problem *why)
{
    const struct json *release = NULL, *entries;
    if (s->act != ACT_PUBLISH)
        return problem_set(why, ERR_NOT_FOUND, "A release can only be published");
    TRY(state_check(w, rights, s, why));
    TRY(read_image(w, s->in, s->id, &release, why));
    uint64_t revision = (uint64_t)json_get(release, S("_rev"))->integer;
    if (s->expects && s->expect_revision != revision)
        return problem_set(why, ERR_STALE, "The release is at revision %llu, which is not the one this change expects",
                           (unsigned long long)revision);
    entries = json_get(release, S("entries"));
    for (uint32_t i = 0; entries && entries->type == JSON_LIST && i < entries->count; i++) {
        struct problem own = {.arena = w->arena};
        if (act_on_entry(w, rights, &entries->items[i], &own) != ERR_OK)
            tell(w, i, &entries->items[i], &own, why);
    }
    if (why->err != ERR_OK)
        return problem_set(why, ERR_INVALID, "The release is blocked: not all of its entries can be published");
    struct change done = own_row(w, s->in->name, OP_UPDATE, s->id);
    own_put(&done, S("published_at"), json_of_instant(w->arena, w->actor->vars.now_ms));
    own_put_text(&done, S("published_by"), w->actor->label);
    TRY(write_change(w, NULL, &done, why));
    s->result_revision = done.result_revision;
    return ERR_OK;
}

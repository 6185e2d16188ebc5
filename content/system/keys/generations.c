/* Secrets that follow each other (AK-7). Rotating keeps the key: its id, name and rights. The new secret is the
 * next generation; older ones are good until their own end, which no later rotation can put off, and at most
 * LIMIT_KEY_GENERATIONS of them are good at once: the oldest goes first. Each generation's digest has a slot of
 * its own in the vault. Revoking ends them all, for good. */
#include "content/system/keys/generations.h"

#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/keys/keys.h"
#include "content/system/people/standing.h"

struct generation {
    int64_t n, created_ms, expires_ms; /* 0: with the key */
};

struct generations {
    struct generation list[LIMIT_KEY_GENERATIONS];
    size_t count;
};

static struct json time_or_null(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return ms ? json_of_text(buf_str(&b)) : json_null;
}

static struct json print_generation(struct arena *a, const struct generation *g)
{
    struct json *members = NEW_N(a, struct json, 3);
    members[0] = json_named(S("n"), json_of_int(g->n));
    members[1] = json_named(S("created"), time_or_null(a, g->created_ms));
    members[2] = json_named(S("expires"), time_or_null(a, g->expires_ms));
    return json_of_map(members, 3);
}

static struct json print_generations(struct arena *a, const struct generations *all)
{
    struct json *list = NEW_N(a, struct json, all->count);
    for (size_t i = 0; i < all->count; i++)
        list[i] = print_generation(a, &all->list[i]);
    return json_of_list(list, all->count);
}

struct json key_first_generation(struct arena *a, int64_t now_ms)
{
    return print_generations(a, &(struct generations){{{.n = 1, .created_ms = now_ms}}, 1});
}

static int64_t time_member(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    int64_t ms = 0;
    return v && v->type == JSON_TEXT && time_read(v->text, &ms) ? ms : 0;
}

/* Oldest first. A key from before there were generations has its first. */
static struct generations read_generations(const struct json *key)
{
    static const struct generations first = {{{.n = 1}}, 1};
    const struct json *list = json_get(key, S("generations"));
    struct generations all = {.count = 0};
    if (!list || list->type != JSON_LIST)
        return first;
    for (uint32_t i = 0; i < list->count && all.count < LIMIT_KEY_GENERATIONS; i++) {
        const struct json *g = &list->items[i], *n = json_get(g, S("n"));
        if (n && n->type == JSON_INT)
            all.list[all.count++] =
                (struct generation){n->integer, time_member(g, S("created")), time_member(g, S("expires"))};
    }
    return all;
}

bool key_generation_of(const struct json *key, str slot, struct key_generation *out)
{
    struct generations all = read_generations(key);
    str field, number = slot;
    uint64_t n = 1;
    if (str_cut(slot, '.', &field, &number) && !str_to_u64(number, INT64_MAX, &n))
        return false;
    for (size_t i = 0; i < all.count; i++)
        if (all.list[i].n == (int64_t)n) {
            *out = (struct key_generation){all.list[i].n, all.list[i].expires_ms};
            return true;
        }
    return false;
}

bool key_generation_back(const struct json *key, size_t i, struct key_generation *out)
{
    struct generations all = read_generations(key);
    if (i >= all.count)
        return false;
    *out = (struct key_generation){all.list[all.count - 1 - i].n, all.list[all.count - 1 - i].expires_ms};
    return true;
}

/* What a rotation is asked for. */

struct rotation {
    int64_t retain_minutes;
    bool revoke_tokens;
};

static enum err read_rotation(struct work *w, const struct json *input, struct rotation *out, struct problem *why)
{
    static const struct json_want wanted[] = {
        {STR("retain_minutes"), JSON_INT, TAKE_I64, offsetof(struct rotation, retain_minutes), 0},
        {STR("revoke_tokens"), JSON_BOOL, TAKE_BOOL, offsetof(struct rotation, revoke_tokens), 0},
    };
    int64_t allowed = work_key_rules(w)->overlap_max_min;
    int64_t most = allowed < LIMIT_KEY_OVERLAP_MIN ? allowed : LIMIT_KEY_OVERLAP_MIN;
    if (input && input->type != JSON_NULL)
        TRY(json_take(input, wanted, COUNTOF(wanted), out, why));
    if (out->retain_minutes >= 0 && out->retain_minutes <= most)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/retain_minutes"), S("range"),
                         "retain_minutes must be between 0 and %lld (auth.key_overlap_max)", (long long)most);
}

static str text_member(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static struct key_owner owner_of(const struct json *key)
{
    return (struct key_owner){text_member(key, S("user")), text_member(key, S("role")), text_member(key, S("service_account"))};
}

/* A key may renew itself, however narrow it is: the new secret can do no more. A token made with it cannot, it may
 * be narrower still. */
static enum err check_author(struct work *w, const struct json *key, str id, struct problem *why)
{
    struct key_owner owner = owner_of(key);
    bool is_itself = str_equal(work_actor(w)->vars.key, id) && !work_actor(w)->is_derived;
    return is_itself ? ERR_OK : key_owner_check(w, &owner, why);
}

/* Ends what this rotation leaves no time, and makes room for the new one. */
static enum err retire(struct work *w, const struct collection *c, str id, struct generations *all, int64_t end_ms,
                       struct problem *why)
{
    const struct field *secret = collection_field(c, S("secret"));
    int64_t now = work_now_ms(w);
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct generation g = all->list[i];
        bool has_room = all->count - i < LIMIT_KEY_GENERATIONS;
        g.expires_ms = g.expires_ms && g.expires_ms < end_ms ? g.expires_ms : end_ms;
        if (g.expires_ms > now && has_room)
            all->list[kept++] = g;
        else
            TRY(work_digest_drop(w, c, id, secret, (uint64_t)g.n, why));
    }
    all->count = kept;
    return ERR_OK;
}

static enum err need_key(struct work *w, str id, const struct json **out, struct problem *why)
{
    if (str_is_absent(id))
        return problem_set(why, ERR_BAD_INPUT, "Say which key");
    return work_get(w, S("api_keys"), id, out, why);
}

enum err key_to_act_on(struct work *w, str id, const struct json **out, struct problem *why)
{
    TRY(need_key(w, id, out, why));
    return check_author(w, *out, id, why);
}

static bool is_on(const struct json *v)
{
    return v && v->type == JSON_BOOL && v->boolean;
}

static struct json answer(struct arena *a, str id, str secret, const struct generations *all)
{
    struct json *members = NEW_N(a, struct json, 4);
    members[0] = json_named(S("_id"), json_of_text(id));
    members[1] = json_named(S("secret"), json_of_text(secret));
    members[2] = json_named(S("generation"), json_of_int(all->list[all->count - 1].n));
    members[3] = json_named(S("generations"), print_generations(a, all));
    return json_of_map(members, 4);
}

static enum err rotate(struct work *w, const struct collection *c, str id, const struct json *input,
                       struct json *output, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct rotation wish = {0};
    const struct json *key;
    TRY(read_rotation(w, input, &wish, why));
    TRY(key_to_act_on(w, id, &key, why));
    struct generations all = read_generations(key);
    if (is_on(json_get(key, S("disabled"))) || all.count == 0)
        return problem_set(why, ERR_CONFLICT, "This key is disabled or revoked");
    int64_t n = all.list[all.count - 1].n + 1, now = work_now_ms(w), ends = time_member(key, S("expires_at"));
    TRY(retire(w, c, id, &all, now + wish.retain_minutes * 60000, why));
    all.list[all.count++] = (struct generation){.n = n, .created_ms = now};
    struct key_owner owner = owner_of(key);
    str plain = key_secret_make(a, text_member(key, S("kind")), id, &owner, json_get(key, S("scopes")),
                                ends && ends <= now + KEY_SHORT_MS);
    struct change change = {.op = OP_UPDATE, .in = c, .id = id, .values = NEW_N(a, struct json, c->field_count)};
    value_put(&change, S("generations"), print_generations(a, &all));
    value_put(&change, S("last_rotated_at"), time_or_null(a, now));
    if (wish.revoke_tokens)
        value_put(&change, S("tokens_from"), json_of_int(n));
    key_put_shown(w, &change, plain);
    TRY(work_change(w, &change, why));
    TRY(work_digest_put(w, c, id, collection_field(c, S("secret")), (uint64_t)n, plain, why));
    *output = answer(a, id, plain, &all);
    return ERR_OK;
}

static enum err revoke(struct work *w, const struct collection *c, str id, const struct json *input,
                       struct json *output, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct json *key;
    (void)input;
    TRY(need_key(w, id, &key, why));
    struct generations all = read_generations(key);
    for (size_t i = 0; i < all.count; i++)
        TRY(work_digest_drop(w, c, id, collection_field(c, S("secret")), (uint64_t)all.list[i].n, why));
    struct change change = {.op = OP_UPDATE, .in = c, .id = id, .values = NEW_N(a, struct json, c->field_count)};
    value_put(&change, S("generations"), json_of_list(NULL, 0));
    value_put(&change, S("disabled"), json_true);
    TRY(work_change(w, &change, why));
    struct json *members = NEW_N(a, struct json, 2);
    members[0] = json_named(S("_id"), json_of_text(id));
    members[1] = json_named(S("revoked"), json_true);
    *output = json_of_map(members, 2);
    return ERR_OK;
}

const struct action_code key_actions[3] = {
    {.name = STR("rotate"), .run = rotate}, {.name = STR("revoke"), .run = revoke}, {.name = STR("acme_binding"), .run = key_acme_binding}};

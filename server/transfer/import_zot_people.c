/* accessControl and htpasswd of zot: a role for each user and group that a policy names, one for everybody who has signed in, one
 * for the public; accounts without passwords. */
#include "base/digest.h"
#include "base/limits.h"
#include "server/transfer/everybodys_role.h"
#include "server/transfer/zot_here.h"

#define HTPASSWD_BYTES (4u << 20)
#define NAME_BYTES 64u                /* of roles and groups */
#define PEOPLE_GROUPS 32u

static const char *const whom_words[] = {[ZOT_USER] = "user", [ZOT_GROUP] = "group", [ZOT_SIGNED_IN] = "signed-in", [ZOT_ANYBODY] = "public"};

/* ---- names ---- */

/* What a name here may not have becomes "_", and its digest tells different ones apart. */
static str safe_name(struct arena *a, str front, str theirs)
{
    struct buf b;
    bool is_same = front.len + theirs.len <= NAME_BYTES;
    buf_init(&b, a, 4 * NAME_BYTES + theirs.len);
    for (size_t i = 0; i < theirs.len; i++) {
        char c = theirs.at[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        buf_byte(&b, fits ? c : '_');
        is_same &= fits;
    }
    if (is_same)
        return arena_format(a, STR_FMT STR_FMT, STR_ARG(front), STR_ARG(buf_str(&b)));
    str digest = str_slice(digest_hex(a, DIGEST_SHA256, theirs), 0, 12);
    size_t room = NAME_BYTES - front.len - 1 - digest.len;
    return arena_format(a, STR_FMT STR_FMT "-" STR_FMT, STR_ARG(front), STR_ARG(str_slice(buf_str(&b), 0, room)), STR_ARG(digest));
}

str zot_role_name(struct arena *a, enum zot_whom whom, str name)
{
    if (whom == ZOT_SIGNED_IN || whom == ZOT_ANYBODY)
        return arena_format(a, "zot.%s", whom_words[whom]);
    return safe_name(a, arena_format(a, "zot.%s.", whom_words[whom]), name);
}

str zot_role_id(struct arena *a, str role)
{
    return transfer_id(a, S("zot"), S("roles"), role);
}

static str group_id(struct zot *z, str name)
{
    return transfer_id(z->arena, S("zot"), S("groups"), safe_name(z->arena, S("zot."), name));
}

static str role_of(struct zot *z, enum zot_whom whom, str name)
{
    return zot_role_id(z->arena, zot_role_name(z->arena, whom, name));
}

static const struct zot_subject *known_subject(const struct zot *z, enum zot_whom whom, str name)
{
    for (size_t i = 0; i < z->access.subject_count; i++)
        if (z->access.subjects[i].whom == whom && str_equal(z->access.subjects[i].name, name))
            return &z->access.subjects[i];
    return NULL;
}

/* ---- looking ---- */

static void tell(void *self, str sentence)
{
    transfer_tell(((struct zot *)self)->to, sentence);
}

static void add_name(struct zot *z, struct map *known, str name)
{
    if (name.len == 0 || map_get(known, name))
        return;
    (void)map_put(known, name, z);
    z->names[z->name_count++] = json_of_text(name);
}

static size_t lines_in(str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++)
        n += text.at[i] == '\n';
    return n;
}

static str read_htpasswd(struct zot *z)
{
    str path = import_text(zot_key(z->config, S("http.auth.htpasswd.path")));
    z->has_sign_in = zot_key(z->config, S("http.auth.htpasswd")) || zot_key(z->config, S("http.auth.ldap")) ||
                     zot_key(z->config, S("http.auth.openid")) || zot_key(z->config, S("http.auth.bearer")) || zot_key(z->config, S("http.auth.mtls"));
    return path.len ? zot_file(z, path, HTPASSWD_BYTES) : (str){0};
}

static uint32_t users_of_groups(const struct json *groups)
{
    uint32_t n = 0;
    for (uint32_t i = 0; groups && groups->type == JSON_MAP && i < groups->count; i++) {
        const struct json *users = json_get(&groups->items[i], S("users"));
        n += users && users->type == JSON_LIST ? users->count : 0;
    }
    return n;
}

/* Everybody that the files name, each once. */
static void look_at_names(struct zot *z, const struct json *groups)
{
    str rest = read_htpasswd(z), line;
    bool ended = false;
    struct map *known = map_new(z->arena, 64);
    z->names = NEW_N(z->arena, struct json, lines_in(rest) + z->access.subject_count + users_of_groups(groups));
    while (rest.len && str_next(&rest, &ended, '\n', &line)) {
        str name, hash;
        if (line.len && line.at[0] != '#' && str_cut(line, ':', &name, &hash))
            add_name(z, known, name);
    }
    for (size_t i = 0; i < z->access.subject_count; i++)
        if (z->access.subjects[i].whom == ZOT_USER)
            add_name(z, known, z->access.subjects[i].name);
    for (uint32_t i = 0; groups && groups->type == JSON_MAP && i < groups->count; i++) {
        const struct json *users = json_get(&groups->items[i], S("users"));
        for (uint32_t k = 0; users && users->type == JSON_LIST && k < users->count; k++)
            add_name(z, known, import_text(&users->items[k]));
    }
}

/* Without accessControl zot lets everybody do everything who has signed in. */
static void let_in_everybody(struct zot *z)
{
    enum zot_whom whom = z->has_sign_in ? ZOT_SIGNED_IN : ZOT_ANYBODY;
    zot_subject_of(&z->access, whom, (str){0})->everywhere = (1u << ZOT_ACTIONS) - 1;
    if (!z->has_sign_in)
        transfer_tell(z->to, S("zot asks nobody for a name and lets everybody do everything; here the role zot.public is made for that, and not given to the public"));
}

enum err zot_look_at_people(struct zot *z)
{
    const struct json *control = zot_key(z->config, S("http.accessControl"));
    z->access = (struct zot_access){.arena = z->arena, .tell = tell, .self = z};
    z->has_access = !says_nothing(control);
    if (z->has_access)
        TRY(zot_access_read(&z->access, control, z->why));
    look_at_names(z, json_get(control, S("groups")));
    if (!z->has_access)
        let_in_everybody(z);
    return ERR_OK;
}

/* ---- roles and what they grant ---- */

static enum err take_role(struct zot *z, enum zot_whom whom, str name)
{
    struct member_list m = {.arena = transfer_arena(z->to)};
    str role = zot_role_name(z->arena, whom, name);
    member_put(&m, S("_id"), json_of_text(zot_role_id(z->arena, role)));
    member_put(&m, S("name"), json_of_text(role));
    if (name.len)
        member_put(&m, S("label"), json_of_text(str_slice(name, 0, 200)));
    member_put(&m, S("info"), json_of_text(S("From zot's accessControl")));
    return zot_give(z, &m);
}

static enum err take_roles(struct zot *z)
{
    TRY(transfer_into(z->to, S("roles"), z->why));
    for (size_t i = 0; i < z->access.subject_count; i++)
        TRY(take_role(z, z->access.subjects[i].whom, z->access.subjects[i].name));
    return ERR_OK;
}

static str grant_id(struct zot *z, str role, const struct zot_grant *g)
{
    return transfer_id(z->arena, S("zot"), S("grants"), arena_format(z->arena, STR_FMT " %u " STR_FMT, STR_ARG(role), g->actions,
                                                                     STR_ARG(json_print(z->arena, &g->where))));
}

static enum err take_grant(struct zot *z, str role, const struct zot_grant *g, str id)
{
    struct member_list m = {.arena = transfer_arena(z->to)};
    struct json verbs[ZOT_ACTIONS];
    size_t count = 0;
    for (size_t i = 0; i < ZOT_ACTIONS; i++)
        if (g->actions & (1u << i))
            verbs[count++] = json_of_text(zot_verbs[i]);
    member_put(&m, S("_id"), json_of_text(id));
    member_put(&m, S("role"), json_of_text(zot_role_id(z->arena, role)));
    member_put(&m, S("collection"), json_of_text(S("repositories")));
    member_put(&m, S("verbs"), json_of_list(verbs, count));
    if (g->where.type != JSON_NULL) {
        member_put(&m, S("where"), g->where);
        if (g->actions & (1u << ZOT_CREATE | 1u << ZOT_UPDATE))
            member_put(&m, S("check"), g->where);
    }
    return zot_give(z, &m);
}

struct subject_grants {
    struct zot_grant *at;
    size_t count;
};

/* What went from the file goes first: at no time is there more than it says. */
static enum err take_grants(struct zot *z)
{
    struct map *kept = map_new(z->arena, 64);
    struct subject_grants *all = NEW_N(z->arena, struct subject_grants, z->access.subject_count + 1);
    for (size_t i = 0; i < z->access.subject_count; i++) {
        const struct zot_subject *s = &z->access.subjects[i];
        zot_access_grants(&z->access, s, &all[i].at, &all[i].count);
        for (size_t k = 0; k < all[i].count; k++)
            (void)map_put(kept, grant_id(z, zot_role_name(z->arena, s->whom, s->name), &all[i].at[k]), z);
    }
    TRY(zot_drop_grants(z, kept));
    TRY(transfer_into(z->to, S("grants"), z->why));
    for (size_t i = 0; i < z->access.subject_count; i++) {
        str role = zot_role_name(z->arena, z->access.subjects[i].whom, z->access.subjects[i].name);
        for (size_t k = 0; k < all[i].count; k++)
            TRY(take_grant(z, role, &all[i].at[k], grant_id(z, role, &all[i].at[k])));
    }
    return ERR_OK;
}

/* ---- groups and people ---- */

static enum err take_group(struct zot *z, struct map *seen, str name)
{
    struct member_list m = {.arena = transfer_arena(z->to)};
    struct json role = json_of_text(role_of(z, ZOT_GROUP, name));
    if (name.len == 0 || map_get(seen, name))
        return ERR_OK;
    (void)map_put(seen, name, z);
    member_put(&m, S("_id"), json_of_text(group_id(z, name)));
    member_put(&m, S("name"), json_of_text(safe_name(z->arena, S("zot."), name)));
    member_put(&m, S("label"), json_of_text(str_slice(name, 0, 200)));
    if (known_subject(z, ZOT_GROUP, name))
        member_put(&m, S("roles"), json_of_list(&role, 1));
    return zot_give(z, &m);
}

static enum err take_groups(struct zot *z, const struct json *groups)
{
    struct map *seen = map_new(z->arena, 16);
    TRY(transfer_into(z->to, S("groups"), z->why));
    for (uint32_t i = 0; groups && groups->type == JSON_MAP && i < groups->count; i++)
        TRY(take_group(z, seen, groups->items[i].name));
    for (size_t i = 0; i < z->access.subject_count; i++) {
        const struct zot_subject *s = &z->access.subjects[i];
        if (s->whom == ZOT_GROUP && !map_get(seen, s->name))
            transfer_tell(z->to, arena_format(z->arena, "Who is in the group " STR_FMT " the file does not say; put people into it", STR_ARG(s->name)));
        if (s->whom == ZOT_GROUP)
            TRY(take_group(z, seen, s->name));
    }
    return ERR_OK;
}

static size_t groups_of(struct zot *z, const struct json *groups, const struct json *person, struct json *out)
{
    size_t count = 0;
    for (uint32_t i = 0; groups && groups->type == JSON_MAP && i < groups->count; i++) {
        const struct json *users = json_get(&groups->items[i], S("users"));
        if (!users || users->type != JSON_LIST || !list_has(users->items, users->count, person))
            continue;
        if (count == PEOPLE_GROUPS) {
            transfer_tell(z->to, arena_format(z->arena, STR_FMT " is in more than %u groups; the others are left out", STR_ARG(person->text), PEOPLE_GROUPS));
            break;
        }
        out[count++] = json_of_text(group_id(z, groups->items[i].name));
    }
    return count;
}

/* An account needs an address; one that nobody can have says that there is none. */
static str address_of(struct arena *a, str name)
{
    size_t unused;
    return str_find(name, '@', &unused) ? name : arena_format(a, STR_FMT "@zot.invalid", STR_ARG(name));
}

static enum err take_person(struct zot *z, const struct json *groups, const struct json *person, struct map *kept)
{
    struct member_list m = {.arena = z->arena};
    struct json role = json_of_text(role_of(z, ZOT_USER, person->text)), in[PEOPLE_GROUPS], all_roles, all_groups;
    size_t role_count = known_subject(z, ZOT_USER, person->text) ? 1 : 0, group_count = groups_of(z, groups, person, in);
    str id = transfer_id(z->arena, S("zot"), S("users"), person->text);
    TRY(zot_with_own(z, id, S("roles"), &role, role_count, &all_roles));
    TRY(zot_with_own(z, id, S("groups"), in, group_count, &all_groups));
    (void)map_put(kept, id, z);
    member_put(&m, S("_id"), json_of_text(id));
    member_put(&m, S("name"), json_of_text(person->text));
    member_put(&m, S("email"), json_of_text(address_of(z->arena, person->text)));
    member_put(&m, S("roles"), all_roles);
    member_put(&m, S("groups"), all_groups);
    return zot_give(z, &m);
}

static enum err take_names(struct zot *z, const struct json *groups)
{
    struct map *kept = map_new(z->arena, 64);
    TRY(transfer_into(z->to, S("users"), z->why));
    for (size_t i = 0; i < z->name_count; i++)
        TRY(take_person(z, groups, &z->names[i], kept));
    TRY(transfer_into(z->to, S("users"), z->why));
    TRY(zot_strip_people(z, kept));
    if (z->name_count)
        transfer_tell(z->to, S("Passwords stay in zot, their digests are of another kind: vitrine user reset NAME@zot.invalid gives people new ones"));
    return ERR_OK;
}

/* ---- everybody ---- */

static enum err set_role(struct zot *z, str field, enum zot_whom whom, const char *otherwise)
{
    bool stays;
    TRY(everybodys_role(z->to, field, role_of(z, whom, (str){0}), false, &stays, z->why));
    if (stays)
        transfer_tell(z->to, str_of(otherwise));
    return ERR_OK;
}

static enum err set_roles(struct zot *z)
{
    if (known_subject(z, ZOT_SIGNED_IN, (str){0}))
        TRY(set_role(z, S("signed_in_role"), ZOT_SIGNED_IN,
                     "Everybody who has signed in has a role here already; it stays. Let that one inherit zot.signed-in for zot's defaultPolicy"));
    if (!z->has_access || !known_subject(z, ZOT_ANYBODY, (str){0}))
        return ERR_OK;
    return set_role(z, S("public_role"), ZOT_ANYBODY,
                    "The public has a role here already; it stays. Let that one inherit zot.public for what zot grants to everybody");
}

enum err zot_take_people(struct zot *z)
{
    const struct json *groups = zot_key(z->config, S("http.accessControl.groups"));
    TRY(take_roles(z));
    TRY(take_grants(z));
    TRY(take_groups(z, groups));
    TRY(take_names(z, groups));
    return set_roles(z);
}

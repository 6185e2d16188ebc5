/* extensions.sync of zot: upstreams. An upstream here answers for names that begin with its prefix; so each content of a registry
 * is one, and those that go to the same place are one together. */
#include "base/limits.h"
#include "server/transfer/import_zot.h"

#define CREDENTIALS_BYTES (1u << 20)
#define CERTIFICATES_BYTES 100000u
#define SEMVER "v?[0-9]+(\\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?"

/* An upstream in the making. */
struct mirror {
    str prefix, remote_prefix;        /* with a slash behind, or empty */
    struct json *content;
    size_t count;
};

struct sync {
    struct zot *z;
    const struct json *registry, *credentials;
    str url, host;
    struct mirror *mirrors;
    size_t count;
    unsigned number;                  /* of the registry */
};

static void tell(struct sync *s, const char *what)
{
    transfer_tell(s->z->to, arena_format(s->z->arena, "sync with " STR_FMT ": %s", STR_ARG(s->url), what));
}

static str without_slashes(str s)
{
    while (s.len && s.at[0] == '/')
        s = str_slice(s, 1, s.len);
    while (s.len && s.at[s.len - 1] == '/')
        s.len--;
    return s;
}

static str folder(struct zot *z, str s)
{
    return s.len ? arena_format(z->arena, STR_FMT "/", STR_ARG(s)) : S("");
}

static bool is_sign(char c)
{
    return memchr("*?[{\\", c, 5) != NULL;
}

/* Whole parts in front of the first sign: "a/b" of "a/b/x*". */
static str front_of(str glob)
{
    size_t end = 0;
    for (size_t i = 0; i < glob.len && !is_sign(glob.at[i]); i++)
        if (glob.at[i] == '/')
            end = i;
    return str_slice(glob, 0, end);
}

static struct mirror *mirror_of(struct sync *s, str prefix, str remote, size_t room)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->mirrors[i].prefix, prefix) && str_equal(s->mirrors[i].remote_prefix, remote))
            return &s->mirrors[i];
    s->mirrors[s->count] = (struct mirror){prefix, remote, NEW_N(s->z->arena, struct json, 2 * room + 1), 0};
    return &s->mirrors[s->count++];
}

/* A whole tag for here; there an expression is looked for in it. {0}: longer than one may be. */
static str tags_of(struct sync *s, const struct json *tags)
{
    str regex = text_member(tags, S("regex"));
    bool by_version = true_member(tags, S("semver"));
    str out = regex.len && by_version ? arena_format(s->z->arena, "(?=" SEMVER "$).*(?:" STR_FMT ").*", STR_ARG(regex))
              : regex.len             ? arena_format(s->z->arena, ".*(?:" STR_FMT ").*", STR_ARG(regex))
              : by_version            ? S(SEMVER)
                                      : S("");
    return out.len <= LIMIT_REGEX_BYTES ? out : (str){0};
}

static void add_content(struct sync *s, struct mirror *m, str repositories, str tags)
{
    struct member_list c = {.arena = s->z->arena};
    member_put(&c, S("repositories"), json_of_text(repositories));
    if (tags.len)
        member_put(&c, S("tags"), json_of_text(tags));
    m->content[m->count++] = member_map(&c);
}

/* What it is called here and there. Stripped is what stands before the first sign, which has to be whole parts; a name without
 * signs is called like the destination here: that can be said when the last part is the same. */
static bool place_of(struct sync *s, str glob, str to, bool strips, str *prefix, str *remote)
{
    size_t front = front_of(glob).len, sign = 0;
    while (sign < glob.len && !is_sign(glob.at[sign]))
        sign++;
    *prefix = folder(s->z, to.len || strips ? to : front_of(glob));
    *remote = to.len && !strips ? S("") : folder(s->z, front_of(glob));
    if (!strips || sign == (front ? front + 1 : 0))
        return true;
    *prefix = folder(s->z, front_of(to));
    return sign == glob.len && str_equal(str_slice(glob, front, glob.len), str_slice(to, front_of(to).len, to.len));
}

static bool has_odd_member(struct sync *s, const struct json *c)
{
    static const str known[] = {STR("prefix"), STR("tags"), STR("destination"), STR("stripPrefix")};
    for (uint32_t i = 0; c->type == JSON_MAP && i < c->count; i++) {
        size_t k = 0;
        while (k < COUNTOF(known) && !str_equal(known[k], c->items[i].name))
            k++;
        if (k == COUNTOF(known))
            tell(s, arena_cstr(s->z->arena, arena_format(s->z->arena, STR_FMT " of a content is not translated; the content is left out", STR_ARG(c->items[i].name))));
        if (k == COUNTOF(known))
            return true;
    }
    return false;
}

/* {prefix, tags, destination, stripPrefix}: the name here is the destination and the name there, or what of it is behind the prefix. */
static void take_content(struct sync *s, const struct json *c, size_t room)
{
    str glob = without_slashes(text_member(c, S("prefix"))), to = without_slashes(text_member(c, S("destination"))), prefix, remote;
    str tags = tags_of(s, json_get(c, S("tags")));
    if (has_odd_member(s, c))
        return;
    if (glob.len == 0 || str_is_absent(tags) || !place_of(s, glob, to, true_member(c, S("stripPrefix")), &prefix, &remote)) {
        tell(s, "a content is left out: its prefix or its tags cannot be said here");
        return;
    }
    struct mirror *m = mirror_of(s, prefix, remote, room);
    add_content(s, m, glob, tags);
    if (str_ends(glob, S("/**"))) /* which there is also what stands before it */
        add_content(s, m, str_slice(glob, 0, glob.len - 3), tags);
}

static str certificates_of(struct sync *s)
{
    str path = text_member(s->registry, S("certDir"));
    return path.len ? zot_file(s->z, arena_format(s->z->arena, STR_FMT "/ca.crt", STR_ARG(path)), CERTIFICATES_BYTES) : (str){0};
}

static void tell_odds(struct sync *s)
{
    const struct json *urls = json_get(s->registry, S("urls")), *verify = json_get(s->registry, S("tlsVerify"));
    if (urls->count > 1)
        tell(s, "the other addresses are left out");
    if (verify && verify->type == JSON_BOOL && !verify->boolean && str_starts(s->url, S("https:")))
        tell(s, "certificates are always verified; give it ca_pem");
    if (str_starts(s->url, S("http:")))
        tell(s, "set outbound.http in the configuration, or it is not reached");
    if (true_member(s->registry, S("onlySigned")))
        tell(s, "what is not signed comes along, too");
}

static enum err give(struct sync *s, const struct mirror *mirror, unsigned at)
{
    struct member_list m = {.arena = s->z->arena};
    const struct json *login = json_get(s->credentials, s->host), *enable = zot_key(s->z->config, S("extensions.sync.enable"));
    str certificates = certificates_of(s);
    int64_t every = 0;
    bool is_off = enable && enable->type == JSON_BOOL && !enable->boolean, is_polled = zot_seconds(json_get(s->registry, S("pollInterval")), &every);
    str name = at == 0 ? s->host : arena_format(s->z->arena, STR_FMT "-%u", STR_ARG(s->host), at + 1);
    if (s->number > 0)
        name = arena_format(s->z->arena, STR_FMT "-%u", STR_ARG(name), s->number + 1);
    member_put(&m, S("_id"), json_of_text(transfer_id(s->z->arena, S("zot"), S("upstreams"), name)));
    member_put(&m, S("name"), json_of_text(name));
    member_put(&m, S("url"), json_of_text(s->url));
    member_put(&m, S("prefix"), json_of_text(mirror->prefix));
    member_put(&m, S("strip_prefix"), json_true);
    member_put(&m, S("remote_prefix"), json_of_text(mirror->remote_prefix));
    member_put(&m, S("on_demand"), json_of_bool(true_member(s->registry, S("onDemand"))));
    member_put(&m, S("enabled"), json_of_bool(!is_off));
    if (is_polled && every > 0)
        member_put(&m, S("every"), json_of_int(every < 60 ? 1 : every / 60));
    if (mirror->count)
        member_put(&m, S("content"), json_of_list(mirror->content, mirror->count));
    if (text_member(login, S("username")).len)
        member_put(&m, S("username"), json_of_text(text_member(login, S("username"))));
    if (text_member(login, S("password")).len)
        member_put(&m, S("password"), json_of_text(text_member(login, S("password"))));
    if (certificates.len)
        member_put(&m, S("ca_pem"), json_of_text(certificates));
    return zot_give(s->z, &m);
}

static enum err take_registry(struct sync *s)
{
    const struct json *urls = json_get(s->registry, S("urls")), *content = json_get(s->registry, S("content"));
    uint32_t many = content && content->type == JSON_LIST ? content->count : 0;
    if (!urls || urls->type != JSON_LIST || urls->count == 0 || import_text(&urls->items[0]).len == 0) {
        transfer_tell(s->z->to, S("A registry of extensions.sync has no address; it is left out"));
        return ERR_OK;
    }
    str scheme, rest;
    s->url = urls->items[0].text;
    if (str_ends(s->url, S("/")))
        s->url.len--;
    s->host = str_cut(s->url, ':', &scheme, &rest) && str_starts(rest, S("//")) ? str_slice(rest, 2, rest.len) : s->url;
    s->mirrors = NEW_N(s->z->arena, struct mirror, many + 1);
    s->count = 0;
    tell_odds(s);
    for (uint32_t i = 0; i < many; i++)
        take_content(s, &content->items[i], many);
    if (many == 0)
        (void)mirror_of(s, S(""), S(""), 0);
    for (size_t i = 0; i < s->count; i++)
        TRY(give(s, &s->mirrors[i], (unsigned)i));
    return ERR_OK;
}

static const struct json *credentials_of(struct zot *z)
{
    str path = import_text(zot_key(z->config, S("extensions.sync.credentialsFile"))), text = path.len ? zot_file(z, path, CREDENTIALS_BYTES) : (str){0};
    const struct json *out = NULL;
    struct problem own = {.arena = z->arena};
    if (!str_is_absent(text) && json_read(z->arena, text, NULL, S(""), &out, &own) != ERR_OK)
        transfer_tell(z->to, S("The file of extensions.sync.credentialsFile is no JSON; upstreams come without passwords"));
    return out;
}

/* The same host a second time is another upstream. */
static unsigned number_of(const struct json *list, uint32_t at)
{
    unsigned n = 0;
    const struct json *mine = json_get(&list->items[at], S("urls"));
    for (uint32_t i = 0; i < at; i++) {
        const struct json *urls = json_get(&list->items[i], S("urls"));
        n += urls && mine && urls->type == JSON_LIST && mine->type == JSON_LIST && urls->count && mine->count &&
             json_equal(&urls->items[0], &mine->items[0]);
    }
    return n;
}

enum err zot_take_sync(struct zot *z)
{
    const struct json *list = zot_key(z->config, S("extensions.sync.registries"));
    if (says_nothing(list) || list->type != JSON_LIST)
        return ERR_OK;
    const struct json *credentials = credentials_of(z);
    TRY(transfer_into(z->to, S("upstreams"), z->why));
    for (uint32_t i = 0; i < list->count; i++) {
        struct sync s = {.z = z, .registry = &list->items[i], .credentials = credentials, .number = number_of(list, i)};
        TRY(take_registry(&s));
    }
    return ERR_OK;
}

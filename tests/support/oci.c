#include "tests/support/oci.h"

#include "base/digest.h"
#include "content/bytes/blob.h"
#include "tests/support/check.h"

struct house *oci_house(void)
{
    return oci_house_with(&(struct house_config){0});
}

struct house *oci_house_with(const struct house_config *config)
{
    struct house *h = house_open_with(config);
    house_people(h, "{roles: {puller: [{collection:'repositories', verbs:['read'], where:{name:{$startsWith:'pub/'}}}],"
                    "         pusher: [{collection:'repositories', verbs:['read','create'], where:{name:{$startsWith:'pub/'}},"
                    "                   check:{name:{$startsWith:'pub/'}}}],"
                    "         mover: [{collection:'repositories', verbs:['read','update']}],"
                    "         all: [{collection:'repositories', verbs:['read','create','update','delete']}],"
                    "         everybody: [{collection:'repositories', verbs:['read'], where:{name:'pub/app'}}]},"
                    " public: 'everybody', users: {user: {roles:['all'], password:'password'}},"
                    " keys: {puller: {role:'puller'}, pusher: {role:'pusher'}, mover: {role:'mover'}, all: {role:'all'}, other: {role:'all'}}}");
    return h;
}

const char *oci_headers_of(struct house *h, struct arena *a, const char *name, const char *more)
{
    if (name[0] == '\0')
        return more;
    return arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n%s", STR_ARG(house_key(h, name)), more));
}

struct fake_exchange *oci_ask(struct house *h, struct arena *a, const char *who, const char *line, const char *headers, str body)
{
    str method, target;
    (void)str_cut(str_of(line), ' ', &method, &target);
    return rest_request(h->gate, a, arena_cstr(a, method), arena_cstr(a, target), oci_headers_of(h, a, who, headers), body, NULL);
}

str oci_code(struct arena *a, const struct fake_exchange *f)
{
    const struct json *errors = f->answer.len ? json_get(house_json(a, arena_cstr(a, f->answer)), S("errors")) : NULL;
    const struct json *code = errors && errors->type == JSON_LIST && errors->count ? json_get(&errors->items[0], S("code")) : NULL;
    return code && code->type == JSON_TEXT ? code->text : S("");
}

str oci_digest(struct arena *a, str bytes)
{
    uint8_t raw[DIGEST_LARGEST];
    struct buf b;
    struct digest *d = digest_open(DIGEST_SHA256);
    digest_add(d, bytes.at, bytes.len);
    size_t n = digest_end(d, raw);
    digest_close(d);
    buf_init(&b, a, BLOB_DIGEST_ROOM);
    buf_add(&b, S("sha256:"));
    buf_hex(&b, raw, n);
    return buf_str(&b);
}

void oci_push(struct house *h, struct arena *a, const char *name, str bytes)
{
    str line = arena_format(a, "POST /v2/%s/blobs/uploads/?digest=" STR_FMT, name, STR_ARG(oci_digest(a, bytes)));
    CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, line), "", bytes)->status, 201);
}

struct fake_exchange *oci_put(struct house *h, struct arena *a, const char *who, const char *where, const char *type, str body)
{
    const char *header = type[0] ? arena_cstr(a, arena_format(a, "Content-Type: %s\n", type)) : "";
    return oci_ask(h, a, who, arena_cstr(a, arena_format(a, "PUT /v2/%s", where)), header, body);
}

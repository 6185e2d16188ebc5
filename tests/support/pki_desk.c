#include "tests/support/pki_desk.h"

#include "base/buf.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/check.h"

struct house *pki_desk_open(void)
{
    struct house *h = house_open();
    house_people(h, "{roles: {asker: [{collection:'certificate_requests', verbs:['read'], where:{_cby:'$user'}},"
                    "                 {collection:'certificate_requests', verbs:['create']},"
                    "                 {collection:'certificates', verbs:['read'], where:{'request._cby':'$user'}}],"
                    "         manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['*']},"
                    "                   {collection:'certificate_authorities', verbs:['*']}, {collection:'certificate_profiles', verbs:['*']},"
                    "                   {collection:'issuing_rules', verbs:['*']}],"
                    "         signer: [{collection:'certificate_requests', verbs:['read', 'sign']},"
                    "                  {collection:'certificate_authorities', verbs:['read', 'update', 'sign'], where:{name:'Mine'}}]},"
                    " users: {ada: {roles:['asker']}, eve: {roles:['asker']}, boss: {roles:['manager']}, two: {roles:['manager']}, blind: {roles:['signer']}},"
                    " keys: {ada: {user:'ada'}, eve: {user:'eve'}, boss: {user:'boss'}, two: {user:'two'}, blind: {user:'blind'}}}");
    return h;
}

struct fake_exchange *pki_desk_ask(struct house *h, struct arena *a, const char *who, const char *method, str target, str body)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(h, who))));
    return rest_request(h->gate, a, method, arena_cstr(a, target), headers, body, NULL);
}

const struct json *pki_desk_answer(struct arena *a, const struct fake_exchange *f)
{
    return house_json(a, arena_cstr(a, f->answer));
}

str pki_desk_member(struct arena *a, const struct fake_exchange *f, const char *name)
{
    const struct json *v = json_get(pki_desk_answer(a, f), str_of(name));
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

str pki_desk_code(struct arena *a, const struct fake_exchange *f)
{
    const struct json *errors = json_get(pki_desk_answer(a, f), S("errors"));
    return errors && errors->count ? json_get(&errors->items[0], S("code"))->text : S("");
}

str pki_desk_csr(struct arena *a, const char *common, const char *const *names, size_t count)
{
    struct problem why = {.arena = a};
    struct alt_name list[8];
    struct dn_part part = {S("CN"), str_of(common)};
    str key, pem;
    for (size_t i = 0; i < count; i++)
        list[i] = (struct alt_name){strchr(names[i], '@') ? NAME_EMAIL : NAME_DNS, str_of(names[i])};
    NEED(private_key_make(MAKE_ED25519, a, &key, &why) == ERR_OK);
    NEED(request_make(key, &(struct dn){&part, common[0] ? 1u : 0u}, list, count, a, &pem, &why) == ERR_OK);
    return pem;
}

str pki_desk_item(struct arena *a, str csr)
{
    struct buf b;
    buf_init(&b, a, 1 << 20);
    buf_add(&b, S("{\"data\":{\"csr\":"));
    buf_json_text(&b, csr);
    buf_add(&b, S("}}"));
    return buf_str(&b);
}

str pki_desk_authority(struct house *h, struct arena *a, const char *more)
{
    struct fake_exchange *f = pki_desk_ask(h, a, "boss", "POST", S(CAS), arena_format(a, "{\"data\":{\"subject\":{\"CN\":\"Root\"},\"self_signed\":true%s}}", more));
    CHECK_INT(f->status, 200);
    return pki_desk_member(a, f, "_id");
}

str pki_desk_hand_in(struct house *h, struct arena *a, const char *who, const char *common, const char *name)
{
    struct fake_exchange *f = pki_desk_ask(h, a, who, "POST", S(REQUESTS), pki_desk_item(a, pki_desk_csr(a, common, &name, 1)));
    CHECK_INT(f->status, 200);
    return pki_desk_member(a, f, "_id");
}

struct fake_exchange *pki_desk_act(struct house *h, struct arena *a, const char *who, const char *collection, str id, const char *action, str input)
{
    return pki_desk_ask(h, a, who, "POST", arena_format(a, ITEMS "%s/" STR_FMT "/%s", collection, STR_ARG(id), action), input);
}

str pki_desk_by(struct arena *a, str authority_id)
{
    return arena_format(a, "{\"authority\":\"" STR_FMT "\"}", STR_ARG(authority_id));
}

void pki_desk_tick(struct house *h)
{
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a};
    CHECK(gate_tick(h->gate, &why) == ERR_OK);
    arena_close(a);
}

int64_t pki_desk_number(struct house *h, struct arena *a, const char *collection, str id, const char *field)
{
    int64_t n = -1;
    (void)str_to_i64(house_value(h, a, collection, id, field), &n);
    return n;
}

str pki_desk_below(struct house *h, struct arena *a, const char *common, const char *more, str by_id)
{
    str id = pki_desk_member(a, pki_desk_ask(h, a, "boss", "POST", S(CAS), arena_format(a, "{\"data\":{\"subject\":{\"CN\":\"%s\"}%s}}", common, more)), "_id");
    if (by_id.len)
        CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", id, "sign", pki_desk_by(a, by_id))->status, 200);
    return id;
}

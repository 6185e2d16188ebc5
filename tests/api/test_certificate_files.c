/* Certificates to carry away, and certificates found: what a caller may read he gets as a file in each shape, and nobody gets more; lists of
 * certificates are asked by end, state, authority and name (docs/certificates.md). What openssl makes of the files: tests/outside/certificates.py. */
#include "base/time.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/check.h"
#include "tests/support/stand.h"

#define ITEM "/api/content/item/"

struct desk {
    struct stand *stand;
    struct arena *arena;
    str root, below, request, leaf;   /* ids: authorities, a request of ada's and its certificate */
};

static struct fake_exchange *ask(const struct desk *d, const char *who, const char *method, str target, str body)
{
    str key = who ? arena_format(d->arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(d->stand->house, who))) : S("");
    key = arena_format(d->arena, STR_FMT "Content-Type: application/json\n", STR_ARG(key));
    return stand_send(d->stand, d->arena, method, arena_cstr(d->arena, target), arena_cstr(d->arena, key), body);
}

static const struct json *made(const struct desk *d, const struct fake_exchange *f)
{
    CHECK_INT(f->status, 200);
    return stand_json(d->arena, f);
}

static str authority(const struct desk *d, const char *name, const char *more)
{
    return json_get(made(d, ask(d, "boss", "POST", S(ITEM "certificate_authorities"),
                                arena_format(d->arena, "{\"data\":{\"subject\":{\"CN\":\"%s\"},\"key_type\":\"ed25519\"%s}}", name, more))), S("_id"))->text;
}

static str hand_in(const struct desk *d, const char *name)
{
    struct arena *a = d->arena;
    struct problem why = {.arena = a};
    struct alt_name names[] = {{NAME_DNS, str_of(name)}};
    struct dn_part part = {S("CN"), str_of(name)};
    struct buf b;
    str key, pem;
    NEED(private_key_make(MAKE_ED25519, a, &key, &why) == ERR_OK);
    NEED(request_make(key, &(struct dn){&part, 1}, names, 1, a, &pem, &why) == ERR_OK);
    buf_init(&b, a, 1 << 16);
    buf_add(&b, S("{\"data\":{\"csr\":"));
    buf_json_text(&b, pem);
    buf_add(&b, S("}}"));
    return json_get(made(d, ask(d, "ada", "POST", S(ITEM "certificate_requests"), buf_str(&b))), S("_id"))->text;
}

static str act(const struct desk *d, const char *collection, str id, const char *action, str input)
{
    const struct json *said = made(d, ask(d, "boss", "POST", arena_format(d->arena, ITEM "%s/" STR_FMT "/%s", collection, STR_ARG(id), action), input));
    const struct json *certificate = json_get(said, S("certificate"));
    return certificate ? certificate->text : S("");
}

static str by(const struct desk *d, str id, int days)
{
    return arena_format(d->arena, "{\"authority\":\"" STR_FMT "\"%s}", STR_ARG(id), days ? arena_cstr(d->arena, arena_format(d->arena, ",\"days\":%d", days)) : "");
}

static void open_desk(struct desk *d)
{
    *d = (struct desk){.arena = arena_open(1 << 20), .stand = stand_open()};
    house_people(d->stand->house, "{roles: {asker: [{collection:'certificate_requests', verbs:['read'], where:{_cby:'$user'}},"
                                  "                 {collection:'certificate_requests', verbs:['create']},"
                                  "                 {collection:'certificates', verbs:['read'], where:{'request._cby':'$user'}}],"
                                  "         blind: [{collection:'certificates', verbs:['read'], fields:['subject']}, {collection:'certificate_requests', verbs:['read'], fields:['subject']}],"
                                  "         manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['*']},"
                                  "                   {collection:'certificate_authorities', verbs:['*']}]},"
                                  " users: {ada: {roles:['asker']}, eve: {roles:['asker']}, boss: {roles:['manager']}, blind: {roles:['blind']}, none: {}},"
                                  " keys: {ada: {user:'ada'}, eve: {user:'eve'}, boss: {user:'boss'}, blind: {user:'blind'}, none: {user:'none'}}}");
    d->root = authority(d, "Root", ",\"self_signed\":true,\"path_len\":1");
    d->below = authority(d, "Below", "");
    act(d, "certificate_authorities", d->below, "sign", by(d, d->root, 0));
    d->request = hand_in(d, "a.example.org");
    d->leaf = act(d, "certificate_requests", d->request, "sign", by(d, d->below, 20));
}

static void close_desk(struct desk *d)
{
    stand_close(d->stand);
    arena_close(d->arena);
}

static str path_of(const struct desk *d, bool of_request, const char *form)
{
    str id = of_request ? d->request : d->leaf;
    return arena_format(d->arena, ITEM "%s/" STR_FMT "/%s", of_request ? "certificate_requests" : "certificates", STR_ARG(id), form);
}

static void files_in_every_shape(void **state)
{
    static const struct {
        const char *form, *type, *ending;
        size_t blocks;                /* of PEM; 0: none of it */
    } cases[] = {
        {"pem", "application/x-pem-file", ".pem\"", 1},
        {"chain", "application/pem-certificate-chain", ".chain.pem\"", 3},
        {"der", "application/pkix-cert", ".cer\"", 0},
        {"pkcs12", "application/x-pkcs12", ".p12\"", 0},
    };
    struct desk d;
    (void)state;
    open_desk(&d);
    str serial = json_get(made(&d, ask(&d, "ada", "GET", arena_format(d.arena, ITEM "certificates/" STR_FMT, STR_ARG(d.leaf)), S(""))), S("serial"))->text;
    for (size_t i = 0; i < 2 * COUNTOF(cases); i++) {
        size_t k = i / 2;
        bool is_post = k == 3;
        struct pem_block *list = NULL;
        size_t count = 0;
        CHECK_AT(i);
        struct fake_exchange *f = ask(&d, "ada", is_post ? "POST" : "GET", path_of(&d, i % 2, cases[k].form), is_post ? S("{\"password\":\"x y\"}") : S(""));
        CHECK_INT(f->status, 200);
        CHECK_STR(fake_header(f, "Content-Type"), str_of(cases[k].type));
        CHECK(str_contains(fake_header(f, "Content-Disposition"), arena_format(d.arena, STR_FMT "%s", STR_ARG(serial), cases[k].ending)));
        CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
        CHECK(!str_contains(f->answer, S("PRIVATE KEY")));
        if (cases[k].blocks) {
            CHECK(pem_read(d.arena, f->answer, 9, &list, &count, &(struct problem){.arena = d.arena}) == ERR_OK);
            CHECK_INT(count, cases[k].blocks);
        } else {
            CHECK(f->answer.len > 100 && f->answer.at[0] == 0x30);
        }
    }
    CHECK_AT(-1);
    CHECK_INT(ask(&d, "ada", "HEAD", path_of(&d, false, "der"), S(""))->status, 200);
    close_desk(&d);
}

static void only_what_one_may_read(void **state)
{
    static const struct {
        const char *who;
        int status;
    } cases[] = {{"ada", 200}, {"boss", 200}, {"eve", 404}, {"blind", 404}, {"none", 404}, {NULL, 401}};
    struct desk d;
    (void)state;
    open_desk(&d);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        for (int k = 0; k < 2; k++) {
            CHECK_INT(ask(&d, cases[i].who, "GET", path_of(&d, k, "chain"), S(""))->status, cases[i].status);
            CHECK_INT(ask(&d, cases[i].who, "POST", path_of(&d, k, "pkcs12"), S("{\"password\":\"x\"}"))->status, cases[i].status);
        }
    }
    CHECK_AT(-1);
    str waiting = hand_in(&d, "b.example.org");
    CHECK_INT(ask(&d, "ada", "GET", arena_format(d.arena, ITEM "certificate_requests/" STR_FMT "/pem", STR_ARG(waiting)), S(""))->status, 404);
    CHECK_INT(ask(&d, "ada", "GET", S(ITEM "certificates/6b00e0ab686c821a0bbb6e99/pem"), S(""))->status, 404);
    /* passwords: in the body, some, none with a zero byte */
    static const char *const bad[] = {"{}", "{\"password\":\"\"}", "{\"password\":7}", "{\"password\":\"a\\u0000b\"}"};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        int status = ask(&d, "ada", "POST", path_of(&d, false, "pkcs12"), str_of(bad[i]))->status;
        CHECK(status == 422 || status == 400);
    }
    CHECK_AT(-1);
    close_desk(&d);
}

static str text_of_time(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

/* "$" stands for the id of the authority below, "@" for in 30 days. */
static void certificates_are_found(void **state)
{
    static const struct {
        const char *filter;
        int count;
    } cases[] = {
        {"{is_authority:false}", 3},
        {"{is_authority:false,not_after:{$lt:'@'}}", 2},
        {"{is_authority:false,not_after:{$lt:'@'},revoked_at:{$exists:false}}", 1},
        {"{revoked_at:{$exists:true}}", 1},
        {"{authority:'$'}", 2},
        {"{'authority.name':'Root',is_authority:false}", 1},
        {"{names:'dns:a.example.org'}", 2},
        {"{names:{$contains:'b.example'}}", 1},
        {"{'request.status':'Revoked'}", 1},
    };
    struct desk d;
    (void)state;
    open_desk(&d);
    str again = hand_in(&d, "a.example.org"), other = hand_in(&d, "b.example.org");
    act(&d, "certificate_requests", again, "sign", by(&d, d.below, 10));
    act(&d, "certificate_requests", again, "revoke", S("{}"));
    act(&d, "certificate_requests", other, "sign", by(&d, d.root, 90));
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct buf b;
        CHECK_AT(i);
        buf_init(&b, d.arena, 4096);
        buf_add(&b, S("/api/content/items/certificates?filter="));
        for (const char *at = cases[i].filter; *at; at++) {
            if (*at == '$' && at[1] == '\'')
                buf_add(&b, d.below);
            else if (*at == '@')
                buf_percent(&b, text_of_time(d.arena, time_now_ms() + 30 * INT64_C(86400000)));
            else
                buf_percent(&b, (str){at, 1});
        }
        struct fake_exchange *f = ask(&d, "boss", "GET", buf_str(&b), S(""));
        CHECK_INT(f->status, 200);
        CHECK_INT((int64_t)stand_json(d.arena, f)->count, cases[i].count);
    }
    CHECK_AT(-1);
    close_desk(&d);
}

CHECK_MAIN(TEST(files_in_every_shape), TEST(only_what_one_may_read), TEST(certificates_are_found))

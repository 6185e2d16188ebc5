/* A database without its master key gives up no private key: whatever authorities were made, what is private of them stands in none of its
 * files and in no answer, in no spelling (security CA-6). */
#include "base/crypt.h"
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"
#include "tests/support/verifier.h"

#include <stdlib.h>
#include <unistd.h>

#define ITEMS "/api/content/items/"

struct safe {
    struct house *house;
    struct arena *a;
    char folder[FOLDER_ROOM];
    str texts[16];                    /* files and answers */
    size_t count;
};

static bool holds(str text, str part)
{
    return part.len > 0 && memmem(text.at, text.len, part.at, part.len) != NULL;
}

static str upper(struct arena *a, str hex)
{
    str out = arena_copy(a, hex);
    for (size_t i = 0; i < out.len; i++)
        if (out.at[i] >= 'a')
            ((char *)(uintptr_t)out.at)[i] = (char)(out.at[i] - 'a' + 'A');
    return out;
}

static str hex_of(struct arena *a, str bytes)
{
    char *out = arena_get(a, 2 * bytes.len + 1, 1);
    for (size_t i = 0; i < bytes.len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", (unsigned char)bytes.at[i]);
    return str_of(out);
}

/* Letters of base64 depend on where in a group of three bytes it begins. */
static void look_for(struct safe *s, str secret, const char *what)
{
    NEED(secret.len >= 28); /* a number may begin with zeros */
    str spelt[9] = {secret, hex_of(s->a, secret), upper(s->a, hex_of(s->a, secret))};
    for (size_t skip = 0; skip < 3; skip++) {
        str whole = str_slice(secret, skip, skip + (secret.len - skip) / 3 * 3);
        spelt[3 + 2 * skip] = base64_encode(s->a, whole);
        spelt[4 + 2 * skip] = base64url_encode(s->a, whole);
    }
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < COUNTOF(spelt); k++)
            if (holds(s->texts[i], spelt[k]))
                CHECK_SAY("%s stands in text %zu, spelt in way %zu", what, i, k);
}

static void look_for_key(struct safe *s, str pkcs8, const char *type)
{
    str secrets[3];
    for (size_t i = 0, count = verifier_secrets(s->a, pkcs8, secrets); i < count; i++)
        look_for(s, secrets[i], type);
}

static void take(struct safe *s, str text)
{
    NEED(s->count < COUNTOF(s->texts) && text.len > 0);
    s->texts[s->count++] = text;
}

static void take_file(struct safe *s, const char *name, bool must_be)
{
    FILE *f = fopen(arena_cstr(s->a, arena_format(s->a, "%s/%s", s->folder, name)), "rb");
    if (!f) {
        CHECK(!must_be);
        return;
    }
    char *bytes = arena_get(s->a, 16u << 20, 1);
    size_t length = fread(bytes, 1, 16u << 20, f);
    (void)fclose(f);
    if (length)
        take(s, (str){bytes, length});
}

static void take_answer(struct safe *s, const char *target)
{
    const char *headers = arena_cstr(s->a, arena_format(s->a, "api-key: " STR_FMT, STR_ARG(house_key(s->house, "boss"))));
    struct fake_exchange *f = rest_request(s->house->gate, s->a, "GET", target, headers, S(""), NULL);
    CHECK_INT(f->status, 200);
    take(s, f->answer);
}

/* A seed that does stand there is found, wherever it begins. */
static void look_is_sharp(struct safe *s)
{
    str secret = S("a seed of thirty-two bytes, no more");
    for (size_t skip = 0; skip < 3; skip++) {
        str text = base64_encode(s->a, arena_format(s->a, STR_FMT STR_FMT " and more", STR_ARG(str_slice(S("ab"), 0, skip)), STR_ARG(secret)));
        size_t lead = (3 - skip) % 3;
        str part = str_slice(secret, lead, lead + (secret.len - lead) / 3 * 3);
        CHECK(holds(text, base64_encode(s->a, part)));
    }
}

static void check_all(struct safe *s)
{
    const struct principal *server = principal_system(s->house->gate, s->a, SYSTEM_CHECK);
    const struct collection *c = house_collection(server, "certificate_authorities");
    static const char *const types[] = {"ed25519", "ec-p256", "ec-p384", "rsa-2048"};
    str ids[COUNTOF(types)];
    for (size_t i = 0; i < COUNTOF(types); i++)
        ids[i] = house_item(s->house, "certificate_authorities",
                            arena_cstr(s->a, arena_format(s->a, "{subject:{CN:'%s'}, self_signed:true, key_type:'%s'}", types[i], types[i])));
    take_file(s, "vitrine.db", true);
    take_file(s, "vitrine.db-wal", false);
    take_answer(s, ITEMS "certificate_authorities");
    take_answer(s, ITEMS "certificates");
    take_answer(s, ITEMS "journal?limit=1000");
    for (size_t i = 0; i < COUNTOF(types); i++) {
        struct problem why = {.arena = s->a};
        str text = {0}, pkcs8 = {0};
        CHECK_PROBLEM(content_secret(s->house->gate->content, c, ids[i], collection_field(c, S("private_key")), s->a, &text, &why), ERR_OK, &why);
        NEED(base64url_decode(s->a, text, &pkcs8));
        look_for_key(s, pkcs8, types[i]);
    }
    look_is_sharp(s);
}

static void no_private_key_stands_anywhere(void **state)
{
    struct safe s = {0};
    static const char *const files[] = {"vitrine.db", "vitrine.db-wal", "vitrine.db-shm", "vitrine.lock"}, *const folders[] = {"blobs", "uploads", "quarantine", ""};
    (void)state;
    folder_new(s.folder, "sealed");
    s.house = house_open_with(&(struct house_config){.directory = str_of(s.folder)});
    house_people(s.house, "{users: {boss: {roles:['admin']}}, keys: {boss: {user:'boss'}}}");
    s.a = arena_open(1 << 20);
    check_all(&s);
    house_close(s.house);
    for (size_t i = 0; i < COUNTOF(files); i++)
        (void)unlink(arena_cstr(s.a, arena_format(s.a, "%s/%s", s.folder, files[i])));
    for (size_t i = 0; i < COUNTOF(folders); i++)
        (void)rmdir(arena_cstr(s.a, arena_format(s.a, "%s/%s", s.folder, folders[i])));
    arena_close(s.a);
}

CHECK_MAIN(TEST(no_private_key_stands_anywhere))

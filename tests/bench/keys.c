/* Key checks a second on one core: from the header's text to the principal, in process. Prints, asserts nothing
 * (the goal: 20,000). Built on request (./dev bench does not run it):
 *
 *     cmake --preset release -DVITRINE_TESTS=ON && cmake --build build/release --target bench_keys && build/release/bench_keys
 *
 *   remembered      one key again and again
 *   looked up       as many keys in turn as no memory has places for
 *   unknown         keys of good shape that nobody has: a read each, never remembered
 *   garbage         what is refused before anything is digested */
#include <stdio.h>

#include "base/time.h"
#include "content/system/keys/key_format.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#define MANY 16384u
#define SECONDS 2.0

static double measure(struct house *h, const char *const *headers, size_t count, enum err wanted)
{
    int64_t begun = time_mono_us();
    size_t done = 0;
    double seconds = 0;
    do {
        for (size_t k = 0; k < 256; k++, done++) {
            struct arena *a = arena_open(4096);
            struct problem why = {.arena = a};
            struct fake_exchange *f = fake_request(a, "GET", "/", headers[done % count], S(""));
            must(identify(h->gate, &f->x, &why) == wanted);
            arena_close(a);
        }
        seconds = (double)(time_mono_us() - begun) / 1e6;
    } while (seconds < SECONDS || done < count);
    return (double)done / seconds;
}

static const char *header(struct arena *a, str key)
{
    return arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(key)));
}

int main(void)
{
    static const char *const kinds[] = {"native", "cockpit", "zot", "chutes", "zenml"};
    struct house *h = house_open();
    struct arena *a = arena_open(1u << 20);
    house_people(h, "{roles: {reader: [{collection:'users', verbs:['read']}]}, users: {ada: {roles:['reader']}}}");
    const char **known = NEW_N(a, const char *, MANY), **unknown = NEW_N(a, const char *, MANY);
    for (size_t i = 0; i < MANY; i++) {
        struct problem why = {.arena = a};
        struct key_wish wish = {.user = STR("ada"), .kind = str_of(kinds[i < COUNTOF(kinds) ? i : 0])};
        str id, secret;
        must(gate_key_create(h->gate, a, &wish, &id, &secret, &why) == ERR_OK);
        known[i] = header(a, secret);
        unknown[i] = header(a, key_make(a, &(struct key_mold){.kind = S("native"), .owner = 'u'}));
    }
    for (size_t i = 0; i < COUNTOF(kinds); i++)
        (void)printf("remembered, %-8s %10.0f a second\n", kinds[i], measure(h, &known[i], 1, ERR_OK));
    (void)printf("looked up            %10.0f a second\n", measure(h, known, MANY, ERR_OK));
    (void)printf("unknown              %10.0f a second\n", measure(h, unknown, MANY, ERR_UNAUTHENTICATED));
    static const char *const garbage[] = {"api-key: garbage", "api-key: USR-0123", "Authorization: Bearer vtr_u_x"};
    (void)printf("garbage              %10.0f a second\n", measure(h, garbage, COUNTOF(garbage), ERR_UNAUTHENTICATED));
    arena_close(a);
    house_close(h);
    return 0;
}

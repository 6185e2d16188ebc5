/* PW-3: what everybody tries first is refused, everything else is taken. */
#include "tests/support/check.h"

#include "content/kind.h"

static void what_everybody_tries_first_is_weak(void **state)
{
    static const struct {
        const char *plain;
        bool weak;
    } rows[] = {
        {"password", true},      {"Password1", true},    {"P@ssw0rd!", true},   {"p4$$w0rd2024", true}, {"12345678", true},
        {"1234567890", true},    {"87654321", true},     {"aaaaaaaa", true},    {"abababab", true},     {"abcabcabc", true},
        {"abcdefgh", true},      {"qwertyuiop", true},   {"poiuytrewq", true},  {"QWERTZUIOP", true},   {"asdfghjkl", true},
        {"1qaz2wsx", true},      {"1q2w3e4r5t", true},   {"q1w2e3r4", true},    {"letmein123", true},   {"welcome2026!", true},
        {"!!iloveyou!!", true},  {"admin1234", true},    {"vitrine2026", true}, {"Sommer2025", true},   {"trustno1", true},
        {"monkey1234", true},    {"adalovelace", true},  {"ADALOVELACE1", true}, {"ada@example.com", true}, {"!@#$%^&*", true},

        {"correct horse", false}, {"battery staple", false}, {"something else", false}, {"a long enough one", false},
        {"passwords are words", false}, {"password of my aunt", false}, {"Tr0ub4dor&3", false}, {"kx8#mQ2v", false},
        {"qwerty and more", false}, {"12345679", false}, {"abcdefgi", false}, {"wörterbuch", false}, {"ada and bob", false},
    };
    static const str names[] = {STR("adalovelace"), STR("ada@example.com"), {0}, STR("x")};
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK(password_is_weak(a, str_of(rows[i].plain), names, COUNTOF(names)) == rows[i].weak);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(what_everybody_tries_first_is_weak))

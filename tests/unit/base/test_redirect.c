/* Open redirects (security B-5): forty ways to leave, and some to stay. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "base/redirect.h"

static void nothing_leads_away(void **state)
{
    static const char *const bad[] = {
        "", "evil", "evil.example", "https://evil.example", "http://evil.example", "https:evil", "https:/evil", "http:evil",
        "//evil.example", "///evil.example", "////evil", "/\\evil.example", "\\/evil", "\\\\evil", "/\\/evil", "//\\evil",
        "/\t/evil", "/\n/evil", "/\r/evil", "\t//evil", " //evil", " /evil", "/%09/evil", "/%0a/evil", "/%0d/evil",
        "/%00/evil", "/%2fevil", "/%2Fevil", "/%5cevil", "/%5Cevil", "/a//evil", "/a%2f%2fevil", "/..//evil", "/../evil", "/./evil",
        "/%2e%2e/evil", "/a/..", "@evil", "@evil/x", "user@evil", "javascript:alert(1)", "JavaScript:alert(1)",
        "data:text/html,x", "vbscript:x", "file:///etc/passwd", "?to=//evil", "#//evil", "/%", "/%zz", "/\x7f", "/\xef\xbc\x8f.evil",
        "/a b", "/a?x=\\", "/a?x=%0d%0aSet-Cookie:x",
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        struct arena *a = arena_open(4096);
        if (redirect_stays_here(a, str_of(bad[i])))
            CHECK_SAY("%s leads away", bad[i]);
        arena_close(a);
    }
}

static void paths_of_ours_are_fine(void **state)
{
    static const char *const good[] = {
        "/", "/admin/", "/admin/content/posts?page=2", "/admin/a#b", "/a?next=//x", "/a?u=https://x", "/@me", "/a%20b", "/%c3%a4",
        "/a.b/..c", "/admin?x=%2f%2f",
    };
    static char most[LIMIT_RETURN_PATH_BYTES + 2];
    (void)state;
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(good); i++)
        if (!redirect_stays_here(a, str_of(good[i])))
            CHECK_SAY("%s is ours", good[i]);
    memset(most, 'a', sizeof most - 1);
    most[0] = '/';
    CHECK(!redirect_stays_here(a, str_of(most)));
    most[LIMIT_RETURN_PATH_BYTES] = '\0';
    CHECK(redirect_stays_here(a, str_of(most)));
    arena_close(a);
}

CHECK_MAIN(TEST(nothing_leads_away), TEST(paths_of_ours_are_fine))

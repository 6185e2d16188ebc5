#include "tests/tidy/tidy.h"

#include <stdio.h>

/* A hundred lines, for what is too long. */
#define TEN                                                                                        \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"                                                                                         \
    "x;\n"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* report: all of it; "" for a text that is in order. */
static const struct snippet {
    const char *path, *text, *report;
} snippets[] = {
    {"base/x.c", "#include \"base/str.h\"\n#include <stdio.h>\n", ""},
    {"base/x.c", "\n#include \"content/model/model.h\"\n",
     "base/x.c:2: includes content/model/model.h; base may include only base\n"},
    {"content/x.c", "#include \"roles/gate.h\"\n",
     "content/x.c:1: includes roles/gate.h; content may include only base and content\n"},
    {"content/x.c", "#include \"content/store/engine.h\"\n", ""},
    {"roles/x.c", "#include \"content/store/engine.h\"\n",
     "roles/x.c:1: includes content/store/engine.h; roles may include base, content (not "
     "content/store or content's "
     "insides) and roles\n"},
    {"api/x.c", "#include \"content/query/query.h\"\n#include \"content/content.h\"\n",
     "api/x.c:2: includes content/content.h; api may include base, api, the doors of roles "
     "and content's nouns (the lists here)\n"},
    {"api/x.c", "#include \"content/filter/filter.h\"\n#include \"content/filter/internal.h\"\n",
     "api/x.c:2: includes content/filter/internal.h; api may include base, api, the doors of roles "
     "and content's nouns (the lists here)\n"},
    {"graphql/x.c", "#include \"content/change/change.h\"\n#include \"content/write/bulk.h\"\n",
     "graphql/x.c:2: includes content/write/bulk.h; graphql may include base, graphql, the doors of roles "
     "and content's nouns (the lists here)\n"},
    {"graphql/x.h", "#include \"api/api.h\"\n",
     "graphql/x.h:1: includes api/api.h; graphql may include base, graphql, the doors of roles "
     "and content's nouns (the lists here)\n"},
    {"server/x.c", "#include \"content/store/engine.h\"\n",
     "server/x.c:1: includes content/store/engine.h; server reaches content/store only through "
     "server/app.c\n"},
    {"server/app.c", "#include \"content/store/engine.h\"\n", ""},
    {"base/x.c", "/*\n#include \"content/model/model.h\"\n*/\n", ""},

    {"server/x.c", "#include <civetweb.h>\n",
     "server/x.c:1: includes civetweb.h; only server/civet* and tests/bench/floor.c may\n"},
    {"server/civet.c", "#include <civetweb.h>\n", ""},
    {"tests/unit/server/test_x.c", "#include \"civetweb.h\"\n",
     "tests/unit/server/test_x.c:1: includes civetweb.h; only server/civet* and "
     "tests/bench/floor.c may\n"},
    {"content/x.c", "#include <sqlite3.h>\n",
     "content/x.c:1: includes sqlite3.h; only content/store/sqlite* and tests/bench/floor.c may\n"},
    {"content/store/sqlite_guard.c", "#include <sqlite3.h>\n", ""},
    {"roles/x.c", "#include <openssl/evp.h>\n",
     "roles/x.c:1: includes openssl/evp.h; only base/digest.c and base/pubkey.c and base/totp.c and "
     "content/system/pki/x509* and server/tls* and tests/http/wire.c and tests/support/signer.c and "
     "tests/support/issuer.c and tests/support/verifier.c may\n"},
    {"server/x.c", "#include <curl/curl.h>\n",
     "server/x.c:1: includes curl/curl.h; only base/outbound_curl.h* may\n"},

    {"base/x.c", "int f(char *s)\n{\n    return atoi(s);\n}\n",
     "base/x.c:3: calls atoi(); instead: str_to_i64()\n"},
    {"base/x.c", "void f(void)\n{\n    system (\"x\");\n}\n",
     "base/x.c:3: calls system(); instead: nothing: no shells\n"},
    {"base/x.c",
     "void f(struct s *s)\n{\n    s->system(1);\n    /* gets(x) */\n    puts(\"strcpy(a, "
     "b)\");\n}\n",
     ""},
    {"server/civet.c", "int f(void)\n{\n    return mg_get_cookie(0);\n}\n",
     "server/civet.c:3: calls mg_get_cookie(); instead: our own reader of cookies\n"},

    {"roles/x.c", "static int calls;\n",
     "roles/x.c:1: calls is a global that can change; outside server/ everything is passed or "
     "const\n"},
    {"roles/x.c", "static const char *name = \"x\";\n",
     "roles/x.c:1: name is a global that can change; outside server/ everything is passed or "
     "const\n"},
    {"roles/x.c", "int f(void);\n\nstruct x { int a; } shared[] = {{1}};\n",
     "roles/x.c:3: shared is a global that can change; outside server/ everything is passed or "
     "const\n"},
    {"roles/x.c", "static _Atomic(int) n;\n",
     "roles/x.c:1: n is a global that can change; outside server/ everything is passed or const\n"},
    {"roles/x.c",
     "int f(void)\n{\n    static int calls;\n    static const int k = 1;\n    return calls++ + "
     "k;\n}\n",
     "roles/x.c:3: calls is static and can change; outside server/ everything is passed or "
     "const\n"},
    {"roles/x.c",
     "#define M(a) \\\n    int a;\nstruct x;\nstruct y { int a; };\nenum { A = 1, B };\ntypedef "
     "int z;\nextern int e;\n"
     "static const struct y table[] = {{1}, {2}};\nstatic const char *const names[] = {\"a\"};\n"
     "static int f(int a, int (*g)(int))\n{\n    int b = a;\n    return b;\n}\nconst int k = 2;\n"
     "static_assert(1 == 1, \"so\");\nint (*h(void))(int);\nenum e g(struct y *y) PRINTF_LIKE(1, "
     "2);\n",
     ""},
    {"server/x.c", "static int calls;\n", ""},
    {"roles/x.h", "handler a, b;\nstatic int calls;\n",
     "roles/x.h:2: calls is a global that can change; outside server/ everything is passed or "
     "const\n"},

    {"base/x.c", "int f(void)\n{\n" TEN TEN TEN TEN TEN TEN TEN "}\n", ""},
    {"base/x.c",
     "int f(void)\n{\n" TEN TEN TEN TEN TEN TEN
     "    static const struct {\n        int a;\n    } t[] = {\n" TEN "    };\n}\n",
     ""},
    {"base/x.c", "int f(void)\n{\n" TEN TEN TEN TEN TEN TEN TEN "x;\n}\n",
     "base/x.c:3: this function has 71 lines; 70 are the limit\n"},
    {"web/src/x.ts", HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, ""},
    {"web/src/x.ts", HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "x\n",
     "web/src/x.ts: is longer than 700 lines; it wants to be two files\n"},

    {"base/x.h",
     "/* "
     "TO"
     "DO: later. */\n",
     "base/x.h:1: says "
     "TO"
     "DO; do it, or write down in docs why not\n"},
    {"base/x.h", "/* mkstemp: XXXXXX */\n", ""},
    {"base/x.h", "int a(void);\t\nint b(void); \n",
     "base/x.h:1: a tab; indent with spaces\nbase/x.h:2: blanks at the end of the line\n"},
    {"docs/x.md", "One.\nTwo.", "docs/x.md:2: the last line has no end\n"},
    {"tests/files/x.in", "One. \nTwo\t.", ""},

    {"server/utils.h", "", "server/utils.h: is named utils; name it by what it is for\n"},
    {"web/src/lib/misc.ts", "", "web/src/lib/misc.ts: is named misc; name it by what it is for\n"},
    {"extra/x.c", "",
     "extra/x.c: no library is made from this folder; the build does not see it\n"},
    {"tests/unit/base/x.c", "",
     "tests/unit/base/x.c: nothing builds this; unit tests are named test_*.c, what they share "
     "lies in tests/support\n"},
};

unsigned tidy_snippets(void)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < COUNTOF(snippets); i++) {
        struct arena *a = arena_open(1 << 16);
        struct buf report;
        buf_init(&report, a, 1 << 16);
        tidy_file(a, str_of(snippets[i].path), str_of(snippets[i].text), &report);
        if (!str_equal(buf_str(&report), str_of(snippets[i].report))) {
            printf("snippet %zu, %s\n  says   \"" STR_FMT "\"\n  wanted \"%s\"\n", i,
                   snippets[i].path, STR_ARG(buf_str(&report)), snippets[i].report);
            wrong++;
        }
        arena_close(a);
    }
    printf("%zu snippets, %u judged wrongly\n", COUNTOF(snippets), wrong);
    return wrong;
}

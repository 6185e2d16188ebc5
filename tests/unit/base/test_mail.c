/* Messages as they leave: nobody adds a header of his own, every letter arrives (RFC 5322, 2045, 2047). */
#include "tests/support/check.h"

#include "base/limits.h"
#include "base/mail.h"

#define NOON INT64_C(1795262400000) /* Sat, 21 Nov 2026 12:00:00 */

static enum err compose(struct arena *a, const char *from, const char *to, const char *subject, const char *text, str *out)
{
    struct mail_server s = {.url = S("smtp://localhost"), .from = str_of(from)};
    struct mail m = {str_of(to), str_of(subject), str_of(text)};
    struct problem why = {.arena = a};
    *out = (str){0};
    return mail_compose(a, &s, &m, NOON, S("ID"), out, &why);
}

static void a_message_looks_like_this(void **state)
{
    struct arena *a = arena_open(4096);
    str out;
    (void)state;
    NEED(compose(a, "Vitrine <v@example.com>", "ada@example.com", "Hello", "One\n.\nthe = sign \n", &out) == ERR_OK);
    CHECK_STR(out, S("Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n"
                     "From: Vitrine <v@example.com>\r\n"
                     "To: <ada@example.com>\r\n"
                     "Subject: Hello\r\n"
                     "Message-ID: <ID@example.com>\r\n"
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n"
                     "Auto-Submitted: auto-generated\r\n"
                     "\r\n"
                     "One\r\n.\r\nthe =3D sign=20\r\n"));
    arena_close(a);
}

static void addresses_and_subjects_carry_nothing_else(void **state)
{
    static const struct {
        const char *from, *to, *subject;
        enum err err;
    } rows[] = {
        {"v@example.com", "ada@example.com", "x", ERR_OK},
        {"<v@example.com>", "ada@example.com", "", ERR_OK},
        {"V\xc3\xa4 (x) <v@example.com>", "ada@example.com", "x", ERR_OK},
        {"v@example.com", "ada@example.com\r\nBcc: eve@example.com", "x", ERR_INVALID},
        {"v@example.com", "ada@example.com\nX: y", "x", ERR_INVALID},
        {"v@example.com", "ada@example.com> RCPT TO:<eve@example.com", "x", ERR_INVALID},
        {"v@example.com", "ada@example.com,eve@example.com", "x", ERR_INVALID},
        {"v@example.com", "ada@example.com eve@example.com", "x", ERR_INVALID},
        {"v@example.com", "\"a b\"@example.com", "x", ERR_INVALID},
        {"v@example.com", "ada", "x", ERR_INVALID},
        {"v@example.com", "@example.com", "x", ERR_INVALID},
        {"v@example.com", "ada@", "x", ERR_INVALID},
        {"v@example.com", "ada@a@b", "x", ERR_INVALID},
        {"v@example.com", "\xc3\xa4@example.com", "x", ERR_INVALID},
        {"v@example.com", "", "x", ERR_INVALID},
        {"v@example.com", "ada@example.com", "x\r\nBcc: eve@example.com", ERR_INVALID},
        {"v@example.com", "ada@example.com", "x\ny", ERR_INVALID},
        {"v@example.com", "ada@example.com", "x\ty", ERR_INVALID},
        {"nobody", "ada@example.com", "x", ERR_INVALID},
        {"V\r\n <v@example.com>", "ada@example.com", "x", ERR_INVALID},
        {"V <v@example.com", "ada@example.com", "x", ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        str out;
        CHECK_AT(i);
        CHECK_ERR(compose(a, rows[i].from, rows[i].to, rows[i].subject, "t", &out), rows[i].err);
        arena_close(a);
    }
}

static void every_letter_arrives_on_short_lines(void **state)
{
    static const struct {
        const char *subject, *wanted;
    } rows[] = {
        {"Gr\xc3\xbc\xc3\x9f" "e", "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"},
        {"=?UTF-8?Q?x?=", "Subject: =?UTF-8?Q?=3D=3FUTF=2D8=3FQ=3Fx=3F=3D?=\r\n"},
        {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
         "Subject: =?UTF-8?Q?=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC?=\r\n =?UTF-8?Q?=E2=82=AC?=\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        str out;
        CHECK_AT(i);
        NEED(compose(a, "v@example.com", "ada@example.com", rows[i].subject, "t", &out) == ERR_OK);
        if (!str_contains(out, str_of(rows[i].wanted)))
            CHECK_SAY(STR_FMT, STR_ARG(out));
        arena_close(a);
    }
    struct arena *a = arena_open(4096);
    static char text[2000];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = "a =\xc3\xa9"[i % 5];
    str out, line;
    bool ended = false;
    NEED(compose(a, "v@example.com", "ada@example.com", text, text, &out) == ERR_INVALID); /* such a subject is too long */
    NEED(compose(a, "v@example.com", "ada@example.com", "x", text, &out) == ERR_OK);
    while (str_next(&out, &ended, '\n', &line)) {
        CHECK(line.len <= 77); /* with the CR */
        for (size_t i = 0; i < line.len; i++)
            CHECK((unsigned char)line.at[i] < 0x7f);
    }
    arena_close(a);
}

static void a_text_has_its_limit(void **state)
{
    struct arena *a = arena_open(4096);
    static char text[LIMIT_MAIL_TEXT_BYTES + 2];
    str out;
    (void)state;
    memset(text, '\xc3', sizeof text - 1); /* the most that coding makes of it */
    CHECK_ERR(compose(a, "v@example.com", "ada@example.com", "x", text, &out), ERR_INVALID);
    text[LIMIT_MAIL_TEXT_BYTES] = '\0';
    CHECK_ERR(compose(a, "v@example.com", "ada@example.com", "x", text, &out), ERR_OK);
    arena_close(a);
}

static void servers_are_checked_at_the_start(void **state)
{
    static const struct {
        const char *url, *from, *user, *password;
        enum err err;
    } rows[] = {
        {"smtp://mail.example.com", "v@example.com", NULL, NULL, ERR_OK},
        {"smtps://mail.example.com:465", "v@example.com", "u", "p", ERR_OK},
        {"smtp://[::1]:25", "V <v@example.com>", NULL, NULL, ERR_OK},
        {"smtp://", "v@example.com", NULL, NULL, ERR_INVALID},
        {"http://mail.example.com", "v@example.com", NULL, NULL, ERR_INVALID},
        {"smtp://u:p@mail.example.com", "v@example.com", NULL, NULL, ERR_INVALID},
        {"smtp://mail.example.com\r\nX", "v@example.com", NULL, NULL, ERR_INVALID},
        {"smtp://mail.example.com", "v", NULL, NULL, ERR_INVALID},
        {"smtp://mail.example.com", "v@example.com", "u", NULL, ERR_INVALID},
        {"smtp://mail.example.com", "v@example.com", NULL, "p", ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct mail_server s = {.url = str_of(rows[i].url), .from = str_of(rows[i].from), .user = str_of(rows[i].user),
                                .password = str_of(rows[i].password)};
        CHECK_AT(i);
        CHECK_PROBLEM(mail_check_server(&s, &why), rows[i].err, &why);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(a_message_looks_like_this), TEST(addresses_and_subjects_carry_nothing_else), TEST(every_letter_arrives_on_short_lines),
           TEST(a_text_has_its_limit), TEST(servers_are_checked_at_the_start))

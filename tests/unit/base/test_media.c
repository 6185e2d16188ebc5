#include "tests/support/check.h"

#include "base/arena.h"
#include "base/media.h"

static void f_3_bytes_tell_what_a_file_is(void **state)
{
    (void)state;
    static const struct {
        str bytes, name;
        const char *mime;
        bool fits;
    } rows[] = {
        {STR("\xff\xd8\xff\xe0"), STR("a.JPG"), "image/jpeg", true},
        {STR("\xff\xd8\xff\xe0"), STR("a.png"), "image/jpeg", false},
        {STR("\xff\xd8\xff\xe0"), STR("a"), "image/jpeg", true},
        {STR("\xff\xd8\xff\xe0"), STR("a.xyz"), "image/jpeg", true},
        {STR("GIF89a<script>"), STR("a.gif"), "image/gif", true},
        {STR("GIF89a<script>"), STR("a.html"), "image/gif", false},
        {STR("GIF89a<script>"), STR("a.gif.PhP"), "image/gif", false},
        {STR("GIF89a<script>"), STR("a.shtml. "), "image/gif", false},
        {STR("RIFF1234WEBPVP8 "), STR("a.webp"), "image/webp", true},
        {STR("RIFF1234WAVEfmt "), STR("a.wav"), "audio/wav", true},
        {STR("RIFF1234"), STR("a.webp"), "text/plain", false},
        {STR("\0\0\0\x1c" "ftypavif"), STR("a.avif"), "image/avif", true},
        {STR("\0\0\0\x1c" "ftypisom"), STR("a.mp4"), "video/mp4", true},
        {STR("OggS\0"), STR("a.ogv"), "audio/ogg", true},
        {STR("PK\3\4"), STR("a.docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", true},
        {STR("PK\3\4"), STR("a.zip"), "application/zip", true},
        {STR("PK\3\4"), STR("a.png"), "application/zip", false},
        {STR("%PDF-1.4"), STR("a.pdf"), "application/pdf", true},
        {STR("<svg onload=alert(1)>"), STR("a.svg"), "image/svg+xml", true},
        {STR("<?xml version='1.0'?><!-- x --><svg/>"), STR("a.svg"), "image/svg+xml", true},
        {STR("<svg onload=alert(1)>"), STR("a.png"), "image/svg+xml", false},
        {STR("<svg onload=alert(1)>"), STR("a.txt"), "image/svg+xml", false},
        {STR("\xef\xbb\xbf \n<!DocType HTML>"), STR("a.html"), "text/html", true},
        {STR("<!-- --><ScRiPt>"), STR("a.md"), "text/html", false},
        {STR("<?xml version='1.0'?><a/>"), STR("a.xml"), "application/xml", true},
        {STR("body { }"), STR("a.css"), "text/css", true},
        {STR("{}"), STR("a.json"), "application/json", true},
        {STR("hello"), STR("a.txt"), "text/plain", true},
        {STR("hello"), STR("a.png"), "text/plain", false},
        {STR("Gr\xc3\xbc\xc3\x9f" "e\xc3"), STR("a.txt"), "text/plain", true},
        {STR(""), STR("a.txt"), "text/plain", true},
        {STR("\0\1\2\3"), STR("a.bin"), "application/octet-stream", true},
        {STR("\0\1\2\3"), STR("a.txt"), "application/octet-stream", false},
        {STR("MZ\x90\0"), STR("a.exe"), "application/octet-stream", true},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        bool fits = !rows[i].fits;
        CHECK_AT(i);
        CHECK_STR(media_of(rows[i].bytes, rows[i].name, &fits)->mime, str_of(rows[i].mime));
        CHECK(fits == rows[i].fits);
    }
}

static void f_4_only_what_runs_nothing_is_shown(void **state)
{
    (void)state;
    static const char *const shown[] = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "video/mp4", "audio/mpeg", "text/plain"};
    static const char *const saved[] = {"text/html", "image/svg+xml", "application/xml", "application/pdf", "text/javascript", "text/css",
                                        "application/wasm", "application/zip", "application/octet-stream", "application/x-php"};
    for (size_t i = 0; i < COUNTOF(shown); i++)
        CHECK(media_named(str_of(shown[i]))->is_inline);
    for (size_t i = 0; i < COUNTOF(saved); i++)
        CHECK(!media_named(str_of(saved[i]))->is_inline);
    CHECK(media_named(S("no/such")) == NULL);
}

static void f_1_names_are_cleaned(void **state)
{
    (void)state;
    static const struct {
        str sent, kept;
    } rows[] = {
        {STR("a.txt"), STR("a.txt")},      {STR("../../etc/passwd"), STR("passwd")},  {STR("..\\..\\boot.ini"), STR("boot.ini")},
        {STR("C:\\x.txt"), STR("x.txt")},  {STR("a\0b.txt"), STR("ab.txt")},          {STR("a\r\nSet-Cookie: x"), STR("aSet-Cookie x")},
        {STR("..."), STR("")},             {STR(".htaccess"), STR("htaccess")},       {STR("a.txt. ."), STR("a.txt")},
        {STR("gpj\xe2\x80\xaetxt"), STR("gpjtxt")}, {STR("\xff\xfe" "a"), STR("a")},  {STR("Gr\xc3\xbc\xc3\x9f" "e"), STR("Gr\xc3\xbc\xc3\x9f" "e")},
        {STR("a\"b<c>|d"), STR("abcd")},   {STR(""), STR("")},                        {STR("x\xe2\x80\x8by"), STR("xy")},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(media_clean_name(a, rows[i].sent), rows[i].kept);
    }
    char long_name[600];
    memset(long_name, 'x', sizeof long_name);
    CHECK_INT(media_clean_name(a, (str){long_name, sizeof long_name}).len, 255);
    arena_close(a);
}

static void names_travel_in_headers(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    CHECK_STR(media_disposition(a, true, S("a b.txt")), S("inline; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"));
    CHECK_STR(media_disposition(a, false, S("Gr\xc3\xbc\xc3\x9f" "e.txt")),
              S("attachment; filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"));
    CHECK_STR(media_disposition(a, false, S("a\"\\%\r\n;b")), S("attachment; filename=\"a_____;b\"; filename*=UTF-8''a%22%5C%25%0D%0A%3Bb"));
    CHECK_STR(media_disposition(a, false, S("")), S("attachment"));
    arena_close(a);
}

CHECK_MAIN(TEST(f_3_bytes_tell_what_a_file_is), TEST(f_4_only_what_runs_nothing_is_shown), TEST(f_1_names_are_cleaned),
           TEST(names_travel_in_headers))

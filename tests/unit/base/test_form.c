/* Forms: what browsers, curl and requests send is read; what two readers could understand differently is not. */
#include "tests/support/check.h"

#include "base/form.h"
#include "base/limits.h"

#define MULTIPART "multipart/form-data; boundary=XX"
#define PART(name) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static void forms_are_read(void **state)
{
    static const struct {
        const char *type, *body;
        const char *password; /* NULL: absent */
        size_t count;
    } rows[] = {
        {"application/x-www-form-urlencoded", "password=ZENKEY_eyJ9==", "ZENKEY_eyJ9==", 1},
        {"application/x-www-form-urlencoded", "grant_type=&username=a%40b&password=p+q%2B&x=1", "p q+", 4},
        {"Application/X-WWW-Form-URLEncoded; charset=utf-8", "password=%C3%A4", "\xC3\xA4", 1},
        {"application/x-www-form-urlencoded", "", NULL, 0},
        {"application/x-www-form-urlencoded", "password", "", 1},
        {NULL, "", NULL, 0},
        {MULTIPART, PART("password") "a=b&c\r\n--XX--\r\n", "a=b&c", 1},
        {MULTIPART, PART("password") "\r\n--XX--", "", 1},
        {MULTIPART, PART("password") "--XX--", "", 1},
        {MULTIPART, PART("username") "u\r\n" PART("password") "one\r\ntwo\r\n--XX--\r\nepilogue", "one\r\ntwo", 2},
        {"multipart/form-data; boundary=\"X X\"", "--X X\r\ncontent-disposition: form-data; name=password\r\n\r\np\r\n--X X--", "p", 1},
        {MULTIPART, "--XX\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=\"password\"; filename=\"p\"\r\n\r\np\r\n--XX--", NULL, 1},
        {MULTIPART, PART("password") "-\r\r\n--X\r\n--xx\n--XX\r\n--XX--", "-\r\r\n--X\r\n--xx\n--XX", 1},
        {MULTIPART, "--XX--", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct form form;
        CHECK_AT(i);
        CHECK_PROBLEM(form_read(a, str_of(rows[i].type), str_of(rows[i].body), &form, &why), ERR_OK, &why);
        CHECK_INT(form.count, rows[i].count);
        str password = form_get(&form, S("password"));
        CHECK(str_is_absent(password) == (rows[i].password == NULL));
        CHECK_STR(password, rows[i].password ? str_of(rows[i].password) : (str){0});
        arena_close(a);
    }
}

static void broken_forms_are_refused(void **state)
{
    static const struct {
        const char *type, *body;
        enum err wanted;
    } rows[] = {
        {"application/json", "{}", ERR_BAD_MEDIA},
        {NULL, "password=x", ERR_BAD_MEDIA},
        {"text/plain", "password=x", ERR_BAD_MEDIA},
        {"application/x-www-form-urlencoded", "password=%", ERR_BAD_INPUT},
        {"application/x-www-form-urlencoded", "password=%zz", ERR_BAD_INPUT},
        {"application/x-www-form-urlencoded", "password=%ff", ERR_BAD_INPUT},
        {"application/x-www-form-urlencoded", "password=%00", ERR_BAD_INPUT},
        {"application/x-www-form-urlencoded", "password=a&password=b", ERR_BAD_INPUT},
        {"multipart/form-data", PART("p") "x\r\n--XX--", ERR_BAD_INPUT},
        {"multipart/form-data; boundary=", "--\r\n", ERR_BAD_INPUT},
        {"multipart/form-data; boundary=XX; boundary=YY", PART("p") "x\r\n--XX--", ERR_BAD_INPUT},
        {"multipart/form-data; boundary=\"XX", PART("p") "x\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "", ERR_BAD_INPUT},
        {MULTIPART, "preamble\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, PART("p") "x", ERR_BAD_INPUT},
        {MULTIPART, PART("p") "x\r\n--XX", ERR_BAD_INPUT},
        {MULTIPART, PART("p") "x\r\n--XXY--", ERR_BAD_INPUT},
        {MULTIPART, PART("p") "--XX\r\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: attachment; name=p\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: form-data; name=p; name=q\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: form-data; name=p\r\nContent-Disposition: form-data; name=q\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: form-data; name=p\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: form-data; name=p\r\nnothing\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, "--XX\r\nContent-Disposition: form-data; name=p\nx\r\n\r\nx\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, PART("p") "x\r\n" PART("p") "y\r\n--XX--", ERR_BAD_INPUT},
        {MULTIPART, PART("p") "\xff\r\n--XX--", ERR_BAD_INPUT},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct form form;
        CHECK_AT(i);
        CHECK_ERR(form_read(a, str_of(rows[i].type), str_of(rows[i].body), &form, &why), rows[i].wanted);
        CHECK_INT(form.count, 0);
        CHECK(why.text.len > 0);
        arena_close(a);
    }
}

/* count parts, each with so many further lines of so many bytes in its head. */
static enum err read_parts(size_t count, size_t lines, size_t line_bytes)
{
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    struct form form;
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < count; i++) {
        buf_format(&b, "--XX\r\nContent-Disposition: form-data; name=n%zu\r\n", i);
        for (size_t k = 0; k < lines; k++) {
            buf_add(&b, S("X:"));
            for (size_t n = 2; n < line_bytes; n++)
                buf_byte(&b, 'x');
            buf_add(&b, S("\r\n"));
        }
        buf_add(&b, S("\r\nv\r\n"));
    }
    buf_add(&b, S("--XX--"));
    enum err e = form_read(a, S(MULTIPART), buf_str(&b), &form, &why);
    arena_close(a);
    return e;
}

static void forms_have_limits(void **state)
{
    (void)state;
    CHECK_ERR(read_parts(LIMIT_QUERY_PARAMETERS, 0, 0), ERR_OK);
    CHECK_ERR(read_parts(LIMIT_QUERY_PARAMETERS + 1, 0, 0), ERR_BAD_INPUT);
    CHECK_ERR(read_parts(1, LIMIT_FORM_PART_LINES - 2, 10), ERR_OK);
    CHECK_ERR(read_parts(1, LIMIT_FORM_PART_LINES - 1, 10), ERR_BAD_INPUT);
    CHECK_ERR(read_parts(1, 1, LIMIT_FORM_PART_LINE_BYTES), ERR_OK);
    CHECK_ERR(read_parts(1, 1, LIMIT_FORM_PART_LINE_BYTES + 1), ERR_BAD_INPUT);
}

static void parameters_of_headers(void **state)
{
    static const struct {
        const char *value, *name, *wanted; /* NULL: absent */
        bool fits;
    } rows[] = {
        {"form-data", "name", NULL, true},
        {"form-data; name=a", "NAME", "a", true},
        {"form-data; name=\"a \\\"b\\\" c:\\dir\"", "name", "a \"b\" c:\\dir", true},
        {"form-data ; x=y ; name=a", "name", "a", true},
        {"form-data; name=\"\"", "name", "", true},
        {"form-data; name", "name", NULL, false},
        {"form-data; name=", "name", NULL, false},
        {"form-data; name=a b", "name", NULL, false},
        {"form-data; name=\"a", "name", NULL, false},
        {"form-data;; name=a", "name", NULL, false},
        {"form-data; name=a;", "name", NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(1024);
        str out;
        CHECK_AT(i);
        bool fits = header_parameter(a, str_of(rows[i].value), str_of(rows[i].name), &out);
        CHECK(fits == rows[i].fits);
        if (fits) {
            CHECK(str_is_absent(out) == (rows[i].wanted == NULL));
            CHECK_STR(out, rows[i].wanted ? str_of(rows[i].wanted) : (str){0});
        }
        arena_close(a);
    }
}

CHECK_MAIN(TEST(forms_are_read), TEST(broken_forms_are_refused), TEST(forms_have_limits), TEST(parameters_of_headers))

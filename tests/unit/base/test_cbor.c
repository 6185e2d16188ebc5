#include "base/cbor.h"

#include "base/buf.h"
#include "base/limits.h"
#include "tests/support/bytes.h"
#include "tests/support/check.h"

/* As text, so that a row shows all of it; the examples are of RFC 8949, appendix A, as far as they are of
 * the subset. */
static void print(struct buf *b, const struct cbor *v)
{
    size_t n = v->type == CBOR_MAP ? 2 * (size_t)v->count : v->count;
    switch (v->type) {
    case CBOR_NULL:
        buf_add(b, S("null"));
        break;
    case CBOR_BOOL:
        buf_add(b, v->boolean ? S("true") : S("false"));
        break;
    case CBOR_INT:
        buf_i64(b, v->integer);
        break;
    case CBOR_BYTES:
        buf_byte(b, 'h');
        buf_hex(b, v->bytes.at, v->bytes.len);
        break;
    case CBOR_TEXT:
        buf_json_text(b, v->bytes);
        break;
    case CBOR_LIST:
    case CBOR_MAP:
        buf_byte(b, v->type == CBOR_MAP ? '{' : '[');
        for (size_t i = 0; i < n; i++) {
            print(b, &v->items[i]);
            if (i + 1 < n)
                buf_byte(b, v->type == CBOR_MAP && i % 2 == 0 ? ':' : ',');
        }
        buf_byte(b, v->type == CBOR_MAP ? '}' : ']');
        break;
    case CBOR_TAG:
        buf_format(b, "%u(", v->count);
        print(b, v->items);
        buf_byte(b, ')');
        break;
    }
}

static const struct {
    const char *hex, *text; /* NULL: refused */
} cases[] = {
    {"00", "0"},
    {"01", "1"},
    {"17", "23"},
    {"1818", "24"},
    {"18ff", "255"},
    {"190100", "256"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    {"1b7fffffffffffffff", "9223372036854775807"},
    {"20", "-1"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"3b7fffffffffffffff", "-9223372036854775808"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"40", "h"},
    {"4401020304", "h01020304"},
    {"60", "\"\""},
    {"6449455446", "\"IETF\""},
    {"62c3bc", "\"\xc3\xbc\""},
    {"80", "[]"},
    {"83010203", "[1,2,3]"},
    {"8301820203820405", "[1,[2,3],[4,5]]"},
    {"a0", "{}"},
    {"a201020304", "{1:2,3:4}"},
    {"a26161016162820203", "{\"a\":1,\"b\":[2,3]}"},
    {"a1410102", NULL},             /* bytes as a key */
    {"a1f501", NULL},
    {"a201020103", NULL},           /* twice */
    {"a2616101616102", NULL},       /* twice */
    {"a20120200a", "{1:-1,-1:10}"},
    {"", NULL},
    {"1817", NULL},                 /* longer than need be */
    {"1800", NULL},
    {"1900ff", NULL},
    {"1a0000ffff", NULL},
    {"1b00000000ffffffff", NULL},
    {"5801ff", NULL},
    {"7803414243", NULL},
    {"980101", NULL},
    {"b8010101", NULL},
    {"1bffffffffffffffff", NULL},   /* beyond int64 */
    {"1b8000000000000000", NULL},
    {"3b8000000000000000", NULL},
    {"18", NULL},                   /* cut off */
    {"1901", NULL},
    {"41", NULL},
    {"6261", NULL},
    {"8201", NULL},
    {"a101", NULL},
    {"5f42010243030405ff", NULL},   /* indefinite */
    {"7f657374726561646d696e67ff", NULL},
    {"9fff", NULL},
    {"bfff", NULL},
    {"ff", NULL},
    {"1c", NULL},                   /* reserved */
    {"1f", NULL},
    {"c074323031332d30332d32315432303a30343a30305a", NULL}, /* tags */
    {"c249010000000000000000", NULL},
    {"f90000", NULL},               /* reals */
    {"fa47c35000", NULL},
    {"fb3ff199999999999a", NULL},
    {"f7", NULL},                   /* undefined and other simple ones */
    {"f0", NULL},
    {"f818", NULL},
    {"f814", NULL},
    {"62c328", NULL},               /* no UTF-8 */
    {"61ff", NULL},
    {"9b7fffffffffffffff", NULL},   /* announces more than there is */
    {"bb7fffffffffffffff", NULL},
    {"5b7fffffffffffffff", NULL},
    {"9a00010000", NULL},
};

static void values_are_read_in_their_one_form(void **state)
{
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct cbor v;
        struct buf b;
        str whole = bytes_of_hex(a, cases[i].hex), rest = whole;
        CHECK_AT(i);
        CHECK_INT(cbor_read(a, &rest, &v), cases[i].text != NULL);
        if (cases[i].text == NULL) {
            CHECK_STR(rest, whole);
            continue;
        }
        buf_init(&b, a, 1024);
        print(&b, &v);
        CHECK_STR(buf_str(&b), str_of(cases[i].text));
        CHECK_INT(rest.len, 0);
        for (size_t n = 0; n < whole.len; n++) { /* never a shorter one */
            rest = str_slice(whole, 0, n);
            CHECK(!cbor_read(a, &rest, &v));
        }
    }
    arena_close(a);
}

static void what_is_behind_stays(void **state)
{
    struct arena *a = arena_open(1024);
    struct cbor v;
    str rest = bytes_of_hex(a, "a10102f5ff");
    (void)state;
    CHECK(cbor_read(a, &rest, &v) && v.type == CBOR_MAP);
    CHECK_INT(cbor_by_int(&v, 1)->integer, 2);
    CHECK(cbor_by_int(&v, 2) == NULL && cbor_by_text(&v, S("1")) == NULL);
    CHECK(cbor_read(a, &rest, &v) && v.type == CBOR_BOOL);
    CHECK(cbor_by_int(&v, 1) == NULL && cbor_by_int(NULL, 1) == NULL);
    CHECK_INT(rest.len, 1);
    CHECK(!cbor_read(a, &rest, &v));
    CHECK_INT(v.type, CBOR_BOOL); /* untouched */
    rest = bytes_of_hex(a, "a1636b6579182a");
    CHECK(cbor_read(a, &rest, &v));
    CHECK_INT(cbor_by_text(&v, S("key"))->integer, 42);
    arena_close(a);
}

static bool is_read(struct arena *a, const struct buf *b)
{
    struct cbor v;
    str rest = buf_str(b);
    return cbor_read(a, &rest, &v) && rest.len == 0;
}

static void depth_and_number_have_limits(void **state)
{
    struct arena *a = arena_open(1 << 14);
    struct buf b;
    (void)state;
    buf_init(&b, a, 4096);
    for (unsigned depth = 1; depth <= LIMIT_CBOR_DEPTH + 1; depth++) {
        buf_clear(&b);
        for (unsigned i = 0; i < depth; i++)
            buf_byte(&b, (char)0x81);
        buf_byte(&b, 0);
        CHECK_AT(depth);
        CHECK_INT(is_read(a, &b), depth <= LIMIT_CBOR_DEPTH);
    }
    for (unsigned members = LIMIT_CBOR_VALUES - 2; members <= LIMIT_CBOR_VALUES; members++) {
        buf_clear(&b);
        buf_add(&b, members < 256 ? S("\x98") : S("\x99\x01"));
        buf_byte(&b, (char)members);
        for (unsigned i = 0; i < members; i++)
            buf_byte(&b, 0);
        CHECK_AT(members);
        CHECK_INT(is_read(a, &b), members + 1 <= LIMIT_CBOR_VALUES);
    }
    arena_close(a);
}

static void tags_are_read_where_they_are_asked_for(void **state)
{
    static const struct {
        const char *hex, *text; /* NULL: refused */
    } rows[] = {
        {"c11a514b67b0", "1(1363896240)"},
        {"d28443a10126a0416141ff", "18([ha10126,{},h61,hff])"},
        {"d818456449455446", "24(h6449455446)"},
        {"d8184549455446", NULL},       /* cut off */
        {"d8184449455446", "24(h49455446)"},
        {"a101c102", "{1:1(2)}"},
        {"c1c1c100", "1(1(1(0)))"},
        {"dafffffffff6", "4294967295(null)"},
        {"db0000000100000000f6", NULL}, /* beyond 32 bits */
        {"d801f6", NULL},               /* longer than need be */
        {"c1", NULL},
        {"a1c10102", NULL},             /* as a key */
        {"c1c1c1c1c1c1c1c1c100", NULL}, /* too deep */
    };
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct cbor v;
        struct buf b;
        str rest = bytes_of_hex(a, rows[i].hex), same = rest;
        CHECK_AT(i);
        CHECK(!cbor_read(a, &same, &v));
        CHECK_INT(cbor_read_tagged(a, &rest, &v), rows[i].text != NULL);
        if (rows[i].text == NULL)
            continue;
        buf_init(&b, a, 1024);
        print(&b, &v);
        CHECK_STR(buf_str(&b), str_of(rows[i].text));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(tags_are_read_where_they_are_asked_for), TEST(values_are_read_in_their_one_form), TEST(what_is_behind_stays),
           TEST(depth_and_number_have_limits))

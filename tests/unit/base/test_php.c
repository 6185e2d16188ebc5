#include "base/limits.h"
#include "base/php.h"
#include "tests/support/check.h"

static const struct {
    const char *php, *json;           /* json NULL: refused, with: */
    const char *says;
} table[] = {
    {"<?php return [];", "[]", NULL},
    {"<?php\n return [\n  'a' => 1,\n  'b' => [\n    0 => 'x',\n    1 => NULL,\n  ],\n];", "{\"a\":1,\"b\":[\"x\",null]}", NULL},
    {"<?php return array ('t' => TRUE, 'f' => false, 'n' => null, ) ; ?>\n", "{\"t\":true,\"f\":false,\"n\":null}", NULL},
    {"<?php return -9223372036854775807-1;", "-9223372036854775808", NULL},
    {"<?php return [1.5, -2, 1.0E+25];", "[1.5,-2,1e25]", NULL},
    {"<?php return 'it\\'s \\\\ \\n';", "\"it's \\\\ \\\\n\"", NULL},
    {"<?php return 'a' . \"\\0\" . 'b';", "\"a\\u0000b\"", NULL},
    {"<?php return \"a\\tb\\\"\\$\";", "\"a\\tb\\\"$\"", NULL},
    {"<?php /* a */ return // b\n # c\n 1;", "1", NULL},
    {"<?php return [2 => 'x', 'y'];", "{\"2\":\"x\",\"3\":\"y\"}", NULL},
    {"<?php return ['0' => 'x', '1' => 'y'];", "[\"x\",\"y\"]", NULL},
    {"<?php return ['a' => 1, 'a' => 2];", "{\"a\":2}", NULL},
    {"<?php return [0 => 'x', 0 => 'y'];", "[\"y\"]", NULL},
    {"<?php return ['01' => 1];", "{\"01\":1}", NULL},
    {"", NULL, "line 1: a file of PHP begins with <?php"},
    {"<html>", NULL, "begins with <?php"},
    {"<?php echo 1;", NULL, "only \"return\""},
    {"<?php\nreturn [\n getenv('A')];", NULL, "line 3: only texts, numbers"},
    {"<?php return $x;", NULL, "no code"},
    {"<?php return \"$x\";", NULL, "variable"},
    {"<?php return \"\\x41\";", NULL, "escape"},
    {"<?php return 'a' . b();", NULL, "only texts can be joined"},
    {"<?php return 1 + 1;", NULL, "only values"},
    {"<?php return 1;;", NULL, "follows the value"},
    {"<?php return 'a", NULL, "does not end"},
    {"<?php return ['a' => ", NULL, "ends too early"},
    {"<?php return [1 2];", NULL, "comma"},
    {"<?php return 1.2.3;", NULL, "no number"},
    {"<?php return [1.5 => 1];", NULL, "key"},
    {"<?php return [[] => 1];", NULL, "key"},
    {"<?php return nullx;", NULL, "no code"},
    {"<?php return '\xff';", NULL, "UTF-8"},
};

static void values_are_read_and_code_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct json *v;
        CHECK_AT(i);
        enum err e = php_read(a, str_of(table[i].php), S("m.php"), &v, &why);
        CHECK_INT(e, table[i].json ? ERR_OK : ERR_BAD_INPUT);
        if (e == ERR_OK && table[i].json)
            CHECK_STR(json_print(a, v), str_of(table[i].json));
        if (table[i].says)
            CHECK(str_contains(why.text, str_of(table[i].says)));
        arena_close(a);
    }
}

static enum err nested(struct arena *a, size_t depth)
{
    struct buf b;
    struct problem why = {.arena = a};
    const struct json *v;
    buf_init(&b, a, 1 << 16);
    buf_add(&b, S("<?php return "));
    for (size_t i = 0; i < depth; i++)
        buf_byte(&b, '[');
    for (size_t i = 0; i < depth; i++)
        buf_byte(&b, ']');
    buf_byte(&b, ';');
    return php_read(a, buf_str(&b), S("m.php"), &v, &why);
}

static void depth_is_bounded(void **state)
{
    struct arena *a = arena_open(4096);
    (void)state;
    CHECK_INT(nested(a, LIMIT_JSON_DEPTH - 1), ERR_OK);
    CHECK_INT(nested(a, LIMIT_JSON_DEPTH), ERR_BAD_INPUT);
    arena_close(a);
}

CHECK_MAIN(TEST(values_are_read_and_code_is_not), TEST(depth_is_bounded))

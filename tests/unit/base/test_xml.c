/* XML: what is well-formed comes as events, whatever its pieces; everything else is refused with its line. */
#include "base/buf.h"
#include "base/xml.h"
#include "tests/support/check.h"
#include "tests/support/memory_source.h"

static struct arena *arena;

/* "<a x=1>text</a>" as it was understood, or the sentence of the error. */
static str told(str text, size_t most)
{
    struct memory from = {{read_memory}, text.at, text.len, 0, most};
    struct xml *x = xml_open(&from.source);
    struct problem why = {.arena = arena};
    struct buf out;
    enum xml_event what = XML_OPEN;
    enum err e = ERR_OK;
    buf_init(&out, arena, 1u << 20);
    while ((e = xml_next(x, &what, &why)) == ERR_OK && what != XML_END) {
        if (what == XML_TEXT)
            buf_add(&out, xml_text(x));
        else
            buf_format(&out, "<%s" STR_FMT, what == XML_CLOSE ? "/" : "", STR_ARG(xml_name(x)));
        if (what == XML_OPEN && !str_is_absent(xml_attribute(x, S("k"))))
            buf_format(&out, " k=" STR_FMT, STR_ARG(xml_attribute(x, S("k"))));
        if (what != XML_TEXT)
            buf_byte(&out, '>');
    }
    xml_close(x);
    return e == ERR_OK ? buf_str(&out) : why.text;
}

static const struct {
    str text, wanted;
} rows[] = {
    {STR("<a/>"), STR("<a></a>")},
    {STR("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- - -- --->\n<a>x</a>\n"), STR("<a>x</a>")},
    {STR("<wp:a k='&lt;&#65;&#x42;\"' ><b/>&amp;&apos;&gt;&quot;</wp:a >"), STR("<wp:a k=<AB\"><b></b>&'>\"</wp:a>")},
    {STR("<a><![CDATA[<b>&c;]]]]><![CDATA[>]]]></a>"), STR("<a><b>&c;]]>]</a>")},
    {STR("<a>1\r\n2\r3</a>"), STR("<a>1\n2\n3</a>")},
    {STR("<a>&#x1F41A;&#228;</a>"), STR("<a>🐚ä</a>")},
    {STR(""), STR("Line 1: the file ends too early")},
    {STR("<a>\n<b></a>"), STR("Line 2: an element is closed that is not open")},
    {STR("<a></a><b/>"), STR("Line 1: there is more than one outermost element")},
    {STR("<a>&nbsp;</a>"), STR("Line 1: an entity is not one of XML's own")},
    {STR("<a>&#0;</a>"), STR("Line 1: an entity is not one of XML's own")},
    {STR("<a>&#xD800;</a>"), STR("Line 1: an entity is not one of XML's own")},
    {STR("<a>&#x110000;</a>"), STR("Line 1: an entity is not one of XML's own")},
    {STR("<!DOCTYPE a><a/>"), STR("Line 1: a DOCTYPE, which is not read because it can define entities")},
    {STR("<a k='1' k='2'/>"), STR("Line 1: an attribute stands there twice")},
    {STR("<a k='<'/>"), STR("Line 1: an attribute is not closed")},
    {STR("<a k=1/>"), STR("Line 1: an attribute has no quotes")},
    {STR("<a>\x01</a>"), STR("Line 1: a control character, which XML does not allow")},
    {STR("<a>\xff</a>"), STR("Line 1: the text is not UTF-8")},
    {STR("<a><![CDATA[x]]"), STR("Line 1: the file ends too early")},
    {STR("{\"a\":1}"), STR("Line 1: this is no XML")},
    {STR("<1/>"), STR("Line 1: a name is expected")},
};

static void events_are_those_of_the_text(void **state)
{
    arena = arena_open(1u << 16);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(told(rows[i].text, SIZE_MAX), rows[i].wanted);
        CHECK_STR(told(rows[i].text, 1), rows[i].wanted);
    }
    arena_close(arena);
}

static str nested(unsigned depth)
{
    struct buf out;
    buf_init(&out, arena, 1u << 16);
    for (unsigned i = 0; i < depth; i++)
        buf_add(&out, S("<a>"));
    for (unsigned i = 0; i < depth; i++)
        buf_add(&out, S("</a>"));
    return buf_str(&out);
}

static void depth_has_a_bound(void **state)
{
    arena = arena_open(1u << 16);
    (void)state;
    CHECK_STR(told(nested(XML_DEPTH), SIZE_MAX), nested(XML_DEPTH));
    CHECK_STR(told(nested(XML_DEPTH + 1), SIZE_MAX), S("Line 1: elements are nested too deep"));
    arena_close(arena);
}

static str named(size_t bytes)
{
    struct buf out;
    buf_init(&out, arena, 1u << 16);
    buf_byte(&out, '<');
    for (size_t i = 0; i < bytes; i++)
        buf_byte(&out, 'n');
    buf_add(&out, S("/>"));
    return buf_str(&out);
}

static void names_have_a_bound(void **state)
{
    arena = arena_open(1u << 16);
    (void)state;
    CHECK(str_starts(told(named(XML_NAME_BYTES), SIZE_MAX), S("<nnn")));
    CHECK_STR(told(named(XML_NAME_BYTES + 1), SIZE_MAX), S("Line 1: a name is too long"));
    arena_close(arena);
}

/* Pieces are cut between characters; brackets that are no end stay. */
static void long_texts_come_in_pieces(void **state)
{
    arena = arena_open(1u << 16);
    struct buf out, wanted;
    (void)state;
    buf_init(&out, arena, 1u << 20);
    buf_init(&wanted, arena, 1u << 20);
    buf_add(&out, S("<a><![CDATA["));
    buf_add(&wanted, S("<a>"));
    for (unsigned i = 0; i < 40000; i++) {
        buf_add(&out, i % 3 ? S("\xc3\xbc") : S("]]"));
        buf_add(&wanted, i % 3 ? S("\xc3\xbc") : S("]]"));
    }
    buf_add(&out, S("]]></a>"));
    buf_add(&wanted, S("</a>"));
    CHECK_STR(told(buf_str(&out), 4096), buf_str(&wanted));
    arena_close(arena);
}

CHECK_MAIN(TEST(events_are_those_of_the_text), TEST(depth_has_a_bound), TEST(names_have_a_bound), TEST(long_texts_come_in_pieces))

#include "base/media.h"

#include "base/buf.h"
#include "base/utf8.h"

enum sort { BY_MAGIC, IS_TEXT, IS_ZIP, IS_ANY }; /* how bytes tell; text and zip leave the rest to the name */

/* clang-format off */
static const struct row {
    struct media media;
    str extensions;                   /* all that name it, between blanks */
    enum sort sort;
    size_t offset;                    /* of the magic number */
    str magic;
    str magic_at_8;                   /* RIFF's second word; {0}: none */
} rows[] = {
    {{STR("image/jpeg"), STR("jpg"), STR("image"), true, true}, STR(" jpg jpeg jpe "), BY_MAGIC, 0, STR("\xff\xd8\xff"), {0}},
    {{STR("image/png"), STR("png"), STR("image"), true, true}, STR(" png "), BY_MAGIC, 0, STR("\x89PNG\r\n\x1a\n"), {0}},
    {{STR("image/gif"), STR("gif"), STR("image"), true, true}, STR(" gif "), BY_MAGIC, 0, STR("GIF87a"), {0}},
    {{STR("image/gif"), STR("gif"), STR("image"), true, true}, STR(" gif "), BY_MAGIC, 0, STR("GIF89a"), {0}},
    {{STR("image/webp"), STR("webp"), STR("image"), true, true}, STR(" webp "), BY_MAGIC, 0, STR("RIFF"), STR("WEBP")},
    {{STR("image/avif"), STR("avif"), STR("image"), true, true}, STR(" avif "), BY_MAGIC, 4, STR("ftypavif"), {0}},
    {{STR("image/avif"), STR("avif"), STR("image"), true, true}, STR(" avif "), BY_MAGIC, 4, STR("ftypavis"), {0}},
    {{STR("image/heic"), STR("heic"), STR("image"), false, true}, STR(" heic heif "), BY_MAGIC, 4, STR("ftyphei"), {0}},
    {{STR("image/heic"), STR("heic"), STR("image"), false, true}, STR(" heic heif "), BY_MAGIC, 4, STR("ftypmif1"), {0}},
    {{STR("image/tiff"), STR("tif"), STR("image"), false, true}, STR(" tif tiff "), BY_MAGIC, 0, STR("II*\0"), {0}},
    {{STR("image/tiff"), STR("tif"), STR("image"), false, true}, STR(" tif tiff "), BY_MAGIC, 0, STR("MM\0*"), {0}},
    {{STR("image/bmp"), STR("bmp"), STR("image"), false, false}, STR(" bmp "), BY_MAGIC, 0, STR("BM"), {0}},
    {{STR("image/x-icon"), STR("ico"), STR("image"), false, false}, STR(" ico "), BY_MAGIC, 0, STR("\0\0\1\0"), {0}},
    {{STR("video/quicktime"), STR("mov"), STR("video"), false, false}, STR(" mov qt "), BY_MAGIC, 4, STR("ftypqt"), {0}},
    {{STR("audio/mp4"), STR("m4a"), STR("audio"), true, false}, STR(" m4a "), BY_MAGIC, 4, STR("ftypM4A"), {0}},
    {{STR("video/mp4"), STR("mp4"), STR("video"), true, false}, STR(" mp4 m4v "), BY_MAGIC, 4, STR("ftyp"), {0}},
    {{STR("video/webm"), STR("webm"), STR("video"), true, false}, STR(" webm mkv weba "), BY_MAGIC, 0, STR("\x1a\x45\xdf\xa3"), {0}},
    {{STR("video/x-msvideo"), STR("avi"), STR("video"), false, false}, STR(" avi "), BY_MAGIC, 0, STR("RIFF"), STR("AVI ")},
    {{STR("video/x-flv"), STR("flv"), STR("video"), false, false}, STR(" flv "), BY_MAGIC, 0, STR("FLV\1"), {0}},
    {{STR("video/x-ms-wmv"), STR("wmv"), STR("video"), false, false}, STR(" wmv asf "), BY_MAGIC, 0, STR("\x30\x26\xb2\x75\x8e\x66\xcf\x11"), {0}},
    {{STR("audio/mpeg"), STR("mp3"), STR("audio"), true, false}, STR(" mp3 "), BY_MAGIC, 0, STR("ID3"), {0}},
    {{STR("audio/mpeg"), STR("mp3"), STR("audio"), true, false}, STR(" mp3 "), BY_MAGIC, 0, STR("\xff\xfb"), {0}},
    {{STR("audio/mpeg"), STR("mp3"), STR("audio"), true, false}, STR(" mp3 "), BY_MAGIC, 0, STR("\xff\xf3"), {0}},
    {{STR("audio/ogg"), STR("ogg"), STR("audio"), true, false}, STR(" ogg oga ogv opus "), BY_MAGIC, 0, STR("OggS"), {0}},
    {{STR("audio/wav"), STR("wav"), STR("audio"), true, false}, STR(" wav "), BY_MAGIC, 0, STR("RIFF"), STR("WAVE")},
    {{STR("audio/flac"), STR("flac"), STR("audio"), true, false}, STR(" flac "), BY_MAGIC, 0, STR("fLaC"), {0}},
    {{STR("application/pdf"), STR("pdf"), STR("document"), false, false}, STR(" pdf "), BY_MAGIC, 0, STR("%PDF-"), {0}},
    {{STR("application/gzip"), STR("gz"), STR("archive"), false, false}, STR(" gz tgz "), BY_MAGIC, 0, STR("\x1f\x8b"), {0}},
    {{STR("application/x-tar"), STR("tar"), STR("archive"), false, false}, STR(" tar "), BY_MAGIC, 257, STR("ustar"), {0}},
    {{STR("application/x-7z-compressed"), STR("7z"), STR("archive"), false, false}, STR(" 7z 7zip "), BY_MAGIC, 0, STR("7z\xbc\xaf\x27\x1c"), {0}},
    {{STR("application/vnd.rar"), STR("rar"), STR("archive"), false, false}, STR(" rar "), BY_MAGIC, 0, STR("Rar!\x1a\x07"), {0}},
    {{STR("application/wasm"), STR("wasm"), STR("code"), false, false}, STR(" wasm "), BY_MAGIC, 0, STR("\0asm"), {0}},
    {{STR("font/woff2"), STR("woff2"), STR("unknown"), false, false}, STR(" woff2 "), BY_MAGIC, 0, STR("wOF2"), {0}},
    {{STR("font/woff"), STR("woff"), STR("unknown"), false, false}, STR(" woff "), BY_MAGIC, 0, STR("wOFF"), {0}},
    {{STR("application/vnd.openxmlformats-officedocument.wordprocessingml.document"), STR("docx"), STR("document"), false, false}, STR(" docx "), IS_ZIP, 0, STR("PK\3\4"), {0}},
    {{STR("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), STR("xlsx"), STR("document"), false, false}, STR(" xlsx "), IS_ZIP, 0, STR("PK\3\4"), {0}},
    {{STR("application/vnd.openxmlformats-officedocument.presentationml.presentation"), STR("pptx"), STR("document"), false, false}, STR(" pptx "), IS_ZIP, 0, STR("PK\3\4"), {0}},
    {{STR("application/vnd.oasis.opendocument.text"), STR("odt"), STR("document"), false, false}, STR(" odt "), IS_ZIP, 0, STR("PK\3\4"), {0}},
    {{STR("application/epub+zip"), STR("epub"), STR("document"), false, false}, STR(" epub "), IS_ZIP, 0, STR("PK\3\4"), {0}},
    {{STR("application/zip"), STR("zip"), STR("archive"), false, false}, STR(" zip "), IS_ZIP, 0, STR("PK\3\4"), {0}},
    /* What markup says of itself (below), whatever it is called. */
    {{STR("image/svg+xml"), STR("svg"), STR("image"), false, false}, STR(" svg "), IS_ANY, 0, {0}, {0}},
    {{STR("text/html"), STR("html"), STR("document"), false, false}, STR(" html htm xhtml xht shtml phtml "), IS_ANY, 0, {0}, {0}},
    {{STR("application/xml"), STR("xml"), STR("code"), false, false}, STR(" xml xsl rss "), IS_ANY, 0, {0}, {0}},
    {{STR("text/css"), STR("css"), STR("code"), false, false}, STR(" css less "), IS_TEXT, 0, {0}, {0}},
    {{STR("text/javascript"), STR("js"), STR("code"), false, false}, STR(" js mjs cjs "), IS_TEXT, 0, {0}, {0}},
    {{STR("application/json"), STR("json"), STR("code"), false, false}, STR(" json map webmanifest "), IS_TEXT, 0, {0}, {0}},
    {{STR("application/yaml"), STR("yaml"), STR("code"), false, false}, STR(" yaml yml "), IS_TEXT, 0, {0}, {0}},
    {{STR("text/markdown"), STR("md"), STR("document"), false, false}, STR(" md markdown "), IS_TEXT, 0, {0}, {0}},
    {{STR("text/csv"), STR("csv"), STR("document"), false, false}, STR(" csv "), IS_TEXT, 0, {0}, {0}},
    {{STR("text/calendar"), STR("ics"), STR("document"), false, false}, STR(" ics "), IS_TEXT, 0, {0}, {0}},
    {{STR("text/vtt"), STR("vtt"), STR("document"), false, false}, STR(" vtt "), IS_TEXT, 0, {0}, {0}},
    {{STR("application/x-php"), STR("php"), STR("code"), false, false}, STR(" php phps phar "), IS_TEXT, 0, {0}, {0}},
    {{STR("application/x-sh"), STR("sh"), STR("code"), false, false}, STR(" sh bat htaccess "), IS_TEXT, 0, {0}, {0}},
    {{STR("text/plain"), STR("txt"), STR("document"), true, false}, STR(" txt text log "), IS_TEXT, 0, {0}, {0}},
};
/* clang-format on */
static const struct media unknown = {STR("application/octet-stream"), STR("bin"), STR("unknown"), false, false};

static const struct row *row_named(str mime)
{
    for (size_t i = 0; i < COUNTOF(rows); i++)
        if (str_equal_nocase(rows[i].media.mime, mime))
            return &rows[i];
    return NULL;
}

const struct media *media_named(str mime)
{
    const struct row *r = row_named(mime);
    return r ? &r->media : str_equal_nocase(unknown.mime, mime) ? &unknown : NULL;
}

/* Behind the last dot, without what Windows would pass over. */
static str extension_of(str name)
{
    while (name.len && (name.at[name.len - 1] == '.' || name.at[name.len - 1] == ' '))
        name.len--;
    for (size_t i = name.len; i > 0; i--)
        if (name.at[i - 1] == '.')
            return str_slice(name, i, name.len);
    return (str){0};
}

static bool has_extension(const struct row *r, str extension)
{
    char padded[16] = " ";
    if (extension.len == 0 || extension.len > sizeof padded - 3)
        return false;
    for (size_t i = 0; i < extension.len; i++) {
        char c = extension.at[i];
        padded[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    padded[extension.len + 1] = ' ';
    return str_contains(r->extensions, (str){padded, extension.len + 2});
}

static const struct row *row_called(str extension)
{
    for (size_t i = 0; i < COUNTOF(rows); i++)
        if (has_extension(&rows[i], extension))
            return &rows[i];
    return NULL;
}

static bool has_magic(const struct row *r, str first)
{
    return r->magic.len && str_starts(str_slice(first, r->offset, first.len), r->magic) &&
           (str_is_absent(r->magic_at_8) || str_starts(str_slice(first, 8, first.len), r->magic_at_8));
}

/* Valid UTF-8 (the last character may be cut off) without controls that no text has. */
static bool is_text(str first)
{
    size_t cut = first.len;
    for (size_t i = 0; i < first.len; i++) {
        unsigned char c = (unsigned char)first.at[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b) || c == 0x7f)
            return false;
    }
    for (unsigned back = 0; back < 4 && cut > 0; back++, cut--)
        if (utf8_valid(str_slice(first, 0, cut)))
            return true;
    return cut == 0;
}

static bool starts_nocase(str s, str prefix)
{
    return s.len >= prefix.len && str_equal_nocase(str_slice(s, 0, prefix.len), prefix);
}

static bool contains_nocase(str s, str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (starts_nocase(str_slice(s, i, s.len), part))
            return true;
    return false;
}

/* As browsers look for markup (WHATWG MIME Sniffing 7.1), and stricter: anywhere in what is looked at. Text that
 * is called something that runs nothing may speak of it. */
static const struct row *markup_of(str first)
{
    static const str of_html[] = {
        STR("<!doctype html"), STR("<html"), STR("<head"), STR("<script"), STR("<iframe"), STR("<body"), STR("<style"),
        STR("<title"),         STR("<div"),  STR("<table"), STR("<h1"),    STR("<font"),   STR("<a "),   STR("<img"),
        STR("<p>"),            STR("<br"),   STR("<b>"),   STR("<form"),   STR("<meta"),   STR("<link"),
    };
    str at = first;
    if (str_starts(at, S("\xef\xbb\xbf")))
        at = str_slice(at, 3, at.len);
    while (at.len && strchr(" \t\r\n\f", at.at[0]))
        at = str_slice(at, 1, at.len);
    if (at.len == 0 || at.at[0] != '<')
        return NULL;
    if (contains_nocase(at, S("<svg")))
        return row_named(S("image/svg+xml"));
    for (size_t i = 0; i < COUNTOF(of_html); i++)
        if (contains_nocase(at, of_html[i]))
            return row_named(S("text/html"));
    return starts_nocase(at, S("<?xml")) ? row_named(S("application/xml")) : NULL;
}

static const struct row *row_of(str first, const struct row *called)
{
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        if (!has_magic(&rows[i], first))
            continue;
        bool other = rows[i].sort == IS_ZIP && called && called->sort == IS_ZIP;
        return other ? called : rows[i].sort == IS_ZIP ? row_named(S("application/zip")) : &rows[i];
    }
    if (!is_text(first))
        return NULL;
    const struct row *markup = markup_of(first);
    if (markup)
        return markup;
    return called && called->sort == IS_TEXT ? called : row_named(S("text/plain"));
}

const struct media *media_of(str first, str name, bool *fits)
{
    first = str_slice(first, 0, MEDIA_LOOK_BYTES);
    const struct row *called = row_called(extension_of(name));
    const struct row *is = row_of(first, called);
    const struct media *out = is ? &is->media : &unknown;
    /* An ogg may be a film, a webm a sound: the rows know all their names. */
    *fits = !called || str_equal(called->media.mime, out->mime) || (is && has_extension(is, extension_of(name)));
    return out;
}

/* Turns text around, or is invisible: nobody should be shown "gpj.exe". */
static bool is_trick(uint32_t c)
{
    return c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

str media_clean_name(struct arena *a, str name)
{
    struct buf b;
    buf_init(&b, a, 1024);
    for (size_t i = name.len; i > 0; i--)
        if (name.at[i - 1] == '/' || name.at[i - 1] == '\\') {
            name = str_slice(name, i, name.len);
            break;
        }
    while (name.len > 0) {
        uint32_t code = 0;
        size_t n = utf8_first(name, &code);
        if (n > 0 && !is_trick(code) && !strchr("\"<>|:*?", code < 0x80 && code ? (int)code : 'x') && b.len + n <= 255)
            buf_add(&b, str_slice(name, 0, n));
        name = str_slice(name, n ? n : 1, name.len);
    }
    str out = str_trim(buf_str(&b));
    while (out.len && out.at[0] == '.')
        out = str_slice(out, 1, out.len);
    while (out.len && (out.at[out.len - 1] == '.' || out.at[out.len - 1] == ' '))
        out.len--;
    return out;
}

str media_disposition(struct arena *a, bool is_inline, str name)
{
    static const char plain[] = "!#$&+-.^_`|~";
    struct buf b;
    buf_init(&b, a, 4096);
    buf_add(&b, is_inline ? S("inline") : S("attachment"));
    if (name.len == 0)
        return buf_str(&b);
    buf_add(&b, S("; filename=\""));
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '%')
            buf_byte(&b, name.at[i]);
        else if (c < 0x80 || c >= 0xc0) /* one mark for a character of several bytes */
            buf_byte(&b, '_');
    }
    buf_add(&b, S("\"; filename*=UTF-8''"));
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        bool as_is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(plain, c));
        if (as_is)
            buf_byte(&b, name.at[i]);
        else
            buf_format(&b, "%%%02X", c);
    }
    return buf_str(&b);
}

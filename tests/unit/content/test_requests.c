/* Requests that somebody made with care (security CA-1): written byte by byte, so that they say what no tool would. Each is refused for
 * what it is, or what it asks for counts for nothing. */
#include "base/buf.h"
#include "base/crypt.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/check.h"
#include "tests/support/issuer.h"

static struct arena *a;
static struct problem why;

/* ---- DER ---- */

enum { INTEGER = 0x02, BITS = 0x03, BYTES = 0x04, NOTHING = 0x05, UTF8 = 0x0c, PRINTABLE = 0x13, LIST = 0x30, SET = 0x31, ATTRIBUTES = 0xa0 };
enum { DNS = 0x82, EMAIL = 0x81, URI = 0x86, IP = 0x87, FOLDER = 0xa4, OTHER = 0xa0 };

static str hex(const char *digits)
{
    str out;
    NEED(hex_decode(a, str_of(digits), &out));
    return out;
}

static str join(str one, str two)
{
    struct buf b;
    buf_init(&b, a, one.len + two.len + 1);
    buf_add(&b, one);
    buf_add(&b, two);
    return buf_str(&b);
}

static str der(unsigned tag, str content)
{
    struct buf b;
    buf_init(&b, a, content.len + 8);
    buf_byte(&b, (char)tag);
    if (content.len >= 0x10000)
        buf_add(&b, ((str){(const char[]){(char)0x83, (char)(content.len >> 16), (char)(content.len >> 8), (char)content.len}, 4}));
    else if (content.len >= 0x80 && content.len < 0x100)
        buf_add(&b, ((str){(const char[]){(char)0x81, (char)content.len}, 2}));
    else if (content.len >= 0x100)
        buf_add(&b, ((str){(const char[]){(char)0x82, (char)(content.len >> 8), (char)content.len}, 3}));
    else
        buf_byte(&b, (char)content.len);
    buf_add(&b, content);
    return buf_str(&b);
}

#define OID_ED25519 "06032b6570"
#define OID_WISH    "06092a864886f70d01090e" /* extensionRequest */
#define OID_NAMES   "0603551d11"             /* subjectAltName */

static str name_part(const char *oid, unsigned tag, str text)
{
    return der(SET, der(LIST, join(hex(oid), der(tag, text))));
}

static str common(str text)
{
    return der(LIST, name_part("0603550403", UTF8, text));
}

static str extension(const char *oid, str content)
{
    return der(LIST, join(hex(oid), der(BYTES, content)));
}

static str wish(str extensions)
{
    return der(LIST, join(hex(OID_WISH), der(SET, extensions)));
}

static str names_wish(str names)
{
    return wish(der(LIST, extension(OID_NAMES, der(LIST, names))));
}

/* ---- keys ---- */

static str rsa_key(const char *modulus, const char *exponent)
{
    str numbers = der(LIST, join(der(INTEGER, hex(modulus)), der(INTEGER, hex(exponent))));
    return der(LIST, join(der(LIST, hex("06092a864886f70d0101010500")), der(BITS, join((str){"", 1}, numbers))));
}

static str curve_key(const char *curve, const char *point)
{
    str algorithm = der(LIST, join(hex("06072a8648ce3d0201"), hex(curve)));
    return der(LIST, join(algorithm, der(BITS, join((str){"", 1}, hex(point)))));
}

static str raw_key(const char *oid, const char *bytes)
{
    return der(LIST, join(der(LIST, hex(oid)), der(BITS, join((str){"", 1}, hex(bytes)))));
}

/* ---- requests ---- */

static struct issued *signer;

struct said {
    const char *version;              /* its content; NULL: 0 */
    str subject, key, attributes;     /* {0}: CN=a.example.org, the signer's own, none */
    bool no_attributes, flipped;
};

static str request_of(struct said s)
{
    str subject = s.subject.at ? s.subject : common(S("a.example.org")), key = s.key.at ? s.key : issued_spki(a, signer);
    str info = join(join(der(INTEGER, hex(s.version ? s.version : "00")), subject), key);
    if (!s.no_attributes)
        info = join(info, der(ATTRIBUTES, s.attributes.at ? s.attributes : S("")));
    info = der(LIST, info);
    str signature = issued_sign(a, signer, SIGNED_ED25519, SIGNATURE_DER, info);
    if (s.flipped)
        *(char *)(uintptr_t)signature.at ^= 1;
    return der(LIST, join(join(info, der(LIST, hex(OID_ED25519))), der(BITS, join((str){"", 1}, signature))));
}

static void begin(void)
{
    arena_close(a);
    a = arena_open(1 << 20);
    why = (struct problem){.arena = a};
    signer = issue(a, &(struct issue){.name = "x", .sort = KEY_ED25519, .from_ms = 0, .to_ms = 1000});
}

static void end(void)
{
    arena_close(a);
    a = NULL;
}

/* The rule that it breaks; "": none. */
static str judge(str request, struct request_facts *out)
{
    struct problem own = {.arena = a};
    bool is_taken = request_read_der(request, a, out, &own) == ERR_OK;
    CHECK(!issued_left_errors());
    CHECK(is_taken == (own.fault_count == 0));
    return is_taken ? S("") : own.faults[0].rule;
}

static const char
    roca[] = "f131eb6a76556669a3f284351a5c250a7db7d6cc43fc301c90d2656dae4432e9f7536a3b0d2d687e09081d64ad04a2e9"
            "58134ce463b4f124e4c181f994c431a9b94b098077b80a9ae829e0b463e6c9be85d4dbb1a612640557df4f16a539b325"
            "7085e4819e5465de7c4d21526ba813184dd5326cc6430cc613d9df142dd225acd11bacef31a5fe7ac9e02fc51db75b00"
            "e1e76eef6479895fcd086f097054642b0dd94793d8ff1cf27010f224fa7f4f008693cf36d4605e2db17f67b5ce82981f"
            "a3699c9b3da3ea67c6fcfe3942b4e3077d770179480e82cf27d200d2a65769e0b94223a2d27524aed1f33c5ee905d114"
            "78ad8a3046aa61ba669443a57faf9e35",
    close_factors[] = "a053050152a1308794a83f0374ea6e547fea7c72b3d2c6df41d2b801960f6b74413270c134e50220cb3dccbdc6151eb8"
            "a0c80eeaa1ecb4ac958ca5335738d160ae7543f9113f563b765eb76c572eeaefc79b8020aafd5c0852dd9b029b4563cf"
            "8d80cb2d3ba59772a37e88c290d123e2eafc0e0ecc5df7723e976c5f1a1a3b8a9ef19960122b896244e38758aaff9a50"
            "a31552e886db88993e9730fcc1e151d5efa50f6723803ccdff35f98a429a264a8024f46478ba97d3d15b7dfd854d58a5"
            "4f770a31f5fcf0b1bb00fb4104d4bf794837c00bff7f0f878fa67276065c16c736f169a112c201b92bbd5206d16abe3d"
            "4fb7f3d703ca04f113d77864e8d45b9d",
    small_factor[] = "acaa128e6b214b4543daa3c098fcf484b2b251e7f28c45910e7ffd0e786b8f73fa17b12416eee789df2671ee1589dc10"
            "25dd842ea9719b21c8df4c973bacd28b1c57904264e3634dcef0c191d2084d3ac445847b2c4e213d6ef4676c3d87f74c"
            "5b7a3b07bac0c36f561ac124830459755f0e9161c4f82aa343e03d08bb1ac619402f2abbb19ea0eb1825b2c01c088ea6"
            "e34727f380e9f378999cf97375b75a3eca7c0962a72f8fd45ed5cc296d1ab2542da81eac2daffd1524672c08841e39de"
            "127040a9614ce6728db76d50c0a8e50843f99072946328de78eee218dc12987f27d779feed64ae078fa4400b076420fa"
            "75314eeafec9f6a5f3d42f38f64cee03",
    sound[] = "99c823eb80b71f7df0983eb3b21a9dbe3d71734d9bd006543a9133dae7f131b8126098309044e40f05d1607a29c850ae"
            "f95567cf68a6b0d5ca68c8a45251a819d1a1a396f3914507b891d68e94a1ad714a9525f1cd743e3ac6c7de716950443d"
            "05bb7c73aa80450197081b5d2faae1a83138ab6360dff70d15db3531670618b2c494ed516de232ede1c650ac5a690d3b"
            "b9b2aa1accda2b7dfba03f32037c04a74aec6391e072f5b882d34d81d511586b11d4c98e4abf50f43ebd201fd8e4c008"
            "d0bf265a81f02307cc5b19edbd1fbe312a65583cb48b312dca2e31c23c0c053d50d8c17d3e6b2f0081a2c25b673d4302"
            "52b2196e1ae234c222c2178c7bee21bf";

#define G256_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define G256_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define P256   "06082a8648ce3d030107"
#define F0_255 "00000000000000000000000000000000000000000000000000000000000000" /* 31 bytes */

/* The key is looked at before the signature: "csr-signature" is a key that was found good. */
static void ca_1_keys_that_are_not_taken(void **state)
{
    (void)state;
    begin();
    str n = join(S("00"), str_of(sound));
    const char *modulus = arena_cstr(a, n), *even = arena_cstr(a, join(str_slice(n, 0, n.len - 1), S("e")));
    const struct {
        const char *what;
        str key;
        const char *rule;
    } rows[] = {
        {"sound RSA", rsa_key(modulus, "010001"), "csr-signature"},
        {"RSA of 1024 bits", rsa_key(arena_cstr(a, join(S("00"), join(str_slice(str_of(sound), 0, 255), S("1")))), "010001"), "csr-key"},
        {"RSA of 2040 bits", rsa_key(arena_cstr(a, join(S("00"), join(str_slice(str_of(sound), 0, 509), S("1")))), "010001"), "csr-key"},
        {"RSA of more than 8192 bits", rsa_key(arena_cstr(a, join(join(n, str_of(sound)), join(str_of(sound), join(str_of(sound), S("01"))))), "010001"), "csr-key"},
        {"exponent 1", rsa_key(modulus, "01"), "csr-key"},
        {"exponent 3", rsa_key(modulus, "03"), "csr-key"},
        {"exponent of 16 bits", rsa_key(modulus, "00ffff"), "csr-key"},
        {"exponent of 32 bits", rsa_key(modulus, "00ffffffff"), "csr-signature"},
        {"exponent of 33 bits", rsa_key(modulus, "0100000001"), "csr-key"},
        {"exponent of 64 bits", rsa_key(modulus, "00ffffffffffffffff"), "csr-key"},
        {"exponent as long as the modulus", rsa_key(modulus, modulus), "csr-key"},
        {"even exponent", rsa_key(modulus, "010000"), "csr-key"},
        {"a number without its sign", rsa_key(modulus, "ff0001"), "csr-signature"}, /* what is certified has it */
        {"even modulus", rsa_key(even, "010001"), "csr-key"},
        {"a small factor", rsa_key(arena_cstr(a, join(S("00"), str_of(small_factor))), "010001"), "csr-key"},
        {"factors close to each other", rsa_key(arena_cstr(a, join(S("00"), str_of(close_factors))), "010001"), "csr-key"},
        {"of a faulty generator", rsa_key(arena_cstr(a, join(S("00"), str_of(roca))), "010001"), "csr-key"},
        {"P-256", issued_spki(a, issue(a, &(struct issue){.name = "x", .sort = KEY_P256, .to_ms = 1000})), "csr-signature"},
        {"P-384", issued_spki(a, issue(a, &(struct issue){.name = "x", .sort = KEY_P384, .to_ms = 1000})), "csr-signature"},
        {"P-521", issued_spki(a, issue(a, &(struct issue){.name = "x", .sort = KEY_P521, .to_ms = 1000})), "csr-key"},
        {"P-256 with the secret one", curve_key(P256, "04" G256_X G256_Y), "csr-key"},
        {"half a point", curve_key(P256, "03" G256_X), "csr-key"},
        {"no point", curve_key(P256, "00"), "csr-key"},
        {"a point beside the curve", curve_key(P256, "04" G256_X G256_X), "csr-key"},
        {"secp256k1", curve_key("06052b8104000a", "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                                                  "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"), "csr-key"},
        {"P-224", curve_key("06052b81040021", "04b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21"
                                              "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34"), "csr-key"},
        {"Ed448", raw_key("06032b6571", "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180"), "csr-key"},
        {"X25519", raw_key("06032b656e", G256_X), "csr-key"},
        {"Ed25519 with 31 bytes", raw_key(OID_ED25519, F0_255), "csr-key"},
        {"Ed25519 of order one", raw_key(OID_ED25519, "01" F0_255), "csr-key"},
        {"Ed25519 of order two", raw_key(OID_ED25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"), "csr-key"},
        {"Ed25519 of RFC 8032", raw_key(OID_ED25519, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), "csr-key"},
        {"an algorithm that nobody knows", raw_key("06032b6501", G256_X), "csr-key"},
        {"no key", der(LIST, S("")), "csr-parse"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct request_facts r;
        str rule = judge(request_of((struct said){.key = rows[i].key}), &r);
        if (!str_equal(rule, str_of(rows[i].rule)))
            CHECK_SAY("%s: " STR_FMT, rows[i].what, STR_ARG(rule));
    }
    end();
}

static str many(size_t count)
{
    struct buf b;
    buf_init(&b, a, 3 * count + 1);
    for (size_t i = 0; i < count; i++)
        buf_add(&b, der(DNS, S("a")));
    return buf_str(&b);
}

static str parts(size_t count)
{
    str all = {"", 0};
    for (size_t i = 0; i < count; i++)
        all = join(all, name_part("060355040a", UTF8, S("o")));
    return der(LIST, all);
}

struct row {
    const char *what;
    str request;
    const char *rule;
    size_t names;
};

/* What is taken has so many names, and nothing else of what it asks for. */
static void judge_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct request_facts r;
        str rule = judge(rows[i].request, &r);
        if (!str_equal(rule, str_of(rows[i].rule)) || (rule.len == 0 && r.name_count != rows[i].names))
            CHECK_SAY("%s: " STR_FMT ", %zu names", rows[i].what, STR_ARG(rule), rule.len ? 0 : r.name_count);
    }
}

static void ca_1_requests_are_refused_or_neutralised(void **state)
{
    (void)state;
    begin();
    str good = request_of((struct said){0}), one = der(DNS, S("b.example.org"));
    str with_names = wish(der(LIST, extension(OID_NAMES, der(LIST, one))));
    const struct row rows[] = {
        {"nothing special", good, "", 0},
        {"a name", request_of((struct said){.attributes = names_wish(one)}), "", 1},
        {"no attributes at all", request_of((struct said){.no_attributes = true}), "", 0},
        {"CA:TRUE", request_of((struct said){.attributes = wish(der(LIST, join(extension("0603551d13", hex("30030101ff")), extension(OID_NAMES, der(LIST, one)))))}), "", 1},
        {"signs certificates", request_of((struct said){.attributes = wish(der(LIST, extension("0603551d0f", hex("03020106"))))}), "", 0},
        {"an extension that nobody knows", request_of((struct said){.attributes = wish(der(LIST, extension("06032a0304", S("x"))))}), "", 0},
        {"version 2", request_of((struct said){.version = "02"}), "", 0},
        {"version 3", request_of((struct said){.version = "03"}), "csr-parse", 0},
        {"version -1", request_of((struct said){.version = "ff"}), "csr-parse", 0},
        {"version 2^64", request_of((struct said){.version = "010000000000000000"}), "csr-parse", 0},
        {"no bytes", S(""), "csr-parse", 0},
        {"an empty sequence", der(LIST, S("")), "csr-parse", 0},
        {"empty sequences", der(LIST, join(join(der(LIST, S("")), der(LIST, S(""))), der(BITS, (str){"", 1}))), "csr-parse", 0},
        {"a byte behind it", join(good, S("x")), "csr-parse", 0},
        {"a byte less", str_slice(good, 0, good.len - 1), "csr-parse", 0},
        {"a length of no end", join(join(hex("3080"), str_slice(good, 3, good.len)), hex("0000")), "csr-parse", 0},
        {"a length with a zero in front", join(hex("308200"), str_slice(good, 2, good.len)), "csr-parse", 0},
        {"somebody else's signature", request_of((struct said){.flipped = true}), "csr-signature", 0},
        {"no signature", join(str_slice(good, 0, good.len - 67), der(BITS, (str){"", 1})), "csr-parse", 0},
        {"no names in the list", request_of((struct said){.attributes = names_wish(S(""))}), "", 0},
        {"as many names as may be", request_of((struct said){.attributes = names_wish(many(LIMIT_REQUEST_NAMES))}), "", LIMIT_REQUEST_NAMES},
        {"one more", request_of((struct said){.attributes = names_wish(many(LIMIT_REQUEST_NAMES + 1))}), "csr-names", 0},
        {"10,000 names", request_of((struct said){.attributes = names_wish(many(10000))}), "csr-names", 0},
        {"more bytes than may be", request_of((struct said){.attributes = names_wish(many(30000))}), "csr-parse", 0},
        {"names twice", request_of((struct said){.attributes = wish(der(LIST, join(extension(OID_NAMES, der(LIST, one)), extension(OID_NAMES, der(LIST, one)))))}), "csr-names", 0},
        {"two wishes", request_of((struct said){.attributes = join(with_names, with_names)}), "csr-names", 0},
        {"a wish that is no list", request_of((struct said){.attributes = wish(S("\x02\x01\x05"))}), "csr-names", 0},
        {"names that are none", request_of((struct said){.attributes = wish(der(LIST, extension(OID_NAMES, S("x"))))}), "csr-names", 0},
    };
    judge_all(rows, COUNTOF(rows));
    end();
}

static void ca_1_names_are_refused_or_neutralised(void **state)
{
    (void)state;
    begin();
    str long_text = der(DNS, (str){arena_get(a, 300, 1), 300});
    memset((char *)(uintptr_t)long_text.at + 4, 'a', 300);
    const struct row rows[] = {
        {"NUL in a DNS name", request_of((struct said){.attributes = names_wish(der(DNS, S("a.example.org\0.evil.test")))}), "csr-names", 0},
        {"NUL in a mail address", request_of((struct said){.attributes = names_wish(der(EMAIL, S("a\0@example.org")))}), "csr-names", 0},
        {"NUL in a URI", request_of((struct said){.attributes = names_wish(der(URI, S("https://a\0b")))}), "csr-names", 0},
        {"a name with no letters asks for nothing", request_of((struct said){.attributes = names_wish(der(DNS, S("")))}), "", 0},
        {"a name of 300 bytes", request_of((struct said){.attributes = names_wish(long_text)}), "csr-names", 0},
        {"an address of five bytes", request_of((struct said){.attributes = names_wish(der(IP, S("12345")))}), "csr-names", 0},
        {"an address and its mask", request_of((struct said){.attributes = names_wish(der(IP, S("12345678")))}), "csr-names", 0},
        {"an address", request_of((struct said){.attributes = names_wish(der(IP, S("1234")))}), "", 1},
        {"an address as a DNS name", request_of((struct said){.attributes = names_wish(der(DNS, S("192.0.2.1")))}), "csr-names", 0},
        {"a folder's name", request_of((struct said){.attributes = names_wish(der(FOLDER, common(S("x"))))}), "csr-names", 0},
        {"another sort of name", request_of((struct said){.attributes = names_wish(der(OTHER, join(hex("06032a0304"), der(0xa0, der(UTF8, S("x"))))))}), "csr-names", 0},
        {"a URI without a scheme", request_of((struct said){.attributes = names_wish(der(URI, S("//a")))}), "csr-names", 0},
        {"NUL in the subject", request_of((struct said){.subject = common(S("a\0b"))}), "csr-names", 0},
        {"a line end in the subject", request_of((struct said){.subject = common(S("a\nb"))}), "csr-names", 0},
        {"no UTF-8 in the subject", request_of((struct said){.subject = common(S("\xff\xfe"))}), "csr-parse", 0},
        {"a common name of 65 letters", request_of((struct said){.subject = common(str_slice(long_text, 4, 69))}), "csr-names", 0},
        {"a country of three letters", request_of((struct said){.subject = der(LIST, name_part("0603550406", PRINTABLE, S("AUT")))}), "csr-names", 0},
        {"17 parts", request_of((struct said){.subject = parts(17)}), "csr-names", 0},
        {"16 parts", request_of((struct said){.subject = parts(16)}), "", 0},
        {"no subject", request_of((struct said){.subject = der(LIST, S(""))}), "", 0},
        {"a subject that is no list", request_of((struct said){.subject = der(NOTHING, S(""))}), "csr-parse", 0},
    };
    judge_all(rows, COUNTOF(rows));
    end();
}

static void ca_1_texts_are_one_block(void **state)
{
    (void)state;
    begin();
    str good = pem_write(a, S("CERTIFICATE REQUEST"), request_of((struct said){0}));
    const struct {
        str text;
        const char *rule;
    } rows[] = {
        {good, ""},
        {join(S("\n  "), join(good, S("\n\n"))), ""},
        {pem_write(a, S("NEW CERTIFICATE REQUEST"), request_of((struct said){0})), ""},
        {join(good, good), "csr-pem"},
        {join(S("Hello\n"), good), "csr-pem"},
        {join(good, S("x")), "csr-pem"},
        {join(S("-----BEGIN CERTIFICATE REQUEST-----\nProc-Type: 4,ENCRYPTED\n\n"), str_slice(good, 36, good.len)), "csr-pem"},
        {str_slice(good, 0, good.len - 10), "csr-pem"},
        {pem_write(a, S("PRIVATE KEY"), request_of((struct said){0})), "csr-label"},
        {pem_write(a, S("CERTIFICATE"), issued_der(signer)), "csr-label"},
        {pem_write(a, S("CERTIFICATE REQUEST"), issued_der(signer)), "csr-parse"},
        {request_of((struct said){0}), "csr-pem"},
        {(str){arena_get(a, LIMIT_CSR_BYTES + 1, 1), LIMIT_CSR_BYTES + 1}, "csr-pem"},
    };
    memset((char *)(uintptr_t)rows[COUNTOF(rows) - 1].text.at, ' ', LIMIT_CSR_BYTES + 1);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct problem own = {.arena = a};
        struct request_facts r;
        bool is_taken = request_read(rows[i].text, a, &r, &own) == ERR_OK;
        CHECK_STR(is_taken || own.fault_count == 0 ? S("") : own.faults[0].rule, str_of(rows[i].rule));
        CHECK(is_taken == (rows[i].rule[0] == '\0'));
    }
    end();
}

static str label_of(size_t length)
{
    char *bytes = arena_get(a, length, 1);
    memset(bytes, 'a', length);
    return (str){bytes, length};
}

static void dns_names_that_could_be_certified(void **state)
{
    (void)state;
    begin();
    str l63 = label_of(63), l61 = label_of(61);
    str most = arena_format(a, STR_FMT "." STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(l63), STR_ARG(l63), STR_ARG(l63), STR_ARG(l61));
    const struct {
        str name;
        bool is;
    } rows[] = {
        {S("example.org"), true},      {S("localhost"), true},         {S("*.example.org"), true},   {S("EXAMPLE.org"), true},
        {S("a_b.internal"), true},     {S("_dmarc.example.org"), true}, {S("xn--bcher-kva.example"), true}, {S("3com.com"), true},
        {S("1.2.3.example"), true},    {S("a--b.example"), true},      {S(""), false},               {S("."), false},
        {S("example.org."), false},    {S(".example.org"), false},     {S("a..b"), false},           {S("-a.org"), false},
        {S("a-.org"), false},          {S("*"), false},                {S("*."), false},             {S("a.*.org"), false},
        {S("a*.example.org"), false},  {S("*.*.org"), false},          {S("b\xc3\xbc" "cher.example"), false}, {S("a b.org"), false},
        {S("ab--cd.example"), false},  {S("1.2.3.4"), false},          {S("192.0.2.1"), false},      {S("1234"), false},
        {S("a.1"), false},             {S("*.1"), false},              {S("1.2.3.0x4"), false},      {S("[::1]"), false},
        {S("a\0.org"), false},        {S("http://a.org"), false},     {S("a.org:443"), false},      {S("xn--a-.org"), false},
        {join(l63, S(".org")), true},  {join(l63, S("a.org")), false}, {most, true},                 {join(most, S("a")), false},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK(dns_name_valid(rows[i].name) == rows[i].is);
    }
    CHECK_AT(-1);
    CHECK_INT(most.len, 253);
    end();
}

CHECK_MAIN(TEST(ca_1_keys_that_are_not_taken), TEST(ca_1_requests_are_refused_or_neutralised), TEST(ca_1_names_are_refused_or_neutralised),
           TEST(ca_1_texts_are_one_block),
           TEST(dns_names_that_could_be_certified))

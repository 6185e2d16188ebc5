/* Subjects and alternative names, from and to OpenSSL's. What others say in a name is text for us: no NUL, no control
 * characters, not longer than LIMIT_REQUEST_NAME_BYTES (CA-1). */
#include "base/buf.h"
#include "base/limits.h"
#include "base/network.h"
#include "base/utf8.h"
#include "content/system/pki/x509_own.h"

enum { SUBJECT_PARTS = 16, SUBJECT_TEXT = 900, NAME_BYTES = 253, LABEL_BYTES = 63 };

/* What a subject may say, and in how many characters (RFC 5280, appendix A.1). */
static const struct part {
    str type;
    int nid;
    size_t least, most;
} parts[] = {
    {STR("CN"), NID_commonName, 1, 64},
    {STR("O"), NID_organizationName, 1, 64},
    {STR("OU"), NID_organizationalUnitName, 1, 64},
    {STR("C"), NID_countryName, 2, 2},
    {STR("ST"), NID_stateOrProvinceName, 1, 128},
    {STR("L"), NID_localityName, 1, 128},
    {STR("serialNumber"), NID_serialNumber, 1, 64},
    {STR("emailAddress"), NID_pkcs9_emailAddress, 1, 255},
};

static enum err refuse(struct problem *why, const char *text)
{
    return problem_fault(why, ERR_INVALID, S("/csr"), S("csr-names"), "%s", text);
}

static bool has_control(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
            return true;
    return false;
}

static bool is_visible_ascii(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= 0x20 || s.at[i] >= 0x7f)
            return false;
    return s.len > 0;
}

/* ---- subjects ---- */

X509_NAME *name_of_subject(const struct dn *s)
{
    X509_NAME *n = X509_NAME_new();
    for (size_t i = 0; n && i < s->count; i++)
        for (size_t j = 0; j < COUNTOF(parts); j++) {
            const struct dn_part *p = &s->parts[i];
            if (!str_equal(parts[j].type, p->type) || p->text.len == 0)
                continue;
            if (X509_NAME_add_entry_by_NID(n, parts[j].nid, MBSTRING_UTF8, (const unsigned char *)p->text.at, (int)p->text.len, -1, 0) != 1) {
                X509_NAME_free(n);
                return NULL;
            }
        }
    return n;
}

static const struct part *part_of(const X509_NAME_ENTRY *e)
{
    int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(e));
    for (size_t j = 0; j < COUNTOF(parts); j++)
        if (parts[j].nid == nid)
            return &parts[j];
    return NULL;
}

static enum err text_of(const ASN1_STRING *s, struct arena *a, str *out, struct problem *why)
{
    unsigned char *utf8 = NULL;
    int length = ASN1_STRING_to_UTF8(&utf8, s);
    str text = {(const char *)utf8, length > 0 ? (size_t)length : 0};
    *out = arena_copy(a, text);
    OPENSSL_free(utf8);
    if (length < 0 || !utf8_valid(*out))
        return refuse(why, "A part of the subject is no text");
    if (out->len > LIMIT_REQUEST_NAME_BYTES)
        return refuse(why, "A part of the subject is too long");
    return has_control(*out) ? refuse(why, "The subject has control characters") : ERR_OK;
}

enum err subject_of_name(const X509_NAME *n, struct arena *a, struct dn *out, str *text, struct problem *why)
{
    int count = X509_NAME_entry_count(n);
    struct dn_part *list = NEW_N(a, struct dn_part, SUBJECT_PARTS);
    struct buf b;
    buf_init(&b, a, SUBJECT_TEXT + 2 * LIMIT_REQUEST_NAME_BYTES);
    *out = (struct dn){list, 0};
    if (count > SUBJECT_PARTS)
        return refuse(why, "The subject has too many parts");
    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *e = X509_NAME_get_entry(n, i);
        const struct part *part = part_of(e);
        str value;
        TRY(text_of(X509_NAME_ENTRY_get_data(e), a, &value, why));
        if (!part || value.len == 0)
            continue;
        if (utf8_length(value) < part->least || utf8_length(value) > part->most)
            return refuse(why, "A part of the subject is too long or too short for what it is");
        str type = part->type;
        list[out->count++] = (struct dn_part){type, value};
        if (b.len < SUBJECT_TEXT)
            buf_format(&b, "%s" STR_FMT "=" STR_FMT, b.len ? ", " : "", STR_ARG(type), STR_ARG(value));
    }
    *text = buf_str(&b);
    return ERR_OK;
}

/* ---- alternative names, to OpenSSL's ---- */

static bool set_text(GENERAL_NAME *g, int type, str text)
{
    ASN1_IA5STRING *s = ASN1_IA5STRING_new();
    if (!s || ASN1_STRING_set(s, text.at, (int)text.len) != 1) {
        ASN1_IA5STRING_free(s);
        return false;
    }
    GENERAL_NAME_set0_value(g, type, s);
    return true;
}

static bool set_bytes(GENERAL_NAME *g, const uint8_t *bytes, size_t n)
{
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    if (!s || ASN1_OCTET_STRING_set(s, bytes, (int)n) != 1) {
        ASN1_OCTET_STRING_free(s);
        return false;
    }
    GENERAL_NAME_set0_value(g, GEN_IPADD, s);
    return true;
}

static bool set_address(GENERAL_NAME *g, str text)
{
    struct address at;
    if (!address_read(text, &at))
        return false;
    return address_is_v4(&at) ? set_bytes(g, at.bytes + 12, 4) : set_bytes(g, at.bytes, 16);
}

static bool set_range(GENERAL_NAME *g, str text)
{
    struct network n;
    uint8_t mask[16] = {0}, both[32];
    if (!network_read(text, &n))
        return false;
    for (unsigned i = 0; i < n.bits; i++)
        mask[i / 8] |= (uint8_t)(0x80u >> (i % 8));
    size_t skip = address_is_v4(&n.at) ? 12 : 0, length = 16 - skip;
    for (size_t i = 0; i < length; i++) {
        both[i] = n.at.bytes[skip + i] & mask[skip + i];
        both[length + i] = mask[skip + i];
    }
    return set_bytes(g, both, 2 * length);
}

static const int general_types[NAME_KIND_COUNT] = {
    [NAME_DNS] = GEN_DNS, [NAME_IP] = GEN_IPADD, [NAME_EMAIL] = GEN_EMAIL, [NAME_URI] = GEN_URI};

static GENERAL_NAME *general_of(const struct alt_name *n, bool is_range)
{
    GENERAL_NAME *g = GENERAL_NAME_new();
    bool is_set = false;
    if (g && n->kind == NAME_IP)
        is_set = is_range ? set_range(g, n->text) : set_address(g, n->text);
    else if (g)
        is_set = set_text(g, general_types[n->kind], n->text);
    if (is_set)
        return g;
    GENERAL_NAME_free(g);
    return NULL;
}

GENERAL_NAME *constraint_of(const struct alt_name *n)
{
    return general_of(n, true);
}

GENERAL_NAMES *general_names_of(const struct alt_name *names, size_t count)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    for (size_t i = 0; list && i < count; i++) {
        GENERAL_NAME *g = general_of(&names[i], false);
        if (!g || sk_GENERAL_NAME_push(list, g) <= 0) {
            GENERAL_NAME_free(g);
            GENERAL_NAMES_free(list);
            return NULL;
        }
    }
    return list;
}

/* ---- and back ---- */

static bool is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Two dashes there are for names in other letters, which are said as "xn--…" (RFC 5891 4.2.3.1). */
static bool is_label(str label)
{
    if (label.len == 0 || label.len > LABEL_BYTES || label.at[0] == '-' || label.at[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_label_char(label.at[i]))
            return false;
    return label.len < 4 || label.at[2] != '-' || label.at[3] != '-' || str_equal_nocase(str_slice(label, 0, 2), S("xn"));
}

static bool is_number(str label)
{
    for (size_t i = 0; i < label.len; i++)
        if (label.at[i] < '0' || label.at[i] > '9')
            return str_starts(label, S("0x")) || str_starts(label, S("0X"));
    return true;
}

/* Labels of letters, digits, dashes and, as in private networks, underscores; the first one may be a star. A name whose last label is a
 * number is taken for an address by whoever reads it. */
bool dns_name_valid(str s)
{
    str rest = s, label = {"", 0};
    bool ended = false;
    if (str_starts(s, S("*.")))
        rest = str_slice(s, 2, s.len);
    if (rest.len == 0 || s.len > NAME_BYTES)
        return false;
    while (str_next(&rest, &ended, '.', &label))
        if (!is_label(label))
            return false;
    return !is_number(label);
}

bool email_valid(str s)
{
    str box, host;
    return is_visible_ascii(s) && str_cut(s, '@', &box, &host) && box.len > 0 && dns_name_valid(host) && !str_starts(host, S("*"));
}

static bool uri_valid(str s)
{
    size_t colon;
    return is_visible_ascii(s) && str_find(s, ':', &colon) && colon > 0;
}

str lower_case(struct arena *a, str s)
{
    char *out = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        out[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
    return (str){out, s.len};
}

static bool read_address(const ASN1_OCTET_STRING *s, struct arena *a, str *out)
{
    struct address at = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, false};
    int length = ASN1_STRING_length(s);
    if (length != 4 && length != 16)
        return false;
    memcpy(at.bytes + 16 - length, ASN1_STRING_get0_data(s), (size_t)length);
    *out = address_write(a, &at);
    return true;
}

static bool read_name(const GENERAL_NAME *g, struct arena *a, struct alt_name *out)
{
    int type = 0;
    const ASN1_STRING *s = GENERAL_NAME_get0_value(g, &type);
    if (type == GEN_IPADD) {
        out->kind = NAME_IP;
        return read_address(s, a, &out->text);
    }
    if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI)
        return false;
    str text = {(const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
    out->kind = type == GEN_DNS ? NAME_DNS : type == GEN_EMAIL ? NAME_EMAIL : NAME_URI;
    out->text = type == GEN_DNS ? lower_case(a, text) : arena_copy(a, text);
    if (text.len > LIMIT_REQUEST_NAME_BYTES)
        return false;
    return type == GEN_DNS ? dns_name_valid(text) : type == GEN_EMAIL ? email_valid(text) : uri_valid(text);
}

/* An empty DNS name, as Notary writes one into its authorities' requests: like an empty part of a subject, nothing is asked for. */
static bool says_nothing(const GENERAL_NAME *g)
{
    int type = 0;
    const ASN1_STRING *s = GENERAL_NAME_get0_value(g, &type);
    return type == GEN_DNS && ASN1_STRING_length(s) == 0;
}

enum err names_of_general(const GENERAL_NAMES *list, struct arena *a, const struct alt_name **out, size_t *count, struct problem *why)
{
    int n = list ? sk_GENERAL_NAME_num(list) : 0;
    *out = NULL;
    *count = 0;
    if (n <= 0)
        return ERR_OK;
    if (n > (int)LIMIT_REQUEST_NAMES)
        return problem_fault(why, ERR_INVALID, S("/csr"), S("csr-names"), "A request has at most %u names", LIMIT_REQUEST_NAMES);
    struct alt_name *names = NEW_N(a, struct alt_name, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (says_nothing(sk_GENERAL_NAME_value(list, i)))
            continue;
        if (!read_name(sk_GENERAL_NAME_value(list, i), a, &names[*count]))
            return problem_fault(why, ERR_INVALID, S("/csr"), S("csr-names"),
                                 "Name %d of the request is no DNS name, address, mail address or URI that could be certified", i + 1);
        (*count)++;
    }
    *out = names;
    return ERR_OK;
}

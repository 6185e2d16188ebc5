/* Writing a message (RFC 5322, 2045, 2047) and handing it over (RFC 5321, by libcurl). */
#include "base/mail.h"

#include <time.h>

#include "base/buf.h"
#include "base/crypt.h"
#include "base/limits.h"
#include "base/outbound.h"
#include "base/outbound_curl.h"
#include "base/time.h"

#define LINE_MOST 76u
#define WORD_MOST 40u /* encoded bytes in one word of a header; with "=?UTF-8?Q?" and "?=" below 75 */

static bool has_control(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
            return true;
    return false;
}

static bool is_ascii(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] > '~')
            return false;
    return true;
}

/* Nothing that could end the address or begin another one. */
static bool is_address(str s)
{
    str local, domain;
    if (s.len > LIMIT_MAIL_ADDRESS_BYTES || has_control(s) || !is_ascii(s) || !str_cut(s, '@', &local, &domain))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (memchr(" <>()[],;:\\\"", s.at[i], 12))
            return false;
    return local.len > 0 && domain.len > 0 && !str_contains(domain, S("@"));
}

/* "Vitrine <a@b>": its two parts; a bare address has no name. */
static bool read_from(str from, str *name, str *address)
{
    str rest;
    *name = (str){0};
    *address = str_trim(from);
    if (str_cut(from, '<', name, &rest)) {
        if (!str_ends(str_trim(rest), S(">")))
            return false;
        rest = str_trim(rest);
        *name = str_trim(*name);
        *address = str_slice(rest, 0, rest.len - 1);
    }
    return is_address(*address) && !has_control(*name);
}

static void add_coded(struct buf *b, unsigned char c)
{
    buf_format(b, "=%02X", c);
}

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A header's text in encoded words (RFC 2047, 5: cut between characters, never within one). */
static void add_words(struct buf *b, str text)
{
    size_t in_word = 0;
    buf_add(b, S("=?UTF-8?Q?"));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool begins = (c & 0xc0) != 0x80;
        if (begins && in_word >= WORD_MOST) {
            buf_add(b, S("?=\r\n =?UTF-8?Q?"));
            in_word = 0;
        }
        if (is_letter(c))
            buf_byte(b, (char)c);
        else
            add_coded(b, c);
        in_word += is_letter(c) ? 1 : 3;
    }
    buf_add(b, S("?="));
}

/* Plain text of a short line stays as it is. */
static void add_subject(struct buf *b, str text)
{
    buf_add(b, S("Subject: "));
    if (is_ascii(text) && !str_contains(text, S("=?")) && text.len <= LINE_MOST - 10)
        buf_add(b, text);
    else
        add_words(b, text);
    buf_add(b, S("\r\n"));
}

/* Names of anything but letters would have to be quoted (RFC 5322, 3.2.4); words will do as well. */
static void add_from(struct buf *b, str name, str address)
{
    bool plain = name.len < LINE_MOST - 10;
    for (size_t i = 0; i < name.len; i++)
        plain = plain && (is_letter((unsigned char)name.at[i]) || name.at[i] == ' ');
    buf_add(b, S("From: "));
    if (plain)
        buf_add(b, name);
    else
        add_words(b, name);
    buf_format(b, "%s<" STR_FMT ">\r\n", name.len ? " " : "", STR_ARG(address));
}

static void add_date(struct buf *b, int64_t now_ms)
{
    char text[64];
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm parts;
    must(gmtime_r(&seconds, &parts) != NULL && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts) > 0);
    buf_format(b, "Date: %s\r\n", text);
}

/* Quoted-printable (RFC 2045, 6.7): lines stay below 77 characters whatever the text is. */
static void add_text(struct buf *b, str text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool ends = c == '\n', last = i + 1 == text.len || text.at[i + 1] == '\n';
        bool plain = (c > ' ' && c <= '~' && c != '=') || (c == ' ' && !last);
        if (ends) {
            buf_add(b, S("\r\n"));
            column = 0;
            continue;
        }
        if (column + (plain ? 1 : 3) > LINE_MOST - 1) {
            buf_add(b, S("=\r\n"));
            column = 0;
        }
        if (plain)
            buf_byte(b, (char)c);
        else
            add_coded(b, c);
        column += plain ? 1 : 3;
    }
    if (column > 0)
        buf_add(b, S("\r\n"));
}

enum err mail_compose(struct arena *a, const struct mail_server *s, const struct mail *m, int64_t now_ms, str message_id,
                      str *out, struct problem *why)
{
    str name, address, local, domain;
    struct buf b;
    if (!read_from(s->from, &name, &address))
        return problem_set(why, ERR_INVALID, "The sender of mails is not an address");
    if (!is_address(m->to))
        return problem_set(why, ERR_INVALID, "The recipient of a mail is not an address");
    if (has_control(m->subject) || m->subject.len > LIMIT_MAIL_SUBJECT_BYTES)
        return problem_set(why, ERR_INVALID, "The subject of a mail is too long or has control characters");
    (void)str_cut(address, '@', &local, &domain);
    buf_init(&b, a, 4u * LIMIT_MAIL_TEXT_BYTES);
    add_date(&b, now_ms);
    add_from(&b, name, address);
    buf_format(&b, "To: <" STR_FMT ">\r\n", STR_ARG(m->to));
    add_subject(&b, m->subject);
    buf_format(&b, "Message-ID: <" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(message_id), STR_ARG(domain));
    buf_add(&b, S("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n\r\n"));
    add_text(&b, m->text);
    if (m->text.len > LIMIT_MAIL_TEXT_BYTES || buf_done(&b, out) != ERR_OK)
        return problem_set(why, ERR_INVALID, "A mail is larger than %u bytes", LIMIT_MAIL_TEXT_BYTES);
    return ERR_OK;
}

enum err mail_check_server(const struct mail_server *s, struct problem *why)
{
    str name, address, host;
    bool is_smtp = str_starts(s->url, S("smtp://")), is_smtps = str_starts(s->url, S("smtps://"));
    host = str_slice(s->url, is_smtps ? 8 : 7, s->url.len);
    if ((!is_smtp && !is_smtps) || host.len == 0 || has_control(s->url) || !is_ascii(s->url) || str_contains(s->url, S("@")))
        return problem_set(why, ERR_INVALID, "A mail server is smtp://HOST[:PORT] or smtps://HOST[:PORT]; "
                                             "user and password stand elsewhere");
    if (!read_from(s->from, &name, &address))
        return problem_set(why, ERR_INVALID, "The sender of mails is an address, or \"Name <address>\"");
    if (str_is_absent(s->user) != str_is_absent(s->password))
        return problem_set(why, ERR_INVALID, "A mail server's user and password come together");
    return ERR_OK;
}

/* ------ handing over */

struct delivery {
    str left;
    const _Atomic(bool) *stop;
};

static size_t give(char *into, size_t size, size_t count, void *self)
{
    struct delivery *d = self;
    size_t n = size * count < d->left.len ? size * count : d->left.len;
    if (n > 0)
        memcpy(into, d->left.at, n);
    d->left = str_slice(d->left, n, d->left.len);
    return n;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *self)
{
    (void)bytes, (void)self;
    return size * count;
}

static int look_at_stop(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct delivery *delivery = self;
    (void)a, (void)b, (void)c, (void)d;
    return delivery->stop && atomic_load(delivery->stop);
}

static void aim(CURL *c, struct arena *a, const struct mail_server *s, struct delivery *d)
{
    must(curl_easy_setopt(c, CURLOPT_URL, arena_cstr(a, s->url)) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(s->may_plain ? CURLUSESSL_TRY : CURLUSESSL_ALL)) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_OUTBOUND_CONNECT_MS) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)LIMIT_OUTBOUND_MS) == CURLE_OK);
    if (s->ca_file.len)
        must(curl_easy_setopt(c, CURLOPT_CAINFO, arena_cstr(a, s->ca_file)) == CURLE_OK);
    if (!str_is_absent(s->user)) {
        must(curl_easy_setopt(c, CURLOPT_USERNAME, arena_cstr(a, s->user)) == CURLE_OK);
        must(curl_easy_setopt(c, CURLOPT_PASSWORD, arena_cstr(a, s->password)) == CURLE_OK);
    }
    must(curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_READFUNCTION, give) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_READDATA, d) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_at_stop) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_XFERINFODATA, d) == CURLE_OK);
}

static enum err deliver(struct arena *a, const struct mail_server *s, str from, str to, struct delivery *d, struct problem *why)
{
    CURL *c = curl_easy_init();
    must(c != NULL);
    struct curl_slist *recipients = curl_slist_append(NULL, arena_cstr(a, arena_format(a, "<" STR_FMT ">", STR_ARG(to))));
    must(recipients != NULL);
    aim(c, a, s, d);
    must(curl_easy_setopt(c, CURLOPT_MAIL_FROM, arena_cstr(a, arena_format(a, "<" STR_FMT ">", STR_ARG(from)))) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK);
    CURLcode code = curl_easy_perform(c);
    long reply = 0;
    (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply);
    curl_slist_free_all(recipients);
    curl_easy_cleanup(c);
    if (code == CURLE_OK)
        return ERR_OK;
    return problem_set(why, reply >= 500 ? ERR_INVALID : ERR_UNAVAILABLE, "The mail server did not take a mail: %s (%ld)",
                       curl_easy_strerror(code), reply);
}

enum err mail_send(const struct mail_server *s, const struct mail *m, const _Atomic(bool) *stop, struct problem *why)
{
    TRY(outbound_ready(why));
    struct arena *a = arena_open(4096);
    str name, from, message;
    str id = crypt_random_text(a, alphabet_crockford, 26);
    enum err e = mail_compose(a, s, m, time_now_ms(), id, &message, why);
    if (e == ERR_OK && read_from(s->from, &name, &from)) {
        struct delivery d = {message, stop};
        e = deliver(a, s, from, m->to, &d, why);
    }
    arena_close(a);
    return e;
}
